"""What the primitives of ``vectors`` compile to: their types and LLVM code, as Numba takes them."""

# Numba's extension points have no types.
# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

FLOATS = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}
WHOLES = {types.float32: types.int32, types.float64: types.int64}
ELEMENTS = {**FLOATS, types.int32: ir.IntType(32), types.int64: ir.IntType(64), types.boolean: ir.IntType(1)}


class Vector(types.Type):
    """The type of ``count`` values of ``dtype``."""

    def __init__(self, dtype: Any, count: int) -> None:
        self.dtype, self.count = dtype, count
        super().__init__(name=f"Vector({dtype}, {count})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Vector) -> None:
        super().__init__(manager, kind, ir.VectorType(ELEMENTS[kind.dtype], kind.count))


def _like(kind: Any, dtype: Any) -> Any:
    """Return the type of a value of the shape of ``kind`` and another element type."""
    return Vector(dtype, kind.count) if isinstance(kind, Vector) else dtype


def _element(kind: Any) -> Any:
    return kind.dtype if isinstance(kind, Vector) else types.unliteral(kind)


def _shape(kinds: Any) -> Any:
    """Return the type that operands of several types meet in: the vector among them."""
    vectors = [kind for kind in kinds if isinstance(kind, Vector)]
    return vectors[0] if vectors else types.unliteral(kinds[0])


def _spread(context: Any, builder: Any, value: Any, kind: Any, wanted: Any) -> Any:
    """Return a value as one of type ``wanted``: a number is converted and repeated."""
    if isinstance(kind, Vector) or not isinstance(wanted, Vector):
        return value if isinstance(kind, Vector) else context.cast(builder, value, kind, wanted)
    number = context.cast(builder, value, kind, wanted.dtype)
    if wanted.dtype == types.boolean:
        number = builder.trunc(number, ir.IntType(1)) if number.type.width > 1 else number
    whole = ir.VectorType(ELEMENTS[wanted.dtype], wanted.count)
    first = builder.insert_element(ir.Constant(whole, ir.Undefined), number, ir.IntType(32)(0))
    return builder.shuffle_vector(first, ir.Constant(whole, ir.Undefined), _mask([0] * wanted.count))


def _mask(places: list[int]) -> Any:
    return ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)


def _call(builder: Any, name: str, arguments: list[Any]) -> Any:
    """Call an intrinsic of LLVM that is named after its operands' type."""
    kind = arguments[0].type
    one = kind.element if isinstance(kind, ir.VectorType) else kind
    suffix = ("f32" if isinstance(one, ir.FloatType) else "f64") if not isinstance(one, ir.IntType) else f"i{one.width}"
    suffix = f"v{kind.count}{suffix}" if isinstance(kind, ir.VectorType) else suffix
    signature_ = ir.FunctionType(kind, [kind] * len(arguments))
    return builder.call(cgutils.get_or_insert_function(builder.module, signature_, f"{name}.{suffix}"), arguments)


# Operators ------------------------------------------------------------------------------------------------------------


def _arithmetic(real: str, whole: str) -> Any:
    def generate(builder: Any, dtype: Any, one: Any, other: Any) -> Any:
        return getattr(builder, real if dtype in FLOATS else whole)(one, other)

    return generate


def _comparison(sign: str) -> Any:
    def generate(builder: Any, dtype: Any, one: Any, other: Any) -> Any:
        if dtype in FLOATS:
            return (builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered)(sign, one, other)
        return builder.icmp_signed(sign, one, other)

    return generate


OPERATORS = {
    operator.add: _arithmetic("fadd", "add"),
    operator.sub: _arithmetic("fsub", "sub"),
    operator.mul: _arithmetic("fmul", "mul"),
    operator.truediv: _arithmetic("fdiv", "sdiv"),
    operator.and_: _arithmetic("and_", "and_"),
    operator.or_: _arithmetic("or_", "or_"),
    operator.lshift: _arithmetic("shl", "shl"),
    operator.rshift: _arithmetic("lshr", "lshr"),
    operator.lt: _comparison("<"),
    operator.le: _comparison("<="),
    operator.gt: _comparison(">"),
    operator.ge: _comparison(">="),
    operator.eq: _comparison("=="),
    operator.ne: _comparison("!="),
}
COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


