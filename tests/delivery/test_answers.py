"""What a store answers is fetched over every kind of place, and what it refuses is one sentence."""

import json
import shutil
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from maxbooster_kernel.cli.main import run
from maxbooster_kernel.delivery.connect import connect
from maxbooster_kernel.delivery.package import PackageFile
from maxbooster_kernel.delivery.retry import TransientError
from maxbooster_kernel.delivery.sandbox import SandboxStore
from maxbooster_kernel.errors import DeliveryError

pytestmark = pytest.mark.server
NOTE = PackageFile(path="notes/a.txt", size=4, md5="098f6bcd4621d373cade4e832627b4f6", data=b"test")


def states(capsys, file, *to):
    assert run(["deliver", str(file), "--status", *to, "--json"]) == 0
    told = capsys.readouterr()
    (entry,) = json.loads(told.out)
    return entry["state"], told.err


def test_answers_come_back_from_a_bucket(release, bucket, tmp_path, capsys):
    file = release.folder / "RELEASE.json"
    assert run(["deliver", str(file), "--to", "s3://store/in"]) == 0
    assert "5 files sent, 0 were there, committed" in capsys.readouterr().err
    store = SandboxStore(tmp_path / "store")
    store.prepare()
    for item in bucket.list_objects_v2(Bucket="store")["Contents"]:
        place = store.inbox / item["Key"].removeprefix("in/")
        place.parent.mkdir(parents=True, exist_ok=True)
        bucket.download_file("store", item["Key"], str(place))
    store.process()
    for answer in (store.inbox / "acknowledgements").iterdir():
        bucket.upload_file(str(answer), "store", f"in/acknowledgements/{answer.name}")
    state, told = states(capsys, file, "--to", "s3://store/in")
    assert state == "live"
    assert [line.partition(": ")[2] for line in told.splitlines()] == ["acknowledged", "live"]
    assert run(["deliver", str(file), "--to", "s3://store/in"]) == 0
    assert "already delivered" in capsys.readouterr().err


def test_answers_come_back_over_http(release, web, tmp_path, capsys):
    store = SandboxStore(tmp_path / "store")
    store.prepare()
    web.folder, before = store.inbox, web.folder
    file, to = release.folder / "RELEASE.json", f"http://127.0.0.1:{web.server_port}"
    assert run(["deliver", str(file), "--to", to]) == 0
    store.process()
    assert states(capsys, file, "--to", to)[0] == "live"
    shutil.rmtree(store.inbox / "acknowledgements")
    line = connect(to)
    assert line.names("acknowledgements") == []
    line.close()
    web.folder = before
    assert run(["deliver", str(file), "--status"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["batch", "store", "action", "state", "to"]
    assert row.split()[1:] == ["sandbox", "initial", "live", to]


class Stubborn(BaseHTTPRequestHandler):
    """Answers every request with one status and a text."""

    def log_message(self, *arguments):
        pass

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.server.status)
        self.send_header("Retry-After", str(self.server.after_s))
        self.send_header("Content-Length", "8" if self.command != "HEAD" else "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"no thing")

    do_GET = do_HEAD = do_PUT  # noqa: N815 - the base class calls them so


@pytest.fixture
def stubborn():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stubborn)
    server.status, server.after_s = 503, 7
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_what_an_http_store_answers_says_whether_to_try_again(stubborn):
    line = connect(f"http://127.0.0.1:{stubborn.server_port}/in")
    for status, error, words in (
        (503, TransientError, "in/notes/a.txt: the store answers 503"),
        (429, TransientError, "the store answers 429"),
        (403, DeliveryError, "the store answers 403 no thing"),
        (200, TransientError, "what arrived differs from what was sent"),
    ):
        stubborn.status = status
        with pytest.raises(error, match=words) as raised:
            line.store(NOTE)
        assert getattr(raised.value, "retry_after_s", None) == (7.0 if status in (503, 429) else None)
    assert line.read("notes/a.txt") == b"no thing"
    assert line.names("notes") == [], "what is no list names nothing"
    stubborn.status = 404
    assert line.read("notes/a.txt") is None
    assert line.names("notes") == []
    line.close()


def test_what_a_bucket_refuses_is_one_sentence(bucket, monkeypatch, capsys, release):
    line = connect("s3://store")
    line.store(NOTE)
    assert line.has(NOTE)
    assert line.read("notes/a.txt") == b"test"
    assert line.read("notes/b.txt") is None
    assert line.names("notes") == ["a.txt"]
    assert not line.has(PackageFile(path="notes/a.txt", size=4, md5="0" * 32, data=b"best"))
    line.close()
    file = str(release.folder / "RELEASE.json")
    assert run(["deliver", file, "--to", "s3://elsewhere/in"]) == 1
    said = capsys.readouterr().err
    assert "NoSuchBucket" in said
    assert "Traceback" not in said
    monkeypatch.setenv("AWS_ENDPOINT_URL", "no address")
    with pytest.raises(DeliveryError, match=r"s3://store: .*no address"):
        connect("s3://store")


def test_one_of_several_that_is_refused_is_named_and_the_others_go(release, tmp_path, capsys):
    other = json.loads((release.folder / "RELEASE.json").read_text("utf-8"))
    other["upc"] = "700000000016"
    broken = other | {"upc": "700000000023", "tracks": []}
    files = [str(release.folder / "RELEASE.json")]
    for name, record in (("b.json", other), ("c.json", broken)):
        (release.folder / name).write_text(json.dumps(record))
        files.append(str(release.folder / name))
    assert run(["deliver", *files, "--to", str(tmp_path / "store")]) == 1
    said = capsys.readouterr().err
    assert said.count("files sent, 0 were there, committed") == 2
    assert "maxbooster: 700000000023: " in said
    assert run(["deliver", *files[:2], "--status"]) == 0
    assert capsys.readouterr().out.count("committed") == 2


def test_a_draft_is_said_in_a_line_and_its_findings_below(release, tmp_path, capsys):
    (release.folder / "RELEASE.json").unlink()
    code = run(["ingest", str(release.folder), "-o", str(tmp_path / "draft.json")])
    first, *below = capsys.readouterr().err.splitlines()
    assert (code, first.partition("; ")[0]) == (0, f"{tmp_path / 'draft.json'}: release, 2 tracks")
    assert all(line.startswith("  ") for line in below)
    assert Path(tmp_path / "draft.json").is_file()


def test_a_store_that_stays_busy_is_given_up_and_the_way_on_is_named(stubborn, release, capsys):
    stubborn.after_s = 0
    other = release.folder / "other.json"
    other.write_text((release.folder / "RELEASE.json").read_text("utf-8").replace("700000000009", "700000000016"))
    to = ["--to", f"http://127.0.0.1:{stubborn.server_port}"]
    for files in ([str(other)], [str(other), str(release.folder / "RELEASE.json")]):
        assert run(["deliver", *files, *to]) == 1
        said = capsys.readouterr().err
        assert said.count("the store answers 503; run the command again to go on where it broke off") == len(files)
