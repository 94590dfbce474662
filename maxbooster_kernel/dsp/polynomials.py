"""Exponential, logarithm, sine and arc sine as polynomials that vectorise: no call to a mathematics library in a loop.

Each is evaluated in double precision with a relative error below 1e-9, so that its result rounded to single
precision is the correctly rounded one but for about one value in a thousand, where it is the neighbour.

They take numbers and vectors alike; a fused product and sum is written as such, so that every machine gives the same.
"""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.dsp.kernel import Scalar, kernel
from maxbooster_kernel.dsp.vectors import bits, double, double_of_bits, fma, select, single, single_of_bits, square_root

_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds a double to a whole number in its low bits
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_EXPONENT_BIAS = 1023 << 52
_WHOLE = 0x4330000000000000  # the bits of 2**52
_WHOLE_AND_BIAS = 4503599627370496.0 + 1023.0


@kernel
def exp2(x: Scalar) -> Scalar:
    """Return 2**x for -1000 < x < 1000: Taylor's series of the fraction in [-1/2, 1/2], the rest in the exponent."""
    shifted = x + _ROUND
    r = x - (shifted - _ROUND)
    p = fma(1.0178086009239696e-07, r, 1.3215486790144305e-06)
    p = fma(p, r, 1.5252733804059838e-05)
    p = fma(p, r, 1.5403530393381606e-04)
    p = fma(p, r, 1.3333558146428441e-03)
    p = fma(p, r, 9.618129107628477e-03)
    p = fma(p, r, 5.5504108664821576e-02)
    p = fma(p, r, 0.2402265069591007)
    p = fma(p, r, 0.6931471805599453)
    p = fma(p, r, 1.0)
    return double_of_bits(bits(p) + (bits(shifted) << np.int64(52)))


@kernel
def log2(x: Scalar) -> Scalar:
    """Return the base-2 logarithm of a normal positive number.

    x = 2**k z with z in [sqrt(1/2), sqrt(2)), and log2 z = 2/ln 2 (s + s**3/3 + s**5/5 + ...), s = (z - 1)/(z + 1).
    """
    biased = bits(x) + np.int64(_EXPONENT_BIAS - _SQRT_HALF_BITS)
    k = biased >> np.int64(52)
    z = double_of_bits(bits(x) - (k << np.int64(52)) + np.int64(_EXPONENT_BIAS))
    exponent = double_of_bits(k | np.int64(_WHOLE)) - _WHOLE_AND_BIAS
    s = (z - 1.0) / (z + 1.0)
    t = s * s
    p = fma(0.2623081892525388, t, 0.3205988979753252)
    p = fma(p, t, 0.4121985831111324)
    p = fma(p, t, 0.5770780163555853)
    p = fma(p, t, 0.9617966939259756)
    p = fma(p, t, 2.8853900817779268)
    return fma(s, p, exponent)


@kernel
def sin_of_quarter_turns(x: Scalar) -> Scalar:
    """Return sin(pi/2 x) for 0 <= x <= 1 by Taylor's series."""
    t = x * x
    p = fma(5.692172921967924e-08, t, -3.598843235212084e-06)
    p = fma(p, t, 1.6044118478735975e-04)
    p = fma(p, t, -4.681754135318687e-03)
    p = fma(p, t, 7.969262624616703e-02)
    p = fma(p, t, -0.6459640975062462)
    p = fma(p, t, 1.5707963267948966)
    return x * p


@kernel
def asin_in_quarter_turns(x: Scalar) -> Scalar:
    """Return asin(x) / (pi/2) for 0 <= x <= 1.

    The series s + s**3/6 + ... is used with s = x below 1/2, and with s = sqrt((1 - x)/2) above, where
    asin x = pi/2 - 2 asin s.
    """
    upper = x >= 0.5
    t = select(upper, 0.5 * (1.0 - x), x * x)
    s = select(upper, square_root(t), x)
    p = fma(0.004104421561161111, t, 0.004655298557082546)
    p = fma(p, t, 0.005341453673205823)
    p = fma(p, t, 0.0062144336364167475)
    p = fma(p, t, 0.007354104856936081)
    p = fma(p, t, 0.008890295649273842)
    p = fma(p, t, 0.011047112936967496)
    p = fma(p, t, 0.014242558827825862)
    p = fma(p, t, 0.019341746556306726)
    p = fma(p, t, 0.028420525552124168)
    p = fma(p, t, 0.0477464829275686)
    p = fma(p, t, 0.10610329539459688)
    p = fma(p, t, 0.6366197723675814)
    angle = s * p
    return select(upper, 1.0 - 2.0 * angle, angle)


@kernel
def log2_single(x: Scalar) -> Scalar:
    """Return the base-2 logarithm of a normal positive float32 to 2e-7 of itself, all in single precision."""
    k = (bits(x) + np.int32((127 << 23) - 0x3F3504F3)) >> np.int32(23)
    z = single_of_bits(bits(x) - ((k - np.int32(127)) << np.int32(23))) - np.float32(1.0)
    p = fma(np.float32(0.126148462), z, np.float32(-0.207421035))
    p = fma(p, z, np.float32(0.215669855))
    p = fma(p, z, np.float32(-0.238920346))
    p = fma(p, z, np.float32(0.287918329))
    p = fma(p, z, np.float32(-0.360704839))
    p = fma(p, z, np.float32(0.480910599))
    p = fma(p, z, np.float32(-0.721347332))
    p = fma(p, z, np.float32(1.44269502))
    return fma(p, z, single(k) - np.float32(127.0))


@kernel
def exp_less_one(x: Scalar) -> Scalar:
    """Return exp(x) - 1 for small x (float32, 0 to 1/4), all in single precision."""
    p = fma(x, np.float32(1 / 720), np.float32(1 / 120))
    p = fma(p, x, np.float32(1 / 24))
    p = fma(p, x, np.float32(1 / 6))
    p = fma(p, x, np.float32(1 / 2))
    return fma(p * x, x, x)


@kernel
def log10_single(x: Scalar) -> Scalar:
    """Return the decimal logarithm of a normal positive float32 with the rounding of the C library's ``log10f``.

    x = 2**k z; (k log10_lo + ln z / ln 10) + k log10_hi, each product and sum rounded to single precision: the
    bisection for a compressor's knee compares differences of such logarithms, and their last bit decides.
    """
    k = (bits(x) >> np.int32(23)) - np.int32(127)
    below = select(k < np.int32(0), np.int32(1), np.int32(0))
    z = single_of_bits((bits(x) & np.int32(0x7FFFFF)) | ((np.int32(127) - below) << np.int32(23)))
    y = single(k + below)
    logarithm = single(log2(double(z)) * 0.6931471805599453)
    low = y * np.float32(7.9034151668e-07) + np.float32(4.3429449201e-01) * logarithm
    return low + y * np.float32(3.0102920532e-01)
