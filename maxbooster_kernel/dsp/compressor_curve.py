r"""The static curve of a DynamicsCompressorNode: how much a level is turned down.

Below the threshold :math:`l_t` a level passes; above it a knee of exponential shape,
:math:`knee(v) = l_t + (1 - e^{-k (v - l_t)})/k`, bends until, at the knee's end :math:`x`, its slope in decibels is
1/ratio; from there on the curve is a straight line of that slope. The makeup gain is :math:`(1/sat(1))^{0.6}`.
"""

from __future__ import annotations

import math

import numpy as np

from maxbooster_kernel.dsp.c_library import decimal_logarithm
from maxbooster_kernel.dsp.kernel import Scalar, Singles, kernel
from maxbooster_kernel.dsp.polynomials import exp2, exp_less_one, log2_single, log10_single
from maxbooster_kernel.dsp.vectors import double, maximum, select, single

CURVE_VALUES = ("threshold", "knee_end", "k", "slope", "knee_end_db", "knee_end_out_db", "makeup")


@kernel
def _db(v: Scalar) -> Scalar:
    return np.float32(20.0) * decimal_logarithm(np.float32(v))


@kernel
def _linear(db: Scalar) -> Scalar:
    return np.float32(math.pow(10.0, np.float64(np.float32(np.float32(0.05) * np.float32(db)))))


@kernel
def _knee(v: Scalar, threshold: Scalar, k: Scalar) -> Scalar:
    if v < threshold:
        return v
    rise = np.float32(-k) * np.float32(v - threshold)
    bend = np.float32(np.float32(1.0) - np.float32(math.exp(np.float64(rise))))
    return np.float32(threshold + np.float32(bend / k))


@kernel
def _slope_at(x: Scalar, x_db: Scalar, threshold: Scalar, k: Scalar) -> Scalar:
    # x_db is the level as it was given, not the logarithm of x: the last bit decides between two neighbours in k
    if x < threshold:
        return np.float32(1.0)
    further = np.float32(np.float64(x) * 1.001)
    rise = np.float32(_db(_knee(further, threshold, k)) - _db(_knee(x, threshold, k)))
    return np.float32(rise / np.float32(_db(further) - x_db))


@kernel
def static_curve(threshold_db: Scalar, knee_db: Scalar, ratio: Scalar, out: Singles) -> None:
    """Fill ``out[0:7]`` (float32) with the constants named in ``CURVE_VALUES``.

    >>> out = np.zeros(7, np.float32)
    >>> static_curve(-24.0, 30.0, 12.0, out)
    >>> [round(float(value), 5) for value in (out[0], out[2], out[6])]
    [0.0631, 1.93611, 1.52414]
    """
    threshold = _linear(np.float32(threshold_db))
    slope = np.float32(np.float32(1.0) / np.float32(ratio))
    end_db = np.float32(np.float32(threshold_db) + np.float32(knee_db))
    end = _linear(end_db)
    low, high, k = np.float32(0.1), np.float32(10000.0), np.float32(5.0)
    for _ in range(15):
        if _slope_at(end, end_db, threshold, k) < slope:
            high = k
        else:
            low = k
        k = np.float32(math.sqrt(np.float64(np.float32(low * high))))
    out_db = _db(_knee(end, threshold, k))
    one = np.float32(1.0)
    full = (
        _knee(one, threshold, k) if one < end else _linear(np.float32(out_db + slope * np.float32(_db(one) - end_db)))
    )
    makeup = np.float32(math.pow(np.float64(np.float32(one / full)), np.float64(np.float32(0.6))))
    out[0], out[1], out[2], out[3], out[4], out[5], out[6] = threshold, end, k, slope, end_db, out_db, makeup


@kernel
def attenuation(
    level: Scalar, threshold: Scalar, end: Scalar, k: Scalar, slope: Scalar, end_db: Scalar, out_db: Scalar,
    straight: bool | int,
) -> Scalar:  # fmt: skip
    """Return how much levels are turned down, sat(v)/v; 1 at -80 dB and below.

    The other parameters are those of ``CURVE_VALUES``; ``straight`` tells whether any level reaches the knee's end.
    """
    out = level_in_knee(level, threshold, k)
    if straight:
        out = level_beyond(level, out, end, slope, end_db, out_db)
    return share(level, out, threshold)


@kernel
def level_in_knee(level: Scalar, threshold: Scalar, k: Scalar) -> Scalar:
    """Return sat(v) of levels from the threshold to the knee's end."""
    bend = np.float32(1.0) - single(exp2(double((-k) * (level - threshold)) * 1.4426950408889634))
    return threshold + bend / k


@kernel
def level_beyond(level: Scalar, out: Scalar, end: Scalar, slope: Scalar, end_db: Scalar, out_db: Scalar) -> Scalar:
    """Return sat(v) of levels from the knee's end on, and ``out`` for those before it."""
    over = _decibels(maximum(level, np.float32(1e-30))) - end_db
    return select(level >= end, _amplitude(out_db + slope * over), out)


@kernel
def share(level: Scalar, out: Scalar, threshold: Scalar) -> Scalar:
    """Return how much levels are turned down that come out as ``out``: 1 below the threshold and at -80 dB."""
    return select((level >= threshold) & (level > np.float32(0.0001)), out / level, np.float32(1.0))


@kernel
def gentle_rise(saturation_frames: Scalar) -> Scalar:
    """Return the least rate at which the detector rises: 10**(2 / frames / 20) - 1, frames being 0.0025 s."""
    return _amplitude(np.float32(2.0) / saturation_frames) - np.float32(1.0)


@kernel
def rise(down: Scalar, saturation_frames: Scalar, gentle: Scalar) -> Scalar:
    """Return the rate at which the detector may rise to an attenuation: 10**(max(2, -dB) / frames / 20) - 1.

    The sum with 1 has the steps of single precision, far coarser than what the logarithm loses by it.
    """
    nepers = log2_single(maximum(down, np.float32(1e-30))) * (np.float32(-0.6931471805599453) / saturation_frames)
    return maximum((np.float32(1.0) + exp_less_one(nepers)) - np.float32(1.0), gentle)


@kernel
def _decibels(v: Scalar) -> Scalar:
    return np.float32(20.0) * log10_single(v)


@kernel
def _amplitude(db: Scalar) -> Scalar:
    return single(exp2(double(np.float32(0.05) * db) * 3.321928094887362))
