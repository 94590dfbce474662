"""The lane layout: many strips side by side, so that one instruction serves several of them.

A block of 128 frames of ``n`` strips is one flat float32 array of 128 rows; row ``f`` holds frame ``f`` of every
strip: the left channels of the ``n`` lanes, then the right channels::

    rows[f * 2n + lane]         left of frame f
    rows[f * 2n + n + lane]     right of frame f


A recursion runs down the rows, its lanes run across: no lane ever waits for another. A kernel takes the number of
lanes, a power of two, as a tuple of that length: it is part of the tuple's type and known when the code is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
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


def _turned(builder: Any, rows: list[Any]) -> list[Any]:
    """Return as many rows as each has values, turned into columns: pairs of rows swap ever larger squares."""
    n, distance = len(rows), 1
    while distance < n:
        first = [j if not j & distance else n + j - distance for j in range(n)]
        second = [j + distance if not j & distance else n + j for j in range(n)]
        masks = [ir.Constant(ir.VectorType(ir.IntType(32), n), places) for places in (first, second)]
        for i in range(n):
            if not i & distance:
                pair = rows[i], rows[i + distance]
                rows[i], rows[i + distance] = (builder.shuffle_vector(*pair, mask) for mask in masks)
        distance *= 2
    return rows


def _tile_ends(builder: Any, addresses: Any, start: Any, channel: Any, rows: Any, at: Any, n: int) -> Any:
    """Return the pointers to ``n`` frames of every lane's channel, and those to ``n`` rows of the block."""
    kind = ir.VectorType(ir.FloatType(), n).as_pointer()
    whole = start.type
    outer, inner = [], []
    for lane in range(n):
        slot = builder.gep(addresses, [builder.add(channel, whole(2 * lane))])
        frame = builder.add(builder.load(slot), builder.mul(start, whole(4)))
        outer.append(builder.inttoptr(frame, kind))
        inner.append(builder.bitcast(builder.gep(rows, [builder.add(at, whole(2 * n * lane))]), kind))
    return outer, inner


def _tile(move: Callable[[Any, list[Any], list[Any]], None]) -> Any:
    def describe(_typing: Any, lanes: Any, addresses: Any, _start: Any, _channel: Any, rows: Any, _at: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            slots, block = (context.make_array(sig.args[i])(context, builder, args[i]).data for i in (1, 4))
            outer, inner = _tile_ends(builder, slots, args[2], args[3], block, args[5], len(lanes))
            move(builder, outer, inner)
            return context.get_dummy_value()

        return types.void(lanes, addresses, types.intp, types.intp, rows, types.intp), generate

    return intrinsic(describe)


def _move(builder: Any, sources: list[Any], targets: list[Any]) -> None:
    turned = _turned(builder, [builder.load(source, align=4) for source in sources])
    for vector, target in zip(turned, targets, strict=True):
        builder.store(vector, target, align=4)


load_tile: Any = _tile(_move)
store_tile: Any = _tile(lambda builder, outer, inner: _move(builder, inner, outer))


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
