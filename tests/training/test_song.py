"""The song generator: the same seed gives the same song, and its truth is consistent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.harmony import QUALITIES, progression
from training.song import SECONDS, compose
from training.styles import HELD_OUT, random_style, styles
from training.timing import CURVES, make_clock, swung


def test_a_seed_repeats_a_song():
    first, second = compose(11), compose(11)
    assert first.beats.tolist() == second.beats.tolist()
    assert all(np.array_equal(a.notes, b.notes) for a, b in zip(first.parts, second.parts, strict=True))
    assert compose(12).beats.tolist() != first.beats.tolist()


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.booleans())
def test_the_truth_of_any_song_is_consistent(seed, held_out):
    song = compose(seed, held_out=held_out)
    assert (song.style in HELD_OUT) == held_out
    assert song.parts
    assert (np.diff(song.beats) > 0.1).all()
    assert set(song.downbeats) <= set(song.beats)
    assert song.tempo == pytest.approx(60 / np.median(np.diff(song.beats)))
    starts, ends = zip(*[chord[:2] for chord in song.chords], strict=True)
    assert starts[1:] == pytest.approx(ends[:-1])
    assert ends[-1] == pytest.approx(SECONDS)
    assert all(-1 <= chord[2] < 24 for chord in song.chords)
    for part in song.parts:
        assert (part.notes[:, 1] > part.notes[:, 0]).all()
        assert part.notes[:, 0].min() >= 0
        assert ((part.notes[:, 2] >= 0) & (part.notes[:, 2] < 128)).all()


def test_steady_songs_keep_their_bars():
    for seed in range(40):
        song = compose(seed)
        where = np.searchsorted(song.beats, song.downbeats)
        assert (np.diff(where) == song.beats_per_bar).all()


def test_the_table_is_well_formed():
    assert len(styles()) >= 60
    assert len({style.name for style in styles()}) == len(styles())
    for style in styles():
        assert style.tempo[0] < style.tempo[1]
        for line in (*style.kick, *style.snare, *style.hat):
            assert set(line) <= set("Xxo.")
            assert len(line) in {0, style.beats * style.steps}, (style.name, line)


def test_random_styles_differ():
    drawn = [random_style(np.random.default_rng(seed)) for seed in range(50)]
    assert len({(style.beats, style.steps) for style in drawn}) > 6
    assert {bool(style.drums) for style in drawn} == {True, False}


def test_chords_stay_in_their_scale():
    chords = progression(np.random.default_rng(3), beats=64, bar=4, per_beat=False, colour=0.5)
    assert all(set(chord.tones) <= set(chord.scale) for chord in chords)
    assert all(len(chord.tones) == len(QUALITIES[chord.quality]) for chord in chords)


def test_clocks_never_run_backwards():
    seen = set()
    for seed in range(60):
        clock = make_clock(np.random.default_rng(seed), bpm=120, beats=64, steady=False)
        seen.add(clock.curve)
        assert (np.diff(clock.times) > 0).all()
        assert clock.times[-1] == pytest.approx(32, rel=0.35)
    assert seen == set(CURVES)


@given(st.lists(st.floats(0, 64), min_size=2, max_size=20), st.floats(0, 0.36), st.booleans())
def test_swing_keeps_order_and_whole_beats(beats, amount, sixteenths):
    ordered = np.sort(np.array(beats))
    moved = swung(ordered, amount, sixteenths=sixteenths)
    assert (np.diff(moved) >= -1e-9).all()
    whole = np.arange(5.0)
    assert swung(whole, amount, sixteenths=sixteenths) == pytest.approx(whole)
