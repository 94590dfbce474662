"""Run biquad filters over lanes: direct form 1 in double precision, each output rounded to single before its reuse.

y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2], from left to right, without fused operations.
A cascade of bands runs in pieces of 32 frames; the output rows of one band, with its two rows of history,
are the input rows of the next.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from maxbooster_kernel.dsp.kernel import Addresses, Doubles, Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes, doubles_at


def _make_band(x_row: int, y_row: int) -> Callable[[Lanes, Doubles], None]:
    """Return a kernel that runs one band over 32 rows from ``x_row + 2`` to ``y_row + 2``, each after its history.

    The places are constants of the compiled code: only so does the compiler know that nothing overlaps.
    """

    @kernel
    def run_band(lanes: Lanes, work: Doubles) -> None:
        width = 2 * len(lanes)
        for f in range(2, 34):
            x, y = (x_row + f) * width, (y_row + f) * width
            for i in range(width):
                v = work[i] * work[x + i] + work[width + i] * work[x - width + i]
                v = v + work[2 * width + i] * work[x - 2 * width + i]
                v = v - work[3 * width + i] * work[y - width + i]
                v = v - work[4 * width + i] * work[y - 2 * width + i]
                work[y + i] = np.float64(np.float32(v))

    return run_band


run_forth = _make_band(5, 39)
run_back = _make_band(39, 5)


@kernel
def run_bands(
    lanes: Lanes, rows: Singles, bands: int, coefficients: Doubles, at: int, state: Singles, history: int, work: Doubles
) -> None:
    """Filter a block through a cascade of bands.

    Parameters
    ----------
    coefficients
        Float64; ``coefficients[at + (5 band + j) 2n + i]`` is the j-th of b0, b1, b2, a1, a2 for column i of a row.
    state
        Float32; at ``state[history:]`` the last two rows before the block of the input and of each band's output.
    work
        Float64 scratch of at least (bands + 1) 2 + 73 rows: 5 of coefficients, 34 of samples twice, the history.
    """
    width = 2 * len(lanes)
    kept = 73 * width
    for i in range((bands + 1) * 2 * width):
        work[kept + i] = state[history + i]
    for piece in range(4):
        begin = piece * 32 * width
        for i in range(32 * width):
            work[7 * width + i] = rows[begin + i]
        for k in range(bands):
            for i in range(5 * width):
                work[i] = coefficients[at + k * 5 * width + i]
            x, y = (5 * width, 39 * width) if k % 2 == 0 else (39 * width, 5 * width)
            for i in range(2 * width):
                work[x + i] = work[kept + k * 2 * width + i]
                work[y + i] = work[kept + (k + 1) * 2 * width + i]
            if k % 2 == 0:
                run_forth(lanes, work)
            else:
                run_back(lanes, work)
            for i in range(2 * width):
                work[kept + k * 2 * width + i] = work[x + 32 * width + i]
        last = 39 * width if bands % 2 else 5 * width
        for i in range(2 * width):
            work[kept + bands * 2 * width + i] = work[last + 32 * width + i]
        for i in range(32 * width):
            rows[begin + i] = work[last + 2 * width + i]
    for i in range((bands + 1) * 2 * width):
        past = work[kept + i]
        state[history + i] = past if abs(past) >= 1e-30 else 0.0


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
