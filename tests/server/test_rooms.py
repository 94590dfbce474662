"""Rooms on a real server: edits flow, survive crashes, and the file is always right."""

import json
import threading

import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.collab import link, room
from maxbooster_kernel.errors import RoomError
from maxbooster_kernel.server.launch import RoomServer

pytestmark = pytest.mark.server


class Song:
    """A session file in a server's folder, and the peers that join it."""

    def __init__(self, server, name):
        self.server, self.path = server, server.folder / f"{name}.mbsession"
        session = mb.Session.new(name)
        session.tracks.add("Drums", track_id="drums")
        session.tracks.add("Bass", track_id="bass")
        session.save(self.path)
        self.peers = []

    def join(self, name):
        peer = mb.Session.join(self.path.name, server_url=self.server.url, token=self.server.token, name=name)
        self.peers.append(peer)
        return peer

    def saved(self):
        return json.loads(self.path.read_text())

    def leave(self):
        for peer in self.peers:
            peer.leave()


@pytest.fixture
def song(rooms, request):
    made = Song(rooms, request.node.name.replace("[", "-").replace("]", ""))
    yield made
    made.leave()


def gain(session, track="drums"):
    return session.tracks[track].gain


def test_edits_flow_both_ways_and_reach_the_file(song, until):
    ada, ben = song.join("Ada"), song.join("Ben")
    ada.tracks["drums"].gain = 0.5
    ben.tracks["bass"].pan = -0.5
    until(lambda: gain(ben) == 0.5 and ada.tracks["bass"].pan == -0.5)
    until(lambda: song.saved()["tracks"][0]["gain"] == 0.5)
    assert ada.snapshot() == ben.snapshot()


def test_people_see_each_other_come_and_go(song, until):
    ada = song.join("Ada")
    ben = song.join("Ben")
    assert [peer.name for peer in ben.peers] == ["Ben", "Ada"]  # from the first moment
    until(lambda: [peer.name for peer in ada.peers] == ["Ada", "Ben"])
    assert ada.comments.add("too loud").author == "Ada"
    assert ben.peers[1].kind == "script"
    ada.room.tell(touched="drums/gain", selection={"track": "drums"})
    until(lambda: ben.peers[1].touched == "drums/gain" and ben.peers[1].track == "drums")
    ada.leave()
    until(lambda: [peer.name for peer in ben.peers] == ["Ben"])


def test_a_client_that_falls_silent_is_gone_and_one_that_only_slept_is_back(tmp_path, until):
    with RoomServer(tmp_path, options=("--MaxBoosterRooms.silence_s=1.0",)) as server:
        song = Song(server, "silence")
        ada, ben = song.join("Ada"), song.join("Ben")
        until(lambda: len(ada.peers) == 2)
        until(lambda: len(ada.peers) == 1)
        ben.room.tell(touched="drums/gain")
        until(lambda: [peer.touched for peer in ada.peers[1:]] == ["drums/gain"])
        song.leave()


def test_who_was_cut_off_is_seen_again_before_he_has_anything_to_say(song, until, monkeypatch):
    monkeypatch.setattr(room, "RENEW_S", 1e6)  # nobody says that he is still here
    sockets = []

    async def connect(*given):
        sockets.append(await link.connect(*given))
        return sockets[-1]

    ada = song.join("Ada")
    monkeypatch.setattr(room, "connect", connect)
    ben = song.join("Ben")
    until(lambda: len(ada.peers) == 2)
    ben.room._loop.call_soon_threadsafe(sockets[0].close)
    until(lambda: len(ada.peers) == 1)
    until(lambda: len(ada.peers) == 2 and len(ben.peers) == 2)


def test_saving_waits_for_the_server(song):
    ada = song.join("Ada")
    ada.tracks["drums"].gain = 0.25
    ada.save()
    assert song.saved()["tracks"][0]["gain"] == 0.25


def test_the_file_is_saved_while_edits_go_on(song, until):
    ada = song.join("Ada")
    stop = threading.Event()

    def ride():
        value = 0
        while not stop.is_set():
            value += 1
            ada.tracks["drums"].gain = value / 1000
            stop.wait(0.02)

    rider = threading.Thread(target=ride)
    rider.start()
    try:
        seen = set()
        until(lambda: seen.add(song.saved()["tracks"][0]["gain"]) or len(seen) >= 3)
    finally:
        stop.set()
        rider.join()


def test_undo_leaves_what_others_did(song, until):
    ada, ben = song.join("Ada"), song.join("Ben")
    ada.tracks["drums"].gain = 0.5
    until(lambda: gain(ben) == 0.5)
    ben.tracks["bass"].gain = 0.25
    until(lambda: gain(ada, "bass") == 0.25)
    assert ada.undo()
    until(lambda: gain(ben) == 1.0)
    assert gain(ben, "bass") == 0.25


