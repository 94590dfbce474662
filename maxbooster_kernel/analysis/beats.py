"""Beats: the most likely path of a beat pointer through an activation (Krebs, Boeck and Widmer, ISMIR 2015).

A state is a beat interval and the time since the last beat. The interval changes only at beats. Inside the loop the
states rotate instead of moving, so a frame costs about as much as there are intervals.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

BEAT_PART = 16
"""A beat lasts this part of its interval."""
TRANSITION = 100.0
"""How strongly a change of interval is punished."""


def decode_beats(
    activation: NDArray[np.float64],
    frame_rate: float,
    *,
    salience: NDArray[np.float64] | None = None,
    slowest_bpm: float = 40.0,
    fastest_bpm: float = 240.0,
    transition: float = TRANSITION,
) -> NDArray[np.int64]:
    """Return the frames of the beats.

    Parameters
    ----------
    activation
        Probability that a frame holds a beat, 0 to 1, shape ``(frames,)``.
    frame_rate
        Frames a second.
    salience
        Log weight of each interval over time, shape ``(rows, intervals)``, spread evenly over the frames and added
        at each beat (see :func:`intervals`); None weighs all alike.
    slowest_bpm, fastest_bpm
        Range of the tempo.
    transition
        See :data:`TRANSITION`.
    """
    spans = intervals(frame_rate, slowest_bpm=slowest_bpm, fastest_bpm=fastest_bpm)
    weights = np.zeros((1, spans.size)) if salience is None else salience
    held = np.clip(activation, 1e-6, 1.0 - 1e-6)
    gain = np.log(held) - np.log((1.0 - held) / (BEAT_PART - 1.0))
    return _viterbi(gain, spans, weights, transition)


def intervals(frame_rate: float, *, slowest_bpm: float = 40.0, fastest_bpm: float = 240.0) -> NDArray[np.int64]:
    """Return the beat intervals in frames that the decoder knows."""
    return np.arange(int(60.0 * frame_rate / fastest_bpm), int(np.ceil(60.0 * frame_rate / slowest_bpm)) + 1)


@njit(cache=True, nogil=True)
def _viterbi(
    gain: NDArray[np.float64], spans: NDArray[np.int64], weights: NDArray[np.float64], transition: float
) -> NDArray[np.int64]:
    """Decode; ``gain`` is the log odds of beat against no beat, which only states near a beat receive."""
    frames = gain.shape[0]
    count = spans.shape[0]
    offset = np.zeros(count + 1, np.int64)
    for i in range(count):
        offset[i + 1] = offset[i] + spans[i]
    ring = np.zeros(offset[count])
    came_from = np.full((frames, count), -1, np.int16)
    done = np.empty(count)
    cost = np.empty((count, count))
    first = np.empty(count, np.int64)
    last = np.empty(count, np.int64)
    for i in range(count):
        first[i], last[i] = count, 0
        total = 0.0
        for j in range(count):
            cost[i, j] = -transition * abs(spans[j] / spans[i] - 1.0)
            total += np.exp(cost[i, j])
        for j in range(count):
            cost[i, j] -= np.log(total)
    for j in range(count):
        for i in range(count):
            if abs(spans[j] / spans[i] - 1.0) < 0.15:
                first[j] = min(first[j], i)
                last[j] = max(last[j], i)
    rows = weights.shape[0]
    for t in range(frames):
        row = t * rows // frames
        for i in range(count):
            done[i] = ring[offset[i] + t % spans[i]]
        for j in range(count):
            best = -np.inf
            arg = -1
            for i in range(first[j], last[j] + 1):
                value = done[i] + cost[i, j]
                if value > best:
                    best = value
                    arg = i
            came_from[t, j] = arg
            ring[offset[j] + t % spans[j]] = best + weights[row, j]
            zone = max(1, (spans[j] + BEAT_PART // 2) // BEAT_PART)
            for p in range(zone):
                ring[offset[j] + (t - p) % spans[j]] += gain[t]
    best = -np.inf
    state = 0
    start = 0
    for j in range(count):
        for slot in range(spans[j]):
            if ring[offset[j] + slot] > best:
                best = ring[offset[j] + slot]
                state = j
                start = (frames - 1) - ((frames - 1) - slot) % spans[j]
    beats = np.empty(frames, np.int64)
    found = 0
    while start >= 0:
        beats[found] = start
        found += 1
        state = came_from[start, state]
        start -= spans[state]
    return beats[:found][::-1].copy()


def refine(beats: NDArray[np.int64], strength: NDArray[np.float64], *, reach: int = 4) -> NDArray[np.float64]:
    """Move each beat towards the onset beside it, between the frames too; return positions in frames.

    Parameters
    ----------
    beats
        Frames of the beats.
    strength
        Onset strength at the same frame rate.
    reach
        Frames to either side that are searched.
    """
    moved = beats.astype(np.float64)
    for k, beat in enumerate(beats):
        low, high = max(0, beat - reach), min(strength.size, beat + reach + 1)
        part = strength[low:high]
        if part.size and part.sum() > 1e-9:
            moved[k] = 0.5 * beat + 0.5 * float((np.arange(low, high) * part).sum() / part.sum())
    return moved
