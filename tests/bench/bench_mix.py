"""Speed of the mix engine against Chromium's OfflineAudioContext and pedalboard: CPU time, interleaved in one run.

Run by hand: ``python tests/bench/bench_mix.py [--part peers|edits|long|growth|first] [--tracks 32] [--seconds 60]
[--rounds 3] [--no-chromium]``; without parts all of them. What a ratio must be stands beside it.
Pedalboard is installed into a temporary environment; each peer does its nearest chain of the same work.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from copy import deepcopy as copy_of
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from mix_peers import Chromium, Lone, pedalboard

from maxbooster_kernel import AudioBuffer, Session
from maxbooster_kernel.mix.cache import TileCache
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_checked, compile_graph
from maxbooster_kernel.session.conform import normalize

HERE = Path(__file__).parent
RATE = 44100


def media(tracks: int, frames: int) -> dict[str, np.ndarray]:
    """Return up to eight distinct stereo stems."""
    rng = np.random.default_rng(0)
    swell = np.linspace(0.02, 0.3, frames, dtype=np.float32)
    found = {}
    for k in range(min(8, tracks)):
        found[f"{k}.wav"] = (swell * rng.standard_normal((2, frames))).astype(np.float32)
    return found


def session(tracks: int, gain: float = 0.5) -> dict:
    """Return the seed's graph with every stage at work."""
    strips = []
    for k in range(tracks):
        bands = [
            {"id": "low", "type": "lowshelf", "frequency": 320, "gain": 3.0 + k / 100},
            {"id": "mid", "type": "peaking", "frequency": 1000, "Q": 1, "gain": 2.0},
            {"id": "high", "type": "highshelf", "frequency": 3200, "gain": -2.0},
        ]
        strip = {"gain": gain + k / 1000, "pan": (k % 9 - 4) / 4, "eq": {"bands": bands}}
        strips.append({"id": f"t{k}", "clips": [{"id": "c", "media": f"{k % 8}.wav"}], **strip})
    return normalize({"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": strips})


def compiled(data: dict, stems: dict[str, np.ndarray]) -> dict:
    """Return the raw graph of a session."""
    return compile_graph(data, shapes_of(stems), raw_graph=True)


def shapes_of(stems: dict[str, np.ndarray]) -> dict[str, MediaShape]:
    """Return what the compile step is told of stereo stems."""
    return {name: MediaShape(frames=samples.shape[1], channels=2) for name, samples in stems.items()}


def cpu(function) -> tuple[float, float]:
    """Return the CPU and the wall time of a call."""
    wall, used = time.perf_counter(), time.process_time()
    function()
    return time.process_time() - used, time.perf_counter() - wall


class Table:
    """Times by name, and the rows that set one against another."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}
        self.rows: list[tuple[str, float, str]] = []

    def note(self, name: str, value: float) -> None:
        """Add a time in seconds."""
        self.times.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        """Return the median of a name's times."""
        return statistics.median(self.times[name])

    def row(self, work: str, one: str, other: str, required: str) -> None:
        """Add a row: the ratio of two medians beside what it must be."""
        if one in self.times and other in self.times:
            self.rows.append((work, self.median(one) / self.median(other), required))

    def show(self) -> None:
        """Print all."""
        for name in self.times:
            print(f"  {name:52s} {self.median(name):9.4f} s   (of {len(self.times[name])})")
        for work, ratio, required in self.rows:
            print(f"{work:58s} {ratio:9.4f}   {required}")
        print(json.dumps({"medians": {name: self.median(name) for name in self.times}, "rows": self.rows}))


def full(tracks: int, seconds: int, threads: int = 1) -> tuple[float, float]:
    """Return the CPU and the wall time of a full render without a cache."""
    stems = media(tracks, seconds * RATE)
    graph = compiled(session(tracks), stems)
    return cpu(partial(render, graph, stems.__getitem__, raw_graph=True, threads=threads))


