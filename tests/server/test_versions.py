"""Versions: kept by name and by themselves, told apart in words, brought back as an edit."""

import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.collab.versions import KEEP_AUTOMATIC, Versions
from maxbooster_kernel.errors import RoomError


@pytest.mark.server
def test_versions_of_a_shared_session(rooms, until):
    session = mb.Session.new("versions")
    session.tracks.add("Drums", track_id="drums")
    session.save(rooms.folder / "versions.mbsession")
    shared = mb.Session.join("versions.mbsession", server_url=rooms.url, token=rooms.token, name="Ada")
    first = shared.keep_version("rough mix")
    shared.tracks["drums"].gain_db = -3.0
    second = shared.keep_version("after lunch")
    assert [version.name for version in shared.versions() if version.name] == ["rough mix", "after lunch"]
    assert second.author == "Ada"
    assert [str(change) for change in shared.changes(first, second)] == ["Drums gain 0.0 -> -3.0 dB (Ada)"]
    shared.tracks["drums"].mute = True
    shared.save()
    until(lambda: len(shared.changes(first)) == 2)
    words = shared.room.ask("GET", f"maxbooster/api/versions/versions.mbsession?since={first.number}")["changes"]
    assert words == [str(change) for change in shared.changes(first)]
    assert "Drums mute off -> on (Ada)" in [str(change) for change in shared.changes(first.number)]
    shared.restore(first)
    assert shared.tracks["drums"].gain == 1.0
    assert shared.undo()
    assert shared.tracks["drums"].mute
    with pytest.raises(RoomError, match="no version 999999"):
        shared.restore(999999)
    with pytest.raises(RoomError, match="no version 999999"):
        shared.room.ask("GET", "maxbooster/api/versions/versions.mbsession?since=999999")
    shared.leave()


def test_versions_of_a_session_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_STORE", str(tmp_path / "store.sqlite"))
    session = mb.Session.new("alone")
    session.tracks.add("Drums", track_id="drums")
    first = session.keep_version("start")
    session.tracks["drums"].pan = 0.5
    assert [str(change) for change in session.changes(first)] == ["Drums pan 0 -> 0.5"]
    session.restore(first)
    assert session.tracks["drums"].pan == 0.0
    assert "start" in str(session.versions()[0])


def test_automatic_versions_are_kept_while_they_differ_and_not_for_ever(tmp_path):
    database = Database(tmp_path / "store.sqlite")
    versions = Versions(database)

    def keep(number, name=""):
        return versions.add("s", {"n": number}, at=float(number), name=name, author="", authors={})

    assert keep(0) == 1
    assert keep(0) is None
    named = keep(0, "mine")
    for number in range(1, KEEP_AUTOMATIC + 10):
        keep(number)
    listed = versions.listed("s")
    assert len(listed) == KEEP_AUTOMATIC + 1
    assert listed[0]["number"] == named
    database.close()
