"""Danceability and dynamic complexity beside essentia's: ``python tests/bench/bench_descriptors.py FILE...``.

Needs essentia (AGPL, installed by hand). Prints the relative differences; 5 % is what the definition leaves open.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile as sf

from maxbooster_kernel.analysis.dynamics import dynamic_complexity
from maxbooster_kernel.analysis.rhythm import danceability, frame_deviations

RATE = 44100
ALLOWED = 0.05


def values(path: Path) -> list[tuple[float, float]]:
    """Ours and essentia's danceability, then dynamic complexity."""
    import essentia.standard as es
    import soxr

    samples, rate = sf.read(path, dtype="float32", always_2d=True)
    mono = np.ascontiguousarray(soxr.resample(samples.mean(axis=1), rate, RATE), np.float32)
    ours = danceability(frame_deviations(mono, RATE)), (dynamic_complexity(mono, RATE) or (np.nan,))[0]
    theirs = es.Danceability()(mono)[0], es.DynamicComplexity()(mono)[0]
    return [(float(np.nan if a is None else a), float(b)) for a, b in zip(ours, theirs, strict=True)]


def main() -> None:
    """Measure and print."""
    rows = np.array([values(Path(name)) for name in sys.argv[1:]])
    for column, name in enumerate(("danceability", "dynamic complexity")):
        apart = np.abs(rows[:, column, 0] / rows[:, column, 1] - 1)
        within = 100 * np.mean(apart <= ALLOWED)
        print(
            f"{name:20s} {len(apart)} files: median {100 * np.median(apart):.2f} %, "
            f"95 of 100 below {100 * np.percentile(apart, 95):.1f} %, most {100 * apart.max():.1f} %; "
            f"{within:.0f} % of files within 5 %"
        )


if __name__ == "__main__":
    main()
