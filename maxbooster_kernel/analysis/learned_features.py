"""What the analysis networks see: band levels and spectral flux for rhythm, semitone saliences for harmony.

The training scripts and `analyze` call the same functions, so a network never meets a feature it was not trained on.
Features are quantised to eight bits, as they are stored for training.

Conventions
-----------
Input is mono at 22050 Hz. Rhythm features come at 50 frames a second (computed at 100 and pooled by two),
harmony features every 2048 samples (92.9 ms). Frame ``i`` is centred on ``i`` hops.

Functions
---------
- :func:`rhythm_features`: 46 log band levels and 46 SuperFlux bands (Böck and Widmer, DAFx 2013).
- :func:`harmony_features`: 72 semitone saliences from C1 upwards, after tuning correction, with the tuning found.
- :func:`levelled`, :func:`band_levels`, :func:`long_spectra`, :func:`semitones`: their steps, whose results the
  classical path shares.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maxbooster_kernel.analysis.layers import Layer, convolve, packed
from maxbooster_kernel.dsp import stft

RATE = 22050
RHYTHM_FPS = 50
RHYTHM_FRAME = 2048
RHYTHM_HOP = 220.5
BANDS = 46
FLUX_LAG = 3
HARMONY_FRAME = 8192
HARMONY_HOP = 2048
HARMONY_FPS = RATE / HARMONY_HOP
LOWEST_MIDI = 24
SEMITONES = 72
LEVEL_STEP = 40.0
FLUX_STEP = 256.0
SALIENCE_STEP = 70.0
_COMPRESSION = 2000.0
_HARMONY_BINS = 968
"""Bins of the long spectra up to 2605 Hz, beyond the highest semitone and its triangle in any tuning."""
_FRAMES_AT_ONCE = 4096
_REFERENCE_RMS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmony:
    """Semitone saliences and the tuning they were read at.

    Parameters
    ----------
    saliences
        Log-compressed strength of the 72 semitones from C1, shape (frames, 72), eight bits.
    tuning
        Deviation of the recording from A4 = 440 Hz, in semitones, -0.5 to 0.5.
    """

    saliences: NDArray[np.uint8]
    tuning: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LongSpectra:
    """Amplitudes up to 2605 Hz in steps of 2.7 Hz, shape (frames, 968), and the highest of each whole frame."""

    magnitude: NDArray[np.float32]
    top: NDArray[np.float32]


def rhythm_features(mono: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Compute band levels and SuperFlux at 50 frames a second.

    Parameters
    ----------
    mono
        Samples at 22050 Hz, shape (n,).

    Returns
    -------
    NDArray[np.uint8]
        Shape (frames, 92): 46 levels (128 is the band's own mean, 40 steps a decade), then 46 fluxes.

    Examples
    --------
    >>> rhythm_features(np.zeros(22050)).shape
    (50, 92)
    """
    return pooled(band_levels(levelled(mono)), filterbank().groups)


