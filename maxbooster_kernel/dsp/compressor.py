"""The DynamicsCompressorNode: look ahead 6 ms, level, static curve, envelope, makeup.

``compress`` runs one block of 128 frames of many lanes. ``compressor_values`` says which constants a lane needs.
"""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.dsp.compressor_curve import (
    CURVE_VALUES,
    attenuation,
    gentle_rise,
    level_beyond,
    level_in_knee,
    rise,
    share,
    static_curve,
)
from maxbooster_kernel.dsp.compressor_envelope import TIMING_VALUES, choose_rate, next_detector, next_gain, timing
from maxbooster_kernel.dsp.delay import delay_and_multiply
from maxbooster_kernel.dsp.kernel import Scalar, Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes
from maxbooster_kernel.dsp.polynomials import sin_of_quarter_turns
from maxbooster_kernel.dsp.vectors import (
    anywhere,
    double,
    evens,
    load,
    magnitude,
    maximum,
    odds,
    single,
    splat,
    store,
    twice,
)

VALUES = len(CURVE_VALUES) + len(TIMING_VALUES)
STATE_ROWS = 3  # detector, gain, greatest attack difference; the look-ahead's rows follow
SIXTEEN = (0,) * 16
GENTLE = 0.8  # an attenuation of less than 2 dB, with some room for rounding


