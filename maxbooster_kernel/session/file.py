"""Read and write ``.mbsession`` files: JSON with a stable order of keys, so that a diff shows only what changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maxbooster_kernel.errors import SessionError, expect_path
from maxbooster_kernel.files import plain_file, write_text
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.session.migrations import migrate

SUFFIX = ".mbsession"


def loads(text: str) -> dict[str, Any]:
    """Return the normal form of a session file's text.

    Raises
    ------
    SessionError
        The text is not JSON, or not a valid session; the message names the place.

    Examples
    --------
    >>> loads('{"format": "maxbooster-session", "version": 1}')["master"]["gain"]
    1.0
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise SessionError(f"expected the JSON of a session, got a fault at {place}: {error.msg}") from error
    except RecursionError as error:
        raise SessionError("expected the JSON of a session, got JSON nested too deeply") from error
    if not isinstance(data, dict):
        raise SessionError(f"expected the JSON object of a session, got a {type(data).__name__}")
    try:
        return normalize(migrate(data))
    except RecursionError as error:
        raise SessionError("expected the JSON of a session, got JSON nested too deeply") from error


def dumps(session: Mapping[str, Any]) -> str:
    """Return the text of a session file: two-space indents, records of plain values on one line."""
    return _write(session, "") + "\n"


def read_session(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the normal form of a session file.

    Raises
    ------
    SessionError
        The file is missing, not JSON or not a valid session; the message names the file and the place.
    """
    file = expect_path(path, "a session file")
    try:
        text = plain_file(file).read_text("utf-8")
    except OSError as error:
        raise SessionError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SessionError(f"{path}: expected text in UTF-8, got other bytes at {error.start}") from error
    try:
        return loads(text)
    except SessionError as error:
        raise type(error)(f"{path}: {error}") from error


def write_session(path: str | os.PathLike[str], session: Mapping[str, Any], *, force: bool = True) -> None:
    """Write a session file whole or not at all.

    Raises
    ------
    OutputExistsError
        The file exists and ``force`` is false.
    """
    write_text(path, dumps(normalize({name: value for name, value in session.items() if name != "crdt"})), force=force)


def check_media(session: Mapping[str, Any], folder: str | os.PathLike[str]) -> None:
    """Raise unless every media file of a session is there.

    Raises
    ------
    SessionError
        A file is missing; the message names the clip.
    """
    for number, track in enumerate(session["tracks"]):
        for index, clip in enumerate(track["clips"]):
            if not (Path(folder) / clip["media"]).is_file():
                place = f"tracks[{number}].clips[{index}].media"
                raise SessionError(f'{place}: expected a file in {Path(folder)}, and there is no "{clip["media"]}"')


def _write(value: Any, indent: str) -> str:
    deeper = indent + "  "
    if isinstance(value, Mapping) and value:
        if all(_is_flat(item) for item in value.values()) and indent:
            return _plain({**value})
        rows = (f"{deeper}{_plain(name)}: {_write(item, deeper)}" for name, item in value.items())
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and not _is_flat(value):
        return "[\n" + ",\n".join(deeper + _write(item, deeper) for item in value) + f"\n{indent}]"
    return _plain(value)


def _is_flat(value: Any) -> bool:
    if isinstance(value, list):
        return all(not isinstance(item, Mapping | list) for item in value)
    return not isinstance(value, Mapping) or not value


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
