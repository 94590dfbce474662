"""The learned path from samples on, and its agreement with the classical one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.analysis.learned import agreement, hear, trust


def drums(bpm: float, seconds: float, rate: int) -> np.ndarray:
    """Return a kick on odd beats, a snare on even ones and hats on eighths."""
    rng = np.random.default_rng(3)
    sound = np.zeros(int(seconds * rate) + rate)
    time = np.arange(rate // 3) / rate
    kick = np.sin(2 * np.pi * (55 * time + 2 * (1 - np.exp(-40 * time)))) * np.exp(-10 * time)
    snare = 0.6 * rng.standard_normal(time.size) * np.exp(-18 * time)
    hat = 0.2 * np.diff(rng.standard_normal(time.size + 1)) * np.exp(-60 * time)
    for index in range(int(seconds * bpm / 30)):
        first = round((0.25 + index * 30 / bpm) * rate)
        for part, hit in ((hat, True), (kick, index % 4 == 0), (snare, index % 4 == 2)):
            if hit and first + part.size <= sound.size:
                sound[first : first + part.size] += part
    return 0.4 * sound[: int(seconds * rate)]


@pytest.mark.parametrize("rate", [22050, 48000])
@pytest.mark.parametrize("bpm", [92.0, 126.0])
def test_a_drum_beat_at_any_rate(bpm, rate):
    heard = hear(drums(bpm, 24, rate), rate)
    assert heard.rhythm is not None
    assert heard.rhythm.bpm == pytest.approx(bpm, rel=0.01)
    beats = 0.25 + np.arange(60) * 60 / bpm
    distance = np.abs(heard.rhythm.beats_s[:, None] - beats).min(axis=1)
    assert np.percentile(distance, 90) < 0.03


def test_too_short_and_silent():
    assert hear(np.zeros(5000), 22050).rhythm is None
    assert hear(np.zeros(5 * 22050), 22050).harmony is None


def test_white_noise_is_not_trusted():
    heard = hear(0.1 * np.random.default_rng(0).standard_normal(20 * 22050), 22050)
    assert heard.rhythm is None or heard.rhythm.confidence < 0.3


def test_agreement_knows_octaves_but_not_off_beats():
    beats = np.arange(0.3, 30, 0.5)
    assert agreement(beats, beats + 0.02) == 1.0
    assert agreement(beats, beats[::2]) == 1.0
    assert agreement(beats, beats + 0.25) < 0.1
    assert agreement(beats, np.empty(0)) == 0.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_trust_only_lowers(confidence, agreed):
    assert 0.5 * confidence <= trust(confidence, agreed) <= confidence
