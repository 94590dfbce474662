"""Beats and tempo of a programme from its onsets: the classical path, without any learned weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis import beats, tempo
from maxbooster_kernel.analysis.onset import Onsets
from maxbooster_kernel.analysis.spectra import FRAME_RATE

LOW_WEIGHT = 0.7
HALF_STRENGTH = 1.4
"""Onset strength, in deviations, at which a beat is as likely as not."""
SALIENCE_WEIGHT = 2.0
TRANSITION = 200.0
_LATENCY_S = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatGrid:
    """Beats in seconds, tempo in BPM, its confidence 0 to 1 and alternatives; see :class:`Analysis`."""

    beats_s: NDArray[np.float64]
    bpm: float | None
    confidence: float | None
    alternatives: tuple[tuple[float, float], ...]
    tempo_curve: NDArray[np.float64]
    tempogram: NDArray[np.float64]


def track_beats(onsets: Onsets) -> BeatGrid:
    """Return the beat grid of onset strength; without onsets it is empty."""
    salience = tempo.tempogram(onsets.strength)
    blank = BeatGrid(
        beats_s=np.empty(0), bpm=None, confidence=None, alternatives=(), tempo_curve=np.empty((0, 2)),
        tempogram=salience,
    )  # fmt: skip
    if not salience.max(initial=0.0) > 0.0:
        return blank
    strength = onsets.strength + LOW_WEIGHT * onsets.low
    activation = strength**2 / (strength**2 + HALF_STRENGTH**2)
    frames = beats.decode_beats(activation, FRAME_RATE, salience=_interval_weights(salience), transition=TRANSITION)
    times = beats.refine(frames, onsets.strength) / FRAME_RATE + _LATENCY_S
    times = times[times >= 0.0]
    curve = tempo.tempo_curve(times)
    if not curve.size:
        return blank
    bpm = float(np.median(curve[:, 1]))
    pairs = tempo.alternatives(salience, main_bpm=bpm)
    return BeatGrid(
        beats_s=times,
        bpm=bpm,
        confidence=_confidence(times, onsets.strength, pairs),
        alternatives=tuple(pairs),
        tempo_curve=curve,
        tempogram=salience,
    )


def _interval_weights(salience: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log weights of the decoder's intervals, row by row of the tempogram, from local and global salience."""
    grid = tempo.tempo_grid()
    mixed = (0.5 * salience + 0.5 * salience.mean(axis=0)) * tempo.preference(grid)
    mixed /= np.maximum(mixed.max(axis=1, keepdims=True), 1e-9)
    spans = beats.intervals(FRAME_RATE)
    rows = np.array([np.interp(60.0 * FRAME_RATE / spans, grid, row) for row in mixed])
    return np.asarray(SALIENCE_WEIGHT * np.log(np.maximum(rows, 1e-2)) * (spans / 60.0))


def _confidence(times: NDArray[np.float64], strength: NDArray[np.float64], pairs: list[tuple[float, float]]) -> float:
    """Return how far to trust the grid: onsets lie on it, its steps are even, and no other tempo is as likely."""
    if times.size < 4:
        return 0.0
    frames = np.clip(np.round(times * FRAME_RATE).astype(np.int64), 2, strength.size - 3)
    on_grid = np.max([strength[frames + k] for k in range(-2, 3)], axis=0)
    between = np.clip(((frames[:-1] + frames[1:]) // 2), 2, strength.size - 3)
    typical = float(np.mean(np.max([strength[between + k] for k in range(-2, 3)], axis=0)))
    hit = float(np.mean(on_grid > 0.5))
    contrast = float(np.mean(on_grid)) / max(1e-9, float(np.mean(on_grid)) + typical)
    steps = np.diff(times)
    even = 1.0 - min(1.0, 4.0 * float(np.median(np.abs(steps / np.median(steps) - 1.0))))
    lead = pairs[0][1]
    enough = min(1.0, times.size / 12.0)
    return float(np.clip(hit * even * (0.4 + 0.3 * contrast + 0.3 * lead) * enough, 0.0, 1.0))
