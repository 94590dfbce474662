"""How a function becomes a compiled kernel, and the digest of the engine's sources.

A kernel works on numbers, arrays and tuples of numbers, allocates nothing and returns numbers. It is compiled once a
signature, by Numba, and its machine code is kept in a file (``machine_code``): a later process links that code
without loading the compiler, which alone would take longer than most renders.

Compiled code is known by all that goes into it: the code of the kernel and of the kernels it calls, the constants
they read, and the files of the primitives. A function that allocates or returns arrays is run by Numba itself.
"""

from __future__ import annotations

import hashlib
import threading
import types
from collections.abc import Callable, Sequence
from functools import cache, update_wrapper
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.machine_code import NONE, Unlinkable, keep, link, link_kept

Scalar = Any  # a float or a NumPy scalar: compiled code knows each apart
Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]
Addresses = NDArray[np.int64]

F = TypeVar("F", bound=Callable[..., Any])
ENGINE_FOLDERS = ("dsp", "mix")
PRIMITIVES = ("vector_code.py", "lane_code.py")
PLAIN = (bool, int, float, str, bytes, tuple, np.generic, types.NoneType)


class Primitive:
    """A function of compiled code that is no Python: ``module`` has it under its name, loaded to compile only."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, *_: Any) -> Any:
        """Raise: outside of kernels there are no vectors."""
        raise TypeError(f"{self.name} is for kernels: call it from a function that is compiled")


class Kernel:
    """A function that runs as machine code, compiled for each signature it is called with.

    Parameters
    ----------
    function
        The function in Python.
    fastmath
        What LLVM may do beyond IEEE 754, as Numba takes it.
    """

    def __init__(self, function: Callable[..., Any], *, fastmath: frozenset[str] = frozenset()) -> None:
        self.py_func, self.fastmath = function, fastmath
        self._routines: dict[str, Callable[..., Any]] = {}
        self._lock = threading.Lock()
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run the machine code for these arguments' signature; make it first where there is none."""
        signature = signature_of(arguments)
        routine = self._routines.get(signature)
        if routine is None:
            routine = self.routine(signature)
        return routine(*arguments)

    def routine(self, signature: str) -> Callable[..., Any]:
        """Return the machine code for a signature: from memory, from its file, or compiled."""
        with self._lock:
            if signature not in self._routines:
                try:
                    self._routines[signature] = self._linked(signature)
                except Unlinkable:
                    from maxbooster_kernel.dsp.compilation import run_by_numba

                    self._routines[signature] = run_by_numba(self)
            return self._routines[signature]

    def _linked(self, signature: str) -> Callable[..., Any]:
        name = f"{self.py_func.__module__}.{self.py_func.__qualname__}"
        digest = kernel_digest(self)
        found = link_kept(name, signature, digest)
        if found is not None:
            return found
        from maxbooster_kernel.dsp.compilation import compile_kernel

        try:
            made = compile_kernel(self, signature)
        except Unlinkable:
            keep(name, signature, digest, NONE)
            raise
        keep(name, signature, digest, made)
        return link(made, signature)


def kernel(function: F) -> F:
    """Make a function a kernel, with division as in IEEE 754."""
    return Kernel(function)  # type: ignore[return-value]  # - it is called as the function is


def fast_kernel(*relaxed: str) -> Callable[[F], F]:
    """Make a function a kernel for which LLVM may do what ``relaxed`` says: ``"contract"`` fuses products and sums."""

    def make(function: F) -> F:
        return Kernel(function, fastmath=frozenset(relaxed))  # type: ignore[return-value]  # - called as the function is

    return make


def signature_of(arguments: Sequence[Any]) -> str:
    """Return what compiled code must know of arguments: the types of numbers, and what arrays are like.

    >>> signature_of((1, 2.5, np.float32(1), np.zeros((2, 3)), (0, 0)))
    'i8 f8 f4 f8:2:C (i8,i8)'
    """
    return " ".join([_kind(argument) for argument in arguments])


def _kind(argument: Any) -> str:
    if isinstance(argument, np.ndarray):
        flags = argument.flags
        layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
        return f"{argument.dtype.str.lstrip('<|=')}:{argument.ndim}:{layout}"
    if isinstance(argument, float):
        return "f8"
    if isinstance(argument, bool | np.bool_):
        return "b1"
    if isinstance(argument, int):
        return "i8"
    if isinstance(argument, np.generic):
        return argument.dtype.str.lstrip("<|=")
    if isinstance(argument, tuple):
        return f"({','.join([_kind(item) for item in argument])})"
    raise TypeError(f"a kernel takes numbers, arrays and tuples of numbers, got {type(argument).__name__}")


@cache
def engine_digest() -> str:
    """Return the SHA-256 of the sources of ``dsp`` and ``mix``, as hex."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for folder in ENGINE_FOLDERS:
        for path in sorted((package / folder).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def kernel_digest(made: Kernel) -> str:
    """Return the SHA-256 of a kernel's code, of the constants it reads, of every kernel it calls, and of primitives.

    What a primitive or an operator on vectors compiles to is in the files of ``PRIMITIVES``.
    """
    return hashlib.sha256(repr([_primitives(), *_ingredients(made, set())]).encode()).hexdigest()


@cache
def _primitives() -> bytes:
    return b"".join((Path(__file__).parent / name).read_bytes() for name in PRIMITIVES)


def _ingredients(made: Kernel, seen: set[str]) -> list[object]:
    plain: Any = made.py_func
    name = f"{plain.__module__}.{plain.__qualname__}"
    if name in seen:
        return []
    seen.add(name)
    found: list[object] = [name, sorted(made.fastmath), plain.__defaults__, _code(plain.__code__)]
    for used, value in reads(plain).items():
        if isinstance(value, Kernel):
            found += [used, *_ingredients(value, seen)]
        elif isinstance(value, PLAIN):
            found.append((used, repr(value)))
        elif isinstance(value, np.ndarray):
            found.append((used, value.dtype.str, value.shape, value.tobytes()))
    return found


def _code(code: types.CodeType) -> list[object]:
    constants = [_code(item) if isinstance(item, types.CodeType) else repr(item) for item in code.co_consts]
    return [code.co_code, code.co_names, code.co_varnames, code.co_freevars, constants]


def reads(function: Any) -> dict[str, Any]:
    """Return what a function reads from around it, by name: globals, and variables of the function it was made in."""
    code = function.__code__
    found = {name: function.__globals__[name] for name in code.co_names if name in function.__globals__}
    cells = function.__closure__ or ()
    return found | {name: cell.cell_contents for name, cell in zip(code.co_freevars, cells, strict=True)}
