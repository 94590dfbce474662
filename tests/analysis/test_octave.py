"""The octave of the tempo: its candidates, what speaks for them, and the choice."""

import numpy as np
import pytest

from maxbooster_kernel.analysis.network import RhythmActivations, tempo_classes
from maxbooster_kernel.analysis.octave import FEATURES, choose, octaves, peak_near, weigh


def heard(beats: np.ndarray, bpm: float, *, weak: float = 0.9, seconds: float = 30.0) -> RhythmActivations:
    """Return activations with a bump at each beat, every second one as high as ``weak``."""
    frames = np.arange(int(50 * seconds))
    beat = np.zeros(frames.size)
    for index, time in enumerate(beats):
        beat = np.maximum(beat, (weak if index % 2 else 0.9) * np.exp(-0.5 * ((frames - 50 * time) / 1.2) ** 2))
    tempo = np.exp(-0.5 * (np.log2(tempo_classes() / bpm) / 0.04) ** 2)
    return RhythmActivations(
        beat=beat.astype("f4"), downbeat=(0.3 * beat).astype("f4"), tempo=(tempo / tempo.sum()).astype("f4")
    )


def test_candidates_are_the_beats_twice_as_many_and_every_second():
    beats = np.arange(0.5, 29, 0.5)
    same, twice, half = octaves(beats, 120.0, heard(beats, 120.0), None)
    assert (same.bpm, twice.bpm, half.bpm) == (120.0, 240.0, 60.0)
    np.testing.assert_array_equal(same.beats_s, beats)
    np.testing.assert_allclose(np.diff(twice.beats_s), 0.25)
    np.testing.assert_allclose(np.diff(half.beats_s), 1.0)
    assert all(way.features.shape == (len(FEATURES),) for way in (same, twice, half))


@pytest.mark.parametrize("bpm", [45.0, 200.0])
def test_no_candidate_leaves_the_range_of_tempi(bpm):
    beats = np.arange(0.5, 29, 60 / bpm)
    assert sorted(round(way.bpm) for way in octaves(beats, bpm, heard(beats, bpm), None)) == sorted(
        (45, 90) if bpm < 100 else (100, 200)
    )


def test_every_second_beat_keeps_the_stronger_phase():
    beats = np.arange(0.5, 29, 0.5)
    strong_first = octaves(beats, 120.0, heard(beats, 120.0, weak=0.3), None)[2]
    assert strong_first.beats_s[0] == beats[0]
    strong_second = octaves(beats[1:], 120.0, heard(beats, 120.0, weak=0.3), None)[2]
    assert strong_second.beats_s[0] == beats[2]


@pytest.mark.parametrize("said", [60.0, 120.0])
def test_the_tempo_head_decides_where_nothing_else_does(said):
    beats = np.arange(0.5, 29, 0.5)
    ways = octaves(beats, 120.0, heard(beats, said, weak=0.9 if said == 120.0 else 0.4), None)
    chance = weigh(ways)
    assert chance.sum() == pytest.approx(1)
    assert choose(ways, chance).bpm == said


def test_a_usual_tempo_is_left_only_for_a_surely_better_one():
    beats = np.arange(0.5, 29, 0.5)
    ways = octaves(beats, 120.0, heard(beats, 120.0), None)
    assert choose(ways, np.array([0.42, 0.0, 0.58])).bpm == 120.0
    assert choose(ways, np.array([0.3, 0.0, 0.7])).bpm == 60.0
    fast = octaves(beats[::2], 160.0, heard(beats, 160.0), None)
    assert choose(fast, np.array([0.45, 0.55])).bpm == 80.0


def test_activations_are_read_within_two_frames():
    activation = np.zeros(100, "f4")
    activation[50] = 0.7
    np.testing.assert_allclose(
        peak_near(activation, np.array([0.96, 1.0, 1.04, 1.06])), [0.7, 0.7, 0.7, 0.0], atol=1e-6
    )
