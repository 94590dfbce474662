"""Estimated against true: how close an analysis comes to the demo song's exact truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

BEAT_TOLERANCE_S = 0.07


def score(estimated: Mapping[str, Any], truth: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row a quantity: ``quantity, estimated, true, score``.

    Parameters
    ----------
    estimated
        An analysis as the command line prints it (times in seconds, tempo in BPM).
    truth
        The truth the demo song was made from.

    Notes
    -----
    Beats and downbeats are scored by F-measure with a tolerance of 70 ms, chords by the share of time on which root
    and third agree (MIREX "majmin"), as mir_eval does.
    """
    tempo, true_tempo = estimated["bpm"], truth["tempo"]
    key = f"{estimated['key']} {estimated['scale']}" if estimated["key"] else None
    beats, downbeats = estimated["beats_s"] or [], estimated["downbeats_s"] or []
    return [
        _row("tempo", _bpm(tempo), _bpm(true_tempo), _off(tempo, true_tempo)),
        _row("tempo at the end", _bpm(_last(estimated["tempo_curve"])), _bpm(truth["tempo_map"][-1][1]), ""),
        _row("beats", len(beats), len(truth["beats"]), f"F {f_measure(beats, truth['beats']):.3f}"),
        _row("downbeats", len(downbeats), len(truth["downbeats"]), f"F {f_measure(downbeats, truth['downbeats']):.3f}"),
        _row("key", key, truth["key"], "equal" if key == truth["key"] else "differs"),
        _row(
            "chords",
            len(estimated["chords"] or []),
            len(truth["chords"]),
            f"{chord_overlap(estimated['chords'] or [], truth['chords']):.1%} of the time",
        ),
        _row("length", _seconds(estimated["duration_s"]), _seconds(truth["duration"]), "with the tail"),
    ]


def f_measure(estimated: Sequence[float], true: Sequence[float], tolerance_s: float = BEAT_TOLERANCE_S) -> float:
    """Return the F-measure of times in seconds, matched one to one within a tolerance.

    >>> f_measure([0.5, 1.0, 1.6], [0.5, 1.05, 1.5])
    0.6666666666666666
    """
    left, right = sorted(estimated), sorted(true)
    hits = i = j = 0
    while i < len(left) and j < len(right):
        if abs(left[i] - right[j]) <= tolerance_s:
            hits, i, j = hits + 1, i + 1, j + 1
        elif left[i] < right[j]:
            i += 1
        else:
            j += 1
    return 2.0 * hits / (len(left) + len(right)) if left or right else 0.0


def chord_overlap(estimated: Sequence[Mapping[str, Any]], true: Sequence[Sequence[Any]], step_s: float = 0.01) -> float:
    """Return the share of the truth's time on which root and third agree; chords that are neither are left out."""
    end = max((chord[1] for chord in true), default=0.0)
    times = np.arange(step_s / 2, end, step_s)
    names = [_at([(c["start_s"], c["end_s"], c["label"]) for c in estimated], time) for time in times]
    truths = [_at(true, time) for time in times]
    judged = [(name, answer) for name, answer in zip(names, truths, strict=True) if answer is not None]
    return sum(name == answer for name, answer in judged) / len(judged) if judged else 0.0


def triad(label: str) -> str | None:
    """Return root and mode of a Harte chord label; None where it has no third.

    >>> triad("Bb:maj7"), triad("A#:min"), triad("A:sus4"), triad("N")
    ('10:maj', '10:min', None, 'N')
    """
    if label == "N":
        return "N"
    root, _, quality = label.partition(":")
    semitone = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[root[0]]
    semitone += root.count("#") - root.count("b")
    if quality.startswith(("sus", "5", "1")):
        return None
    minor = quality.startswith(("min", "dim", "hdim", "minmaj"))
    return f"{semitone % 12}:{'min' if minor else 'maj'}"


def _at(chords: Sequence[Sequence[Any]], time: float) -> str | None:
    label = next((chord[2] for chord in chords if chord[0] <= time < chord[1]), "N")
    return triad(str(label))


def _row(quantity: str, estimated: Any, true: Any, how_close: str) -> dict[str, Any]:
    return {"quantity": quantity, "estimated": estimated, "true": true, "score": how_close}


def _bpm(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f} BPM"


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def _off(estimated: float | None, true: float) -> str:
    return "none" if estimated is None else f"{100 * (estimated / true - 1):+.2f} %"


def _last(curve: Sequence[Sequence[float]] | None) -> float | None:
    return curve[-1][1] if curve else None
