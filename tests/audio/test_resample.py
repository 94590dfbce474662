"""Resampling: pitch and level stay, length is as expected, blocks give what the whole gives."""

import numpy as np
import pytest

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.resample import resample, resample_blocks
from maxbooster_kernel.errors import AudioError


def test_a_tone_keeps_its_pitch_and_level_at_another_rate():
    time = np.arange(44100) / 44100
    tone = AudioBuffer(np.sin(2 * np.pi * 1000 * time)[np.newaxis].astype(np.float32), 44100)
    moved = resample(tone, 96000)
    expected = np.sin(2 * np.pi * 1000 * np.arange(96000) / 96000)
    assert moved.frames == 96000
    assert np.abs(moved.samples[0, 4000:-4000] - expected[4000:-4000]).max() < 1e-6
    assert resample(tone, 44100) is tone
    with pytest.raises(AudioError, match="whole Hz"):
        resample(tone, 0)


@pytest.mark.parametrize(("rate", "other"), [(44100, 48000), (48000, 44100), (96000, 44100), (22050, 44100)])
@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_give_what_the_whole_gives(rate, other, channels):
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, (channels, 30_001)).astype(np.float32)
    whole = resample(AudioBuffer(samples, rate), other)
    parts = [samples[:, start : start + 1777] for start in range(0, 30_001, 1777)]
    joined = np.concatenate(list(resample_blocks(parts, rate, other)), axis=1)
    assert joined.shape == whole.samples.shape
    assert np.abs(joined - whole.samples).max() < 1e-6


def test_blocks_at_the_same_rate_pass_and_none_give_none():
    parts = [np.ones((1, 3), np.float32)]
    assert list(resample_blocks(parts, 44100, 44100)) == parts
    assert list(resample_blocks([], 44100, 48000)) == []
    with pytest.raises(AudioError, match="above 0 Hz"):
        list(resample_blocks(parts, 0, 48000))
