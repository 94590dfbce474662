r"""Stereo panning by equal power, as a StereoPannerNode does it.

Mono input :math:`x`: :math:`t = (p/2 + 1/2)\pi/2`, left :math:`x\cos t`, right :math:`x\sin t`.
Stereo input, :math:`p \le 0`: :math:`t = (p + 1)\pi/2`, left :math:`l + r\cos t`, right :math:`r\sin t`;
:math:`p > 0`: :math:`t = p\pi/2`, left :math:`l\cos t`, right :math:`r + l\sin t`.
All four are one matrix: left = a l + b r, right = c l + d r.
"""

from __future__ import annotations

import math

import numpy as np

from maxbooster_kernel.dsp.kernel import Addresses, Scalar, Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes, singles_at
from maxbooster_kernel.dsp.vectors import load, store


@kernel
def pan_matrix(pan: Scalar, mono: bool | int) -> tuple[Scalar, Scalar, Scalar, Scalar]:
    """Return (a, b, c, d) of a position from -1 (left) to 1 (right), in double precision.

    >>> [round(gain, 4) for gain in pan_matrix(np.float32(0.0), True)]
    [0.7071, 0.0, 0.7071, 0.0]
    >>> [round(gain, 4) for gain in pan_matrix(np.float32(-1.0), False)]
    [1.0, 1.0, 0.0, 0.0]
    """
    p = min(max(np.float32(pan), np.float32(-1.0)), np.float32(1.0))
    quarter = math.pi / 2
    if mono:
        turn = (0.5 * np.float64(p) + 0.5) * quarter
        return math.cos(turn), 0.0, math.sin(turn), 0.0
    if p <= np.float32(0.0):
        turn = np.float64(np.float32(p + np.float32(1.0))) * quarter
        return 1.0, math.cos(turn), 0.0, math.sin(turn)
    turn = np.float64(p) * quarter
    return math.cos(turn), 0.0, math.sin(turn), 1.0


@kernel
def apply_pan(lanes: Lanes, rows: Singles, matrix: Singles, at: int) -> None:
    """Pan every lane by its constant matrix: a, b, c, d of all lanes stand at ``matrix[at:]``, in that order."""
    n = len(lanes)
    a, b = load(lanes, matrix, at), load(lanes, matrix, at + n)
    c, d = load(lanes, matrix, at + 2 * n), load(lanes, matrix, at + 3 * n)
    for row in range(0, 256 * n, 2 * n):
        left, right = load(lanes, rows, row), load(lanes, rows, row + n)
        store(rows, row, left * a + right * b)
        store(rows, row + n, left * c + right * d)


@kernel
def apply_pan_curves(lanes: Lanes, rows: Singles, curves: Addresses, mono: bool | int, start: int) -> None:
    """Pan every lane by its own curve of positions, in double precision (``curves``: addresses of float32 values)."""
    n = len(lanes)
    for lane in range(n):
        values = singles_at(curves[lane], start + 128)
        for f in range(128):
            a, b, c, d = pan_matrix(values[start + f], mono)
            left = np.float64(rows[f * 2 * n + lane])
            right = np.float64(rows[f * 2 * n + n + lane])
            rows[f * 2 * n + lane] = np.float32(left * a + right * b)
            rows[f * 2 * n + n + lane] = np.float32(left * c + right * d)
