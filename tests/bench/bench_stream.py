"""Rendering from disk to disk: the command ``maxbooster render`` in a process of its own, its memory and its time.

Run by hand:
``python tests/bench/bench_stream.py hour [--seconds 3600]``: 32 tracks, eight distinct files each used four times,
to a 24-bit WAV, on two threads: peak memory, and wall time against the programme's length.
``python tests/bench/bench_stream.py command [--seconds 60] [--rounds 3]``: ``maxbooster render --no-cache`` against
the engine alone on decoded samples, interleaved, both in fresh processes. Processes keep bytecode in the bench's
own folder, as those of an installed program do beside it, whatever the environment says; ``no bytecode`` is the command
as it is where Python may keep none, and compiles every module that it loads.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from maxbooster_kernel.audio.write import AudioWriter
from maxbooster_kernel.session.conform import normalize

RATE = 44100
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": ""}
TRACKS, FILES = 32, 8
ENGINE = """
import json, sys, time
from pathlib import Path
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.workbench.compiled import compiled_session
from maxbooster_kernel.workbench.media import SessionMedia
path = Path(sys.argv[1])
media = SessionMedia(json.loads(path.read_text()), path.parent)
graph, start, end = compiled_session(json.loads(path.read_text()), media, raw_graph=False, start_s=None, end_s=None)
samples = media.read_all()
render(graph, samples.__getitem__, end=1024)
began = time.perf_counter()
render(graph, samples.__getitem__, threads=int(sys.argv[2]))
print(time.perf_counter() - began)
"""


def write_session(folder: Path, seconds: int) -> Path:
    """Write eight distinct 24-bit stems and a session that plays each on four tracks, with every stage at work."""
    rng = np.random.default_rng(0)
    second = [(0.2 * rng.standard_normal((2, RATE))).astype(np.float32) for _ in range(FILES)]
    for number, noise in enumerate(second):
        with AudioWriter(folder / f"{number}.wav", RATE, 2) as writer:
            for at in range(seconds):  # rolled and swelling: no second of a file is like another
                level = np.float32(0.2 + 0.8 * ((at * 7 + number) % 13) / 13)
                writer.write(np.roll(noise, 977 * at, axis=1) * level)
    tracks = []
    for k in range(TRACKS):
        bands = [
            {"id": "low", "type": "lowshelf", "frequency": 320, "gain": 3.0 + k / 100},
            {"id": "mid", "type": "peaking", "frequency": 1000, "Q": 1, "gain": 2.0},
            {"id": "high", "type": "highshelf", "frequency": 3200, "gain": -2.0},
        ]
        strip = {"gain": 0.5 + k / 1000, "pan": (k % 9 - 4) / 4, "eq": {"bands": bands}}
        tracks.append({"id": f"t{k}", "clips": [{"id": "c", "media": f"{k % FILES}.wav"}], **strip})
    path = folder / "song.mbsession"
    path.write_text(
        json.dumps(normalize({"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": tracks}))
    )
    return path


def timed(command: list[str], environ: dict[str, str]) -> tuple[float, float, float]:
    """Return wall seconds, CPU seconds and peak resident MB of a process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def keep_bytecode(folder: Path) -> None:
    """Let processes that are started keep bytecode in a folder."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")


def render_command(session: Path, threads: int) -> list[str]:
    """Return the command that renders a session anew."""
    output = str(session.with_name("mix.wav"))
    head = [sys.executable, "-m", "maxbooster_kernel", "render", str(session), "-o", output, "--force"]
    return [*head, "--no-cache", "--threads", str(threads)]


def hour(folder: Path, seconds: int, threads: int) -> None:
    """Measure memory and time of a long render from disk."""
    session = write_session(folder, seconds)
    environ = {"MAXBOOSTER_CACHE": str(folder / "cache")}
    print(f"{TRACKS} tracks x {seconds} s from {FILES} files of 24 bit, {threads} threads")
    for name in ("new files", "known files"):
        wall, used, peak = timed(render_command(session, threads), environ)
        share = f"1/{seconds / wall:.1f} of the programme"
        print(f"{name}: {peak:.0f} MB peak, wall {wall:.1f} s = {share}, CPU {used:.1f} s", flush=True)


def command(folder: Path, seconds: int, rounds: int, threads: int) -> None:
    """Measure the command, all of it, against the engine alone."""
    session = write_session(folder, seconds)
    walls: dict[str, list[float]] = {"engine alone": [], "new files": [], "known files": [], "no bytecode": []}
    keep_bytecode(folder)
    timed(render_command(session, threads), {"MAXBOOSTER_CACHE": str(folder / "first")})
    for number in range(rounds):
        engine = [sys.executable, "-c", ENGINE, str(session), str(threads)]
        walls["engine alone"].append(float(subprocess.run(engine, check=True, capture_output=True, text=True).stdout))
        environ = {"MAXBOOSTER_CACHE": str(folder / f"cache{number}")}
        for name in ("new files", "known files"):
            walls[name].append(timed(render_command(session, threads), environ)[0])
        walls["no bytecode"].append(timed(render_command(session, threads), environ | NO_BYTECODE)[0])
    medians = {name: statistics.median(values) for name, values in walls.items()}
    print(f"{TRACKS} tracks x {seconds} s, {threads} threads, medians of {rounds} rounds")
    for name, wall in medians.items():
        print(f"{name:14s} {wall:7.2f} s wall   {wall / medians['engine alone']:5.2f} of the engine alone")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("what", choices=["hour", "command"])
    options.add_argument("--seconds", type=int)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--folder", type=Path, help="where the stems go (8 GB an hour); default: a temporary one")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        if chosen.what == "hour":
            hour(Path(name), chosen.seconds or 3600, chosen.threads)
        else:
            command(Path(name), chosen.seconds or 60, chosen.rounds, chosen.threads)


if __name__ == "__main__":
    main()
