"""Delay by whole frames: a ring of rows."""

from __future__ import annotations

from maxbooster_kernel.dsp.kernel import Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes
from maxbooster_kernel.dsp.vectors import load, store


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
        for i in range(0, run * width, len(lanes)):
            old = load(lanes, state, ring + i)
            store(state, ring + i, load(lanes, rows, block + i))
            store(rows, block + i, old)
        done += run
        position += run
        if position == length:
            position = 0
    return position


@kernel
def delay_and_multiply(
    lanes: Lanes, rows: Singles, state: Singles, at: int, length: int, position: int, multipliers: Singles
) -> int:
    """Delay like :func:`delay_rows` and multiply what comes out, both channels, by ``multipliers[f n + lane]``."""
    n = len(lanes)
    done = 0
    while done < 128:
        run = min(128 - done, length - position)
        ring = at + position * 2 * n
        for f in range(run):
            row, old = (done + f) * 2 * n, ring + f * 2 * n
            factor = load(lanes, multipliers, (done + f) * n)
            left, right = load(lanes, state, old), load(lanes, state, old + n)
            store(state, old, load(lanes, rows, row))
            store(state, old + n, load(lanes, rows, row + n))
            store(rows, row, left * factor)
            store(rows, row + n, right * factor)
        done += run
        position += run
        if position == length:
            position = 0
    return position


@kernel
def straighten(lanes: Lanes, state: Singles, at: int, length: int, position: int, scratch: Singles) -> None:
    """Turn a ring so that its oldest row stands first, whatever its position was; ``scratch`` has room for it."""
    width = 2 * len(lanes)
    if position:
        cut, size = position * width, length * width
        for i in range(size):
            scratch[i] = state[at + i]
        for i in range(cut, size):
            state[at + i - cut] = scratch[i]
        for i in range(cut):
            state[at + size - cut + i] = scratch[i]
