"""True peak: as exact as transforms of the whole signal say, at every rate, however it is cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.dsp.true_peak import magnitude_envelope, true_peak
from maxbooster_kernel.loudness import Meter

RATE = 44100


def decibels(value: float) -> float:
    return 20 * float(np.log10(value))


def exact(samples: np.ndarray) -> float:
    """Return the peak of the band-limited signal, 32 values a sample, by one transform of all of it."""
    size = samples.shape[-1]
    fine = np.fft.irfft(np.fft.rfft(samples.astype(np.float64), axis=-1), 32 * size, axis=-1)
    return float(np.abs(fine).max() * 32)


def hot(rate: int, up_to_hz: float, seed: int) -> np.ndarray:
    """Return noise up to a frequency with silence around it, clipped: as loud between samples as masters get."""
    rng = np.random.default_rng(seed)
    size = rate // 2
    spectrum = np.fft.rfft(rng.standard_normal(size))
    spectrum[np.fft.rfftfreq(size, 1 / rate) > up_to_hz] = 0.0
    noise = np.fft.irfft(spectrum, size)
    clipped = np.fft.rfft(np.clip(noise / noise.std(), -0.7, 0.7))
    clipped[np.fft.rfftfreq(size, 1 / rate) > up_to_hz] = 0.0
    return np.asarray(np.fft.irfft(clipped, size) * np.hanning(size), np.float32)


@pytest.mark.parametrize("rate", [44100, 48000, 96000, 192000])
@pytest.mark.parametrize("part", [0.2, 0.4, 0.45, 0.475])
@pytest.mark.parametrize("seed", range(3))
def test_noise_up_to_any_frequency_reads_as_its_transform_does(part, rate, seed):
    samples = hot(rate, part * rate, seed)
    assert decibels(true_peak(samples)) == pytest.approx(decibels(exact(samples)), abs=0.02)


@pytest.mark.parametrize("hz", [200.0, 997.0, 11025.0, 15000.0, 18000.0, 19999.0])
@pytest.mark.parametrize("degrees", [0.0, 45.0, 77.0])
def test_a_sine_reads_as_its_amplitude(hz, degrees):
    n = np.arange(RATE)
    sine = 0.5 * np.sin(2 * np.pi * hz * n / RATE + np.radians(degrees)) * np.hanning(RATE)
    assert decibels(true_peak(sine) / 0.5) == pytest.approx(0.0, abs=0.02)


@given(st.lists(st.integers(1, 700), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_any_blocks_read_the_same(sizes, seed):
    frames = sum(sizes)
    rng = np.random.default_rng(seed)
    samples = rng.standard_normal((2, frames)).astype(np.float32) * np.linspace(0.2, 1.0, frames, dtype=np.float32)
    whole, parts = Meter(RATE, 2), Meter(RATE, 2)
    whole.push(samples)
    for part in np.split(samples, np.cumsum(sizes)[:-1], axis=1):
        parts.push(part)
        parts.true_peaks()  # reading changes nothing
    np.testing.assert_array_equal(parts.true_peaks(), whole.true_peaks())
    assert whole.true_peak_dbtp == pytest.approx(decibels(true_peak(samples)), abs=1e-6)


def test_the_envelope_is_exact_where_it_is_asked_to_be():
    samples = hot(RATE, 0.475 * RATE, 0)[np.newaxis]
    peak = exact(samples)
    assert magnitude_envelope(samples).max() < 0.99 * peak
    assert magnitude_envelope(samples, exact_above=0.9 * peak).max() == pytest.approx(peak, rel=0.002)


@pytest.mark.parametrize("frames", [0, 1, 2, 17, 66, 132])
def test_short_signals(frames):
    samples = np.ones(frames, np.float32)
    expected = exact(np.pad(samples, 4096)) if frames else 0.0
    assert true_peak(samples) == pytest.approx(expected, rel=0.01)
    meter = Meter(RATE, 1)
    meter.push(samples[np.newaxis])
    assert meter.true_peaks().max(initial=0.0) == pytest.approx(expected, rel=0.01)
