"""The connection of a room: one websocket, kept up in an event loop, that carries one document both ways."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from maxbooster_kernel.collab.discovery import Server
from maxbooster_kernel.errors import RoomError

MAX_MESSAGE = 1 << 30
TYPE = "mbsession"
PATIENCE_S = 10.0
REFUSED = {401: "does not know this user", 403: "refuses this user (is the token right?)"}


class FinalError(RoomError):
    """A refusal that trying again will not change; ``code`` is HTTP's, 0 when it has none."""

    def __init__(self, message: str, *, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


async def request(server: Server, method: str, path: str, body: Any = None) -> Any:
    """Return the JSON answer of one request to the server.

    Raises
    ------
    RoomError
        The server cannot be reached, or refuses.
    """
    data = None if body is None else json.dumps(body)
    call = HTTPRequest(server.url + path, method=method, headers=server.headers, body=data, request_timeout=PATIENCE_S)
    try:
        answer = await AsyncHTTPClient().fetch(call)
    except HTTPClientError as error:
        if error.code in REFUSED:
            raise FinalError(f"the server at {server.url} {_said(error) or REFUSED[error.code]}") from error
        if 400 <= error.code < 500:
            said = _said(error) or f"answers {error.code} {error.message} to {path}"
            raise FinalError(f"the server at {server.url} {said}", code=error.code) from error
        raise RoomError(f"the server at {server.url} answers {error.code} {error.message}") from error
    except OSError as error:
        raise RoomError(f"no server answers at {server.url}: {error}") from error
    return json.loads(answer.body or b"null")


async def check_file(server: Server, path: str) -> None:
    """Raise unless the server has a file at a path."""
    try:
        await request(server, "GET", f"api/contents/{quote(path)}?content=0")
    except FinalError as error:
        if error.code != 404:
            raise
        raise FinalError(
            f"the server at {server.url} has no file {path!r} in its folder; "
            "save the session there first: mb.Session.from_stems(...).save(...)"
        ) from error


async def open_session(server: Server, path: str) -> tuple[str, str]:
    """Return the room's name and the session id for a file."""
    answer = await request(server, "PUT", f"api/collaboration/session/{quote(path)}", {"format": "text", "type": TYPE})
    return f"{answer['format']}:{answer['type']}:{answer['fileId']}", str(answer["sessionId"])


async def connect(server: Server, room: str, session_id: str) -> WebSocketClientConnection:
    """Return the open websocket of a room."""
    url = f"{server.websocket_url}api/collaboration/room/{room}?sessionId={session_id}"
    call = HTTPRequest(url, headers=server.headers, connect_timeout=PATIENCE_S)
    try:
        return await websocket_connect(
            call, max_message_size=MAX_MESSAGE, ping_interval=10.0, ping_timeout=9.0, compression_options={}
        )
    except HTTPClientError as error:
        if error.code in REFUSED:
            raise FinalError(f"the server at {server.url} {REFUSED[error.code]}") from error
        raise RoomError(f"the room {room} answers {error.code}") from error
    except OSError as error:
        raise RoomError(f"no server answers at {server.url}: {error}") from error


def _said(error: HTTPClientError) -> str:
    """Return what the server said of an error, if it is one of its own sentences."""
    try:
        message = str(json.loads(error.response.body)["message"]) if error.response else ""
    except (ValueError, KeyError, TypeError):
        message = ""
    return f"says: {message}" if message and message != "Forbidden" else ""


class Outbox:
    """Messages from any thread to the event loop that sends them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._items: list[Any] = []
        self._wake = asyncio.Event()
        self._scheduled = False

    def put(self, item: Any) -> None:
        """Add something to send; callers hold the room's lock."""
        self._items.append(item)
        if not self._scheduled:
            self._scheduled = True
            self._call(self._wake.set)

    async def take(self) -> list[Any]:
        """Wait for something to send and return all of it."""
        await self._wake.wait()
        self._wake.clear()
        self._scheduled = False
        items, self._items = self._items, []
        return items

    def clear(self) -> None:
        """Forget what was not sent; the next exchange of states covers it."""
        self._items = []

    def _call(self, function: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)
