"""Memory for tiles: taken from the system in pieces and given out again, for fresh pages cost more than sums."""

from __future__ import annotations

import mmap
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.mix.cache import TILE

PLACE_BYTES = 8 * TILE
PLACES = 64
Samples = NDArray[np.float32]


def _pages(*, large: bool) -> mmap.mmap:
    """Return memory for a piece: the process's own, and ``large`` in large pages, where there is either.

    Kernels, which read and write many tiles side by side, find their way in large pages faster. They come sooner, too,
    but not many of them: the system has to make room for each.
    """
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, PLACES * PLACE_BYTES)
    memory = mmap.mmap(-1, PLACES * PLACE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if large and hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a system without them
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


@dataclass(slots=True, eq=False)
class _Piece:
    memory: mmap.mmap
    free: list[int] = field(default_factory=lambda: list(range(PLACES)))
    given: dict[int, weakref.ref[Samples]] = field(default_factory=dict)


class TileMemory:
    """Gives arrays for tiles. Memory of an array is given out again when neither it nor a view of it is held.

    Parameters
    ----------
    idle
        How many bytes are held while nobody uses them, in large pages; the rest goes back to the system.

    Examples
    --------
    >>> memory = TileMemory(idle=64 << 20)
    >>> first, second = memory.take(1000), memory.take(1000)
    >>> np.shares_memory(first, second)
    False
    >>> place, view = first.ctypes.data, first[:, 10:20]
    >>> del first
    >>> memory.take(65536).ctypes.data == place
    False
    >>> del view
    >>> memory.take(65536).ctypes.data == place
    True
    """

    def __init__(self, *, idle: int) -> None:
        self.idle = idle
        self._lock = threading.RLock()  # an array may go while another one is taken
        self._pieces: set[_Piece] = set()
        self._open: list[_Piece] = []  # those with free places, and some without

    def take(self, frames: int) -> Samples:
        """Return an array of shape (2, frames), at most a tile long, with any content."""
        with self._lock:
            while self._open and not self._open[-1].free:
                self._open.pop()
            if not self._open:
                self._open.append(_Piece(memory=_pages(large=len(self._pieces) * PLACES * PLACE_BYTES < self.idle)))
                self._pieces.add(self._open[-1])
            piece = self._open[-1]
            place = piece.free.pop()
        owner = np.frombuffer(piece.memory, np.float32, 2 * TILE, place * PLACE_BYTES)
        piece.given[place] = weakref.ref(owner, lambda _: self._back(piece, place))
        return owner[: 2 * frames].reshape(2, frames)

    def _back(self, piece: _Piece, place: int) -> None:
        with self._lock:
            piece.free.append(place)
            if piece in self._open:
                self._open.remove(piece)
            self._open.append(piece)  # what was used before is given before what was not
            if len(piece.free) == PLACES:
                idle = [item for item in self._open if len(item.free) == PLACES]
                if len(idle) * PLACES * PLACE_BYTES > self.idle:
                    self._open.remove(piece)
                    self._pieces.remove(piece)


MEMORY = TileMemory(idle=256 << 20)


def new_tile(frames: int) -> Samples:
    """Return an array for a tile, shape (2, frames), with any content.

    The allocator gives its memory back between renders, from threads above all; the next would pay for fresh pages.
    """
    return MEMORY.take(frames)
