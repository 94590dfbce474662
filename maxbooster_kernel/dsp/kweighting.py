"""K-weighting of ITU-R BS.1770-5, Annex 1: a head shelf, then a high-pass, and what passes through them.

The standard tabulates both filters at 48 kHz only; here they come from their analogue parameters by the
bilinear transform, so every sample rate is served, and 48 kHz gives the table's numbers.

Functions: :func:`coefficients`, :func:`accumulate`.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

BINS_PER_SECOND = 100
"""Energies are summed in bins of 10 ms, the grid on which momentary loudness is evaluated."""

_SHELF = (1681.974450955533, 0.7071752369554196, 3.999843853973347)  # Hz, Q, dB
_HIGH_PASS = (38.13547087602444, 0.5003270373238773)  # Hz, Q


def coefficients(sample_rate: int) -> NDArray[np.float64]:
    """Return the two biquads of K-weighting.

    Parameters
    ----------
    sample_rate
        In Hz.

    Returns
    -------
    ndarray, shape (2, 5)
        Rows: shelf, high-pass. Columns: b0, b1, b2, a1, a2 (a0 = 1).

    Notes
    -----
    ITU-R BS.1770-5, Annex 1, tables 1 and 2. The numerator of the high-pass is 1, -2, 1, not normalised.
    Below about 3.4 kHz the shelf's corner lies above the Nyquist frequency; it is held at 0.49 of the rate.

    Examples
    --------
    >>> coefficients(48000).round(8)[0]
    array([ 1.53512486, -2.69169619,  1.19839281, -1.69065929,  0.73248077])
    """
    frequency, q, gain_db = _SHELF
    k = math.tan(math.pi * min(frequency / sample_rate, 0.49))
    high = 10.0 ** (gain_db / 20.0)
    band = high**0.4996667741545416
    a0 = 1.0 + k / q + k * k
    shelf = (
        (high + band * k / q + k * k) / a0,
        2.0 * (k * k - high) / a0,
        (high - band * k / q + k * k) / a0,
        2.0 * (k * k - 1.0) / a0,
        (1.0 - k / q + k * k) / a0,
    )
    frequency, q = _HIGH_PASS
    k = math.tan(math.pi * frequency / sample_rate)
    a0 = 1.0 + k / q + k * k
    return np.array([shelf, (1.0, -2.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0)])


@njit(cache=True, nogil=True)
def accumulate(
    samples: NDArray[np.float32],
    first_frame: int,
    sample_rate: int,
    filters: NDArray[np.float64],
    state: NDArray[np.float64],
    weighted: NDArray[np.float64],
    plain: NDArray[np.float64],
    peaks: NDArray[np.float32],
) -> int:
    """Filter one channel and add its squares and peaks to bins of 10 ms.

    Parameters
    ----------
    samples
        One channel, shape ``(frames,)``; values that are not finite count as 0.
    first_frame
        Position of ``samples[0]`` in the programme.
    sample_rate
        In Hz; bin ``k`` holds frames from ``k * rate // 100``.
    filters, state
        From :func:`coefficients`, and the memory of the filters, shape ``(4,)``, changed in place.
    weighted, plain, peaks
        Bins of the programme: sums of squares behind and before the filters, largest magnitudes; changed in place.

    Returns
    -------
    int
        How many samples were not finite.
    """
    b0, b1, b2, a1, a2 = filters[0, 0], filters[0, 1], filters[0, 2], filters[0, 3], filters[0, 4]
    c1, c2 = filters[1, 3], filters[1, 4]
    s1, s2, t1, t2 = state[0], state[1], state[2], state[3]
    bad = 0
    position = 0
    frames = samples.shape[0]
    index = first_frame * BINS_PER_SECOND // sample_rate
    while position < frames:
        stop = min(frames, ((index + 1) * sample_rate + BINS_PER_SECOND - 1) // BINS_PER_SECOND - first_frame)
        sum_weighted = 0.0
        sum_plain = 0.0
        peak = np.float32(0.0)
        for n in range(position, stop):
            sample = samples[n]
            size = abs(sample)
            if not size <= np.float32(3.4028235e38):
                bad += 1
                sample = np.float32(0.0)
                size = np.float32(0.0)
            peak = max(peak, size)
            x = np.float64(sample)
            sum_plain += x * x
            y = b0 * x + s1
            s1 = b1 * x - a1 * y + s2
            s2 = b2 * x - a2 * y
            z = y + t1
            t1 = -2.0 * y - c1 * z + t2
            t2 = y - c2 * z
            sum_weighted += z * z
        weighted[index] += sum_weighted
        plain[index] += sum_plain
        peaks[index] = max(peaks[index], peak)
        if abs(s1) + abs(s2) + abs(t1) + abs(t2) < 1e-30:  # denormal numbers cost a hundredfold
            s1 = s2 = t1 = t2 = 0.0
        position = stop
        index += 1
    state[0], state[1], state[2], state[3] = s1, s2, t1, t2
    return bad


@njit(cache=True, nogil=True)
def accumulate_product(
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    first_frame: int,
    sample_rate: int,
    products: NDArray[np.float64],
) -> None:
    """Add the products of two channels to bins of 10 ms (the numerator of their phase correlation)."""
    position = 0
    frames = left.shape[0]
    index = first_frame * BINS_PER_SECOND // sample_rate
    while position < frames:
        stop = min(frames, ((index + 1) * sample_rate + BINS_PER_SECOND - 1) // BINS_PER_SECOND - first_frame)
        total = 0.0
        for n in range(position, stop):
            product = np.float64(left[n]) * np.float64(right[n])
            if abs(product) < np.inf:
                total += product
        products[index] += total
        position = stop
        index += 1
