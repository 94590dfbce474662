"""Who is in a room: what the awareness states say, read with care, as any peer may send anything."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("browser", "kernel", "script")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A person or kernel in a shared session.

    ``kind`` is ``browser``, ``kernel`` or ``script``; ``touched`` the automation target under the hand,
    ``track`` the selected strip; ``position_s`` the playhead in seconds, None when unknown.
    """

    client_id: int
    name: str
    username: str
    color: str
    kind: str
    is_me: bool = False
    track: str | None = None
    touched: str | None = None
    playing: bool = False
    position_s: float | None = None
    follows: int | None = None

    def __repr__(self) -> str:
        me = ", is_me=True" if self.is_me else ""
        return f"Peer({self.name!r}, {self.kind!r}{me})"


def peer(client_id: int, state: Mapping[str, Any], *, is_me: bool = False, now: float | None = None) -> Peer:
    """Return the peer an awareness state describes.

    Parameters
    ----------
    client_id
        The peer's number in the room.
    state
        The state, as the peer sent it.
    is_me
        Whether it is this process.
    now
        The Unix time for the playhead; by default now.

    Examples
    --------
    >>> transport = {"playing": True, "position_s": 1.0, "at": 5.0}
    >>> state = {"user": {"name": "Ada"}, "kind": "kernel", "transport": transport}
    >>> found = peer(7, state, now=7.5)
    >>> found, found.position_s
    (Peer('Ada', 'kernel'), 3.5)
    """
    user = _map(state.get("user"))
    name = _text(user.get("display_name")) or _text(user.get("name")) or _text(user.get("username")) or "someone"
    kind = _text(state.get("kind"))
    transport = _map(state.get("transport"))
    follows = state.get("follows")
    return Peer(
        client_id=client_id,
        name=name,
        username=_text(user.get("username")) or name,
        color=_text(user.get("color")) or "#888888",
        kind=kind if kind in KINDS else "browser",
        is_me=is_me,
        track=_text(_map(state.get("selection")).get("track")) or None,
        touched=_text(state.get("touched")) or None,
        playing=transport.get("playing") is True,
        position_s=playhead(transport, time.time() if now is None else now),
        follows=int(follows) if isinstance(follows, int | float) and not isinstance(follows, bool) else None,
    )


def playhead(transport: Mapping[str, Any], now: float) -> float | None:
    """Return where a peer's playhead is now, in seconds of the session; None when it does not say."""
    position, at = _number(transport.get("position_s")), _number(transport.get("at"))
    if position is None:
        return None
    if transport.get("playing") is not True or at is None:
        return position
    reached = position + max(0.0, now - at)
    loop = _map(transport.get("loop"))
    start, end = _number(loop.get("from")), _number(loop.get("to"))
    if start is None or end is None or not start < end or position >= end or reached < end:
        return reached
    return start + math.fmod(reached - start, end - start)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None
