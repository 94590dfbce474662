"""Stored examples, augmentation, and the training loop on a corpus of two songs."""

import json

import numpy as np
import pytest

from training.augment import recolour, roughen, stretch
from training.corpus import load_folder
from training.dataset import example, truth
from training.song import SECONDS, compose
from training.synthesis import RATE, noise_drums, wavetable_line


def played(song):
    """Play a song with our own sounds only."""
    rng = np.random.default_rng(song.seed)
    mix = np.zeros(int(SECONDS * RATE), np.float32)
    for part in song.parts:
        if part.role == "drums":
            mix += noise_drums(rng, part.notes, seconds=SECONDS)
        else:
            mix += wavetable_line(rng, part.notes, seconds=SECONDS, cents=0)
    return mix


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("songs")
    for seed in (3, 4):
        song = compose(seed)
        np.savez(out / f"{seed:06d}.npz", **example(truth(song), played(song)))
    return out


def test_examples_come_back_as_they_were_stored(folder):
    songs = load_folder(folder)
    assert [song.name for song in songs] == ["000003", "000004"]
    assert songs[0].rhythm.shape == (1500, 92)
    assert songs[0].harmony.shape == (323, 72)
    assert songs[0].truth["beats"] == compose(3).beats.tolist()
    assert load_folder(folder, known=frozenset({"000003"}))[0].name == "000004"
    json.dumps(songs[0].truth)


def test_flux_marks_the_beats_of_a_drummed_song(folder):
    for song in load_folder(folder):
        flux = song.rhythm[:, 46:].astype(float).mean(axis=1)
        frames = np.rint(np.array(song.truth["beats"]) * 50).astype(int)
        frames = frames[(frames > 2) & (frames < 1495)]
        near = np.max([flux[frames + shift] for shift in range(-2, 3)], axis=0)
        assert near.mean() > 1.5 * flux.mean()


def test_stretching_moves_frames_as_it_says():
    ramp = np.repeat(np.arange(250, dtype=np.uint8)[:, None], 92, axis=1)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        cut, factor, first = stretch(rng, ramp, 100)
        assert 0.74 < factor < 1.26
        assert cut[:, 0] == pytest.approx(first + np.arange(100) * factor, abs=0.51)


def test_transposition_is_what_it_says(folder):
    song = load_folder(folder)[0]
    tones = np.zeros((50, 72), np.uint8)
    tones[:, 30] = 200
    for seed in range(20):
        changed, shift = recolour(np.random.default_rng(seed), tones)
        assert int(changed.mean(axis=0).argmax()) == 30 + shift
    rough = roughen(np.random.default_rng(0), song.rhythm[:500], song.rhythm[500:1000])
    assert rough.shape == (500, 92)
    assert np.isfinite(rough).all()


def test_a_few_steps_of_training_lower_the_loss(folder):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; only training needs it")
    from training import train_harmony, train_rhythm
    from training.models import HarmonyNet, RhythmNet

    torch.manual_seed(0)
    songs = load_folder(folder)
    rhythm, harmony = RhythmNet(dropout=0.0), HarmonyNet(dropout=0.0)

    def rhythm_loss():
        inputs, targets, tempi = train_rhythm.batch(np.random.default_rng(0), songs, 2)
        logits, tempo = rhythm(inputs)
        return train_rhythm.tolerant_loss(logits, targets) + torch.nn.functional.cross_entropy(tempo, tempi)

    def harmony_loss():
        inputs, chords, keys = train_harmony.batch(np.random.default_rng(0), songs, 2)
        chord, key = harmony(inputs)
        entropy = torch.nn.functional.cross_entropy
        return entropy(chord, chords, ignore_index=train_harmony.UNKNOWN) + entropy(key, keys)

    for model, loss in ((rhythm, rhythm_loss), (harmony, harmony_loss)):
        optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
        first = float(loss().detach())
        for _ in range(8):
            optimiser.zero_grad()
            value = loss()
            value.backward()
            optimiser.step()
        assert float(loss().detach()) < 0.9 * first
