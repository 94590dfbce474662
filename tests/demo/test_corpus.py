"""Generated songs: the same for the same seed, every style playable, the truth heard in the audio."""

import itertools

import numpy as np
import pytest

from maxbooster_kernel.demo.corpus import STYLES, corpus, make_song
from maxbooster_kernel.demo.corpus.harmony import INTERVALS, NAMES, plan_chords
from maxbooster_kernel.demo.corpus.tempo import KINDS, at_beats, beat_times, swung
from maxbooster_kernel.errors import AnalysisError

RATE = 11025


def test_there_are_many_styles_and_their_patterns_fit_their_bars():
    assert len(STYLES) >= 30
    assert {style.beats for style in STYLES} >= {2, 3, 4, 5, 7}
    assert any(style.beatless for style in STYLES)
    for style in STYLES:
        patterns = [*itertools.chain.from_iterable(style.drums.values()), *style.bass, *style.comp]
        assert {len(pattern) for pattern in patterns} == {style.beats * style.steps}, style.name


@pytest.mark.parametrize("style", [style.name for style in STYLES])
def test_every_style_plays_and_its_truth_is_in_order(style):
    song = make_song(style, 3, duration_s=6.0, sample_rate=RATE)
    truth = song.truth
    assert song.audio.samples.shape == (2, round(6.0 * RATE))
    assert np.isfinite(song.audio.samples).all()
    assert 0.02 < np.abs(song.audio.samples).max() <= 1.0
    beats = np.array(truth["beats"])
    if beats.size:
        assert (np.diff(beats) > 0).all()
        assert 0 <= beats[0] < 1.5 * 60 / truth["tempo"] + 0.9
        assert beats[-1] < 6.0
        assert set(truth["downbeats"]) <= set(truth["beats"])
        assert truth["tempo"] == pytest.approx(60 / np.median(np.diff(beats)), rel=1e-3)
    else:
        assert truth["tempo"] == 0.0
    assert truth["key"].split()[0] in NAMES
    assert all(start < end and label.split(":")[1] in INTERVALS for start, end, label in truth["chords"])
    assert all(here[1] == there[0] for here, there in itertools.pairwise(truth["chords"]))
    assert all(here[1] == there[0] and here[2] != there[2] for here, there in itertools.pairwise(truth["sections"]))
    assert truth["sections"][-1][1] == pytest.approx(truth["duration"])


def test_the_same_arguments_give_the_same_song():
    first, second = (make_song("funk", 5, duration_s=4.0, sample_rate=RATE) for _ in range(2))
    assert np.array_equal(first.audio.samples, second.audio.samples)
    assert first.truth == second.truth
    other = make_song("funk", 6, duration_s=4.0, sample_rate=RATE)
    assert not np.array_equal(first.audio.samples, other.audio.samples)


def test_what_is_asked_for_is_played():
    song = make_song("rock", 1, duration_s=8.0, sample_rate=RATE, bpm=100.0, key="Eb minor", tempo_map="const")
    assert song.truth["tempo"] == pytest.approx(100.0, rel=1e-3)
    assert song.truth["key"] == "Eb minor"
    assert song.truth["tempo_map"] == "const"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_beats_are_heard_where_the_truth_says(seed):
    """The low band rises at more beats than at the places between them."""
    song = make_song("house", seed, duration_s=12.0, sample_rate=RATE)
    mono = song.audio.samples.mean(axis=0)
    spectrum = np.abs(np.fft.rfft(np.lib.stride_tricks.sliding_window_view(mono, 512)[::64] * np.hanning(512)))
    rise = np.maximum(np.diff(np.log1p(100 * spectrum[:, 1:9]), axis=0), 0).sum(axis=1)
    beats = np.array(song.truth["beats"])
    period = np.median(np.diff(beats))

    def strength(shift):
        places = ((beats[:-1] + shift) * RATE - 256) / 64
        return np.mean(
            [rise[max(0, int(place) - 2) : int(place) + 4].max() for place in places if 4 < place < len(rise) - 5]
        )

    assert strength(0.0) > 1.15 * strength(0.37 * period)


def test_the_chords_are_heard_where_the_truth_says():
    song = make_song("strings", 2, duration_s=12.0, sample_rate=RATE)
    mono = song.audio.samples.mean(axis=0)
    better = []
    for start, end, label in song.truth["chords"]:
        part = mono[round(start * RATE) : round(end * RATE)]
        if len(part) < RATE:
            continue
        power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
        hertz = np.fft.rfftfreq(len(part), 1 / RATE)
        kept = (hertz > 100) & (hertz < 1500)
        classes = np.round(69 + 12 * np.log2(hertz[kept] / song.truth["a4"])).astype(int) % 12
        chroma = np.bincount(classes, power[kept], 12) ** 0.5
        root, quality = label.split(":")
        tones = {(NAMES.index(root) + interval) % 12 for interval in INTERVALS[quality]}
        inside = chroma[sorted(tones)].mean()
        better.append(inside > 1.5 * chroma[sorted(set(range(12)) - tones)].mean())
    assert len(better) >= 2
    assert np.mean(better) > 0.7


@pytest.mark.parametrize("kind", KINDS)
def test_tempo_curves_stay_musical(kind):
    times = beat_times(kind, 120.0, 65, 4, np.random.default_rng(4))
    tempo = 60.0 / np.diff(times)
    assert times[0] == 0.0
    assert 90 < tempo.min() <= tempo.max() < 160
    spread = {"const": (0, 1e-9), "slight": (0, 4), "step": (8, 40), "ramp": (8, 40)}.get(kind, (0.5, 60))
    assert spread[0] <= np.ptp(tempo) <= spread[1]


def test_swing_and_interpolation():
    assert swung(np.array([0.0, 0.5, 1.5]), 1 / 3, unit=0.5) == pytest.approx([0, 2 / 3, 5 / 3])
    assert swung(np.array([0.25, 0.5, 0.75]), 0.2, unit=0.25) == pytest.approx([0.3, 0.5, 0.8])
    beats = np.array([0.0, 0.5, 1.1])
    assert at_beats(np.array([0.5, 1.5, 3.0, -1.0]), beats) == pytest.approx([0.25, 0.8, 1.7, -0.5])


def test_progressions_fill_the_song():
    chords = plan_chords("jazz", 3, "minor", 64, 4.0, np.random.default_rng(1))
    assert chords[0].start == 0.0
    assert chords[-1].end == 64.0
    assert all(here.end == there.start and here.label != there.label for here, there in itertools.pairwise(chords))


def test_a_corpus_goes_round_the_styles():
    songs = list(corpus(3, seed=9, styles=("waltz", "techno"), duration_s=3.0, sample_rate=RATE))
    assert [(song.truth["style"], song.truth["seed"]) for song in songs] == [
        ("waltz", 9),
        ("techno", 10),
        ("waltz", 11),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"style": "noise"}, "expected a style"),
        ({"key": "H major"}, "such as 'Eb minor'"),
        ({"tempo_map": "x"}, "kind of tempo"),
    ],
)
def test_unknown_wishes_are_named(options, words):
    with pytest.raises(AnalysisError, match=words):
        make_song(**({"style": "rock", "seed": 1} | options))
