"""Dynamic complexity: how far loudness wanders from its own average (Streich 2007, after Vickers 2001)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maxbooster_kernel.analysis.timbre import Reframer

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
    return complexity(Levels(sample_rate).push(mono))


class Levels:
    """Levels in dB of a programme that arrives in blocks, one each 0.2 s."""

    def __init__(self, sample_rate: int) -> None:
        # Vickers gives the filter at 44.1 kHz; its corner in Hz is kept at other rates
        self._pole = 0.9719 ** (44100.0 / sample_rate)
        self._smoothing = float(np.exp(-1.0 / (_SMOOTHING_S * sample_rate)))
        self._frames = Reframer(max(1, int(FRAME_S * sample_rate)))
        self._state = np.zeros(3)

    def push(self, mono: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the levels that are known by now and were not before."""
        samples = self._frames.push(mono)
        gain = (1.0 + self._pole) / 2.0
        return np.asarray(_levels(samples, self._frames.size, self._pole, gain, self._smoothing, self._state))


def complexity(level: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return what :func:`dynamic_complexity` does, from levels in dB."""
    heard = np.flatnonzero(level > FLOOR_DB)
    if not heard.size:
        return None
    level = np.maximum(level[heard[0] : heard[-1] + 1], FLOOR_DB)
    weight = EMPHASIS ** -(level - level.max())
    mean = float((weight * level).sum() / weight.sum())
    return float(np.abs(level - mean).mean()), mean


@njit(cache=True, nogil=True)
def _levels(
    mono: NDArray[np.float32], size: int, pole: float, gain: float, smoothing: float, state: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the smoothed level in dB at the end of each frame; ``state`` is the memory between blocks."""
    count = mono.shape[0] // size
    out = np.empty(count)
    before, passed, power = state[0], state[1], state[2]
    for t in range(count):
        for n in range(t * size, (t + 1) * size):
            x = np.float64(mono[n])
            passed = gain * (x - before) + pole * passed
            before = x
            power = smoothing * power + (1.0 - smoothing) * passed * passed
        out[t] = 10.0 * np.log10(max(power, 1e-15))
        if power < 1e-30:
            power = passed = 0.0
    state[0], state[1], state[2] = before, passed, power
    return out
