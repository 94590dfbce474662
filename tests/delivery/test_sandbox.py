"""The practice store closes the loop: deliver over SFTP, acknowledged, live, sales that can be imported."""

import asyncio
import csv
import json
import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.cli.main import run
from maxbooster_kernel.ddex.dsr import SalesReport, UsageLine, read_dsr, write_dsr
from maxbooster_kernel.delivery.connect import destination_of
from maxbooster_kernel.delivery.deliver import deliver
from maxbooster_kernel.delivery.poll import poll_acknowledgements
from maxbooster_kernel.delivery.retry import RetryPolicy
from maxbooster_kernel.delivery.sandbox import SandboxStore
from maxbooster_kernel.delivery.sandbox_server import serve
from maxbooster_kernel.delivery.sftp import SftpTransport
from maxbooster_kernel.delivery.transport import FolderTransport
from maxbooster_kernel.errors import MessageError

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_the_loop_closes_over_a_folder(release, journal, tmp_path):
    store = SandboxStore(tmp_path / "store")
    store.prepare()
    to = destination_of(store.inbox)
    deliver(release, to=to, journal=journal, now=NOW)
    (receipt,) = store.process(now=NOW)
    assert receipt.accepted
    assert store.process(now=NOW) == []
    line = FolderTransport(store.inbox)
    states = [entry.state for entry in poll_acknowledgements(journal, line, to, now=NOW)]
    assert states == ["acknowledged", "live"]
    assert poll_acknowledgements(journal, line, to, now=NOW) == []
    assert [track["isrc"] for track in store.catalogue()["700000000009"]["tracks"]] == ["USABC2600001", "USABC2600002"]
    sales, dsr = store.report("2026-12", streams=10_000, seed=1)
    rows = list(csv.DictReader(sales.read_text(encoding="utf-8").splitlines()))
    assert sum(int(row["streams"]) for row in rows) > 5_000
    lines = read_dsr(dsr.read_text(encoding="utf-8"))
    assert [(line.isrc, line.country, str(line.streams)) for line in lines] == [
        (row["track_id"], row["country"], row["streams"]) for row in rows
    ]
    assert store.report("2026-12", streams=10_000, seed=1)[0].read_text() == sales.read_text()


def test_a_takedown_takes_it_down(release, journal, tmp_path):
    store = SandboxStore(tmp_path / "store")
    store.prepare()
    deliver(release, to=store.inbox, journal=journal, now=NOW)
    store.process(now=NOW)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    deliver(release, to=store.inbox, journal=journal, now=later, action="takedown")
    (receipt,) = store.process(now=later)
    assert receipt.accepted, [str(problem) for problem in receipt.problems]
    assert store.catalogue() == {}


@pytest.mark.parametrize(("fault", "state"), [("reject", "rejected"), ("silent", "committed")])
def test_a_store_that_misbehaves(release, journal, tmp_path, fault, state):
    store = SandboxStore(tmp_path / "store", fault)
    store.prepare()
    to = destination_of(store.inbox)
    deliver(release, to=to, journal=journal, now=NOW)
    store.process(now=NOW)
    poll_acknowledgements(journal, FolderTransport(store.inbox), to, now=NOW)
    assert journal.entries()[-1].state == state


def test_a_store_that_answers_late(release, journal, tmp_path):
    store = SandboxStore(tmp_path / "store", "late")
    store.prepare()
    deliver(release, to=store.inbox, journal=journal, now=NOW)
    assert store.process(now=NOW) == []
    (receipt,) = store.process(now=NOW)
    assert receipt.accepted


def test_a_store_that_spoils_a_file_asks_for_it_again(release, journal, tmp_path):
    store = SandboxStore(tmp_path / "store", "damage")
    store.prepare()
    to = destination_of(store.inbox)
    first = deliver(release, to=to, journal=journal, now=NOW)
    (receipt,) = store.process(now=NOW)
    assert "SignatureOrHashSumWrongOrMissing" in receipt.acknowledgement.codes
    assert receipt.acknowledgement.proposal == "ResendXmlAndResources"
    (entry,) = poll_acknowledgements(journal, FolderTransport(store.inbox), to, now=NOW)
    assert entry.state == "rejected"
    again = deliver(release, to=to, journal=journal, now=NOW)
    assert again.batch != first.batch
    (receipt,) = replace(store, fault="none").process(now=NOW)
    assert receipt.accepted


