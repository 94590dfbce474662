"""Blocks of terms that are added up together, by the places that the terms stand at.

A block of places is 2 ** n long and starts at a multiple of that. Terms are added in the smallest block that holds
them, its halves first; so what is added to what depends on the places alone, and the sum of any block can stand for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from maxbooster_kernel.mix.plan import SUMMED_TOGETHER

HALVINGS = SUMMED_TOGETHER.bit_length() - 1
IN_ORDER = (0, *[1 << number for number in range(SUMMED_TOGETHER - 1)])


def places_of(count: int) -> Sequence[int]:
    """Return the places of so many inputs: up to eight are added one after the other, more of them in pairs.

    Each of the places 0, 1, 2, 4, 8, ... is beside all those before it.

    >>> list(places_of(5)), list(places_of(9))
    ([0, 1, 2, 4, 8], [0, 1, 2, 3, 4, 5, 6, 7, 8])
    """
    return range(count) if count > SUMMED_TOGETHER else IN_ORDER[:count]


class Block(NamedTuple):
    """Terms that are added up together, by their indices: from ``first`` to before ``end``.

    ``place`` is where the first of them stands. ``groups`` are the groups of eight places that they are in, as indices
    of the first and of the one behind the last; ``numbers`` tell which groups these are.
    ``halves`` are the blocks that are added up. ``group`` tells that the terms are all there are of a group, or of
    eight groups, and so on.
    """

    first: int
    end: int
    place: int
    groups: tuple[int, int]
    numbers: bytes
    halves: tuple[Block, ...]
    group: bool


@lru_cache(maxsize=4096)
def blocks(places: tuple[int, ...]) -> tuple[Block, list[tuple[int, int]]]:
    """Return the block of all terms at places, and the terms of each group, from the first to before the end.

    >>> whole, groups = blocks((0, 1, 2, 8, 9))
    >>> groups, [(half.first, half.end, half.group) for half in whole.halves]
    ([(0, 3), (3, 5)], [(0, 3, True), (3, 5, True)])
    """
    numbers = [place // SUMMED_TOGETHER for place in places]
    starts = [at for at in range(len(places)) if at == 0 or numbers[at] != numbers[at - 1]]
    groups = list(pairwise([*starts, len(places)]))
    groups_of = [at for at, (first, end) in enumerate(groups) for _ in range(first, end)]
    return _block(places, groups_of, 0, len(places), len(places) * HALVINGS), groups


def _block(places: Sequence[int], groups_of: Sequence[int], first: int, end: int, above: int) -> Block:
    """Return the block of some terms, given the group of each; ``above`` is the rank of what it is half of."""
    if end - first == 1:
        return Block(first, end, places[first], (groups_of[first], groups_of[first] + 1), b"", (), group=False)
    rank = -(-(places[first] ^ places[end - 1]).bit_length() // HALVINGS)
    middle = first + split(places[first:end])
    groups = groups_of[first], groups_of[end - 1] + 1
    numbers = sorted({place // SUMMED_TOGETHER for place in places[first:end]})
    one, other = _block(places, groups_of, first, middle, rank), _block(places, groups_of, middle, end, rank)
    return Block(first, end, places[first], groups, f"{numbers}:".encode(), (one, other), group=rank < above)


def split(places: Sequence[int]) -> int:
    """Return how many of two or more places, in order, are in the first half of the smallest block that holds them.

    >>> split([0, 1, 2, 3]), split([0, 1, 2]), split([8, 9, 24])
    (2, 2, 2)
    """
    bit = (places[0] ^ places[-1]).bit_length() - 1
    return bisect_left(places, places[-1] >> bit << bit)
