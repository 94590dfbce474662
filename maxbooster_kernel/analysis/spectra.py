"""The spectra every analysis shares: each is computed once.

Two views of the mono mix. *Fine*: 100 frames a second, about 46 ms long, for onsets, brightness and dynamics.
*Pitch*: about 11 frames a second, 0.37 s long, at a quarter of the rate, as peaks in frequency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.dsp import stft

FRAME_RATE = 100.0
LOWEST_BAND_HZ = 30.0
HIGHEST_BAND_HZ = 17000.0
BANDS_PER_OCTAVE = 24
ROLLOFF_PART = 0.85

PITCH_RATE_HZ = 11025
PITCH_SIZE = 4096
PITCH_FRAME_RATE = PITCH_RATE_HZ / 1024
LOWEST_PITCH = 28
PITCHES = 72
"""Semitones from MIDI 28 (E1, 41 Hz) to 99 (E flat 7, 2489 Hz)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FineSpectra:
    """Bands and shape of the spectrum, 100 frames a second.

    ``bands`` are linear magnitudes of shape ``(frames, bands)``; ``band_hz`` their centres.
    ``centroid_hz`` and ``rolloff_hz`` are NaN in silent frames.
    """

    bands: NDArray[np.float32]
    band_hz: NDArray[np.float64]
    centroid_hz: NDArray[np.float64]
    rolloff_hz: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PitchPeaks:
    """Spectral peaks between 41 and 2489 Hz: frame, pitch (fractional MIDI number at A4 = 440 Hz) and magnitude."""

    frame: NDArray[np.int64]
    pitch: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    frames: int


def mixdown(buffer: AudioBuffer) -> NDArray[np.float32]:
    """Return the mean of the channels, shape ``(frames,)``."""
    return np.asarray(buffer.samples.mean(axis=0, dtype=np.float32))


def band_edges(size: int, sample_rate: int) -> NDArray[np.int64]:
    """Return the spectrum bins at the corners of triangular bands, 24 an octave, each at least one bin wide."""
    octaves = np.log2(HIGHEST_BAND_HZ / LOWEST_BAND_HZ)
    hz = LOWEST_BAND_HZ * 2.0 ** (np.arange(int(octaves * BANDS_PER_OCTAVE) + 2) / BANDS_PER_OCTAVE)
    bins = np.unique(np.round(hz * size / sample_rate).astype(np.int64))
    return np.asarray(bins[(bins > 0) & (bins <= size // 2)])


def fine_size(sample_rate: int) -> int:
    """Return the length of a fine frame: the power of two nearest to 46 ms."""
    return max(64, int(2 ** round(np.log2(sample_rate * 0.0464))))


def fine_spectra(mono: NDArray[np.float32], sample_rate: int) -> FineSpectra:
    """Analyse a mono signal at 100 frames a second.

    Parameters
    ----------
    mono
        Shape ``(frames,)``.
    sample_rate
        In Hz.
    """
    size = fine_size(sample_rate)
    centres = stft.frame_centres(mono.size, sample_rate, FRAME_RATE)
    edges = band_edges(size, sample_rate)
    hz = np.arange(size // 2 + 1, dtype=np.float64) * (sample_rate / size)
    bands = np.empty((centres.size, max(1, edges.size - 2)), np.float32)
    centroid = np.empty(centres.size)
    rolloff = np.empty(centres.size)
    for first, spectra in stft.magnitudes(mono, centres, size):
        part = slice(first, first + spectra.shape[0])
        _summarise(spectra, edges, hz, bands[part], centroid[part], rolloff[part])
    centre_hz = np.asarray(hz[edges[1:-1]] if edges.size > 2 else np.zeros(1), dtype=np.float64)
    return FineSpectra(bands=bands, band_hz=centre_hz, centroid_hz=centroid, rolloff_hz=rolloff)


@njit(cache=True, nogil=True)
def _summarise(
    spectra: NDArray[np.float32],
    edges: NDArray[np.int64],
    hz: NDArray[np.floating],
    bands: NDArray[np.float32],
    centroid: NDArray[np.float64],
    rolloff: NDArray[np.float64],
) -> None:
    """Fold each spectrum into bands; find its centroid (of magnitudes) and its rolloff (of energy)."""
    frames, bins = spectra.shape
    for t in range(frames):
        row = spectra[t]
        for band in range(bands.shape[1]):
            low, mid, high = edges[band], edges[band + 1], edges[band + 2]
            total = row[mid]
            for k in range(low + 1, mid):
                total += row[k] * np.float32((k - low) / (mid - low))
            for k in range(mid + 1, high):
                total += row[k] * np.float32((high - k) / (high - mid))
            bands[t, band] = total
        weight = 0.0
        moment = 0.0
        energy = 0.0
        for k in range(bins):
            weight += row[k]
            moment += row[k] * hz[k]
            energy += row[k] * row[k]
        if weight <= 1e-7:
            centroid[t] = np.nan
            rolloff[t] = np.nan
            continue
        centroid[t] = moment / weight
        part = 0.0
        k = 0
        while k < bins - 1:
            part += row[k] * row[k]
            if part >= ROLLOFF_PART * energy:
                break
            k += 1
        rolloff[t] = hz[k]


def pitch_peaks(mono: NDArray[np.float32], sample_rate: int) -> PitchPeaks:
    """Find the spectral peaks of a mono signal, about 11 frames a second."""
    import soxr

    slow = mono
    if sample_rate != PITCH_RATE_HZ:
        slow = soxr.resample(mono, sample_rate, PITCH_RATE_HZ, quality="MQ").astype(np.float32, copy=False)
    centres = stft.frame_centres(slow.size, PITCH_RATE_HZ, PITCH_FRAME_RATE)
    frame, pitch, magnitude = [], [], []
    for first, spectra in stft.magnitudes(slow, centres, PITCH_SIZE):
        where, midi, size = _peaks(spectra, PITCH_RATE_HZ / PITCH_SIZE)
        frame.append(where + first)
        pitch.append(midi)
        magnitude.append(size)
    return PitchPeaks(
        frame=np.concatenate(frame),
        pitch=np.concatenate(pitch),
        magnitude=np.concatenate(magnitude),
        frames=centres.size,
    )


@njit(cache=True, nogil=True)
def _peaks(
    spectra: NDArray[np.float32], bin_hz: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return frame, pitch and magnitude of local maxima, interpolated by a parabola through their logarithms."""
    low = int(39.0 / bin_hz)
    high = min(spectra.shape[1] - 2, int(2600.0 / bin_hz))
    frames = spectra.shape[0]
    room = frames * (high - low + 1) // 2 + 1
    where = np.empty(room, np.int64)
    pitch = np.empty(room)
    size = np.empty(room)
    count = 0
    for t in range(frames):
        row = spectra[t]
        top = np.float32(0.0)
        for k in range(low, high + 1):
            top = max(top, row[k])
        floor = max(top * np.float32(1e-3), np.float32(1e-6))
        for k in range(low, high + 1):
            b = row[k]
            if b <= floor or b <= row[k - 1] or b < row[k + 1]:
                continue
            a = np.log(max(row[k - 1], np.float32(1e-9)))
            c = np.log(max(row[k + 1], np.float32(1e-9)))
            m = np.log(b)
            bend = a - 2.0 * m + c
            shift = 0.5 * (a - c) / bend if bend < -1e-9 else 0.0
            where[count] = t
            pitch[count] = 69.0 + 12.0 * np.log2((k + shift) * bin_hz / 440.0)
            size[count] = np.exp(m - 0.25 * (a - c) * shift)
            count += 1
    return where[:count], pitch[:count], size[:count]
