"""The minimum requirements of EBU Tech 3341, table 1, and of EBU Tech 3342: signals, values and tolerances as printed.

Tests 7 and 8 (and 5 and 6 of Tech 3342) use recordings that cannot be generated; they are not here.
"""

from __future__ import annotations

import numpy as np
import pytest

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.loudness import Meter, measure_loudness

RATE = 48000
TOLERANCE_LU = 0.1


def tone(parts: list[tuple[float | None, float]], *, channels: int = 2, rate: int = RATE) -> np.ndarray:
    """Return a 1 kHz sine in phase in all channels; parts are (peak level in dBFS or None for silence, seconds)."""
    gain = np.concatenate(
        [np.full(round(seconds * rate), 0.0 if level is None else 10 ** (level / 20)) for level, seconds in parts]
    )
    sine = gain * np.sin(2 * np.pi * 1000 * np.arange(gain.size) / rate)
    return np.tile(sine.astype(np.float32), (channels, 1))


def measure(samples: np.ndarray, rate: int = RATE):
    return measure_loudness(AudioBuffer(samples, rate))


@pytest.mark.parametrize(("level", "rate"), [(-23.0, 48000), (-33.0, 48000), (-23.0, 44100), (-33.0, 96000)])
def test_1_and_2_constant_tone(level, rate):
    loudness = measure(tone([(level, 20)], rate=rate), rate)
    assert loudness.integrated_lufs == pytest.approx(level, abs=TOLERANCE_LU)
    assert loudness.momentary_max_lufs == pytest.approx(level, abs=TOLERANCE_LU)
    assert loudness.short_term_max_lufs == pytest.approx(level, abs=TOLERANCE_LU)


@pytest.mark.parametrize(
    "parts",
    [
        [(-36, 10), (-23, 60), (-36, 10)],
        [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
        [(-26, 20), (-20, 20.1), (-26, 20)],
    ],
)
def test_3_to_5_gates(parts):
    assert measure(tone(parts)).integrated_lufs == pytest.approx(-23.0, abs=TOLERANCE_LU)


def test_6_surround():
    sine = tone([(0.0, 20)], channels=1)[0]
    levels = 10 ** (np.array([-28, -28, -24, -30, -30]) / 20)
    assert measure(np.outer(levels, sine)).integrated_lufs == pytest.approx(-23.0, abs=TOLERANCE_LU)


def test_6_surround_with_lfe_that_does_not_count():
    sine = tone([(0.0, 20)], channels=1)[0]
    levels = 10 ** (np.array([-28, -28, -24, -6, -30, -30]) / 20)
    assert measure(np.outer(levels, sine)).integrated_lufs == pytest.approx(-23.0, abs=TOLERANCE_LU)


def test_9_short_term_is_constant():
    history = measure(tone([(-20, 1.34), (-30, 1.66)] * 5)).history
    assert np.abs(history.short_term_lufs + 23.0).max() <= TOLERANCE_LU


@pytest.mark.parametrize("i", range(20))
def test_10_short_term_maximum_of_files(i):
    loudness = measure(tone([(None, i * 0.15), (-23, 3), (None, 1)]))
    assert loudness.short_term_max_lufs == pytest.approx(-23.0, abs=TOLERANCE_LU)


def test_11_short_term_maximum_live():
    meter = Meter(RATE, 2)
    for i in range(20):
        before = meter.energies(300).size
        meter.push(tone([(None, i * 0.15), (-38 + i, 3), (None, 3 - i * 0.15)]))
        loudest = meter.energies(300)[before:].max()
        assert -0.691 + 10 * np.log10(loudest) == pytest.approx(-38 + i, abs=TOLERANCE_LU)


def test_12_momentary_is_constant():
    history = measure(tone([(-20, 0.18), (-30, 0.22)] * 25)).history
    assert np.abs(history.momentary_lufs[history.momentary_s >= 1.0] + 23.0).max() <= TOLERANCE_LU


@pytest.mark.parametrize("i", range(20))
def test_13_momentary_maximum_of_files(i):
    loudness = measure(tone([(None, i * 0.02), (-23, 0.4), (None, 1)]))
    assert loudness.momentary_max_lufs == pytest.approx(-23.0, abs=TOLERANCE_LU)


def test_14_momentary_maximum_live():
    meter = Meter(RATE, 2)
    for i in range(20):
        before = meter.energies(40).size
        meter.push(tone([(None, i * 0.02), (-38 + i, 0.4), (None, 0.4 - i * 0.02)]))
        loudest = meter.energies(40)[before:].max()
        assert -0.691 + 10 * np.log10(loudest) == pytest.approx(-38 + i, abs=TOLERANCE_LU)


def peak_sine(divisor: int, degrees: float, amplitude: float, rate: int = RATE) -> np.ndarray:
    n = np.arange(rate)
    sine = amplitude * np.sin(2 * np.pi * n / divisor + np.radians(degrees))
    fade = np.minimum(1.0, np.minimum(n, n[::-1]) / (0.01 * rate))
    return np.tile((sine * fade).astype(np.float32), (2, 1))


@pytest.mark.parametrize("rate", [44100, 48000, 88200, 96000, 192000])
@pytest.mark.parametrize(
    ("divisor", "degrees", "amplitude", "expected"),
    [(4, 0, 0.5, -6.0), (4, 45, 0.5, -6.0), (6, 60, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45, 1.41, 3.0)],
)
def test_15_to_19_true_peak_of_sines(divisor, degrees, amplitude, expected, rate):
    true_peak = measure(peak_sine(divisor, degrees, amplitude, rate), rate).true_peak_dbtp
    assert expected - 0.4 <= true_peak <= expected + 0.2


@pytest.mark.parametrize("offset", range(4))
def test_20_to_23_true_peak_of_a_burst(offset):
    from scipy.signal import firwin

    fast = 4 * RATE
    n = np.arange(fast)
    signal = 0.5 * np.sin(2 * np.pi * n / 24)
    start = 24 * 4000
    signal[start : start + 16] = np.sin(2 * np.pi * np.arange(16) / 16)
    low_passed = np.convolve(signal, firwin(401, 22000, fs=fast), mode="same")
    decimated = np.tile(low_passed[offset::4].astype(np.float32), (2, 1))
    true_peak = measure(decimated).true_peak_dbtp
    exact = 20 * np.log10(np.abs(low_passed).max())
    assert exact == pytest.approx(0.0, abs=0.25)  # the low-pass takes the edges of the burst
    assert -0.4 <= true_peak <= 0.2


@pytest.mark.parametrize(
    ("levels", "expected"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_tech_3342_range(levels, expected):
    assert measure(tone([(level, 20) for level in levels])).range_lu == pytest.approx(expected, abs=1.0)
