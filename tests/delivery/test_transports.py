"""Real servers on loopback, broken at every step: one complete batch in the end, manifest last, nothing sent twice."""

import asyncio
import base64
import hashlib
import os
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import asyncssh
import pytest

from maxbooster_kernel.delivery.deliver import deliver
from maxbooster_kernel.delivery.http import HttpTransport
from maxbooster_kernel.delivery.receive import receive_batch
from maxbooster_kernel.delivery.retry import RetryPolicy, TransientError
from maxbooster_kernel.delivery.sftp import SftpTransport
from maxbooster_kernel.errors import DeliveryError

pytestmark = pytest.mark.server
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ONCE = RetryPolicy(tries=1, sleep=lambda _seconds: None)


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


@pytest.fixture(autouse=True)
def _secrets(monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_SFTP_PASSWORD", "secret")


def converge(release, journal, make, faults, folder, destination, steps, *, after, stride=1):
    """Deliver with a fault at each step in turn, each time to a folder of its own; return how many faults hit."""
    hits = 0
    for at in range(1, steps + 1, stride):
        to = f"{destination}/{'after' if after else 'before'}{at}"
        local = folder / to.rsplit("/", 1)[1]
        faults.plan(at, after=after)
        line = make(to)
        try:
            deliver(release, to=to, journal=journal, transport=line, policy=ONCE, now=NOW)
        except TransientError:
            hits += 1
            done = {
                path: path.stat().st_mtime_ns
                for path in local.rglob("*")
                if path.is_file() and ".part" not in path.name
            }
            assert not list(local.rglob("BatchComplete*")) or after
        finally:
            line.close()
        if hits == 0 or faults.steps < at:
            break
        faults.plan(None)
        line = make(to)
        result = deliver(release, to=to, journal=journal, transport=line, policy=ONCE)
        line.close()
        assert result.state == "committed"
        assert len(list(local.rglob("BatchComplete*"))) == 1
        assert not list(local.rglob("*.part"))
        assert all(path.stat().st_mtime_ns == when for path, when in done.items())
        assert len(result.sent) + len(result.kept) == 5
        (receipt,) = receive_batch(local / result.batch, now=NOW)
        assert receipt.accepted
    return hits


@pytest.mark.parametrize("after", [False, True])
def test_sftp_broken_at_every_step_converges(release, journal, sftp, tmp_path, after):
    known = sftp.known_hosts(tmp_path / "known_hosts")
    url = f"sftp://ada@127.0.0.1:{sftp.port}"
    make = lambda to: SftpTransport(to, known_hosts=known)  # noqa: E731
    hits = converge(release, journal, make, sftp.faults, sftp.folder, url, 60, after=after, stride=3 if after else 1)
    assert hits >= 6


@pytest.mark.parametrize("after", [False, True])
def test_http_broken_at_every_step_converges(release, journal, web, after):
    url = f"http://127.0.0.1:{web.server_port}"
    hits = converge(release, journal, HttpTransport, web.faults, Path(web.folder), url, 20, after=after)
    assert hits == 5


def test_a_wrong_host_key_is_refused(release, journal, sftp, tmp_path):
    sftp.faults.plan(None)
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{sftp.port} {other}\n")
    url = f"sftp://ada@127.0.0.1:{sftp.port}/x"
    line = SftpTransport(url, known_hosts=known)
    with pytest.raises(DeliveryError, match="key is not known"):
        deliver(release, to=url, journal=journal, transport=line, now=NOW)
    line.close()


def test_without_known_hosts_nothing_is_tried(tmp_path):
    with pytest.raises(DeliveryError, match="known hosts"):
        SftpTransport("sftp://ada@127.0.0.1/x", known_hosts=tmp_path / "none")


def test_a_wrong_password_is_not_tried_again(release, journal, sftp, tmp_path, monkeypatch):
    sftp.faults.plan(None)
    monkeypatch.setenv("MAXBOOSTER_SFTP_PASSWORD", "wrong")
    slept = []
    url = f"sftp://ada@127.0.0.1:{sftp.port}/y"
    line = SftpTransport(url, known_hosts=sftp.known_hosts(tmp_path / "known_hosts"))
    with pytest.raises(DeliveryError, match="login refused") as caught:
        deliver(release, to=url, journal=journal, transport=line, now=NOW, policy=RetryPolicy(sleep=slept.append))
    line.close()
    assert slept == []
    assert "wrong" not in str(caught.value)


def test_a_large_file_goes_on_where_it_broke(release, journal, sftp, tmp_path):
    """The bytes that had arrived are compared and kept, not sent again."""
    from maxbooster_kernel.delivery.package import PackageFile

    sftp.faults.plan(None)
    data = os.urandom(3 * 1024 * 1024)
    file = PackageFile(path="big/a.flac", size=len(data), md5=hashlib.md5(data).hexdigest(), data=data)
    folder = sftp.folder / "resume/big"
    folder.mkdir(parents=True)
    (folder / ".a.flac.part").write_bytes(data[: 2 * 1024 * 1024])
    line = SftpTransport(
        f"sftp://ada@127.0.0.1:{sftp.port}/resume", known_hosts=sftp.known_hosts(tmp_path / "known_hosts")
    )
    sftp.faults.plan(None)
    line.store(file)
    writes = sftp.faults.steps
    assert (folder / "a.flac").read_bytes() == data
    (folder / ".b.flac.part").write_bytes(b"wrong" * 100)
    line.store(PackageFile(path="big/b.flac", size=len(data), md5=file.md5, data=data))
    line.close()
    assert (folder / "b.flac").read_bytes() == data
    assert writes < 1024 * 1024 / (256 * 1024) + 6


def test_s3_on_a_real_server(release, journal, monkeypatch):
    moto = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    from maxbooster_kernel.delivery.s3 import S3Transport

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
    try:
        for at in range(6):
            line = S3Transport(f"s3://store/in{at}")
            puts = [0]
            original = line._client.put_object

            def put(*, puts=puts, at=at, original=original, errors=line._errors, **options):
                puts[0] += 1
                if puts[0] == at + 1:
                    raise errors.EndpointConnectionError(endpoint_url="broken")
                return original(**options)

            line._client.put_object = put
            if at < 5:
                with pytest.raises(TransientError):
                    deliver(release, to=f"s3://store/in{at}", journal=journal, transport=line, policy=ONCE, now=NOW)
            result = deliver(release, to=f"s3://store/in{at}", journal=journal, transport=line, policy=ONCE, now=NOW)
            line.close()
            assert (len(result.kept), len(result.sent)) == ((at, 5 - at) if at < 5 else (0, 5))
            keys = [item["Key"] for item in client.list_objects_v2(Bucket="store", Prefix=f"in{at}/")["Contents"]]
            assert len([key for key in keys if "BatchComplete" in key]) == 1
            assert len(keys) == 5
    finally:
        client.close()
        server.stop()


def test_three_tries_with_growing_waits_and_no_more():
    waits, calls = [], []

    class Middle:
        def uniform(self, low, high):
            return high

    def fail():
        calls.append(1)
        raise TransientError("busy")

    policy = RetryPolicy(sleep=waits.append, rng=Middle(), clock=lambda: 0.0)
    with pytest.raises(TransientError):
        policy.call(fail)
    assert (len(calls), waits) == (3, [5.0, 10.0])


def test_the_server_says_how_long_to_wait():
    waits = []

    def fail():
        if len(waits) < 1:
            raise TransientError("busy", retry_after_s=7)
        return "done"

    assert RetryPolicy(sleep=waits.append, clock=lambda: 0.0).call(fail) == "done"
    assert waits == [7.0]


def test_an_error_that_stays_is_not_tried_again():
    calls = []

    def fail():
        calls.append(1)
        raise DeliveryError("refused")

    with pytest.raises(DeliveryError):
        RetryPolicy(sleep=lambda _: None).call(fail)
    assert len(calls) == 1
