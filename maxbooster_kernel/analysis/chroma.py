"""Pitch classes: the tuning of a recording, the salience of its semitones, and chroma."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.spectra import LOWEST_PITCH, PITCHES, PitchPeaks

_PEAKS_AT_ONCE = 1 << 19
BASS_BELOW = 52 - LOWEST_PITCH
"""Semitones below E3 count as bass."""


def tuning_deviation(peaks: PitchPeaks) -> float:
    """Return how far the recording lies from A4 = 440 Hz, in semitones from -0.5 to 0.5; NaN without peaks.

    Notes
    -----
    The angle of the mean of ``w exp(2 pi i pitch)``: a circular mean of the distance to the nearest semitone.
    Peaks between 110 and 830 Hz only: lower ones are coarse, higher ones are partials that may be stretched.
    """
    vector = 0j
    for first in range(0, peaks.pitch.size, _PEAKS_AT_ONCE):
        pitch = peaks.pitch[first : first + _PEAKS_AT_ONCE].astype(np.float64)
        weight = np.where((pitch > 45.0) & (pitch < 80.0), peaks.magnitude[first : first + _PEAKS_AT_ONCE], 0.0)
        vector += complex(np.sum(weight * np.exp(2j * np.pi * pitch)))
    return float(np.angle(vector) / (2.0 * np.pi)) if abs(vector) > 1e-9 else float("nan")


def tuning_hz(deviation: float) -> float:
    """Return the frequency of A4 of a deviation in semitones.

    >>> round(tuning_hz(-0.32), 2)
    431.94
    """
    return float(440.0 * 2.0 ** (deviation / 12.0))


def semitone_salience(peaks: PitchPeaks, deviation: float) -> NDArray[np.float32]:
    """Return how strongly each semitone sounds, compressed, with partials of lower notes weakened.

    Parameters
    ----------
    peaks
        Spectral peaks.
    deviation
        Tuning in semitones; NaN counts as 0.

    Returns
    -------
    ndarray, shape (frames, 72)
        From MIDI 28 up; each frame has unit maximum, silent frames are 0.
    """
    flat = np.zeros(peaks.frames * PITCHES)
    for first in range(0, peaks.pitch.size, _PEAKS_AT_ONCE):
        part = slice(first, first + _PEAKS_AT_ONCE)
        pitch = peaks.pitch[part].astype(np.float64) - (0.0 if np.isnan(deviation) else deviation) - LOWEST_PITCH
        nearest = np.round(pitch).astype(np.int64)
        use = (nearest >= 0) & (nearest < PITCHES)
        closeness = np.cos(np.pi * (pitch - nearest)) ** 2
        place = peaks.frame[part][use].astype(np.int64) * PITCHES + nearest[use]
        start = int(place.min(initial=flat.size))
        found = np.bincount(place - start, weights=(peaks.magnitude[part] * closeness)[use])
        flat[start : start + found.size] += found
    level = np.sqrt(flat.reshape(peaks.frames, PITCHES)).astype(np.float32)
    clean = level.copy()
    for interval, share in ((12, 0.25), (19, 0.35), (24, 0.15), (28, 0.3), (31, 0.15), (34, 0.2)):
        clean[:, interval:] -= share * level[:, :-interval]
    clean = np.maximum(clean, 0.0)
    top = clean.max(axis=1, keepdims=True)
    loud = top > 0.02 * np.percentile(top, 95) if top.size else top > 0.0
    return np.where(loud, clean / np.maximum(top, 1e-9), 0.0).astype(np.float32)


def fold(salience: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return chroma, shape ``(frames, 12)`` from C; the middle of the range weighs most."""
    midi = LOWEST_PITCH + np.arange(PITCHES)
    weight = np.exp(-0.5 * ((midi - 64.0) / 14.0) ** 2).astype(np.float32)
    return _fold(salience * weight)


def fold_bass(salience: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the chroma of the bass, shape ``(frames, 12)`` from C."""
    bass = salience.copy()
    bass[:, BASS_BELOW:] *= np.maximum(0.0, 1.0 - np.arange(PITCHES - BASS_BELOW) / 6.0).astype(np.float32)
    return _fold(bass)


def _fold(salience: NDArray[np.float32]) -> NDArray[np.float32]:
    low = -LOWEST_PITCH % 12  # where the first C lies
    rolled = np.concatenate([np.zeros((salience.shape[0], 12 - low), np.float32), salience], axis=1)
    rolled = np.pad(rolled, ((0, 0), (0, -rolled.shape[1] % 12)))
    return np.asarray(rolled.reshape(salience.shape[0], -1, 12).sum(axis=1))
