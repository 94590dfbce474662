"""The server's own addresses: roles and versions of a session, under ``maxbooster/api``."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import ensure_async, url_path_join
from tornado import web

from maxbooster_kernel.errors import MaxBoosterError
from maxbooster_kernel.server.handler import person
from maxbooster_kernel.server.keeper import Keeper
from maxbooster_kernel.server.services import Services
from maxbooster_kernel.session.file import loads


def handlers(base_url: str, services: Services) -> list[Any]:
    """Return the addresses and their handlers."""
    given = {"services": services}
    return [
        (url_path_join(base_url, "maxbooster/api/status"), StatusHandler, given),
        (url_path_join(base_url, r"maxbooster/api/roles/(.*)"), RolesHandler, given),
        (url_path_join(base_url, r"maxbooster/api/versions/(.*)"), VersionsHandler, given),
    ]


class SessionHandler(APIHandler):
    """A request about the session in one file."""

    auth_resource = "contents"

    def initialize(self, services: Services) -> None:
        """Take the services."""
        self.services = services

    def keeper(self, path: str) -> Keeper | None:
        """Return the keeper of the file's room, if it is open."""
        file_id = self.settings["file_id_manager"].get_id(path)
        return self.services.keepers.get(f"text:mbsession:{file_id}")

    async def session(self, path: str) -> str:
        """Return the uuid of the session in a file; answer 404 or 400 when there is none."""
        keeper = self.keeper(path)
        if keeper is not None:
            return keeper.session
        model = await ensure_async(
            self.settings["contents_manager"].get(path, type="file", format="text", content=True)
        )
        try:
            return str(loads(model["content"])["uuid"])
        except MaxBoosterError as error:
            raise web.HTTPError(400, f"{path}: {error}") from error

    def body(self) -> dict[str, Any]:
        """Return the JSON object of the request."""
        try:
            value = json.loads(self.request.body or b"{}")
        except ValueError as error:
            raise web.HTTPError(400, "expected a JSON object") from error
        if not isinstance(value, dict):
            raise web.HTTPError(400, "expected a JSON object")
        return value

    @property
    def username(self) -> str:
        """Who asks."""
        return str(self.current_user.username)


class StatusHandler(SessionHandler):
    """What the rooms of this server do."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer the rooms that are open, with what is wrong with their files."""
        rooms = [
            {"path": str(keeper.room._document.path), "peers": len(keeper.room.clients), "problem": keeper.problem}
            for keeper in self.services.keepers.values()
        ]
        self.finish({"rooms": rooms, "several_servers": self.services.fanout is not None})


class RolesHandler(SessionHandler):
    """The roles of a session."""

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Answer the roles listed, and the role of the one who asks."""
        session = await self.session(path)
        role = self.services.roles.of(session, self.username)
        self.finish({"session": session, "role": role, "roles": self.services.roles.listed(session)})

    @web.authenticated
    @authorized
    async def put(self, path: str) -> None:
        """Give a user a role; only owners may, once there is one."""
        session = await self.session(path)
        role = self.services.roles.of(session, self.username)
        owned = "owner" in self.services.roles.listed(session).values()
        if role != "owner" and (owned or role == "viewer"):
            raise web.HTTPError(403, "only an owner of this session may share it")
        body = self.body()
        try:
            self.services.roles.give(session, str(body.get("username", "")), str(body.get("role", "")))
        except MaxBoosterError as error:
            raise web.HTTPError(400, str(error)) from error
        self.finish({"session": session, "roles": self.services.roles.listed(session)})


class VersionsHandler(SessionHandler):
    """The versions of a session."""

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Answer the list of versions, the content of version ``number``, or in words what changed ``since`` one."""
        session = await self.session(path)
        number, since = (self.get_query_argument(name, "") for name in ("number", "since"))
        keeper = self.keeper(path)
        authors = keeper.authors if keeper else {}
        try:
            if number:
                self.finish(self.services.versions.content(session, int(number)))
            elif since:
                now = keeper.document.snapshot() if keeper else None
                found = self.services.versions.changes(session, int(since), now=now, authors=authors)
                self.finish({"changes": [str(change) for change in found]})
            else:
                self.finish({"versions": self.services.versions.listed(session), "authors": authors})
        except (MaxBoosterError, ValueError) as error:
            raise web.HTTPError(404, str(error)) from error

    @web.authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Keep a version under a name."""
        keeper = self.keeper(path)
        if keeper is None:
            raise web.HTTPError(409, "nobody is in this session; join it first")
        if self.services.roles.of(keeper.session, self.username) == "viewer":
            raise web.HTTPError(403, "you may only view this session")
        body = self.body()
        name, author = str(body.get("name", "")).strip(), str(body.get("author", ""))[:80]
        if not name:
            raise web.HTTPError(400, "expected a name for the version")
        number = await keeper.keep_version(name=name, author=person(self.username, author))
        self.finish({"number": number})
