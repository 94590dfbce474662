"""Delay by whole frames: a ring of rows."""

from __future__ import annotations

from maxbooster_kernel.dsp.kernel import Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes


@kernel
def delay_rows(lanes: Lanes, rows: Singles, state: Singles, at: int, length: int, position: int) -> int:
    """Swap each row of the block with the ring's oldest row; return the ring's next position.

    The ring is ``length`` rows at ``state[at:]``; ``position`` is its oldest row.
    """
    width = 2 * len(lanes)
    for f in range(128):
        old = at + position * width
        for i in range(width):
            sample = state[old + i]
            state[old + i] = rows[f * width + i]
            rows[f * width + i] = sample
        position += 1
        if position == length:
            position = 0
    return position


@kernel
def straighten(lanes: Lanes, state: Singles, at: int, length: int, position: int) -> None:
    """Turn a ring so that its oldest row stands first, whatever its position was."""
    width = 2 * len(lanes)
    if position:
        begin, cut, end = at, at + position * width, at + length * width
        ring = state[begin:end].copy()
        state[begin : begin + end - cut] = ring[cut - begin :]
        state[begin + end - cut : end] = ring[: cut - begin]
