"""Where a room's file is: notice when it is moved or deleted outside, and follow it if it can be found."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

LOOK_S = 1.0
MOST_FILES = 20_000


class Whereabouts:
    """The place of one file.

    Parameters
    ----------
    file
        The room's ``FileLoader``.
    root
        The server's folder.
    """

    def __init__(self, file: Any, root: Path) -> None:
        self._file, self._root = file, root
        self._inode: tuple[int, int] | None = None
        self._looked_at = -LOOK_S
        self._problem = ""

    def problem(self) -> str:
        """Return what is wrong, in a sentence; empty when the file is there, or was followed to where it is."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_S:
            return self._problem
        self._looked_at = now
        path = self._path()
        if path is None:
            return self._problem
        try:
            self.note(path)
        except FileNotFoundError:
            self._problem = self._follow(path)
        except OSError as error:
            self._problem = f"{path.name} cannot be reached: {error.strerror}; edits are kept on the server"
        return self._problem

    def note(self, path: Path) -> None:
        """Remember the file that is at a path as the session's."""
        found = path.stat()
        self._inode = found.st_dev, found.st_ino
        self._problem = ""

    def _path(self) -> Path | None:
        with contextlib.suppress(RuntimeError):
            return self._root / str(self._file.path)
        return None

    def _follow(self, path: Path) -> str:
        found = self._find()
        if found is None:
            return (
                f"{path.name} was deleted or moved away; edits are kept on the server and saved when it is back, "
                "or save a copy elsewhere"
            )
        manager = self._file._file_id_manager
        old, new = path.relative_to(self._root).as_posix(), found.relative_to(self._root).as_posix()
        manager.move(old, new)
        return "" if str(self._file.path) == new else f"{path.name} was moved to {new}; open it there"

    def _find(self) -> Path | None:
        """Return the file that has the inode the session had, if it is in the server's folder."""
        seen = 0
        for folder, folders, files in os.walk(self._root):
            folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
            for name in files:
                seen += 1
                if seen > MOST_FILES:
                    return None
                if name.endswith(".mbsession"):
                    with contextlib.suppress(OSError):
                        found = (Path(folder) / name).stat()
                        if (found.st_dev, found.st_ino) == self._inode:
                            return Path(folder) / name
        return None
