"""Loudness against its peers, interleaved in one run: ``python tests/bench/bench_loudness.py [SECONDS] [ROUNDS]``.

Times I + M + S + range + true peak + histories of this package against ffmpeg's ebur128 with true peak (from a WAV
file, decoding included on both sides), pyloudnorm's integrated loudness alone, and libebur128 where ``pyebur128`` is
installed. Prints medians of processor time and ratios.
"""

from __future__ import annotations

import importlib.util
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from maxbooster_kernel.audio import AudioBuffer, read_audio
from maxbooster_kernel.loudness import measure_loudness

RATE = 44100


def music(seconds: float) -> np.ndarray:
    """Return noise with beats and swells, stereo."""
    rng = np.random.default_rng(0)
    t = np.arange(round(seconds * RATE)) / RATE
    shape = 0.05 * (1 + np.sin(2 * np.pi * t / 20)) + 0.3 * np.exp(-((t % 0.5) / 0.05))
    return (rng.standard_normal((2, t.size)) * shape * 0.5).astype(np.float32)


def contenders(path: Path, samples: np.ndarray) -> dict[str, Callable[[], object]]:
    """Return what is timed."""
    buffer = AudioBuffer(samples, RATE)
    interleaved = samples.T.astype(np.float64)
    found: dict[str, Callable[[], object]] = {
        "ours": lambda: measure_loudness(buffer),
        "ours with decoding": lambda: measure_loudness(read_audio(path)),
    }
    if ffmpeg := shutil.which("ffmpeg"):
        command = [
            ffmpeg,
            "-nostats",
            "-loglevel",
            "error",
            "-i",
            str(path),
            "-af",
            "ebur128=peak=true",
            "-f",
            "null",
            "-",
        ]
        found["ffmpeg ebur128 with decoding"] = lambda: subprocess.run(command, check=True, capture_output=True)
    import pyloudnorm

    found["pyloudnorm integrated only"] = lambda: pyloudnorm.Meter(RATE).integrated_loudness(interleaved)
    if importlib.util.find_spec("pyebur128"):
        found["libebur128 (pyebur128)"] = lambda: libebur128(samples)
    return found


def libebur128(samples: np.ndarray) -> object:
    """Measure the same with libebur128."""
    import pyebur128

    modes = pyebur128.MeasurementMode
    state = pyebur128.R128State(2, RATE, modes.MODE_I | modes.MODE_LRA | modes.MODE_TRUE_PEAK)
    state.add_frames(np.ascontiguousarray(samples.T).ravel(), samples.shape[1])
    return pyebur128.get_loudness_global(state), pyebur128.get_loudness_range(state)


def cpu_seconds() -> float:
    """Return the processor time of this process and its finished children: steady on a shared machine."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> None:
    """Time each contender in turn, round after round."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 180.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    samples = music(seconds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "music.wav"
        soundfile.write(path, samples.T, RATE, subtype="PCM_16")
        entries = contenders(path, samples)
        times: dict[str, list[float]] = {name: [] for name in entries}
        measure_loudness(AudioBuffer(samples[:, :RATE], RATE))  # kernels compiled or loaded
        for _ in range(rounds):
            for name, work in entries.items():
                start = cpu_seconds()
                work()
                times[name].append(cpu_seconds() - start)
    ours = {"plain": statistics.median(times["ours"]), "decoding": statistics.median(times["ours with decoding"])}
    for name, taken in times.items():
        median = statistics.median(taken)
        base = ours["decoding" if "decoding" in name else "plain"]
        print(f"{name:32s} {median * 1000:9.1f} ms cpu   {median / base:6.2f} x ours")


if __name__ == "__main__":
    main()
