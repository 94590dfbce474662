"""A small real release with audio and a cover, a journal of its own, and real servers on loopback that can break."""

import asyncio
import base64
import hashlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import asyncssh
import numpy as np
import pytest
from PIL import Image

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.catalogue import loads_release, write_release
from maxbooster_kernel.delivery.journal import Journal
from maxbooster_kernel.workbench.release import Release

RECORD = """{"upc": "700000000009", "title": "Night", "type": "Album", "label": "North Pier",
 "artists": [{"name": "Ada Vale"}], "genre": "Electronic", "language": "en", "explicit": "NotExplicit",
 "release_date": "2026-12-04", "p_line": {"year": 2026, "text": "2026 North Pier"},
 "c_line": {"year": 2026, "text": "2026 North Pier"}, "cover": "cover.jpg",
 "sender": {"dpid": "PADPIDA2014122301Q", "name": "North Pier"},
 "deals": [{"commercial_model": "SubscriptionModel", "use_types": ["OnDemandStream"], "start": "2026-12-04"}],
 "tracks": [
  {"number": 1, "isrc": "USABC2600001", "title": "Dawn", "duration_s": 1.0, "explicit": "NotExplicit",
   "file": "audio/01.flac", "contributors": [{"name": "Ben Oak", "roles": ["Composer"]}]},
  {"number": 2, "isrc": "USABC2600002", "title": "Dusk", "duration_s": 1.0, "explicit": "NotExplicit",
   "file": "audio/02.flac", "contributors": [{"name": "Ben Oak", "roles": ["Composer"]}]}]}"""


@pytest.fixture(autouse=True)
def _own_places(tmp_path, monkeypatch):
    """Keep caches and databases of the tests apart from the user's."""
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MAXBOOSTER_DATABASE_URL", f"sqlite:///{tmp_path / 'catalogue.sqlite'}")


@pytest.fixture
def release(tmp_path):
    """Return a release whose files are there."""
    folder = tmp_path / "release"
    (folder / "audio").mkdir(parents=True)
    rng = np.random.default_rng(7)
    for number in (1, 2):
        samples = (0.1 * rng.standard_normal((2, 44100))).astype(np.float32)
        AudioBuffer(samples, 44100).write(folder / f"audio/0{number}.flac")
    Image.new("RGB", (1500, 1500), (20, 60, 90)).save(folder / "cover.jpg")
    write_release(folder / "RELEASE.json", loads_release(RECORD))
    return Release.from_json(folder / "RELEASE.json")


@pytest.fixture
def journal(tmp_path):
    """Return a journal in a database of its own."""
    log = Journal.open(tmp_path / "journal.sqlite")
    yield log
    log.close()


class Faults:
    """Counts the steps of a server; the connection breaks before or after the one that was chosen."""

    def __init__(self):
        self.at, self.steps, self.after = None, 0, False

    def plan(self, at, *, after=False):
        self.at, self.steps, self.after = at, 0, after

    def hit(self):
        self.steps += 1
        return self.at is not None and self.steps == self.at


class SftpServer:
    """An asyncssh server in a thread, with a folder, a password and faults."""

    def __init__(self, folder, faults):
        self.folder, self.faults = folder, faults
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.server = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(20)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _listen(self):
        faults, folder = self.faults, self.folder

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel):
                super().__init__(channel, chroot=os.fsencode(str(folder)))

            def _step(self, action, *arguments):
                hit = faults.hit()
                if hit and not faults.after:
                    self.channel.get_connection().abort()
                    raise asyncssh.SFTPFailure("broken")
                result = action(*arguments)
                if hit:
                    getattr(result, "close", lambda: None)()
                    self.channel.get_connection().abort()
                    raise asyncssh.SFTPFailure("broken")
                return result

            def write(self, file, offset, data):
                return self._step(super().write, file, offset, data)

            def open(self, path, flags, attributes):
                return self._step(super().open, path, flags, attributes)

            def posix_rename(self, old, new):
                return self._step(super().posix_rename, old, new)

        class Login(asyncssh.SSHServer):
            def begin_auth(self, username):
                return True

            def password_auth_supported(self):
                return True

            def validate_password(self, username, password):
                return (username, password) == ("ada", "secret")

        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=Login, server_host_keys=[self.key], sftp_factory=Files
        )

    def known_hosts(self, path):
        public = self.key.export_public_key().decode().strip()
        path.write_text(f"[127.0.0.1]:{self.port} {public}\n")
        return path

    def close(self):
        async def stop():
            self.server.close()
            await self.server.wait_closed()

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        self.loop.close()


class Handler(BaseHTTPRequestHandler):
    """A small HTTP store: PUT, HEAD, GET below a folder."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def target(self):
        return Path(self.server.folder) / self.path.strip("/")

    def broken(self):
        if not self.server.faults.hit():
            return False
        self.close_connection = True
        self.connection.shutdown(2)
        return True

    def do_PUT(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.faults.after and self.broken():
            return
        digest = base64.b64encode(hashlib.md5(data).digest()).decode()
        good = digest == self.headers["Content-MD5"]
        if good:
            self.target().parent.mkdir(parents=True, exist_ok=True)
            part = self.target().with_name(f".{self.target().name}.part")
            part.write_bytes(data)
            part.replace(self.target())
        if self.server.faults.after and self.broken():
            return
        self.answer(201 if good else 400)

    def do_HEAD(self):
        file = self.target()
        if not file.is_file():
            self.answer(404)
            return
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.md5(file.read_bytes()).hexdigest()}"')
        self.send_header("Content-Length", str(file.stat().st_size))
        self.end_headers()

    def do_GET(self):
        file = self.target()
        if file.is_dir():
            self.answer(200, json.dumps([item.name for item in file.iterdir()]).encode())
            return
        self.answer(200, file.read_bytes()) if file.is_file() else self.answer(404)

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def sftp(tmp_path_factory):
    faults = Faults()
    server = SftpServer(tmp_path_factory.mktemp("sftp"), faults)
    yield server
    server.close()


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.folder, server.faults = tmp_path_factory.mktemp("http"), Faults()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def bucket(monkeypatch):
    """Return a client of moto's S3 server, with a bucket ``store``; the environment points at it."""
    moto = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    client = boto3.client("s3")
    client.create_bucket(Bucket="store")
    yield client
    client.close()
    server.stop()
