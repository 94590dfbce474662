"""Beats: the most likely path of a beat pointer through an activation (Krebs, Boeck and Widmer, ISMIR 2015).

A state is a beat interval and the time since the last beat. The interval changes only at beats. Inside the loop the
states rotate instead of moving, so a frame costs about as much as there are intervals.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import kernel
from maxbooster_kernel.dsp.vectors import load, select, splat, store

BEAT_PART = 16
"""A beat lasts this part of its interval."""
TRANSITION = 100.0
"""How strongly a change of interval is punished."""
FARTHEST = 0.15
"""An interval changes by less than this part of itself."""
LANES = (0,) * 8
"""As many intervals are decoded side by side as this has places: compiled code knows the length of a tuple."""


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
    low, high, costs = _changes(spans, transition)
    offsets = np.concatenate(([0], np.cumsum(spans)))
    ring, came_from = np.zeros(offsets[-1]), np.empty((gain.size, spans.size), np.int16)
    best, leader = np.empty(low.size * len(LANES)), np.empty(low.size * len(LANES), np.int64)
    _forward(
        np.concatenate(([0.0], np.cumsum(gain))), spans, offsets, np.asarray(weights, np.float64), low, high, costs,
        ring, np.zeros(spans.size, np.int64), np.empty(spans.size), best, leader, came_from,
    )  # fmt: skip
    return _backward(spans, offsets, ring, came_from)


def intervals(frame_rate: float, *, slowest_bpm: float = 40.0, fastest_bpm: float = 240.0) -> NDArray[np.int64]:
    """Return the beat intervals in frames that the decoder knows."""
    return np.arange(int(60.0 * frame_rate / fastest_bpm), int(np.ceil(60.0 * frame_rate / slowest_bpm)) + 1)


@kernel
def _forward(
    until: NDArray[np.float64],
    spans: NDArray[np.int64],
    offsets: NDArray[np.int64],
    weights: NDArray[np.float64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    costs: NDArray[np.float64],
    ring: NDArray[np.float64],
    slot: NDArray[np.int64],
    done: NDArray[np.float64],
    best: NDArray[np.float64],
    leader: NDArray[np.int64],
    came_from: NDArray[np.int16],
) -> None:
    """Fill ``came_from``: the interval before a beat of each interval at each frame; ``ring`` keeps the last states.

    ``until`` sums the log odds of beat against no beat, which only states near a beat receive; ``low``, ``high`` and
    ``costs`` are of :func:`_changes`; ``slot``, ``done``, ``best`` and ``leader`` are room to work in.
    """
    frames, count = came_from.shape
    rows = weights.shape[0]
    for t in range(frames):
        row = t * rows // frames
        for i in range(count):
            done[i] = ring[offsets[i] + slot[i]]
        at = 0
        for group in range(low.shape[0]):  # intervals side by side, each with the best of those before it
            values, leaders = splat(LANES, -np.inf), splat(LANES, 0)
            for i in range(low[group], high[group]):
                value = load(LANES, costs, at) + done[i]
                better = value > values
                values, leaders = select(better, value, values), select(better, i, leaders)
                at += len(LANES)
            store(best, group * len(LANES), values)
            store(leader, group * len(LANES), leaders)
        for j in range(count):
            came_from[t, j] = leader[j]
            # what the frames of the beat bring is known when it begins
            zone = max(1, (spans[j] + BEAT_PART // 2) // BEAT_PART)
            brings = until[min(frames, t + zone)] - until[t]
            ring[offsets[j] + slot[j]] = best[j] + (weights[row, j] + brings)
            slot[j] = slot[j] + 1 if slot[j] + 1 < spans[j] else 0


@njit(cache=True, nogil=True)
def _backward(
    spans: NDArray[np.int64], offsets: NDArray[np.int64], ring: NDArray[np.float64], came_from: NDArray[np.int16]
) -> NDArray[np.int64]:
    """Return the beats of the best path from its last state on."""
    frames, count = came_from.shape
    state, start = 0, 0
    most = -np.inf
    for j in range(count):
        for place in range(spans[j]):
            if ring[offsets[j] + place] > most:
                most = ring[offsets[j] + place]
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
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return which intervals change into each group of ``len(LANES)``, from and to, and the log probabilities.

    Of group after group, of each interval from which it can be reached: a row for the intervals of the group.
    """
    count = spans.shape[0]
    groups = (count + len(LANES) - 1) // len(LANES)
    low = np.full(groups, count, np.int64)
    high = np.zeros(groups, np.int64)
    total = np.zeros(count)
    for i in range(count):
        for j in range(count):
            total[i] += np.exp(-transition * abs(spans[j] / spans[i] - 1.0))
            if abs(spans[j] / spans[i] - 1.0) < FARTHEST:
                low[j // len(LANES)] = min(low[j // len(LANES)], i)
                high[j // len(LANES)] = max(high[j // len(LANES)], i + 1)
    costs = np.full((high - low).sum() * len(LANES), -np.inf)
    at = 0
    for group in range(groups):
        for i in range(low[group], high[group]):
            for j in range(group * len(LANES), min(count, (group + 1) * len(LANES))):
                if abs(spans[j] / spans[i] - 1.0) < FARTHEST:
                    costs[at + j % len(LANES)] = -transition * abs(spans[j] / spans[i] - 1.0) - np.log(total[i])
            at += len(LANES)
    return low, high, costs


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
