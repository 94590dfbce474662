"""Score predictions on stored songs: ``python -m training.evaluate FOLDER METHOD=PRED.json... [--against METHOD]``.

Tempo Acc1 and Acc2 (4 %), beat F, CMLt, AMLt (the first 5 s left out) and downbeat F (70 ms), key (MIREX and exact),
chords (majmin), all by mir_eval. With ``--against`` the mean differences to one method and their 95 % intervals by
bootstrap over songs.
"""

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import mir_eval
import numpy as np

from training.corpus import load_folder
from training.harmony import NAMES

COLUMNS = ("acc1", "acc2", "beatF", "cmlt", "amlt", "downF", "key", "keyX", "chord", "tuning")


def score(truth: dict[str, Any], found: dict[str, Any]) -> dict[str, float]:
    """Score one song; what was not predicted counts 0, tuning is the error in cents."""
    tempo, guess = truth["tempo"], float(found.get("tempo") or 0)
    factors = (1, 2, 3, 1 / 2, 1 / 3)
    row = {
        "acc1": float(abs(guess - tempo) <= 0.04 * tempo),
        "acc2": float(any(abs(guess - tempo * factor) <= 0.04 * tempo * factor for factor in factors)),
    }
    reference = mir_eval.beat.trim_beats(np.array(truth["beats"]))
    beats = mir_eval.beat.trim_beats(np.array(sorted(found.get("beats") or []), float))
    row["beatF"] = mir_eval.beat.f_measure(reference, beats) if len(beats) else 0.0
    continuity = mir_eval.beat.continuity(reference, beats) if len(beats) > 2 else (0.0, 0.0, 0.0, 0.0)
    row["cmlt"], row["amlt"] = continuity[1], continuity[3]
    if "downbeats" in found:
        bars = mir_eval.beat.trim_beats(np.array(truth["downbeats"]))
        row["downF"] = mir_eval.beat.f_measure(bars, mir_eval.beat.trim_beats(np.array(found["downbeats"], float)))
    if truth["key_name"]:
        row["key"] = mir_eval.key.weighted_score(truth["key_name"], found["key"]) if found.get("key") else 0.0
        row["keyX"] = float(row["key"] == 1)
    if any(chord[2] >= 0 for chord in truth["chords"]):
        row["chord"] = chord_score(truth["chords"], found.get("chords") or [])
    if found.get("tuning_hz"):
        row["tuning"] = abs(1200 * float(np.log2(found["tuning_hz"] / truth["a4"])))
    return row


def chord_score(truth: list[tuple[float, float, int]], found: list[list[Any]]) -> float:
    """Share of the time with the right major or minor triad; other chords are left out."""
    known = [chord for chord in truth if chord[2] >= 0]
    found = [chord for chord in found if chord[1] > chord[0] + 1e-4]
    if not known or not found:
        return 0.0
    labels = [f"{NAMES[label % 12]}:{'min' if label >= 12 else 'maj'}" for _, _, label in known]
    spans = np.array([chord[:2] for chord in known])
    guesses, names = mir_eval.util.adjust_intervals(
        np.array([chord[:2] for chord in found], float), [chord[2] for chord in found], 0, spans.max(), "N", "N"
    )
    total = right = 0.0
    for (start, end), label in zip(spans, labels, strict=True):
        for (first, last), name in zip(guesses, names, strict=True):
            shared = min(end, last) - max(start, first)
            if shared > 0:
                total += shared
                right += shared * (name == label)
    return right / total if total else 0.0


def intervals(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float, float]:
    """Mean difference and its 95 % interval over 2000 resamplings of the songs."""
    rng = np.random.default_rng(0)
    difference = ours - theirs
    means = difference[rng.integers(0, len(difference), (2000, len(difference)))].mean(axis=1)
    return float(difference.mean()), *(float(value) for value in np.percentile(means, [2.5, 97.5]))


def main() -> None:
    """Parse the command line, score and print tables."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("predictions", nargs="+", help="METHOD=PRED.json")
    parser.add_argument("--against")
    parser.add_argument("--limit", type=int, help="the first songs only")
    options = parser.parse_args()
    songs = load_folder(options.folder, limit=options.limit)
    rows: dict[str, list[dict[str, float]]] = {}
    for pair in options.predictions:
        method, path = pair.split("=", 1)
        found = json.loads(Path(path).read_text())
        rows[method] = [score(song.truth, found.get(song.name, {})) for song in songs]
    print(f"{'method':12s}" + "".join(f"{column:>8s}" for column in COLUMNS) + f"{len(songs):8d} songs")
    for method, scores in rows.items():
        cells = [[row[column] for row in scores if column in row] for column in COLUMNS]
        texts = [
            "-" if not cell else f"{np.median(cell):.2f}" if column == "tuning" else f"{100 * np.mean(cell):.1f}"
            for column, cell in zip(COLUMNS, cells, strict=True)
        ]
        print(f"{method:12s}" + "".join(f"{text:>8s}" for text in texts))
    if options.against:
        for method in rows:
            if method == options.against:
                continue
            for column in ("acc1", "acc2", "beatF", "amlt", "key", "chord"):
                ours, theirs = (
                    np.array([row[column] for row in rows[name] if column in row]) for name in (method, options.against)
                )
                mean, low, high = intervals(100 * ours, 100 * theirs)
                print(f"{method} - {options.against} {column:6s} {mean:+6.1f} [{low:+.1f}, {high:+.1f}]")


if __name__ == "__main__":
    main()
