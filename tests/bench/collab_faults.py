"""Faults under continuous edits, at length: servers killed, crafted frames, Redis restarted; run by bench_collab.py."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import peers
import test_rights
from song import make_song
from test_faults import Rider, covers, stored

import maxbooster_kernel as mb
from maxbooster_kernel.server.launch import RoomServer, free_port
from maxbooster_kernel.session.conform import problems

SETTLE_EVERY = 10  # kills between two comparisons of all peers


def show(browser: Any) -> dict[str, Any]:
    """Return what a scripted browser holds."""
    say(browser, "show")
    found: dict[str, Any] = json.loads(browser.stdout.readline())
    return found


def say(browser: Any, word: str) -> None:
    """Tell a scripted browser to ``go``, to ``stop`` or to ``show``."""
    print(word, file=browser.stdin, flush=True)


def faders_of(tracks: list[dict[str, Any]]) -> dict[str, float]:
    """Return the gains of a snapshot's tracks."""
    return {track["id"]: track["gain"] for track in tracks}


def settle(kernels: list[Any], browsers: list[Any], patience_s: float = 60.0) -> tuple[float, bool]:
    """Return how long it takes, with all hands still, until every peer holds the same faders, and whether they do."""
    start = time.monotonic()
    while True:
        ends = [show(process) for process in browsers]
        gains = [faders_of(kernel.snapshot()["tracks"]) for kernel in kernels]
        gains += [{name: track["gain"] for name, track in end["tracks"].items()} for end in ends]
        took, equal = time.monotonic() - start, all(found == gains[0] for found in gains)
        if equal or took > patience_s:
            break
        time.sleep(0.02)
    if not equal:
        print(f"kills   NOT EQUAL after {took:.0f} s: {gains}")
        print(f"kills   kernels connected: {[kernel.room.is_connected for kernel in kernels]}, browsers: "
              f"{[(end['status'], end['pending']) for end in ends]}", flush=True)  # fmt: skip
    return took, equal


def kills(times: int) -> None:
    """Kill the server again and again under two kernels and two clients with a browser's libraries."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(peers.node_folder())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path = make_song(home, 4)
        server = RoomServer(home).start()
        join = {"server_url": server.url, "token": server.token}
        kernels = [mb.Session.join(path.name, name=f"kernel {n}", **join) for n in range(2)]
        room = kernels[0].room
        assert room is not None
        browsers = [stack.enter_context(peers.browser(folder, server, room, f"t{n}")) for n in (2, 3)]
        riders = [Rider(kernel, f"t{n}") for n, kernel in enumerate(kernels)]
        lost, behind, rng = 0, [], random.Random(1)
        settled: list[tuple[float, bool]] = []
        for number in range(1, times + 1):
            seen = [rider.confirmations for rider in riders]
            while any(rider.confirmations < old + 2 for rider, old in zip(riders, seen, strict=True)):
                time.sleep(0.01)
            opened = time.time()
            time.sleep(rng.random() * 3.0)
            confirmed = [rider.confirmed for rider in riders]
            confirmed += [base64.b64decode(show(process)["confirmed"]) for process in browsers]
            killed = time.time()
            server.stop(kill=True)
            behind.append(killed - max(opened, path.stat().st_mtime))
            lost += sum(not covers(stored(server, room.name).get_state(), state) for state in confirmed)
            server.start()
            if number % SETTLE_EVERY and number < times:
                continue
            for rider in riders:
                rider.stop()
            for process in browsers:
                say(process, "stop")
            settled.append(settle(kernels, browsers))
            gains = faders_of(kernels[0].snapshot()["tracks"])
            kept = [gains[rider.track] == rider.count for rider in riders]
            kept += [gains[f"t{n}"] == show(process)["count"] for n, process in zip((2, 3), browsers, strict=True)]
            print(f"kills   {number} kills: {lost} confirmed states lost, all peers equal: {settled[-1][1]} "
                  f"{settled[-1][0]:.2f} s after the hands are still, last edits kept: {all(kept)}, "
                  f"file behind at most {max(behind):.2f} s", flush=True)  # fmt: skip
            if not settled[-1][1]:
                break
            if number < times:
                counts = [rider.count for rider in riders]
                riders = [Rider(kernel, f"t{n}") for n, kernel in enumerate(kernels)]
                for rider, count in zip(riders, counts, strict=True):
                    rider.count = max(rider.count, count)
                for process in browsers:
                    say(process, "go")
        equal, slowest = all(good for _, good in settled), max(took for took, _ in settled)
        print(f"kills   in all: {lost} lost, equal every time: {equal}, settled in at most {slowest:.2f} s")
        print(f"kills   problems of the session: {problems(kernels[0].snapshot())}")
        for kernel in kernels:
            kernel.leave()
        server.stop()


def viewer(frames: int) -> None:
    """Send crafted frames as a viewer and see that nothing changes."""
    options = ("--ServerApp.identity_provider_class=named_users.NamedUsers",)
    environ = {"PYTHONPATH": str(Path(test_rights.__file__).parent)}
    with tempfile.TemporaryDirectory() as name, RoomServer(Path(name), options=options, environ=environ) as server:
        session = mb.Session.new("viewer")
        session.tracks.add("Drums", track_id="drums")
        path = session.save(Path(name) / "viewer.mbsession")
        test_rights.share(server, path, "ada", "ada", "owner")
        ada = test_rights.join(server, path, "ada")
        ada.save()
        before, text = ada.snapshot(), path.read_text()
        answers = asyncio.run(test_rights.attack(server, path, "ben", frames))
        accepted = answers + (ada.snapshot() != before) + (path.read_text() != text)
        ada.save()
        print(f"viewer  {frames} crafted frames: {accepted} accepted, server alive")
        ada.leave()


def redis(rounds: int) -> None:
    """Edit on three servers while Redis is restarted, and time until all are equal after it is back."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def start_redis() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    with contextlib.ExitStack() as stack:
        running = start_redis()
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        first = make_song(home, 3)
        kernels = []
        for number in range(3):
            folder = home / str(number)
            folder.mkdir()
            shutil.copy(first, folder)
            environ = {"MAXBOOSTER_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
            server = stack.enter_context(RoomServer(folder, environ=environ))
            kernels.append(mb.Session.join(first.name, server_url=server.url, token=server.token))
        count, took, away = 0, [], 0
        for _ in range(rounds):
            for step in range(150):
                if step == 50:
                    running.kill()
                    running.wait()
                if step == 100:
                    running = start_redis()
                    back = time.monotonic()
                count += 1
                away += 50 <= step < 100
                for number, kernel in enumerate(kernels):
                    kernel.tracks[f"t{number}"].gain = float(count)
                time.sleep(0.01)
            wanted = [float(count)] * 3
            while any([kernel.tracks[f"t{n}"].gain for n in range(3)] != wanted for kernel in kernels):
                time.sleep(0.005)
            took.append(time.monotonic() - back)
        same = kernels[0].snapshot() == kernels[1].snapshot() == kernels[2].snapshot()
        print(f"redis   {rounds} restarts, {3 * count} edits ({3 * away} while it was away), all equal: {same}, "
              f"equal at most {max(took):.2f} s after it was started again")  # fmt: skip
        for kernel in kernels:
            kernel.leave()
        running.kill()
        running.wait()
