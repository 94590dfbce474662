"""What the doctor says of a server."""

import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.collab.checkup import check_rooms


def codes(*given):
    return [(problem.code, problem.severity) for problem in check_rooms(*given)[1]]


def test_no_server(monkeypatch, tmp_path):
    for name in ("MAXBOOSTER_SERVER_URL", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    assert codes() == [("no_server", "info")]


def test_a_server_that_does_not_answer():
    assert codes("http://127.0.0.1:9", "x") == [("unreachable", "error")]


@pytest.mark.server
def test_a_server_that_runs(rooms, until):
    assert codes(rooms.url, rooms.token) == []
    assert codes(rooms.url, "wrong") == [("refused", "error")]
    path = mb.Session.new("x").save(rooms.folder / "x.mbsession")
    session = mb.Session.join("x.mbsession", server_url=rooms.url, token=rooms.token)
    session.save()  # or the first save, still under way, would put the file back
    path.unlink()
    until(lambda: codes(rooms.url, rooms.token) == [("file", "error")])
    session.leave()


@pytest.mark.server
def test_a_session_opened_as_a_text_is_only_shown(rooms, until):
    from maxbooster_kernel.collab.discovery import Server
    from maxbooster_kernel.collab.join import ask

    path = mb.Session.new("shown").save(rooms.folder / "shown.mbsession")
    before = path.read_text()
    server = Server(url=rooms.url, token=rooms.token)
    assert ask(server, "GET", "api/contents/shown.mbsession?type=file&content=0")["writable"] is False
    assert ask(server, "GET", "api/contents/shown.mbsession?content=0")["writable"] is True
    handles = ask(server, "PUT", "api/collaboration/session/shown.mbsession", {"format": "text", "type": "file"})
    room = f"text:file:{handles['fileId']}"

    async def scribble():
        from pycrdt import Doc, Text, create_sync_message, create_update_message, handle_sync_message
        from tornado.httpclient import HTTPRequest
        from tornado.websocket import websocket_connect

        url = f"{server.websocket_url}api/collaboration/room/{room}?sessionId={handles['sessionId']}"
        socket = await websocket_connect(HTTPRequest(url, headers=server.headers))
        doc = Doc()
        await socket.write_message(create_sync_message(doc), binary=True)
        while "maxbooster-session" not in str(doc.get("source", type=Text)):
            message = await socket.read_message()
            if message[0] == 0 and message[1] == 1:
                handle_sync_message(message[1:], doc)
        doc.get("source", type=Text).insert(0, "scribble")
        await socket.write_message(create_update_message(doc.get_update()), binary=True)
        other = Doc()
        await socket.write_message(create_sync_message(other), binary=True)
        while not str(other.get("source", type=Text)):
            message = await socket.read_message()
            if message[0] == 0 and message[1] == 1:
                handle_sync_message(message[1:], other)
        socket.close()
        while await socket.read_message() is not None:
            pass
        return str(other.get("source", type=Text))

    import asyncio

    assert asyncio.run(scribble()) == before
    assert path.read_text() == before
