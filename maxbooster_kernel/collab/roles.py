"""Who may do what in a session: owner, editor or viewer, by the session's uuid and the Jupyter identity.

Without any role every authenticated user edits. Once a session has an owner, whoever is not listed may only view.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Final, Literal, cast, get_args

from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.errors import RoomError

Role = Literal["owner", "editor", "viewer"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
FRESH_S = 1.0


def role_of(listed: dict[str, Role], username: str) -> Role:
    """Return a user's role, given those listed.

    >>> role_of({}, "ben"), role_of({"ada": "owner"}, "ben"), role_of({"ben": "viewer"}, "ada")
    ('editor', 'viewer', 'editor')
    """
    return listed.get(username, "viewer" if "owner" in listed.values() else "editor")


class Roles:
    """The roles of all sessions, as the database holds them; a change is seen within a second.

    Parameters
    ----------
    database
        The server's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, dict[str, Role]]] = {}

    def listed(self, session: str) -> dict[str, Role]:
        """Return the roles given in a session, by username."""
        now = time.monotonic()
        at, found = self._known.get(session, (-FRESH_S, {}))
        if now - at >= FRESH_S:
            rows = self._database.read("SELECT username, role FROM roles WHERE session = ?", (session,))
            found = {str(username): cast("Role", role) for username, role in rows if role in ROLES}
            self._known[session] = now, found
        return found

    def of(self, session: str, username: str) -> Role:
        """Return a user's role in a session."""
        return role_of(self.listed(session), username)

    def give(self, session: str, username: str, role: str) -> None:
        """Give a user a role, in place of any he had.

        Raises
        ------
        RoomError
            There is no such role, or the last owner would be gone.
        """
        if role not in ROLES:
            raise RoomError(f"expected the role owner, editor or viewer, got {role!r}")
        if not session or not username:
            raise RoomError("expected a session with a uuid and the name of a user")
        listed = self.listed(session)
        owners = [name for name, has in listed.items() if has == "owner"]
        if role != "owner" and owners == [username]:
            raise RoomError(f"{username} is the only owner; make another user owner first")

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO roles VALUES (?, ?, ?)", (session, username, role))

        self._database.submit(work).result(10.0)
        self._known.pop(session, None)
