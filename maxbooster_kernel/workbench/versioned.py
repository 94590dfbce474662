"""The versions of a session: kept, compared in words, and brought back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from maxbooster_kernel.kinds import checked
from maxbooster_kernel.session.words import Change, changes

if TYPE_CHECKING:
    from maxbooster_kernel.collab.history import History, Version
    from maxbooster_kernel.collab.room import Room
    from maxbooster_kernel.session.document import SessionDocument


class Versioned:
    """What has versions: a document, on a server or on this machine alone."""

    document: SessionDocument
    room: Room | None

    @property
    def uuid(self) -> str:
        """The name of the session for rights, versions and fan-out."""
        return str(self.document.get(("meta", "uuid"), ""))

    def snapshot(self) -> dict[str, Any]:
        """Return the session as the JSON value of its file."""
        return self.document.snapshot()

    @property
    def history(self) -> History:
        """Where the versions are: the server when joined, else this machine's store."""
        from maxbooster_kernel.collab.history import LocalHistory, RoomHistory

        return RoomHistory(self.room) if self.room else LocalHistory(self.uuid, os.environ.get("USER", ""))

    def versions(self) -> list[Version]:
        """Return the kept versions, oldest first: named ones, and those the server keeps by itself."""
        return self.history.listed()

    @checked
    def keep_version(self, name: str) -> Version:
        """Keep the session as it is under a name."""
        return self.history.keep(name, self.snapshot())

    def changes(self, since: Version | int, until: Version | int | None = None) -> list[Change]:
        """Return what changed from one version to another, or to now: ``Drums gain -3.0 -> -4.5 dB (ada)``."""
        old = self.history.content(_number(since))
        if until is None:
            authors, new = self.history.authors(), self.snapshot()
        else:
            content = self.history.content(_number(until))
            authors, new = content.authors, content.snapshot
        between = [version.number for version in self.versions() if version.number > _number(since)]
        for number in reversed([number for number in between if until is None or number < _number(until)]):
            authors = {**self.history.content(number).authors, **authors}
        return changes(old.snapshot, new, authors)

    def restore(self, version: Version | int) -> None:
        """Bring a version back, as a new edit that can be undone."""
        content = self.history.content(_number(version))
        data = {**content.snapshot, "uuid": self.uuid}
        self.document.apply(data, label=f"restore version {_number(version)}")


def _number(version: Version | int) -> int:
    return version if isinstance(version, int) else version.number
