"""Threads that share work out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Threads that share work out: ``threads`` of them in a pool; without a pool there is the caller's alone.

    Only those who are no thread of the pool may hand out work: one that waits for the others would keep its place.

    Examples
    --------
    >>> done = []
    >>> ALONE.each(done.append, [1, 2, 3])
    >>> done
    [1, 2, 3]
    """

    threads: int = 1
    pool: Executor | None = None

    def each(self, function: Callable[[Item], object], items: Sequence[Item]) -> None:
        """Call a function with each of some items, side by side; what one raises is raised."""
        if self.pool is None or len(items) <= 1:
            for item in items:
                function(item)
        else:
            list(self.pool.map(function, items))

    def within(self, items: Sequence[object]) -> Crew:
        """Return those who can help with each of some items: all where there is but one, else nobody."""
        return self if len(items) <= 1 else ALONE


ALONE = Crew()
