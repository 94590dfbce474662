"""Many deliveries at once: so many at a time, each release's in order, takedowns first, one process at a time."""

import asyncio
import json
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from maxbooster_kernel.cli.main import run
from maxbooster_kernel.delivery.alone import alone
from maxbooster_kernel.delivery.queue import DeliveryJob, deliver_many, deliver_queue
from maxbooster_kernel.delivery.receive import receive_batch
from maxbooster_kernel.errors import DeliveryError
from maxbooster_kernel.workbench.release import Release

UPCS = ("700000000009", "700000000016", "700000000023", "700000000030")


def one_of(release, upc, title="Night"):
    return Release(replace(release.record, upc=upc, title=title), release.folder)


def jobs_of(release, place, *actions):
    return [DeliveryJob(release=one_of(release, UPCS[index]), to=place, action=action) for index, action in actions]


def test_many_releases_arrive_and_a_bad_one_stops_no_other(release, journal, tmp_path):
    place = tmp_path / "store"
    jobs = jobs_of(release, place, *((index, "initial") for index in range(4)))
    jobs[2] = DeliveryJob(release=one_of(release, "700000000001"), to=place)
    outcomes = deliver_many(jobs, journal=journal, concurrency=2)
    assert [outcome.ok for outcome in outcomes] == [True, True, False, True]
    assert "check digit" in str(outcomes[2].error)
    for outcome in (outcomes[0], outcomes[1], outcomes[3]):
        (receipt,) = receive_batch(place / outcome.delivery.batch)
        assert receipt.accepted


def test_so_many_at_once_and_no_more(release, tmp_path):
    """Two must meet at the barrier, or it breaks; a third would be counted."""
    meet, lock, running, most = threading.Barrier(2, timeout=30), threading.Lock(), set(), []

    def send(job):
        with lock:
            running.add(job.lane)
            most.append(len(running))
        meet.wait()
        with lock:
            running.discard(job.lane)

    jobs = jobs_of(release, tmp_path, *((index, "initial") for index in range(4)))
    outcomes = asyncio.run(deliver_queue(jobs, send, 2))
    assert all(outcome.ok for outcome in outcomes)
    assert max(most) == 2


def test_a_takedown_goes_first_and_a_release_keeps_its_order(release, tmp_path):
    sent = []
    jobs = jobs_of(
        release,
        tmp_path,
        (0, "initial"),
        (0, "update"),
        (1, "initial"),
        (2, "takedown"),
        (1, "takedown"),
        (1, "update"),
    )
    outcomes = asyncio.run(deliver_queue(jobs, lambda job: sent.append((UPCS.index(job.lane[0]), job.action)), 1))
    assert sent[:2] == [(1, "takedown"), (2, "takedown")]
    assert [action for upc, action in sent if upc == 0] == ["initial", "update"]
    assert [action for upc, action in sent if upc == 1] == ["takedown", "update"]
    assert [outcome.superseded for outcome in outcomes] == [False, False, True, False, False, False]


def test_it_runs_inside_a_notebooks_loop(release, journal, tmp_path):
    async def cell():
        return deliver_many(jobs_of(release, tmp_path / "store", (0, "initial")), journal=journal)

    (outcome,) = asyncio.run(cell())
    assert outcome.delivery.state == "committed"


def test_a_concurrency_of_nothing_is_refused(release, journal, tmp_path):
    with pytest.raises(DeliveryError, match="concurrency"):
        deliver_many([], concurrency=0, journal=journal)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_waits_for_the_other(request, journal, kind):
    """The second enters only after the first has said that it leaves."""
    engine = journal.engine
    if kind == "postgresql":
        from sqlalchemy import create_engine

        engine = create_engine(request.getfixturevalue("postgres"))
    said, started = [], threading.Event()

    def second():
        started.set()
        with alone(engine, "700000000009", "file:///store"):
            said.append("second")

    with alone(engine, "700000000009", "file:///store"):
        thread = threading.Thread(target=second)
        thread.start()
        assert started.wait(20)
        with alone(engine, "700000000009", "file:///elsewhere"):
            said.append("another place does not wait")
        said.append("first leaves")
    thread.join(20)
    assert said == ["another place does not wait", "first leaves", "second"]
    engine.dispose()


def test_two_processes_make_one_batch(release, tmp_path):
    file, store = str(release.folder / "RELEASE.json"), tmp_path / "store"
    command = [sys.executable, "-m", "maxbooster_kernel", "deliver", file, "--to", str(store), "--json"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    made = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sorted(len(facts["sent"]) for facts in made) == [0, 0, 5]
    assert len({facts["batch"] for facts in made}) == 1
    assert len(list(store.iterdir())) == 1


def test_the_command_takes_several_releases(release, tmp_path, capsys):
    files = []
    for index, upc in enumerate(UPCS[:2]):
        one = one_of(release, upc)
        files.append(str(one.to_json(release.folder / f"R{index}.json")))
    store = tmp_path / "store"
    assert run(["deliver", *files, "--to", str(store), "--json"]) == 0
    shown = capsys.readouterr()
    assert [facts["upc"] for facts in json.loads(shown.out)] == list(UPCS[:2])
    assert "100%" in shown.err
    assert run(["deliver", *files, "--status", "--json"]) == 0
    assert [facts["state"] for facts in json.loads(capsys.readouterr().out)] == ["committed", "committed"]
