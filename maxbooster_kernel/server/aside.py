"""What a room held when its file was found changed by something else: kept as a version, and said."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from maxbooster_kernel.collab.versions import Versions

REPLACED = "not saved when the file was replaced"
CHANGED = "not saved when the file was changed"
SAID = {
    REPLACED: "{file} was replaced by another session, which counts; edits that were not in the file are kept in the "
    f'History as "{REPLACED}"',
    CHANGED: "{file} was changed while edits were not in it yet: both were brought together, the file first; the "
    f'session before that is kept in the History as "{CHANGED}"',
}


class Aside:
    """Keeps what was set aside, as soon as the session has a name.

    Parameters
    ----------
    versions
        Where it is kept.

    Attributes
    ----------
    said
        What to tell everyone; empty when nothing was set aside.
    """

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._waiting: list[partial[int | None]] = []
        self.said = ""

    def put(self, content: dict[str, Any], *, replaced: bool, file: str, authors: Mapping[str, str]) -> None:
        """Set a content aside that the file does not have."""
        name = REPLACED if replaced else CHANGED
        self.said = SAID[name].format(file=file)
        given: dict[str, Any] = {"at": time.time(), "name": name, "author": "server", "authors": dict(authors)}
        self._waiting.append(partial(self._versions.add, snapshot=content, **given))

    def keep(self, session: str) -> None:
        """Keep what waits as versions of a session."""
        while self._waiting:
            self._waiting.pop(0)(session)
