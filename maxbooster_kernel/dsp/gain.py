"""Gain: y = x g in single precision, with no smoothing, as a GainNode does it."""

from __future__ import annotations

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes, singles_at
from maxbooster_kernel.dsp.vectors import load, store


@kernel
def apply_gain(lanes: Lanes, rows: Singles, gains: Singles, at: int) -> None:
    """Multiply every lane by its constant gain ``gains[at + lane]``."""
    n = len(lanes)
    gain = load(lanes, gains, at)
    for row in range(0, 256 * n, n):
        store(rows, row, load(lanes, rows, row) * gain)


@kernel
def apply_gain_curves(lanes: Lanes, rows: Singles, curves: Addresses, start: int) -> None:
    """Multiply every lane by its own curve (``curves``: addresses of float32 values, one a frame)."""
    n = len(lanes)
    for lane in range(n):
        values = singles_at(curves[lane], start + 128)
        for f in range(128):
            rows[f * 2 * n + lane] *= values[start + f]
            rows[f * 2 * n + n + lane] *= values[start + f]
