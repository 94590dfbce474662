"""The updates of each room: appended as they come, compacted to the document's state, read when the room opens."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import uuid
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Future
from logging import Logger
from types import MappingProxyType
from typing import Any

from pycrdt import Doc
from pycrdt.store import BaseYStore, YDocNotFound

from maxbooster_kernel.collab.database import Database

COMPACT_ROWS = 1000
GATHER_S = 0.01
NOBODY: Mapping[str, str] = MappingProxyType({})


class RoomLog:
    """The stored updates of one room.

    In an event loop, updates are gathered for a hundredth of a second before the writing thread is woken, because
    waking it in the middle of each edit would make every peer wait.
    Several servers may share the database: each compacts only what it has read or written itself.

    Parameters
    ----------
    database
        The database.
    room
        The room's name.
    """

    def __init__(self, database: Database, room: str) -> None:
        self.database = database
        self.room = room
        self.writer = uuid.uuid4().hex
        self.rows = 0
        self.size = self.base = 0
        self._seen = 0
        self._gathered: list[bytes] = []
        self._authors: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._last: Future[Any] | None = None

    @property
    def is_long(self) -> bool:
        """Whether compacting pays: many updates, that take more than half of what the state took."""
        return self.rows > COMPACT_ROWS and self.size - self.base > self.base / 2

    def append(self, update: bytes, authors: Mapping[str, str] = NOBODY) -> None:
        """Store an update and who wrote at which places; it is committed together with what else comes in."""
        self._authors.update(authors)
        self.rows += 1
        self.size += len(update)
        self._gathered.append(update)
        if self._timer is not None:
            return
        try:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._hand_over)
        except RuntimeError:  # no event loop runs here
            self._hand_over()

    def _hand_over(self) -> None:
        self._timer = None
        values = [(self.room, self.writer, update) for update in self._gathered]
        authors = [(self.room, place, name) for place, name in self._authors.items()]
        self._gathered, self._authors = [], {}
        if not values and not authors:
            return

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT INTO updates (room, writer, data) VALUES (?, ?, ?)", values)
            connection.executemany("INSERT OR REPLACE INTO authors VALUES (?, ?, ?)", authors)

        self._last = self.database.submit(work)

    def flushed(self) -> Future[Any]:
        """Return a future that is done when all that was appended is committed."""
        self._hand_over()
        if self._last is None:
            self._last = self.database.submit(lambda _: None)
        return self._last

    def read(self) -> list[bytes]:
        """Return the stored updates, oldest first."""
        self.database.submit(lambda _: None).result(30.0)
        query = "SELECT seq, data FROM updates WHERE room = ? ORDER BY seq"
        rows = self.database.read(query, (self.room,))
        self.rows = len(rows)
        self.size = sum(len(data) for _, data in rows)
        self.base = len(rows[0][1]) if rows else 0
        self._seen = max((seq for seq, _ in rows), default=0)
        return [data for _, data in rows]

    def compact(self, state: bytes) -> None:
        """Replace all updates known here by one that holds the whole state of the document."""
        self.rows = 1
        self.size = self.base = len(state)
        self._gathered = []  # they are in the state
        seen = self._seen

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM updates WHERE room = ? AND (seq <= ? OR writer = ?)", (self.room, seen, self.writer)
            )
            values = (self.room, self.writer, state)
            connection.execute("INSERT INTO updates (room, writer, data) VALUES (?, ?, ?)", values)

        self._last = self.database.submit(work)

    def recall(self) -> dict[str, Any]:
        """Return what the room knew of its file, empty if unknown; and, as ``authors``, who wrote where since then."""
        rows = self.database.read("SELECT data FROM memory WHERE room = ?", (self.room,))
        found: dict[str, Any] = json.loads(zlib.decompress(rows[0][0])) if rows else {}
        later = dict(self.database.read("SELECT place, name FROM authors WHERE room = ?", (self.room,)))
        return {**found, "authors": {**found.get("authors", {}), **later}} if later else found

    def remember(self, memory: dict[str, Any]) -> None:
        """Store what :meth:`recall` returns, authors included; from then on nobody may change it."""
        self._hand_over()

        def work(connection: sqlite3.Connection) -> None:
            packed = zlib.compress(json.dumps(memory).encode(), 1)
            connection.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (self.room, packed))
            connection.execute("DELETE FROM authors WHERE room = ?", (self.room,))

        self._last = self.database.submit(work)


class MixStore(BaseYStore):
    """What a room of jupyter-collaboration sees of a :class:`RoomLog`: it only reads, as writing follows the document.

    Parameters
    ----------
    path, metadata_callback, log
        As for every store.
    room_log
        The room's stored updates.
    others
        Returns the updates that other servers hold.
    """

    def __init__(
        self,
        path: str,
        metadata_callback: Callable[[], Awaitable[bytes] | bytes] | None = None,
        log: Logger | None = None,
        *,
        room_log: RoomLog | None = None,
        others: Callable[[], Awaitable[list[bytes]]] | None = None,
    ) -> None:
        self.path = path
        self.metadata_callback = metadata_callback
        self.log = log
        self.room_log = room_log
        self.others = others
        self.is_loading = False

    async def read(self) -> AsyncIterator[tuple[bytes, bytes, float]]:
        """Yield each stored update with empty metadata and time."""
        updates = self.room_log.read() if self.room_log else []
        if not updates:
            raise YDocNotFound
        for update in updates:
            yield update, b"", 0.0

    async def write(self, data: bytes) -> None:
        """Do nothing: the update was appended inside the commit that made it."""

    async def encode_state_as_update(self, ydoc: Doc[Any]) -> None:
        """Do nothing: what was loaded was appended inside the commit that loaded it."""

    async def apply_updates(self, ydoc: Doc[Any]) -> None:
        """Bring the stored updates into a document, in one transaction, and then those of other servers."""
        updates = self.room_log.read() if self.room_log else []
        self.is_loading = True
        try:
            with ydoc.transaction():
                for update in updates:
                    ydoc.apply_update(update)
        finally:
            self.is_loading = False
        found = await self.others() if self.others else []
        for update in found:
            ydoc.apply_update(update)
        if not (updates or found):
            raise YDocNotFound
