"""Give someone rights in a session: through its server, or in this machine's store when no server is there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import quote

from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.collab.discovery import find_server
from maxbooster_kernel.collab.join import ask, server_path
from maxbooster_kernel.collab.link import FinalError
from maxbooster_kernel.collab.place import store_path
from maxbooster_kernel.collab.roles import ROLES, Role, Roles
from maxbooster_kernel.errors import RoomError
from maxbooster_kernel.session.file import read_session, write_session


def share(path: str | os.PathLike[str], username: str, role: str) -> dict[str, Role]:
    """Give a user a role in the session of a file; return all roles of the session.

    Parameters
    ----------
    path
        The session file.
    username
        The user's name on the Jupyter server.
    role
        ``owner``, ``editor`` or ``viewer``.

    Raises
    ------
    RoomError
        There is no such role, the server refuses, or the last owner would be gone.
    SessionError
        The file is no session.
    """
    if role not in ROLES:
        raise RoomError(f"expected the role owner, editor or viewer, got {role!r}")
    session = read_session(path)
    try:
        server = find_server()
        relative, _ = server_path(server, path)
    except RoomError:
        return _share_here(path, session, username, role)
    body = {"username": username, "role": role}
    try:
        answer = ask(server, "PUT", f"maxbooster/api/roles/{quote(relative)}", body)
    except FinalError as error:
        if error.code == 404:
            return _share_here(path, session, username, role)
        raise
    roles: dict[str, Role] = answer["roles"]
    return roles


def _share_here(path: str | os.PathLike[str], session: dict[str, object], username: str, role: str) -> dict[str, Role]:
    if "uuid" not in json.loads(Path(path).read_text("utf-8")):
        write_session(path, session)
    database = Database(store_path())
    try:
        roles = Roles(database)
        roles.give(str(session["uuid"]), username, role)
        return roles.listed(str(session["uuid"]))
    finally:
        database.close()
