"""Play tracker modules, whose rows are the truth about their beats: ``python -m training.modules OUT FILE...``.

Writes excerpts as WAV and ``labels.json`` for ``tests/bench/bench_recordings.py``. Needs libopenmpt.
"""

import argparse
import ctypes
import ctypes.util
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 44100
BLOCK = 64
EXCERPT_S = 40.0
STARTS_S = (8.0, 60.0)
ROWS_A_BEAT = 4
FASTEST_BPM = 200.0
"""Of faster modules eight rows are counted as a beat."""
LEAST_ON_GRID = 0.95
"""Excerpts in which fewer of the beats follow their neighbours evenly are left out: their patterns are broken off."""


def library() -> str | None:
    """Name of libopenmpt, or None where it is missing."""
    return ctypes.util.find_library("openmpt")


def play(path: Path, seconds: float) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.int64]]:
    """Play a module.

    Parameters
    ----------
    path
        The module.
    seconds
        At most so long.

    Returns
    -------
    NDArray[np.float32]
        Stereo at 44100 Hz, shape (2, frames).
    NDArray[np.float64]
        When each row begins, in seconds.
    NDArray[np.int64]
        Which row of its pattern each is.
    """
    lib: Any = ctypes.CDLL(library())
    lib.openmpt_module_create_from_memory2.restype = ctypes.c_void_p
    lib.openmpt_module_read_float_stereo.restype = ctypes.c_size_t
    data = path.read_bytes()
    none = ctypes.c_void_p(None)
    module = ctypes.c_void_p(
        lib.openmpt_module_create_from_memory2(
            data, ctypes.c_size_t(len(data)), none, none, none, none, none, none, none
        )
    )
    if not module.value:
        raise ValueError(f"expected a tracker module, got {path.name}")
    total = int(seconds * RATE)
    sides = [np.zeros(total + BLOCK, np.float32) for _ in range(2)]
    pointer = ctypes.POINTER(ctypes.c_float)
    times, rows, last, done = [], [], (-1, -1), 0
    while done < total:
        at = [ctypes.cast(side[done:].ctypes.data, pointer) for side in sides]
        place = (lib.openmpt_module_get_current_order(module), lib.openmpt_module_get_current_row(module))
        got = lib.openmpt_module_read_float_stereo(module, RATE, ctypes.c_size_t(BLOCK), *at)
        if got == 0:
            break
        if place != last:
            times.append(done / RATE)
            rows.append(place[1])
            last = place
        done += got
    lib.openmpt_module_destroy(module)
    return np.stack([side[:done] for side in sides]), np.array(times), np.array(rows, np.int64)


def beats_of(times: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the beats: every fourth row of a pattern, every eighth of fast modules.

    Examples
    --------
    >>> beats_of(np.arange(64) * 0.125, np.arange(64))[:3].tolist()
    [0.0, 0.5, 1.0]
    >>> beats_of(np.arange(64) * 0.06, np.arange(64))[:3].tolist()
    [0.0, 0.48, 0.96]
    """
    beats = times[rows % ROWS_A_BEAT == 0]
    if beats.size > 2 and 60 / float(np.median(np.diff(beats))) > FASTEST_BPM:
        beats = times[rows % (2 * ROWS_A_BEAT) == 0]
    return np.asarray(beats)


def excerpts(path: Path, out: Path) -> dict[str, dict[str, Any]]:
    """Write the excerpts of one module and return their labels."""
    import soundfile as sf

    samples, times, rows = play(path, STARTS_S[-1] + EXCERPT_S)
    beats = beats_of(times, rows)
    found = {}
    for number, start in enumerate(STARTS_S):
        part = samples[:, int(start * RATE) : int((start + EXCERPT_S) * RATE)]
        inside = beats[(beats >= start) & (beats < start + EXCERPT_S)] - start
        if part.shape[1] < 0.99 * EXCERPT_S * RATE or inside.size < 16 or float(part.std()) < 1e-3:
            continue
        steps = np.diff(inside)
        if float(np.mean(np.abs(steps[1:] / steps[:-1] - 1) < 0.05)) < LEAST_ON_GRID:
            continue
        name = f"{path.stem}_{number}.wav"
        sf.write(out / name, (part / np.abs(part).max() * 0.9).T, RATE, subtype="PCM_16")
        tempo = 60 / float(np.median(steps))
        found[name] = {"file": name, "kind": path.stem, "tempo": tempo, "beats": inside.round(4).tolist()}
    return found


def main() -> None:
    """Parse the command line and play."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    labels: dict[str, dict[str, Any]] = {}
    for path in options.files:
        labels |= excerpts(path, options.out)
    (options.out / "labels.json").write_text(json.dumps(labels, indent=1))
    print(len(labels), "excerpts of", len({row["kind"] for row in labels.values()}), "modules")


if __name__ == "__main__":
    main()
