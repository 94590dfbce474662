"""A batch of songs with one and with two processes: ``python tests/bench/bench_batch.py [SONGS] [SECONDS]``.

Makes a folder of songs, analyses it in one process, in two, and once more from the journal; then kills a worker of a
run in the middle and continues it. The same on a Dask cluster of two processes, where Dask is installed. Prints wall
time, the speed-up, and that nothing is lost or done twice.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from maxbooster_kernel.analysis.batch import analyze_files
from maxbooster_kernel.audio import AudioBuffer

RATE = 44100


def songs(folder: Path, count: int, seconds: float) -> list[Path]:
    """Write songs of different tempo and key."""
    paths = []
    t = np.arange(round(seconds * RATE)) / RATE
    for number in range(count):
        rng = np.random.default_rng(number)
        step = 60 / (90 + 5 * number)
        tone = sum(np.sin(2 * np.pi * 220 * 2 ** ((number + k) / 12) * t) for k in (0, 4, 7))
        drum = rng.standard_normal((2, t.size)) * np.exp(-((t % step) / 0.04))
        paths.append(AudioBuffer(0.05 * tone + 0.2 * drum, RATE).write(folder / f"song{number:02d}.wav"))
    return paths


def timed(paths: list[Path], **options: Any) -> float:
    """Return the wall time of a batch in seconds."""
    start = time.perf_counter()
    reports = analyze_files(paths, **options)
    assert all("error" not in report for report in reports)
    return time.perf_counter() - start


def children() -> list[int]:
    """Return the processes that loky started for this one, by their memory: the workers hold the most."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                command = (entry / "cmdline").read_text()
            except OSError:
                continue
            if int(status[1]) == os.getpid() and "loky" in command and "resource_tracker" not in command:
                found.append(int(entry.name))
    return found


def on_dask(paths: list[Path], folder: Path, alone: float) -> None:
    """Run the batch on a cluster of two processes, and once more with one of them killed in the middle."""
    import joblib
    from distributed import Client, LocalCluster

    local = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50)
    with local, Client(local) as client, joblib.parallel_config(backend="dask"):
        timed(paths[:4])  # workers started
        two = timed(paths, journal=folder / "dask.jsonl")
        print(f"Dask, 2 processes: {two:.1f} s: {alone / two:.2f} x; again: ", end="")
        print(f"{timed(paths, journal=folder / 'dask.jsonl'):.2f} s")
        victim: list[int] = []

        def kill(done: int, total: int, report: dict[str, Any]) -> None:
            if done == total // 2 and not victim:
                victim.append(next(iter(client.run(os.getpid).values())))
                os.kill(victim[0], signal.SIGKILL)

        timed(paths, journal=folder / "lost.jsonl", progress=kill)
        hashes = hashes_of(folder / "lost.jsonl")
        print(f"worker {victim} killed half-way: {len(set(hashes))} of {len(paths)} results, {len(hashes)} lines")


def hashes_of(journal: Path) -> list[str]:
    """Return the hash of each line of a journal."""
    return [json.loads(line)["report"]["sha256"] for line in journal.read_text("utf-8").splitlines()]


def main() -> None:
    """Run the batches."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 120.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["MAXBOOSTER_CACHE"] = str(folder / "cache")
        paths = songs(folder, count, seconds)
        timed(paths[:1], jobs=1)  # kernels compiled or loaded
        timed(paths[:2], jobs=2)  # workers started
        one, two = timed(paths, jobs=1), timed(paths, jobs=2, journal=folder / "two.jsonl")
        again = timed(paths, jobs=2, journal=folder / "two.jsonl")
        print(f"{count} songs of {seconds:g} s: {one:.1f} s alone, {two:.1f} s with 2 processes: {one / two:.2f} x")
        print(f"again from the journal: {again:.2f} s")
        killed: list[int] = []

        def kill(done: int, total: int, report: dict[str, Any]) -> None:
            if done == total // 2 and not killed:
                victim = children()[0]
                killed.append(victim)
                threading.Thread(target=os.kill, args=(victim, signal.SIGKILL)).start()

        timed(paths, jobs=2, journal=folder / "killed.jsonl", progress=kill)
        hashes = hashes_of(folder / "killed.jsonl")
        print(f"worker {killed} killed half-way: {len(set(hashes))} of {count} results, {len(hashes)} lines")
        if importlib.util.find_spec("distributed"):
            on_dask(paths, folder, one)


if __name__ == "__main__":
    main()
