"""Sums are made in the order the graph says, from what is known, and exact whatever that is."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.mix.blocks import places_of
from maxbooster_kernel.mix.cache import Tile, TileCache
from maxbooster_kernel.mix.sums import sum_parts, sum_tiles

RNG = np.random.default_rng(3)


def terms(parts):
    return [(place, part) for place, part in zip(places_of(len(parts)), parts, strict=True) if part]


def added(samples):
    """Return the sum of up to eight in their order, of more in pairs."""
    if len(samples) <= 8:
        return reduce(np.add, samples)
    while len(samples) > 1:
        samples = [reduce(np.add, samples[i : i + 2]) for i in range(0, len(samples), 2)]
    return samples[0]


@pytest.mark.parametrize("count", [2, 8, 9, 11, 64, 65, 130, 520])
def test_sums_are_made_in_order_and_of_many_in_pairs(count):
    tiles = [Tile(key=b"%d" % k, samples=RNG.standard_normal((2, 256)).astype(np.float32)) for k in range(count)]
    parts = [(tile, ()) for tile in tiles]
    expected = added([tile.samples for tile in tiles])
    for keep in (False, True):
        cache = TileCache(1 << 22)
        assert np.array_equal(sum_tiles([terms(parts)], cache, keep=keep)[0].samples, expected)
        other = [*parts[:-1], (replace(tiles[-1], key=b"other"), (np.float32(0.5),))]
        changed = added([*[tile.samples for tile in tiles[:-1]], tiles[-1].samples * np.float32(0.5)])
        assert np.array_equal(sum_tiles([terms(other)], cache, keep=keep)[0].samples, changed)
        assert np.array_equal(sum_tiles([terms(parts)], cache, keep=keep)[0].samples, expected)


PART_EDITS = st.lists(st.tuples(st.integers(0, 39), st.sampled_from(["mute", "gain", "tile", "part"])), max_size=12)


@given(st.one_of(st.integers(2, 40), st.sampled_from([65, 130])), PART_EDITS, st.booleans())
def test_sums_stay_exact_whatever_parts_change(count, edits, keep):
    tiles = [Tile(key=b"%d" % k, samples=RNG.standard_normal((2, 64)).astype(np.float32)) for k in range(count + 12)]
    parts, cache = [(tile, ()) for tile in tiles[:count]], TileCache(1 << 16)
    for turn, (place, kind) in enumerate([(0, "part"), *edits]):
        now = parts[place % count]
        if kind == "mute":
            parts[place % count] = None if now and len(parts) - parts.count(None) > 1 else (tiles[place % count], ())
        elif kind != "part":
            gains = (np.float32(0.5 + turn / 16),) if kind == "gain" else ()
            parts[place % count] = tiles[place % count if gains else count + turn - 1], gains
        silent = np.zeros((2, 64), np.float32)
        expected = added([part[0].samples * np.prod([np.float32(1), *part[1]]) if part else silent for part in parts])
        if kind == "part":
            assert np.array_equal(sum_parts([terms(parts)], [(8, 40)], cache, keep=keep)[0], expected[:, 8:40])
        else:
            assert np.array_equal(sum_tiles([terms(parts)], cache, keep=keep)[0].samples, expected)


def test_parts_are_multiplied_before_they_are_added():
    tiles = [Tile(key=b"%d" % k, samples=RNG.standard_normal((2, 256)).astype(np.float32)) for k in range(10)]
    half, third = np.float32(0.5), np.float32(1 / 3)
    made = sum_tiles([terms([(tile, (half, third)) for tile in tiles])], TileCache(1 << 20))[0].samples
    assert np.array_equal(made, added([tile.samples * half * third for tile in tiles]))
