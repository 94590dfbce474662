"""The DynamicsCompressorNode: look ahead 6 ms, level, static curve, envelope, makeup.

``compress`` runs one block of 128 frames of many lanes. ``compressor_values`` says which constants a lane needs.
"""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.dsp.compressor_curve import CURVE_VALUES, attenuate, static_curve
from maxbooster_kernel.dsp.compressor_envelope import TIMING_VALUES, choose_rates, follow, timing
from maxbooster_kernel.dsp.compressor_work import CURVE, DETECTOR, PEAK
from maxbooster_kernel.dsp.delay import delay_rows
from maxbooster_kernel.dsp.gain import apply_multipliers
from maxbooster_kernel.dsp.kernel import Scalar, Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes
from maxbooster_kernel.dsp.polynomials import sin_of_quarter_turns

VALUES = len(CURVE_VALUES) + len(TIMING_VALUES)
STATE_ROWS = 3  # detector, gain, greatest attack difference; the look-ahead's rows follow


@kernel
def compressor_values(
    threshold: Scalar, knee: Scalar, ratio: Scalar, attack: Scalar, release: Scalar, sample_rate: Scalar, out: Singles
) -> None:
    """Fill ``out`` (float32, 13 values) with the constants of the static curve, then those of the timing."""
    static_curve(threshold, knee, ratio, out[:7])
    timing(attack, release, sample_rate, out[7:13])


@kernel
def measure_levels(lanes: Lanes, rows: Singles, begin: int, work: Singles) -> None:
    """Fill the levels of the 32 rows from ``begin`` on with the greater of |left| and |right|, and their peak."""
    n = len(lanes)
    for lane in range(n):
        work[PEAK * n + lane] = np.float32(0.0)
    for f in range(32):
        row = (begin + f) * 2 * n
        for lane in range(n):
            left, right = abs(rows[row + lane]), abs(rows[row + n + lane])
            work[f * n + lane] = max(right, left)
        for lane in range(n):
            level, peak = work[f * n + lane], work[PEAK * n + lane]
            work[PEAK * n + lane] = max(peak, level)


@kernel
def compress(
    lanes: Lanes, rows: Singles, keys: Singles, values: Singles, at: int, frames: int, saturation: Scalar,
    state: Singles, begin: int, position: int, work: Singles,
) -> int:  # fmt: skip
    """Compress a block in place; return the look-ahead ring's next position.

    Parameters
    ----------
    keys
        The rows the level is measured on: ``rows`` itself, or those of a side chain.
    values
        Float32, ``values[at + value n + lane]``: what ``compressor_values`` gives, for every lane.
    frames
        Length of the look-ahead.
    saturation
        0.0025 s in frames, float32.
    state
        Float32, at ``state[begin:]`` detector, gain, greatest attack difference, then the look-ahead's rows.
    work
        Float32 scratch of ``compressor_work.ROWS`` rows of n values.
    """
    n = len(lanes)
    for i in range(3 * n):
        work[DETECTOR * n + i] = state[begin + i]
    for i in range(13 * n):
        work[CURVE * n + i] = values[at + i]
    for division in range(4):
        measure_levels(lanes, keys, 32 * division, work)
        attenuate(lanes, work, saturation)
        choose_rates(lanes, work)
        follow(lanes, work)
        for i in range(32 * n):
            work[i] = np.float32(sin_of_quarter_turns(np.float64(work[i])))
        for f in range(32):
            for lane in range(n):
                work[f * n + lane] *= work[(CURVE + 6) * n + lane]
        total = (256 + 32 * division) * n
        for i in range(32 * n):
            rows[total + i] = work[i]
    position = delay_rows(lanes, rows, state, begin + 3 * n, frames, position)
    apply_multipliers(lanes, rows)
    for i in range(3 * n):
        state[begin + i] = work[DETECTOR * n + i]
    return position


@kernel
def run_gains(
    lanes: Lanes, samples: Singles, values: Singles, saturation: Scalar, state: Singles, least: Singles
) -> None:
    """Fill ``least`` with the smallest gain of every division of one signal, makeup left out.

    ``samples`` has shape (2, 32 times the length of ``least``); ``lanes`` is a tuple of one.
    """
    work = np.empty(115, np.float32)
    rows = np.empty(64, np.float32)
    for i in range(3):
        work[DETECTOR + i] = state[i]
    for i in range(13):
        work[CURVE + i] = values[i]
    for division in range(len(least)):
        for f in range(32):
            rows[2 * f] = samples[0, 32 * division + f]
            rows[2 * f + 1] = samples[1, 32 * division + f]
        measure_levels(lanes, rows, 0, work)
        attenuate(lanes, work, saturation)
        choose_rates(lanes, work)
        follow(lanes, work)
        lowest = np.float32(1.0)
        for f in range(32):
            lowest = min(lowest, np.float32(sin_of_quarter_turns(np.float64(work[f]))))
        least[division] = lowest
