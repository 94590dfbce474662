"""The features of the networks: shapes, known signals, and what must not change them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from maxbooster_kernel.analysis.learned_features import (
    HARMONY_FPS,
    HARMONY_HOP,
    LOWEST_MIDI,
    RATE,
    harmony_features,
    rhythm_features,
)


def tone(midi: float, seconds: float = 2.0) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return np.sin(2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * time)


def test_flux_rises_where_a_click_falls():
    sound = np.zeros(4 * RATE)
    for second in (1.0, 2.0, 3.0):
        first = int(second * RATE)
        sound[first : first + 200] = np.random.default_rng(0).standard_normal(200)
    features = rhythm_features(sound)
    assert features.shape == (200, 92)
    flux = features[:, 46:].astype(int).sum(axis=1)
    loudest = np.sort(np.argsort(flux)[-6:])
    assert all(min(abs(frame - 50 * second) for second in (1, 2, 3)) <= 3 for frame in loudest)


def test_level_of_the_recording_does_not_matter():
    sound = np.random.default_rng(1).standard_normal(2 * RATE) * np.sin(np.arange(2 * RATE) / 3000)
    quiet, loud = rhythm_features(0.003 * sound), rhythm_features(0.9 * sound)
    assert np.abs(quiet.astype(int) - loud.astype(int)).max() <= 1
    first, second = harmony_features(0.003 * sound), harmony_features(0.9 * sound)
    assert np.abs(first.saliences.astype(int) - second.saliences.astype(int)).max() <= 1


@pytest.mark.parametrize("midi", [45, 57, 60, 69, 76])
@pytest.mark.parametrize("cents", [-35, 0, 20])
def test_a_tone_falls_on_its_semitone_after_tuning(midi, cents):
    found = harmony_features(tone(midi + cents / 100))
    assert 100 * found.tuning == pytest.approx(cents, abs=3)
    assert int(found.saliences[5:15].astype(int).sum(axis=0).argmax()) == midi - LOWEST_MIDI


def test_a_given_tuning_is_used():
    found = harmony_features(tone(69.3), tuning=0.3)
    assert found.tuning == 0.3
    assert int(found.saliences[8].argmax()) == 69 - LOWEST_MIDI


def test_frames_are_centred_on_hops():
    sound = np.zeros(4 * RATE)
    sound[2 * RATE :] = tone(60)
    loud = harmony_features(sound).saliences.astype(int).sum(axis=1)
    assert np.flatnonzero(loud > 0.5 * loud.max())[0] == pytest.approx(2 * HARMONY_FPS, abs=2)
    assert len(loud) == 1 + len(sound) // HARMONY_HOP


@settings(max_examples=15)
@given(
    arrays(
        np.float32,
        st.integers(0, 6000),
        elements=st.sampled_from([0.0, 1.0, -1.0, 1e-30, 1e20, np.nan, np.inf, -np.inf, 0.25]),
    )
)
def test_any_samples_give_features(samples):
    rhythm, harmony = rhythm_features(samples), harmony_features(samples)
    assert rhythm.dtype == harmony.saliences.dtype == np.uint8
    assert rhythm.shape[1] == 92
    assert harmony.saliences.shape == (1 + len(samples) // HARMONY_HOP, 72)
    assert -0.5 <= harmony.tuning <= 0.5