def test_an_edit_of_the_file_outside_is_taken_in(song, until):
    ada = song.join("Ada")
    ada.tracks["bass"].gain = 0.25
    until(lambda: song.saved()["tracks"][1]["gain"] == 0.25)
    data = song.saved()
    data["tracks"][0]["gain"] = 0.5
    song.path.write_text(json.dumps(data))
    until(lambda: gain(ada) == 0.5)
    assert gain(ada, "bass") == 0.25
    assert ada.room.is_connected


def test_an_older_version_checked_out_is_an_edit(song, until):
    ada = song.join("Ada")
    ada.tracks["drums"].gain = 0.25
    ada.save()
    old = song.path.read_text()
    ada.tracks["drums"].gain = 0.75
    ada.save()
    song.path.write_text(old)
    until(lambda: gain(ada) == 0.25)


def test_a_broken_file_is_kept_aside_and_the_session_goes_on(song, until):
    ada = song.join("Ada")
    ada.tracks["drums"].gain = 0.5
    ada.save()
    song.path.write_text("{ broken")
    broken = song.path.with_name(song.path.name + ".broken")
    until(broken.exists)
    until(lambda: song.path.read_text().startswith("{\n"))
    assert broken.read_text() == "{ broken"
    assert song.saved()["tracks"][0]["gain"] == 0.5
    song.path.write_bytes(b"\xff\xfe\x00")
    until(lambda: broken.read_bytes() == b"\xff\xfe\x00")
    until(lambda: song.path.read_bytes().startswith(b"{\n"))


def test_a_file_moved_outside_is_followed(song, until):
    ada = song.join("Ada")
    ada.save()
    song.path = song.path.rename(song.path.with_name("moved-away.mbsession"))
    ada.tracks["drums"].gain = 0.5
    until(lambda: song.saved()["tracks"][0]["gain"] == 0.5)
    assert len(list(song.path.parent.glob("test_a_file_moved*"))) == 0


def test_a_deleted_file_is_said_and_not_brought_back(song, until):
    ada = song.join("Ada")
    ada.save()
    text = song.path.read_text()
    song.path.unlink()
    until(lambda: "deleted or moved away" in ada.room.problem)
    ada.tracks["drums"].gain = 0.5
    assert not song.path.exists()
    song.path.write_text(text)
    until(lambda: ada.room.problem == "" and song.saved()["tracks"][0]["gain"] == 0.5)


def test_a_copied_file_gets_a_name_of_its_own(song, until):
    ada = song.join("Ada")
    ada.save()
    copy = Song(song.server, "copy-of-a-song")
    copy.path.write_text(song.path.read_text())
    ben = copy.join("Ben")
    until(lambda: ben.uuid != ada.uuid)
    copy.leave()
    assert ada.uuid == song.saved()["uuid"]


def test_what_cannot_be_joined_is_said(rooms):
    with pytest.raises(RoomError, match=r"has no file 'none.mbsession' in its folder; save the session there first"):
        mb.Session.join("none.mbsession", server_url=rooms.url, token=rooms.token)
    with pytest.raises(RoomError, match="refuses this user") as caught:
        mb.Session.join("none.mbsession", server_url=rooms.url, token="wrong-token")
    assert "wrong-token" not in str(caught.value)


def test_a_killed_server_loses_nothing_that_was_sent_and_peers_merge_what_they_did_meanwhile(tmp_path, until):
    with RoomServer(tmp_path) as server:
        song = Song(server, "crash")
        ada, ben = song.join("Ada"), song.join("Ben")
        start = ada.keep_version("start")
        ada.tracks["drums"].gain = 0.5
        until(lambda: gain(ben) == 0.5)
        until(lambda: song.saved()["tracks"][0]["gain"] == 0.5)
        ada.tracks["bass"].pan = -0.5
        ada.room.confirm()
        server.stop(kill=True)  # the file may not say so yet
        ada.tracks["drums"].pan = 0.25
        ben.tracks["bass"].gain = 0.125
        server.start()
        until(lambda: gain(ada, "bass") == 0.125 and ben.tracks["drums"].pan == 0.25)
        until(lambda: song.saved()["tracks"][0]["pan"] == 0.25 and song.saved()["tracks"][1]["gain"] == 0.125)
        assert song.saved()["tracks"][0]["gain"] == 0.5
        assert ada.snapshot() == ben.snapshot()
        changes = [str(change) for change in ben.changes(start)]
        assert "Drums gain 0.0 -> -6.0 dB (Ada)" in changes
        assert any(change.startswith("Bass pan") and change.endswith("(Ada)") for change in changes), changes
        server.stop(kill=True)
        data = song.saved()
        data["name"] = "edited while the server was down"
        song.path.write_text(json.dumps(data))
        server.start()
        until(lambda: ada.name == ben.name == data["name"])
        assert gain(ada, "bass") == 0.125
        assert server.token not in server.log.read_text()
        song.leave()
