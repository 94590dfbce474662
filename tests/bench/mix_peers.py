"""The peers the mix engine is measured against: Chromium's OfflineAudioContext and pedalboard."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

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


LONE = """
import sys, time
sys.path.insert(0, sys.argv[1])
import bench_mix as bench
tracks, seconds = int(sys.argv[2]), int(sys.argv[3])
stems = bench.media(tracks, seconds * bench.RATE)
graph = bench.compiled(bench.session(tracks), stems)
bench.render(graph, stems.__getitem__, raw_graph=True, threads=1, end=bench.RATE)
print("ready", flush=True)
for _ in sys.stdin:
    began = time.perf_counter()
    bench.render(graph, stems.__getitem__, raw_graph=True, threads=1)
    print(time.perf_counter() - began, flush=True)
"""


class Lone:
    """A process of its own that renders the benchmark's session on one thread whenever it is told."""

    def __init__(self, tracks: int, seconds: int) -> None:
        command = [sys.executable, "-c", LONE, str(Path(__file__).parent), str(tracks), str(seconds)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer()

    def tell(self) -> None:
        """Begin a render."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """Wait until it is done; return what it says: the wall time in seconds."""
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


class Chromium:
    """An OfflineAudioContext in real Chromium; CPU time is that of all its processes."""

    def __init__(self) -> None:
        spec = importlib.util.spec_from_file_location("offline", Path(__file__).parents[1] / "browser" / "offline.py")
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


def pedalboard(tracks: int, frames: int) -> float:
    """Return the CPU seconds pedalboard takes for its nearest chain."""
    command = [pedalboard_python(), "-c", PEDALBOARD, str(tracks), str(frames)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
