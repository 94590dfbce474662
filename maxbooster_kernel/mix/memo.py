"""What was worked out from some content, remembered by that content."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")
OVERHEAD = 20  # what is worked out takes about so many times the memory of the content it was worked out from


class Memo(Generic[Value]):
    """Results by the bytes they were made from, at most about ``limit`` bytes; the least recently used go first.

    Threads may share it: two that ask for the same at once get the same object.

    Examples
    --------
    >>> memo = Memo(1000)
    >>> memo.get(b"abc", len), memo.get(b"abc", lambda content: -1)
    (3, 3)
    >>> _ = [memo.get(bytes(10 * [number]), len) for number in range(100)]
    >>> memo.get(b"abc", lambda content: -1)
    -1
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit // OVERHEAD
        self._lock = threading.Lock()
        self._found: OrderedDict[bytes, Value] = OrderedDict()
        self._bytes = 0

    def get(self, content: bytes, make: Callable[[bytes], Value]) -> Value:
        """Return what ``make`` returns for the content, made once; what it raises is not remembered."""
        with self._lock:
            if content in self._found:
                self._found.move_to_end(content)
                return self._found[content]
        made = make(content)
        with self._lock:
            if content not in self._found:
                self._found[content] = made
                self._bytes += len(content)
                while self._bytes > self.limit and len(self._found) > 1:
                    self._bytes -= len(self._found.popitem(last=False)[0])
            return self._found[content]
