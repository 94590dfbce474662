"""Score the sections on songs of the demo synthesiser: ``python -m training.section_scores --count 47``.

Truth is where parts come and go; a section of the truth is named by the parts that play in it. Borders are scored
within 0.5 s and 3 s (hit rate F, the ends of the song left out), names by frames (pairwise F), all by mir_eval;
beside ours, borders at every eighth bar, as a guess without listening would set them, and one section for the whole.
"""

import argparse
import warnings

import mir_eval
import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.report import analyze
from maxbooster_kernel.demo.corpus import STYLES, make_song

FIRST_SEED = 960000
BARS_A_SECTION = 8
STEADY = tuple(style.name for style in STYLES if not style.beatless)


def score(truth: list[list[object]], starts: list[float], names: list[str]) -> tuple[float, float, float]:
    """Return border F within 0.5 s and 3 s, and pairwise F of the names, for sections that begin at ``starts``."""
    spans = np.array([[float(str(start)), float(str(end))] for start, end, _ in truth])
    spans[0, 0] = 0.0
    labels = [str(label) for _, _, label in truth]
    kept = [index for index, start in enumerate(starts) if start < spans[-1, 1] - 0.1]
    edges = [0.0, *(starts[index] for index in kept[1:]), spans[-1, 1]]
    found = np.column_stack((edges[:-1], edges[1:]))
    return (
        mir_eval.segment.detection(spans, found, window=0.5, trim=True)[2],
        mir_eval.segment.detection(spans, found, window=3.0, trim=True)[2],
        mir_eval.segment.pairwise(spans, labels, found, [names[index] for index in kept])[2],
    )


def scores(seed: int, duration_s: float) -> NDArray[np.float64] | None:
    """Return scores of one song: ours, every eighth bar, one section; None where the parts never change."""
    song = make_song(STEADY[seed % len(STEADY)], seed, duration_s=duration_s, sample_rate=22050)
    truth = song.truth["sections"]
    if len(truth) < 2:
        return None
    found = analyze(song.audio).sections
    bars = song.truth["downbeats"][::BARS_A_SECTION]
    ours = ([section.start_s for section in found] or [0.0], [section.label for section in found] or ["A"])
    return np.array([score(truth, *ours), score(truth, bars, ["A"] * len(bars)), score(truth, [0.0], ["A"])])


def main() -> None:
    """Parse the command line, make the songs, analyse and score them."""
    warnings.filterwarnings("ignore", message="(Estimated|Reference) intervals are empty")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=len(STEADY))
    parser.add_argument("--seconds", type=float, default=90.0)
    options = parser.parse_args()
    table = [
        row
        for seed in range(FIRST_SEED, FIRST_SEED + options.count)
        if (row := scores(seed, options.seconds)) is not None
    ]
    print(f"{len(table)} songs of {options.seconds:g} s   F 0.5 s   F 3 s   pairwise F")
    for name, row in zip(("ours", "every eighth bar", "one section"), 100 * np.mean(table, axis=0), strict=True):
        print(f"{name:18s}" + "".join(f"{value:10.1f}" for value in row))


if __name__ == "__main__":
    main()
