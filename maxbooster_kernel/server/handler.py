"""The websocket of a room, with a guard in front: who may write, from where, how much."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.contents.handlers import ContentsHandler
from jupyter_server_ydoc.handlers import DocForkHandler, UndoRedoHandler, YDocWebSocketHandler
from pycrdt import Encoder, create_awareness_message
from tornado import web

from maxbooster_kernel.server.frames import RAW, STEP1, SYNC, Budget, Kind, kind_of, may_send, number_in, states
from maxbooster_kernel.server.keeper import Keeper, keeper_of
from maxbooster_kernel.server.services import Services

TOO_MUCH = 1008
SMALL = 1024
SUFFIX = ".mbsession"
ANONYMOUS = re.compile("[0-9a-f]{32}")


class GuardedRoomHandler(YDocWebSocketHandler):  # type: ignore[misc]  # - the base is untyped
    """A client of a room. Rooms of other documents than mix sessions pass through unchanged, but for the origin."""

    def initialize(self, services: Services, **stock: Any) -> None:
        """Take what the stock handler takes, and the services."""
        super().initialize(**stock)
        self._services = services
        limits = services.limits
        self._messages = Budget(rate=limits.messages_per_s, burst=limits.messages_burst)
        self._bytes = Budget(rate=limits.bytes_per_s, burst=limits.bytes_burst)
        self._clients: dict[int, int] = {}
        self._handled: Kind = "other"
        self._message = b""
        self._told = self._name = ""
        self._heard_at = 0.0

    def check_origin(self, origin: str | None = None) -> bool:
        """Refuse pages of other hosts, unless the server's ``allow_origin`` lets them in."""
        return bool(JupyterHandler.check_origin(self, origin or ""))

    def get_compression_options(self) -> dict[str, Any] | None:
        """Offer compression: a first sync is JSON-like and shrinks to a third."""
        return {"compression_level": 3, "mem_level": 5} if self._services.compress else None

    async def send(self, message: bytes) -> None:
        """Send a message; a small one plain, as compressing it for each client costs more than it saves."""
        protocol = self.ws_connection
        compressor = getattr(protocol, "_compressor", None)
        if compressor is None or len(message) >= SMALL:
            await super().send(message)
            return
        protocol._compressor = None
        try:
            await super().send(message)
        finally:
            protocol._compressor = compressor

    @property
    def max_message_size(self) -> int:
        """The largest message in bytes."""
        return self._services.limits.message

    @property
    def keeper(self) -> Keeper | None:
        """The keeper of the room; None when it is no mix session's."""
        return keeper_of(self.room)

    @property
    def role(self) -> str:
        """The role of the user in the session."""
        keeper = self.keeper
        if keeper is None:
            return "viewer" if is_side_door(self.room) else "editor"
        if not keeper.session:
            return "viewer"
        return self._services.roles.of(keeper.session, self.current_user.username)

    async def open(self, room_id: str) -> None:
        """Let the client in, and tell it what it may do."""
        self.set_nodelay(True)  # else an edit waits up to 40 ms for the client to acknowledge the one before it
        await super().open(room_id)
        if self.keeper is not None:
            self.keeper.name()
            await self._introduce(self.keeper)
        await self.tell_role()

    async def _introduce(self, keeper: Keeper) -> None:
        """Tell the client who is here, so that it knows by the time it has the session."""
        awareness = keeper.room.awareness
        present = [client for client, state in awareness.states.items() if state]
        if present and self.ws_connection is not None:
            await self.send(create_awareness_message(awareness.encode_awareness_update(present)))

    async def tell_role(self) -> None:
        """Tell the client its role, if it is another than it was told."""
        if self.keeper is None or self.role == self._told or self.ws_connection is None:
            return
        self._told = self.role
        encoder = Encoder()
        encoder.write_var_uint(RAW)
        encoder.write_var_string(json.dumps({"type": "role", "role": self._told}))
        await self.send(encoder.to_bytes())

    async def on_message(self, message: str | bytes) -> None:
        """Take in a message, if this client may send it."""
        if self.keeper is None and not is_side_door(self.room):
            await super().on_message(message)
            return
        now = time.monotonic()
        if not (self._messages.take(1.0, now=now) and self._bytes.take(len(message), now=now)):
            self.close(TOO_MUCH, "too many messages; slow down and join again")
            return
        kind = kind_of(message)
        if not may_send(kind, self.role):
            return
        if kind == "save" and self.keeper is not None and isinstance(message, bytes):
            await self._save(self.keeper, message)
            return
        if kind == "confirm":
            self._message_queue.put_nowait(message)  # it is answered after what came before it
            return
        if kind == "awareness" and isinstance(message, bytes):
            self._hear(message)
        await super().on_message(message)

    async def _save(self, keeper: Keeper, message: bytes) -> None:
        answer = {"type": "save", "responseTo": number_in(message), "status": "success"}
        try:
            while not self._message_queue.empty():  # noqa: ASYNC110 - until what the client wrote before is taken in
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            saved = await keeper.save() or await keeper.save()  # the second time with what changed outside
            answer["status"] = "success" if saved else "failed"
        except Exception as error:  # noqa: BLE001 - whatever the storage raises, the client is told
            self.log.warning("%s: could not be saved: %s", self._room_id, error)
            answer["status"] = "failed"
        await self.send(self._encode_json_message(answer))

    async def __anext__(self) -> Any:
        self._after()
        message = await super().__anext__()
        self._handled, self._message = kind_of(message), message
        if (keeper := self.keeper) is not None:
            keeper.author = person(self.current_user.username, self._name)
        return message

    def on_close(self) -> None:
        """Let the others know that the client is gone."""
        keeper = self.keeper
        super().on_close()
        if keeper is not None and self._clients:
            others = [client for client in keeper.room.clients if client is not self]
            asyncio.get_running_loop().create_task(self._forget(keeper, others))

    def _after(self) -> None:
        """Do what follows a message the room has just taken in: answer a question with what is safely stored."""
        if (keeper := self.keeper) is not None:
            keeper.author = ""
            keeper.tell_behind()
            if self._handled == "question":
                self.create_task(self._acknowledge(keeper))
            elif self._handled == "confirm":
                self.create_task(self._confirm(keeper, number_in(self._message)))
        self._handled = "other"

    async def _confirm(self, keeper: Keeper, number: int) -> None:
        await keeper.stored_state()
        if self.ws_connection is not None:
            await self.send(self._encode_json_message({"type": "stored", "responseTo": number}))

    async def _acknowledge(self, keeper: Keeper) -> None:
        state = await keeper.stored_state()
        encoder = Encoder()
        encoder.write_var_uint(SYNC)
        encoder.write_var_uint(STEP1)
        encoder.write_var_uint(len(state))
        if self.ws_connection is not None:
            await self.send(encoder.to_bytes() + state)

    async def bury(self, now: float) -> None:
        """Let everyone know that the client is gone, if it has said nothing of itself for too long.

        Everyone includes the client itself: one that only slept takes up its presence again.
        """
        if self._clients and (keeper := self.keeper) and now - self._heard_at > self._services.silence_s:
            await self._forget(keeper, [*keeper.room.clients])

    def _hear(self, frame: bytes) -> None:
        self._heard_at = time.monotonic()
        for client, (clock, state) in states(frame).items():
            if state is None:
                self._clients.pop(client, None)
            else:
                self._clients[client] = clock
                self._name = name_in(state) or self._name
        if (keeper := self.keeper) is not None and self._services.fanout is not None:
            self._services.fanout.tell(keeper, frame)

    async def _forget(self, keeper: Keeper, told: list[Any]) -> None:
        frame = farewell(self._clients)
        self._clients = {}
        keeper.room.awareness.apply_awareness_update(content_of(frame), self)
        for client in told:
            await client.send(frame)
        if self._services.fanout is not None:
            self._services.fanout.tell(keeper, frame)


