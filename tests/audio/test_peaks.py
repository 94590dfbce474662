"""Waveform overviews: every bucket tells the truth about its frames, whatever the block size."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.peaks import decode_peaks, file_peaks, peaks
from maxbooster_kernel.errors import AudioError


def noise(frames, channels=2):
    return np.random.default_rng(5).uniform(-1, 1, (channels, frames)).astype(np.float32)


@pytest.mark.parametrize("frames", [1, 255, 256, 257, 5000, 200_000])
def test_each_bucket_holds_min_max_and_rms_of_its_frames(frames):
    samples = noise(frames)
    pyramid = peaks(AudioBuffer(samples, 44100))
    for level in pyramid.levels[:4]:
        size = level.bucket_frames
        cuts = [samples[:, start : start + size] for start in range(0, frames, size)]
        assert level.values.shape == (2, len(cuts), 3)
        assert np.array_equal(level.values[..., 0], np.stack([cut.min(1) for cut in cuts], 1))
        assert np.array_equal(level.values[..., 1], np.stack([cut.max(1) for cut in cuts], 1))
        rms = np.stack([np.sqrt((cut.astype(float) ** 2).mean(1)) for cut in cuts], 1)
        assert np.allclose(level.values[..., 2], rms, rtol=1e-6)  # float32 storage
    assert pyramid.levels[-1].values.shape[1] == 1


def test_a_file_gives_the_same_as_memory(tmp_path):
    audio = AudioBuffer(noise(150_001), 44100)
    path = audio.write(tmp_path / "a.wav", bit_depth="32f")
    assert file_peaks(path).encode() == peaks(audio).encode()


def test_a_level_fits_the_zoom():
    pyramid = peaks(AudioBuffer(noise(100_000), 44100))
    assert pyramid.level(10).bucket_frames == 256
    assert pyramid.level(1024).bucket_frames == 1024
    assert pyramid.level(5000).bucket_frames == 4096


def test_bytes_come_back():
    pyramid = peaks(AudioBuffer(noise(10_000) * 1.5, 48000))
    back = decode_peaks(pyramid.encode())
    assert (back.sample_rate, back.frames) == (48000, 10_000)
    for here, there in zip(pyramid.levels, back.levels, strict=True):
        assert np.abs(np.clip(here.values, -1, 1) - there.values).max() <= 0.5 / 32767 + 1e-7


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_one_sentence(data):
    good = peaks(AudioBuffer(np.ones((1, 600), np.float32), 100)).encode()
    for attempt in (data, good[:24] + data, good[: len(data)]):
        with suppress(AudioError):
            assert decode_peaks(attempt).levels


def test_nothing_has_no_overview():
    with pytest.raises(AudioError, match="at least one frame"):
        peaks(AudioBuffer(np.empty((1, 0), np.float32), 44100))
