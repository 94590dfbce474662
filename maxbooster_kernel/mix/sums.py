"""Sums of what enters a unit, tile by tile: found, or made from sums of blocks that are known.

Up to eight parts are added one after the other, more of them in pairs, pairs of pairs and so on (``additions``).
Of many parts, eight in a row are a group, as are eight groups: their sums are kept, so that behind a change of one part
few others are read. Of any other block the sum is kept when it is asked for a second time: who moves a fader moves it
again, and then reads on each way up one sum of all that stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.mix.additions import Additions, Gains, Part, Term, split
from maxbooster_kernel.mix.cache import Key, Tile, TileCache, digest
from maxbooster_kernel.mix.plan import SUMMED_TOGETHER

Samples = NDArray[np.float32]
Row = Sequence[Part | None]
HALVINGS = SUMMED_TOGETHER.bit_length() - 1
IN_ORDER = (0, *[1 << number for number in range(SUMMED_TOGETHER - 1)])
"""Places of which each is beside all those before it: what stands there is added one after the other."""


def sum_tiles(
    rows: Sequence[Row], cache: TileCache, *, keep: bool = True, beside: set[Key] | None = None
) -> list[Tile]:
    """Return for each row the sum of its tiles times their gains.

    A part that is silent is None: it is not added, but has its place. One part at least is not.
    A single part at full level is returned as it is, a sum made before is found in the cache. The sums of groups are
    kept (if ``keep``), but not that of the only one that is unknown until it is asked for again: it is what an edit
    changes, and the next edit may change it again. The keys of other sums that are kept are put into ``beside``.
    """
    making = _Making(cache=cache, keep=keep, beside=set() if beside is None else beside)
    found = [making.whole(row) for row in rows]
    making.run()
    return found


def sum_parts(
    rows: Sequence[Row], spans: Sequence[tuple[int, int]], cache: TileCache, *, keep: bool = True,
    outs: Sequence[Samples] | None = None,
) -> list[Samples]:  # fmt: skip
    """Return of each row's sum the frames from the first to the last of its span (see :func:`sum_tiles`).

    What has to be made is written to ``outs``, where these are given, and not kept; of what is known it is a part, and
    nobody may change it.
    """
    making = _Making(cache=cache, keep=keep)
    wanted = outs or [np.empty((2, end - begin), np.float32) for begin, end in spans]
    found = [making.part(row, *span, out) for row, span, out in zip(rows, spans, wanted, strict=True)]
    making.run()
    return found


def sum_key(row: Row, *, in_pairs: bool) -> Key:
    """Return the key of the sum of a row, or of a group of a longer one, which is added ``in_pairs``."""
    return _Sum(row, in_pairs=in_pairs).key


class _Sum:
    """The terms of a sum, the keys of the sums of its groups by their number, and its own key."""

    def __init__(self, row: Row, *, in_pairs: bool) -> None:
        places = range(len(row)) if in_pairs else IN_ORDER
        self.terms: list[Term] = [(place, part) for place, part in zip(places, row, strict=False) if part is not None]
        groups: dict[int, list[Term]] = {}
        for term in self.terms:
            groups.setdefault(term[0] // SUMMED_TOGETHER, []).append(term)
        self.groups = {number: _key_of_terms(terms) for number, terms in groups.items()}
        self.several = [self.groups[number] for number, terms in groups.items() if len(terms) > 1]
        self.key = self.block_key(self.terms)

    def block_key(self, terms: Sequence[Term]) -> Key:
        """Return the key of the sum of those of its terms that are a block."""
        first, last = terms[0][0] // SUMMED_TOGETHER, terms[-1][0] // SUMMED_TOGETHER
        if first == last:
            return _key_of_terms(terms)
        return _key_of_groups([item for item in self.groups.items() if first <= item[0] <= last])


@dataclass(slots=True, kw_only=True)
class _Making:
    """Sums that are being made: whole ones, and the sums of blocks that are kept for them."""

    cache: TileCache
    keep: bool
    beside: set[Key] = field(default_factory=set)
    adding: Additions = field(default_factory=Additions)

    def whole(self, row: Row) -> Tile:
        """Return a row's sum; one that is not known is filled by :meth:`run`."""
        wanted = _Sum(row, in_pairs=len(row) > SUMMED_TOGETHER)
        return self._known(wanted) or self.adding.tile(wanted.key, self._terms(wanted))

    def part(self, row: Row, begin: int, end: int, out: Samples) -> Samples:
        """Return a part of a row's sum; where that is not known, ``out``, filled by :meth:`run`."""
        wanted = _Sum(row, in_pairs=len(row) > SUMMED_TOGETHER)
        known = self._known(wanted)
        if known is not None:
            return known.samples[:, begin:end]
        self.adding.part(self._terms(wanted), begin, out)
        return out

    def run(self) -> None:
        """Make all that is not known."""
        for tile in self.adding.run():
            self.cache.put(tile)

    def _known(self, wanted: _Sum) -> Tile | None:
        tile, gains = wanted.terms[0][1]
        return tile if len(wanted.terms) == 1 and not gains else self.cache.get(wanted.key)

    def _terms(self, wanted: _Sum) -> list[Term]:
        """Return the terms of a sum, blocks of them replaced by their sums where these are known or to be kept."""
        if len(wanted.terms) == 1:
            return wanted.terms
        unknown = [key for key in wanted.several if key not in self.cache] if self.keep else []
        return self._halves(wanted, wanted.terms, groups=len(unknown) > 1, others=self.keep)

    def _halves(self, wanted: _Sum, terms: list[Term], *, groups: bool, others: bool) -> list[Term]:
        """Return fewer terms instead of several; keep the sums of ``groups``, and of ``others`` asked for before."""
        middle = split([place for place, _ in terms])
        found: list[Term] = []
        for half in (terms[:middle], terms[middle:]):
            if len(half) == 1:
                found += half
                continue
            key, group = wanted.block_key(half), _rank(half) < _rank(terms)
            tile = self.cache.get(key)
            if tile is None and ((groups and group) or (others and self.cache.seen(key))):
                tile = self.adding.tile(key, self._halves(wanted, half, groups=groups, others=False))
            elif tile is None and others:
                self.cache.see(key)
            if tile is None:
                found += self._halves(wanted, half, groups=groups, others=others)
            else:
                found.append((half[0][0], (tile, ())))
                if not group:
                    self.beside.add(key)
        return found


def _rank(terms: Sequence[Term]) -> int:
    """Return 1 for terms of one group, 2 for those of a group of groups, and so on."""
    return -(-(terms[0][0] ^ terms[-1][0]).bit_length() // HALVINGS)


def _key_of_terms(terms: Sequence[Term]) -> Key:
    """Return the key of the sum of terms of one group."""
    tile, gains = terms[0][1]
    if len(terms) == 1 and not gains:
        return tile.key
    head = _key_of_shape(tuple([place % SUMMED_TOGETHER for place, _ in terms]), tuple([part[1] for _, part in terms]))
    return digest([head, *[part[0].key for _, part in terms]])


@lru_cache(maxsize=4096)
def _key_of_shape(places: tuple[int, ...], every: tuple[Gains, ...]) -> Key:
    return digest([b"sum", bytes(places), *[b"".join([gain.tobytes() for gain in gains]) for gains in every]])


def _key_of_groups(groups: Iterable[tuple[int, Key]]) -> Key:
    """Return the key of the sum of the sums of groups, given their numbers and keys."""
    return digest([b"sums", *[part for number, key in groups for part in (str(number).encode(), key)]])
