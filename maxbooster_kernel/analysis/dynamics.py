"""Dynamic complexity: how far loudness wanders from its own average (Streich 2007, after Vickers 2001)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

FRAME_S = 0.2
FLOOR_DB = -100.0
EMPHASIS = 0.9
_SMOOTHING_S = 0.035


def dynamic_complexity(mono: NDArray[np.float32], sample_rate: int) -> tuple[float, float] | None:
    """Return the mean distance of levels from their weighted mean, and that mean, both in dB.

    Parameters
    ----------
    mono
        Shape ``(frames,)``.
    sample_rate
        In Hz.

    Returns
    -------
    tuple or None
        None where nothing is above -100 dB or the programme is shorter than 0.2 s.

    Notes
    -----
    Vickers (AES 111, 2001): a first-order high-pass stands for the ear, squares are smoothed with 35 ms and read
    every 0.2 s; in the mean a level weighs ``0.9 ** -dB``, so loud passages decide. Silence at both ends is left out.
    """
    size = int(FRAME_S * sample_rate)
    if size < 1 or mono.size < size:
        return None
    # Vickers gives the filter at 44.1 kHz; its corner in Hz is kept at other rates
    pole = 0.9719 ** (44100.0 / sample_rate)
    level = _levels(mono, size, pole, (1.0 + pole) / 2.0, np.exp(-1.0 / (_SMOOTHING_S * sample_rate)))
    heard = np.flatnonzero(level > FLOOR_DB)
    if not heard.size:
        return None
    level = np.maximum(level[heard[0] : heard[-1] + 1], FLOOR_DB)
    weight = EMPHASIS ** -(level - level.max())
    mean = float((weight * level).sum() / weight.sum())
    return float(np.abs(level - mean).mean()), mean


@njit(cache=True, nogil=True)
def _levels(mono: NDArray[np.float32], size: int, pole: float, gain: float, smoothing: float) -> NDArray[np.float64]:
    """Return the smoothed level in dB at the end of each frame."""
    count = mono.shape[0] // size
    out = np.empty(count)
    before = 0.0
    passed = 0.0
    power = 0.0
    for t in range(count):
        for n in range(t * size, (t + 1) * size):
            x = np.float64(mono[n])
            passed = gain * (x - before) + pole * passed
            before = x
            power = smoothing * power + (1.0 - smoothing) * passed * passed
        out[t] = 10.0 * np.log10(max(power, 1e-15))
        if power < 1e-30:
            power = passed = 0.0
    return out
