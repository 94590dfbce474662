"""The DynamicsCompressorNode: look ahead 6 ms, level, static curve, envelope, makeup.

``compress`` runs one block of 128 frames of many lanes. ``compressor_values`` says which constants a lane needs.
"""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.dsp.compressor_curve import CURVE_VALUES, attenuate, static_curve
from maxbooster_kernel.dsp.compressor_envelope import TIMING_VALUES, choose_rates, follow, timing
from maxbooster_kernel.dsp.delay import delay_rows
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
def measure_levels(lanes: Lanes, rows: Singles, levels: Singles) -> None:
    """Fill ``levels[f n + lane]`` with the greater of |left| and |right|."""
    n = len(lanes)
    for f in range(128):
        for lane in range(n):
            left, right = abs(rows[f * 2 * n + lane]), abs(rows[f * 2 * n + n + lane])
            levels[f * n + lane] = max(right, left)


@kernel
def compress(
    lanes: Lanes,
    rows: Singles,
    keys: Singles,
    values: Singles,
    at: int,
    frames: int,
    saturation: Scalar,
    state: Singles,
    begin: int,
    position: int,
    work: Singles,
) -> int:
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
        Float32 scratch of 386 n values.
    """
    n = len(lanes)
    levels, attenuation, rises = work[: 128 * n], work[128 * n : 256 * n], work[256 * n : 384 * n]
    want, rate = work[384 * n : 385 * n], work[385 * n : 386 * n]
    measure_levels(lanes, keys, levels)
    attenuate(lanes, levels, values, at, saturation, attenuation, rises)
    gains = levels
    for division in range(4):
        choose_rates(lanes, state, begin, values, at + 7 * n, want, rate)
        follow(lanes, 32 * division, attenuation, rises, want, rate, state, begin, gains)
    for i in range(128 * n):
        gains[i] = np.float32(sin_of_quarter_turns(np.float64(gains[i])))
    position = delay_rows(lanes, rows, state, begin + 3 * n, frames, position)
    for f in range(128):
        for lane in range(n):
            gain = values[at + 6 * n + lane] * gains[f * n + lane]
            rows[f * 2 * n + lane] *= gain
            rows[f * 2 * n + n + lane] *= gain
    return position
