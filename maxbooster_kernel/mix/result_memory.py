"""Memory for results, used again when nobody holds a result any more: fresh pages cost more than copying samples."""

from __future__ import annotations

import sys
import threading

import numpy as np
from numpy.typing import NDArray


def _holders(blocks: list[NDArray[np.float32]], place: int) -> int:
    return sys.getrefcount(blocks[place])


NOBODY = _holders([np.empty(1, np.float32)], 0)


class ResultMemory:
    """Gives arrays of float32; the memory of those that are gone is given out again.

    An array counts as gone when no object refers to its memory: neither itself nor a view of it. At most ``limit``
    bytes are held for later.

    Examples
    --------
    >>> memory = ResultMemory(1 << 20)
    >>> first = memory.take(2, 1000)
    >>> second = memory.take(2, 1000)
    >>> np.shares_memory(first, second)
    False
    >>> place = first.ctypes.data
    >>> del first
    >>> memory.take(2, 999).ctypes.data == place
    True
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._blocks: list[NDArray[np.float32]] = []

    def take(self, channels: int, frames: int) -> NDArray[np.float32]:
        """Return an array of shape (channels, frames) with any content."""
        count = channels * frames
        with self._lock:
            for place in range(len(self._blocks)):
                if count <= len(self._blocks[place]) <= 2 * count and _holders(self._blocks, place) == NOBODY:
                    self._blocks.append(self._blocks.pop(place))
                    return self._blocks[-1][:count].reshape(channels, frames)
            found = np.empty(count, np.float32)
            self._blocks.append(found)
            while sum(block.nbytes for block in self._blocks) > self.limit:
                self._blocks.pop(0)
            return found[:].reshape(channels, frames)


RESULTS = ResultMemory(128 << 20)
