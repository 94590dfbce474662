"""K-weighting of ITU-R BS.1770-5, Annex 1: a head shelf, then a high-pass, and what passes through them.

The standard tabulates both filters at 48 kHz only; here they come from their analogue parameters by the
bilinear transform, so every sample rate is served, and 48 kHz gives the table's numbers.

Functions: :func:`coefficients`, :func:`accumulate_pair`.
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
def accumulate_pair(
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    first_frame: int,
    sample_rate: int,
    filters: NDArray[np.float64],
    state: NDArray[np.float64],
    weighted: NDArray[np.float64],
    plain: NDArray[np.float64],
    peaks: NDArray[np.float32],
    products: NDArray[np.float64],
) -> tuple[int, int]:
    """Filter two channels and add their squares, products and peaks to bins of 10 ms.

    Two channels in one loop take hardly longer than one: each waits for its own last value only.

    Parameters
    ----------
    left, right
        Two channels, shape ``(frames,)``; values that are not finite count as 0.
    first_frame
        Position of the first sample in the programme.
    sample_rate
        In Hz; bin ``k`` holds frames from ``k * rate / 100``.
    filters, state
        From :func:`coefficients`, and the memory of the filters, shape ``(2, 4)``, changed in place.
    weighted, plain, peaks, products
        Bins of the programme: sums of squares behind and before the filters and largest magnitudes, each of shape
        ``(2, bins)``, and sums of left times right; changed in place.

    Returns
    -------
    int, int
        How many samples of each channel were not finite.
    """
    b0, b1, b2, a1, a2 = filters[0, 0], filters[0, 1], filters[0, 2], filters[0, 3], filters[0, 4]
    c1, c2 = filters[1, 3], filters[1, 4]
    s1, s2, t1, t2 = state[0, 0], state[0, 1], state[0, 2], state[0, 3]
    u1, u2, v1, v2 = state[1, 0], state[1, 1], state[1, 2], state[1, 3]
    largest = np.float32(3.4028235e38)
    bad_left = bad_right = 0
    position = 0
    frames = left.shape[0]
    index = first_frame * BINS_PER_SECOND // sample_rate
    while position < frames:
        stop = min(frames, ((index + 1) * sample_rate + BINS_PER_SECOND - 1) // BINS_PER_SECOND - first_frame)
        weighted_left = weighted_right = plain_left = plain_right = product = 0.0
        peak_left = peak_right = np.float32(0.0)
        for n in range(position, stop):
            size_left, size_right = abs(left[n]), abs(right[n])
            x, w = np.float64(left[n]), np.float64(right[n])
            if not size_left <= largest:
                bad_left += 1
                x = np.float64(0.0)
                size_left = np.float32(0.0)
            if not size_right <= largest:
                bad_right += 1
                w = np.float64(0.0)
                size_right = np.float32(0.0)
            peak_left, peak_right = max(peak_left, size_left), max(peak_right, size_right)
            plain_left += x * x
            plain_right += w * w
            product += x * w
            y = b0 * x + s1
            p = b0 * w + u1
            s1 = b1 * x - a1 * y + s2
            u1 = b1 * w - a1 * p + u2
            s2 = b2 * x - a2 * y
            u2 = b2 * w - a2 * p
            z = y + t1
            q = p + v1
            t1 = -2.0 * y - c1 * z + t2
            v1 = -2.0 * p - c1 * q + v2
            t2 = y - c2 * z
            v2 = p - c2 * q
            weighted_left += z * z
            weighted_right += q * q
        weighted[0, index] += weighted_left
        weighted[1, index] += weighted_right
        plain[0, index] += plain_left
        plain[1, index] += plain_right
        products[index] += product
        peaks[0, index] = max(peaks[0, index], peak_left)
        peaks[1, index] = max(peaks[1, index], peak_right)
        if abs(s1) + abs(s2) + abs(t1) + abs(t2) < 1e-30:  # denormal numbers cost a hundredfold
            s1 = s2 = t1 = t2 = 0.0
        if abs(u1) + abs(u2) + abs(v1) + abs(v2) < 1e-30:
            u1 = u2 = v1 = v2 = 0.0
        position = stop
        index += 1
    state[0, 0], state[0, 1], state[0, 2], state[0, 3] = s1, s2, t1, t2
    state[1, 0], state[1, 1], state[1, 2], state[1, 3] = u1, u2, v1, v2
    return bad_left, bad_right
