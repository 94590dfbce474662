r"""Coefficients of the eight filters of a BiquadFilterNode (Audio EQ Cookbook, as in the Web Audio specification).

:math:`\omega_0 = \pi f / (sr/2)`, :math:`A = 10^{G/40}`; shelves have slope 1 and no Q, the Q of low and high pass is
in dB. Gains that come from decibels pass through single precision, as they do in the browser.
"""

from __future__ import annotations

import math

import numpy as np

from maxbooster_kernel.dsp.c_library import power_of_two
from maxbooster_kernel.dsp.kernel import Doubles, Scalar, Singles, kernel

Coefficients = tuple[Scalar, Scalar, Scalar, Scalar, Scalar]
FILTERS = ("lowpass", "highpass", "bandpass", "lowshelf", "highshelf", "peaking", "notch", "allpass")


@kernel
def decibel_ratio(decibels: Scalar, divisor: Scalar) -> Scalar:
    """Return 10**(decibels / divisor), its exponent and its value rounded to single precision."""
    exponent = np.float32(np.float64(np.float32(decibels)) / divisor * 2.302585092994046)
    return np.float64(np.float32(math.exp(np.float64(exponent))))


@kernel
def biquad_coefficients(
    kind: int, frequency: Scalar, q: Scalar, gain: Scalar, detune: Scalar, sample_rate: Scalar
) -> Coefficients:
    """Return (b0, b1, b2, a1, a2), normalised by a0, in double precision.

    Parameters
    ----------
    kind
        Index into ``FILTERS``.
    frequency, detune
        In Hz and cents.
    q
        Quality; in dB for low and high pass, without effect for shelves.
    gain
        In dB; without effect but for shelves and peaking.
    sample_rate
        In Hz.

    Examples
    --------
    >>> [round(b, 6) for b in biquad_coefficients(3, 320.0, 1.0, 0.0, 0.0, 44100.0)[:1]]
    [1.0]
    """
    f = np.float64(np.float32(frequency))
    if detune != 0.0:
        f = f * np.float64(power_of_two(np.float32(detune) / np.float32(1200.0)))
    f = min(max(f / (0.5 * sample_rate), 0.0), 1.0)
    q = np.float64(np.float32(q))
    w = math.pi * f
    c, s = math.cos(w), math.sin(w)
    if kind <= 1:
        return _pass(kind, f, c, s / (2.0 * decibel_ratio(q, 20.0)))
    if kind in (3, 4, 5):
        a = decibel_ratio(gain, 40.0)
        if kind == 5:
            return _peaking(f, q, c, s, a)
        return _shelf(kind, f, c, s, a)
    return _band(kind, f, q, c, s)


@kernel
def _normal(b0: Scalar, b1: Scalar, b2: Scalar, a0: Scalar, a1: Scalar, a2: Scalar) -> Coefficients:
    inverse = 1.0 / a0
    return b0 * inverse, b1 * inverse, b2 * inverse, a1 * inverse, a2 * inverse


@kernel
def _flat(gain: Scalar) -> Coefficients:
    return gain, 0.0, 0.0, 0.0, 0.0


@kernel
def _pass(kind: int, f: Scalar, c: Scalar, alpha: Scalar) -> Coefficients:
    if f in (0.0, 1.0):
        return _flat(1.0 if (kind == 0) == (f == 1.0) else 0.0)
    if kind == 0:
        beta = 0.5 * (1.0 - c)
        return _normal(beta, 2.0 * beta, beta, 1.0 + alpha, -2.0 * c, 1.0 - alpha)
    beta = 0.5 * (1.0 + c)
    return _normal(beta, -2.0 * beta, beta, 1.0 + alpha, -2.0 * c, 1.0 - alpha)


@kernel
def _shelf(kind: int, f: Scalar, c: Scalar, s: Scalar, a: Scalar) -> Coefficients:
    if f in (0.0, 1.0):
        return _flat(a * a if (kind == 3) == (f == 1.0) else 1.0)
    alpha = 0.5 * s * math.sqrt(2.0)
    k2 = 2.0 * math.sqrt(a) * alpha
    more, less = a + 1.0, a - 1.0
    if kind == 3:
        return _normal(
            a * (more - less * c + k2),
            2.0 * a * (less - more * c),
            a * (more - less * c - k2),
            more + less * c + k2,
            -2.0 * (less + more * c),
            more + less * c - k2,
        )
    return _normal(
        a * (more + less * c + k2),
        -2.0 * a * (less + more * c),
        a * (more + less * c - k2),
        more - less * c + k2,
        2.0 * (less - more * c),
        more - less * c - k2,
    )


@kernel
def _peaking(f: Scalar, q: Scalar, c: Scalar, s: Scalar, a: Scalar) -> Coefficients:
    if f in (0.0, 1.0):
        return _flat(1.0)
    if q <= 0.0:
        return _flat(a * a)
    alpha = s / (2.0 * q)
    return _normal(1.0 + alpha * a, -2.0 * c, 1.0 - alpha * a, 1.0 + alpha / a, -2.0 * c, 1.0 - alpha / a)


@kernel
def _band(kind: int, f: Scalar, q: Scalar, c: Scalar, s: Scalar) -> Coefficients:
    edge = f in (0.0, 1.0)
    if kind == 2:
        if edge:
            return _flat(0.0)
        if q <= 0.0:
            return _flat(1.0)
        alpha = s / (2.0 * q)
        return _normal(alpha, 0.0, -alpha, 1.0 + alpha, -2.0 * c, 1.0 - alpha)
    if edge:
        return _flat(1.0)
    if q <= 0.0:
        return _flat(0.0 if kind == 6 else -1.0)
    alpha = s / (2.0 * q)
    if kind == 6:
        return _normal(1.0, -2.0 * c, 1.0, 1.0 + alpha, -2.0 * c, 1.0 - alpha)
    return _normal(1.0 - alpha, -2.0 * c, 1.0 + alpha, 1.0 + alpha, -2.0 * c, 1.0 - alpha)


@kernel
def biquad_coefficient_curve(
    kind: int, frequency: Singles, q: Singles, gain: Singles, detune: Singles, sample_rate: Scalar, out: Doubles
) -> None:
    """Fill ``out[frame, 0:5]`` from curves of the four parameters, one value a frame."""
    for i in range(out.shape[0]):
        b0, b1, b2, a1, a2 = biquad_coefficients(kind, frequency[i], q[i], gain[i], detune[i], sample_rate)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3], out[i, 4] = b0, b1, b2, a1, a2
