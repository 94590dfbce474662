"""True peak: the largest magnitude of the signal between its samples (ITU-R BS.1770-5, Annex 2).

Oversampling by four, as twice two: the samples themselves are every fourth value. Short filters do that for all
frames; where it comes near the largest peak so far, a long sinc says what the peak is (:mod:`interpolation`).

Functions: :func:`interpolator`, :func:`accumulate_true_peaks`, :func:`magnitude_envelope`, :func:`true_peak`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.interpolation import MARGIN, long_sinc, peak_around
from maxbooster_kernel.dsp.kernel import fast_kernel, kernel

HALF_TAPS = 32
"""Taps of the first doubling; the sines of EBU Tech 3341 read within 0.01 dB of their true peaks."""
QUARTER_TAPS = 8
"""Taps of the second doubling, whose band is half empty: 0.02 dB off at most."""
DELAY = MARGIN + 1
"""Frames from a sample's arrival to the interpolated values that follow it."""
HISTORY = DELAY + MARGIN
"""Frames before a block that its first interpolated values need."""
NEAR = 0.8
"""What the short filters put under this part of the largest peak (2 dB below it) is not looked at again."""

_CHUNK = 256
_REACH = HALF_TAPS // 2 + 1


def interpolator() -> NDArray[np.float32]:
    """Return the taps of two Kaiser-windowed sincs that interpolate midpoints.

    Returns
    -------
    ndarray, shape (36,)
        The 32 taps of the first doubling (they sum to 1), then one half of the 8 symmetric taps of the second.
    """
    return np.concatenate([_midpoint(HALF_TAPS, 7.0), _midpoint(QUARTER_TAPS, 6.0)[: QUARTER_TAPS // 2]])


def _midpoint(taps: int, beta: float) -> NDArray[np.float32]:
    half = taps // 2
    distance = np.arange(taps) - half + 0.5
    window = np.i0(beta * np.sqrt(1.0 - (distance / half) ** 2)) / np.i0(beta)
    sinc = np.sinc(distance) * window
    return np.asarray(sinc / sinc.sum(), dtype=np.float32)


@fast_kernel("contract")
def _midpoints(w: NDArray[np.float32], taps: NDArray[np.float32], out: NDArray[np.float32], size: int) -> None:
    """Correlate ``w`` with the 32 taps, which are symmetric; scalars let the compiler work on many samples at once."""
    h0, h1, h2, h3, h4, h5, h6, h7 = taps[0], taps[1], taps[2], taps[3], taps[4], taps[5], taps[6], taps[7]
    g0, g1, g2, g3, g4, g5, g6, g7 = taps[8], taps[9], taps[10], taps[11], taps[12], taps[13], taps[14], taps[15]
    for n in range(size):
        out[n] = (
            h0 * (w[n] + w[n + 31]) + h1 * (w[n + 1] + w[n + 30]) + h2 * (w[n + 2] + w[n + 29])
            + h3 * (w[n + 3] + w[n + 28]) + h4 * (w[n + 4] + w[n + 27]) + h5 * (w[n + 5] + w[n + 26])
            + h6 * (w[n + 6] + w[n + 25]) + h7 * (w[n + 7] + w[n + 24]) + g0 * (w[n + 8] + w[n + 23])
            + g1 * (w[n + 9] + w[n + 22]) + g2 * (w[n + 10] + w[n + 21]) + g3 * (w[n + 11] + w[n + 20])
            + g4 * (w[n + 12] + w[n + 19]) + g5 * (w[n + 13] + w[n + 18]) + g6 * (w[n + 14] + w[n + 17])
            + g7 * (w[n + 15] + w[n + 16])
        )  # fmt: skip


@fast_kernel("contract")
def _between(
    extended: NDArray[np.float32],
    start: int,
    size: int,
    taps: NDArray[np.float32],
    halves: NDArray[np.float32],
    most: NDArray[np.float32],
) -> None:
    """Put into ``most`` the largest of the three magnitudes behind each of ``size`` frames.

    The first frame is ``extended[start + 17]``, the last frame read the 18th behind the last; ``halves`` is room for
    ``size + 4`` midpoints.
    """
    _midpoints(extended[start : start + size + HALF_TAPS + 3], taps[:HALF_TAPS], halves, size + 4)
    c0, c1, c2, c3 = taps[HALF_TAPS], taps[HALF_TAPS + 1], taps[HALF_TAPS + 2], taps[HALF_TAPS + 3]
    first = start + _REACH
    x0, x1 = extended[first - 1 : first - 1 + size], extended[first : first + size]
    x2, x3 = extended[first + 1 : first + 1 + size], extended[first + 2 : first + 2 + size]
    h0, h1, h2 = halves[:size], halves[1 : 1 + size], halves[2 : 2 + size]
    h3, h4 = halves[3 : 3 + size], halves[4 : 4 + size]
    for n in range(size):
        before = c3 * (x1[n] + h2[n]) + c2 * (h1[n] + x2[n]) + c1 * (x0[n] + h3[n]) + c0 * (h0[n] + x3[n])
        behind = c3 * (h2[n] + x2[n]) + c2 * (x1[n] + h3[n]) + c1 * (h1[n] + x3[n]) + c0 * (x0[n] + h4[n])
        most[n] = max(abs(h2[n]), abs(before), abs(behind))


def accumulate_true_peaks(
    extended: NDArray[np.float32],
    first_frame: int,
    sample_rate: int,
    bins_per_second: int,
    taps: tuple[NDArray[np.float32], NDArray[np.float32]],
    peaks: NDArray[np.float32],
    highest: NDArray[np.float32],
) -> None:
    """Raise the bins of ``peaks`` to the largest magnitudes between the samples of one channel.

    How a programme is cut into blocks makes no difference.

    Parameters
    ----------
    extended
        ``HISTORY`` frames from before, then the new ones; finite.
    first_frame
        Position of the first new frame in the programme.
    sample_rate, bins_per_second
        In Hz; bin ``k`` holds frames from ``k * sample_rate / bins_per_second``.
    taps
        From :func:`interpolator` and :func:`~maxbooster_kernel.dsp.interpolation.long_sinc`.
    peaks
        Bins of the programme, 0 or more, changed in place. The largest is exact; what lies far below it is within a
        few tenths of a dB where the music is loudest above 19 kHz (at 44.1 kHz).
    highest
        One value: the largest peak of the channel so far, 0 at first, changed in place.
    """
    _accumulate(extended, first_frame, sample_rate, bins_per_second, taps[0], taps[1], peaks, highest, *_room())


def _room() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.empty(_CHUNK + 6, np.float32), np.empty(_CHUNK + 3, np.float32)


@kernel
def _accumulate(
    extended: NDArray[np.float32],
    first_frame: int,
    sample_rate: int,
    bins_per_second: int,
    taps: NDArray[np.float32],
    sincs: NDArray[np.float32],
    peaks: NDArray[np.float32],
    highest: NDArray[np.float32],
    halves: NDArray[np.float32],
    most: NDArray[np.float32],
) -> None:
    frames = extended.shape[0] - HISTORY
    # numbers that are not negative sort as their bits do, and the largest of whole numbers is found many at a time
    bits, largest = most.view(np.int32), peaks.view(np.int32)
    for start in range(0, frames, _CHUNK):
        size = min(_CHUNK, frames - start)
        place = start + HISTORY - DELAY
        _between(extended, place - 1 - _REACH, size + 2, taps, halves, most)  # and one to each side
        n = 0
        while n < size:
            frame = max(0, first_frame + start + n - DELAY)
            index = frame * bins_per_second // sample_rate
            edge = ((index + 1) * sample_rate + bins_per_second - 1) // bins_per_second
            stop = min(size, n + max(1, edge - frame))
            part = bits[n + 1 : stop + 1]
            peak = np.int32(0)
            for m in range(part.shape[0]):
                peak = max(peak, part[m])
            bits[_CHUNK + 2] = peak
            if most[_CHUNK + 2] <= np.float32(NEAR) * highest[0]:
                largest[index] = max(largest[index], peak)
            else:
                exact = _exact(extended, place + n, most[n : stop + 2], sincs, highest)
                peaks[index] = max(peaks[index], exact)
            n = stop


@kernel
def _exact(
    extended: NDArray[np.float32],
    place: int,
    most: NDArray[np.float32],
    sincs: NDArray[np.float32],
    highest: NDArray[np.float32],
) -> np.float32:
    """Return the largest peak behind some frames, of which the short filters say ``most``, and of one to each side."""
    high = highest[0]
    limit = np.float32(NEAR) * high
    peak = np.float32(0.0)
    for m in range(1, most.shape[0] - 1):
        value = most[m]
        peak = max(peak, min(value, limit))
        if value > limit and value > most[m - 1] and value >= most[m + 1]:
            exact = np.float32(peak_around(extended, place + m - 1, sincs, float(high)))
            peak, high = max(peak, exact), max(high, exact)
            limit = np.float32(NEAR) * high
    highest[0] = high
    return peak


def magnitude_envelope(samples: NDArray[np.float32], *, exact_above: float = math.inf) -> NDArray[np.float32]:
    """Return the largest magnitude around each frame over all channels, between the samples too.

    Parameters
    ----------
    samples
        Shape ``(channels, frames)``, finite.
    exact_above
        Peaks over this magnitude are as exact as :func:`true_peak` has them.

    Returns
    -------
    ndarray, shape (frames,)
        Values between two frames count for both.
    """
    taps, sincs = interpolator(), long_sinc()
    frames = samples.shape[1]
    envelope = np.zeros(frames, np.float32)
    extended = np.zeros(MARGIN + frames + DELAY, np.float32)
    for row in samples:
        extended[MARGIN : MARGIN + frames] = row
        _raise_envelope(extended, taps, sincs, NEAR * exact_above, envelope, *_room())
    return envelope


@kernel
def _raise_envelope(
    extended: NDArray[np.float32],
    taps: NDArray[np.float32],
    sincs: NDArray[np.float32],
    limit: float,
    envelope: NDArray[np.float32],
    halves: NDArray[np.float32],
    most: NDArray[np.float32],
) -> None:
    frames = envelope.shape[0]
    before = np.float32(0.0)
    for start in range(0, frames, _CHUNK):
        size = min(_CHUNK, frames - start)
        place = start + MARGIN
        _between(extended, place - 1 - _REACH, size + 2, taps, halves, most)  # and one to each side
        for n in range(size):
            value = most[n + 1]
            if value > limit and value > most[n] and value >= most[n + 2]:
                value = max(value, np.float32(peak_around(extended, place + n, sincs, 0.0)))
            envelope[start + n] = max(envelope[start + n], abs(extended[place + n]), value, before)
            before = value


def true_peak(samples: NDArray[np.floating]) -> float:
    """Return the largest magnitude of the signal, between the samples too (linear, 1 = full scale).

    Parameters
    ----------
    samples
        Shape ``(..., frames)``, finite.

    Examples
    --------
    >>> n = np.arange(4800)
    >>> sine = 0.5 * np.sin(np.pi * n / 2 + np.pi / 4) * np.hanning(4800)  # samples reach only 0.354
    >>> round(true_peak(sine), 2)
    0.5
    """
    rows = np.atleast_2d(np.asarray(samples, dtype=np.float32))
    most = float(np.abs(rows).max(initial=0.0))
    taps = interpolator(), long_sinc()
    for row in rows.reshape(math.prod(rows.shape[:-1]), rows.shape[-1]):
        peaks, highest = np.zeros((2, 1), np.float32)
        extended = np.concatenate([np.zeros(HISTORY, np.float32), row, np.zeros(DELAY, np.float32)])
        accumulate_true_peaks(extended, 0, max(1, 2 * extended.size), 1, taps, peaks, highest)
        most = max(most, float(peaks[0]))
    return most
