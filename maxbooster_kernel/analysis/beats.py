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
    cost, first, last = _changes(spans, transition)
    offset = np.zeros(count + 1, np.int64)
    offset[1:] = np.cumsum(spans)
    zone = np.maximum(1, (spans + BEAT_PART // 2) // BEAT_PART)
    until = np.zeros(frames + 1)
    until[1:] = np.cumsum(gain)
    ring = np.zeros(offset[count])
    slot = np.zeros(count, np.int64)
    came_from = np.empty((frames, count), np.int16)
    best = np.empty(count)
    leader = np.empty(count, np.int64)
    rows = weights.shape[0]
    for t in range(frames):
        row = t * rows // frames
        best[:] = -np.inf
        for i in range(count):
            done = ring[offset[i] + slot[i]]
            reach = slice(first[i], last[i])
            values, leaders, costs = best[reach], leader[reach], cost[i, reach]
            for k in range(values.shape[0]):  # without branches, so that several are compared at once
                value = done + costs[k]
                better = value > values[k]
                values[k] = value if better else values[k]
                leaders[k] = i if better else leaders[k]
        for j in range(count):
            came_from[t, j] = leader[j]
            # what the frames of the beat bring is known when it begins
            ring[offset[j] + slot[j]] = best[j] + (weights[row, j] + (until[min(frames, t + zone[j])] - until[t]))
            slot[j] = slot[j] + 1 if slot[j] + 1 < spans[j] else 0
    state, start = 0, 0
    most = -np.inf
    for j in range(count):
        for place in range(spans[j]):
            if ring[offset[j] + place] > most:
                most = ring[offset[j] + place]
                state = j
                start = (frames - 1) - ((frames - 1) - place) % spans[j]
    beats = np.empty(frames, np.int64)
    found = 0
    while start >= 0:
        beats[found] = start
        found += 1
        state = came_from[start, state]
        start -= spans[state]
    return beats[:found][::-1].copy()


@njit(cache=True, nogil=True)
def _changes(
    spans: NDArray[np.int64], transition: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return log probabilities of each change of interval, and from where to where each can change."""
    count = spans.shape[0]
    cost = np.empty((count, count))
    first = np.full(count, count, np.int64)
    last = np.zeros(count, np.int64)
    for i in range(count):
        total = 0.0
        for j in range(count):
            cost[i, j] = -transition * abs(spans[j] / spans[i] - 1.0)
            total += np.exp(cost[i, j])
        for j in range(count):
            cost[i, j] -= np.log(total)
            if abs(spans[j] / spans[i] - 1.0) < 0.15:
                first[i] = min(first[i], j)
                last[i] = max(last[i], j + 1)
    return cost, first, last


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
