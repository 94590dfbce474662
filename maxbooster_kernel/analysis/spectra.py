"""The spectra that both paths of the analysis share: each is computed once.

Two views of the mono mix at 22050 Hz. *Bands*: 100 frames a second, 93 ms long, for onsets and the rhythm network.
*Long*: about 11 frames a second, 0.37 s long, for pitch and the harmony network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import (
    HARMONY_FPS,
    HARMONY_FRAME,
    RATE,
    LongSpectra,
    band_levels,
    levelled,
    long_spectra,
)
from maxbooster_kernel.audio.buffer import AudioBuffer

FRAME_RATE = 100.0
PITCH_FRAME_RATE = HARMONY_FPS
LOWEST_PITCH = 28
PITCHES = 72
"""Semitones from MIDI 28 (E1, 41 Hz) to 99 (E flat 7, 2489 Hz)."""
_FRAMES_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spectra:
    """Logarithmic ``levels`` of narrow bands, shape ``(frames, bands)``, 100 a second, and ``long`` spectra."""

    levels: NDArray[np.float32]
    long: LongSpectra
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PitchPeaks:
    """Spectral peaks between 41 and 2489 Hz: frame, pitch (fractional MIDI number at A4 = 440 Hz) and magnitude."""

    frame: NDArray[np.int32]
    pitch: NDArray[np.float32]
    magnitude: NDArray[np.float32]
    frames: int


def mixdown(buffer: AudioBuffer) -> NDArray[np.float32]:
    """Return the mean of the channels, shape ``(frames,)``."""
    return np.asarray(buffer.samples.mean(axis=0, dtype=np.float32))


def shared_spectra(mono: NDArray[np.floating], sample_rate: int = RATE) -> Spectra:
    """Analyse a mono signal.

    Parameters
    ----------
    mono
        Shape ``(frames,)``.
    sample_rate
        In Hz; other rates than 22050 are resampled.
    """
    mono = np.asarray(mono, np.float32)  # under its own name: what is not needed any more shall not stay
    if sample_rate != RATE:
        import soxr

        mono = soxr.resample(mono, sample_rate, RATE, quality="MQ")
    duration_s = len(mono) / RATE
    samples = levelled(mono)
    del mono
    return Spectra(long=long_spectra(samples), levels=band_levels(samples), duration_s=duration_s)


def pitch_peaks(long: LongSpectra) -> PitchPeaks:
    """Find the peaks of long spectra, about 11 frames a second."""
    frame, pitch, magnitude = [], [], []
    for first in range(0, len(long.top), _FRAMES_AT_ONCE):
        where, midi, size = _peaks(long.magnitude[first : first + _FRAMES_AT_ONCE], RATE / HARMONY_FRAME)
        frame.append((where + first).astype(np.int32))
        pitch.append(midi.astype(np.float32))
        magnitude.append(size.astype(np.float32))
    return PitchPeaks(
        frame=np.concatenate(frame),
        pitch=np.concatenate(pitch),
        magnitude=np.concatenate(magnitude),
        frames=len(long.top),
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
