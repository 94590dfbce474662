"""The lane layout: many strips side by side, so that one instruction serves several of them.

A block of 128 frames of ``n`` strips is one flat float32 array of 128 rows; row ``f`` holds frame ``f`` of every
strip: the left channels of the ``n`` lanes, then the right channels::

    rows[f * 2n + lane]         left of frame f
    rows[f * 2n + n + lane]     right of frame f


A recursion runs down the rows, its lanes run across: no lane ever waits for another. A kernel takes the number of
lanes, a power of two, as a tuple of that length: it is part of the tuple's type and known when the code is compiled.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from maxbooster_kernel.dsp.kernel import Addresses, Primitive, Singles, kernel

BLOCK = 128
Lanes = tuple[int, ...]
_primitive = partial(Primitive, "maxbooster_kernel.dsp.lane_code")

singles_at: Any = _primitive("singles_at")
doubles_at: Any = _primitive("doubles_at")
load_tile: Any = _primitive("load_tile")
store_tile: Any = _primitive("store_tile")


def lanes_of(count: int) -> Lanes:
    """Return the tuple that tells a kernel its number of lanes."""
    return (0,) * count


@kernel
def load_rows(lanes: Lanes, sources: Addresses, start: int, rows: Singles) -> None:
    """Fill the rows of a block from each lane's channels (``sources``: addresses of left and right, float32).

    As many frames as there are lanes are read at a time and turned, in registers, into rows.
    """
    n = len(lanes)
    for f in range(0, 128, n):
        for channel in range(2):
            load_tile(lanes, sources, start + f, channel, rows, f * 2 * n + channel * n)


@kernel
def store_rows(lanes: Lanes, rows: Singles, start: int, targets: Addresses) -> None:
    """Write the rows of a block to each lane's channels (``targets``: addresses of left and right, float32)."""
    n = len(lanes)
    for f in range(0, 128, n):
        for channel in range(2):
            store_tile(lanes, targets, start + f, channel, rows, f * 2 * n + channel * n)
