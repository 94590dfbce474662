"""How a function becomes a compiled kernel, and the digest of the engine's sources.

Numba keeps compiled code in a cache that sees a change of the function's own file only: a changed constant or
helper in another file would silently go on with the old machine code. Here the cache's key holds the sources of all
kernels a kernel calls, the values of the constants they read, and the files of the intrinsics.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numba.core.caching import FunctionCache
from numpy.typing import NDArray

Scalar = Any  # a float or a NumPy scalar: Numba knows each apart
Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]
Addresses = NDArray[np.int64]

F = TypeVar("F", bound=Callable[..., Any])
ENGINE_FOLDERS = ("dsp", "mix")
INTRINSICS = ("vectors.py", "lanes.py")


@cache
def engine_digest() -> str:
    """Return the SHA-256 of the sources of ``dsp`` and ``mix``, as hex."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for folder in ENGINE_FOLDERS:
        for path in sorted((package / folder).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def kernel_digest(function: Callable[..., Any]) -> str:
    """Return the SHA-256 of a kernel's source, of the constants it reads, of every kernel it calls, and of intrinsics.

    What an intrinsic or an operator on vectors compiles to is in the files of ``INTRINSICS``.
    """
    return hashlib.sha256(repr([_intrinsics(), *_ingredients(function, set())]).encode()).hexdigest()


@cache
def _intrinsics() -> bytes:
    return b"".join((Path(__file__).parent / name).read_bytes() for name in INTRINSICS)


def _ingredients(function: Callable[..., Any], seen: set[str]) -> list[object]:
    plain: Any = getattr(function, "py_func", function)
    name = f"{plain.__module__}.{plain.__qualname__}"
    if name in seen:
        return []
    seen.add(name)
    found: list[object] = [name, inspect.getsource(plain)]
    for used in plain.__code__.co_names:
        value = plain.__globals__.get(used)
        if hasattr(value, "py_func"):
            found += _ingredients(value, seen)
        elif isinstance(value, bool | int | float | str | tuple):
            found.append((used, repr(value)))
    return found


class _KernelCache(FunctionCache):
    """Numba's cache of one function, keyed by everything that goes into its machine code."""

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), kernel_digest(self._py_func))  # type: ignore[no-untyped-call]


def kernel(function: F) -> F:
    """Compile a function without the interpreter's lock, with division as in IEEE 754, cached where possible."""
    return _cached(function, njit(nogil=True, error_model="numpy")(function))


def _cached(function: F, compiled: Any) -> F:
    try:
        compiled._cache = _KernelCache(function)  # type: ignore[no-untyped-call]  # noqa: SLF001
    except RuntimeError:  # no folder can be written: compile in every process
        return compiled  # type: ignore[no-any-return]
    return compiled  # type: ignore[no-any-return]
