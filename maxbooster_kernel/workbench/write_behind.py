"""Write what is made while the next of it is being made."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
DEPTH = 2


class WriteBehind(Generic[Item]):
    """Calls a function with every item that is put, in order, in a thread of its own.

    Leaving the ``with`` block waits until all is done; leaving it by an exception drops what waits.
    What the function raises is raised by the next :meth:`put`, or at the end.

    Parameters
    ----------
    function
        What to do with an item.
    depth
        How many items may wait.

    Examples
    --------
    >>> done = []
    >>> with WriteBehind(done.append) as behind:
    ...     for number in range(5):
    ...         behind.put(number)
    >>> done
    [0, 1, 2, 3, 4]
    """

    def __init__(self, function: Callable[[Item], None], *, depth: int = DEPTH) -> None:
        self._function = function
        self._queue: queue.Queue[tuple[Item] | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._dropping = False
        self._thread = threading.Thread(target=self._run, name="write-behind", daemon=True)

    def put(self, item: Item) -> None:
        """Hand an item over; waits while too many are waiting."""
        self._raise()
        self._queue.put((item,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the end, or drop what waits after an exception."""
        self._dropping = kind is not None
        self._queue.put(None)
        self._thread.join()
        if kind is None:
            self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (taken := self._queue.get()) is not None:
            if self._dropping or self._error is not None:
                continue
            try:
                self._function(taken[0])
            except BaseException as error:  # noqa: BLE001 - raised where items are put
                self._error = error
