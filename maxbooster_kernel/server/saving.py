"""Save a session's file whole or not at all; the stock contents manager empties a file before it fills it again."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_server.utils import ensure_async

from maxbooster_kernel.files import writing


def save_whole(loader: Any, root: Path, saved: Callable[[Path], None]) -> None:
    """Make a room's ``FileLoader`` write through a temporary name and a rename, where files are files on this disk.

    Parameters
    ----------
    loader
        The ``FileLoader``.
    root
        The server's folder.
    saved
        Called with the file's path after each save.
    """
    manager = loader._contents_manager
    if not hasattr(manager, "_get_os_path"):
        return

    async def save_at(model: dict[str, Any], path: str) -> dict[str, Any]:
        written = replace(root / path, model["content"])
        saved(root / path)
        found = await ensure_async(manager.get(path, content=False, require_hash=True))
        # The time of our own text, not of what lies there now: someone may have edited the file since.
        loader.last_modified = written
        manager.emit(data={"action": "save", "path": path})
        return {**found, "last_modified": written}

    loader._save_content_at_path = save_at


def replace(path: Path, text: str) -> datetime:
    """Replace a file's text, keeping its permissions, and the link if it is one; return the time of writing."""
    target = path.resolve()
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    with writing(target) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
        written = datetime.fromtimestamp(temporary.stat().st_mtime, tz=UTC)
    if mode is not None:
        target.chmod(mode)
    return written
