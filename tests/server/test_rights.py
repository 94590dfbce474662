"""Rights on a real server: a viewer looks and is seen, and nothing he sends is taken in."""

import asyncio
import contextlib
import json
import random
import urllib.error
import urllib.request
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest
from pycrdt import Decoder, Doc, Map, create_sync_message, create_update_message
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

import maxbooster_kernel as mb
from maxbooster_kernel.audio.tile_store import FRAMES as FRAMES_OF_A_TILE
from maxbooster_kernel.audio.tile_store import TileStore
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.collab.messages import save_request
from maxbooster_kernel.collab.roles import Roles
from maxbooster_kernel.errors import RoomError, SessionError
from maxbooster_kernel.server.launch import RoomServer
from maxbooster_kernel.server.services import Limits
from maxbooster_kernel.widgets.console import Studio

pytestmark = pytest.mark.server
FRAMES = 1000
HANDLES = {"format": "text", "type": "mbsession"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    options = ("--ServerApp.identity_provider_class=named_users.NamedUsers",)
    environ = {"PYTHONPATH": str(Path(__file__).parent)}
    with RoomServer(tmp_path_factory.mktemp("rights"), options=options, environ=environ) as running:
        yield running


@pytest.fixture
def song(server, request):
    session = mb.Session.new("rights")
    session.tracks.add("Drums", track_id="drums")
    return session.save(server.folder / f"{request.node.name}.mbsession")


def call(server, user, method, path, body=None):
    headers = {"Authorization": f"token {server.token}-{user}"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, method=method, headers=headers, data=data)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["message"]


def join(server, song, user):
    return mb.Session.join(song.name, server_url=server.url, token=f"{server.token}-{user}")


def share(server, song, by, username, role):
    return call(server, by, "PUT", f"maxbooster/api/roles/{song.name}", {"username": username, "role": role})


def crafted(rng):
    """Return a frame that tries to write, one way or another."""
    doc = Doc()
    doc.get("tracks", type=Map)["drums"] = Map({"gain": rng.random()})
    doc.get("meta", type=Map)["name"] = "taken over"
    update = doc.get_update()
    honest = create_update_message(update)
    body = bytes([len(update)]) + update if len(update) < 128 else honest[2:]
    frames = [
        honest,
        bytes([0, 1]) + body,
        bytes([0x80, 0x00, 2]) + body,
        bytes([0x82, 0x00]) + b"\x04save\x01",
        save_request(rng.randrange(100)),
        bytes([0, 0]) + body,
        bytes([0, 0, 1, 0]) + honest,
        bytes([2]) + rng.randbytes(rng.randrange(20)),
        bytes([3]),
        bytes([1]) + rng.randbytes(rng.randrange(40)),
        b"",
        rng.randbytes(rng.randrange(200)),
    ]
    frame = bytearray(rng.choice(frames))
    for _ in range(rng.choice([0, 0, 1, 3])):
        if frame:
            frame[rng.randrange(len(frame))] = rng.randrange(256)
    return bytes(frame)


async def attack(server, song, user, count):
    """Send crafted frames, a thousand to a connection: more at once would be refused as a flood."""
    _, handles = call(server, user, "PUT", f"api/collaboration/session/{song.name}", HANDLES)
    room = f"text:mbsession:{handles['fileId']}"
    url = f"ws{server.url[4:]}api/collaboration/room/{room}?sessionId={handles['sessionId']}"
    rng = random.Random(7)
    answers = 0
    for first in range(0, count, 1000):
        socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {server.token}-{user}"}))
        for _ in range(min(1000, count - first)):
            await socket.write_message(crafted(rng), binary=True)
        answers += await settle(socket)
        await hang_up(socket)
    return answers


async def settle(socket):
    """Ask for the whole session and count what else was answered until it came."""
    await socket.write_message(create_sync_message(Doc()), binary=True)
    answers = 0
    while True:
        message = await asyncio.wait_for(socket.read_message(), 60)
        assert message is not None, "the server closed the connection"
        answers += message[0] == 2 and b'"responseTo"' in message
        if message[:2] == bytes([0, 1]):
            doc = Doc()
            decoder = Decoder(message[2:])
            doc.apply_update(decoder.read_message())
            if doc.get("tracks", type=Map).get("drums") is not None:
                return answers


async def hang_up(socket):
    socket.close()
    while await socket.read_message() is not None:
        pass


def test_a_viewer_sees_and_is_seen_and_writes_nothing(server, song, until):
    assert share(server, song, "ada", "ada", "owner")[0] == 200
    ada, ben = join(server, song, "ada"), join(server, song, "ben")
    assert (ada.room.role, ben.room.role) == ("owner", "viewer")
    with pytest.raises(SessionError, match="you may only view this session"):
        ben.tracks["drums"].gain = 0.5
    ada.tracks["drums"].gain = 0.25
    ada.save()
    until(lambda: ben.tracks["drums"].gain == 0.25)
    until(lambda: len(ada.peers) == 2)
    before, text = ada.snapshot(), song.read_text()
    assert asyncio.run(attack(server, song, "ben", FRAMES)) == 0
    ada.room.tell(touched="drums/gain")
    until(lambda: any(peer.touched == "drums/gain" for peer in ben.peers))
    assert ada.snapshot() == before == ben.snapshot()
    assert song.read_text() == text
    ben.leave()
    ada.leave()


def test_a_viewers_own_kernel_renders_no_file_into_the_session(server, song, until, monkeypatch):
    said = SimpleQueue()
    monkeypatch.setattr(Studio, "send", lambda _, content, buffers=None: said.put(content))
    share(server, song, "ada", "ben", "viewer")
    ben = join(server, song, "ben")
    until(lambda: ben.room.role == "viewer")
    studio = ben.studio()
    order = {"session": ben.document.snapshot(), "output": "renders/mix.wav"}
    studio._receive(studio, {"type": "render", "token": "p", "order": order}, [])
    answers = [said.get(timeout=20) for _ in range(2)]
    assert [answer["type"] for answer in answers] == ["rendering", "refused"]
    assert "you may only view this session" in answers[1]["text"]
    assert not (song.parent / "renders").exists()
    studio.close()
    ben.leave()


def test_a_document_of_ones_own_does_not_flow_in(server, song, until):
    share(server, song, "ada", "ada", "owner")
    ada, ben = join(server, song, "ada"), join(server, song, "ben")
    ben.document.read_only = ""
    ben.tracks["drums"].gain = 0.75
    ada.tracks["drums"].pan = 0.5
    until(lambda: ben.tracks["drums"].pan == 0.5)
    assert ada.tracks["drums"].gain == 1.0
    with pytest.raises(RoomError, match="did not answer"):
        ben.room.save(timeout_s=0.3)
    ben.leave()
    ada.leave()


def test_undo_and_fork_on_the_server_are_refused_to_viewers(server, song):
    share(server, song, "ada", "ada", "owner")
    ada = join(server, song, "ada")
    for method, path in (("PUT", "undo_redo"), ("PUT", "fork"), ("DELETE", "fork")):
        status, _ = call(server, "ben", method, f"api/collaboration/{path}/{ada.room.name}?action=undo", {})
        assert status == 403, path
    status, reason = call(server, "ben", "POST", f"maxbooster/api/versions/{song.name}", {"name": "mine"})
    assert (status, reason) == (403, "you may only view this session")
    ada.leave()


def test_only_owners_share(server, song):
    assert share(server, song, "ada", "ben", "viewer")[0] == 200
    assert share(server, song, "ben", "ben", "owner")[0] == 403
    assert share(server, song, "ada", "ada", "owner")[0] == 200
    assert share(server, song, "cleo", "cleo", "editor")[0] == 403
    assert share(server, song, "ada", "cleo", "editor")[0] == 200
    assert share(server, song, "cleo", "cleo", "owner")[0] == 403
    assert share(server, song, "ada", "ada", "viewer") == (400, "ada is the only owner; make another user owner first")
    assert share(server, song, "ada", "ada", "king")[0] == 400
    status, answer = call(server, "cleo", "GET", f"maxbooster/api/roles/{song.name}")
    assert (status, answer["role"], answer["roles"]) == (
        200,
        "editor",
        {"ada": "owner", "ben": "viewer", "cleo": "editor"},
    )
    assert call(server, "cleo", "GET", "maxbooster/api/roles/none.mbsession")[0] == 404


def test_the_command_shares_through_the_server(server, song, monkeypatch, capsys):
    monkeypatch.setenv("MAXBOOSTER_SERVER_URL", server.url)
    monkeypatch.setenv("MAXBOOSTER_TOKEN", f"{server.token}-ada")
    monkeypatch.chdir(server.folder)
    assert run(["session", "share", song.name, "ada", "owner", "--json"]) == 0
    assert run(["session", "share", song.name, "ben", "viewer"]) == 0
    capsys.readouterr()
    assert call(server, "ben", "GET", f"maxbooster/api/roles/{song.name}")[1]["role"] == "viewer"
    monkeypatch.setenv("MAXBOOSTER_TOKEN", f"{server.token}-ben")
    assert run(["session", "share", song.name, "ben", "owner"]) == 1
    assert "only an owner of this session may share it" in capsys.readouterr().err


@pytest.mark.parametrize("body", [[], 5, "owner"])
def test_what_is_no_request_is_answered_in_a_sentence(server, song, body):
    answer = call(server, "ada", "PUT", f"maxbooster/api/roles/{song.name}", body)
    assert answer == (400, "expected a JSON object")
    answer = call(server, "ada", "POST", f"maxbooster/api/versions/{song.name}", {"name": "mix"})
    assert answer == (409, "nobody is in this session; join it first")
    (server.folder / "text.mbsession").write_text("no session")
    status, reason = call(server, "ada", "GET", "maxbooster/api/roles/text.mbsession")
    assert (status, reason[:16]) == (400, "text.mbsession: ")


def test_a_role_given_is_in_force_at_once(server, song, until):
    share(server, song, "ada", "ada", "owner")
    ada, ben = join(server, song, "ada"), join(server, song, "ben")
    share(server, song, "ada", "ben", "editor")
    until(lambda: ben.room.role == "editor")
    ben.tracks["drums"].gain = 0.5
    until(lambda: ada.tracks["drums"].gain == 0.5)
    share(server, song, "ada", "ben", "viewer")
    until(lambda: ben.room.role == "viewer")
    ben.leave()
    ada.leave()


def test_an_editor_cannot_shed_the_rights_with_the_uuid(server, song, until):
    share(server, song, "ada", "ada", "owner")
    share(server, song, "ada", "ben", "editor")
    ada, ben = join(server, song, "ada"), join(server, song, "ben")
    uuid = ada.uuid
    ben.document.set(("meta", "uuid"), "another")
    until(lambda: ben.uuid == uuid)
    ben.leave()
    ada.leave()


def test_pages_of_other_hosts_are_refused(server, song):
    _, handles = call(server, "ada", "PUT", f"api/collaboration/session/{song.name}", HANDLES)
    with urllib.request.urlopen(f"{server.url}api/status?token={server.token}", timeout=20) as answer:
        cookie = "; ".join(value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie"))

    async def knock(origin):
        room = f"text:mbsession:{handles['fileId']}?sessionId={handles['sessionId']}"
        headers = {"Cookie": cookie, "Origin": origin}
        url = f"ws{server.url[4:]}api/collaboration/room/{room}"
        await hang_up(await websocket_connect(HTTPRequest(url, headers=headers)))

    asyncio.run(knock(server.url.rstrip("/")))
    with pytest.raises(HTTPClientError, match="403"):
        asyncio.run(knock("http://evil.example"))


def test_a_flood_is_cut_off_and_the_others_go_on(server, song):
    ada = join(server, song, "ada")
    _, handles = call(server, "ben", "PUT", f"api/collaboration/session/{song.name}", HANDLES)

    async def flood():
        room = f"text:mbsession:{handles['fileId']}?sessionId={handles['sessionId']}"
        url = f"ws{server.url[4:]}api/collaboration/room/{room}"
        socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {server.token}-ben"}))
        with contextlib.suppress(WebSocketClosedError):
            for _ in range(20_000):
                await socket.write_message(bytes([9, 9]), binary=True)
        await hang_up(socket)
        return socket.close_code

    assert asyncio.run(flood()) == 1008
    ada.tracks["drums"].gain = 0.5
    ada.save()
    assert json.loads(song.read_text())["tracks"][0]["gain"] == 0.5
    ada.leave()


def test_a_message_that_is_too_large_is_cut_off(server, song):
    _, handles = call(server, "ben", "PUT", f"api/collaboration/session/{song.name}", HANDLES)

    async def shout():
        room = f"text:mbsession:{handles['fileId']}?sessionId={handles['sessionId']}"
        url = f"ws{server.url[4:]}api/collaboration/room/{room}"
        socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {server.token}-ben"}))
        with contextlib.suppress(WebSocketClosedError):
            await socket.write_message(bytes(Limits().message + 1), binary=True)
        while await asyncio.wait_for(socket.read_message(), 60) is not None:  # until the server hangs up
            pass
        socket.close()
        return socket.close_code

    # The reason is lost where the reset of the connection overtakes it.
    assert asyncio.run(shout()) in (1009, None)
    ada = join(server, song, "ada")
    assert ada.tracks["drums"].gain == 1.0
    ada.leave()


def test_roles_outlive_the_server(tmp_path):
    database = Database(tmp_path / "rooms.sqlite")
    Roles(database).give("s", "ada", "owner")
    database.close()
    again = Database(tmp_path / "rooms.sqlite")
    assert Roles(again).listed("s") == {"ada": "owner"}
    again.close()


def test_tiles_of_rendered_sound_are_for_those_who_may_read(server):
    store = TileStore()
    samples = np.random.default_rng().standard_normal((2, FRAMES_OF_A_TILE)).astype(np.float32)
    name = store.put(samples)
    request = urllib.request.Request(
        f"{server.url}maxbooster/api/tiles/{name}", headers={"Authorization": f"token {server.token}-ada"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.read() == samples.tobytes()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request.full_url, timeout=20)
    (store.folder / name[:2] / name).unlink()
    assert call(server, "ada", "GET", f"maxbooster/api/tiles/{name}") == (404, f"there is no tile {name}")
