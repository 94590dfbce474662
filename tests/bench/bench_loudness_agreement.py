"""How far ffmpeg, libebur128 and this package read apart: ``python tests/bench/bench_loudness_agreement.py FILE...``.

A row a file: length, then ours less ffmpeg's and ours less libebur128's for integrated loudness (LU), true peak (dB;
and all three less the exact peak of the band-limited signal, found by transforms) and loudness range (LU), and how
far the two read apart themselves. Without files: the music of Debian's wesnoth-music, where it is installed.

EBU Tech 3342 asks for short-term values at least every 100 ms and the percentile rank round((n - 1) p + 1): this is
done here. libebur128 takes one value a second; ffmpeg's rank is round(n p).
"""

# ruff: noqa: E402 - the tests' folder comes first

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2])]

from maxbooster_kernel.audio import AudioBuffer, read_audio
from maxbooster_kernel.loudness import measure_loudness
from tests.loudness.peers import ebur128, libebur128

MUSIC = Path("/usr/share/games/wesnoth")
NEAR_LU = 0.25
NEAR_DB = 0.05
NEAR_LUFS = 0.02
HEAD = (
    "seconds  I ffmpeg  I lib128  TP ffmpeg  TP lib128  exact: ours  ffmpeg  lib128"
    "    LRA  LRA ffmpeg  LRA lib128  they differ"
)


def exact_true_peak(buffer: AudioBuffer) -> float:
    """Return the highest peak of the band-limited signal in dBTP, by transforms of all of it.

    Eight values a frame, of 32,768 frames at a time of which the outer 4,096 on each side are not looked at; then a
    parabola through the three highest of a wave, which is exact within 0.002 dB.
    """
    size, edge, fine = 1 << 15, 1 << 12, 8
    highest = 0.0
    for channel in buffer.samples:
        padded = np.pad(channel.astype(np.float64), (edge, size))
        for start in range(0, channel.size + edge, size - 2 * edge):
            spectrum = np.fft.rfft(padded[start : start + size], size)
            values = np.abs(np.fft.irfft(spectrum, fine * size)[fine * edge : fine * (size - edge)]) * fine
            top = 1 + int(values[1:-1].argmax())
            left, most, right = values[top - 1 : top + 2]
            bend = max(2.0 * most - left - right, 1e-12)
            inside = most >= max(left, right)
            highest = max(highest, most + (right - left) ** 2 / (8.0 * bend) if inside else most)
    return 20 * float(np.log10(highest))


def main() -> None:
    """Print a row a file and how many agree."""
    files = [Path(name) for name in sys.argv[1:]] or sorted(MUSIC.glob("*/data/core/music/*.ogg"))
    ffmpeg = shutil.which("ffmpeg")
    if not ffmpeg or not files:
        sys.exit("needs ffmpeg, libebur128 and files of music (Debian: ffmpeg libebur128-1 wesnoth-music)")
    print(f"{'':28s}{HEAD}")
    rows = []
    for path in files:
        buffer = read_audio(path)
        if buffer.channels != 2 or buffer.duration_s < 20:
            continue
        ours, theirs, other = measure_loudness(buffer), ebur128(ffmpeg, path), libebur128(buffer)
        row = [buffer.duration_s]
        row += [ours.integrated_lufs - theirs[0], ours.integrated_lufs - other[0]]
        exact = exact_true_peak(buffer)
        row += [ours.true_peak_dbtp - reading for reading in (theirs[2], other[2])]
        row += [reading - exact for reading in (ours.true_peak_dbtp, theirs[2], other[2])]
        row += [ours.range_lu, ours.range_lu - theirs[1], ours.range_lu - other[1], theirs[1] - other[1]]
        rows.append(row)
        print(f"{path.stem[:26]:28s}{line(row)}", flush=True)
    found = np.abs(np.array(rows))
    print(f"{'largest':28s}{line(found.max(axis=0))}")
    print(f"{'median':28s}{line(np.median(found, axis=0))}")
    lines, holds = verdict(found)
    print("\n".join(lines))
    sys.exit(0 if holds else 1)


def verdict(found: np.ndarray) -> tuple[list[str], bool]:
    """Return sentences on integrated loudness, true peak and range, and whether all three hold.

    Ours must be near both others. Where it is not, the exact peak decides: ours must be the nearest of the three; and
    of ranges, which the two others compute by other ranks and steps than Tech 3342 asks for, one must be near.
    """
    count = len(found)
    level = found[:, 1:3].max(axis=1) <= NEAR_LUFS
    peak = found[:, 3:5].max(axis=1) <= NEAR_DB
    exact = found[~peak, 5:8].max(axis=0, initial=0.0)
    nearest = found[~peak, 5] <= found[~peak, 6:8].min(axis=1, initial=np.inf)
    wide = found[:, 9:11].max(axis=1) <= NEAR_LU
    one = found[~wide, 9:11].min(axis=1, initial=np.inf) <= NEAR_LU
    apart = found[~wide, 11].min(initial=np.inf)
    words = [_word(np.all(part)) for part in (level, nearest, one)]
    exactly = f"ours {exact[0]:.3f}, ffmpeg {exact[1]:.3f}, libebur128 {exact[2]:.3f} dB from it at most"
    rest = f"on the other {(~peak).sum()} ours is the nearest to the exact peak on {nearest.sum()} ({exactly})"
    others = f"on the other {(~wide).sum()}, on which the two are {apart:.2f} LU and more apart, of one on {one.sum()}"
    sentences = [
        f"integrated within {NEAR_LUFS} LU of both on {level.sum()} of {count}",
        f"true peak within {NEAR_DB} dB of both on {peak.sum()} of {count}; {rest}",
        f"range within {NEAR_LU} LU of both on {wide.sum()} of {count}; {others}",
    ]
    return [f"{text}: {word}" for text, word in zip(sentences, words, strict=True)], "DOES NOT HOLD" not in words


def _word(holds: object) -> str:
    return "holds" if holds else "DOES NOT HOLD"


def line(row: list[float] | np.ndarray) -> str:
    """Return a row of numbers under the heading."""
    widths = (7, 10, 10, 11, 11, 13, 8, 8, 7, 12, 12, 13)
    return "".join(f"{value:{width}.3f}" for value, width in zip(row, widths, strict=True))


if __name__ == "__main__":
    main()
