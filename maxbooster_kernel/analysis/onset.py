"""Onset strength (SuperFlux: Boeck and Widmer, DAFx 2013), 100 values a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import RATE, RHYTHM_FRAME, filterbank
from maxbooster_kernel.analysis.spectra import FRAME_RATE

LAG_FRAMES = 2
GROUPS_HZ = (150.0, 1500.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Onsets:
    """Onset strength: ``strength`` of all bands and ``low`` of those below 150 Hz, unit deviation, 100 a second."""

    strength: NDArray[np.float64]
    low: NDArray[np.float64]


def onset_strength(levels: NDArray[np.float32]) -> Onsets:
    """Return how strongly something begins at each frame.

    Parameters
    ----------
    levels
        Logarithmic band levels, shape ``(frames, bands)``, from
        :func:`~maxbooster_kernel.analysis.learned_features.band_levels`.

    Notes
    -----
    Levels are relative to the programme's own, so a gain changes nothing.
    The reference lies two frames back, its maximum taken over neighbouring bands, which ignores vibrato.
    """
    parts = [standardise(row) for row in _flux(levels, np.searchsorted(GROUPS_HZ, band_hz()))]
    return Onsets(strength=standardise(np.sum(parts, axis=0)), low=parts[0])


def band_hz() -> NDArray[np.float64]:
    """Return where each band is strongest."""
    bank = filterbank()
    tops = [
        first + int(bank.weights[start:stop].argmax())
        for first, start, stop in zip(bank.bins, bank.starts[:-1], bank.starts[1:], strict=True)
    ]
    return np.asarray(tops, np.float64) * (RATE / RHYTHM_FRAME)


@njit(cache=True, nogil=True)
def _flux(levels: NDArray[np.float32], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the rise of the bands, summed over each of three groups, shape ``(3, frames)``."""
    frames, count = levels.shape
    out = np.zeros((3, frames))
    for t in range(LAG_FRAMES, frames):
        now, before = levels[t], levels[t - LAG_FRAMES]
        for k in range(count):
            reference = max(before[k], before[max(0, k - 1)], before[min(count - 1, k + 1)])
            out[group[k], t] += max(np.float32(0.0), now[k] - reference)
    return out


def standardise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Subtract the moving mean of 0.8 s, keep what rises above it, divide by the deviation."""
    above = np.maximum(values - moving_mean(values, int(0.8 * FRAME_RATE)), 0.0)
    spread = float(above.std())
    return above / spread if spread > 1e-9 else np.zeros_like(above)


def moving_mean(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the centred moving mean, over fewer values at the ends."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(values.size)
    low = np.maximum(0, index - width // 2)
    high = np.minimum(values.size, index + width // 2 + 1)
    return np.asarray((total[high] - total[low]) / (high - low))
