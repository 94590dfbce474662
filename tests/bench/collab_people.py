"""How soon people see each other come and go, and the dead are gone; run by bench_collab.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from song import make_song
from wire import percentiles

import maxbooster_kernel as mb
from maxbooster_kernel.server.launch import RoomServer

GHOST = """
import sys, time
import maxbooster_kernel as mb
session = mb.Session.join(sys.argv[1], name="Ghost")
print("here", flush=True)
time.sleep(600)
"""


def people(rounds: int) -> None:
    """Time until someone who comes is seen, sees the other, and is seen to leave."""
    with tempfile.TemporaryDirectory() as name, RoomServer(Path(name)) as server:
        path = make_song(Path(name), 1)
        join = {"server_url": server.url, "token": server.token}
        ada = mb.Session.join(path.name, name="Ada", **join)
        times: dict[str, list[float]] = {"seen": [], "sees": [], "left": []}

        def wait(what: str, session: Any, count: int, start: float) -> None:
            while len(session.peers) != count:
                time.sleep(0.001)
            times[what].append(time.monotonic() - start)

        for _ in range(rounds):
            ben = mb.Session.join(path.name, name="Ben", **join)
            start = time.monotonic()
            wait("sees", ben, 2, start)
            wait("seen", ada, 2, start)
            start = time.monotonic()
            ben.leave()
            wait("left", ada, 1, start)
        for what, took in times.items():
            print(f"people  {what}  {percentiles(took)}")
        ada.leave()


def ghosts(rounds: int) -> None:
    """Time until someone is gone who was killed (-9), or fell silent with the connection open, as a cut cable does."""
    with tempfile.TemporaryDirectory() as name, RoomServer(Path(name)) as server:
        path = make_song(Path(name), 1)
        ada = mb.Session.join(path.name, name="Ada", server_url=server.url, token=server.token)
        environ = {**os.environ, "MAXBOOSTER_SERVER_URL": server.url, "MAXBOOSTER_TOKEN": server.token}
        for title, blow in (("killed", signal.SIGKILL), ("silent", signal.SIGSTOP)):
            took: list[float] = []
            for _ in range(rounds):
                command = [sys.executable, "-c", GHOST, path.name]
                ghost = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
                assert ghost.stdout is not None
                assert ghost.stdout.readline() == "here\n"
                while len(ada.peers) != 2:
                    time.sleep(0.001)
                time.sleep(1.0)
                ghost.send_signal(blow)
                start = time.monotonic()
                while len(ada.peers) != 1:
                    time.sleep(0.001)
                took.append(time.monotonic() - start)
                ghost.kill()
                ghost.wait()
            print(f"ghosts  {title}: gone after {min(took):.2f} to {max(took):.2f} s")
        ada.leave()
