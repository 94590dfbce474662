"""Add samples up, tile by tile, in the order the graph says, remembering the sums of groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel
from maxbooster_kernel.dsp.lanes import singles_at
from maxbooster_kernel.mix.cache import Key, Tile, TileCache, digest
from maxbooster_kernel.mix.plan import SUMMED_TOGETHER
from maxbooster_kernel.mix.tile_memory import new_tile

Samples = NDArray[np.float32]
Part = tuple[Tile, tuple[np.float32, ...]]
PIECE = 2048


def sum_tile(parts: Sequence[Part | None], cache: TileCache, *, keep: bool = True) -> Tile:
    """Return the sum of tiles times their gains; more than eight are added in groups of eight.

    A part that is silent is None: it is not added, but has its place in its group. One part at least is not.
    A single part at full level is returned as it is, a sum made before is found in the cache. The sums of groups are
    kept (if ``keep``), but not that of the only one that is unknown until it is asked for again: it is what an edit
    changes, and the next edit may change it again.
    """
    if len(parts) > SUMMED_TOGETHER**2:
        wide = SUMMED_TOGETHER**2
        while wide * SUMMED_TOGETHER < len(parts):
            wide *= SUMMED_TOGETHER
        many = [parts[i : i + wide] for i in range(0, len(parts), wide)]
        sums = [(sum_tile(group, cache, keep=keep), ()) if any(group) else None for group in many]
        return sum_tile(sums, cache, keep=keep)
    groups, keys, whole = _grouped(parts)
    known = _only(groups) or cache.get(whole)
    if known is None:
        if len(groups) > 1:
            groups = _known_groups(groups, keys, cache, keep=keep)
        known = Tile(
            key=whole, samples=add([[(tile.samples, gain) for tile, gain in group] for group in groups], keep=keep)
        )
        cache.put(known)
    return known


def sum_part(parts: Sequence[Part | None], cache: TileCache, begin: int, end: int, *, keep: bool = True) -> Samples:
    """Return the frames from ``begin`` to ``end`` of what :func:`sum_tile` returns; the whole sum is not kept."""
    if len(parts) > SUMMED_TOGETHER**2:
        return sum_tile(parts, cache).samples[:, begin:end]
    groups, keys, whole = _grouped(parts)
    known = _only(groups) or cache.get(whole)
    if known is not None:
        return known.samples[:, begin:end]
    groups = _known_groups(groups, keys, cache, keep=keep)
    return add([[(tile.samples[:, begin:end], gain) for tile, gain in group] for group in groups])


def _grouped(parts: Sequence[Part | None]) -> tuple[list[Sequence[Part]], list[Key], Key]:
    """Return parts in groups of eight, the keys of their sums, and the key of the whole sum; silent ones left out."""
    eights = [parts[i : i + SUMMED_TOGETHER] for i in range(0, len(parts), SUMMED_TOGETHER)]
    heard = [[part for part in group if part is not None] for group in eights]
    groups: list[Sequence[Part]] = [group for group in heard if group]
    keys = [_sum_key(group) for group in groups]
    return groups, keys, keys[0] if len(groups) == 1 else digest([b"sum", *keys])


def _only(groups: Sequence[Sequence[Part]]) -> Tile | None:
    """Return the one tile of a sum of one part at full level."""
    alone = len(groups) == 1 and len(groups[0]) == 1 and not groups[0][0][1]
    return groups[0][0][0] if alone else None


def _sum_key(group: Sequence[Part]) -> Key:
    if len(group) == 1 and not group[0][1]:
        return group[0][0].key
    gains = [b"".join([gain.tobytes() for gain in factors]) for _, factors in group]
    return digest([b"sum", *[tile.key for tile, _ in group], *gains])


def _known_groups(
    groups: Sequence[Sequence[Part]], keys: Sequence[Key], cache: TileCache, *, keep: bool
) -> list[Sequence[Part]]:
    """Return each group as its kept sum where there is one or should be one, else as it is."""
    known = [cache.get(key) if len(group) > 1 else group[0][0] for group, key in zip(groups, keys, strict=True)]
    if keep and None in known:
        several = known.count(None) > 1
        for index, (group, key) in enumerate(zip(groups, keys, strict=True)):
            if known[index] is None and (several or cache.seen(key)):
                known[index] = made = Tile(
                    key=key, samples=add([[(tile.samples, gain) for tile, gain in group]], keep=True)
                )
                cache.put(made)
            elif known[index] is None:
                cache.see(key)
    return [
        group if tile is None or len(group) == 1 else [(tile, ())] for group, tile in zip(groups, known, strict=True)
    ]


def add(groups: Sequence[Sequence[tuple[Samples, Sequence[np.float32]]]], *, keep: bool = False) -> Samples:
    """Return the sum of the sums of groups of arrays (2, frames), each array times its gains one after the other.

    ``keep`` says that the sum is to stay for later renders.
    """
    parts = [part for group in groups for part in group]
    out = new_tile(parts[0][0].shape[1], keep=keep)
    depth = max(1, *[len(gains) for _, gains in parts])
    factors = np.ones((len(parts), depth), np.float32)
    addresses = np.empty((len(parts), 2), np.int64)
    for row, (samples, gains) in enumerate(parts):
        if gains:
            factors[row, : len(gains)] = gains
        address = samples.__array_interface__["data"][0]
        addresses[row] = address, address + samples.strides[0]
    begins = np.zeros(len(groups) + 1, np.int64)
    np.cumsum([len(group) for group in groups], out=begins[1:])
    add_in_order(begins, addresses, factors, out, np.empty(PIECE, np.float32))
    return out


@kernel
def add_in_order(begins: Addresses, addresses: Addresses, factors: Singles, out: Singles, group_sum: Singles) -> None:
    """Fill ``out`` with the sum of the sums of groups of samples, in order, in pieces that stay in the cache.

    Group g is the rows ``begins[g]`` to ``begins[g + 1]`` of ``addresses`` (parts, 2) and ``factors`` (parts, gains);
    ``group_sum`` is room for a piece.
    Four parts are read side by side: that is how memory gives most.
    """
    frames = out.shape[1]
    for channel in range(2):
        for begin in range(0, frames, PIECE):
            count = min(PIECE, frames - begin)
            whole = out[channel, begin : begin + count]
            for group in range(len(begins) - 1):
                total = whole if group == 0 else group_sum[:count]
                part, last = begins[group] + 1, begins[group + 1]
                _add_part(total, singles_at(addresses[part - 1, channel] + 4 * begin, count), factors[part - 1], True)
                while factors.shape[1] == 1 and part + 4 <= last:
                    _add_four(
                        total,
                        singles_at(addresses[part, channel] + 4 * begin, count),
                        singles_at(addresses[part + 1, channel] + 4 * begin, count),
                        singles_at(addresses[part + 2, channel] + 4 * begin, count),
                        singles_at(addresses[part + 3, channel] + 4 * begin, count),
                        factors[part : part + 4, 0],
                    )
                    part += 4
                while part < last:
                    _add_part(total, singles_at(addresses[part, channel] + 4 * begin, count), factors[part], False)
                    part += 1
                if group:
                    for i in range(count):
                        whole[i] += total[i]


@kernel
def _add_four(total: Singles, a: Singles, b: Singles, c: Singles, d: Singles, gains: Singles) -> None:
    of_a, of_b, of_c, of_d = gains[0], gains[1], gains[2], gains[3]
    for i in range(len(total)):
        total[i] = (((total[i] + a[i] * of_a) + b[i] * of_b) + c[i] * of_c) + d[i] * of_d


@kernel
def _add_part(total: Singles, samples: Singles, gains: Singles, first: bool | int) -> None:
    gain = gains[0]
    if len(gains) == 1 and first:
        for i in range(len(total)):
            total[i] = samples[i] * gain
    elif len(gains) == 1:
        for i in range(len(total)):
            total[i] += samples[i] * gain
    else:
        for i in range(len(total)):
            value = samples[i]
            for factor in gains:
                value = value * factor
            total[i] = value if first else total[i] + value
