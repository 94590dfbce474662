"""The networks in NumPy: what PyTorch said for the shipped weights, and properties of the shape of the nets."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from maxbooster_kernel.analysis import network
from maxbooster_kernel.analysis.network import (
    TEMPO_CLASSES,
    harmony_activations,
    rhythm_activations,
    shipped_weights,
    tempo_classes,
)
from training.patterns import golden_features

GOLDEN = Path(__file__).with_name("network_golden.npz")


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as stored:
        return {name: stored[name] for name in stored.files}


def test_numpy_equals_pytorch(golden):
    rhythm, harmony = golden_features()
    beats, chords = rhythm_activations(rhythm), harmony_activations(harmony)
    for name in ("beat", "downbeat", "tempo"):
        assert getattr(beats, name) == pytest.approx(golden[name], abs=1e-5), name
    assert chords.chords == pytest.approx(golden["chords"], abs=1e-4, rel=1e-5)
    assert chords.key == pytest.approx(golden["key"], abs=1e-5)


def test_outputs_are_probabilities():
    rhythm, harmony = golden_features()
    beats, chords = rhythm_activations(rhythm), harmony_activations(harmony)
    assert beats.tempo.sum() == pytest.approx(1, abs=1e-5)
    assert ((beats.beat >= 0) & (beats.beat <= 1)).all()
    assert np.exp(chords.chords).sum(axis=1) == pytest.approx(np.ones(len(harmony)), abs=1e-5)
    assert chords.key.sum() == pytest.approx(1, abs=1e-5)


def test_transposing_the_features_transposes_chords_and_key():
    _, harmony = golden_features()
    quiet = np.zeros_like(harmony)
    quiet[:, 14:56] = harmony[:, 14:56]
    up = np.roll(quiet, 1, axis=1)
    first, second = harmony_activations(quiet), harmony_activations(up)
    moved = (first.chords.argmax(axis=1) % 12 + 1) % 12 + first.chords.argmax(axis=1) // 12 * 12
    assert (second.chords.argmax(axis=1) == moved).mean() > 0.95


def test_three_tones_are_their_chord():
    for root, third in ((0, 4), (7, 4), (9, 3), (2, 3)):
        saliences = np.zeros((100, 72), np.uint8)
        for note in (root, root + third, root + 7):
            saliences[:, [24 + note, 36 + note]] = 180
        saliences[:, 12 + root] = 180
        heard = harmony_activations(saliences).chords.mean(axis=0)
        assert int(heard.argmax()) == root + (12 if third == 3 else 0)


def test_no_frames_give_no_beats():
    empty = rhythm_activations(np.zeros((0, 92), np.uint8))
    assert empty.beat.size == 0
    assert empty.tempo == pytest.approx(np.full(TEMPO_CLASSES, 1 / TEMPO_CLASSES))


def test_the_weights_are_small_and_named():
    folder = resources.files("maxbooster_kernel.analysis") / "weights"
    sizes = [len((folder / f"{name}.npz").read_bytes()) for name in ("rhythm", "harmony", "strange")]
    assert sum(sizes) < 1_000_000
    assert {"enter.weight", "frame.weight", "tempo.weight"} <= set(shipped_weights("rhythm"))
    assert {"enter.weight", "chord.weight", "key.weight"} <= set(shipped_weights("harmony"))
    assert all(
        np.isfinite(value).all()
        for name in ("rhythm", "harmony", "strange")
        for value in shipped_weights(name).values()
    )


def test_tempo_classes_are_finer_than_the_tolerance_of_tempo():
    steps = tempo_classes()[1:] / tempo_classes()[:-1]
    assert steps.max() < 1.04


def test_long_programmes_are_heard_in_blocks_without_seams(monkeypatch):
    _, harmony = golden_features()
    long = np.concatenate([np.roll(harmony, 3 * turn, axis=1) for turn in range(11)])
    blocks = harmony_activations(long)
    monkeypatch.setattr(network, "_BLOCK", len(long))
    whole = harmony_activations(long)
    assert blocks.chords == pytest.approx(whole.chords, abs=1e-4)
    assert blocks.key == pytest.approx(whole.key, abs=1e-5)
