"""The error-feedback loop of noise-shaped dither; a recursion, so it is compiled."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def shape_errors(
    scaled: NDArray[np.float64],
    noise: NDArray[np.float64],
    taps: NDArray[np.float64],
    errors: NDArray[np.float64],
    scale: float,
) -> NDArray[np.int32]:
    """Round ``scaled`` samples with dither ``noise`` and error feedback through ``taps``.

    Parameters
    ----------
    scaled, noise
        Samples and noise in quantiser steps, shape ``(channels, frames)``.
    taps
        Feedback coefficients, newest error first.
    errors
        The last errors of each channel, newest first, shape ``(channels, taps)``; updated in place.
    scale
        Full scale in steps.

    Returns
    -------
    numpy.ndarray
        Int32 steps, shape ``(channels, frames)``. The error fed back leaves clipping out, so that it stays bounded.
    """
    channels, frames = scaled.shape
    order = taps.shape[0]
    out = np.empty((channels, frames), np.int32)
    for channel in range(channels):
        for frame in range(frames):
            wanted = scaled[channel, frame]
            for tap in range(order):
                wanted -= taps[tap] * errors[channel, tap]
            rounded = np.rint(wanted + noise[channel, frame])
            for tap in range(order - 1, 0, -1):
                errors[channel, tap] = errors[channel, tap - 1]
            errors[channel, 0] = rounded - wanted
            out[channel, frame] = np.int32(min(max(rounded, -scale), scale - 1.0))
    return out
