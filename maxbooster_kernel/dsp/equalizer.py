"""Run biquad filters over lanes: direct form 1 in double precision, each output rounded to single before its reuse.

y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2], from left to right, without fused operations.
A cascade runs band by band over a block; what a band puts out takes the place of what it took in.
"""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.dsp.kernel import Addresses, Doubles, Scalar, Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes, doubles_at
from maxbooster_kernel.dsp.vectors import double, load, magnitude, select, single, store


@kernel
def run_bands(
    lanes: Lanes, rows: Singles, bands: int, coefficients: Doubles, at: int, state: Singles, history: int
) -> None:
    """Filter a block through a cascade of bands, one after the other.

    Parameters
    ----------
    coefficients
        Float64; ``coefficients[at + (5 band + j) n + lane]`` is the j-th of b0, b1, b2, a1, a2 of a lane.
    state
        Float32; at ``state[history:]`` the last two rows before the block of the input and of each band's output.
    """
    n = len(lanes)
    last = bands - 1
    for band in range(bands):
        c, h = at + 5 * band * n, history + 4 * band * n
        b0, b1, b2 = (
            load(lanes, coefficients, c),
            load(lanes, coefficients, c + n),
            load(lanes, coefficients, c + 2 * n),
        )
        a1, a2 = load(lanes, coefficients, c + 3 * n), load(lanes, coefficients, c + 4 * n)
        left_x2, right_x2 = double(load(lanes, state, h)), double(load(lanes, state, h + n))
        left_x1, right_x1 = double(load(lanes, state, h + 2 * n)), double(load(lanes, state, h + 3 * n))
        left_y2, right_y2 = double(load(lanes, state, h + 4 * n)), double(load(lanes, state, h + 5 * n))
        left_y1, right_y1 = double(load(lanes, state, h + 6 * n)), double(load(lanes, state, h + 7 * n))
        for row in range(0, 256 * n, 2 * n):
            x, z = double(load(lanes, rows, row)), double(load(lanes, rows, row + n))
            y = single(b0 * x + b1 * left_x1 + b2 * left_x2 - a1 * left_y1 - a2 * left_y2)
            w = single(b0 * z + b1 * right_x1 + b2 * right_x2 - a1 * right_y1 - a2 * right_y2)
            store(rows, row, y)
            store(rows, row + n, w)
            left_x2, left_x1, left_y2, left_y1 = left_x1, x, left_y1, double(y)
            right_x2, right_x1, right_y2, right_y1 = right_x1, z, right_y1, double(w)
        store(state, h, _lasting(left_x2))
        store(state, h + n, _lasting(right_x2))
        store(state, h + 2 * n, _lasting(left_x1))
        store(state, h + 3 * n, _lasting(right_x1))
        if band == last:
            store(state, h + 4 * n, _lasting(left_y2))
            store(state, h + 5 * n, _lasting(right_y2))
            store(state, h + 6 * n, _lasting(left_y1))
            store(state, h + 7 * n, _lasting(right_y1))


@kernel
def _lasting(value: Scalar) -> Scalar:
    """Return a value of the history for the next block: what is too small to matter, and slow, is zero."""
    return single(select(magnitude(value) >= 1e-30, value, 0.0))


@kernel
def run_band_curves(lanes: Lanes, rows: Singles, curves: Addresses, start: int, state: Singles, history: int) -> None:
    """Filter a block with coefficients of its own for every frame (``curves``: addresses of float64 (frames, 5))."""
    n = len(lanes)
    width = 2 * n
    for lane in range(n):
        c = doubles_at(curves[lane], 5 * (start + 128))
        for channel in range(2):
            i = channel * n + lane
            x2, x1 = np.float64(state[history + i]), np.float64(state[history + width + i])
            y2, y1 = np.float64(state[history + 2 * width + i]), np.float64(state[history + 3 * width + i])
            for f in range(128):
                j = start + f
                x = np.float64(rows[f * width + i])
                v = c[5 * j] * x + c[5 * j + 1] * x1
                v = v + c[5 * j + 2] * x2
                v = v - c[5 * j + 3] * y1
                v = v - c[5 * j + 4] * y2
                x2, x1 = x1, x
                y2, y1 = y1, np.float64(np.float32(v))
                rows[f * width + i] = np.float32(v)
            state[history + i] = x2 if abs(x2) >= 1e-30 else 0.0
            state[history + width + i] = x1 if abs(x1) >= 1e-30 else 0.0
            state[history + 2 * width + i] = y2 if abs(y2) >= 1e-30 else 0.0
            state[history + 3 * width + i] = y1 if abs(y1) >= 1e-30 else 0.0
