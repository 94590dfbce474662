r"""Schroeder's reverberator: four comb filters side by side, then two all-pass filters in a row.

Comb: :math:`y[n] = x[n-D] + g\,y[n-D]`; all-pass: :math:`y[n] = -a\,x[n] + x[n-D] + a\,y[n-D]`, every delay
a whole number of frames. The combs' mean enters the all-passes; the output is dry times the input plus wet times
the reverberation, each channel for itself (M. R. Schroeder, "Natural sounding artificial reverberation", 1962).

The recursion is exact and runs in double precision; a browser plays it by convolution with its impulse response.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Addresses, Doubles, Scalar, Singles, kernel

COMB_DELAYS_S = (0.0297, 0.0371, 0.0411, 0.0437)
ALL_PASS_DELAYS_S = (0.005, 0.0017)
ALL_PASS_GAIN = 0.7
FEEDBACK, WET, DRY = 0.84, 0.3, 1.0


def reverb_delays(sample_rate: int) -> NDArray[np.int64]:
    """Return the six delays in whole frames: four combs, two all-passes.

    >>> reverb_delays(44100).tolist()
    [1310, 1636, 1813, 1927, 221, 75]
    """
    seconds = np.array([*COMB_DELAYS_S, *ALL_PASS_DELAYS_S])
    return np.maximum(1, np.floor(seconds * sample_rate + 0.5)).astype(np.int64)


def tail_s(feedback: float = FEEDBACK) -> float:
    """Return in how many seconds the reverberation has died away by 140 dB, at most 10; it has no pauses in between.

    >>> round(tail_s(), 1), tail_s(0.0), tail_s(0.999)
    (4.1, 0.1, 10.0)
    """
    if not feedback:
        return 0.1
    return min(0.1 + max(COMB_DELAYS_S) * math.log(1e-7) / math.log(abs(feedback)), 10.0)


def reverb_state(sample_rate: int) -> NDArray[np.float64]:
    """Return the state of a silent reverberator: for each channel and filter a ring and its position."""
    delays = reverb_delays(sample_rate)
    return np.zeros((2, int(delays.sum()) + len(delays)))


def reverberate(
    samples: NDArray[np.float32], state: NDArray[np.float64], *, sample_rate: int,
    wet: float = WET, dry: float = DRY, feedback: float = FEEDBACK,
) -> NDArray[np.float32]:  # fmt: skip
    """Return a piece of sound reverberated; ``state`` is carried from piece to piece.

    Parameters
    ----------
    samples
        Shape (2, frames), float32.
    state
        From :func:`reverb_state`; changed in place.
    wet, dry
        Linear amplitudes of the reverberation and of the input.
    feedback
        Gain of the combs' loops; below 1.

    Returns
    -------
    numpy.ndarray
        Shape (2, frames), float32.
    """
    out = np.empty(samples.shape, np.float32)
    run_reverb(samples, out, state, reverb_delays(sample_rate), float(wet), float(dry), float(feedback))
    return out


def impulse_response(
    sample_rate: int, *, wet: float = WET, dry: float = DRY, feedback: float = FEEDBACK, decay_db: float = 120.0
) -> NDArray[np.float32]:
    """Return the reverberator's impulse response, shape (frames,), down to ``decay_db`` below its start."""
    loops = decay_db / (-20.0 * np.log10(max(1e-6, abs(feedback))))
    frames = int(np.ceil((loops + 2.0) * max(COMB_DELAYS_S) * sample_rate))
    impulse = np.zeros((2, frames), np.float32)
    impulse[:, 0] = 1.0
    state = reverb_state(sample_rate)
    response: NDArray[np.float32] = reverberate(
        impulse, state, sample_rate=sample_rate, wet=wet, dry=dry, feedback=feedback
    )[0]
    return response


@kernel
def run_reverb(
    samples: Singles, out: Singles, state: Doubles, delays: Addresses, wet: Scalar, dry: Scalar, feedback: Scalar
) -> None:
    """Run the recursion over a piece (see :func:`reverberate`)."""
    rings = delays.sum()
    for channel in range(samples.shape[0]):
        memory = state[channel]
        for n in range(samples.shape[1]):
            x = np.float64(samples[channel, n])
            total = 0.0
            begin = 0
            for filter_ in range(6):
                position = np.int64(memory[rings + filter_])
                old = memory[begin + position]
                if filter_ < 4:
                    fresh = x + feedback * old
                    total += old
                else:
                    # the ring holds x + a y: y[n] = -a x[n] + ring[n - D]
                    y = old - ALL_PASS_GAIN * total
                    fresh = total + ALL_PASS_GAIN * y
                    total = y
                memory[begin + position] = fresh if abs(fresh) > 1e-30 else 0.0
                position += 1
                memory[rings + filter_] = 0.0 if position == delays[filter_] else position
                begin += delays[filter_]
                if filter_ == 3:
                    total *= 0.25
            out[channel, n] = np.float32(dry * x + wet * total)
