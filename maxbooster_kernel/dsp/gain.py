"""Gain: y = x g in single precision, with no smoothing, as a GainNode does it."""

from __future__ import annotations

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes, singles_at


@kernel
def apply_gain(lanes: Lanes, rows: Singles, gains: Singles, at: int) -> None:
    """Multiply every lane by its constant gain ``gains[at + lane]``."""
    n = len(lanes)
    for lane in range(n):
        rows[256 * n + lane] = gains[at + lane]
        rows[257 * n + lane] = gains[at + lane]
    for f in range(128):
        for i in range(2 * n):
            rows[f * 2 * n + i] *= rows[256 * n + i]


@kernel
def apply_multipliers(lanes: Lanes, rows: Singles) -> None:
    """Multiply every frame by the multipliers that follow the block: ``rows[256 n + f n + lane]``."""
    n = len(lanes)
    for f in range(128):
        for lane in range(n):
            rows[f * 2 * n + lane] *= rows[(256 + f) * n + lane]
            rows[f * 2 * n + n + lane] *= rows[(256 + f) * n + lane]


@kernel
def apply_gain_curves(lanes: Lanes, rows: Singles, curves: Addresses, start: int) -> None:
    """Multiply every lane by its own curve (``curves``: addresses of float32 values, one a frame)."""
    n = len(lanes)
    for lane in range(n):
        values = singles_at(curves[lane], start + 128)
        for f in range(128):
            rows[f * 2 * n + lane] *= values[start + f]
            rows[f * 2 * n + n + lane] *= values[start + f]
