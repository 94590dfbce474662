"""Add samples up in pairs, pairs of pairs and so on, in one pass over memory.

Terms stand at places. Those at places 0 and 1 are added, those at 2 and 3, then the two sums, and so on; what has
nothing beside it is added further up (``blocks``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel
from maxbooster_kernel.dsp.lanes import singles_at
from maxbooster_kernel.mix.blocks import split
from maxbooster_kernel.mix.cache import Key, Tile
from maxbooster_kernel.mix.tile_memory import new_tile

Samples = NDArray[np.float32]
Gains = tuple[np.float32, ...]
Part = tuple[Tile, Gains]
Term = tuple[int, Part]
Tree = int | tuple["Tree", "Tree"]
PIECE = 1024
ONE, ADD_ONE, TWO, ADD_TWO, FOUR, ADD_FOUR, ADD_EACH_OF_FOUR, MERGE = range(8)
"""What a step does: begin a sum with so many terms, added in pairs; add so many, added in pairs, to the last sum; add
four to it one after the other; add the last sum to the one before."""


class Additions:
    """Sums to be made in one go, in the order in which they are added: a later one may read an earlier one."""

    def __init__(self) -> None:
        self._tiles: list[Tile] = []
        self._held: list[object] = []  # the addresses below are theirs
        self._sums: list[tuple[int, int, int, int, int, int]] = []
        self._steps: list[int] = []
        self._addresses: list[tuple[int, int]] = []
        self._gains: list[Gains] = []
        self._known: dict[tuple[int, ...], int] = {}

    def tile(self, key: Key, terms: Sequence[Term]) -> Tile:
        """Return a tile that will be the sum of terms, in the order of their places."""
        frames = terms[0][1][0].samples.shape[1]
        made = Tile(key=key, samples=new_tile(frames))
        self._add(terms, 0, made.addresses(), frames)
        self._tiles.append(made)
        return made

    def part(self, terms: Sequence[Term], begin: int, out: Samples) -> None:
        """Have ``out`` be the frames from ``begin`` on of the sum of terms."""
        left = out.ctypes.data
        self._add(terms, begin, (left, left + out.strides[0]), out.shape[1])
        self._held.append(out)

    def _add(self, terms: Sequence[Term], begin: int, target: tuple[int, int], frames: int) -> None:
        single = not any(len(gains) > 1 for _, (_, gains) in terms)
        steps, order = _steps(tuple([place for place, _ in terms]), single)
        at = self._known.get(steps)
        if at is None:
            at = self._known[steps] = len(self._steps)
            self._steps += steps
        self._sums.append((at, at + len(steps), len(self._addresses), *target, frames))
        for index in order:
            tile, gains = terms[index][1]
            left, right = tile.addresses()
            self._addresses.append((left + 4 * begin, right + 4 * begin))
            self._gains.append(gains)
        self._held.append(terms)

    def run(self) -> list[Tile]:
        """Make all sums; return the tiles, in the order in which they were asked for."""
        if self._sums:
            depth = max(1, *map(len, self._gains))
            factors = np.ones((len(self._gains), depth), np.float32)
            for row, gains in enumerate(self._gains):
                if gains:
                    factors[row, : len(gains)] = gains
            sums, addresses = np.array(self._sums, np.int64), np.array(self._addresses, np.int64)
            room = np.empty(PIECE * (1 + self._steps.count(MERGE)), np.float32)
            add_in_pairs(sums, np.array(self._steps, np.int64), addresses, factors, room)
        return self._tiles


@lru_cache(maxsize=4096)
def _steps(places: tuple[int, ...], single: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the steps that add up terms at places, and in which order these take the terms.

    ``single`` tells that no term has more than one gain: only then several are taken at once.

    >>> _steps((0, 1, 2, 3, 4, 6), True)
    ((4, 3), (0, 1, 2, 3, 4, 5))
    >>> _steps((0, 2, 3), True)
    ((0, 3), (0, 1, 2))
    """
    steps: list[int] = []
    order: list[int] = []
    _write(_tree(places, 0), steps, order, widest=4 if single else 1)
    joined: list[int] = []
    for step in steps:
        joined.append(step)
        if joined[-4:] == [ADD_ONE] * 4 and single:
            joined[-4:] = [ADD_EACH_OF_FOUR]
    return tuple(joined), tuple(order)


