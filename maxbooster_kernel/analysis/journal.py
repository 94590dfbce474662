"""The journal of a batch: results as lines of JSON, kept as they come; a line cut short by a crash is no result."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from maxbooster_kernel.errors import AnalysisError

HEAD = b'{"params": '
"""How every line begins."""


def read_journal(path: Path, params: str) -> dict[str, dict[str, Any]]:
    """Return the results of analyses of this version (``params``), by the audio's SHA-256; none where nothing is yet.

    Raises
    ------
    AnalysisError
        There is something that is no journal: results would be written behind what it holds.
    """
    try:
        content = path.read_bytes() if path.is_file() else None
    except OSError as error:
        raise AnalysisError(
            f"{path}: expected a journal, it cannot be read ({error.strerror}); choose another"
        ) from error
    if content is None and path.exists():
        raise AnalysisError(f"{path}: expected the name of a journal, got a folder or a device; choose another")
    content = content or b""
    if not _begins_as_journal(content):
        raise AnalysisError(f"{path}: expected a journal that analyze has written, got another file; choose another")
    known: dict[str, dict[str, Any]] = {}
    for line in content.decode("utf-8", errors="replace").splitlines():
        with suppress(json.JSONDecodeError, KeyError, TypeError):  # a line cut short by a crash is done again
            entry = json.loads(line)
            if entry["params"] == params:
                known[entry["report"]["sha256"]] = entry["report"]
    return known


def _begins_as_journal(content: bytes) -> bool:
    """Tell whether content is a journal's, of which a crash may have cut short the first line, or the first lines."""
    while content:
        first, _, content = content.partition(b"\n")
        if first.startswith(HEAD):
            return True
        if not first or not HEAD.startswith(first):
            return False
    return True


def append_to_journal(path: Path, report: dict[str, Any], params: str) -> None:
    """Write a result behind those of a journal.

    Raises
    ------
    AnalysisError
        The journal cannot be written there.
    """
    line = json.dumps({"params": params, "report": report}, allow_nan=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut = path.exists() and path.stat().st_size > 0 and not _ends_with_newline(path)
        with path.open("a", encoding="utf-8") as file:
            file.write(("\n" if cut else "") + line + "\n")
            file.flush()
    except OSError as error:
        raise AnalysisError(
            f"{path}: the journal cannot be written ({error.strerror}); choose another place"
        ) from error


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
