"""Vectors inside kernels: a handful of numbers that one instruction works on.

``Vector(dtype, count)`` is a type of compiled code. Numbers and vectors go through the same functions, so a formula
is written once and runs on one value or on all lanes; each operation is rounded as IEEE 754 says and none is fused
but :func:`fma`. ``+ - * /``, comparisons (they give masks), ``& | << >>`` and unary minus work as on numbers; where
a number meets a vector it stands for a vector of equal values.

Functions: :func:`load`, :func:`store`, :func:`splat`, :func:`select`, :func:`evens`, :func:`odds`, :func:`twice`,
:func:`anywhere`, :func:`minimum`, :func:`maximum`, :func:`magnitude`, :func:`square_root`, :func:`fma`, :func:`single`,
:func:`double`, :func:`bits`, :func:`single_of_bits`, :func:`double_of_bits`.
They are for kernels only: outside they raise.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from maxbooster_kernel.dsp.kernel import Primitive

_primitive = partial(Primitive, "maxbooster_kernel.dsp.vector_code")

load: Any = _primitive("load")
store: Any = _primitive("store")
splat: Any = _primitive("splat")
select: Any = _primitive("select")
evens: Any = _primitive("evens")
odds: Any = _primitive("odds")
twice: Any = _primitive("twice")
anywhere: Any = _primitive("anywhere")
minimum: Any = _primitive("minimum")
maximum: Any = _primitive("maximum")
magnitude: Any = _primitive("magnitude")
square_root: Any = _primitive("square_root")
fma: Any = _primitive("fma")
single: Any = _primitive("single")
double: Any = _primitive("double")
bits: Any = _primitive("bits")
single_of_bits: Any = _primitive("single_of_bits")
double_of_bits: Any = _primitive("double_of_bits")
