"""What all rooms of one server share: the database, roles, versions, limits, and the other servers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from logging import Logger
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.collab.roles import Roles
from maxbooster_kernel.collab.versions import Versions
from maxbooster_kernel.session.file import loads

if TYPE_CHECKING:
    from maxbooster_kernel.server.keeper import Keeper


class Fanout(Protocol):
    """Carries the updates of a room to the other servers, and theirs here."""

    def join(self, keeper: Keeper) -> None:
        """Take part in a room's exchange."""

    def leave(self, keeper: Keeper) -> None:
        """End it."""

    def publish(self, keeper: Keeper, update: bytes) -> None:
        """Send an update."""

    def tell(self, keeper: Keeper, frame: bytes) -> None:
        """Send an awareness frame."""

    async def states(self, session: str) -> list[bytes]:
        """Return what the other servers hold of a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may send: messages and bytes a second, with bursts, and the size of one message in bytes."""

    messages_per_s: float = 1000.0
    messages_burst: float = 5000.0
    bytes_per_s: float = 8e6
    bytes_burst: float = 64e6
    message: int = 32 * 1024 * 1024


@dataclass(slots=True)
class Services:
    """The shared parts of one server.

    ``root`` is the server's folder, ``save_interval_s`` the longest time between a change and its save,
    ``version_interval_s`` the shortest time between two automatic versions, ``silence_s`` how long a client may say
    nothing of itself before it counts as gone.
    """

    database: Database
    root: Path
    logger: Logger
    limits: Limits = field(default_factory=Limits)
    save_interval_s: float = 1.0
    version_interval_s: float = 300.0
    silence_s: float = 25.0
    compress: bool = True
    fanout: Fanout | None = None
    keepers: dict[str, Keeper] = field(default_factory=dict)
    roles: Roles = field(init=False)
    versions: Versions = field(init=False)

    def __post_init__(self) -> None:
        """Make the parts that rest on the database."""
        self.roles = Roles(self.database)
        self.versions = Versions(self.database)

    def name(self, session: str, room: str, path: str) -> str:
        """Return the uuid for a room's session: the given one, unless another file that is still there has it."""
        rows = self.database.read("SELECT room, path FROM names WHERE session = ?", (session,))
        if rows and rows[0][0] != room and rows[0][1] != path and self._holds(rows[0][1], session):
            session = str(uuid.uuid4())
        values = (session, room, path)
        self.database.submit(
            lambda connection: connection.execute("INSERT OR REPLACE INTO names VALUES (?, ?, ?)", values)
        )
        return session

    def join(self, keeper: Keeper) -> None:
        """Note a room that is open."""
        self.keepers[keeper.room.room_id] = keeper
        if self.fanout is not None:
            self.fanout.join(keeper)

    def leave(self, keeper: Keeper) -> None:
        """Note that a room is closed."""
        self.keepers.pop(keeper.room.room_id, None)
        if self.fanout is not None:
            self.fanout.leave(keeper)

    def publish(self, keeper: Keeper, update: bytes) -> None:
        """Send an update to the other servers, if there are any."""
        if self.fanout is not None and keeper.session:
            self.fanout.publish(keeper, update)

    def _holds(self, path: str, session: str) -> bool:
        try:
            content: Mapping[str, Any] = loads((self.root / path).read_text("utf-8"))
        except Exception:  # noqa: BLE001 - a file that cannot be read holds nothing
            return False
        return bool(content["uuid"] == session)
