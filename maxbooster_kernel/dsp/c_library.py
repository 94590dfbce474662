"""Logarithms and powers of two rounded as a C library rounds them.

A browser's compressor looks for its knee by comparing differences of decibels, in single precision; the last bit
decides, and the C library's last bit is not always the nearest. Here the natural logarithm goes the library's way:
x = 2**k z with z near one of sixteen points c, ln x = ln c + k ln 2 + ln(1 + r), r = z/c - 1, a polynomial of degree
four. The decimal one is made from it as the library makes it, every product and sum rounded.
"""

from __future__ import annotations

import math

import numpy as np

from maxbooster_kernel.dsp.kernel import Scalar, kernel
from maxbooster_kernel.dsp.vectors import bits, double_of_bits

POINTS = (
    0.71484372, 0.74609372, 0.77734372, 0.80859372, 0.83984372, 0.87109372, 0.90234372, 0.93359372,
    0.96484372, 1.0, 1.05342333, 1.11718744, 1.17968744, 1.24218744, 1.30468744, 1.36718744,
)  # fmt: skip
FOURTH, THIRD, SECOND = -0.25089342214237154, 0.333456765744066, -0.4999997485802103
LN_2 = 0.6931471805599453
_FRACTION = (1 << 52) - 1
_HALF = 1022 << 52  # the bits of the exponent of 0.5


@kernel
def _mantissa_and_exponent(x: Scalar) -> tuple[Scalar, Scalar]:
    """Return m from 0.5 to 1 and k of a normal positive number m 2**k."""
    whole = bits(x)
    return double_of_bits((whole & np.int64(_FRACTION)) | np.int64(_HALF)), (whole >> np.int64(52)) - 1022


@kernel
def logarithm(x: Scalar) -> Scalar:
    """Return the natural logarithm of a normal positive float32 with the rounding of the C library's ``logf``.

    >>> float(logarithm(np.float32(0.5)))
    -0.6931471824645996
    """
    mantissa, exponent = _mantissa_and_exponent(np.float64(x))
    z, k = 2.0 * mantissa, exponent - 1  # from 1 on; the points lie around 1, from 0.69921875 on
    if z >= 1.3984375:
        z, k = mantissa, exponent
    point = POINTS[int((z - 0.69921875) * 32.0) if z < 1.0 else 9 + int((z - 0.9609375) * 16.0)]
    r = z / point - 1.0
    bend = (FOURTH * (r * r) + (THIRD * r + SECOND)) * (r * r)
    return np.float32(bend + (math.log(point) + k * LN_2 + r))


@kernel
def decimal_logarithm(x: Scalar) -> Scalar:
    """Return the decimal logarithm of a normal positive float32 with the rounding of the C library's ``log10f``.

    >>> float(decimal_logarithm(np.float32(0.01)))
    -2.0
    """
    mantissa, exponent = _mantissa_and_exponent(np.float64(x))
    k = exponent - 1
    below = 1 if k < 0 else 0
    z = np.float32(mantissa * 2.0 ** (1 - below))
    y = np.float32(k + below)
    low = np.float32(y * np.float32(7.9034151668e-07)) + np.float32(np.float32(4.3429449201e-01) * logarithm(z))
    return np.float32(np.float32(low) + np.float32(y * np.float32(3.0102920532e-01)))


@kernel
def power_of_two(x: Scalar) -> Scalar:
    """Return 2**x with the rounding of the C library's ``exp2f``: 2**(k/32) times a polynomial of degree three.

    >>> float(power_of_two(np.float32(0.5)))
    1.4142135381698608
    """
    k = np.rint(np.float64(x) * 32.0)
    r = np.float64(x) - k / 32.0
    bend = (0.05550361559341535 * r + 0.2402284522445722) * (r * r) + (0.6931471806916203 * r + 1.0)
    return np.float32(bend * math.pow(2.0, k / 32.0))
