"""The server is killed again and again in the middle of edits; what it confirmed is there, and all peers end equal.

``tests/bench/bench_collab.py kills`` does the same at length, with browsers' clients among the peers.
"""

import base64
import json
import random
import threading
from pathlib import Path

import pytest
from pycrdt import Doc

import maxbooster_kernel as mb
from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.errors import RoomError
from maxbooster_kernel.server.launch import RoomServer
from maxbooster_kernel.server.store import RoomLog
from maxbooster_kernel.session.conform import problems
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.file import write_session
from maxbooster_kernel.session.guard import covers

KILLS = 10
TRACKS = ("a", "b", "c", "d")


class Rider:
    """A peer that moves the fader of its own track without end, and notes what the server confirmed."""

    def __init__(self, session, track):
        self.session, self.track = session, track
        self.count = 0
        self.confirmed = b"\x00"
        self.confirmations = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ride)
        self._thread.start()

    def _ride(self):
        while not self._stop.is_set():
            for _ in range(5):
                self.count += 1
                self.session.tracks[self.track].gain = float(self.count)
                self._stop.wait(0.002)
            try:
                self.confirmed = self.session.room.confirm(timeout_s=0.5)
                self.confirmations += 1
            except RoomError:
                self._stop.wait(0.01)

    def stop(self):
        self._stop.set()
        self._thread.join()


def stored(server, room):
    """Return what a killed server has stored of a room."""
    database = Database(server.folder / ".jupyter" / "rooms.sqlite")
    doc = Doc()
    for update in RoomLog(database, room).read():
        doc.apply_update(update)
    database.close()
    return doc


@pytest.mark.server
@pytest.mark.timeout(900)
def test_what_was_confirmed_survives_every_kill(tmp_path, until):
    rng = random.Random(5)
    session = mb.Session.new("faults")
    for track in TRACKS:
        session.tracks.add(track, track_id=track)
    path = session.save(tmp_path / "faults.mbsession")
    server = RoomServer(tmp_path).start()
    peers = [mb.Session.join(path.name, server_url=server.url, token=server.token, name=track) for track in TRACKS]
    riders = [Rider(peer, track) for peer, track in zip(peers, TRACKS, strict=True)]
    try:
        for _ in range(KILLS):
            before = [rider.confirmations for rider in riders]
            until(lambda before=before: all(r.confirmations >= c + 2 for r, c in zip(riders, before, strict=True)))
            threading.Event().wait(rng.random() * 0.3)
            confirmed = [rider.confirmed for rider in riders]
            server.stop(kill=True)
            survived = stored(server, peers[0].room.name)
            assert all(covers(survived.get_state(), state) for state in confirmed)
            assert problems(SessionDocument(survived).snapshot()) == []
            server.start()
        for rider in riders:
            rider.stop()
        until(lambda: all(peer.snapshot() == peers[0].snapshot() for peer in peers))
        for rider in riders:
            assert peers[0].tracks[rider.track].gain == rider.count
        until(lambda: [track["gain"] for track in json.loads(path.read_text())["tracks"]] == [r.count for r in riders])
    finally:
        for rider in riders:
            rider.stop()
        for peer in peers:
            peer.leave()
        server.stop()


@pytest.mark.server
def test_a_session_stored_in_the_shape_before_is_opened_in_todays(tmp_path, until):
    golden = json.loads((Path(__file__).parents[1] / "session" / "documents" / "nested.json").read_text("utf-8"))
    path = tmp_path / "old.mbsession"
    write_session(path, golden["session"])
    with RoomServer(tmp_path) as server:
        with mb.Session.join(path.name, server_url=server.url, token=server.token) as session:
            room = session.room.name
        server.stop(kill=True)
        database = Database(server.folder / ".jupyter" / "rooms.sqlite")
        for table in ("updates", "memory"):
            database.submit(lambda connection, table=table: connection.execute(f"DELETE FROM {table}")).result(10)
        log = RoomLog(database, room)
        log.append(base64.b64decode(golden["update"]))
        log.flushed().result(10)
        database.close()
        server.start()
        with mb.Session.join(path.name, server_url=server.url, token=server.token) as session:
            assert session.snapshot() == golden["session"]
            session.tracks["bass"].sends["verb"].gain = 0.5
            session.automation["drums/pan"].linear(3.0, 0.5)
            session.room.confirm()
            session.markers.remove("m")
            session.room.confirm()
            assert str(SessionDocument(stored(server, room)).roots["markers"]) == "{}"
        keys = json.loads(str(SessionDocument(stored(server, room)).roots["automation"]))
        assert {key for key in keys if key.startswith("drums/pan/")} > {"drums/pan/n1"}
        assert "drums/gain" not in keys
        until(lambda: json.loads(path.read_text("utf-8"))["tracks"][1]["sends"][0]["gain"] == 0.5)


def killed_with_an_unsaved_edit(server, path):
    """Let a server that saves hardly ever store an edit, and kill it; return what the session then said."""
    with mb.Session.join(path.name, server_url=server.url, token=server.token, name="Ada") as session:
        session.save()
        session.tracks["drums"].gain = 0.5
        session.room.confirm()
        held = session.snapshot()
        assert json.loads(path.read_text("utf-8"))["tracks"][0]["gain"] == 1.0
        server.stop(kill=True)
    return held


@pytest.mark.server
def test_a_file_changed_over_an_unsaved_edit_counts_and_the_edit_is_kept_and_said(tmp_path, until):
    song = mb.Session.new("song")
    song.tracks.add("Drums", track_id="drums")
    other = mb.Session.new("other")
    other.tracks.add("Choir", track_id="choir")
    paths = {name: song.save(tmp_path / f"{name}.mbsession") for name in ("replaced", "edited", "left")}
    for path in paths.values():
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "uuid": path.stem}), "utf-8")
    with RoomServer(tmp_path, options=("--MaxBoosterRooms.save_interval_s=3600",)) as server:
        held = {}
        for name, path in paths.items():
            held[name] = killed_with_an_unsaved_edit(server, path)
            server.start()
        server.stop(kill=True)
        other.save(paths["replaced"])
        data = json.loads(paths["edited"].read_text("utf-8"))
        paths["edited"].write_text(json.dumps({**data, "name": "by hand"}), "utf-8")
        server.start()
        join = {"server_url": server.url, "token": server.token}
        with mb.Session.join("replaced.mbsession", **join) as session:
            assert session.snapshot() == other.snapshot()  # nothing of the other session is mixed in
            until(lambda: "replaced by another session" in session.room.problem)
            (kept,) = [version for version in session.versions() if version.name]
            assert kept.name == "not saved when the file was replaced"
            session.restore(kept)
            assert session.snapshot() == {**held["replaced"], "uuid": other.uuid}
        with mb.Session.join("edited.mbsession", **join) as session:
            assert (session.name, session.tracks["drums"].gain) == ("by hand", 0.5)
            until(lambda: "both were brought together" in session.room.problem)
            (kept,) = [version for version in session.versions() if version.name]
            assert session.history.content(kept.number).snapshot == held["edited"]
        with mb.Session.join("left.mbsession", **join) as session:
            assert session.snapshot() == held["left"]
            assert session.room.problem == ""
            assert [version for version in session.versions() if version.name] == []
