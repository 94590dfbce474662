"""A look-ahead limiter that holds the true peak under a ceiling.

The gain is the smallest that any peak of the next milliseconds needs, held so that low notes are not shaped into
their own harmonics, released by the programme, and smoothed by a window no longer than the look-ahead; so it is in
place when the peak comes, and no peak of the detector passes.

Functions: :func:`limit`, :func:`gain_curve`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maxbooster_kernel.dsp.true_peak import magnitude_envelope

Release = Literal["programme", "fast"]
LOOKAHEAD_S = 0.004
HOLD_S = 0.0125
"""A half period of 40 Hz: the gain does not follow single waves."""
FAST_RELEASE_S = 0.05
SLOW_ATTACK_S = 0.15
SLOW_RELEASE_S = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limited:
    """Limited samples, shape ``(channels, frames)``, and the gain that was applied, shape ``(frames,)``, 0 to 1."""

    samples: NDArray[np.float32]
    gain: NDArray[np.float32]


def limit(
    samples: NDArray[np.float32],
    sample_rate: int,
    *,
    ceiling_dbtp: float,
    gain_db: float = 0.0,
    release: Release = "programme",
) -> Limited:
    """Apply a gain, then hold the true peak under a ceiling; all channels move together.

    Parameters
    ----------
    samples
        Shape ``(channels, frames)``, finite.
    sample_rate
        In Hz.
    ceiling_dbtp
        Of the true peak as :func:`~maxbooster_kernel.dsp.true_peak.true_peak` reads it.
    gain_db
        Applied before the limiter.
    release
        See :func:`gain_curve`.

    Notes
    -----
    By an ideal filter, which no converter has, the result stays within 0.02 dB of the ceiling where it ends at 0.49 of
    the rate (21.6 kHz at 44.1 kHz); clipped white noise, as loud at half the rate as anywhere, is up to 0.8 dB over.

    Examples
    --------
    >>> from maxbooster_kernel.dsp.true_peak import true_peak
    >>> sine = np.sin(2 * np.pi * 1000 * np.arange(44100) / 44100, dtype=np.float32)[np.newaxis]
    >>> peak = true_peak(limit(sine, 44100, ceiling_dbtp=-1.0, gain_db=6.0).samples)
    >>> round(20 * float(np.log10(peak)), 2)
    -1.0
    """
    scale = np.float32(10.0 ** (gain_db / 20.0))
    louder = np.ascontiguousarray(samples, dtype=np.float32) * scale
    ceiling = 10.0 ** (ceiling_dbtp / 20.0)
    envelope = magnitude_envelope(louder, exact_above=ceiling)
    gain = gain_curve(envelope, sample_rate, ceiling=ceiling, release=release)
    return Limited(samples=np.multiply(louder, gain, out=louder), gain=gain)


def gain_curve(
    envelope: NDArray[np.float32], sample_rate: int, *, ceiling: float, release: Release = "programme"
) -> NDArray[np.float32]:
    """Return the gain of each frame that keeps ``envelope`` times gain at or under ``ceiling``.

    Parameters
    ----------
    envelope
        Magnitudes, shape ``(frames,)``; see :func:`~maxbooster_kernel.dsp.true_peak.magnitude_envelope`.
    sample_rate
        In Hz.
    ceiling
        Linear.
    release
        ``"programme"``: reduction falls with 50 ms towards a slow average (150 ms up, 0.9 s down), so single peaks
        recover at once and dense passages do not pump. ``"fast"``: it falls with 50 ms towards nothing, which is
        louder and less smooth.
    """
    ahead = max(2, round(LOOKAHEAD_S * sample_rate))
    hold = max(1, round(HOLD_S * sample_rate))
    rates = np.exp(-1.0 / (np.array([FAST_RELEASE_S, SLOW_ATTACK_S, SLOW_RELEASE_S]) * sample_rate))
    if release == "fast":
        rates[1] = 1.0  # the slow average never rises
    return np.asarray(_gain(envelope, ceiling, ahead, hold, rates))


@njit(cache=True, nogil=True)
def _gain(
    envelope: NDArray[np.float32], ceiling: float, ahead: int, hold: int, rates: NDArray[np.float64]
) -> NDArray[np.float32]:
    frames = envelope.shape[0]
    fast, rise, fall = rates[0], rates[1], rates[2]
    gains = np.ones(frames, np.float32)
    room = ahead + hold + 2
    queue = np.empty(room, np.int64)  # a ring of indices of a falling sequence: its head is the largest in reach
    head = 0
    tail = 0
    arrived = 0
    slow = 0.0
    reduction = 0.0
    largest, held = -1, np.float32(0.0)
    for n in range(frames):
        while arrived < min(frames, n + ahead + 1):
            while tail > head and envelope[queue[(tail - 1) % room]] <= envelope[arrived]:
                tail -= 1
            queue[tail % room] = arrived
            tail += 1
            arrived += 1
        while queue[head % room] < n - hold:
            head += 1
        if queue[head % room] != largest:
            largest = queue[head % room]
            over = envelope[largest] / ceiling
            held = np.float32(20.0 * np.log10(over) if over > 1.0 else 0.0)
        slow = held + (slow - held) * (rise if held > slow else fall)
        reduction = max(held, slow + (reduction - slow) * fast)
        if reduction > 1e-4:
            gains[n] = 10.0 ** (-reduction / 20.0)
    _smooth(gains, ahead // 2)
    _smooth(gains, ahead - ahead // 2)
    return gains


@njit(cache=True, nogil=True)
def _smooth(values: NDArray[np.float32], width: int) -> None:
    """Make each value the mean of itself and the ``width - 1`` before it; the first one counts before the start."""
    if values.shape[0] == 0:
        return
    total = np.float64(values[0]) * width
    last = np.full(width, values[0])
    place = 0
    for n in range(values.shape[0]):
        total += np.float64(values[n]) - np.float64(last[place])
        last[place] = values[n]
        place = place + 1 if place + 1 < width else 0
        values[n] = total / width
