"""Tempo: how strongly each tempo is present over time, the main one, and the alternatives.

Salience comes from autocorrelations of onset strength in windows of 8 s, summed over multiples of the beat.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.spectra import FRAME_RATE

SLOWEST_BPM = 40.0
FASTEST_BPM = 240.0
TEMPI = 240
WINDOW_S = 8.0
HOP_S = 1.0
PREFERRED_BPM = 108.0
PREFERENCE_OCTAVES = 0.5
_MULTIPLES = ((1, 1.0), (2, 0.7), (3, 0.35), (4, 0.5))


def tempo_grid() -> NDArray[np.float64]:
    """Return the tempi in BPM at which salience is computed: 240 from 40 to 240, evenly spaced in pitch."""
    return np.asarray(np.geomspace(SLOWEST_BPM, FASTEST_BPM, TEMPI))


def tempogram(strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the salience of each tempo over time.

    Parameters
    ----------
    strength
        Onset strength, 100 values a second.

    Returns
    -------
    ndarray, shape (windows, 240)
        One row a second, each 0 or more; a row of a window without onsets is 0.
    """
    size = int(WINDOW_S * FRAME_RATE)
    hop = int(HOP_S * FRAME_RATE)
    padded = np.pad(strength, (size // 2, size // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * np.hanning(size)
    frames = frames - frames.mean(axis=1, keepdims=True)
    spectra = np.fft.rfft(frames, 2 * size, axis=1)
    correlation = np.fft.irfft(np.abs(spectra) ** 2, axis=1)[:, :size]
    correlation /= 1.0 - np.arange(size) / (size + 1.0)
    correlation /= np.maximum(correlation[:, :1], 1e-9)
    lags = 60.0 * FRAME_RATE / tempo_grid()
    salience = np.zeros((frames.shape[0], TEMPI))
    for multiple, weight in _MULTIPLES:
        position = lags * multiple
        inside = position < size - 2
        index = np.minimum(position.astype(np.int64), size - 2)
        part = position - index
        values = (1.0 - part) * correlation[:, index] + part * correlation[:, index + 1]
        salience += weight * np.where(inside, np.maximum(values, 0.0), 0.0)
    return salience


def preference(bpm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely people tap each tempo, before hearing anything: log-normal about 108 BPM."""
    return np.asarray(np.exp(-0.5 * (np.log2(bpm / PREFERRED_BPM) / PREFERENCE_OCTAVES) ** 2))


def alternatives(salience: NDArray[np.float64], *, main_bpm: float, count: int = 5) -> list[tuple[float, float]]:
    """Return tempi that could be tapped with their weights, the main one first; the weights sum to 1.

    Parameters
    ----------
    salience
        From :func:`tempogram`.
    main_bpm
        The tempo of the tracked beats.
    count
        At most so many.
    """
    grid = tempo_grid()
    mean = salience.mean(axis=0) * preference(grid)
    if not mean.max(initial=0.0) > 0.0:
        return [(main_bpm, 1.0)]
    peak = np.flatnonzero((mean[1:-1] >= mean[:-2]) & (mean[1:-1] > mean[2:])) + 1
    found = {main_bpm: 1.1 * float(np.interp(main_bpm, grid, mean))}
    for index in peak[np.argsort(-mean[peak])]:
        bpm = float(grid[index])
        for multiple in (0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0, 4 / 3, 1.5, 2.0, 3.0, 4.0):
            if abs(bpm / (main_bpm * multiple) - 1.0) < 0.03:
                bpm = main_bpm * multiple
        if all(abs(bpm / other - 1.0) > 0.04 for other in found):
            found[bpm] = float(mean[index])
    ordered = [main_bpm, *sorted((bpm for bpm in found if bpm != main_bpm), key=lambda bpm: -found[bpm])][:count]
    total = sum(found[bpm] for bpm in ordered)
    return [(bpm, found[bpm] / total) for bpm in ordered] if total > 0.0 else [(main_bpm, 1.0)]


def tempo_curve(beats_s: NDArray[np.float64], *, span: int = 8) -> NDArray[np.float64]:
    """Return local tempo, shape ``(points, 2)`` of seconds and BPM: the slope of a line through ``span + 1`` beats.

    >>> tempo_curve(np.arange(10) * 0.5)[0]
    array([  2., 120.])
    """
    beats = np.asarray(beats_s, dtype=np.float64)
    if beats.size < 3:
        return np.empty((0, 2))
    size = min(span + 1, beats.size)
    windows = np.lib.stride_tricks.sliding_window_view(beats, size)
    index = np.arange(size) - (size - 1) / 2.0
    slope = (windows - windows.mean(axis=1, keepdims=True)) @ index / (index @ index)
    return np.stack([windows.mean(axis=1), 60.0 / slope], axis=1)
