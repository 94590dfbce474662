"""Decoding of beats and bars from activations whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxbooster_kernel.analysis.learned_rhythm import METRES, decode_rhythm, find_bars, tempo_alternatives
from maxbooster_kernel.analysis.network import TEMPO_CLASSES, RhythmActivations, tempo_classes


def heard(beats: np.ndarray, seconds: float, bpm: float, *, bar: int = 4, noise: float = 0.02) -> RhythmActivations:
    """Return activations with a bump at each beat."""
    frames = np.arange(int(50 * seconds))
    rng = np.random.default_rng(0)
    beat, downbeat = (noise * rng.random(frames.size) for _ in range(2))
    for index, time in enumerate(beats):
        bump = 0.9 * np.exp(-0.5 * ((frames - 50 * time) / 1.2) ** 2)
        beat = np.maximum(beat, bump)
        if index % bar == 0:
            downbeat = np.maximum(downbeat, 0.8 * bump)
    tempo = np.exp(-0.5 * (np.log2(tempo_classes() / bpm) / 0.04) ** 2)
    return RhythmActivations(
        beat=beat.astype(np.float32), downbeat=downbeat.astype(np.float32), tempo=(tempo / tempo.sum()).astype("f4")
    )


@pytest.mark.parametrize("bpm", [48.0, 71.3, 96.0, 124.7, 158.0, 201.0])
def test_steady_beats_are_found_to_a_hundredth(bpm):
    beats = np.arange(0.3, 29.5, 60 / bpm)
    found = decode_rhythm(heard(beats, 30, bpm))
    assert found is not None
    assert found.bpm == pytest.approx(bpm, rel=0.005)
    assert len(found.beats_s) == pytest.approx(len(beats), abs=2)
    distance = np.abs(found.beats_s[:, None] - beats).min(axis=1)
    assert np.percentile(distance, 95) < 0.015
    assert found.confidence > 0.5
    assert found.alternatives[0][0] == found.bpm


def test_a_slowing_tempo_is_followed():
    steps = 60 / np.linspace(140, 100, 60)
    beats = 0.2 + np.concatenate([[0.0], np.cumsum(steps)])
    found = decode_rhythm(heard(beats, beats[-1] + 0.5, 118))
    assert found is not None
    assert found.tempo_curve[0, 1] == pytest.approx(138, rel=0.03)
    assert found.tempo_curve[-1, 1] == pytest.approx(102, rel=0.03)


@pytest.mark.parametrize("seed", [1, 2, 3, 6])
def test_faint_beats_follow_the_tempo_that_is_heard_as_a_whole(seed):
    rng = np.random.default_rng(seed)
    frames, tempi = np.arange(1500), np.log2(tempo_classes() / 170)
    beat = 0.05 * rng.random(frames.size)
    faint = [(time, 0.12) for time in np.arange(0.2, 30, 60 / 170)]
    for time, height in [*faint, *((time, 0.5) for time in rng.uniform(0, 30, 120))]:
        beat = np.maximum(beat, height * np.exp(-0.5 * ((frames - 50 * time) / 1.2) ** 2))
    tempo = np.exp(-0.5 * (tempi / 0.05) ** 2) + 0.02
    sounds = RhythmActivations(
        beat=beat.astype("f4"), downbeat=(0.3 * beat).astype("f4"), tempo=(tempo / tempo.sum()).astype("f4")
    )
    found = decode_rhythm(sounds)
    assert found is not None
    assert found.bpm == pytest.approx(170, rel=0.04)
    assert found.confidence < 0.5


def test_noise_has_no_certainty():
    rng = np.random.default_rng(5)
    flat = (0.06 + 0.02 * rng.random(1500)).astype("f4")
    even = np.full(TEMPO_CLASSES, 1 / TEMPO_CLASSES, "f4")
    found = decode_rhythm(RhythmActivations(beat=flat, downbeat=0.3 * flat, tempo=even))
    assert found is None or found.confidence < 0.15
    silent = np.zeros(1500, "f4")
    assert decode_rhythm(RhythmActivations(beat=silent, downbeat=silent, tempo=even)) is None
    assert decode_rhythm(RhythmActivations(beat=silent[:0], downbeat=silent[:0], tempo=even)) is None


@pytest.mark.parametrize("bar", METRES)
@pytest.mark.parametrize("phase", [0, 1])
def test_bars_are_found_with_their_phase(bar, phase):
    strong = np.full(16 * bar, 0.08)
    strong[phase::bar] = 0.7
    found, index = find_bars(strong, np.full(16 * bar, 0.9), np.zeros(16 * bar))
    assert found == bar
    assert index.tolist() == list(range(phase, 16 * bar, bar))


def test_a_dropped_beat_shifts_the_bars_after_it():
    strong = np.full(40, 0.05)
    strong[[0, 4, 8, 12, 15, 19, 23, 27, 31, 35, 39]] = 0.85
    found, index = find_bars(strong, np.full(40, 0.9), np.zeros(40))
    assert found == 4
    assert {15, 19, 23, 27, 31, 35, 39} <= set(index.tolist())


def test_chords_that_change_begin_bars_where_the_rhythm_does_not_say():
    change = np.zeros(36)
    change[2::4] = 0.8
    found, index = find_bars(np.full(36, 0.2), np.full(36, 0.9), change)
    assert found == 4
    assert index.tolist() == list(range(2, 36, 4))


@settings(max_examples=25)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(40, 240))
def test_any_activation_is_decoded(values, bpm):
    beat = np.repeat(np.array(values, "f4"), 7)
    tempo = np.full(TEMPO_CLASSES, 1 / TEMPO_CLASSES, "f4")
    found = decode_rhythm(RhythmActivations(beat=beat, downbeat=beat[::-1].copy(), tempo=tempo))
    if found is not None:
        assert (np.diff(found.beats_s) > 0).all()
        assert set(found.downbeats_s) <= set(found.beats_s)
        assert 0 <= found.confidence <= 1
    listed = tempo_alternatives(tempo, bpm, {bpm: 0.7, bpm / 2: 0.3})
    assert sum(weight for _, weight in listed) == pytest.approx(1)
    assert listed[0][0] == bpm
