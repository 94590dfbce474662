"""Groups that go through tiles ahead of what is asked for, each at its own pace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, TypeVar

Members = TypeVar("Members")


@dataclass(slots=True, kw_only=True)
class Group(Generic[Members]):
    """Members that go together: the tile before which they stand, and how many they take at a time."""

    members: Members
    at: int
    stride: int = 1
    going: bool = False


class Ahead(Generic[Members]):
    """Takes groups forward on the threads of a pool, none of them waiting for another.

    Where processors are not equally fast, or not all the time, groups that meet at every turn are all as slow as the
    slowest then was.

    Parameters
    ----------
    pool
        Gives the threads; groups that take turns on too few of them go on in the order in which they came.
    step
        Takes members from the tile before which they stand to another.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> made = []
    >>> with ThreadPoolExecutor(1) as pool:
    ...     ahead = Ahead(pool, lambda *step: made.append(step), [Group(members="lanes", at=0, stride=2)])
    ...     ahead.go(until=3)
    ...     ahead.wait(until=3)
    >>> made
    [('lanes', 0, 2), ('lanes', 2, 3)]
    """

    def __init__(
        self, pool: Executor, step: Callable[[Members, int, int], object], groups: Sequence[Group[Members]]
    ) -> None:
        self._pool, self._step, self._groups = pool, step, groups
        self._until = 0
        self._raised: BaseException | None = None
        self._moved = threading.Condition()

    def go(self, *, until: int) -> None:
        """Let groups go on to a tile and no further; 0 stops them where they are."""
        with self._moved:
            self._until = until
            for group in self._groups:
                if not group.going:
                    self._send(group)

    def wait(self, *, until: int) -> None:
        """Wait until all groups have come to a tile; what a step raised is raised."""
        with self._moved:
            self._moved.wait_for(lambda: self._raised or all(group.at >= until for group in self._groups))
            if self._raised is not None:
                raise self._raised

    def _send(self, group: Group[Members]) -> None:
        group.going = group.at < self._until and self._raised is None
        if group.going:
            self._pool.submit(self._take, group, min(self._until, group.at + group.stride))

    def _take(self, group: Group[Members], until: int) -> None:
        raised = None
        try:
            self._step(group.members, group.at, until)
        except BaseException as error:  # noqa: BLE001 - raised where the groups are waited for
            raised = error
        with self._moved:
            group.at = until
            self._raised = self._raised or raised
            self._send(group)
            self._moved.notify_all()