def _tree(places: Sequence[int], first: int) -> Tree:
    """Return what is added to what, as pairs of indices from ``first`` on."""
    if len(places) == 1:
        return first
    middle = split(places)
    return _tree(places[:middle], first), _tree(places[middle:], first + middle)


def _write(tree: Tree, steps: list[int], order: list[int], *, widest: int, added: bool = False) -> None:
    """Write the steps that begin a sum with a tree, or add it to the last sum."""
    leaves = _even(tree)
    if leaves and len(leaves) <= widest:
        steps.append(len(leaves) // 2 * 2 + added)
        order += leaves
    elif not isinstance(tree, int):
        one, other = sorted(tree, key=lambda half: len(_even(half)) in range(1, widest + 1))  # what is simple is added
        _write(one, steps, order, widest=widest)
        _write(other, steps, order, widest=widest, added=True)
        if added:
            steps.append(MERGE)


def _even(tree: Tree) -> list[int]:
    """Return the leaves of a tree of one, two or four, all as deep; of any other none."""
    if isinstance(tree, int):
        return [tree]
    one, other = map(_even, tree)
    return [*one, *other] if len(one) == len(other) < 4 else []


@kernel
def add_in_pairs(sums: Addresses, steps: Addresses, addresses: Addresses, factors: Singles, room: Singles) -> None:
    """Make sums by their steps, in pieces that stay in the processor's cache.

    A row of ``sums`` is its first step, the one behind its last, its first term, the addresses of the left and right
    channel it is written to, and its frames. Terms are the rows of ``addresses`` (terms, 2) and ``factors``
    (terms, gains); ``room`` is for the sums that wait to be added to others.
    Four terms are read side by side: that is how memory gives most.
    """
    for row in range(sums.shape[0]):
        frames = sums[row, 5]
        for channel in range(2):
            for begin in range(0, frames, PIECE):
                count = min(PIECE, frames - begin)
                term, depth = sums[row, 2], 0
                for at in range(sums[row, 0], sums[row, 1]):
                    step = steps[at]
                    if step == 7:
                        depth -= 1
                    elif step < 6 and step % 2 == 0:
                        depth += 1
                    here = depth - 1
                    total = singles_at(sums[row, 3 + channel] + 4 * begin, count)
                    if here > 0:
                        total = room[here * PIECE : here * PIECE + count]
                    if step == 7:
                        above = room[depth * PIECE : depth * PIECE + count]
                        for i in range(count):
                            total[i] += above[i]
                    else:
                        _take(total, step, term, addresses[:, channel], factors, 4 * begin)
                        term += 1 if step < 2 else 2 if step < 4 else 4


@kernel
def _take(total: Singles, step: int, term: int, addresses: Addresses, factors: Singles, offset: int) -> None:
    """Take the terms of a step into ``total``, from their byte ``offset`` on."""
    count = len(total)
    a, of_a = singles_at(addresses[term] + offset, count), factors[term, 0]
    if step < 2:
        _take_one(total, a, factors[term], step == 0)
        return
    b, of_b = singles_at(addresses[term + 1] + offset, count), factors[term + 1, 0]
    if step == 2:
        for i in range(count):
            total[i] = a[i] * of_a + b[i] * of_b
        return
    if step == 3:
        for i in range(count):
            total[i] += a[i] * of_a + b[i] * of_b
        return
    c, of_c = singles_at(addresses[term + 2] + offset, count), factors[term + 2, 0]
    d, of_d = singles_at(addresses[term + 3] + offset, count), factors[term + 3, 0]
    if step == 4:
        for i in range(count):
            total[i] = (a[i] * of_a + b[i] * of_b) + (c[i] * of_c + d[i] * of_d)
    elif step == 5:
        for i in range(count):
            total[i] += (a[i] * of_a + b[i] * of_b) + (c[i] * of_c + d[i] * of_d)
    else:
        for i in range(count):
            total[i] = (((total[i] + a[i] * of_a) + b[i] * of_b) + c[i] * of_c) + d[i] * of_d


@kernel
def _take_one(total: Singles, samples: Singles, gains: Singles, first: bool | int) -> None:
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
