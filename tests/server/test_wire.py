"""What travels: after the first sync only deltas, each small; the first sync compressed, where that pays."""

import asyncio

import pytest
from pycrdt import Doc, Map, create_sync_message, handle_sync_message
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

import maxbooster_kernel as mb
from maxbooster_kernel.collab.discovery import Server
from maxbooster_kernel.collab.link import open_session

pytestmark = pytest.mark.server
MOST_BYTES = 200
TRACKS = 64


async def listen(server, name, edit):
    """Return the bytes of a first sync, as text and on the wire, and the frames that edits made by a peer cost."""
    found = Server(url=server.url, token=server.token)
    room, session = await open_session(found, name)
    url = f"{found.websocket_url}api/collaboration/room/{room}?sessionId={session}"
    socket = await websocket_connect(HTTPRequest(url, headers=found.headers), compression_options={})
    doc = Doc()
    await socket.write_message(create_sync_message(doc), binary=True)
    plain = 0
    while len(doc.get("tracks", type=Map)) < TRACKS:
        message = await socket.read_message()
        plain = max(plain, len(message))
        if message[0] == 0:
            handle_sync_message(message[1:], doc)
    wire = socket.protocol._wire_bytes_in
    editing = asyncio.get_running_loop().run_in_executor(None, edit)
    frames = []
    while not editing.done() or doc.get("meta", type=Map).get("name") != "done":
        message = await socket.read_message()
        if message[0] == 0:
            handle_sync_message(message[1:], doc)
            if message[1] == 2:
                frames.append(len(message))
    await editing
    socket.close()
    return plain, wire, frames


def test_an_edit_is_a_delta_and_the_first_sync_is_compressed(rooms):
    session = mb.Session.new("wire")
    for number in range(TRACKS):
        session.tracks.add(f"Track {number}", track_id=f"t{number}")
    session.save(rooms.folder / "wire.mbsession")
    peer = mb.Session.join("wire.mbsession", server_url=rooms.url, token=rooms.token)

    def edit():
        track = peer.tracks["t7"]
        steps = [
            lambda: setattr(track, "gain_db", -3.5),
            lambda: setattr(track, "pan", 0.25),
            lambda: setattr(track, "mute", True),
            lambda: setattr(track.eq["mid"], "gain", 4.5),
            lambda: setattr(track.compressor, "threshold", -18.0),
            lambda: peer.markers.add(16.0, "Chorus"),
            lambda: setattr(peer, "name", "done"),
        ]
        for step in steps:
            step()
            peer.room.confirm()

    plain, wire, frames = asyncio.run(listen(rooms, "wire.mbsession", edit))
    assert plain > 20_000
    assert wire < plain / 3, (wire, plain)
    assert len(frames) >= 7
    assert max(frames) <= MOST_BYTES, frames
    peer.leave()
