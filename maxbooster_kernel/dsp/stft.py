"""Short-time spectra: centred frames under a Hann window, in chunks that stay small.

Functions: :func:`hann`, :func:`frame_centres`, :func:`magnitudes`, :func:`spectrum`, :func:`cut`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

CHUNK = 64
"""Frames at a time: what one step leaves, the next finds in the cache."""


def hann(size: int) -> NDArray[np.float32]:
    """Return a periodic Hann window.

    >>> hann(4)
    array([0. , 0.5, 1. , 0.5], dtype=float32)
    """
    return np.asarray(0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size), dtype=np.float32)


def frame_centres(frames: int, sample_rate: float, frame_rate: float) -> NDArray[np.int64]:
    """Return the centre of each analysis frame, so that frame ``k`` lies at ``k / frame_rate`` seconds exactly.

    Parameters
    ----------
    frames
        Length of the signal.
    sample_rate, frame_rate
        In Hz; the hop need not be whole.
    """
    count = int(frames * frame_rate / sample_rate) + 1
    return np.asarray(np.round(np.arange(count) * (sample_rate / frame_rate)), dtype=np.int64)


def magnitudes(
    samples: NDArray[np.float32], centres: NDArray[np.int64], size: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield magnitude spectra in chunks of frames.

    Parameters
    ----------
    samples
        One channel, shape ``(frames,)``; counts as zero beyond its ends.
    centres
        From :func:`frame_centres`.
    size
        Length of a frame and of the transform.

    Yields
    ------
    first, spectra
        Index of the first frame of the chunk, and magnitudes of shape ``(chunk, size // 2 + 1)``,
        scaled so that a sine of amplitude 1 reads about 1.
    """
    window = hann(size) * np.float32(4.0 / size)
    padded = np.pad(samples, (size // 2, size))
    for first in range(0, centres.size, CHUNK):
        yield first, spectrum(padded, centres[first : first + CHUNK], window)


def cut(samples: NDArray[np.float32], start: int, stop: int) -> NDArray[np.float32]:
    """Return ``samples[start:stop]``, with zeros where that reaches beyond either end.

    >>> cut(np.ones(3, np.float32), -2, 4)
    array([0., 0., 1., 1., 1., 0.], dtype=float32)
    """
    inside = samples[max(0, start) : max(0, stop)]
    if inside.size == stop - start:
        return inside
    out = np.zeros(stop - start, np.float32)
    out[max(0, -start) : max(0, -start) + inside.size] = inside
    return out


def spectrum(
    padded: NDArray[np.float32], starts: NDArray[np.int64], window: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the magnitudes of the frames that begin at ``starts``, shape ``(len(starts), len(window) // 2 + 1)``."""
    import scipy.fft  # transforms several rows at once, which numpy does not

    return modulus(scipy.fft.rfft(windowed(padded, starts, window), axis=1))


@njit(cache=True, nogil=True)
def windowed(
    padded: NDArray[np.float32], starts: NDArray[np.int64], window: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the frames that begin at ``starts`` times the window, shape ``(len(starts), len(window))``."""
    size = window.shape[0]
    out = np.empty((starts.shape[0], size), np.float32)
    for t in range(starts.shape[0]):
        part = padded[starts[t] : starts[t] + size]
        row = out[t]
        for n in range(size):
            row[n] = part[n] * window[n]
    return out


@njit(cache=True, nogil=True)
def modulus(spectra: NDArray[np.complexfloating]) -> NDArray[np.float32]:
    """Return the magnitudes of spectra of shape ``(frames, bins)``; several times faster than :func:`numpy.abs`."""
    out = np.empty(spectra.shape, np.float32)
    for t in range(spectra.shape[0]):
        row, values = out[t], spectra[t]
        for k in range(row.shape[0]):
            row[k] = np.sqrt(values[k].real * values[k].real + values[k].imag * values[k].imag)
    return out
