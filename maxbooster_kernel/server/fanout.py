"""Several Jupyter servers, one session: updates and awareness travel over Redis, and states are compared.

Every session has a channel named by its uuid. An update is published the moment it is committed. Publishing loses what
is sent while Redis is away, so the servers also tell each other, again and again, what they have: a state vector and a
digest of the content (deleting leaves no trace in a state vector). Whoever has more answers with what lacks.
Nothing is kept in Redis itself, so it may be restarted, or emptied, at any time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from logging import Logger
from typing import TYPE_CHECKING, Any, Final

from maxbooster_kernel.errors import MissingExtraError
from maxbooster_kernel.server.frames import kind_of
from maxbooster_kernel.session.guard import covers, digest

if TYPE_CHECKING:
    from maxbooster_kernel.server.keeper import Keeper

UPDATE: Final = 0
AWARENESS: Final = 1
STATE: Final = 2
QUESTION: Final = 3
ID_BYTES: Final = 16
DIGEST_BYTES: Final = 32
PREFIX: Final = "maxbooster:"
BUSY_S: Final = 0.5
QUIET_S: Final = 5.0
PATIENCE_S: Final = 3.0
BACKLOG: Final = 10_000


class RedisFanout:
    """The exchange of one server with the others.

    Parameters
    ----------
    url
        The Redis server, such as ``redis://localhost:6379/0``.
    logger
        Where to say that Redis is away or back.

    Raises
    ------
    MissingExtraError
        The extra ``redis`` is not installed.
    """

    def __init__(self, url: str, logger: Logger) -> None:
        try:
            from redis import asyncio as redis
        except ImportError as error:
            raise MissingExtraError("redis", "sharing sessions between several servers") from error
        self._client: Any = redis.from_url(url, socket_connect_timeout=2.0, health_check_interval=5)
        self._listener: Any = self._client.pubsub(ignore_subscribe_messages=False)
        self._logger = logger
        self._me = uuid.uuid4().bytes
        self._keepers: dict[str, Keeper] = {}
        self._outbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(BACKLOG)
        self._answers: dict[str, list[bytes]] = {}
        self._answered: dict[str, asyncio.Event] = {}
        self._heard: dict[str, asyncio.Event] = {}
        self._told: dict[str, float] = {}
        self._away = False
        self._changing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def join(self, keeper: Keeper) -> None:
        """Take part in a room's exchange."""
        self._start()
        self._keepers[keeper.session] = keeper
        self._told[keeper.session] = 0.0
        self._tasks.append(asyncio.create_task(self._subscribe(keeper.session)))

    def leave(self, keeper: Keeper) -> None:
        """End it."""
        self._keepers.pop(keeper.session, None)
        self._tasks.append(asyncio.create_task(self._unsubscribe(keeper.session)))

    def publish(self, keeper: Keeper, update: bytes) -> None:
        """Send an update to the other servers."""
        self._send(keeper.session, UPDATE, update)
        self._told[keeper.session] = min(self._told.get(keeper.session, 0.0), time.monotonic() - QUIET_S + BUSY_S)

    def tell(self, keeper: Keeper, frame: bytes) -> None:
        """Send an awareness frame to the clients of the other servers."""
        self._send(keeper.session, AWARENESS, frame)

    async def states(self, session: str) -> list[bytes]:
        """Return the updates other servers hold of a session, asked when a room opens, before it reads the file."""
        self._start()
        self._answers[session], self._answered[session] = [], asyncio.Event()
        self._heard[session] = asyncio.Event()
        await self._subscribe(session)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._heard[session].wait(), PATIENCE_S)
            counts = await self._try(self._client.pubsub_numsub, PREFIX + session) or [("", 1)]
            if counts[0][1] > 1:
                self._send(session, QUESTION, b"")
                await asyncio.wait_for(self._answered[session].wait(), PATIENCE_S)
        del self._answered[session], self._heard[session]
        return self._answers.pop(session)

    def _start(self) -> None:
        if not self._tasks:
            for work in (self._listen, self._publish, self._compare):
                self._tasks.append(asyncio.create_task(work()))

    def _send(self, session: str, kind: int, content: bytes) -> None:
        with contextlib.suppress(asyncio.QueueFull):  # the comparison of states covers what is dropped
            self._outbox.put_nowait((PREFIX + session, bytes([kind]) + self._me + content))

    async def _subscribe(self, session: str) -> None:
        async with self._changing:
            await self._try(self._listener.subscribe, PREFIX + session)

    async def _unsubscribe(self, session: str) -> None:
        async with self._changing:
            await self._try(self._listener.unsubscribe, PREFIX + session)

    async def _publish(self) -> None:
        while True:
            channel, message = await self._outbox.get()
            await self._try(self._client.publish, channel, message)

    async def _listen(self) -> None:
        await self._subscribe("all")
        while True:
            message = await self._try(self._listener.get_message, timeout=1.0)
            if message is None:
                await asyncio.sleep(0.1 if self._away else 0.0)
                continue
            session = message["channel"].decode().removeprefix(PREFIX)
            if message["type"] == "subscribe" and session in self._heard:
                self._heard[session].set()
            elif message["type"] == "message":
                await self._take_in(session, message["data"])

    async def _compare(self) -> None:
        while True:
            await asyncio.sleep(BUSY_S)
            now = time.monotonic()
            for session, keeper in list(self._keepers.items()):
                if now - self._told[session] >= QUIET_S:
                    self._told[session] = now
                    self._send(session, STATE, content_digest(keeper) + keeper.room.ydoc.get_state())

    async def _take_in(self, session: str, data: bytes) -> None:
        kind, sender, content = data[0], data[1 : 1 + ID_BYTES], data[1 + ID_BYTES :]
        if sender == self._me:
            return
        if kind == UPDATE and session in self._answers:
            self._answers[session].append(content)
            self._answered[session].set()
        keeper = self._keepers.get(session)
        if keeper is None:
            return
        if kind == UPDATE:
            keeper.receive(content)
        elif kind == AWARENESS and kind_of(content) == "awareness":
            await keeper.relay(content)
        elif kind == QUESTION:
            self._send(session, UPDATE, keeper.room.ydoc.get_update())
        elif kind == STATE and len(content) > DIGEST_BYTES:
            self._answer(session, keeper, content[:DIGEST_BYTES], content[DIGEST_BYTES:])

    def _answer(self, session: str, keeper: Keeper, their_digest: bytes, their_state: bytes) -> None:
        mine = keeper.room.ydoc.get_state()
        if not covers(their_state, mine) or (covers(mine, their_state) and their_digest != content_digest(keeper)):
            self._send(session, UPDATE, keeper.room.ydoc.get_update(their_state))
        if not covers(mine, their_state):
            self._told[session] = 0.0

    async def _try(self, function: Any, *arguments: Any, **options: Any) -> Any:
        """Call Redis; when it is away, say so once and return None."""
        from redis.exceptions import RedisError

        try:
            result = await function(*arguments, **options)
        except (RedisError, OSError) as error:
            if not self._away:
                self._logger.warning("Redis is away (%s); this server goes on alone until it is back", error)
            self._away = True
            await asyncio.sleep(0.1)
            return None
        if self._away:
            self._away = False
            self._logger.warning("Redis is back; the servers compare what they have")
            self._told = dict.fromkeys(self._told, 0.0)
        return result


def content_digest(keeper: Keeper) -> bytes:
    """Return a digest of what a room's session says, 32 bytes."""
    return bytes.fromhex(digest(keeper.document.raw()))
