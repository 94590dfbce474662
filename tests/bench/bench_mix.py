"""Speed of the mix engine against Chromium's OfflineAudioContext and pedalboard: CPU time, interleaved in one run.

Run by hand: ``python tests/bench/bench_mix.py [--tracks 32] [--seconds 60] [--rounds 3] [--no-chromium]``.
Pedalboard is installed into a temporary environment; each peer does its nearest chain of the same work.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from maxbooster_kernel.mix.cache import TileCache
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize

HERE = Path(__file__).parent
RATE = 44100
PEDALBOARD = """
import sys, time, json, numpy as np
from pedalboard import Compressor, Gain, HighShelfFilter, Limiter, LowShelfFilter, PeakFilter, Pedalboard
tracks, frames = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(0)
distinct = [(0.1 * rng.standard_normal((2, frames))).astype(np.float32) for _ in range(min(8, tracks))]
began = time.process_time()
total = np.zeros((2, frames), np.float32)
for k in range(tracks):
    strip = Pedalboard([Gain(-6), LowShelfFilter(320, 3), PeakFilter(1000, 2, 1), HighShelfFilter(3200, -2),
                        Compressor(-24, 12, 3, 250)])
    total += strip(distinct[k % 8], 44100)
Pedalboard([Gain(-6), Compressor(-24, 3, 3, 250), Limiter(-1, 10)])(total, 44100)
print(time.process_time() - began)
"""


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
    shapes = {name: MediaShape(frames=samples.shape[1], channels=2) for name, samples in stems.items()}
    return compile_graph(data, shapes, raw_graph=True)


def cpu(function) -> tuple[float, float]:
    """Return the CPU and the wall time of a call."""
    wall, used = time.perf_counter(), time.process_time()
    function()
    return time.process_time() - used, time.perf_counter() - wall


class Chromium:
    """An OfflineAudioContext in real Chromium; CPU time is that of all its processes."""

    def __init__(self) -> None:
        spec = importlib.util.spec_from_file_location("offline", HERE.parent / "browser" / "offline.py")
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        self.context = self.module.offline(shutil.which("chromium"))
        self.page = self.context.__enter__()

    def render(self, graph: dict, stems: dict[str, np.ndarray]) -> float:
        """Render and return the CPU seconds spent in rendering."""
        self.page.prepare(graph, stems, graph["length"])
        before = self.seconds()
        self.page.start()
        return self.seconds() - before

    def seconds(self) -> float:
        """Return the CPU seconds so far of every browser process that descends from this one."""
        total, parents = 0.0, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
                chromium = b"chromium" in (stat.parent / "cmdline").read_bytes()
            except OSError:
                continue
            parents[int(stat.parent.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / 100 * chromium
        for process in parents:
            ancestor = process
            while ancestor in parents and ancestor != os.getpid():
                ancestor = parents[ancestor][0]
            total += parents[process][1] if ancestor == os.getpid() else 0.0
        return total

    def close(self) -> None:
        """End the browser."""
        self.context.__exit__(None, None, None)


def pedalboard_python() -> str:
    """Return a Python that has pedalboard, in a temporary environment."""
    folder = Path(tempfile.gettempdir()) / "bench-pedalboard"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "pedalboard", "numpy"], check=True)
    return str(python)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--tracks", type=int, default=32)
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--no-chromium", action="store_true")
    options.add_argument("--no-pedalboard", action="store_true")
    chosen = options.parse_args()
    frames = chosen.seconds * RATE
    stems = media(chosen.tracks, frames)
    graph = compiled(session(chosen.tracks), stems)
    key = str.encode
    render(graph, stems.__getitem__, raw_graph=True, end=1024)
    browser = None if chosen.no_chromium or not shutil.which("chromium") else Chromium()
    python = None if chosen.no_pedalboard else pedalboard_python()
    times: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        times.setdefault(name, []).append(value)

    for _ in range(chosen.rounds):
        for threads in (1, 2):
            used, wall = cpu(lambda n=threads: render(graph, stems.__getitem__, raw_graph=True, threads=n))
            note(f"kernel, {threads} threads, CPU", used)
            note(f"kernel, {threads} threads, wall", wall)
        if browser:
            note("Chromium, CPU", browser.render(graph, stems))
        if python:
            command = [python, "-c", PEDALBOARD, str(chosen.tracks), str(frames)]
            note("pedalboard, CPU", float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        cache = TileCache(4 << 30)
        options_ = {"raw_graph": True, "media_key": key, "cache": cache, "threads": 1}
        note("full render into the cache, CPU", cpu(partial(render, graph, stems.__getitem__, **options_))[0])
        edited = session(chosen.tracks)
        edited["tracks"][chosen.tracks // 2]["gain"] = 0.3
        changed = compiled(edited, stems)
        note("one-track edit, CPU", cpu(partial(render, changed, stems.__getitem__, **options_))[0])
        edited["master"]["gain"] = 0.9
        changed = compiled(edited, stems)
        note("master gain edit, CPU", cpu(partial(render, changed, stems.__getitem__, **options_))[0])
        edited["tracks"][0]["mute"] = True
        changed = compiled(edited, stems)
        note("mute, CPU", cpu(partial(render, changed, stems.__getitem__, **options_))[0])
        edited["automation"] = {
            "t1/gain": [
                {"id": "a", "time_s": chosen.seconds / 2, "value": 0.1, "curve": "set"},
                {"id": "b", "time_s": chosen.seconds / 2 + 2, "value": 0.5, "curve": "set"},
            ]
        }
        render(compiled(edited, stems), stems.__getitem__, **options_)
        edited["automation"]["t1/gain"][0]["value"] = 0.2
        changed = compiled(edited, stems)
        note("automation edit inside 2 s, CPU", cpu(partial(render, changed, stems.__getitem__, **options_))[0])
    if browser:
        browser.close()
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians["kernel, 1 threads, CPU"]
    print(f"{chosen.tracks} stereo tracks x {chosen.seconds} s, full graph, medians of {chosen.rounds} rounds")
    for name, value in medians.items():
        print(f"{name:36s} {value:9.3f} s   {value / base:8.3f} of the kernel's full render")
    print(json.dumps({"medians": medians}))


if __name__ == "__main__":
    main()