def peers(table: Table, chosen: argparse.Namespace) -> None:
    """Time full renders against Chromium and pedalboard, two threads against one, and what the machine gives to two."""
    browser = None if chosen.no_chromium or not shutil.which("chromium") else Chromium()
    lone = [Lone(chosen.tracks, chosen.seconds) for _ in range(2)]
    for _ in range(chosen.rounds):
        for tracks in (chosen.tracks, 8):
            stems = media(tracks, chosen.seconds * RATE)
            graph = compiled(session(tracks), stems)
            for threads in (1, 2):
                used, wall = cpu(partial(render, graph, stems.__getitem__, raw_graph=True, threads=threads))
                table.note(f"kernel, {tracks} tracks, {threads} threads, CPU", used)
                table.note(f"kernel, {tracks} tracks, {threads} threads, wall", wall)
            if browser:
                table.note(f"Chromium, {tracks} tracks, CPU", browser.render(graph, stems))
            if not chosen.no_pedalboard:
                table.note(f"pedalboard, {tracks} tracks, CPU", pedalboard(tracks, chosen.seconds * RATE))
        for running in (lone[:1], lone):  # what two processes that share nothing get of the machine
            for process in running:
                process.tell()
            slowest = max([float(process.answer()) for process in running])
            table.note(f"{len(running)} processes, {chosen.tracks} tracks each, 1 thread, wall", slowest / len(running))
    for process in lone:
        process.close()
    if browser:
        browser.close()
    ours = f"kernel, {chosen.tracks} tracks, 1 threads"
    table.row("Chromium over kernel", f"Chromium, {chosen.tracks} tracks, CPU", f"{ours}, CPU", "must 10, aim 20")
    table.row("pedalboard over kernel", f"pedalboard, {chosen.tracks} tracks, CPU", f"{ours}, CPU", "must 3.5, aim 6")
    table.row(
        "Chromium over kernel, 8 tracks",
        "Chromium, 8 tracks, CPU",
        "kernel, 8 tracks, 1 threads, CPU",
        "must 5, aim 10",
    )
    two = f"kernel, {chosen.tracks} tracks, 2 threads, wall"
    table.row("one thread over two, wall", f"{ours}, wall", two, "must 1.7, aim 1.9")
    one_process, processes = [f"{number} processes, {chosen.tracks} tracks each, 1 thread, wall" for number in (1, 2)]
    table.row("one render over two processes' at once", one_process, processes, "the machine's own ceiling of the last")


