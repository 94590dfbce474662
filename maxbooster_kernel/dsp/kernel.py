"""How a function becomes a compiled kernel, and the digest of all kernels' sources.

Numba keeps compiled code in a cache that sees a change of the function's own file only: a changed constant or
helper in another file would silently go on with the old machine code. Here the digest of every source of the engine
is part of the cache's key, so that a changed engine is a compiled engine; the render cache uses the same digest.
"""

from __future__ import annotations

import hashlib
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


@cache
def engine_digest() -> str:
    """Return the SHA-256 of the sources of ``dsp`` and ``mix``, as hex."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for folder in ENGINE_FOLDERS:
        for path in sorted((package / folder).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


class _EngineCache(FunctionCache):
    """Numba's cache of one function, keyed by the engine's sources too."""

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), engine_digest())  # type: ignore[no-untyped-call]


def kernel(function: F) -> F:
    """Compile a function without the interpreter's lock, with division as in IEEE 754, cached where possible."""
    compiled: Any = njit(nogil=True, error_model="numpy")(function)
    try:
        compiled._cache = _EngineCache(function)  # type: ignore[no-untyped-call]  # noqa: SLF001
    except RuntimeError:  # no folder can be written: compile in every process
        return compiled  # type: ignore[no-any-return]
    return compiled  # type: ignore[no-any-return]
