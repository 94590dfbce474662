"""Chords: one a beat, the most likely sequence of major and minor triads, in Harte's syntax."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.key import NAMES, Key

LABELS = (*(f"{name}:maj" for name in NAMES), *(f"{name}:min" for name in NAMES), "N")
STAY = 2.5
"""How much more likely a chord stays than moves, as a log weight."""
SHARPNESS = 14.0
BASS = 0.25
IN_KEY = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """A chord from ``start_s`` to ``end_s``; ``label`` as "C:maj", "A:min", or "N" for none."""

    start_s: float
    end_s: float
    label: str


def templates() -> NDArray[np.float64]:
    """Return the 24 triads as unit vectors with the partials their notes bring, shape ``(24, 12)``."""
    rows = []
    for third in (4, 3):
        for root in range(12):
            row = np.zeros(12)
            for note, weight in ((0, 1.0), (third, 1.0), (7, 0.9)):
                row[(root + note) % 12] += weight
                row[(root + note + 7) % 12] += 0.15 * weight
                row[(root + note + 4) % 12] += 0.08 * weight
            rows.append(row / np.linalg.norm(row))
    return np.array(rows)


def find_chords(
    chroma: NDArray[np.floating],
    bass: NDArray[np.floating],
    borders_s: NDArray[np.float64],
    frame_rate: float,
    *,
    key: Key | None,
) -> list[Chord]:
    """Return the chords between borders.

    Parameters
    ----------
    chroma, bass
        Shape ``(frames, 12)`` from C, ``frame_rate`` a second.
    borders_s
        Where chords may change: beats, with the start and the end of the programme.
    key
        Its own chords are a little more likely.
    """
    if borders_s.size < 2:
        return []
    treble = pool(chroma, borders_s, frame_rate)
    low = pool(bass, borders_s, frame_rate)
    scores = chord_scores(treble, low, key=key)
    path = decode(scores, stay=STAY)
    chords: list[Chord] = []
    for k, state in enumerate(path):
        label, start, end = LABELS[state], float(borders_s[k]), float(borders_s[k + 1])
        if chords and chords[-1].label == label:
            chords[-1] = Chord(start_s=chords[-1].start_s, end_s=end, label=label)
        else:
            chords.append(Chord(start_s=start, end_s=end, label=label))
    return chords


def pool(values: NDArray[np.floating], borders_s: NDArray[np.float64], frame_rate: float) -> NDArray[np.float64]:
    """Return the mean of the frames between borders, a little after each; shape ``(len(borders_s) - 1, columns)``."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    edge = np.clip(borders_s * frame_rate + 0.5, 0.0, values.shape[0])
    whole = np.minimum(edge.astype(np.int64), max(0, values.shape[0] - 1))
    at = total[whole] + (edge - whole)[:, np.newaxis] * (total[np.minimum(whole + 1, values.shape[0])] - total[whole])
    length = np.maximum(np.diff(edge), 1e-6)[:, np.newaxis]
    return np.asarray(np.diff(at, axis=0) / length)


def chord_scores(treble: NDArray[np.float64], low: NDArray[np.float64], *, key: Key | None) -> NDArray[np.float64]:
    """Return log weights of the 24 triads and of no chord, shape ``(parts, 25)``."""
    level = np.linalg.norm(treble, axis=1, keepdims=True)
    bass_level = np.linalg.norm(low, axis=1, keepdims=True)
    match = (treble / np.maximum(level, 1e-9)) @ templates().T
    bass_match = low / np.maximum(bass_level, 1e-9)
    scores = np.empty((treble.shape[0], 25))
    scores[:, :24] = match + BASS * (np.tile(bass_match, 2) + 0.3 * np.tile(np.roll(bass_match, -7, axis=1), 2))
    if key is not None:
        tonic = NAMES.index(key.tonic)
        major = (0, 5, 7) if key.scale == "major" else (3, 8, 10, 7)
        minor = (2, 4, 9) if key.scale == "major" else (0, 5)
        scores[:, [(tonic + k) % 12 for k in major]] += IN_KEY
        scores[:, [12 + (tonic + k) % 12 for k in minor]] += IN_KEY
    scores[:, 24] = np.where(level[:, 0] > 0.05 * np.percentile(level, 90), 0.55, 3.0)
    return SHARPNESS * scores


def decode(scores: NDArray[np.float64], *, stay: float) -> NDArray[np.int64]:
    """Return the most likely sequence of states where staying has the log weight ``stay`` (Viterbi)."""
    parts, states = scores.shape
    best = scores[0].copy()
    back = np.zeros((parts, states), np.int64)
    for t in range(1, parts):
        leader = int(best.argmax())
        moved = best[leader]
        stays = best + stay >= moved
        back[t] = np.where(stays, np.arange(states), leader)
        best = np.where(stays, best + stay, moved) + scores[t]
    path = np.empty(parts, np.int64)
    path[-1] = int(best.argmax())
    for t in range(parts - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path
