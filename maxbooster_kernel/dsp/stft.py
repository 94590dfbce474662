"""Short-time spectra: centred frames under a Hann window, in chunks that stay small.

Functions: :func:`hann`, :func:`frame_centres`, :func:`magnitudes`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

CHUNK = 512


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
        starts = centres[first : first + CHUNK]
        frames = np.lib.stride_tricks.sliding_window_view(padded, size)[starts]
        yield first, np.abs(np.fft.rfft(frames * window, axis=1)).astype(np.float32, copy=False)
