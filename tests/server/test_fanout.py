"""Three Jupyter servers and a real Redis server: one session, whatever happens to Redis."""

import contextlib
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.server.launch import RoomServer

pytestmark = pytest.mark.server


def test_three_servers_are_one_room_and_a_restart_of_redis_loses_nothing(tmp_path, redis, until):
    session = mb.Session.new("fan")
    for track in ("drums", "bass", "keys"):
        session.tracks.add(track, track_id=track)
    session.save(tmp_path / "fan.mbsession")
    with contextlib.ExitStack() as stack:
        servers = []
        for number in range(3):
            folder = tmp_path / str(number)
            folder.mkdir()
            shutil.copy(tmp_path / "fan.mbsession", folder)
            servers.append(RoomServer(folder, environ={"MAXBOOSTER_REDIS_URL": redis.url}))
            stack.callback(servers[-1].stop)
        with ThreadPoolExecutor() as pool:
            list(pool.map(RoomServer.start, servers))

        def join(number):
            server = servers[number]
            peer = mb.Session.join("fan.mbsession", server_url=server.url, token=server.token, name=f"peer {number}")
            stack.callback(peer.leave)
            return peer

        ada, ben = join(0), join(1)
        ada.tracks["drums"].gain = 0.5
        until(lambda: ben.tracks["drums"].gain == 0.5)
        until(lambda: len(ada.peers) == 2 and len(ben.peers) == 2)
        cleo = join(2)
        assert cleo.tracks["drums"].gain == 0.5, "the others' state goes before the file"

        redis.stop()
        ada.tracks["drums"].gain = 0.25
        ben.tracks["bass"].gain = 0.75
        cleo.tracks.remove("keys")
        redis.start()
        peers = [ada, ben, cleo]
        until(lambda: all(peer.tracks.ids == ["drums", "bass"] for peer in peers))
        until(lambda: all(peer.tracks["drums"].gain == 0.25 and peer.tracks["bass"].gain == 0.75 for peer in peers))
        assert ada.snapshot() == ben.snapshot() == cleo.snapshot()
        ben.leave()
        until(lambda: len(ada.peers) == 2)
