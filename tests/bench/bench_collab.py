"""Measure the shared session: python tests/bench/bench_collab.py [MODE...] [--short] [--count N].

The modes:

drag    two peers, 60 Hz, 10,000 edits, against y-websocket and hocuspocus in the same run
store   updates a second, size after idle, opening a session with a million past edits
sizes   bytes of one edit on the wire, and of a first sync, plain and compressed
crowd   50 peers in one room, each moving a fader at 5 Hz
kills   the server killed 100 times under two kernels and two browser clients
viewer  10,000 crafted frames of a viewer
redis   three servers, Redis killed and started again in the middle of edits
people  how soon peers see each other come and go
ghosts  how soon those are gone who were killed, or fell silent with their connection open
"""

# ruff: noqa: E402 - its own folder comes first

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "server")]

import peers
from collab_faults import kills, redis, viewer
from collab_people import ghosts, people
from pycrdt import Doc, Map
from song import make_song, our_url
from wire import Wire, percentiles

from maxbooster_kernel.collab.database import Database
from maxbooster_kernel.server.launch import RoomServer
from maxbooster_kernel.server.store import MixStore, RoomLog

RUN = 100  # edits of one drag before the next fader is taken


def kernels(server: RoomServer, edits: int) -> list[subprocess.Popen[str]]:
    """Start two kernels on the bench session, the one that reads first."""
    environ = {**os.environ, "MAXBOOSTER_SERVER_URL": server.url, "MAXBOOSTER_TOKEN": server.token}
    script = Path(__file__).with_name("kernel_peer.py")

    def start(role: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(script), role, "bench.mbsession", str(edits)]
        return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)

    reader = start("read")
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    return [start("write"), reader]


def arrivals(written: dict[str, float], seen: dict[str, float]) -> list[float]:
    """Return how long each edit took; one that came in one update with a later one arrived with that."""
    times: list[float] = []
    arrived = float("inf")
    for value in sorted(written, key=int, reverse=True):
        arrived = min(arrived, seen.get(value, arrived))
        if arrived < float("inf"):
            times.append(arrived - written[value])
    return times


