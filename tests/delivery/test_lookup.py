"""Look-ups against a real server on loopback: every store's answer, missing fields, refusals, spotipy's credentials."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from maxbooster_kernel.delivery.lookup import look_up
from maxbooster_kernel.errors import DeliveryError

ISRC, UPC = "USABC2600001", "700000000009"
SPOTIFY = {"name": "Dawn", "artists": [{"name": "Ada"}], "album": {"release_date": "2026"}}
ANSWERS = {
    "spotify": {"tracks": {"items": [SPOTIFY]}, "albums": {"items": [SPOTIFY | {"release_date": "2026"}]}},
    "apple": {
        "data": [{"attributes": {"name": "Dawn", "artistName": "Ada", "releaseDate": "2026", "url": "https://x"}}]
    },
    "youtube": {"items": [{"id": {"videoId": "x"}, "snippet": {"title": "Dawn", "channelTitle": "Ada"}}]},
}
BARE = {
    "spotify": {"tracks": {"items": [{}]}, "albums": {"items": [{}]}},
    "apple": {"data": [{}]},
    "youtube": {"items": [{}]},
}
EMPTY = {"spotify": {"tracks": {"items": []}}, "apple": {"data": []}, "youtube": {"items": []}}
PATHS = {"spotify": "/search", "apple": "/catalog/us/songs", "youtube": "/search"}


class Handler(BaseHTTPRequestHandler):
    """Answers every question with what the test has put there, and keeps the questions."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        status, answer = self.server.answer
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((self.path, dict(self.headers) | {"body": body}))
        self.server.answer, answer = self.server.after, self.server.answer
        data = json.dumps(answer[1]).encode()
        self.send_response(answer[0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def store():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.seen, server.answer, server.after = [], (200, {}), (200, {})
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def ask(store, name, answer, status=200, identifier="US-ABC-26-00001"):
    store.answer = (status, answer)
    return look_up(identifier, store=name, base_url=store.url, token="secret")


@pytest.mark.parametrize("name", ANSWERS)
def test_a_live_recording_is_found(store, name):
    result = ask(store, name, ANSWERS[name])
    assert (result.live, result.identifier, result.title, result.artist) == (True, ISRC, "Dawn", "Ada")
    path, headers = store.seen[0]
    assert path.startswith(PATHS[name])
    assert ISRC in unquote(path)
    assert "secret" not in path
    assert "secret" in " ".join(headers.values())
    assert "secret" not in repr(result)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_live_release_is_found(store, name):
    result = ask(store, name, ANSWERS[name], identifier=UPC)
    assert (result.live, result.identifier) == (True, UPC)
    question = parse_qs(urlsplit(store.seen[0][0]).query)
    assert UPC in str(question)


@pytest.mark.parametrize("name", BARE)
def test_fields_that_are_missing_are_none(store, name):
    result = ask(store, name, BARE[name])
    assert result.live
    assert (result.title, result.artist, result.release_date, result.url) == (None, None, None, None)


@pytest.mark.parametrize("name", EMPTY)
def test_an_unknown_recording_is_not_live(store, name):
    assert ask(store, name, EMPTY[name]).live is False
    assert ask(store, name, {}, status=404).live is False


@pytest.mark.parametrize("name", ANSWERS)
def test_a_strange_answer_is_one_sentence(store, name):
    for answer, status in (({"x": 1}, 200), ([], 200), (b"<html>", 200), ({}, 401), ({}, 500)):
        with pytest.raises(DeliveryError) as caught:
            ask(store, name, answer, status)
        assert "secret" not in str(caught.value)


def test_a_store_that_does_not_answer_is_one_sentence(store):
    gone = store.url
    store.shutdown()
    store.server_close()
    with pytest.raises(DeliveryError, match="spotify: no answer"):
        look_up(ISRC, store="spotify", base_url=gone, token="secret")


def test_spotipy_gets_the_token(store, monkeypatch, tmp_path):
    pytest.importorskip("spotipy")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAXBOOSTER_SPOTIFY_TOKEN", raising=False)
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "the-client")
    monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", "the-secret")
    monkeypatch.setenv("MAXBOOSTER_SPOTIFY_ACCOUNTS_URL", f"{store.url}/api/token")
    store.answer = (200, {"access_token": "fresh", "token_type": "Bearer", "expires_in": 3600})
    store.after = (200, ANSWERS["spotify"])
    result = look_up(ISRC, store="spotify", base_url=store.url)
    assert (result.live, result.title) == (True, "Dawn")
    assert [path.split("?")[0] for path, _ in store.seen] == ["/api/token", "/search"]
    assert "client_credentials" in store.seen[0][1]["body"]
    assert store.seen[1][1]["Authorization"] == "Bearer fresh"
    assert not list(tmp_path.iterdir()), "a token was kept in a file"
    store.answer = (400, {"error": "invalid_client"})
    with pytest.raises(DeliveryError, match="client credentials were refused") as caught:
        look_up(ISRC, store="spotify", base_url=store.url)
    assert "the-secret" not in str(caught.value)


def test_nothing_is_asked_without_token_or_identifier(monkeypatch):
    for name in ("MAXBOOSTER_APPLE_TOKEN", "SPOTIPY_CLIENT_ID", "MAXBOOSTER_SPOTIFY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DeliveryError, match="MAXBOOSTER_APPLE_TOKEN"):
        look_up(ISRC, store="apple")
    with pytest.raises(DeliveryError, match="expected an ISRC or UPC"):
        look_up("nothing", store="apple", token="x")
