"""From energies to loudness: windows, gates and range (BS.1770-5 Annex 1, EBU Tech 3341 and 3342).

Energies are weighted mean squares: sum over channels of weight times mean square.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

OFFSET_LU = -0.691
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
RANGE_GATE_LU = -20.0
MOMENTARY_BINS = 40
SHORT_TERM_BINS = 300
STEP_BINS = 10
"""Gating blocks, and the values of the range, follow each other by 100 ms."""

Energies = NDArray[np.float64]


def loudness_of(energy: Energies) -> Energies:
    """Return loudness in LUFS of mean energies; no energy is minus infinity (BS.1770-5, eq. 2)."""
    with np.errstate(divide="ignore"):
        return OFFSET_LU + 10.0 * np.log10(np.maximum(energy, 0.0))


def energy_of(loudness_lufs: float) -> float:
    """Return the mean energy that has a loudness.

    >>> round(energy_of(-0.691), 9)
    1.0
    """
    return math.pow(10.0, (loudness_lufs - OFFSET_LU) / 10.0)


def window_means(sums: Energies, frames: Energies, bins: int) -> Energies:
    """Return the mean energy of each complete window.

    Parameters
    ----------
    sums
        Weighted sums of squares of consecutive bins.
    frames
        Length of each bin in frames.
    bins
        Length of the window in bins.

    Returns
    -------
    ndarray, shape (max(0, len(sums) - bins + 1),)
        Entry ``k`` is the window that starts with bin ``k``.
    """
    if sums.size < bins:
        return np.empty(0)
    total = np.concatenate([[0.0], np.cumsum(sums)])
    length = np.concatenate([[0.0], np.cumsum(frames)])
    means = np.maximum(0.0, total[bins:] - total[:-bins]) / (length[bins:] - length[:-bins])
    return np.asarray(means)


def relative_gate(energies: Energies, *, below_lu: float) -> float:
    """Return the relative gate as an energy: the mean above the absolute gate, lowered by ``below_lu`` (negative)."""
    kept = energies[energies > energy_of(ABSOLUTE_GATE_LUFS)]
    return float(kept.mean()) * math.pow(10.0, below_lu / 10.0) if kept.size else math.inf


def integrated(blocks: Energies) -> float:
    """Return integrated loudness in LUFS of gating blocks, minus infinity if none passes the gates.

    Parameters
    ----------
    blocks
        Mean energies of blocks of 400 ms that follow each other by 100 ms.

    Notes
    -----
    BS.1770-5, Annex 1, eqs. 4 to 7: both gates, means of energies.
    """
    gate = max(energy_of(ABSOLUTE_GATE_LUFS), relative_gate(blocks, below_lu=RELATIVE_GATE_LU))
    kept = blocks[blocks > gate]
    return float(loudness_of(kept.mean())) if kept.size else -math.inf


def loudness_range(short_term: Energies) -> tuple[float, float, float]:
    """Return loudness range in LU and its two ends in LUFS; NaN where nothing passes the gates.

    Parameters
    ----------
    short_term
        Mean energies of windows of 3 s that follow each other by 100 ms.

    Notes
    -----
    EBU Tech 3342: the 10th to the 95th percentile, by nearest rank (``round((n - 1) p + 1)``), of what passes both
    gates. libebur128 takes a value each second, which at a short piece with a fade may be some LU apart; ffmpeg's
    lower rank is one less, 0.1 LU at most on whole songs.
    """
    gate = max(energy_of(ABSOLUTE_GATE_LUFS), relative_gate(short_term, below_lu=RANGE_GATE_LU))
    kept = np.sort(short_term[short_term >= gate])
    if not kept.size:
        return math.nan, math.nan, math.nan
    low, high = (float(loudness_of(kept[int((kept.size - 1) * part + 0.5)])) for part in (0.10, 0.95))
    return high - low, low, high
