"""The store of updates: everything is there, compacted, and shared by several servers without loss."""

import asyncio

import pytest
from pycrdt import Doc, Map
from pycrdt.store import YDocNotFound

from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.server.store import MixStore, RoomLog


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "rooms.sqlite")
    yield opened
    opened.close()


def write(log, doc, count, key="x"):
    end = doc.observe(lambda event: log.append(event.update))
    faders = doc.get("tracks", type=Map)
    for number in range(count):
        faders[key] = float(number)
    doc.unobserve(end)


def content(database, room="r"):
    doc = Doc()
    store = MixStore(room, room_log=RoomLog(database, room))
    asyncio.run(store.apply_updates(doc))
    return doc.get("tracks", type=Map).to_py()


def test_what_is_appended_is_read(database):
    write(RoomLog(database, "r"), Doc(), 100)
    write(RoomLog(database, "other"), Doc(), 3)
    assert content(database) == {"x": 99.0}


def test_nothing_is_found_where_nothing_was(database):
    with pytest.raises(YDocNotFound):
        content(database)


def test_compaction_leaves_one_row_no_larger_than_the_state(database):
    log, doc = RoomLog(database, "r"), Doc()
    write(log, doc, 5000)
    log.compact(doc.get_update())
    log.flushed().result(10)
    rows = database.read("SELECT length(data) FROM updates")
    assert rows == [(len(doc.get_update()),)]
    assert content(database) == {"x": 4999.0}


def test_compaction_leaves_what_another_server_wrote_meanwhile(database):
    mine, doc = RoomLog(database, "r"), Doc()
    write(mine, doc, 10)
    write(RoomLog(database, "r"), Doc(), 1, key="theirs")
    mine.compact(doc.get_update())
    mine.flushed().result(10)
    assert content(database) == {"x": 9.0, "theirs": 0.0}


def test_space_is_given_back(database):
    log, doc = RoomLog(database, "r"), Doc()
    write(log, doc, 20_000)
    log.flushed().result(30)
    large = database.size()
    log.compact(doc.get_update())
    database.tidy().result(30)
    assert database.size() < large / 4


def test_the_memory_of_the_file_is_kept(database):
    log = RoomLog(database, "r")
    assert log.recall() == {}
    log.remember({"agreed": {"name": "x"}})
    log.flushed().result(10)
    assert RoomLog(database, "r").recall() == {"agreed": {"name": "x"}}


def test_who_wrote_is_stored_with_what_they_wrote(database):
    log, doc = RoomLog(database, "r"), Doc()
    log.remember({"agreed": 1, "authors": {"a": "Ada"}})
    log.append(doc.get_update(), {"a": "Ben", "b": "Cleo"})
    log.compact(doc.get_update())
    log.flushed().result(10)
    assert RoomLog(database, "r").recall() == {"agreed": 1, "authors": {"a": "Ben", "b": "Cleo"}}
    log.remember({"agreed": 2, "authors": {}})
    log.flushed().result(10)
    assert RoomLog(database, "r").recall() == {"agreed": 2, "authors": {}}


def test_a_failing_write_is_told_to_the_one_who_waits_and_hurts_nobody_else(database):
    bad = database.submit(lambda connection: connection.execute("INSERT INTO nowhere VALUES (1)"))
    good = database.submit(lambda connection: connection.execute("SELECT 1").fetchone())
    assert good.result(10) == (1,)
    with pytest.raises(Exception, match="nowhere"):
        bad.result(10)
