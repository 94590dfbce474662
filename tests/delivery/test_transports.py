"""Real servers on loopback, broken at every step: one complete batch in the end, manifest last, nothing sent twice."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest

from maxbooster_kernel.delivery.connect import connect, destination_of
from maxbooster_kernel.delivery.deliver import deliver
from maxbooster_kernel.delivery.http import HttpTransport
from maxbooster_kernel.delivery.receive import receive_batch
from maxbooster_kernel.delivery.retry import RetryPolicy, TransientError
from maxbooster_kernel.delivery.sftp import SftpTransport
from maxbooster_kernel.errors import DeliveryError

pytestmark = pytest.mark.server
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ONCE = RetryPolicy(tries=1, sleep=lambda _seconds: None)


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
    make = lambda to: SftpTransport(to, known_hosts=known)  # noqa: E731 - a maker a line
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


def test_a_folder_is_listed_while_its_files_are_being_written(sftp, tmp_path):
    """A store writes each answer beside its name and renames it; a server that is looking just then finds it gone."""
    sftp.faults.plan(None)
    folder = sftp.folder / "busy"
    folder.mkdir()
    (folder / "kept.xml").touch()
    answer = "open('.part', 'w').close(); os.rename('.part', f'{n % 40}.xml')"
    writes = f"import os, time\nwhile True:\n for n in range(200): {answer}\n time.sleep(0.03)"
    store = subprocess.Popen([sys.executable, "-c", writes], cwd=folder)
    line = SftpTransport(f"sftp://ada@127.0.0.1:{sftp.port}/", known_hosts=sftp.known_hosts(tmp_path / "known_hosts"))
    try:
        while len(line.names("busy")) < 40:
            pass
        assert all("kept.xml" in line.names("busy") for _ in range(60))
        assert line.read("busy/none.xml") is None
    finally:
        store.kill()
        store.wait()
        line.close()


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


@pytest.mark.parametrize("after", [False, True])
def test_s3_broken_at_every_put_converges(release, journal, bucket, after):
    """Break before a put (nothing arrived) or after it (all arrived, and the sender does not know)."""
    from maxbooster_kernel.delivery.s3 import S3Transport

    for at in range(6):
        to = f"s3://store/{'after' if after else 'before'}{at}"
        line = S3Transport(to)
        puts = [0]
        original = line._client.put_object

        def put(*, puts=puts, at=at, original=original, errors=line._errors, **options):
            puts[0] += 1
            broken = puts[0] == at + 1
            answer = original(**options) if after or not broken else None
            if broken:
                raise errors.EndpointConnectionError(endpoint_url="broken")
            return answer

        line._client.put_object = put
        if at < 5:
            with pytest.raises(TransientError):
                deliver(release, to=to, journal=journal, transport=line, policy=ONCE, now=NOW)
        result = deliver(release, to=to, journal=journal, transport=line, policy=ONCE, now=NOW)
        line.close()
        kept = min(at + after, 5) if at < 5 else 0
        assert (len(result.kept), len(result.sent)) == (kept, 5 - kept)
        assert result.state == "committed"
        listed = bucket.list_objects_v2(Bucket="store", Prefix=to.removeprefix("s3://store/") + "/")["Contents"]
        keys = [item["Key"] for item in listed]
        assert len([key for key in keys if "BatchComplete" in key]) == 1
        assert len(keys) == 5


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


@pytest.mark.parametrize(
    "to", ["sftp://", "sftp:///inbox", "http://:80/x", "sftp://store:port/x", "s3://", "s3://no bucket/x"]
)
def test_an_address_that_names_no_place_is_refused_before_anything_is_sent(to):
    with pytest.raises(DeliveryError, match=r"expected (sftp|http)://host/folder|expected a bucket"):
        connect(destination_of(to))
