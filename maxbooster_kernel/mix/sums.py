"""Add samples up, tile by tile, in the order the graph says, remembering sums of parts of them.

Up to eight parts are added one after the other. More are added in pairs, the sums of pairs in pairs again, and so on:
((a + b) + (c + d)) + ((e + f) + ...). So where one part of 32 changes, five sums that did not complete it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel
from maxbooster_kernel.dsp.lanes import singles_at
from maxbooster_kernel.mix.cache import Key, Tile, TileCache, digest
from maxbooster_kernel.mix.sum_steps import FOUR, FRESH, MERGE, Node, Pair, Part, Steps, in_order
from maxbooster_kernel.mix.tile_memory import new_tile

Samples = NDArray[np.float32]
IN_ORDER = 8
PIECE = 2048


def sum_tile(
    parts: Sequence[Part | None], cache: TileCache, *, keep: bool = True, used: set[Key] | None = None
) -> Tile:
    """Return the sum of tiles times their gains.

    A part that is silent is None: it is not added, but has its place among the pairs. One part at least is not.
    A single part at full level is returned as it is, a sum made before is found in the cache. Of more than eight parts
    the sums of eights are kept (if ``keep``), but not that of the only one that is unknown: it is what an edit changes,
    and the next edit may change it again. What an edit completes it with is kept from then on. ``used`` gets the keys
    of the sums that this one was made of.
    """
    alone = _only(parts)
    if alone is not None:
        return alone
    keys = _keys(parts)
    known = cache.get(keys[-1])
    if known is None:
        node = _node(parts, keys, cache, keep=keep, whole=True, used=used)
        known = Tile(key=keys[-1], samples=add(node, keep=keep))
        cache.put(known)
    return known


def sum_part(parts: Sequence[Part | None], cache: TileCache, begin: int, end: int, *, keep: bool = True) -> Samples:
    """Return the frames from ``begin`` to ``end`` of what :func:`sum_tile` returns; the whole sum is not kept."""
    alone = _only(parts)
    if alone is not None:
        return alone.samples[:, begin:end]
    keys = _keys(parts)
    known = cache.get(keys[-1])
    if known is not None:
        return known.samples[:, begin:end]
    return add(_node(parts, keys, cache, keep=keep, whole=False), begin, end)


def _keys(parts: Sequence[Part | None]) -> list[Key]:
    """Return the keys of the sums of eights, and behind them that of all."""
    keys = [_sum_key(parts[i : i + IN_ORDER]) for i in range(0, len(parts), IN_ORDER)]
    return keys if len(keys) == 1 else [*keys, digest([b"sums", *keys])]


def _sum_key(group: Sequence[Part | None]) -> Key:
    """Return the key of the sum of up to eight; what is silent has a place in it."""
    gains = [b"".join([gain.tobytes() for gain in part[1]]) if part else b"" for part in group]
    return digest([b"sum", *[part[0].key if part else b"" for part in group], *gains])


def _only(parts: Sequence[Part | None]) -> Tile | None:
    """Return the one tile of a sum of one part at full level."""
    if len(parts) - parts.count(None) != 1:
        return None
    heard = next(part for part in parts if part is not None)
    return None if heard[1] else heard[0]


def _node(
    parts: Sequence[Part | None], keys: Sequence[Key], cache: TileCache, *, keep: bool, whole: bool,
    used: set[Key] | None = None,
) -> Node:  # fmt: skip
    """Return what is to be added up, given what :func:`_keys` returned."""
    heard = [part for part in parts if part is not None]
    if len(parts) <= IN_ORDER or len(heard) == 1:
        return in_order(heard)
    eights = [parts[i : i + IN_ORDER] for i in range(0, len(parts), IN_ORDER)]
    several = [len(eight) - eight.count(None) > 1 for eight in eights]
    unknown = keep and sum([many and cache.get(key) is None for many, key in zip(several, keys, strict=False)])
    tree = _Tree(cache=cache, keep=keep, whole=whole, first_time=unknown > 1, used=set() if used is None else used)
    made = tree.halves(parts, keys[:-1])
    assert made is not None
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """How a sum of many is made up in pairs, from sums that are known as far as there are any.

    ``keep`` sums that an edit leaves as they were; but of those of less or more than eight only the ones that were
    asked for before, and only where ``whole`` tiles are added.
    """

    cache: TileCache
    keep: bool
    whole: bool
    first_time: bool
    used: set[Key]

    def node(self, parts: Sequence[Part | None], keys: Sequence[Key]) -> Node | None:
        """Return the sum of parts, one tile if it is known or kept; ``keys`` are those of the eights among them."""
        heard = [part for part in parts if part is not None]
        if len(heard) <= 1:
            return heard[0] if heard else None
        eight, less = len(keys) == 1, not keys
        if less and not self.keep:
            return self.halves(parts, keys)
        key = keys[0] if eight else _sum_key(parts) if less else digest([b"sums", *keys])
        known = None if less and self.first_time else self.cache.get(key)
        if known is None and not self.keep:
            return self.halves(parts, keys)
        if known is None:
            asked_for = self.cache.seen(key)
            self.cache.see(key)
            made = self.halves(parts, keys)
            if made is None or not ((asked_for and (eight or self.whole)) or (eight and self.first_time)):
                return made
            known = Tile(key=key, samples=add(made, keep=True))
            self.cache.put(known)
        self.used.add(key)
        return known, ()

    def halves(self, parts: Sequence[Part | None], keys: Sequence[Key]) -> Node | None:
        """Return the sum of two halves of at least two parts: the left one is as large a power of two as can be."""
        half = 1 << (len(parts) - 1).bit_length() - 1
        cut = half // IN_ORDER
        left, right = self.node(parts[:half], keys[:cut]), self.node(parts[half:], keys[cut:] if cut else ())
        return Pair(left, right) if left is not None and right is not None else left or right


def add(node: Node, begin: int = 0, end: int | None = None, *, keep: bool = False) -> Samples:
    """Return frames of a sum, shape (2, frames); ``keep`` says that they are to stay for later renders."""
    steps = Steps()
    steps.fill(node, 0)
    end = steps.parts[0][0].samples.shape[1] if end is None else end
    out = new_tile(end - begin, keep=keep)
    depth = max(1, *[len(gains) for _, gains in steps.parts])
    factors = np.ones((len(steps.parts), depth), np.float32)
    places = []
    for row, (tile, gains) in enumerate(steps.parts):
        if gains:
            factors[row, : len(gains)] = gains
        stride, step = tile.samples.strides
        address = tile.samples.__array_interface__["data"][0] + step * begin
        places.append((address, address + stride))
    room = np.empty((max(1, steps.slots - 1), PIECE), np.float32)
    add_in_steps(np.array(steps.rows, np.int64), np.array(places, np.int64), factors, out, room)
    return out


@kernel
def add_in_steps(steps: Addresses, addresses: Addresses, factors: Singles, out: Singles, room: Singles) -> None:
    """Fill ``out`` with a sum, step by step (see ``sum_steps.Steps``), in pieces that stay in the processor's cache.

    Part p is at ``addresses[p]`` (left, right), times ``factors[p]``; ``room`` has a row for every slot behind the
    first. Four parts are read side by side where it can be: that is how memory gives most.
    """
    frames = out.shape[1]
    for channel in range(2):
        for begin in range(0, frames, PIECE):
            count = min(PIECE, frames - begin)
            for step in range(steps.shape[0]):
                kind, slot, part, last = steps[step, 0], steps[step, 1], steps[step, 2], steps[step, 3]
                total = out[channel, begin : begin + count] if slot == 0 else room[slot - 1, :count]
                if kind == MERGE:
                    behind = room[slot]
                    for i in range(count):
                        total[i] += behind[i]
                elif kind == FOUR:
                    _fill_with_four(
                        total,
                        singles_at(addresses[part, channel] + 4 * begin, count),
                        singles_at(addresses[part + 1, channel] + 4 * begin, count),
                        singles_at(addresses[part + 2, channel] + 4 * begin, count),
                        singles_at(addresses[part + 3, channel] + 4 * begin, count),
                        factors[part : part + 4, 0],
                    )
                else:
                    if kind == FRESH:
                        _add_part(total, singles_at(addresses[part, channel] + 4 * begin, count), factors[part], True)
                        part += 1
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


@kernel
def _fill_with_four(total: Singles, a: Singles, b: Singles, c: Singles, d: Singles, gains: Singles) -> None:
    of_a, of_b, of_c, of_d = gains[0], gains[1], gains[2], gains[3]
    for i in range(len(total)):
        total[i] = (a[i] * of_a + b[i] * of_b) + (c[i] * of_c + d[i] * of_d)


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
