"""Add samples up, tile by tile, in the order the graph says, remembering the sums of groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel
from maxbooster_kernel.dsp.lanes import singles_at
from maxbooster_kernel.mix.cache import Key, Tile, TileCache, digest
from maxbooster_kernel.mix.plan import SUMMED_TOGETHER
from maxbooster_kernel.mix.tile_memory import new_tile

Samples = NDArray[np.float32]
Gains = tuple[np.float32, ...]
Part = tuple[Tile, Gains]
Row = Sequence[Part | None]
PIECE = 2048


def sum_tiles(rows: Sequence[Row], cache: TileCache, *, keep: bool = True) -> list[Tile]:
    """Return for each row the sum of its tiles times their gains; more than eight are added in groups of eight.

    A part that is silent is None: it is not added, but has its place in its group. One part at least is not.
    A single part at full level is returned as it is, a sum made before is found in the cache. The sums of groups are
    kept (if ``keep``), but not that of the only one that is unknown until it is asked for again: it is what an edit
    changes, and the next edit may change it again.
    """
    wide = SUMMED_TOGETHER**2
    if rows and len(rows[0]) > wide:
        while wide * SUMMED_TOGETHER < len(rows[0]):
            wide *= SUMMED_TOGETHER
        sums = [_sums_of(rows, first, first + wide, cache, keep=keep) for first in range(0, len(rows[0]), wide)]
        return sum_tiles(list(zip(*sums, strict=True)), cache, keep=keep)
    adding = Additions()
    found = [_sum_of(row, cache, adding, keep=keep) for row in rows]
    for tile in adding.run():
        cache.put(tile)
    return found


def sum_part(
    row: Row, cache: TileCache, begin: int, end: int, *, keep: bool = True, out: Samples | None = None
) -> Samples:
    """Return the frames from ``begin`` to ``end`` of a row's sum (see :func:`sum_tiles`); the whole is not kept.

    They are written to ``out``, where it is given; else nobody may change them.
    """
    if len(row) > SUMMED_TOGETHER**2:
        return put(sum_tiles([row], cache)[0].samples[:, begin:end], out)
    groups, keys, whole = _grouped(row)
    known = _only(groups) or cache.get(whole)
    if known is not None:
        return put(known.samples[:, begin:end], out)
    adding = Additions()
    groups = _known_groups(groups, keys, cache, adding, keep=keep)
    out = np.empty((2, end - begin), np.float32) if out is None else out
    adding.part(groups, begin, out)
    for tile in adding.run():
        cache.put(tile)
    return out


def put(samples: Samples, out: Samples | None) -> Samples:
    """Return samples as they are, or ``out`` with what they are."""
    if out is None:
        return samples
    out[:] = samples
    return out


def _sums_of(rows: Sequence[Row], first: int, end: int, cache: TileCache, *, keep: bool) -> list[Part | None]:
    """Return the sums of some parts of every row, as parts."""
    several = [row[first:end] for row in rows]
    made = iter(sum_tiles([row for row in several if any(row)], cache, keep=keep))
    return [(next(made), ()) if any(row) else None for row in several]


def _sum_of(row: Row, cache: TileCache, adding: Additions, *, keep: bool) -> Tile:
    """Return a row's sum; one that is not known is only filled when the additions are run."""
    groups, keys, whole = _grouped(row)
    known = _only(groups) or cache.get(whole)
    if known is None:
        if len(groups) > 1:
            groups = _known_groups(groups, keys, cache, adding, keep=keep)
        known = adding.tile(whole, groups)
    return known


def _grouped(row: Row) -> tuple[list[Sequence[Part]], list[Key], Key]:
    """Return parts in groups of eight, the keys of their sums, and the key of the whole sum; silent ones left out."""
    groups: list[Sequence[Part]] = []
    for first in range(0, len(row), SUMMED_TOGETHER):
        heard = [part for part in row[first : first + SUMMED_TOGETHER] if part is not None]
        if heard:
            groups.append(heard)
    keys = [sum_key(group) for group in groups]
    return groups, keys, keys[0] if len(groups) == 1 else digest([b"sum", *keys])


def _only(groups: Sequence[Sequence[Part]]) -> Tile | None:
    """Return the one tile of a sum of one part at full level."""
    alone = len(groups) == 1 and len(groups[0]) == 1 and not groups[0][0][1]
    return groups[0][0][0] if alone else None


def sum_key(group: Sequence[Part]) -> Key:
    """Return the key of the sum of up to eight parts, of which none is silent."""
    if len(group) == 1 and not group[0][1]:
        return group[0][0].key
    return digest([_key_of_gains(tuple([gains for _, gains in group])), *[tile.key for tile, _ in group]])


@lru_cache(maxsize=4096)
def _key_of_gains(every: tuple[Gains, ...]) -> Key:
    return digest([b"sum", *[b"".join([gain.tobytes() for gain in gains]) for gains in every]])


