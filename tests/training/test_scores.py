"""Songs from scores: the arrangement keeps tune, key and bars; works kept for validation are never trained on."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from training.score_songs import score_song
from training.scores import Work, held_out, stored
from training.song import SECONDS

SCALE = (62, 64, 66, 67, 69, 71, 73, 74)
TUNE = Work(
    name="Scale", kind="tune", beats=2, steps=3, quarters=1.5, key=2,
    voices=[[(third / 3, 1 / 3, SCALE[third % 8]) for third in range(48)]],
)  # fmt: skip
CHORALE = Work(
    name="Cadence", kind="chorale", beats=4, steps=4, quarters=1.0, key=12 + 9,
    voices=[[(float(beat), 1.0, tones[beat % 4]) for beat in range(16)]
            for tones in ((76, 77, 74, 76), (72, 72, 71, 72), (64, 65, 68, 64), (57, 53, 52, 45))],
)  # fmt: skip


@pytest.mark.parametrize("work", [TUNE, CHORALE])
def test_a_seed_repeats_an_arrangement(work):
    first, second = score_song(5, [work]), score_song(5, [work])
    assert first.tempo == second.tempo
    assert all(np.array_equal(a.notes, b.notes) for a, b in zip(first.parts, second.parts, strict=True))
    assert score_song(6, [work]).tempo != first.tempo


@pytest.mark.parametrize("seed", range(6))
def test_a_tune_keeps_its_key_and_falls_on_its_beats(seed):
    song = score_song(seed, [TUNE], steadiness="slight")
    assert song.key_name == "D major"
    assert song.beats_per_bar == 2
    tune = next(part for part in song.parts if part.role == "lead").notes
    away = np.abs(tune[:, :1] - song.beats).min(axis=0)
    assert np.median(away) < 0.05
    pitches = {int(pitch) % 12 for pitch in tune[:, 2]}
    assert pitches == {pitch % 12 for pitch in SCALE}
    assert all(0 <= label < 24 for _, _, label in song.chords)
    assert song.chords[-1][1] == pytest.approx(SECONDS)


def test_the_chords_of_a_chorale_are_those_that_sound():
    song = score_song(3, [CHORALE], steadiness="slight")
    assert song.key_name == "A minor"
    assert {label for _, _, label in song.chords} == {12 + 9, 5, 4}


def test_songs_are_transposed_only_for_training():
    keys = {score_song(seed, [TUNE]).key for seed in range(12)}
    assert len(keys) > 3
    assert all(key < 12 for key in keys)


def test_works_kept_for_validation_are_apart_and_survive_a_file(tmp_path):
    works = [Work(**(asdict(TUNE) | {"name": f"work {number}"})) for number in range(10)]
    train, kept = held_out(works)
    assert len(kept) == 2
    assert not {work.name for work in train} & {work.name for work in kept}
    path = tmp_path / "works.json"
    path.write_text(json.dumps([asdict(work) for work in works]))
    assert [work.name for work in stored(path)] == [work.name for work in works]
