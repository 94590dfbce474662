"""Compile kernels with Numba: to object code that runs without Numba, or, where that cannot be, to run by it.

Only the kernel called from Python becomes machine code of its own; those it calls are compiled into it.
"""

# Numba's compiler has no types.
# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import importlib
from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import errors
from numba.core.caching import FunctionCache
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering

from maxbooster_kernel.dsp.kernel import Kernel, Primitive, kernel_digest, reads
from maxbooster_kernel.dsp.machine_code import NUMBERS, Compiled, Unlinkable, native, split

LEAN = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
RELOCATABLE = ("NRT_", "numba_", "_ZN", "__svml", "Py", "_Py")  # what only a process with Numba in it has
_CALLEES: dict[Kernel, Any] = {}


def compile_kernel(kernel: Kernel, signature: str) -> Compiled:
    """Compile a kernel for a signature.

    Raises
    ------
    Unlinkable
        The kernel allocates, returns something else than numbers, or calls into Numba's own library; or this Numba
        is another inside than those from 0.61 to 0.68.
    """
    try:
        return _compiled(kernel, signature)
    except AttributeError as error:
        raise Unlinkable(f"this Numba has no such part: {error}") from error


def _compiled(kernel: Kernel, signature: str) -> Compiled:
    arguments = tuple(_numba_type(kind) for kind in split(signature))
    with global_compiler_lock:
        dispatcher = _callee(kernel)
        try:
            made = dispatcher._compiler.compile(arguments, None)  # noqa: SLF001 - there is no other way to the code
        except errors.NumbaError as error:  # most likely it allocates; what else is wrong is said when Numba runs it
            raise Unlinkable(str(error)) from error
        library, entry = made.library, made.fndesc.llvm_func_name
        library._ensure_finalized()  # noqa: SLF001 - links in what it calls
        type(library)._optimize_final_module(library)  # noqa: SLF001 - which its own method leaves out
        module = library._final_module  # noqa: SLF001 - has no public name
        needs = sorted(
            item.name for item in module.functions if item.is_declaration and not item.name.startswith("llvm.")
        )
        returns = _returned(made.signature.return_type)
        _check_convention(module.get_function(entry), signature)
        if any(name.startswith(RELOCATABLE) for name in needs):
            raise Unlinkable(f"it calls {needs}")
        code = library._codegen._tm.emit_object(module)  # noqa: SLF001 - as Numba itself does
    return Compiled(code=code, entry=entry, returns=returns, needs=tuple(needs))


def run_by_numba(kernel: Kernel) -> Any:
    """Return a function that Numba runs, for arguments of all signatures."""
    made: Any = njit(nogil=True, error_model="numpy", fastmath=set(kernel.fastmath))
    return _cached(kernel, made(_bound(kernel.py_func, run_by_numba)))


def _cached(kernel: Kernel, dispatcher: Any) -> Any:
    try:
        dispatcher._cache = _Cache(dispatcher.py_func)  # noqa: SLF001 - where Numba itself keeps it
    except RuntimeError:  # no folder can be written: compile in every process
        return dispatcher
    dispatcher._cache.digest = kernel_digest(kernel)  # noqa: SLF001 - set above
    return dispatcher


class _Cache(FunctionCache):
    """Numba's cache of one function, keyed by everything that goes into its machine code."""

    digest = ""

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), self.digest)


def _callee(kernel: Kernel) -> Any:
    """Return Numba's dispatcher of a kernel, whose code is only ever compiled into other code."""
    with global_compiler_lock:
        if kernel not in _CALLEES:
            options: dict[str, Any] = {**LEAN, "fastmath": set(kernel.fastmath), "pipeline_class": _Pipeline}
            _CALLEES[kernel] = njit(**options)(_bound(kernel.py_func, _callee))
        return _CALLEES[kernel]


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(NativeLowering):
    """Make LLVM's code of a function, and no machine code; it is optimised where it has been compiled into."""

    _name = "lean_lowering"

    def run_pass(self, state: Any) -> bool:
        state.flags.no_compile = True
        state.library = library = state.targetctx.codegen().create_library(state.func_id.func_qualname)
        library.enable_object_caching()
        library._optimize_final_module = lambda: None  # noqa: SLF001 - once, when all of it is together
        library._finalize_final_module = lambda: setattr(library, "_finalized", True)  # noqa: SLF001 - no machine code
        super().run_pass(state)
        lowered = state["cr"]
        stand_in = object().__dir__  # Numba knows functions by a built-in one; nobody calls it
        state.targetctx.insert_user_function(stand_in, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=stand_in)
        return True


class _Pipeline(CompilerBase):
    def define_pipelines(self) -> list[Any]:
        steps = DefaultPassBuilder.define_nopython_pipeline(self.state)
        steps.passes = [(_Lowering if step is NativeLowering else step, why) for step, why in steps.passes]
        steps.finalize()
        return [steps]


def _bound(function: Any, callee: Callable[[Kernel], Any]) -> FunctionType:
    """Return a function that reads what Numba knows in place of kernels and primitives."""

    def real(value: Any) -> Any:
        if isinstance(value, Kernel):
            return callee(value)
        return getattr(importlib.import_module(value.module), value.name) if isinstance(value, Primitive) else value

    found = {name: real(value) for name, value in reads(function).items()}
    cells = tuple(CellType(found[name]) for name in function.__code__.co_freevars)
    made = FunctionType(function.__code__, {**function.__globals__, **found}, function.__name__, None, cells)
    made.__defaults__, made.__qualname__, made.__module__ = (
        function.__defaults__, function.__qualname__, function.__module__,
    )  # fmt: skip
    return made


def _numba_type(kind: str) -> Any:
    if kind.startswith("("):
        return types.Tuple([_numba_type(item) for item in kind[1:-1].split(",")])
    if ":" in kind:
        element, dimensions, layout = kind.split(":")
        array: Any = types.Array
        return array(_numba_type(element), int(dimensions), layout)
    return types.boolean if kind == "b1" else getattr(types, np.dtype(kind).name)


def _returned(kind: Any) -> str:
    """Return the kind of a result, as ``machine_code`` takes it."""
    if kind == types.none:
        return "none"
    if isinstance(kind, types.Tuple | types.UniTuple):
        items = [_returned(item) for item in kind.types]
        if items and not any(item == "none" or item.startswith("(") for item in items):
            return f"({','.join(items)})"
    if kind == types.boolean:
        return "b1"
    if isinstance(kind, types.Integer | types.Float):
        name = np.dtype(str(types.unliteral(kind))).str[1:]
        if name in NUMBERS:
            return name
    raise Unlinkable(f"it returns {kind}")


def _check_convention(function: Any, signature: str) -> None:
    """Raise if a function's arguments are not those that ``machine_code`` passes."""
    import ctypes

    names = {
        ctypes.c_void_p: "ptr", ctypes.c_float: "float", ctypes.c_double: "double", ctypes.c_int64: "i64",
        ctypes.c_uint64: "i64", ctypes.c_int32: "i32", ctypes.c_uint32: "i32", ctypes.c_int16: "i16",
        ctypes.c_uint16: "i16", ctypes.c_int8: "i8", ctypes.c_uint8: "i8",
    }  # fmt: skip
    wanted = ["ptr", "ptr", *(names[kind] for item in split(signature) for kind in native(item))]
    passed = ["ptr" if str(item.type).endswith("*") else str(item.type) for item in function.arguments]
    if passed != wanted:
        raise Unlinkable(f"it takes {passed}, expected {wanted}")
