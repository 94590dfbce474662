"""K-weighting of ITU-R BS.1770-5, Annex 1: a head shelf, then a high-pass, and what passes through them.

The standard tabulates both filters at 48 kHz only; here they come from their analogue parameters by the
bilinear transform, so every sample rate is served, and 48 kHz gives the table's numbers.

Functions: :func:`coefficients`, :func:`accumulate_pair`, :func:`accumulate_levels`, :func:`count_non_finite`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Doubles, Singles, fast_kernel, kernel

BINS_PER_SECOND = 100
"""Energies are summed in bins of 10 ms, the grid on which momentary loudness is evaluated."""

_MAGNITUDE = np.int32(0x7FFFFFFF)
_INFINITE = np.int32(0x7F800000)
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


@fast_kernel("contract")
def accumulate_pair(
    left: Singles,
    right: Singles,
    first_frame: int,
    sample_rate: int,
    filters: Doubles,
    state: Doubles,
    weighted: Doubles,
) -> None:
    """Filter two channels and add their squares to bins of 10 ms.

    Two channels in one loop take hardly longer than one: each waits for its own last value only.

    Parameters
    ----------
    left, right
        Two channels, shape ``(frames,)``, finite.
    first_frame
        Position of the first sample in the programme.
    sample_rate
        In Hz; bin ``k`` holds frames from ``k * rate / 100``.
    filters, state
        From :func:`coefficients`, and the memory of the filters, shape ``(2, 4)``, changed in place.
    weighted
        Bins of the programme: sums of squares behind the filters, shape ``(2, bins)``, changed in place.
    """
    b0, b1, b2, a1, a2 = filters[0, 0], filters[0, 1], filters[0, 2], -filters[0, 3], -filters[0, 4]
    c1, c2 = -filters[1, 3], -filters[1, 4]
    s1, s2, t1, t2 = state[0, 0], state[0, 1], state[0, 2], state[0, 3]
    u1, u2, v1, v2 = state[1, 0], state[1, 1], state[1, 2], state[1, 3]
    position = 0
    frames = left.shape[0]
    index = first_frame * BINS_PER_SECOND // sample_rate
    while position < frames:
        stop = min(frames, ((index + 1) * sample_rate + BINS_PER_SECOND - 1) // BINS_PER_SECOND - first_frame)
        sum_left = sum_right = 0.0
        for n in range(position, stop):
            x, w = np.float64(left[n]), np.float64(right[n])
            y, p = b0 * x + s1, b0 * w + u1
            # the brackets keep what waits for the last value to one multiplication and addition
            s1, u1 = a1 * y + (b1 * x + s2), a1 * p + (b1 * w + u2)
            s2, u2 = b2 * x + a2 * y, b2 * w + a2 * p
            z, q = y + t1, p + v1
            t1, v1 = c1 * z + (t2 - 2.0 * y), c1 * q + (v2 - 2.0 * p)
            t2, v2 = y + c2 * z, p + c2 * q
            sum_left += z * z
            sum_right += q * q
        weighted[0, index] += sum_left
        weighted[1, index] += sum_right
        if abs(s1) + abs(s2) + abs(t1) + abs(t2) < 1e-30:  # denormal numbers cost a hundredfold
            s1 = s2 = t1 = t2 = 0.0
        if abs(u1) + abs(u2) + abs(v1) + abs(v2) < 1e-30:
            u1 = u2 = v1 = v2 = 0.0
        position = stop
        index += 1
    state[0, 0], state[0, 1], state[0, 2], state[0, 3] = s1, s2, t1, t2
    state[1, 0], state[1, 1], state[1, 2], state[1, 3] = u1, u2, v1, v2


@fast_kernel("contract", "reassoc", "nsz")
def accumulate_levels(
    left: Singles, right: Singles, first_frame: int, sample_rate: int, plain: Doubles, peaks: Singles, products: Doubles
) -> None:
    """Add squares, products and peaks of two channels to bins of 10 ms.

    Parameters
    ----------
    left, right
        Two channels, shape ``(frames,)``, finite.
    first_frame, sample_rate
        As for :func:`accumulate_pair`.
    plain, peaks, products
        Bins of the programme: sums of squares and largest magnitudes, each of shape ``(2, bins)``, and sums of left
        times right; changed in place.
    """
    bits_left, bits_right = left.view(np.int32), right.view(np.int32)
    frames = left.shape[0]
    position = 0
    index = first_frame * BINS_PER_SECOND // sample_rate
    while position < frames:
        stop = min(frames, ((index + 1) * sample_rate + BINS_PER_SECOND - 1) // BINS_PER_SECOND - first_frame)
        sum_left = sum_right = product = 0.0
        peak_left = peak_right = np.int32(0)
        for n in range(position, stop):
            x, w = np.float64(left[n]), np.float64(right[n])
            sum_left += x * x
            sum_right += w * w
            product += x * w
        for n in range(position, stop):  # without their sign, finite numbers sort as their bits do
            peak_left = max(peak_left, bits_left[n] & _MAGNITUDE)
            peak_right = max(peak_right, bits_right[n] & _MAGNITUDE)
        plain[0, index] += sum_left
        plain[1, index] += sum_right
        products[index] += product
        whole = peaks.view(np.int32)
        whole[0, index] = max(whole[0, index], peak_left)
        whole[1, index] = max(whole[1, index], peak_right)
        position = stop
        index += 1


@kernel
def count_non_finite(samples: NDArray[np.float32]) -> int:
    """Return how many samples are NaN or infinite; several times faster than :func:`numpy.isfinite`."""
    bits = samples.view(np.int32)
    largest = np.int32(0)
    for n in range(bits.shape[0]):
        largest = max(largest, bits[n] & _MAGNITUDE)
    bad = 0
    if largest >= _INFINITE:
        for n in range(bits.shape[0]):
            bad += (bits[n] & _MAGNITUDE) >= _INFINITE
    return bad
