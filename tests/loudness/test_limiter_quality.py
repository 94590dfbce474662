"""How well the master's limiter works: distortion of sines, and no overs on what provokes them."""

from __future__ import annotations

import numpy as np
import pytest

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.dsp.limiter import limit
from maxbooster_kernel.loudness import measure_loudness

RATES = [44100, 48000]


def distortion_db(samples: np.ndarray, rate: int, hz: float) -> float:
    """Return all that is not the sine, relative to it (THD+N), by least squares over whole periods."""
    t = np.arange(samples.size) / rate
    basis = np.stack([np.sin(2 * np.pi * hz * t), np.cos(2 * np.pi * hz * t), np.ones(t.size)], axis=1)
    fitted = basis @ np.linalg.lstsq(basis, samples, rcond=None)[0]
    return 10 * float(np.log10(np.square(samples - fitted).sum() / np.square(fitted - fitted.mean()).sum()))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("hz", "worst_db"), [(50.0, -60.0), (100.0, -80.0), (1000.0, -100.0), (6000.0, -100.0)])
def test_a_sine_6_db_over_stays_a_sine(hz, worst_db, rate):
    sine = np.sin(2 * np.pi * hz * np.arange(3 * rate) / rate)[np.newaxis]
    done = limit(sine.astype(np.float32), rate, ceiling_dbtp=-1.0, gain_db=6.0)
    assert distortion_db(done.samples[0, rate : 2 * rate].astype(np.float64), rate, hz) < worst_db


def burst(rate: int, divisor: int, degrees: float, amplitude: float) -> np.ndarray:
    """Return a sine of EBU Tech 3341, tests 15 to 19, with its fades."""
    n = np.arange(rate)
    fade = np.minimum(1.0, np.minimum(n, n[::-1]) / (0.01 * rate))
    return np.tile(
        (amplitude * fade * np.sin(2 * np.pi * n / divisor + np.radians(degrees))).astype(np.float32), (2, 1)
    )


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("divisor", "degrees"), [(4, 0.0), (4, 45.0), (6, 60.0), (8, 67.5)])
@pytest.mark.parametrize("ceiling", [-1.0, -6.5])
def test_no_overs_on_the_true_peak_signals_of_the_ebu(divisor, degrees, ceiling, rate):
    done = limit(burst(rate, divisor, degrees, 1.41), rate, ceiling_dbtp=ceiling)
    assert measure_loudness(AudioBuffer(done.samples, rate)).true_peak_dbtp <= ceiling + 0.01


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("release", ["programme", "fast"])
def test_no_overs_between_the_samples_of_hot_music(rate, release):
    rng = np.random.default_rng(4)
    t = np.arange(6 * rate) / rate
    tones = sum(np.sin(2 * np.pi * hz * t + k) for k, hz in enumerate((110.0, 277.2, 1760.0, 9001.0)))
    hits = rng.standard_normal((2, t.size)) * np.exp(-((t % 0.4) / 0.02)) * 3.0
    hot = np.clip(0.8 * tones + hits, -1.0, 1.0).astype(np.float32)  # clipped masters overshoot between samples
    assert measure_loudness(AudioBuffer(hot, rate)).true_peak_dbtp > 1.0
    done = limit(hot, rate, ceiling_dbtp=-1.0, gain_db=2.0, release=release)
    after = measure_loudness(AudioBuffer(done.samples, rate))
    assert after.true_peak_dbtp <= -0.99
    assert after.true_peak_dbtp > -1.3
