"""What a sum is made of, as steps for a kernel: parts into slots, one after the other or four as two pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from maxbooster_kernel.mix.cache import Tile

Part = tuple[Tile, tuple[np.float32, ...]]
"""A tile, and the gains it is multiplied by one after the other."""
FRESH, MORE, FOUR, MERGE = range(4)


@dataclass(frozen=True, slots=True)
class Pair:
    """The sum of two: each a part or a pair."""

    left: Node
    right: Node


Node = Part | Pair


@dataclass(slots=True, kw_only=True)
class Steps:
    """The steps of a sum and the parts they take, in that order; ``slots`` is how many sums are under way at most.

    A step is a row: what it does, its slot, its first part and the part behind its last. ``FRESH`` fills a slot with
    its parts, ``MORE`` adds them to it, ``FOUR`` fills it with (a + b) + (c + d), ``MERGE`` adds the slot behind it.
    The sum is in slot 0.
    """

    parts: list[Part] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    slots: int = 0

    def fill(self, node: Node, slot: int) -> None:
        """Append the steps that fill a slot with a sum. Which of two sums is made first makes no difference to it."""
        self.slots = max(self.slots, slot + 1)
        if not isinstance(node, Pair):
            self._take(FRESH, slot, [node])
            return
        four = _four(node)
        if four:
            self._take(FOUR, slot, four)
            return
        one, other = (node.right, node.left) if not isinstance(node.left, Pair) else (node.left, node.right)
        self.fill(one, slot)
        if isinstance(other, Pair):
            self.fill(other, slot + 1)
            self._take(MERGE, slot, [])
        elif self.rows[-1][0] in (FRESH, MORE) and self.rows[-1][1] == slot:
            self.parts.append(other)
            self.rows[-1][3] += 1
        else:
            self._take(MORE, slot, [other])

    def _take(self, step: int, slot: int, parts: list[Part]) -> None:
        self.rows.append([step, slot, len(self.parts), len(self.parts) + len(parts)])
        self.parts += parts


def in_order(parts: Iterable[Part]) -> Node:
    """Return parts to be added one after the other."""
    first, *others = parts
    made: Node = first
    for part in others:
        made = Pair(made, part)
    return made


def _four(node: Pair) -> list[Part] | None:
    """Return the parts of a pair of pairs, each with one gain at most."""
    pairs = [node.left, node.right]
    parts = [item for pair in pairs if isinstance(pair, Pair) for item in (pair.left, pair.right)]
    found = [item for item in parts if not isinstance(item, Pair) and len(item[1]) <= 1]
    return found if len(found) == 4 else None
