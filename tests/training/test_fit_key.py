"""The key finder's fit: it learns what it is shown, the same for every tonic, and a run can be continued."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("training.song", reason="the training scripts lie beside the package")

from training import fit_key


def made(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features that hold the scale of a random key, and the keys."""
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 24, count)
    rows = 0.3 * rng.standard_normal((count, 8, 12))
    for row, key in zip(rows, keys, strict=True):
        steps = (0, 4, 7, 11) if key < 12 else (0, 3, 7, 10)
        row[0, [(key + step) % 12 for step in steps]] += 1.5
        row[1, key % 12] += 1.5
    return rows, keys


def test_the_fit_finds_keys_it_has_not_seen():
    rows, keys = made(80, 0)
    weights = fit_key.fit(rows, keys)
    assert weights.shape == (2, 97)
    assert fit_key.exact(weights, *made(60, 1)) > 0.9


def test_transposed_songs_are_the_same_songs():
    rows, keys = made(30, 2)
    weights = fit_key.fit(rows, keys)
    turned = np.roll(rows, 5, axis=2), (keys // 12) * 12 + (keys + 5) % 12
    assert fit_key.exact(weights, *turned) == fit_key.exact(weights, rows, keys)


def test_a_run_is_continued(tmp_path, monkeypatch):
    asked = []

    def features(seed, *, held_out):
        asked.append((seed, held_out))
        return np.full((8, 12), float(seed)), seed % 24

    monkeypatch.setattr(fit_key, "features", features)
    path = tmp_path / "features.npz"
    first, _ = fit_key.collect(path, 10)
    rows, keys = fit_key.collect(path, 20)
    assert len(asked) == 20
    assert [held for _, held in asked[:8]] == [False, False, False, True] * 2
    np.testing.assert_array_equal(rows[:10], first)
    assert keys.shape == (20,)
