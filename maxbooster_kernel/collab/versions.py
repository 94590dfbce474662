"""Named and automatic versions of sessions: JSON snapshots in the server's database."""

from __future__ import annotations

import json
import sqlite3
import zlib
from typing import Any, Final

from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.errors import RoomError
from maxbooster_kernel.session.guard import digest
from maxbooster_kernel.session.words import Change, changes

KEEP_AUTOMATIC: Final = 200


class Versions:
    """The versions of all sessions.

    Parameters
    ----------
    database
        The server's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, session: str, snapshot: dict[str, Any], *, at: float, name: str, author: str, authors: dict[str, str]
    ) -> int | None:
        """Keep a version, unless it is an automatic one equal to the last; return its number.

        Parameters
        ----------
        session
            The session's uuid.
        snapshot
            What it says.
        at
            The Unix time.
        name
            What the version is called; empty for an automatic one.
        author
            Who keeps it.
        authors
            Who last wrote each place since the version before.
        """
        packed = zlib.compress(json.dumps(snapshot).encode())
        mark = digest(snapshot)

        def work(connection: sqlite3.Connection) -> int | None:
            query = "SELECT data FROM versions WHERE session = ? ORDER BY number DESC LIMIT 1"
            last = connection.execute(query, (session,)).fetchone()
            if not name and last and digest(json.loads(zlib.decompress(last[0]))) == mark:
                return None
            values = (session, at, name, author, json.dumps(authors), packed)
            insert = "INSERT INTO versions (session, at, name, author, authors, data) VALUES (?, ?, ?, ?, ?, ?)"
            number = connection.execute(insert, values).lastrowid
            connection.execute(
                "DELETE FROM versions WHERE session = ? AND name = '' AND number NOT IN "
                "(SELECT number FROM versions WHERE session = ? AND name = '' ORDER BY number DESC LIMIT ?)",
                (session, session, KEEP_AUTOMATIC),
            )
            return number

        return self._database.submit(work).result(10.0)

    def listed(self, session: str) -> list[dict[str, Any]]:
        """Return the versions of a session, oldest first, without their content."""
        query = "SELECT number, at, name, author FROM versions WHERE session = ? ORDER BY number"
        rows = self._database.read(query, (session,))
        return [{"number": number, "at": at, "name": name, "author": author} for number, at, name, author in rows]

    def changes(self, session: str, since: int, *, now: dict[str, Any] | None, authors: dict[str, str]) -> list[Change]:
        """Return what changed from a version to now, in words and with who did it.

        Parameters
        ----------
        session
            The session's uuid.
        since
            The version's number.
        now
            What the session says now; None for the last version kept.
        authors
            Who wrote each place since the last version kept.

        Raises
        ------
        RoomError
            There is no such version.
        """
        old = self.content(session, since)["snapshot"]
        later = [version["number"] for version in self.listed(session) if version["number"] > since]
        contents = [self.content(session, number) for number in later]
        known = {place: name for content in contents for place, name in content["authors"].items()} | authors
        last = contents[-1]["snapshot"] if contents else old
        return changes(old, last if now is None else now, known)

    def content(self, session: str, number: int) -> dict[str, Any]:
        """Return a version with its snapshot and authors.

        Raises
        ------
        RoomError
            There is no such version.
        """
        query = "SELECT at, name, author, authors, data FROM versions WHERE session = ? AND number = ?"
        rows = self._database.read(query, (session, number))
        if not rows:
            raise RoomError(f"there is no version {number} of this session")
        at, name, author, authors, data = rows[0]
        head = {"number": number, "at": at, "name": name, "author": author}
        return {**head, "authors": json.loads(authors), "snapshot": json.loads(zlib.decompress(data))}
