"""Features sketched from notes look like the features of the sound; the demo synthesiser's songs are labelled alike."""

import numpy as np
import pytest

from maxbooster_kernel.analysis.learned_features import harmony_features, rhythm_features
from training.demo_songs import HELD_OUT, KNOWN, demo_song
from training.plain_songs import plain_song
from training.sketch import sketch
from training.song import SECONDS, Part, Song, compose
from training.synthesis import RATE, noise_drums, wavetable_line


def test_a_seed_repeats_a_sketch():
    for first, second in zip(sketch(compose(5)), sketch(compose(5)), strict=True):
        np.testing.assert_array_equal(first, second)


def test_shapes_are_those_of_the_sound():
    song = compose(8)
    rhythm, harmony = sketch(song)
    silence = np.zeros(int(SECONDS * RATE), np.float32)
    assert rhythm.shape == rhythm_features(silence).shape
    assert harmony.shape == harmony_features(silence).saliences.shape
    assert rhythm.dtype == harmony.dtype == np.uint8


def test_flux_rises_where_the_sound_of_the_same_notes_rises():
    song = next(song for song in map(compose, range(99)) if song.parts[0].role == "drums" and song.curve == "const")
    rng = np.random.default_rng(0)
    sound = np.zeros(int(SECONDS * RATE), np.float32)
    for part in song.parts:
        if part.role == "drums":
            sound += noise_drums(rng, part.notes, seconds=SECONDS)
        else:
            sound += 0.3 * wavetable_line(rng, part.notes, seconds=SECONDS, cents=0)
    heard, drawn = (features[:, 46:].mean(axis=1) for features in (rhythm_features(sound), sketch(song)[0]))
    assert np.corrcoef(heard, drawn)[0, 1] > 0.5


@pytest.mark.parametrize("pitch", [45, 57, 69])
def test_a_note_lies_on_its_own_semitone(pitch):
    notes = np.array([[0.5, 29.0, pitch, 100.0]])
    base = compose(3)
    tune = Song(
        style="one note", seed=3, tempo=base.tempo, curve="const", beats=base.beats, downbeats=base.downbeats,
        beats_per_bar=4, key=0, chords=base.chords, a4=440.0,
        parts=[Part(role="lead", program=0, gain_db=0.0, notes=notes)],
    )  # fmt: skip
    saliences = sketch(tune)[1][10:200].astype(float).mean(axis=0)
    assert saliences[pitch - 24 - 3 : pitch - 24 + 4].argmax() == 3


def test_demo_songs_are_labelled_as_the_others_and_keep_styles_apart():
    labels, sound = demo_song(5)
    assert sound.shape == (int(SECONDS * RATE),)
    assert (np.diff(labels["beats"]) > 0).all()
    assert 0 <= labels["key"] < 24
    assert all(-1 <= chord[2] < 24 for chord in labels["chords"])
    assert not set(KNOWN) & set(HELD_OUT)


def test_plain_songs_click_on_every_beat():
    for seed in range(4):
        song, sound = plain_song(seed)
        drums = next(part for part in song.parts if part.role == "drums")
        np.testing.assert_allclose(drums.notes[:, 0], song.beats)
        assert song.chords[0][2] == song.key
        assert sound.shape == (int(SECONDS * RATE),)
        flux = rhythm_features(sound)[:, 46:].mean(axis=1)
        at = np.rint(song.beats[1:-1] * 50).astype(int)
        assert np.max([flux[at + shift] for shift in range(-2, 3)], axis=0).mean() > 1.5 * flux.mean()
