"""Join the room of a session file."""

from __future__ import annotations

import asyncio
import atexit
import getpass
import os
import threading
import weakref
from pathlib import Path
from typing import Any

from maxbooster_kernel.collab.discovery import Server, find_server
from maxbooster_kernel.collab.link import request
from maxbooster_kernel.collab.room import Room
from maxbooster_kernel.errors import RoomError
from maxbooster_kernel.session.schema import color as palette

ROOMS: weakref.WeakSet[Room] = weakref.WeakSet()


def join_room(
    path: str | os.PathLike[str],
    *,
    server_url: str | None = None,
    token: str | None = None,
    name: str | None = None,
    color: str | None = None,
    timeout_s: float = 20.0,
) -> Room:
    """Return the joined room of a session file (see ``Session.join`` for the parameters)."""

    def find() -> Server:
        return find_server(server_url, token)

    server = find()
    relative, local = server_path(server, path)
    who = user(ask(server, "GET", "api/me"), name=name, color=color)
    room = Room(find, relative, who, "kernel" if "JPY_PARENT_PID" in os.environ else "script", local)
    room.start(timeout_s)
    ROOMS.add(room)
    return room


def ask(server: Server, method: str, path: str, body: Any = None) -> Any:
    """Return the JSON answer of one request, also where an event loop runs already.

    Raises
    ------
    RoomError
        The server cannot be reached, or refuses.
    """
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(asyncio.run(request(server, method, path, body)))
        except RoomError as error:
            answers.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(answers[0], RoomError):
        raise answers[0]
    return answers[0]


def server_path(server: Server, path: str | os.PathLike[str]) -> tuple[str, Path | None]:
    """Return a session file's path relative to the server's folder, and on this disk, if it is there.

    Raises
    ------
    RoomError
        The file lies outside the server's folder.
    """
    given = Path(path)
    if server.root is not None:
        root = server.root.expanduser().resolve()
        here = given.expanduser().resolve()
        if here.is_relative_to(root) and (here.exists() or given.is_absolute()):
            return here.relative_to(root).as_posix(), here
        inside = (root / given).resolve()
        if inside.is_relative_to(root) and inside.exists():
            return inside.relative_to(root).as_posix(), inside
        if given.is_absolute():
            raise RoomError(f"{given} lies outside the server's folder {root}; move it there, or start a server here")
    if given.is_absolute():
        raise RoomError(f"expected a path relative to the server's folder, got {given}")
    return given.as_posix().removeprefix("./"), None


def user(answer: Any, *, name: str | None, color: str | None) -> dict[str, str]:
    """Return how this process shows itself, from what the server knows of it."""
    identity = answer.get("identity", {}) if isinstance(answer, dict) else {}
    username = str(identity.get("username") or getpass.getuser())
    shown = name or str(identity.get("display_name") or identity.get("name") or username)
    initials = "".join(word[0] for word in shown.split()[:2]).upper()
    chosen = color or palette(sum(username.encode()))
    return {"username": username, "name": shown, "display_name": shown, "initials": initials, "color": chosen}


def leave_all() -> None:
    """Leave every room, when the process ends."""
    for room in list(ROOMS):
        room.leave()


atexit.register(leave_all)