async def drag(edits: int) -> None:
    """Drag a fader in four rooms at once, and time its arrival at another peer.

    The two kernels are processes of their own with :meth:`Session.join`; in the rooms compared, the same bare clients
    stand on both ends, so that only the servers differ.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(peers.node_folder())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        other = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        make_song(home, 8)
        make_song(other, 8)
        server = stack.enter_context(RoomServer(home))
        url, headers = await our_url(server)
        rooms = {"max booster": (url, headers), "y-websocket": (stack.enter_context(peers.y_websocket(folder)), {})}
        with contextlib.suppress(Exception):
            rooms["hocuspocus"] = (stack.enter_context(peers.hocuspocus(folder)), {})
        sent: dict[str, dict[float, float]] = {name: {} for name in rooms}
        took: dict[str, list[float]] = {name: [] for name in rooms}
        writers: dict[str, Wire] = {}
        for name, (address, head) in list(rooms.items()):
            document = "bench" if name == "hocuspocus" else ""
            writer, reader = Wire(address, head, document), Wire(address, head, document)
            try:
                await writer.connect()
                await reader.connect()
            except (TimeoutError, OSError) as error:
                print(f"{name}: cannot be measured ({type(error).__name__})")
                continue
            reader.heard = lambda _, value, at, name=name: took[name].append(at - sent[name][value])
            writers[name] = writer
        theirs = stack.enter_context(RoomServer(other))
        pair = await asyncio.to_thread(kernels, theirs, edits)
        start = time.monotonic()
        for number in range(edits):
            for name, writer in writers.items():
                sent[name][float(number)] = time.monotonic()
                writer.move("t0", float(number))
                await asyncio.sleep(0)
            await asyncio.sleep(max(0.0, start + (number + 1) / 60 - time.monotonic()))
        await asyncio.sleep(1.0)
        said = [json.loads((await asyncio.to_thread(one.communicate))[0].splitlines()[-1]) for one in pair]
        took["two kernels"] = arrivals(*said)
        for name, times in took.items():
            print(f"drag    {name:12} {len(times)} of {edits} arrived  {percentiles(times)}")


async def store(edits: int) -> None:
    """Time the update store alone, as the server uses it: in an event loop."""
    with tempfile.TemporaryDirectory() as name:
        database = Database(Path(name) / "rooms.sqlite")
        log, doc = RoomLog(database, "r"), Doc()
        faders = doc.get("tracks", type=Map)
        for number in range(32):
            faders[f"t{number}"] = Map({"gain": 1.0, "pan": 0.0})
        log.append(doc.get_update())
        doc.observe(lambda event: log.append(event.update))
        start = time.perf_counter()
        for number in range(20_000):
            faders[f"t{number % 32}"]["gain"] = number / 1000
            if number % 20 == 0:
                await asyncio.sleep(0)
        await asyncio.wrap_future(log.flushed())
        took = time.perf_counter() - start
        print(f"store   {20_000 / took:,.0f} updates/s made, stored and committed")
        for run, title in ((RUN, f"drags of {RUN} edits"), (1, "the worst case, every edit another fader")):
            for number in range(edits):
                faders[f"t{number // run % 32}"]["gain"] = number / 1000
                if number % 1000 == 0:
                    await asyncio.sleep(0)
                    if log.is_long:
                        log.compact(doc.get_update())
            log.compact(doc.get_update())
            await asyncio.wrap_future(database.tidy())
            rows = database.read("SELECT sum(length(data)) FROM updates")[0][0]
            state = len(doc.get_update())
            print(f"store   after {edits:,} more edits, {title}, and idle: {rows:,} bytes stored for a state of "
                  f"{state:,} ({rows / state:.2f}x), {database.size():,} on disk")  # fmt: skip
            times = []
            for _ in range(3):
                fresh = Doc()
                start = time.perf_counter()
                await MixStore("r", room_log=RoomLog(database, "r")).apply_updates(fresh)
                times.append(time.perf_counter() - start)
            print(f"store   opened in {min(times) * 1e3:.0f} to {max(times) * 1e3:.0f} ms")
        database.close()


async def sizes(_: int) -> None:
    """Count the bytes of an edit and of first syncs."""
    for tracks in (8, 64):
        with tempfile.TemporaryDirectory() as name:
            make_song(Path(name), tracks)
            with RoomServer(Path(name)) as server:
                wire = Wire(*await our_url(server))
                await wire.connect()
                first, before = wire.received, wire.sent
                wire.move("t0", 0.123)
                update = wire.doc.get_update()
                edit = wire.sent - before
                start = time.perf_counter()
                packed = len(zlib.compress(update, 3))
                took = time.perf_counter() - start
                print(f"sizes   {tracks} tracks: edit {edit} bytes; first sync {first} bytes plain, "
                      f"{packed} compressed in {took * 1e3:.2f} ms ({len(update) / packed:.1f}x)")  # fmt: skip
                await wire.close()


def memory_mib(pid: int) -> float:
    """Return the memory a process holds, in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def crowd(seconds: int) -> None:
    """Let 50 peers move a fader each, five times a second."""
    count = 50
    with tempfile.TemporaryDirectory() as name:
        make_song(Path(name), count)
        with RoomServer(Path(name)) as server:
            url, headers = await our_url(server)
            wires = [Wire(url, headers) for _ in range(count)]
            took: list[float] = []
            for wire in wires:
                await wire.connect()
                wire.heard = lambda _, value, at: took.append(at - value)

            async def ride(number: int) -> None:
                await asyncio.sleep(number * 0.2 / count)
                for _ in range(seconds * 5):
                    wires[number].move(f"t{number}", time.monotonic())
                    await asyncio.sleep(0.2)

            await asyncio.gather(*(ride(number) for number in range(count)))
            await asyncio.sleep(2.0)
            final = [wire.faders.to_py() for wire in wires]
            equal = all(state == final[0] for state in final)
            wanted = seconds * 5 * count * (count - 1)
            print(f"crowd   {len(took)} of {wanted} arrived, all equal: {equal}  {percentiles(took)}")
            print(f"crowd   the server holds {memory_mib(server.pid):.0f} MiB")
            for wire in wires:
                await wire.close()


MODES: dict[str, tuple[Any, int, int]] = {
    "drag": (drag, 10_000, 600),
    "store": (store, 1_000_000, 100_000),
    "sizes": (sizes, 0, 0),
    "crowd": (crowd, 30, 5),
    "kills": (kills, 100, 5),
    "viewer": (viewer, 10_000, 1_000),
    "redis": (redis, 10, 2),
    "people": (people, 50, 10),
    "ghosts": (ghosts, 3, 1),
}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modes", nargs="*", default=list(MODES), choices=list(MODES))
    parser.add_argument("--short", action="store_true", help="a few seconds each")
    parser.add_argument("--count", type=int, help="how many edits, seconds, kills, frames or rounds")
    given = parser.parse_args()
    for mode in given.modes:
        run, long, short = MODES[mode]
        result = run(given.count or (short if given.short else long))
        if isinstance(result, Awaitable):
            asyncio.run(result)  # type: ignore[arg-type]  # - a coroutine where it is awaitable


if __name__ == "__main__":
    main()