@pytest.mark.server
def test_a_store_that_breaks_connections_gets_everything_in_the_end(release, journal, tmp_path, monkeypatch):
    store = SandboxStore(tmp_path / "store", "drop")
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    found = {}

    def on_ready(port, word):
        found["port"], found["word"] = port, word
        ready.set()

    work = serve(store, every_s=0.05, ready=on_ready, answered=lambda _: None, until=stop)
    thread = threading.Thread(target=loop.run_until_complete, args=(work,), daemon=True)
    thread.start()
    assert ready.wait(20)
    monkeypatch.setenv("MAXBOOSTER_SFTP_PASSWORD", found["word"])
    url = f"sftp://supplier@127.0.0.1:{found['port']}/"
    line = SftpTransport(url, known_hosts=store.folder / "known_hosts")
    waits = []
    policy = RetryPolicy(sleep=waits.append)
    result = deliver(release, to=url, journal=journal, transport=line, policy=policy, now=NOW)
    line.close()
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)
    loop.close()
    assert result.state == "committed"
    assert waits
    assert "retry" in [event["event"] for event in journal.events(result.entry)]


@pytest.mark.server
def test_the_loop_closes_over_sftp(release, journal, tmp_path, monkeypatch):
    store = SandboxStore(tmp_path / "store")
    loop = asyncio.new_event_loop()
    stop, ready, answered = asyncio.Event(), threading.Event(), threading.Event()
    found = {}

    def on_ready(port, word):
        found["port"], found["word"] = port, word
        ready.set()

    work = serve(store, password="open", every_s=0.05, ready=on_ready, answered=lambda _: answered.set(), until=stop)
    thread = threading.Thread(target=loop.run_until_complete, args=(work,), daemon=True)
    thread.start()
    assert ready.wait(20)
    monkeypatch.setenv("MAXBOOSTER_SFTP_PASSWORD", found["word"])
    url = f"sftp://supplier@127.0.0.1:{found['port']}/"
    line = SftpTransport(url, known_hosts=store.folder / "known_hosts")
    deliver(release, to=url, journal=journal, transport=line, now=NOW)
    assert answered.wait(20)
    states = [entry.state for entry in poll_acknowledgements(journal, line, destination_of(url), now=NOW)]
    assert states == ["acknowledged", "live"]
    line.close()
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)
    loop.close()


def test_the_command_line_store(release, journal, tmp_path, capsys):
    store = SandboxStore(tmp_path / "store")
    store.prepare()
    deliver(release, to=store.inbox, journal=journal, now=NOW)
    assert run(["sandbox", str(store.folder), "--once", "--json"]) == 0
    assert [row["accepted"] for row in json.loads(capsys.readouterr().out)] == [True]
    assert run(["sandbox", str(store.folder), "--report", "2026-12", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert run(["sandbox", str(store.folder), "--report", "December"]) == 1
    assert run(["sandbox", str(store.folder), "--fault", "fire"]) == 2


@pytest.mark.server
def test_the_command_serves_until_ctrl_c(release, tmp_path, monkeypatch, capsys):
    command = [sys.executable, "-m", "maxbooster_kernel", "sandbox", str(tmp_path / "store"), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as store:
        url = store.stderr.readline().split()[-1]
        word, hosts = re.fullmatch(
            r"password (\S+); known hosts (.*); stop with Ctrl-C\n", store.stderr.readline()
        ).groups()
        monkeypatch.setenv("MAXBOOSTER_SFTP_PASSWORD", word)
        monkeypatch.setenv("MAXBOOSTER_SFTP_KNOWN_HOSTS", hosts)
        assert run(["deliver", str(release.folder / "RELEASE.json"), "--to", url]) == 0, capsys.readouterr().err
        assert store.stderr.readline() == "700000000009: accepted\n"
        assert run(["deliver", str(release.folder / "RELEASE.json"), "--to", url, "--status"]) == 0
        store.send_signal(signal.SIGINT)
        assert store.stderr.read() == "interrupted; nothing half written was left\n"
    assert store.returncode == 130
    assert "live" in capsys.readouterr().out


words = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"], exclude_characters="|"), min_size=1, max_size=9
)


@given(
    st.lists(
        st.builds(
            UsageLine, upc=words, isrc=words, title=words, artist=words, country=words, streams=st.integers(0, 10**12)
        ),
        max_size=6,
    )
)
def test_a_sales_report_is_read_back(lines):
    unique = list({(line.upc, line.isrc): line for line in lines}.values())
    facts = dict.fromkeys(
        ("message_id", "created", "start", "end", "sender", "sender_name", "recipient", "recipient_name"), "x"
    )
    text = write_dsr(SalesReport(**facts, service="S", lines=tuple(unique)))
    assert sorted(map(repr, read_dsr(text))) == sorted(map(repr, unique))


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["HEAD", "SY01", "AS02", "SU02\tB\tS\tT", "FOOT", "x"])).map("\n".join)
)
def test_any_text_is_a_report_or_a_message_error(text):
    try:
        read_dsr(text)
    except MessageError:
        return