TURNS = 4
EDITS = {
    "a track's gain": lambda data, turn: data["tracks"][len(data["tracks"]) // 2].update(gain=0.3 + turn / 1000),
    "mute": lambda data, turn: data["tracks"][turn % 24].update(mute=True),
    "bus gain": lambda data, turn: data["buses"][0].update(gain=0.5 + turn / 1000),
    "master gain": lambda data, turn: data["master"].update(gain=0.5 + turn / 1000),
}


def edits(table: Table, chosen: argparse.Namespace) -> None:
    """Time what an edit costs until something of it is there, each edit made to a session that is rendered whole.

    What is asked for is the two seconds at a playhead in the middle, or the whole session; of the pre-master sum (what
    enters the master's compressors), or of the mix. Compiling the session is counted. All of it is exact: the same bits
    as a full render. Beside it stand a plain copy of the result, and what others must do: start again. The full render
    is timed in every round, for the machine is not always as fast.

    What is edited was heard before: the session as it was is rendered first, the same part of it. Then the knob is
    turned four times in a row, as hands turn one, and all turns count; of mutes each is of another track. The first
    turn, behind the work of other edits that has emptied the processor's caches, stands beside. An edit that takes
    another one back, and asks for another output than the one before, would be two edits: nobody makes them at once.
    """
    full(chosen.tracks, chosen.seconds)
    stems = media(chosen.tracks, chosen.seconds * RATE)
    data = session(chosen.tracks)
    data["buses"] = normalize({**data, "buses": [{"id": "bus", "compressor": None, "eq": None}]})["buses"]
    for strip in data["tracks"][-8:]:
        strip["output"] = "bus"
    options = {"raw_graph": True, "media_key": str.encode, "cache": TileCache(4 << 30), "threads": 1}
    playhead = chosen.seconds // 2 * RATE
    spans = {"2 s": {"start": playhead, "end": playhead + 2 * RATE}, "whole": {}}
    outputs = {"pre-master sum": {"output": "master/gain"}, "mix": {}}
    shapes = shapes_of(stems)

    def heard(content: dict, output: str, span: str) -> np.ndarray:
        graph = replace(compile_checked(content, shapes, raw_graph=True), **outputs[output])
        return render(graph, stems.__getitem__, **options, **spans[span]).samples

    for output in outputs:
        heard(data, output, "whole")
    turn = 0
    for _ in range(chosen.rounds):
        table.note("full render", full(chosen.tracks, chosen.seconds)[0])
        whole = heard(data, "mix", "whole")
        copy = np.empty_like(whole)
        np.copyto(copy, whole)
        table.note("plain copy of the whole session", cpu(partial(np.copyto, copy, whole))[0])
        table.note("nothing edited, mix, whole", cpu(partial(heard, data, "mix", "whole"))[0])
        for (kind, change), output, span in itertools.product(EDITS.items(), outputs, spans):
            heard(data, output, span)
            for hand in range(TURNS):
                turn += 1
                edited = copy_of(data)
                change(edited, turn)
                used, wall = cpu(partial(heard, edited, output, span))
                table.note(f"{kind}, {output}, {span}", used)
                if hand == 0:
                    table.note(f"{kind}, {output}, {span}, first turn", used)
                if (output, span) == ("mix", "2 s"):
                    table.note(f"from the edit to 2 s of the mix, wall: {kind}", wall)
    public(table, chosen, data, stems)
    others(table, chosen, compiled(data, stems), stems)
    for kind, output, span in itertools.product(EDITS, outputs, spans):
        after = kind != "a track's gain"
        required = "must 0.06, aim 0.04" if not after else ""
        if after and output == "pre-master sum":
            required = "must 0.002, aim 0.001" if span == "2 s" else "0.002 is less than the copy"
        table.row(f"{kind}: {output}, {span}", f"{kind}, {output}, {span}", "full render", required)
        table.row(
            f"  first turn of {kind}: {output}, {span}", f"{kind}, {output}, {span}, first turn", "full render", ""
        )
    table.row("nothing edited: mix, whole", "nothing edited, mix, whole", "full render", "")
    table.row("a plain copy of the whole session", "plain copy of the whole session", "full render", "")


SETTERS = {
    "a track's gain": lambda session, turn: setattr(session.tracks["t0"], "gain", 0.3 + turn / 1000),
    "bus gain": lambda session, turn: setattr(session.buses["bus"], "gain", 0.5 + turn / 1000),
    "master gain": lambda session, turn: setattr(session.master, "gain", 0.5 + turn / 1000),
}


def public(table: Table, chosen: argparse.Namespace, data: dict, stems: dict[str, np.ndarray]) -> None:
    """Time the same as scripts do it: files, ``Session.edit``, and 2 s of ``Session.render``, the snapshot counted."""
    with tempfile.TemporaryDirectory() as folder:
        for name, samples in stems.items():
            AudioBuffer(samples, RATE).write(Path(folder) / name)
        path = Path(folder) / "song.mbsession"
        path.write_text(json.dumps(data))
        session = Session.open(path)
        session.render()
        start = chosen.seconds // 2
        for turn in range(4 * chosen.rounds):
            for kind, change in SETTERS.items():
                with session.edit(kind):
                    change(session, turn)
                render_2_s = partial(session.render, start_s=start, end_s=start + 2, threads=1)
                table.note(f"Session.edit and render, mix, 2 s: {kind}", cpu(render_2_s)[0])
            with session.edit("none"):
                session.name = f"take {turn}"
            table.note("Session.edit and render, mix, 2 s: a name", cpu(render_2_s)[0])
            table.note("Session.snapshot", cpu(session.snapshot)[0])


def others(table: Table, chosen: argparse.Namespace, graph: dict, stems: dict[str, np.ndarray]) -> None:
    """Time what Chromium and pedalboard do after an edit: everything."""
    if not chosen.no_chromium and shutil.which("chromium"):
        browser = Chromium()
        browser.page.prepare(graph, stems, graph["length"])
        table.note("from the edit to the mix, wall: Chromium", cpu(browser.page.start)[1])
        browser.close()
    if not chosen.no_pedalboard:
        table.note("from the edit to the mix, CPU: pedalboard", pedalboard(chosen.tracks, chosen.seconds * RATE))


def long(table: Table, chosen: argparse.Namespace) -> None:
    """Time an edit of automation inside 2 s of a session of 180 s."""
    stems = media(chosen.tracks, 180 * RATE)
    data = session(chosen.tracks)
    points = [{"id": "a", "time_s": 90.0, "value": 0.1, "curve": "set"}]
    points += [{"id": "b", "time_s": 92.0, "value": 0.5, "curve": "linear"}]
    data["automation"] = {"t1/gain": points}
    graph = compiled(data, stems)
    options = {"raw_graph": True, "media_key": str.encode, "cache": TileCache(6 << 30), "threads": 1}
    render(graph, stems.__getitem__, **options)
    table.note("180 s, full render", cpu(partial(render, graph, stems.__getitem__, raw_graph=True, threads=1))[0])
    for turn in range(chosen.rounds):
        points[0]["value"] = 0.2 + turn / 10
        graph = compiled(data, stems)
        table.note("180 s, automation edited", cpu(partial(render, graph, stems.__getitem__, **options))[0])
    table.row(
        "automation edit inside 2 s of 180 s", "180 s, automation edited", "180 s, full render", "must 0.05, aim 0.03"
    )


def growth(table: Table, chosen: argparse.Namespace) -> None:
    """Time sessions of 1 to 128 tracks: what a track and second costs."""
    counts = [1, 2, 4, 8, 16, 32, 64, 128]
    for _ in range(chosen.rounds):
        for tracks in counts:
            table.note(f"growth, {tracks} tracks x 20 s", full(tracks, 20)[0])
    for tracks in counts:
        one = table.median(f"growth, {tracks} tracks x 20 s") / tracks
        table.rows.append((f"a track's cost among {tracks}, of one's among 32", one, "linear: 1 from 16 on"))
    base = table.median("growth, 32 tracks x 20 s") / 32
    table.rows = [(work, ratio / base if "a track's cost" in work else ratio, must) for work, ratio, must in table.rows]


FIRST = """
import time, sys
began, said = time.perf_counter(), []
import numpy as np
sys.path.insert(0, sys.argv[1])
import bench_mix as bench
stems = bench.media(2, bench.RATE)
graph = bench.compiled(bench.session(2), stems)
bench.render(graph, stems.__getitem__, progress=said.append)
print(time.perf_counter() - began, time.process_time(), len(said))
"""


def first(table: Table, chosen: argparse.Namespace) -> None:
    """Time the first render of a fresh process, with kernels cached and with nothing cached."""
    command = [sys.executable, "-c", FIRST, str(HERE)]
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("nothing cached", *["kernels cached"] * chosen.rounds):
            environment = {**os.environ, "NUMBA_CACHE_DIR": folder, "PYTHONPYCACHEPREFIX": folder}
            environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages have their byte code beside them
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            wall, used, said = map(float, done.stdout.split())
            table.note(f"first render, {kind}, wall", wall)
            table.note(f"first render, {kind}, CPU", used)
            if kind == "nothing cached":
                print(f"  with nothing cached the progress spoke {said:.0f} times")
    for kind, required in (("nothing cached", "must 20 s with a progress message"), ("kernels cached", "must 1 s")):
        table.rows.append((f"first render, {kind}, seconds", table.median(f"first render, {kind}, wall"), required))


PARTS = {"peers": peers, "edits": edits, "long": long, "growth": growth, "first": first}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--part", choices=[*PARTS, "all"], action="append")
    options.add_argument("--tracks", type=int, default=32)
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--no-chromium", action="store_true")
    options.add_argument("--no-pedalboard", action="store_true")
    chosen = options.parse_args()
    full(16, 1)
    table = Table()
    print(f"{chosen.tracks} stereo tracks x {chosen.seconds} s, full graph, medians of {chosen.rounds} rounds")
    for part in PARTS if chosen.part in (None, ["all"]) else chosen.part:
        PARTS[part](table, chosen)
    table.show()


if __name__ == "__main__":
    main()
