"""The octave of the tempo: its candidates, what speaks for them, and the choice."""

import numpy as np
import pytest

from maxbooster_kernel.analysis.network import RhythmActivations, tempo_classes
from maxbooster_kernel.analysis.octave import choose, octaves, scores, weigh
from maxbooster_kernel.analysis.octave_features import FACTORS, FEATURES, features, peak_near, stands_out


def heard(beats: np.ndarray, bpm: float, *, weak: float = 0.9, every: int = 2) -> RhythmActivations:
    """Return 30 s of activations with a bump at each beat, all as high as ``weak`` but every second one."""
    frames = np.arange(1500)
    beat, downbeat = np.zeros((2, frames.size))
    for index, time in enumerate(beats):
        bump = np.exp(-0.5 * ((frames - 50 * time) / 1.2) ** 2)
        beat = np.maximum(beat, (weak if index % every else 0.9) * bump)
        downbeat = np.maximum(downbeat, (0.3 * weak if index % (2 * every) else 0.6) * bump)
    tempo = np.exp(-0.5 * (np.log2(tempo_classes() / bpm) / 0.04) ** 2)
    return RhythmActivations(
        beat=beat.astype("f4"), downbeat=downbeat.astype("f4"), tempo=(tempo / tempo.sum()).astype("f4")
    )


def test_candidates_are_multiples_by_twos_and_threes():
    beats = np.arange(0.5, 29, 0.5)
    found = octaves(beats, 120.0, heard(beats, 120.0), None)
    assert [round(way.bpm) for way in found] == [120, 240, 60, 40, 80, 180]
    np.testing.assert_array_equal(found[0].beats_s, beats)
    for way in found:
        np.testing.assert_allclose(np.diff(way.beats_s), 60 / way.bpm)
        assert way.features.shape == (len(FEATURES),)


@pytest.mark.parametrize("bpm", [45.0, 100.0, 200.0])
def test_no_candidate_leaves_the_range_of_tempi(bpm):
    beats = np.arange(0.5, 29, 60 / bpm)
    found = [way.bpm for way in octaves(beats, bpm, heard(beats, bpm), None)]
    wanted = [bpm * over / under for over, under in FACTORS]
    assert found == [tempo for tempo in wanted if 38 < tempo < 260]


@pytest.mark.parametrize("every", [2, 3])
def test_fewer_beats_keep_the_strongest_phase(every):
    beats = np.arange(0.5, 29, 0.5)
    activations = heard(beats, 120.0, weak=0.3, every=every)
    for first in range(every):
        ways = octaves(beats[first:], 120.0, activations, None)
        slower = next(way for way in ways if way.bpm == pytest.approx(120 / every))
        assert slower.beats_s[0] == beats[every if first else 0]


@pytest.mark.parametrize(("said", "weak"), [(60.0, 0.05), (120.0, 0.9)])
def test_tempo_head_and_beats_decide_together(said, weak):
    beats = np.arange(0.5, 29, 0.5)
    ways = octaves(beats, 120.0, heard(beats, said, weak=weak), None)
    chance = weigh(ways)
    assert chance.sum() == pytest.approx(1)
    assert ways[int(chance.argmax())].bpm == said


def test_a_usual_tempo_is_left_only_for_a_surely_better_one():
    beats = np.arange(0.5, 29, 0.5)
    ways = octaves(beats, 120.0, heard(beats, 120.0), None)
    rest = np.zeros(len(ways) - 3)
    assert choose(ways, np.array([0.42, 0.0, 0.58, *rest])).bpm == 120.0
    assert choose(ways, np.array([0.38, 0.0, 0.62, *rest])).bpm == 60.0


@pytest.mark.parametrize(("sure", "taken"), [(0.68, 160.0), (0.72, 80.0)])
def test_a_fast_tempo_is_halved_only_for_a_surely_better_one(sure, taken):
    beats = np.arange(0.5, 29, 0.375)
    ways = octaves(beats, 160.0, heard(beats, 160.0), None)
    chance = np.where(np.isclose([way.bpm for way in ways], 80.0), sure, (1 - sure) / (len(ways) - 1))
    assert choose(ways, chance).bpm == pytest.approx(taken)


def test_a_slow_tempo_is_left_for_the_likeliest():
    beats = np.arange(0.5, 29, 1.0)
    ways = octaves(beats, 60.0, heard(beats, 60.0), None)
    chance = np.where(np.isclose([way.bpm for way in ways], 120.0), 0.4, 0.15)
    assert choose(ways, chance).bpm == pytest.approx(120.0)


def test_few_beats_and_no_harmony_are_weighed():
    beats = np.arange(0.5, 2.5, 0.5)
    ways = octaves(beats, 120.0, heard(beats, 120.0), None)
    assert np.isfinite(weigh(ways)).all()


def test_a_ranker_adds_a_straight_line_and_a_hidden_layer():
    ranker = {
        "mean": np.array([1.0, 0.0]),
        "scale": np.array([2.0, 1.0]),
        "straight": np.array([3.0, 0.0]),
        "inner": np.array([[0.0], [1.0]]),
        "bias": np.array([0.5]),
        "outer": np.array([-1.0]),
    }
    rows = np.array([[3.0, 0.0], [1.0, np.nan]])
    np.testing.assert_allclose(scores(rows, ranker), [3.0 - np.tanh(0.5), -np.tanh(0.5)])


def test_thirds_are_heard_between_beats_of_compound_time():
    quavers = np.arange(0.5, 29, 0.25)
    activations = heard(quavers, 80.0, weak=0.4, every=3)
    row = dict(zip(FEATURES, features(quavers[::3], 80.0, (1, 3), activations, None), strict=True))
    assert row["third"] > 0.35 > row["half"] + 0.2
    assert row["times 1/3"] == 1.0


def test_activations_are_read_within_two_frames():
    activation = np.zeros(100, "f4")
    activation[50] = 0.7
    np.testing.assert_allclose(
        peak_near(activation, np.array([0.96, 1.0, 1.04, 1.06])), [0.7, 0.7, 0.7, 0.0], atol=1e-6
    )


def test_a_phase_stands_out_only_where_there_are_two_rounds():
    assert stands_out(np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]), 3) == pytest.approx(2 / 3)
    assert stands_out(np.array([1.0, 0.0, 0.0, 1.0, 0.0]), 3) == 0.0