def band_levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute the logarithmic levels of narrow bands, 100 frames a second.

    Parameters
    ----------
    samples
        From :func:`levelled`.

    Returns
    -------
    NDArray[np.float32]
        Shape (frames, bands); see :func:`filterbank`.
    """
    bank = filterbank()
    count = 2 * int(len(samples) / RATE * RHYTHM_FPS)
    levels = np.empty((count, len(bank.starts) - 1), np.float32)
    centres = np.rint(np.arange(count) * RHYTHM_HOP).astype(np.int64)
    for first in range(0, count, stft.CHUNK):
        part = slice(first, first + stft.CHUNK)
        spectra = _spectra(samples, centres[part], RHYTHM_FRAME)
        _filtered(spectra, bank.starts, bank.bins, bank.weights, levels[part])
    return levels


def harmony_features(mono: NDArray[np.floating], *, tuning: float | None = None) -> Harmony:
    """Compute the salience of 72 semitones every 2048 samples.

    Parameters
    ----------
    mono
        Samples at 22050 Hz, shape (n,).
    tuning
        Deviation from A4 = 440 Hz in semitones; found from the spectral peaks when not given.

    Returns
    -------
    Harmony
        Saliences, shape (1 + n // 2048, 72), and the tuning used.
    """
    return semitones(long_spectra(levelled(mono)), tuning=tuning)


def long_spectra(samples: NDArray[np.float32]) -> LongSpectra:
    """Compute spectra of 0.37 s every 2048 samples, of samples from :func:`levelled`."""
    count = 1 + len(samples) // HARMONY_HOP
    magnitude, top = np.empty((count, _HARMONY_BINS), np.float32), np.empty(count, np.float32)
    for first in range(0, count, stft.CHUNK):
        centres = np.arange(first, min(first + stft.CHUNK, count)) * HARMONY_HOP
        spectra = _spectra(samples, centres, HARMONY_FRAME)
        magnitude[first : first + stft.CHUNK] = spectra[:, :_HARMONY_BINS]
        top[first : first + stft.CHUNK] = spectra.max(axis=1)
    return LongSpectra(magnitude=magnitude, top=top)


def semitones(spectra: LongSpectra, *, tuning: float | None = None) -> Harmony:
    """Fold spectra into semitones; see :func:`harmony_features`."""
    if tuning is None:
        tuning = _tuning(spectra)
    low, bank = _semitone_bank(round(tuning, 2))
    width = bank.bias.size
    saliences = np.empty((len(spectra.top), SEMITONES), np.uint8)
    for first in range(0, len(saliences), _FRAMES_AT_ONCE):
        part = slice(first, first + _FRAMES_AT_ONCE)
        magnitude = spectra.magnitude[part]
        sums, rows = np.zeros((len(magnitude), width), np.float32), np.arange(len(magnitude))
        convolve(magnitude, rows * magnitude.shape[1] + low, 0, bank, sums, rows * width)
        salience = np.log10(1 + _COMPRESSION * sums[:, :SEMITONES])
        saliences[part] = np.clip(np.rint(salience * SALIENCE_STEP), 0, 255).astype(np.uint8)
    return Harmony(saliences=saliences, tuning=tuning)


def levelled(mono: NDArray[np.floating]) -> NDArray[np.float32]:
    """Scale to one RMS, so that the logarithm compresses soft and loud recordings alike; what is not finite is 0."""
    samples = np.asarray(mono, np.float32)
    energy = _energy(samples)
    if not np.isfinite(energy):
        samples = np.nan_to_num(samples, posinf=0.0, neginf=0.0)
        energy = _energy(samples)
    rms = float(np.sqrt(energy / len(samples))) if len(samples) else 0.0
    return samples * np.float32(_REFERENCE_RMS / rms) if rms > 1e-7 else np.zeros_like(samples)


def _energy(samples: NDArray[np.float32]) -> float:
    pieces = (samples[first : first + RATE] for first in range(0, len(samples), RATE))
    return sum(float(np.square(piece, dtype=np.float64).sum()) for piece in pieces)


def _spectra(samples: NDArray[np.float32], centres: NDArray[np.int64], frame: int) -> NDArray[np.float32]:
    """Amplitude spectra (a full-scale sine reads 1) around ascending centres, shape (frames, frame // 2 + 1)."""
    first = int(centres[0]) - frame // 2
    part = stft.cut(samples, first, int(centres[-1]) + frame // 2)
    return stft.spectrum(part, centres - centres[0], _window(frame))


@lru_cache(maxsize=4)
def _window(frame: int) -> NDArray[np.float32]:
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)
    return np.asarray(window / (window.sum() / 2), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """A sparse filterbank: band ``b`` sums ``weights[starts[b]:starts[b+1]]`` from bin ``bins[b]`` on."""

    starts: NDArray[np.int64]
    bins: NDArray[np.int64]
    weights: NDArray[np.float32]
    groups: NDArray[np.int64]


@lru_cache(maxsize=1)
def filterbank() -> Bank:
    """Triangles at 24 an octave from 30 Hz to 10.5 kHz on distinct bins, with the group each belongs to."""
    steps = np.arange(0, 24 * np.log2(10500 / 30) + 1)
    edges = np.unique(np.rint(30 * 2 ** (steps / 24) * RHYTHM_FRAME / RATE).astype(np.int64))
    starts, bins, weights = [0], [], []
    for low, mid, high in zip(edges[:-2], edges[1:-1], edges[2:], strict=True):
        rising = (np.arange(low + 1, mid + 1) - low) / (mid - low)
        falling = (high - np.arange(mid + 1, high)) / (high - mid)
        triangle = np.concatenate((rising, falling))
        weights.append(triangle / triangle.sum())
        starts.append(starts[-1] + len(triangle))
        bins.append(low + 1)
    groups = np.rint(np.linspace(0, len(bins), BANDS + 1)).astype(np.int64)
    return Bank(
        starts=np.array(starts),
        bins=np.array(bins),
        weights=np.concatenate(weights).astype(np.float32),
        groups=groups,
    )


@njit(cache=True, nogil=True)
def _filtered(
    magnitude: NDArray[np.float32],
    starts: NDArray[np.int64],
    bins: NDArray[np.int64],
    weights: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    for frame in range(magnitude.shape[0]):
        for band in range(len(bins)):
            total = np.float32(0.0)
            first = bins[band]
            for index in range(starts[band], starts[band + 1]):
                total += weights[index] * magnitude[frame, first + index - starts[band]]
            out[frame, band] = np.log10(np.float32(1.0) + np.float32(2000.0) * total)


@njit(cache=True, nogil=True)
def pooled(levels: NDArray[np.float32], groups: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Group bands, take the SuperFlux, pool two frames to one and quantise."""
    count, bands = levels.shape
    frames = count // 2
    wide = len(groups) - 1
    level = np.zeros((frames, wide))
    out = np.zeros((frames, 2 * wide), np.uint8)
    for frame in range(frames):
        for group in range(wide):
            first, last = groups[group], groups[group + 1]
            best = 0.0
            for half in range(2):
                now = 2 * frame + half
                total = 0.0
                flux = 0.0
                for band in range(first, last):
                    value = levels[now, band]
                    total += value
                    if now >= 3:
                        past = levels[now - 3, band]
                        if band > 0:
                            past = max(past, levels[now - 3, band - 1])
                        if band + 1 < bands:
                            past = max(past, levels[now - 3, band + 1])
                        flux += max(0.0, value - past)
                level[frame, group] += 0.5 * total / (last - first)
                best = max(best, flux / (last - first))
            out[frame, wide + group] = np.uint8(min(255.0, np.rint(best * 256.0)))
    for group in range(wide):
        mean = level[:, group].mean() if frames else 0.0
        for frame in range(frames):
            value = 128.0 + 40.0 * (level[frame, group] - mean)
            out[frame, group] = np.uint8(min(255.0, max(0.0, np.rint(value))))
    return out


def _tuning(spectra: LongSpectra) -> float:
    """Deviation from 12-tone equal temperament at 440 Hz: circular mean over the spectral peaks, in semitones.

    Peaks lower than a fiftieth of their frame's highest magnitude do not count.
    """
    pieces = range(0, len(spectra.top), _FRAMES_AT_ONCE)
    total = sum(
        _pull(spectra.magnitude[first : first + _FRAMES_AT_ONCE], spectra.top[first : first + _FRAMES_AT_ONCE])
        for first in pieces
    )
    return float(np.angle(total) / (2 * np.pi)) if total else 0.0


def _pull(magnitude: NDArray[np.float32], top: NDArray[np.float32]) -> complex:
    """Sum over peaks of magnitude times ``exp(2 pi i pitch)``, pitch in semitones."""
    step = RATE / HARMONY_FRAME
    low, high = int(80 / step), int(1600 / step)
    body = magnitude[:, low - 1 : high + 1].astype(np.float64)
    left, middle, right = body[:, :-2], body[:, 1:-1], body[:, 2:]
    floor = 0.02 * top[:, np.newaxis] + 1e-9
    frame, index = np.nonzero((middle > left) & (middle >= right) & (middle > floor))
    a, b, c = (np.log(side[frame, index] + 1e-12) for side in (left, middle, right))
    offset = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9)
    midi = 69 + 12 * np.log2((low + index + offset) * step / 440)
    return complex(np.sum(middle[frame, index] * np.exp(2j * np.pi * midi)))


@lru_cache(maxsize=128)
def _semitone_bank(tuning: float) -> tuple[int, Layer]:
    """Triangles one semitone (but at least 1.5 bins) to each side; the first bin used, and the sums from there on."""
    step = RATE / HARMONY_FRAME
    centres = 440 * 2 ** ((LOWEST_MIDI + np.arange(SEMITONES) + tuning - 69) / 12)
    width = np.maximum(centres * (2 ** (1 / 12) - 1), 1.5 * step)
    frequency = np.arange(_HARMONY_BINS) * step
    triangle = np.maximum(0, 1 - np.abs(frequency[:, None] - centres) / width)
    used = np.flatnonzero(triangle.any(axis=1))
    weights = triangle[used[0] : used[-1] + 1].T.astype(np.float32)
    return int(used[0]), packed(weights[:, :, np.newaxis])
