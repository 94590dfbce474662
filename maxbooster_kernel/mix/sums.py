"""Sums of what enters a unit, tile by tile: found, or made from sums of blocks that are known.

Up to eight parts are added one after the other, more of them in pairs, pairs of pairs and so on (``blocks``).
Of many parts, eight in a row are a group, as are eight groups: their sums are kept, so that behind a change of one part
few others are read. Of any other block the sum is kept when it is asked for a second time: who moves a fader moves it
again, and then reads on each way up one sum of all that stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.mix.additions import Additions, Gains, Term
from maxbooster_kernel.mix.blocks import Block, blocks
from maxbooster_kernel.mix.cache import Key, Tile, TileCache
from maxbooster_kernel.mix.plan import SUMMED_TOGETHER

NUMBERS = [bytes([number]) for number in range(SUMMED_TOGETHER)]
Samples = NDArray[np.float32]
Terms = Sequence[Term]
"""What is added up, by its places; what is silent is left out. There is one at least."""


def sum_tiles(
    sums: Sequence[Terms], cache: TileCache, *, keep: bool = True, beside: set[Key] | None = None
) -> list[Tile]:
    """Return sums of tiles times their gains.

    A single tile at full level is returned as it is, a sum made before is found in the cache. The sums of groups are
    kept (if ``keep``), but not that of the only one that is unknown until it is asked for again: it is what an edit
    changes, and the next edit may change it again. The keys of other sums that are kept are put into ``beside``.
    """
    making = _Making(cache=cache, keep=keep, beside=set() if beside is None else beside)
    found = [making.whole(terms) for terms in sums]
    making.run()
    return found


def sum_parts(
    sums: Sequence[Terms], spans: Sequence[tuple[int, int]], cache: TileCache, *, keep: bool = True,
    outs: Sequence[Samples] | None = None,
) -> list[Samples]:  # fmt: skip
    """Return of each sum the frames from the first to before the end of its span (see :func:`sum_tiles`).

    What has to be made is written to ``outs``, where these are given, and not kept; of what is known it is a part, and
    nobody may change it.
    """
    making = _Making(cache=cache, keep=keep)
    wanted = outs or [np.empty((2, end - begin), np.float32) for begin, end in spans]
    found = [making.part(terms, *span, out) for terms, span, out in zip(sums, spans, wanted, strict=True)]
    making.run()
    return found


def sum_key(terms: Terms) -> Key:
    """Return the key of a sum."""
    return _Sum(terms).key


class _Sum:
    """The terms of a sum, what tells them from others, their blocks, the keys of its groups' sums, and its own key."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.told = [
            _told(place, *part) if part[1] else NUMBERS[place % SUMMED_TOGETHER] + part[0].key for place, part in terms
        ]
        self.block, self.spans = blocks(tuple([place for place, _ in terms]))
        self.groups = [self._group_key(first, end) for first, end in self.spans]
        self.key = self.block_key(self.block)

    def block_key(self, block: Block) -> Key:
        """Return the key of the sum of the terms of a block."""
        first, end = block.groups
        if end - first > 1:
            return _digest(b"".join([b"sums", block.numbers, *self.groups[first:end]]))
        return self._group_key(block.first, block.end)

    def _group_key(self, first: int, end: int) -> Key:
        tile, gains = self.terms[first][1]
        if end - first == 1 and not gains:
            return tile.key
        return _digest(b"".join([b"sum", *self.told[first:end]]))


def _told(place: int, tile: Tile, gains: Gains) -> bytes:
    """Return what tells a term of a group with gains from others; all keys are as long."""
    head = bytes((SUMMED_TOGETHER + place % SUMMED_TOGETHER, len(gains)))
    return b"".join([head, tile.key, *[gain.tobytes() for gain in gains]])


def _digest(content: bytes) -> Key:
    return blake2b(content, digest_size=16).digest()


@dataclass(slots=True, kw_only=True)
class _Making:
    """Sums that are being made: whole ones, and the sums of blocks that are kept for them."""

    cache: TileCache
    keep: bool
    beside: set[Key] = field(default_factory=set)
    adding: Additions = field(default_factory=Additions)

    def whole(self, terms: Terms) -> Tile:
        """Return a sum; one that is not known is filled by :meth:`run`."""
        wanted = _Sum(terms)
        return self._known(wanted) or self.adding.tile(wanted.key, self._fewer(wanted))

    def part(self, terms: Terms, begin: int, end: int, out: Samples) -> Samples:
        """Return a part of a sum; where that is not known, ``out``, filled by :meth:`run`."""
        wanted = _Sum(terms)
        known = self._known(wanted)
        if known is not None:
            return known.samples[:, begin:end]
        self.adding.part(self._fewer(wanted), begin, out)
        return out

    def run(self) -> None:
        """Make all that is not known."""
        for tile in self.adding.run():
            self.cache.put(tile)

    def _known(self, wanted: _Sum) -> Tile | None:
        tile, gains = wanted.terms[0][1]
        return tile if len(wanted.terms) == 1 and not gains else self.cache.get(wanted.key)

    def _fewer(self, wanted: _Sum) -> Terms:
        """Return the terms of a sum, blocks of them replaced by their sums where these are known or to be kept."""
        if len(wanted.terms) == 1:
            return wanted.terms
        several = [key for key, (first, end) in zip(wanted.groups, wanted.spans, strict=True) if end - first > 1]
        unknown = [key for key in several if key not in self.cache] if self.keep and len(several) > 1 else []
        return self._halves(wanted, wanted.block, groups=len(unknown) > 1, others=self.keep)

    def _halves(self, wanted: _Sum, block: Block, *, groups: bool, others: bool) -> list[Term]:
        """Return fewer terms instead of a block's; keep the sums of ``groups``, and of ``others`` asked for before."""
        found: list[Term] = []
        for half in block.halves:
            if not half.halves:
                found.append(wanted.terms[half.first])
                continue
            key = wanted.block_key(half)
            tile, asked = self.cache.ask(key) if others else (self.cache.get(key), False)
            if tile is None and (asked or (groups and half.group)):
                tile = self.adding.tile(key, self._halves(wanted, half, groups=groups, others=False))
            if tile is None:
                found += self._halves(wanted, half, groups=groups, others=others)
            else:
                found.append((half.place, (tile, ())))
                if not half.group:
                    self.beside.add(key)
        return found