def _register(symbol: Any, generate: Any) -> None:
    class Typing(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if kws or len(args) != 2 or not any(isinstance(kind, Vector) for kind in args):
                return None
            shape = _shape(args)
            made = Vector(types.boolean, shape.count) if symbol in COMPARISONS else shape
            return signature(made, *[types.unliteral(kind) for kind in args])

    infer_global(symbol)(Typing)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        shape = _shape(sig.args)
        one, other = (_spread(context, builder, value, kind, shape) for value, kind in zip(args, sig.args, strict=True))
        return generate(builder, shape.dtype, one, other)

    for first, second in ((Vector, Vector), (Vector, types.Number), (types.Number, Vector)):
        lower_builtin(symbol, first, second)(lower)


for _symbol, _generate in OPERATORS.items():
    _register(_symbol, _generate)


@infer_global(operator.neg)
class _Negative(AbstractTemplate):
    def generic(self, args: Any, _kws: Any) -> Any:
        return signature(args[0], args[0]) if isinstance(args[0], Vector) else None


def _negate(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


lower_builtin(operator.neg, Vector)(_negate)


# Functions ------------------------------------------------------------------------------------------------------------


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any, count: int) -> Any:
    """Return the pointer to ``count`` values of a flat array."""
    data = context.make_array(kind)(context, builder, array).data
    pointer = builder.gep(data, [at])
    return builder.bitcast(pointer, ir.VectorType(ELEMENTS[kind.dtype], count).as_pointer())


def _load(_typing: Any, lanes: Any, array: Any, _at: Any) -> Any:
    """Return the values ``array[at]``, ``array[at + 1]``, ... as a vector of ``len(lanes)``."""
    kind = Vector(array.dtype, len(lanes))

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(_place(context, builder, sig.args[1], args[1], args[2], kind.count), align=4)

    return kind(lanes, array, types.intp), generate


load: Any = intrinsic(_load)


def _store(_typing: Any, array: Any, _at: Any, vector: Any) -> Any:
    """Write a vector to ``array[at]``, ``array[at + 1]``, ..."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], _place(context, builder, sig.args[0], args[0], args[1], sig.args[2].count), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


store: Any = intrinsic(_store)


def _splat(_typing: Any, lanes: Any, value: Any) -> Any:
    """Return a vector of ``len(lanes)`` equal values."""
    kind = Vector(types.unliteral(value), len(lanes))

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _spread(context, builder, args[1], sig.args[1], kind)

    return kind(lanes, types.unliteral(value)), generate


splat: Any = intrinsic(_splat)


def _select(_typing: Any, mask: Any, one: Any, other: Any) -> Any:
    """Return ``one`` where the mask holds, else ``other``."""
    shape = _shape((one, other))
    if isinstance(mask, Vector) and not isinstance(shape, Vector):
        shape = Vector(shape, mask.count)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        first, second = (_spread(context, builder, args[i], sig.args[i], shape) for i in (1, 2))
        return builder.select(args[0], first, second)

    return shape(mask, types.unliteral(one), types.unliteral(other)), generate


select: Any = intrinsic(_select)


def _every_other(first: int) -> Any:
    def describe(_typing: Any, one: Any, other: Any) -> Any:
        def generate(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
            return builder.shuffle_vector(args[0], args[1], _mask(list(range(first, 2 * one.count, 2))))

        return one(one, other), generate

    return describe


evens: Any = intrinsic(_every_other(0))
odds: Any = intrinsic(_every_other(1))


def _twice(_typing: Any, value: Any) -> Any:
    """Return a vector and the same once more behind it."""
    made = Vector(value.dtype, 2 * value.count)

    def generate(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.shuffle_vector(args[0], args[0], _mask(list(range(made.count))))

    return made(value), generate


twice: Any = intrinsic(_twice)


def _anywhere(_typing: Any, mask: Any) -> Any:
    """Tell whether a mask holds in any lane."""

    def generate(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        if not isinstance(mask, Vector):
            return args[0]
        packed = builder.bitcast(args[0], ir.IntType(mask.count))
        return builder.icmp_unsigned("!=", packed, packed.type(0))

    return types.boolean(mask), generate


anywhere: Any = intrinsic(_anywhere)


def _extreme(sign: str) -> Any:
    def describe(_typing: Any, one: Any, other: Any) -> Any:
        shape = _shape((one, other))

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            first, second = (_spread(context, builder, args[i], sig.args[i], shape) for i in (0, 1))
            return builder.select(builder.fcmp_ordered(sign, first, second), first, second)

        return shape(types.unliteral(one), types.unliteral(other)), generate

    return describe


minimum: Any = intrinsic(_extreme("<"))
maximum: Any = intrinsic(_extreme(">"))


def _unary(name: str) -> Any:
    def describe(_typing: Any, value: Any) -> Any:
        def generate(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
            return _call(builder, name, [args[0]])

        return value(value), generate

    return describe


magnitude: Any = intrinsic(_unary("llvm.fabs"))
square_root: Any = intrinsic(_unary("llvm.sqrt"))


def _fma(_typing: Any, one: Any, other: Any, added: Any) -> Any:
    """Return ``one * other + added`` rounded once."""
    shape = _shape((one, other, added))

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        spread = [_spread(context, builder, value, kind, shape) for value, kind in zip(args, sig.args, strict=True)]
        return _call(builder, "llvm.fma", spread)

    return shape(*[types.unliteral(kind) for kind in (one, other, added)]), generate


fma: Any = intrinsic(_fma)


def _conversion(dtype: Any) -> Any:
    def describe(_typing: Any, value: Any) -> Any:
        made, given = _like(value, dtype), _element(value)

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            if not isinstance(value, Vector):
                return context.cast(builder, args[0], sig.args[0], dtype)
            kind = context.get_value_type(made)
            if given in FLOATS:
                wider = dtype == types.float64
                same = given == dtype
                return args[0] if same else (builder.fpext if wider else builder.fptrunc)(args[0], kind)
            return builder.sitofp(args[0], kind)

        return made(types.unliteral(value)), generate

    return describe


single: Any = intrinsic(_conversion(types.float32))
double: Any = intrinsic(_conversion(types.float64))


def _bits(_typing: Any, value: Any) -> Any:
    """Return the bits of floats as whole numbers of their size."""
    made = _like(value, WHOLES[_element(value)])

    def generate(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(made))

    return made(types.unliteral(value)), generate


bits: Any = intrinsic(_bits)


def _from(whole: Any, real: Any) -> Any:
    def describe(_typing: Any, value: Any) -> Any:
        made = _like(value, real)

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            given = args[0] if isinstance(value, Vector) else context.cast(builder, args[0], sig.args[0], whole)
            return builder.bitcast(given, context.get_value_type(made))

        return made(types.unliteral(value)), generate

    return describe


single_of_bits: Any = intrinsic(_from(types.int32, types.float32))
double_of_bits: Any = intrinsic(_from(types.int64, types.float64))
