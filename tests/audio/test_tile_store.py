"""Tiles as files: named by what they hold, kept bit for bit, bounded."""

from __future__ import annotations

import os

import numpy as np
import pytest

from maxbooster_kernel.audio.tile_store import FRAMES, TILE_BYTES, TileStore

RNG = np.random.default_rng(0)


def noise():
    return RNG.standard_normal((2, FRAMES)).astype(np.float32)


def test_a_tile_is_kept_bit_for_bit_and_once(tmp_path):
    store = TileStore(tmp_path)
    samples = noise()
    samples[0, :3] = [1e-42, -0.0, 3e38]
    name = store.put(samples)
    assert store.read(name) == samples.tobytes()
    assert store.put(np.asfortranarray(samples)) == name
    assert [path.name for path in tmp_path.glob("*/*")] == [name]
    assert store.put(np.zeros((2, FRAMES), np.float32)) == ""


def test_a_tile_cut_short_by_a_full_disk_is_written_again(tmp_path):
    store = TileStore(tmp_path)
    samples = noise()
    name = store.put(samples)
    (tmp_path / name[:2] / name).write_bytes(b"short")
    assert store.put(samples) == name
    assert store.read(name) == samples.tobytes()


@pytest.mark.parametrize("name", ["", "../secret", "0" * 31, "0" * 32, "A" * 32, "0" * 31 + "\n"])
def test_what_is_no_tile_is_not_read(tmp_path, name):
    (tmp_path / "secret").write_text("x")
    assert TileStore(tmp_path / "tiles").read(name) is None


def test_what_was_longest_not_asked_for_goes_first_and_nothing_that_is_heard(tmp_path):
    store = TileStore(tmp_path, limit=2 * TILE_BYTES)
    names = [store.put(noise()) for _ in range(4)]
    for age, name in enumerate(reversed(names)):
        os.utime(tmp_path / name[:2] / name, (1000 - age, 1000 - age))
    store.prune(keep=names[:1])
    assert [store.read(name) is not None for name in names] == [True, False, False, True]
    store.limit = 0
    store.prune(keep=names)
    assert store.read(names[0]) is not None


def test_only_whole_tiles_are_taken(tmp_path):
    with pytest.raises(ValueError, match=r"\(2, 65536\)"):
        TileStore(tmp_path).put(np.zeros((2, 5), np.float32))