@kernel
def compressor_values(
    threshold: Scalar, knee: Scalar, ratio: Scalar, attack: Scalar, release: Scalar, sample_rate: Scalar, out: Singles
) -> None:
    """Fill ``out`` (float32, 13 values) with the constants of the static curve, then those of the timing."""
    static_curve(threshold, knee, ratio, out[:7])
    timing(attack, release, sample_rate, out[7:13])


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
        Float32 scratch of 192 rows of n values; of 256 for one lane.
    """
    n = len(lanes)
    for division in range(4):
        if n == 1:
            compress_division_alone(keys, values, at, saturation, state, begin, 32 * division, work)
        else:
            compress_division(lanes, keys, values, at, saturation, state, begin, 32 * division, work)
    return delay_and_multiply(lanes, rows, state, begin + 3 * n, frames, position, work)


@kernel
def compress_division(
    lanes: Lanes, keys: Singles, values: Singles, at: int, saturation: Scalar, state: Singles, begin: int, first: int,
    work: Singles,
) -> None:  # fmt: skip
    """Fill the 32 rows of ``work`` from ``first`` on with what multiplies the delayed signal: gain and makeup.

    Each step is a loop of its own, over two rows at a time but for the recursion: so a processor has enough to do that
    waits for nothing. ``work`` has room for 64 rows more from row 128 on.
    """
    n = len(lanes)
    threshold, end = load(lanes, values, at), load(lanes, values, at + n)
    k, slope = load(lanes, values, at + 2 * n), load(lanes, values, at + 3 * n)
    end_db, out_db = load(lanes, values, at + 4 * n), load(lanes, values, at + 5 * n)
    makeup, attack = load(lanes, values, at + 6 * n), load(lanes, values, at + 7 * n)
    a, b, c = load(lanes, values, at + 8 * n), load(lanes, values, at + 9 * n), load(lanes, values, at + 10 * n)
    d, e = load(lanes, values, at + 11 * n), load(lanes, values, at + 12 * n)
    detector, gain = load(lanes, state, begin), load(lanes, state, begin + n)
    peak = splat(lanes, np.float32(0.0))
    for f in range(first, first + 32):
        level = maximum(magnitude(load(lanes, keys, 2 * f * n + n)), magnitude(load(lanes, keys, 2 * f * n)))
        store(work, f * n, level)
        peak = maximum(level, peak)
    wanted, rate, greatest = choose_rate(detector, gain, load(lanes, state, begin + 2 * n), attack, a, b, c, d, e)
    attacking = rate < np.float32(1.0)
    bent, straight = anywhere(peak >= threshold), anywhere(peak >= end)
    lowest = attenuation(peak, threshold, end, k, slope, end_db, out_db, True)
    steep = anywhere(lowest < np.float32(GENTLE)) if bent else False
    gentle = splat(lanes, gentle_rise(saturation))
    two, begins = lanes + lanes, first * n
    ends = min(begins + 32 * n, 128 * n)  # said in a way that keeps the compiler from writing a loop out 16 times
    down_at, rise_at = (128 - first) * n, (160 - first) * n
    if bent:
        for row in range(begins, ends, 2 * n):
            store(work, down_at + row, level_in_knee(load(two, work, row), twice(threshold), twice(k)))
        if straight:
            for row in range(begins, ends, 2 * n):
                level, out = load(two, work, row), load(two, work, down_at + row)
                out = level_beyond(level, out, twice(end), twice(slope), twice(end_db), twice(out_db))
                store(work, down_at + row, out)
        for row in range(begins, ends, 2 * n):
            level, out = load(two, work, row), load(two, work, down_at + row)
            down = share(level, out, twice(threshold))
            store(work, down_at + row, down)
            if steep:
                store(work, rise_at + row, rise(down, saturation, twice(gentle)))
    down, rising = splat(lanes, np.float32(1.0)), gentle
    for row in range(begins, ends, n):
        if bent:
            down = load(lanes, work, down_at + row)
        if steep:
            rising = load(lanes, work, rise_at + row)
        detector = next_detector(detector, down, rising)
        gain = next_gain(gain, wanted, rate, attacking)
        store(work, row, gain)
    for row in range(begins, ends, 2 * n):
        store(work, row, single(sin_of_quarter_turns(double(load(two, work, row)))) * twice(makeup))
    store(state, begin, detector)
    store(state, begin + n, gain)
    store(state, begin + 2 * n, greatest)


@kernel
def compress_division_alone(
    keys: Singles, values: Singles, at: int, saturation: Scalar, state: Singles, begin: int, first: int, work: Singles
) -> None:
    """Do what :func:`compress_division` does for one lane: all but the recursion is done for 16 frames at a time."""
    threshold, end, k, slope = values[at], values[at + 1], values[at + 2], values[at + 3]
    end_db, out_db, makeup, attack = values[at + 4], values[at + 5], values[at + 6], values[at + 7]
    a, b, c, d, e = values[at + 8], values[at + 9], values[at + 10], values[at + 11], values[at + 12]
    detector, gain = state[begin], state[begin + 1]
    wanted, rate, state[begin + 2] = choose_rate(detector, gain, state[begin + 2], attack, a, b, c, d, e)
    attacking = rate < np.float32(1.0)
    gentle = gentle_rise(saturation)
    for half in range(first, first + 32, 16):
        one, other = magnitude(load(SIXTEEN, keys, 2 * half)), magnitude(load(SIXTEEN, keys, 2 * half + 16))
        level = maximum(odds(one, other), evens(one, other))
        down, rising = splat(SIXTEEN, np.float32(1.0)), splat(SIXTEEN, gentle)
        if anywhere(level >= threshold):
            straight = anywhere(level >= end)
            down = attenuation(
                level,
                splat(SIXTEEN, threshold),
                splat(SIXTEEN, end),
                splat(SIXTEEN, k),
                slope,
                end_db,
                out_db,
                straight,
            )
            if anywhere(down < np.float32(GENTLE)):
                rising = rise(down, saturation, gentle)
        store(work, half, down)
        store(work, 128 + half, rising)
    for f in range(np.uint64(first), np.uint64(first + 32)):  # unsigned: an index below 0 need not be thought of
        detector = next_detector(detector, work[f], work[f + np.uint64(128)])
        gain = next_gain(gain, wanted, rate, attacking)
        work[f] = gain
    for half in range(first, first + 32, 16):
        store(work, half, single(sin_of_quarter_turns(double(load(SIXTEEN, work, half)))) * makeup)
    state[begin], state[begin + 1] = detector, gain


@kernel
def run_gains(
    samples: Singles, values: Singles, saturation: Scalar, state: Singles, least: Singles, scratch: Singles
) -> None:
    """Fill ``least`` with the smallest gain of every division of one signal, its makeup being 1.

    ``samples`` has shape (2, 32 times the length of ``least``), ``scratch`` room for 320 values.
    """
    work, rows = scratch[:256], scratch[256:320]
    for division in range(len(least)):
        for f in range(32):
            rows[2 * f] = samples[0, 32 * division + f]
            rows[2 * f + 1] = samples[1, 32 * division + f]
        compress_division_alone(rows, values, 0, saturation, state, 0, 0, work)
        lowest = np.float32(1.0)
        for f in range(32):
            lowest = min(lowest, work[f])
        least[division] = lowest
