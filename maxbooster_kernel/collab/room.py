"""A kernel's or script's place in a room: the shared document, kept equal with all peers by a thread of its own.

The thread runs an event loop beside the user's code, so that edits flow while a cell runs. Both hold the document's
lock around every access. Edits made while the connection is down stay in the document and are exchanged
when it is up again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pycrdt import Awareness, Map, TransactionEvent
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError

from maxbooster_kernel.collab import messages
from maxbooster_kernel.collab.discovery import Server
from maxbooster_kernel.collab.link import FinalError, Outbox, check_file, connect, open_session, request
from maxbooster_kernel.collab.peers import Peer, peer
from maxbooster_kernel.errors import RoomError
from maxbooster_kernel.session.document import SessionDocument

HEARTBEAT_S = 3.0
RENEW_S = 12.0
GONE_S = 30.0
FINAL_CLOSE = {
    4404: "the session's file is gone",
    4400: "the session's file cannot be read",
    4403: "access was refused",
}


class Room:
    """A room that this process is in; :func:`maxbooster_kernel.collab.join.join_room` makes one.

    Parameters
    ----------
    find
        Returns the server, and is asked again at every reconnection, as a restarted server may be elsewhere.
    path
        The session file, relative to the server's folder.
    user
        Who is here: ``username``, ``name``, ``display_name``, ``initials``, ``color``.
    kind
        ``kernel`` or ``script``.
    local_path
        The session file on this machine's disk, if it is there.
    """

    def __init__(
        self, find: Callable[[], Server], path: str, user: dict[str, str], kind: str, local_path: Path | None = None
    ) -> None:
        self.document = SessionDocument()
        self.path, self.user, self.kind, self.local_path = path, user, kind, local_path
        self.name = self.session_id = ""
        self.role = "editor"
        self.error: RoomError | None = None
        self._find = find
        self._lock = self.document.lock
        self._receiving = False
        self._awareness = Awareness(self.document.doc)
        self._awareness.set_local_state({"user": user, "kind": kind})
        self._loop = asyncio.new_event_loop()
        self._outbox = Outbox(self._loop)
        self._answers: dict[int, threading.Event] = {}
        self._outcomes: dict[int, str] = {}
        self._numbers = itertools.count(1)
        self._synced = threading.Event()
        self._settled = threading.Event()
        self._leaving = asyncio.Event()
        self._stored = threading.Condition()
        self._stored_number = self._visits = 0
        self._thread = threading.Thread(target=self._run, name=f"room {path}", daemon=True)
        self.document.observe(self._on_change)
        self._awareness.observe(self._on_awareness)

    def start(self, timeout_s: float) -> None:
        """Join, and wait for the first exchange."""
        self._thread.start()
        if not self._settled.wait(timeout_s):
            error = self.error or RoomError(f"the room of {self.path} did not answer within {timeout_s:g} s")
            self.leave()
            raise error
        if self.error is not None:
            self._thread.join()
            raise self.error

    @property
    def is_connected(self) -> bool:
        """Whether the document is being exchanged with the server right now."""
        return self._synced.is_set()

    @property
    def problem(self) -> str:
        """What is wrong with the session's file on the server; empty when all is well."""
        with self._lock:
            return str(self.document.doc.get("state", type=Map).get("problem") or "")

    def peers(self) -> list[Peer]:
        """Return who is in the room, oneself first."""
        with self._lock:
            states = {client: state for client, state in self._awareness.states.items() if isinstance(state, dict)}
        me = self._awareness.client_id
        found = [peer(client, state, is_me=client == me) for client, state in states.items() if state or client == me]
        return sorted(found, key=lambda one: (not one.is_me, one.name, one.client_id))

    def tell(self, **fields: Any) -> None:
        """Tell the others what this peer does: ``selection``, ``touched``, ``transport``, ``follows``."""
        with self._lock:
            state = {**(self._awareness.get_local_state() or {}), **fields}
            self._awareness.set_local_state(state)

    def confirm(self, timeout_s: float = 10.0) -> bytes:
        """Wait until the server has stored all that this process wrote so far, so that a crash cannot lose it.

        Returns
        -------
        bytes
            The state vector that is stored.

        Raises
        ------
        RoomError
            The server did not confirm in time.
        """
        with self._lock:
            wanted, number = self.document.doc.get_state(), next(self._numbers)
        end, asked = time.monotonic() + timeout_s, -1
        with self._stored:
            while self._stored_number < number:
                if self._synced.is_set() and asked != self._visits:
                    asked = self._visits
                    self._outbox.put(messages.confirm_request(number))
                if not self._stored.wait(end - time.monotonic()):
                    raise RoomError(
                        f"{self.path}: the server did not confirm within {timeout_s:g} s that it has stored the edits"
                    )
        return wanted

    def save(self, timeout_s: float = 10.0) -> None:
        """Have the server save the session now, with all that this process wrote.

        Raises
        ------
        RoomError
            The server does not answer, or could not save.
        """
        number = next(self._numbers)
        answer = self._answers[number] = threading.Event()
        if not self._synced.wait(timeout_s):
            raise RoomError(f"{self.path} was not saved: the connection to the server is down; it is tried again")
        with self._lock:
            self._outbox.put(messages.save_request(number))
        if not answer.wait(timeout_s):
            raise RoomError(f"{self.path} was not saved: the server did not answer within {timeout_s:g} s")
        if self._outcomes.pop(number) == "failed":
            raise RoomError(f"{self.path} was not saved: the server could not write it; its log says why")

    def renew(self) -> dict[str, str]:
        """Return fresh handles for a browser that joins this room: ``room``, ``session_id``, ``path``."""
        task = asyncio.run_coroutine_threadsafe(open_session(self._find(), self.path), self._loop)
        self.name, self.session_id = task.result(10.0)
        return {"room": self.name, "session_id": self.session_id, "path": self.path}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON answer of one request to the room's server.

        Raises
        ------
        RoomError
            The server cannot be reached, or refuses.
        """
        return asyncio.run_coroutine_threadsafe(request(self._find(), method, path, body), self._loop).result(30.0)

    def leave(self) -> None:
        """Leave the room; the others see it at once."""
        if self._thread.is_alive():
            with self._lock:
                self._awareness.set_local_state(None)
            self._loop.call_soon_threadsafe(self._leaving.set)
            if threading.current_thread() is not self._thread:
                self._thread.join(5.0)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._stay())
        finally:
            self._synced.clear()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _stay(self) -> None:
        heart = asyncio.create_task(self._beat())
        pause = 0.05
        while not self._leaving.is_set():
            try:
                if await self._visit():
                    pause = 0.05
            except FinalError as error:
                self.error = error
                break
            except (RoomError, OSError, WebSocketClosedError) as error:
                if not self._settled.is_set():
                    self.error = error if isinstance(error, RoomError) else RoomError(f"the room was lost: {error}")
            except RuntimeError:
                if threading.main_thread().is_alive():
                    raise
                break  # the process is ending, and nothing can be connected any more
            self._synced.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), pause)
            pause = min(pause * 2, 2.0)
        heart.cancel()
        self._settled.set()

    async def _visit(self) -> bool:
        """Connect once and stay until the connection ends; return whether it ever worked."""
        server = self._find()
        if not self._settled.is_set():
            await check_file(server, self.path)
        self.name, self.session_id = await open_session(server, self.path)
        socket = await connect(server, self.name, self.session_id)
        sender = asyncio.create_task(self._send(socket))
        leaver = asyncio.create_task(self._close_when_leaving(socket))
        try:
            with self._lock:
                self._date_presence()
                self._outbox.clear()
                question = messages.sync_question(self.document.doc)
                presence = messages.awareness_message(self._awareness, [self._awareness.client_id])
            await socket.write_message(question, binary=True)
            await socket.write_message(presence, binary=True)
            while (message := await socket.read_message()) is not None:
                if isinstance(message, bytes) and message:
                    await self._receive(socket, message)
        finally:
            worked = self._synced.is_set()
            for task in (sender, leaver):
                task.cancel()
            await asyncio.gather(sender, leaver, return_exceptions=True)
            socket.close()
        if socket.close_code in FINAL_CLOSE:
            raise FinalError(
                f"{self.path}: {FINAL_CLOSE[socket.close_code]} ({socket.close_reason or 'no reason given'})"
            )
        if not worked:
            raise RoomError(f"{self.path}: the room closed at once: {socket.close_reason or socket.close_code}")
        return worked

    async def _send(self, socket: WebSocketClientConnection) -> None:
        with contextlib.suppress(WebSocketClosedError):
            while True:
                items = await self._outbox.take()
                changes = [item for item in items if isinstance(item, tuple)]
                if changes:
                    await socket.write_message(messages.updates([change for (change,) in changes]), binary=True)
                for item in items:
                    if not isinstance(item, tuple):
                        await socket.write_message(item, binary=True)

    async def _close_when_leaving(self, socket: WebSocketClientConnection) -> None:
        await self._leaving.wait()
        await asyncio.sleep(0)
        with contextlib.suppress(WebSocketClosedError):
            gone = messages.awareness_message(self._awareness, [self._awareness.client_id])
            await socket.write_message(gone, binary=True)
        socket.close(1000, "left")

    async def _receive(self, socket: WebSocketClientConnection, message: bytes) -> None:
        if message[0] == messages.SYNC:
            with self._lock:
                self._receiving = True
                try:
                    with self.document.doc.transaction(origin="remote"):
                        answer = messages.sync_answer(message, self.document.doc)
                finally:
                    self._receiving = False
            if answer is not None:
                await socket.write_message(answer, binary=True)
            if message[1] == messages.STEP2 and not self._synced.is_set():
                self.error = None
                with self._stored:
                    self._visits += 1
                    self._synced.set()
                    self._stored.notify_all()
                self._settled.set()
        elif message[0] == messages.AWARENESS:
            with self._lock:
                self._awareness.apply_awareness_update(messages.awareness_content(message), "remote")
        elif message[0] == messages.RAW:
            self._hear(messages.server_text(message))

    def _hear(self, text: dict[str, Any]) -> None:
        if text.get("type") == "role":
            self.role = str(text.get("role"))
            viewing = "you may only view this session; its owner can change that: maxbooster session share"
            self.document.read_only = viewing if self.role == "viewer" else ""
        number = text.get("responseTo")
        if text.get("type") == "stored" and isinstance(number, int):
            with self._stored:
                self._stored_number = max(self._stored_number, number)
                self._stored.notify_all()
        if text.get("type") == "save" and isinstance(number, int) and number in self._answers:
            self._outcomes[number] = str(text.get("status"))
            self._answers.pop(number).set()

    def _on_change(self, event: TransactionEvent) -> None:
        if not self._receiving:
            self._outbox.put((event.update,))

    def _on_awareness(self, topic: str, change: tuple[dict[str, Any], Any]) -> None:
        changed, origin = change
        mine = origin == "local" and topic == "update"
        newcomer = origin == "remote" and topic == "change" and changed["added"]
        if (mine or newcomer) and self._awareness.get_local_state() is not None:
            self._outbox.put(messages.awareness_message(self._awareness, [self._awareness.client_id]))

    def _date_presence(self) -> None:
        """Be later than the server, which says of who is cut off that he is gone, one tick after his last word."""
        for _ in range(2):
            if (state := self._awareness.get_local_state()) is not None:
                self._awareness.set_local_state(state)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            now = time.time() * 1000
            with self._lock:
                me, meta = self._awareness.client_id, self._awareness.meta
                if self._awareness.get_local_state() is not None and now - meta[me]["lastUpdated"] > RENEW_S * 1000:
                    self._awareness.set_local_state(self._awareness.get_local_state())
                old = [
                    client
                    for client, seen in meta.items()
                    if client != me and now - seen["lastUpdated"] > GONE_S * 1000
                ]
                self._awareness.remove_awareness_states(old, "timeout")
