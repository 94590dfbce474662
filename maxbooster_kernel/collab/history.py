"""The versions of a session, from the server when it is joined, from this machine's store when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.collab.place import store_path
from maxbooster_kernel.collab.room import Room
from maxbooster_kernel.collab.versions import Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A kept version: its number, when and by whom it was kept, and its name; automatic ones have none."""

    number: int
    at: datetime
    name: str
    author: str

    def __repr__(self) -> str:
        name = f", {self.name!r}" if self.name else ""
        by = f" by {self.author}" if self.author else ""
        return f"Version({self.number}{name}, {self.at:%Y-%m-%d %H:%M}{by})"

    def __str__(self) -> str:
        """Return the version as a line."""
        by = f" by {self.author}" if self.author else ""
        return f"{self.number}: {self.name or 'automatic'}, {self.at:%Y-%m-%d %H:%M:%S}{by}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a version holds: the session, and who last wrote each place of it since the version before."""

    snapshot: dict[str, Any]
    authors: dict[str, str]


class RoomHistory:
    """The versions the server keeps of a joined session."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def listed(self) -> list[Version]:
        """Return the versions, oldest first."""
        return [_version(entry) for entry in self._ask("GET")["versions"]]

    def content(self, number: int) -> Content:
        """Return what a version holds."""
        answer = self._ask("GET", f"?number={number}")
        return Content(snapshot=answer["snapshot"], authors=answer["authors"])

    def authors(self) -> dict[str, str]:
        """Return who wrote each place since the last version."""
        found: dict[str, str] = self._ask("GET")["authors"]
        return found

    def keep(self, name: str, snapshot: dict[str, Any]) -> Version:  # noqa: ARG002 - the server takes its own
        """Keep a version of the session as the server has it, after what this peer wrote."""
        self._room.save()
        number = self._ask("POST", body={"name": name, "author": self._room.user["name"]})["number"]
        return next(version for version in self.listed() if version.number == number)

    def _ask(self, method: str, query: str = "", body: Any = None) -> Any:
        return self._room.ask(method, f"maxbooster/api/versions/{quote(self._room.path)}{query}", body)


class LocalHistory:
    """The versions this machine's store keeps of a session that is not joined."""

    def __init__(self, session: str, author: str) -> None:
        self._session, self._author = session, author

    def listed(self) -> list[Version]:
        """Return the versions, oldest first."""
        return [_version(entry) for entry in self._with(lambda versions: versions.listed(self._session))]

    def content(self, number: int) -> Content:
        """Return what a version holds."""
        found = self._with(lambda versions: versions.content(self._session, number))
        return Content(snapshot=found["snapshot"], authors=found["authors"])

    def authors(self) -> dict[str, str]:
        """Return nothing: whoever wrote, it was here."""
        return {}

    def keep(self, name: str, snapshot: dict[str, Any]) -> Version:
        """Keep a version."""

        def add(versions: Versions) -> int | None:
            return versions.add(self._session, snapshot, at=time.time(), name=name, author=self._author, authors={})

        number = self._with(add)
        return next(version for version in self.listed() if version.number == number)

    @staticmethod
    def _with(use: Callable[[Versions], Any]) -> Any:
        database = Database(store_path())
        try:
            return use(Versions(database))
        finally:
            database.close()


History = RoomHistory | LocalHistory


def _version(entry: dict[str, Any]) -> Version:
    at = datetime.fromtimestamp(entry["at"]).astimezone()
    return Version(number=entry["number"], at=at, name=entry["name"], author=entry["author"])
