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
    done = 0
    while done < 128:
        run = min(128 - done, length - position)
        ring, block = at + position * width, done * width
        for i in range(run * width):
            sample = state[ring + i]
            state[ring + i] = rows[block + i]
            rows[block + i] = sample
        done += run
        position += run
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
