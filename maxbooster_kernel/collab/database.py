"""One SQLite file in WAL mode, written by one thread that commits what has come in since the last commit together.

A commit survives the death of the process at any time (``kill -9``); it may be lost by a power cut, as
``synchronous=NORMAL`` trades that for speed.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS updates (seq INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, writer TEXT NOT NULL,
  data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS updates_room ON updates (room, seq);
CREATE TABLE IF NOT EXISTS memory (room TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS authors (room TEXT NOT NULL, place TEXT NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY (room, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (session TEXT PRIMARY KEY, room TEXT NOT NULL, path TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS roles (session TEXT NOT NULL, username TEXT NOT NULL, role TEXT NOT NULL,
  PRIMARY KEY (session, username));
CREATE TABLE IF NOT EXISTS versions (number INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, at REAL NOT NULL,
  name TEXT NOT NULL, author TEXT NOT NULL, authors TEXT NOT NULL, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS versions_session ON versions (session, number);
"""


class Database:
    """A SQLite file with one writing thread.

    Parameters
    ----------
    path
        The file; missing folders are made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._queue: SimpleQueue[tuple[Work, Future[Any]] | None] = SimpleQueue()
        with contextlib.closing(self._connect()) as connection:
            if not connection.execute("PRAGMA page_count").fetchone()[0]:
                connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)
        path.chmod(0o600)
        self._thread = threading.Thread(target=self._write, name="maxbooster store", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[sqlite3.Connection], Result]) -> Future[Result]:
        """Run ``work`` on the writing thread; the future is done when the result is committed."""
        future: Future[Result] = Future()
        self._queue.put((work, future))
        return future

    def read(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query, as of the last commit."""
        with contextlib.closing(self._connect()) as connection:
            return connection.execute(query, values).fetchall()

    def size(self) -> int:
        """Return the bytes on disk."""
        return sum(path.stat().st_size for path in self.path.parent.glob(self.path.name + "*"))

    def tidy(self) -> Future[None]:
        """Give space that is free back to the disk."""

        def work(connection: sqlite3.Connection) -> None:
            connection.commit()
            connection.executescript("PRAGMA incremental_vacuum")  # execute() would free one page alone
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

        return self.submit(work)

    def close(self) -> None:
        """Commit all that was submitted, and end the thread."""
        self._queue.put(None)
        self._thread.join(10.0)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30.0)
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def _write(self) -> None:
        with contextlib.closing(self._connect()) as connection:
            going = True
            while going:
                batch = [self._queue.get()]
                while not self._queue.empty() and len(batch) < 2000:
                    batch.append(self._queue.get())
                going = None not in batch
                self._commit(connection, [item for item in batch if item is not None])

    def _commit(self, connection: sqlite3.Connection, batch: list[tuple[Work, Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        for work, future in batch:
            try:
                done.append((future, work(connection)))
            except Exception as error:  # noqa: BLE001 - it belongs to the one who waits for the future
                future.set_exception(error)
        try:
            connection.commit()
        except sqlite3.Error as error:
            connection.rollback()
            for future, _ in done:
                future.set_exception(error)
            return
        for future, result in done:
            future.set_result(result)
