"""Stores without DDEX: Apple's package in a folder and the REST shape on a real server, each exactly once."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.delivery.deliver import deliver
from maxbooster_kernel.delivery.retry import RetryPolicy
from maxbooster_kernel.errors import DeliveryError
from maxbooster_kernel.workbench.release import Release

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def wav_release(release, tmp_path):
    """Return the release with WAV files and a large cover, as Apple wants them."""
    data = release.to_dict()
    rng = np.random.default_rng(5)
    for number, track in enumerate(data["tracks"], start=1):
        track["file"] = f"audio/0{number}.wav"
        samples = (0.1 * rng.standard_normal((2, 44100))).astype(np.float32)
        AudioBuffer(samples, 44100).write(release.folder / track["file"])
    Image.new("RGB", (3000, 3000)).save(release.folder / "cover.jpg")
    data["recipient"] = {"dpid": "PADPIDA2013020802I", "name": "x"}
    return Release.from_dict(data, release.folder)


def test_apple_gets_its_package_once(wav_release, journal, tmp_path):
    first = deliver(wav_release, store="apple", to=tmp_path / "out", journal=journal, now=NOW)
    assert "700000000009.itmsp/metadata.xml" in first.sent
    assert deliver(wav_release, store="apple", to=tmp_path / "out", journal=journal).sent == ()


def test_rest_is_posted_once_and_tried_again_when_busy(wav_release, journal):
    posts = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.append((self.path, self.headers["Idempotency-Key"], json.loads(body)))
            self.send_response(503 if len(posts) == 1 else 201)
            self.send_header("Retry-After", "7")
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        waits = []
        to = f"http://127.0.0.1:{server.server_port}"
        policy = RetryPolicy(sleep=waits.append)
        deliver(wav_release, store="rest", to=to, journal=journal, policy=policy, now=NOW)
        deliver(wav_release, store="rest", to=to, journal=journal, policy=policy)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert waits == [7.0]
    assert len(posts) == 2
    assert posts[0][1] == posts[1][1]
    assert posts[1][0] == "/catalog/ingest"
    assert posts[1][2]["tracks"][0] == {
        "isrc": "USABC2600001",
        "name": "Dawn",
        "duration_ms": 1000,
        "audio_url": "audio/01.wav",
    }


def test_apple_has_no_server(wav_release, journal):
    with pytest.raises(DeliveryError, match="Transporter"):
        deliver(wav_release, store="apple", to="https://store.invalid", journal=journal)
