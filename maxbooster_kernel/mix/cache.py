"""What earlier renders left: pieces of sound by what they were made from.

A piece (a tile of one unit's output) depends on the unit's settings, on the state it starts from and on what
flows in, and on nothing else. Its key is the digest of these, so a piece that is found is right: after an edit
everything before it is found by its key, and so is everything after the moment when the states are equal again.
"""

from __future__ import annotations

import hashlib
import struct
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Key = bytes
TILE = 65536
MOST_SETTINGS = 1 << 17
MOST_RUNS = 4096
VERSIONS = 6  # of what one unit plays: what an edit replaced longer ago goes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A piece of a unit's output: its key, its samples (2, frames) and the state after it.

    ``settings`` is the key of all that it was made from but the state before it.
    """

    key: Key
    samples: Samples
    state: Samples | None = None
    settings: Key | None = None
    _addresses: list[tuple[int, int]] = field(default_factory=list, init=False, repr=False)

    def addresses(self) -> tuple[int, int]:
        """Return those of its left and right channel; NumPy takes longer to tell them than all else a sum asks."""
        if not self._addresses:
            left = self.samples.ctypes.data
            self._addresses.append((left, left + self.samples.strides[0]))
        return self._addresses[0]


class TileCache:
    """Tiles by key, at most ``limit`` bytes of them; the least recently used go first. Threads may share it.

    >>> cache = TileCache(1 << 20)
    >>> cache.put(Tile(key=b"k", samples=np.zeros((2, 128), np.float32)))
    >>> cache.get(b"k").samples.shape, cache.get(b"other")
    ((2, 128), None)
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._tiles: OrderedDict[Key, Tile] = OrderedDict()
        self._runs: OrderedDict[Key, tuple[Key, ...]] = OrderedDict()
        self._seen: OrderedDict[Key, None] = OrderedDict()
        self._versions: OrderedDict[Key, OrderedDict[Key, frozenset[Key]]] = OrderedDict()
        self._unit_of: dict[Key, Key] = {}
        self.bytes = 0

    def get(self, key: Key) -> Tile | None:
        """Return a tile, or None."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def __contains__(self, key: Key) -> bool:
        """Tell whether a tile is kept."""
        with self._lock:
            return key in self._tiles

    def put(self, tile: Tile) -> None:
        """Keep a tile; one larger than the limit is not kept."""
        if tile.samples.nbytes > self.limit:
            return
        with self._lock:
            if tile.key in self._tiles:
                return
            self._tiles[tile.key] = tile
            self.bytes += tile.samples.nbytes
            while self.bytes > self.limit:
                self._drop(next(iter(self._tiles)))

    def run(self, key: Key) -> tuple[Key, ...]:
        """Return the keys of the tiles of a unit's run from its start on, as far as it is known."""
        with self._lock:
            keys = self._runs.get(key, ())
            if keys:
                self._runs.move_to_end(key)
            return keys

    def run_tiles(self, key: Key, begin: int, until: int) -> dict[int, Tile]:
        """Return the tiles of a unit's run that are there, from number ``begin`` on without a gap."""
        with self._lock:
            keys = self._runs.get(key, ())
            if keys:
                self._runs.move_to_end(key)
            versions = self._versions.get(self._unit_of.get(key, b""))
            if versions is not None and key in versions:
                versions.move_to_end(key)
            found = list(takewhile(bool, map(self._tiles.get, keys[begin:until])))
            for used in keys[begin : begin + len(found)]:
                self._tiles.move_to_end(used)
        return dict(enumerate(found, begin))  # type: ignore[arg-type]  # none of them is None

    def put_run(self, key: Key, tiles: Sequence[Key]) -> None:
        """Remember which tiles a run is made of; one that is known to go further stays."""
        with self._lock:
            if len(tiles) >= len(self._runs.get(key, ())):
                self._runs[key] = tuple(tiles)
                self._runs.move_to_end(key)
            while len(self._runs) > MOST_RUNS:
                self._runs.popitem(last=False)

    def supersede(self, unit: Key, run: Key, tiles: Iterable[Key]) -> None:
        """Drop what a unit played long ago: of its runs the last few stay, with all that was made for them.

        A fader that moves leaves dozens of runs behind which nobody hears again; their memory serves the next ones.
        """
        with self._lock:
            versions = self._versions.setdefault(unit, OrderedDict())
            self._versions.move_to_end(unit)
            versions[run] = versions.get(run, frozenset()) | frozenset(tiles)
            versions.move_to_end(run)
            self._unit_of[run] = unit
            while len(versions) > VERSIONS:
                old, gone = versions.popitem(last=False)
                if self._unit_of.get(old) != unit:  # another one has played it since, and has it as a version
                    continue
                self._runs.pop(old, None)
                del self._unit_of[old]
                for key in gone.difference(*versions.values()) & self._tiles.keys():
                    self._drop(key)
            while len(self._versions) > MOST_RUNS:
                forgotten, runs = self._versions.popitem(last=False)
                for old in [old for old in runs if self._unit_of.get(old) == forgotten]:
                    del self._unit_of[old]

    def _drop(self, key: Key) -> None:
        tile = self._tiles.pop(key)
        self.bytes -= tile.samples.nbytes
        if tile.settings is not None:
            self._seen.pop(tile.settings, None)

    def see(self, settings: Key) -> None:
        """Remember that a tile is kept that was made with these settings, or that a sum was asked for."""
        with self._lock:
            self._see(settings)

    def _see(self, settings: Key) -> None:
        self._seen[settings] = None
        self._seen.move_to_end(settings)
        if len(self._seen) > MOST_SETTINGS:
            self._seen.popitem(last=False)

    def seen(self, settings: Key) -> bool:
        """Tell whether a tile is kept that was made with these settings, or a sum was asked for."""
        with self._lock:
            return settings in self._seen

    def ask(self, key: Key) -> tuple[Tile | None, bool]:
        """Return a sum, or None, and whether it was asked for before; remember that it was."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
                return tile, True
            asked = key in self._seen
            self._see(key)
            return None, asked

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._tiles.clear()
            self._runs.clear()
            self._seen.clear()
            self._versions.clear()
            self._unit_of.clear()
            self.bytes = 0


def digest(parts: Sequence[bytes]) -> Key:
    """Return the digest of several byte strings, each told apart from the next by its length."""
    lengths = struct.pack(f"<{len(parts)}q", *map(len, parts))
    return hashlib.blake2b(b"".join([lengths, *parts]), digest_size=16).digest()