def _known_groups(
    groups: Sequence[Sequence[Part]], keys: Sequence[Key], cache: TileCache, adding: Additions, *, keep: bool
) -> list[Sequence[Part]]:
    """Return each group as its kept sum where there is one or should be one, else as it is."""
    known = [cache.get(key) if len(group) > 1 else group[0][0] for group, key in zip(groups, keys, strict=True)]
    if keep and None in known:
        several = known.count(None) > 1
        for index, (group, key) in enumerate(zip(groups, keys, strict=True)):
            if known[index] is None and (several or cache.seen(key)):
                known[index] = adding.tile(key, [group])
            elif known[index] is None:
                cache.see(key)
    return [
        group if tile is None or len(group) == 1 else [(tile, ())] for group, tile in zip(groups, known, strict=True)
    ]


class Additions:
    """Sums to be made in one go, in the order in which they are added: a later one may read an earlier one."""

    def __init__(self) -> None:
        self._tiles: list[Tile] = []
        self._held: list[object] = []  # the addresses below are theirs
        self._sums: list[tuple[int, int, int, int, int]] = []
        self._begins = [0]
        self._addresses: list[tuple[int, int]] = []
        self._gains: list[Gains] = []

    def tile(self, key: Key, groups: Sequence[Sequence[Part]]) -> Tile:
        """Return a tile that will be the sum of the sums of groups."""
        frames = groups[0][0][0].samples.shape[1]
        made = Tile(key=key, samples=new_tile(frames))
        self._add(groups, 0, made.addresses(), frames)
        self._tiles.append(made)
        return made

    def part(self, groups: Sequence[Sequence[Part]], begin: int, out: Samples) -> None:
        """Have ``out`` be the frames from ``begin`` on of the sum of the sums of groups."""
        left = out.ctypes.data
        self._add(groups, begin, (left, left + out.strides[0]), out.shape[1])
        self._held.append(out)

    def _add(self, groups: Sequence[Sequence[Part]], begin: int, target: tuple[int, int], frames: int) -> None:
        first = len(self._begins) - 1
        for group in groups:
            for tile, gains in group:
                left, right = tile.addresses()
                self._addresses.append((left + 4 * begin, right + 4 * begin))
                self._gains.append(gains)
            self._begins.append(len(self._addresses))
        self._sums.append((first, first + len(groups), *target, frames))
        self._held.append(groups)

    def run(self) -> list[Tile]:
        """Make all sums; return the tiles, in the order in which they were asked for."""
        if self._sums:
            depth = max(1, *map(len, self._gains))
            factors = np.ones((len(self._gains), depth), np.float32)
            for row, gains in enumerate(self._gains):
                if gains:
                    factors[row, : len(gains)] = gains
            table, begins, addresses = (
                np.array(rows, np.int64) for rows in (self._sums, self._begins, self._addresses)
            )
            add_in_order(table, begins, addresses, factors, np.empty(PIECE, np.float32))
        return self._tiles


@kernel
def add_in_order(
    sums: Addresses, begins: Addresses, addresses: Addresses, factors: Singles, group_sum: Singles
) -> None:
    """Make sums of sums of groups of samples, in order, in pieces that stay in the processor's cache.

    A row of ``sums`` is its first group, the one behind its last, the addresses of the left and right channel it is
    written to, and its frames. Group g is the rows ``begins[g]`` to ``begins[g + 1]`` of ``addresses`` (parts, 2) and
    ``factors`` (parts, gains); ``group_sum`` is room for a piece.
    Four parts are read side by side: that is how memory gives most.
    """
    for row in range(sums.shape[0]):
        first, end, frames = sums[row, 0], sums[row, 1], sums[row, 4]
        for channel in range(2):
            for begin in range(0, frames, PIECE):
                count = min(PIECE, frames - begin)
                whole = singles_at(sums[row, 2 + channel] + 4 * begin, count)
                for group in range(first, end):
                    total = whole if group == first else group_sum[:count]
                    _add_group(total, begins[group], begins[group + 1], addresses[:, channel], factors, begin)
                    if group > first:
                        for i in range(count):
                            whole[i] += total[i]


@kernel
def _add_group(total: Singles, part: int, end: int, addresses: Addresses, factors: Singles, begin: int) -> None:
    """Fill ``total`` with the sum of the parts from ``part`` to ``end``, each from its frame ``begin`` on."""
    count = len(total)
    _add_part(total, singles_at(addresses[part] + 4 * begin, count), factors[part], True)
    part += 1
    while factors.shape[1] == 1 and part + 4 <= end:
        _add_four(
            total,
            singles_at(addresses[part] + 4 * begin, count),
            singles_at(addresses[part + 1] + 4 * begin, count),
            singles_at(addresses[part + 2] + 4 * begin, count),
            singles_at(addresses[part + 3] + 4 * begin, count),
            factors[part : part + 4, 0],
        )
        part += 4
    while part < end:
        _add_part(total, singles_at(addresses[part] + 4 * begin, count), factors[part], False)
        part += 1


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
