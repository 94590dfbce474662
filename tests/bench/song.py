"""A session for benchmarks, and the address of its room."""

from __future__ import annotations

from pathlib import Path

import maxbooster_kernel as mb
from maxbooster_kernel.collab.discovery import Server
from maxbooster_kernel.collab.link import open_session
from maxbooster_kernel.server.launch import RoomServer


def make_song(folder: Path, tracks: int) -> Path:
    """Write a session with some tracks."""
    session = mb.Session.new("bench")
    for number in range(tracks):
        session.tracks.add(f"t{number}", track_id=f"t{number}")
    return session.save(folder / "bench.mbsession")


async def our_url(server: RoomServer) -> tuple[str, dict[str, str]]:
    """Return the address and headers of our room."""
    found = Server(url=server.url, token=server.token)
    room, session = await open_session(found, "bench.mbsession")
    return f"{found.websocket_url}api/collaboration/room/{room}?sessionId={session}", found.headers
