"""The envelope of a DynamicsCompressorNode: how fast the gain follows the static curve.

Every 32 frames (a division) a rate is chosen from the detector and the gain at that moment; every frame the detector
follows the attenuation and the gain follows the rate. The release is adaptive: deep compression lets go faster.
"""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.dsp.kernel import Scalar, Singles, kernel
from maxbooster_kernel.dsp.polynomials import asin_in_quarter_turns, exp2, log2, log10_single
from maxbooster_kernel.dsp.vectors import double, maximum, minimum, select, single

TIMING_VALUES = ("attack_exponent", "a", "b", "c", "d", "e")


@kernel
def timing(attack_s: Scalar, release_s: Scalar, sample_rate: Scalar, out: Singles) -> None:
    """Fill ``out[0:6]`` (float32) with the constants named in ``TIMING_VALUES``.

    The polynomial gives the frames to release 5 dB as a function of x, the compression from -12 dB (0) to 0 dB (3);
    it goes through 0.09, 0.16, 0.42 and 0.98 of the release time (least squares, fourth order).
    """
    f = np.float32
    rate = f(sample_rate)
    attack = f(max(f(0.001), f(attack_s)) * rate)
    release = f(f(release_s) * rate)
    y1, y2, y3, y4 = f(release * f(0.09)), f(release * f(0.16)), f(release * f(0.42)), f(release * f(0.98))
    out[0] = f(f(1.0) / attack)
    out[1] = f(0.9999999999999998) * y1 + f(1.8432219684323923e-16) * y2
    out[1] = out[1] - f(1.9373394351676423e-16) * y3 + f(8.824516011816245e-18) * y4
    out[2] = f(-1.5788320352845888) * y1 + f(2.3305837032074286) * y2
    out[2] = out[2] - f(0.9141194204840429) * y3 + f(0.1623677525612032) * y4
    out[3] = f(0.5334142869106424) * y1 - f(1.272736789213631) * y2
    out[3] = out[3] + f(0.9258856042207512) * y3 - f(0.18656310191776226) * y4
    out[4] = f(0.08783463138207234) * y1 - f(0.1694162967925622) * y2
    out[4] = out[4] + f(0.08588057951595272) * y3 - f(0.00429891410546283) * y4
    out[5] = f(-0.042416883008123074) * y1 + f(0.1115693827987602) * y2
    out[5] = out[5] - f(0.09764676325265872) * y3 + f(0.028494263462021576) * y4


@kernel
def choose_rate(
    detector: Scalar, gain: Scalar, greatest: Scalar, attack: Scalar, a: Scalar, b: Scalar, c: Scalar, d: Scalar,
    e: Scalar,
) -> tuple[Scalar, Scalar, Scalar]:  # fmt: skip
    """Return the wanted gain and the rate for the next division, and the greatest difference of this attack.

    A rate below 1 is an attack, above 1 a release. ``attack`` and ``a`` to ``e`` are those of ``TIMING_VALUES``;
    the greatest difference is in dB, -1 while releasing.
    """
    one, zero, tiny = np.float32(1.0), np.float32(0.0), np.float32(1e-30)
    wanted = single(asin_in_quarter_turns(double(detector)))
    releasing = wanted > gain
    difference = np.float32(20.0) * log10_single(maximum(gain / maximum(wanted, tiny), tiny))
    difference = select(wanted > zero, difference, one)
    x = np.float32(0.25) * (minimum(maximum(difference, np.float32(-12.0)), zero) + np.float32(12.0))
    x2 = x * x
    frames = a + b * x
    frames = frames + c * x2
    frames = frames + d * (x2 * x)
    frames = frames + e * (x2 * x2)
    up = single(exp2(double(np.float32(0.05) * (np.float32(5.0) / frames)) * 3.321928094887362))
    now = select((greatest != -one) & (greatest >= difference), greatest, difference)
    share = np.float32(0.25) / maximum(now, np.float32(0.5))
    down = one - single(exp2(log2(double(share)) * double(attack)))
    return wanted, select(releasing, up, down), select(releasing, -one, now)


@kernel
def next_detector(detector: Scalar, down: Scalar, rising: Scalar) -> Scalar:
    """Return the detector a frame on: down at once, up at its own rate, never above 1."""
    change = down - detector
    return minimum(detector + select(down > detector, change * rising, change), np.float32(1.0))


@kernel
def next_gain(gain: Scalar, wanted: Scalar, rate: Scalar, attacking: Scalar) -> Scalar:
    """Return the gain a frame on: towards the wanted one in an attack, up by a factor and never above 1 else."""
    return select(attacking, gain + (wanted - gain) * rate, minimum(gain * rate, np.float32(1.0)))
