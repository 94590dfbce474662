"""The envelope of a DynamicsCompressorNode: how fast the gain follows the static curve.

Every 32 frames (a division) a rate is chosen from the detector and the gain at that moment; every frame the detector
follows the attenuation and the gain follows the rate. The release is adaptive: deep compression lets go faster.
"""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.dsp.compressor_work import ATTENUATION, DETECTOR, GAIN, GREATEST, RATE, RISES, TIMING, WANT
from maxbooster_kernel.dsp.kernel import Scalar, Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes
from maxbooster_kernel.dsp.polynomials import asin_in_quarter_turns, exp2, log2, log10_single

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
def choose_rates(lanes: Lanes, work: Singles) -> None:
    """Fill each lane's wanted gain and rate for the next division; below 1 is an attack, above 1 a release.

    The layout of ``work`` is in ``compressor_work``.
    """
    n = len(lanes)
    one, zero, tiny = np.float32(1.0), np.float32(0.0), np.float32(1e-30)
    times = TIMING * n
    for lane in range(n):
        gain, greatest = work[GAIN * n + lane], work[GREATEST * n + lane]
        wanted = np.float32(asin_in_quarter_turns(np.float64(work[DETECTOR * n + lane])))
        releasing = wanted > gain
        ratio = max(gain / max(wanted, tiny), tiny)
        difference = np.float32(20.0) * log10_single(ratio)
        difference = difference if wanted > zero else one
        x = np.float32(0.25) * (min(max(difference, np.float32(-12.0)), zero) + np.float32(12.0))
        x2 = x * x
        frames = work[times + n + lane] + work[times + 2 * n + lane] * x
        frames = frames + work[times + 3 * n + lane] * x2
        frames = frames + work[times + 4 * n + lane] * (x2 * x)
        frames = frames + work[times + 5 * n + lane] * (x2 * x2)
        step = np.float32(5.0) / frames
        up = np.float32(exp2(np.float64(np.float32(0.05) * step) * 3.321928094887362))
        keep = (greatest != -one) & (greatest >= difference)
        attack = greatest if keep else difference
        share = np.float32(0.25) / max(np.float32(0.5), attack)
        down = one - np.float32(exp2(log2(np.float64(share)) * np.float64(work[times + lane])))
        work[WANT * n + lane] = wanted
        work[RATE * n + lane] = up if releasing else down
        work[GREATEST * n + lane] = -one if releasing else attack


@kernel
def follow(lanes: Lanes, work: Singles) -> None:
    """Run detector and gain through the 32 frames of a division; the gains take the place of the levels."""
    n = len(lanes)
    one = np.float32(1.0)
    for f in range(32):
        for lane in range(n):
            a, d = work[(ATTENUATION + f) * n + lane], work[DETECTOR * n + lane]
            d = d + (a - d) * (work[(RISES + f) * n + lane] if a > d else one)
            work[DETECTOR * n + lane] = min(one, d)
            r, g = work[RATE * n + lane], work[GAIN * n + lane]
            attack = g + (work[WANT * n + lane] - g) * r
            release = g * r
            release = min(one, release)
            g = attack if r < one else release
            work[GAIN * n + lane] = g
            work[f * n + lane] = g
