"""Put the guard and the keepers into a running Jupyter server with jupyter-collaboration."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.handlers import ContentsHandler
from jupyter_server.utils import url_path_join
from jupyter_server_ydoc.handlers import DocForkHandler, UndoRedoHandler, YDocWebSocketHandler
from jupyter_server_ydoc.rooms import DocumentRoom
from traitlets import Bool, Float, Unicode, default
from traitlets.config import Configurable

from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.collab.place import store_path
from maxbooster_kernel.errors import MissingExtraError
from maxbooster_kernel.server.api import handlers
from maxbooster_kernel.server.fanout import RedisFanout
from maxbooster_kernel.server.handler import (
    GuardedContentsHandler,
    GuardedForkHandler,
    GuardedRoomHandler,
    GuardedUndoHandler,
    is_side_door,
)
from maxbooster_kernel.server.keeper import Keeper
from maxbooster_kernel.server.services import Services
from maxbooster_kernel.server.tiles import TileHandler

GUARDS = {
    YDocWebSocketHandler: GuardedRoomHandler,
    UndoRedoHandler: GuardedUndoHandler,
    DocForkHandler: GuardedForkHandler,
    ContentsHandler: GuardedContentsHandler,
}
NEEDED = "jupyter_server_ydoc"
TURN_S = 0.001


class MaxBoosterRooms(Configurable):
    """The settings of the rooms of mix sessions (``c.MaxBoosterRooms``)."""

    store_path = Unicode(help="The database of updates, roles and versions.").tag(config=True)
    save_interval_s = Float(1.0, help="The longest time between a change and its save, in seconds.").tag(config=True)
    version_interval_s = Float(300.0, help="The shortest time between automatic versions, in seconds.").tag(config=True)
    silence_s = Float(25.0, help="How long a client may say nothing before it counts as gone, in seconds.").tag(
        config=True
    )
    compress = Bool(True, help="Offer compressed websockets.").tag(config=True)

    redis_url = Unicode(help="A Redis server that joins the rooms of several Jupyter servers.").tag(config=True)

    @default("redis_url")
    def _redis_url(self) -> str:
        return os.environ.get("MAXBOOSTER_REDIS_URL", "")

    @default("store_path")
    def _store_path(self) -> str:
        return str(store_path())


def load(serverapp: Any) -> None:
    """Extend a server; without jupyter-collaboration nothing is done but to say so."""
    tiles = url_path_join(serverapp.base_url, r"maxbooster/api/tiles/([0-9a-f]+)")
    serverapp.web_app.add_handlers(".*$", [(tiles, TileHandler)])
    apps = serverapp.extension_manager.extension_apps.get(NEEDED)
    if not apps:
        serverapp.log.warning("Max Booster: jupyter-collaboration is not enabled, so sessions cannot be shared")
        return
    rooms = next(iter(apps))
    settings = MaxBoosterRooms(parent=serverapp)
    services = Services(
        database=Database(Path(settings.store_path)),
        root=Path(serverapp.root_dir),
        logger=serverapp.log,
        save_interval_s=settings.save_interval_s,
        version_interval_s=settings.version_interval_s,
        silence_s=settings.silence_s,
        compress=settings.compress,
    )
    if settings.redis_url:
        try:
            services.fanout = RedisFanout(settings.redis_url, serverapp.log)
        except MissingExtraError as error:
            serverapp.log.warning("Max Booster: %s; sessions stay on this server", error)
    guard_handlers(serverapp.web_app, services)
    keep_rooms(rooms.ywebsocket_server, services)
    # How long an edit waits while another thread drafts a file or packs a version; Python's own 5 ms add up.
    sys.setswitchinterval(min(TURN_S, sys.getswitchinterval()))
    serverapp.web_app.add_handlers(".*$", handlers(serverapp.base_url, services))
    serverapp.web_app.settings["maxbooster_services"] = services


def guard_handlers(application: Any, services: Services) -> None:
    """Put the guarded handlers where the stock ones are."""
    for outer in application.default_router.rules:
        for rule in getattr(outer.target, "rules", []):
            if rule.target in GUARDS:
                rule.target = rule.handler_class = GUARDS[rule.target]
                rule.target_kwargs["services"] = services


def keep_rooms(server: Any, services: Services) -> None:
    """Give every room of a mix session its keeper when it is started."""
    start_room = server.start_room

    async def start_kept(room: Any) -> None:
        if isinstance(room, DocumentRoom) and not hasattr(room, "maxbooster_keeper"):
            if room.file_type == "mbsession":
                room.maxbooster_keeper = Keeper(room, services)
            elif is_side_door(room):
                room._save_delay = None
        await start_room(room)

    server.start_room = start_kept


def running(serverapp: Any) -> Services | None:
    """Return the services of a server that was extended."""
    found: Services | None = serverapp.web_app.settings.get("maxbooster_services")
    return found


async def close(services: Services) -> None:
    """End the keepers and the database."""
    await asyncio.gather(*(keeper.close() for keeper in list(services.keepers.values())))
    services.database.close()
