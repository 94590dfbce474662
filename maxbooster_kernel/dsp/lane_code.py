"""What the primitives of ``lanes`` compile to: pointers made of addresses, and tiles turned in registers."""

# Numba's extension points have no types.
# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

AHEAD = 128  # frames: a block


def _array_at(dtype: Any) -> Any:
    def describe(_typing: Any, _address: Any, count: Any) -> Any:
        """Return the ``count`` values at an address as an array."""
        kind = types.Array(dtype, 1, "C")

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            array = make_array(kind)(context, builder)
            element = context.get_data_type(dtype)
            size = context.get_constant(types.intp, context.get_abi_sizeof(element))
            data = builder.inttoptr(args[0], element.as_pointer())
            count = context.cast(builder, args[1], sig.args[1], types.intp)
            populate_array(array, data=data, shape=[count], strides=[size], itemsize=size, meminfo=None)
            return array._getvalue()  # noqa: SLF001 - as Numba's own arrays are made

        return kind(types.int64, types.unliteral(count)), generate

    return intrinsic(describe)


singles_at: Any = _array_at(types.float32)
doubles_at: Any = _array_at(types.float64)


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


def _ask_for(builder: Any, places: list[Any], *, write: bool) -> None:
    """Have the memory a block further on fetched, for there are more streams than a processor follows by itself."""
    byte, whole = ir.IntType(8).as_pointer(), ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole])
    fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
    for place in places:
        ahead = builder.gep(builder.bitcast(place, byte), [ir.IntType(64)(4 * AHEAD)])
        builder.call(fetch, [ahead, whole(int(write)), whole(3), whole(1)])


def _tile(move: Callable[[Any, list[Any], list[Any]], None], *, write: bool) -> Any:
    def describe(_typing: Any, lanes: Any, addresses: Any, _start: Any, _channel: Any, rows: Any, _at: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            slots, block = (context.make_array(sig.args[i])(context, builder, args[i]).data for i in (1, 4))
            outer, inner = _tile_ends(builder, slots, args[2], args[3], block, args[5], len(lanes))
            _ask_for(builder, outer, write=write)
            move(builder, outer, inner)
            return context.get_dummy_value()

        return types.void(lanes, addresses, types.intp, types.intp, rows, types.intp), generate

    return intrinsic(describe)


def _move(builder: Any, sources: list[Any], targets: list[Any]) -> None:
    turned = _turned(builder, [builder.load(source, align=4) for source in sources])
    for vector, target in zip(turned, targets, strict=True):
        builder.store(vector, target, align=4)


load_tile: Any = _tile(_move, write=False)
store_tile: Any = _tile(lambda builder, outer, inner: _move(builder, inner, outer), write=True)
