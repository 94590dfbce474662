"""Excerpts and joined songs: features and truth stay together."""

import json

import numpy as np
import pytest

from maxbooster_kernel.analysis.learned_features import HARMONY_FPS, RHYTHM_FPS
from training.corpus import Example
from training.dataset import example, truth
from training.excerpts import JOINED_S, LONGEST_S, SHORTEST_S, cut, joined, short_and_joined, stretches
from training.fit_octave import case
from training.plain_songs import plain_song


def numbered(name: str, tempo: float) -> Example:
    """Return 30 s of features that tell the frame they come from."""
    rhythm = np.arange(30 * RHYTHM_FPS)[:, np.newaxis]
    harmony = np.arange(int(30 * HARMONY_FPS))[:, np.newaxis]
    return Example(name=name, rhythm=rhythm, harmony=harmony, truth={"tempo": tempo})


@pytest.mark.parametrize("seed", range(4))
def test_an_excerpt_is_cut_at_one_place_from_both_features(seed):
    short = cut(numbered("a", 120.0), np.random.default_rng(seed))
    ((start, end, bpm),) = stretches(short)
    assert start == 0.0
    assert SHORTEST_S <= end <= LONGEST_S
    assert bpm == 120.0
    assert len(short.rhythm) / RHYTHM_FPS == pytest.approx(end, abs=0.02)
    assert short.rhythm[0, 0] / RHYTHM_FPS == pytest.approx(short.harmony[0, 0] / HARMONY_FPS, abs=0.06)


def test_joined_songs_change_their_tempo_at_the_border():
    pair = joined(numbered("a", 90.0), numbered("b", 120.0), np.random.default_rng(0))
    (_, border, slow), (again, end, fast) = stretches(pair)
    assert (slow, fast) == (90.0, 120.0)
    assert border == again
    assert end == pytest.approx(JOINED_S)
    assert pair.rhythm[round(border * RHYTHM_FPS), 0] == 0


def test_songs_are_joined_only_with_ones_of_another_and_near_tempo():
    songs = [numbered(str(index), tempo) for index, tempo in enumerate((80.0, 82.0, 110.0, 200.0))]
    made = short_and_joined(songs, seed=1)
    assert [song.name for song in made[:4]] == ["0", "1", "2", "3"]
    assert [song.name for song in made[4:]] in (["0+2", "2+0"], ["0+2", "2+1"])


def test_the_octave_of_an_excerpt_is_judged_by_its_beats():
    song, sound = plain_song(1)
    made = example(truth(song), sound)
    stored = Example(name="1", rhythm=made["rhythm"], harmony=made["harmony"], truth=json.loads(bytes(made["truth"])))
    found = case(cut(stored, np.random.default_rng(0)))
    assert found is not None
    assert found[1].sum() == 1