class GuardedUndoHandler(UndoRedoHandler):  # type: ignore[misc]  # - the base is untyped
    """Undo on the server, for those who may write."""

    def initialize(self, services: Services, **stock: Any) -> None:
        """Take what the stock handler takes, and the services."""
        super().initialize(**stock)
        self._services = services

    async def prepare(self) -> None:
        """Refuse viewers."""
        await super().prepare()
        refuse_viewers(self, self._services)


class GuardedForkHandler(DocForkHandler):  # type: ignore[misc]  # - the base is untyped
    """Forks of a room, for those who may write."""

    def initialize(self, services: Services, **stock: Any) -> None:
        """Take what the stock handler takes, and the services."""
        super().initialize(**stock)
        self._services = services

    async def prepare(self) -> None:
        """Refuse viewers, who may still list the forks."""
        await super().prepare()
        if self.request.method != "GET":
            refuse_viewers(self, self._services)


class GuardedContentsHandler(ContentsHandler):
    """Files over HTTP; a session file asked for as a text is said to be read-only, so that an editor shows it so.

    Its text is only shown: the session itself lives in its room, where a text typed meanwhile would undo edits.
    """

    def initialize(self, services: Services) -> None:
        """Take the services, which it does not need."""

    def _finish_model(self, model: dict[str, Any], location: bool = True) -> None:
        asked = self.request.method == "GET" and self.get_query_argument("type", "") == "file"
        if asked and str(model.get("path", "")).endswith(SUFFIX):
            model = {**model, "writable": False}
        super()._finish_model(model, location)  # type: ignore[no-untyped-call]  # - the base is untyped


def refuse_viewers(handler: Any, services: Services) -> None:
    """Answer 403 to a request about a room whose session the user may only view."""
    path = handler.request.path
    for room_id, keeper in services.keepers.items():
        user = handler.current_user
        if room_id in path and user is not None and services.roles.of(keeper.session, user.username) == "viewer":
            raise web.HTTPError(403, "you may only view this session")


def is_side_door(room: Any) -> bool:
    """Tell whether a room shows a session file as something else; its text may be looked at there, not edited."""
    file = getattr(room, "_file", None)
    return file is not None and str(file.path).endswith(SUFFIX) and keeper_of(room) is None


def person(username: str, name: str) -> str:
    """Return whom to credit: the user, or, where the server knows nobody, the name the client goes by.

    >>> person("ada", "Queen"), person("0fcc28f241c84dcea0c624e1dac773b4", "Ada")
    ('ada', 'Ada')
    """
    return name if name and ANONYMOUS.fullmatch(username) else username


def name_in(state: object) -> str:
    """Return the name in an awareness state; empty when there is none."""
    user = state.get("user") if isinstance(state, dict) else None
    name = user.get("name") if isinstance(user, dict) else None
    return name[:80] if isinstance(name, str) else ""


def farewell(clients: dict[int, int]) -> bytes:
    """Return the awareness frame that says of clients that they are gone.

    >>> list(farewell({7: 1}))[:5]
    [1, 8, 1, 7, 2]
    """
    inner = Encoder()
    inner.write_var_uint(len(clients))
    for client, clock in clients.items():
        inner.write_var_uint(client)
        inner.write_var_uint(clock + 1)
        inner.write_var_string("null")
    content = inner.to_bytes()
    outer = Encoder()
    outer.write_var_uint(1)
    outer.write_var_uint(len(content))
    return bytes(outer.to_bytes() + content)


def content_of(frame: bytes) -> bytes:
    """Return the awareness update inside a frame."""
    from pycrdt import read_message

    return bytes(read_message(frame[1:]))
