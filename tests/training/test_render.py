"""Sounds and features for training: our own without any soundfont, and soundfonts where they are installed."""

import numpy as np
import pytest

from maxbooster_kernel.analysis.learned_features import harmony_features
from training.fluid import FREE_FONTS, Synth, library
from training.production import produced
from training.synthesis import RATE, noise_drums, voice_line, wavetable_line


def scale(pitches):
    return np.array([[0.2 + 0.5 * index, 0.6 + 0.5 * index, pitch, 100] for index, pitch in enumerate(pitches)], float)


@pytest.mark.parametrize("sing", [wavetable_line, voice_line])
def test_own_sounds_have_their_pitch_and_tuning(sing):
    notes = np.array([[0.0, 3.9, 57.0, 100.0]])
    sound = sing(np.random.default_rng(2), notes, seconds=4.0, cents=20)
    assert sound.shape == (4 * RATE,)
    found = harmony_features(sound)
    tolerance = 12 if sing is wavetable_line else 30  # a voice glides, wavers and has unequal partials
    assert 100 * found.tuning == pytest.approx(20, abs=tolerance)
    octave = found.saliences[5:30].astype(float).mean(axis=0).reshape(6, 12).sum(axis=0)
    assert octave.argmax() == 57 % 12


def test_drums_sound_when_they_are_hit():
    hits = np.array([[0.5, 0.6, 36, 110], [1.0, 1.1, 38, 110], [1.5, 1.6, 42, 110]], float)
    sound = noise_drums(np.random.default_rng(0), hits, seconds=2.0)
    assert np.abs(sound[: int(0.49 * RATE)]).max() == 0
    for start in (0.5, 1.0, 1.5):
        first = int(start * RATE)
        assert np.abs(sound[first : first + 2000]).max() > 0.01


def test_production_keeps_length_and_stays_finite():
    mix = wavetable_line(np.random.default_rng(1), scale([60, 64, 67, 72]), seconds=3.0, cents=0)
    for seed in range(25):
        made = produced(np.random.default_rng(seed), mix)
        assert len(made) == len(mix)
        assert np.isfinite(made).all()
        assert 0.05 < np.abs(made).max() < 2


def test_a_soundfont_plays_in_tune():
    font = FREE_FONTS["fluid"]
    if library() is None or not font.exists():
        pytest.skip("libfluidsynth or its soundfont is not installed; only making training data needs them")
    sound = Synth(font).render([(0, False, 0.0, scale([57, 57, 57, 57]))], seconds=3.0, cents=-30)
    assert np.abs(sound).max() > 0.01
    found = harmony_features(sound[::2])
    assert 100 * found.tuning == pytest.approx(-30, abs=8)
