"""Danceability: how regular the loudness of a programme is over spans from 0.3 to 9 s.

Detrended fluctuation analysis after Streich and Herrera (AES 118, 2005): a steady beat keeps fluctuations small at
all spans, so their exponent is low and danceability, its inverse, high.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

SHORTEST_MS = 310.0
LONGEST_MS = 8800.0
GROWTH = 1.1
FRAMES_PER_SECOND = 100
HIGHEST = 3.0
"""Danceability is at most about 3; the share 0 to 1 that tables store is its value over this."""


def frame_deviations(mono: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Return the standard deviation of each whole frame of 10 ms."""
    return np.asarray(_deviations(mono, frame_size(sample_rate)))


def frame_size(sample_rate: int) -> int:
    """Return the length of a frame in samples."""
    return max(1, int(sample_rate / FRAMES_PER_SECOND))


@njit(cache=True, nogil=True)
def _deviations(mono: NDArray[np.float32], size: int) -> NDArray[np.float64]:
    out = np.empty(mono.shape[0] // size)
    for t in range(out.shape[0]):
        total = squares = 0.0
        for n in range(t * size, (t + 1) * size):
            x = np.float64(mono[n])
            total += x
            squares += x * x
        out[t] = np.sqrt(max(0.0, squares / size - (total / size) ** 2))
    return out


def danceability(deviations: NDArray[np.float64]) -> float | None:
    """Return danceability, 0 to about 3; None for programmes too short or without any fluctuation.

    Parameters
    ----------
    deviations
        From :func:`frame_deviations`.
    """
    spans = []
    span = SHORTEST_MS
    while span <= LONGEST_MS:
        spans.append(int(span / 10.0))
        span *= GROWTH
    # the exponent needs several spans that the programme holds
    lengths = np.array([length for length in spans if length < deviations.size - length // 50 - 1], np.int64)
    if lengths.size < 5 or float(np.ptp(deviations)) < 1e-9:
        return None
    walk = np.cumsum(deviations - deviations.mean())
    fluctuation = _fluctuations(walk, lengths)
    if not (fluctuation > 0.0).all():
        return None
    exponents = np.diff(np.log10(fluctuation)) / np.diff(np.log10(lengths + 3.0))
    mean = float(exponents.mean())
    return 1.0 / mean if mean > 0.0 else None


@njit(cache=True, nogil=True)
def _fluctuations(walk: NDArray[np.float64], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the root mean square distance of the walk from straight lines over windows of each length."""
    frames = walk.shape[0]
    sum_y = np.zeros(frames + 1)
    sum_yy = np.zeros(frames + 1)
    sum_xy = np.zeros(frames + 1)
    for k in range(frames):
        sum_y[k + 1] = sum_y[k] + walk[k]
        sum_yy[k + 1] = sum_yy[k] + walk[k] * walk[k]
        sum_xy[k + 1] = sum_xy[k] + k * walk[k]
    out = np.empty(lengths.shape[0])
    for i in range(lengths.shape[0]):
        n = lengths[i]
        step = max(1, n // 50)
        xx = n * (n * n - 1.0) / 12.0
        total = 0.0
        count = 0
        for start in range(0, frames - n, step):
            y = sum_y[start + n] - sum_y[start]
            yy = sum_yy[start + n] - sum_yy[start] - y * y / n
            xy = sum_xy[start + n] - sum_xy[start] - (start + (n - 1) / 2.0) * y
            total += max(0.0, (yy - xy * xy / xx) / n)
            count += 1
        out[i] = np.sqrt(total / max(1, count))
    return out
