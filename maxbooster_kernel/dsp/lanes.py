"""The lane layout: many strips side by side, so that one instruction serves several of them.

A block of 128 frames of ``n`` strips is one flat float32 array of 128 rows; row ``f`` holds frame ``f`` of every
strip: the left channels of the ``n`` lanes, then the right channels::

    rows[f * 2n + lane]         left of frame f
    rows[f * 2n + n + lane]     right of frame f

After the block there is room for 128 rows of ``n`` values, for what multiplies it: within one array, at distances known
when the code is compiled, the compiler sees that nothing overlaps.

A recursion runs down the rows, its lanes run across: no lane ever waits for another. A kernel takes the number of
lanes as a tuple of that length, because a tuple's length is part of its type and known when the code is compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel

BLOCK = 128
Lanes = tuple[int, ...]


def lanes_of(count: int) -> Lanes:
    """Return the tuple that tells a kernel its number of lanes."""
    return (0,) * count


def _pointer(_typing: Any, address: Any) -> Any:
    """Turn an integer address into a pointer (of a compiled kernel)."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(address), generate


pointer: Any = intrinsic(_pointer)


@kernel
def singles_at(address: int, count: int) -> Any:
    """Return the ``count`` float32 values at an address."""
    return carray(pointer(address), (count,), dtype=np.float32)


@kernel
def doubles_at(address: int, count: int) -> Any:
    """Return the ``count`` float64 values at an address."""
    return carray(pointer(address), (count,), dtype=np.float64)


@kernel
def load_rows(lanes: Lanes, frames: int, sources: Addresses, start: int, rows: Singles) -> None:
    """Fill the rows of a block from each lane's channels (``sources``: addresses of left and right, float32)."""
    n = len(lanes)
    for lane in range(n):
        for channel in range(2):
            samples = singles_at(sources[2 * lane + channel], frames)
            at = channel * n + lane
            for f in range(128):
                rows[f * 2 * n + at] = samples[start + f]


@kernel
def store_rows(lanes: Lanes, frames: int, rows: Singles, start: int, targets: Addresses) -> None:
    """Write the rows of a block to each lane's channels (``targets``: addresses of left and right, float32)."""
    n = len(lanes)
    for lane in range(n):
        for channel in range(2):
            samples = singles_at(targets[2 * lane + channel], frames)
            at = channel * n + lane
            for f in range(128):
                samples[start + f] = rows[f * 2 * n + at]
