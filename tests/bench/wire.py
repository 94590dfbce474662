"""A bare client of a room, for benchmarks: one websocket, one document, the same against every kind of server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from pycrdt import Doc, Map, create_sync_message, create_update_message, handle_sync_message
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect


class Wire:
    """One peer; ``heard`` is called with each fader's name, value and the time of arrival.

    ``name`` is the document's, where the server wants it before every message, as hocuspocus does.
    """

    def __init__(self, url: str, headers: dict[str, str] | None = None, name: str = "") -> None:
        self.url, self.headers = url, headers or {}
        self._prefix = bytes([len(name)]) + name.encode() if name else b""
        self.doc: Doc[Any] = Doc()
        self.faders: Map[Any] = self.doc.get("tracks", type=Map)
        self.heard: Callable[[str, float, float], None] | None = None
        self.synced = asyncio.Event()
        self.received = self.sent = 0
        self._socket: WebSocketClientConnection | None = None
        self._remote = False
        self._reader: asyncio.Task[None] | None = None
        self.doc.observe(self._on_change)
        self.faders.observe_deep(self._on_fader)

    async def connect(self) -> None:
        """Join and exchange states."""
        self._socket = await websocket_connect(HTTPRequest(self.url, headers=self.headers), compression_options={})
        await self._socket.write_message(self._prefix + create_sync_message(self.doc), binary=True)
        self._reader = asyncio.create_task(self._read())
        await asyncio.wait_for(self.synced.wait(), 60)

    def move(self, name: str, value: float) -> None:
        """Move a fader."""
        with self.doc.transaction():
            if name in self.faders and isinstance(self.faders[name], Map):
                self.faders[name]["gain"] = value
            else:
                self.faders[name] = Map({"gain": value})

    async def close(self) -> None:
        """Leave."""
        if self._socket is not None and self._reader is not None:
            self._socket.close()
            await asyncio.wait([self._reader], timeout=5)

    async def _read(self) -> None:
        assert self._socket is not None
        while (message := await self._socket.read_message()) is not None:
            self.received += len(message)
            message = message[len(self._prefix) :] if isinstance(message, bytes) else b""
            if message[:1] in (b"\0", b"\4"):
                self._remote = True
                answer = handle_sync_message(message[1:], self.doc)
                self._remote = False
                if answer is not None:
                    await self._socket.write_message(self._prefix + answer, binary=True)
                if message[1] == 1:
                    self.synced.set()

    def _on_change(self, event: Any) -> None:
        if not self._remote and self._socket is not None:
            message = self._prefix + create_update_message(event.update)
            self.sent += len(message)
            self._socket.write_message(message, binary=True)

    def _on_fader(self, events: list[Any]) -> None:
        if self.heard is None or not self._remote:
            return
        now = time.monotonic()
        for event in events:
            change = event.keys.get("gain")
            if change and event.path:
                self.heard(str(event.path[0]), change["newValue"], now)


def percentiles(seconds: list[float]) -> str:
    """Return p50, p99 and the largest of some times, in milliseconds."""
    ordered = sorted(seconds)
    if not ordered:
        return "nothing"
    p50, p99 = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {p50 * 1e3:7.2f} ms  p99 {p99 * 1e3:7.2f} ms  max {ordered[-1] * 1e3:7.2f} ms"
