"""The limiter: no true peak passes, sines stay clean, gain is in place before the peak, silence and short blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.dsp.limiter import LOOKAHEAD_S, gain_curve, limit
from maxbooster_kernel.dsp.true_peak import magnitude_envelope, true_peak


def decibels(value: float) -> float:
    return 20 * np.log10(max(value, 1e-12))


def exact_peak(samples: np.ndarray) -> float:
    """Return the peak of the band-limited signal, sixteen values a sample, by the FFT."""
    size = samples.shape[-1]
    spectrum = np.fft.rfft(samples, axis=-1)
    return float(np.abs(np.fft.irfft(spectrum, 16 * size, axis=-1)).max() * 16)


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("hz", [50.0, 100.0, 440.0, 997.0, 5000.0])
def test_sines_stay_clean(hz, rate):
    hz = round(hz * 2) / 2
    t = np.arange(4 * rate) / rate
    sine = np.sin(2 * np.pi * hz * t)[np.newaxis].astype(np.float32)
    whole = limit(sine, rate, ceiling_dbtp=-1.0, gain_db=6.0).samples[0].astype(np.float64)
    out = whole[rate : 3 * rate]  # a sine that breaks off overshoots at its end
    size = out.size
    spectrum = np.abs(np.fft.rfft(out)) ** 2
    fundamental = round(hz * size / rate)
    residue = spectrum.sum() - spectrum[fundamental] - spectrum[0]
    assert 10 * np.log10(residue / spectrum[fundamental]) < -80  # THD+N
    assert decibels(true_peak(whole)) == pytest.approx(-1.0, abs=0.1)


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize(
    ("divisor", "degrees"), [(4, 0.0), (4, 45.0), (6, 60.0), (8, 67.5)], ids=["15", "16", "17", "18"]
)
def test_no_overs_on_the_true_peak_signals(divisor, degrees, rate):
    n = np.arange(rate)
    sine = np.sin(2 * np.pi * n / divisor + np.radians(degrees)) * np.minimum(1, np.minimum(n, n[::-1]) / (0.01 * rate))
    out = limit(sine[np.newaxis].astype(np.float32), rate, ceiling_dbtp=-1.0, gain_db=9.0).samples
    assert decibels(true_peak(out)) <= -0.99
    assert decibels(exact_peak(out)) <= -0.9


@pytest.mark.parametrize("rate", [44100, 48000])
def test_hot_music_has_no_intersample_overs(rate):
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((2, 2 * rate)) * np.where(np.arange(2 * rate) % 5000 < 600, 1.5, 0.2)
    clipped = np.clip(noise, -1, 1).astype(np.float32)
    assert decibels(true_peak(clipped)) > 1.0
    out = limit(clipped, rate, ceiling_dbtp=-1.0).samples
    assert decibels(true_peak(out)) <= -0.99
    assert decibels(exact_peak(out)) <= -0.2  # as loud at half the rate as anywhere, where no filter is flat


@pytest.mark.parametrize(("rate", "edge"), [(44100, 0.475), (48000, 0.475), (44100, 0.49)])
def test_what_ends_below_half_the_rate_keeps_its_exact_peak_under_the_ceiling(rate, edge):
    rng = np.random.default_rng(1)
    size = 2 * rate
    spectrum = np.fft.rfft(rng.standard_normal(size))
    spectrum[np.fft.rfftfreq(size) > edge] = 0.0  # 20.9 and 21.6 kHz at 44.1 kHz
    noise = np.fft.irfft(spectrum, size) * np.where(np.arange(size) % 5000 < 600, 1.5, 0.2) * np.hanning(size)
    out = limit(noise[np.newaxis].astype(np.float32), rate, ceiling_dbtp=-1.0, gain_db=6.0).samples
    assert decibels(exact_peak(out)) <= -0.95


def test_one_peak_is_met_in_time_and_released():
    rate = 48000
    samples = np.full((1, rate), 0.1, np.float32)
    samples[0, 20000] = 2.0
    done = limit(samples, rate, ceiling_dbtp=0.0)
    assert abs(done.samples[0, 20000]) <= 1.0
    before = 20000 - round(LOOKAHEAD_S * rate) - 20
    assert np.all(done.gain[:before] == 1.0)
    assert 20 * np.log10(done.gain[20000 + rate // 2]) > -0.5
    assert np.abs(np.diff(done.gain)).max() < 0.02


def test_all_channels_move_together():
    rng = np.random.default_rng(0)
    samples = rng.standard_normal((2, 9600)).astype(np.float32)
    samples[1] *= 0.01
    done = limit(samples, 48000, ceiling_dbtp=-6.0)
    np.testing.assert_allclose(done.samples, samples * done.gain, rtol=1e-6)


def test_below_the_ceiling_nothing_changes():
    samples = 0.3 * np.sin(np.arange(4800) / 7, dtype=np.float32)[np.newaxis]
    done = limit(samples, 48000, ceiling_dbtp=-1.0)
    np.testing.assert_array_equal(done.samples, samples)


@given(st.integers(0, 3000), st.integers(0, 2**32 - 1), st.sampled_from([8000, 44100]))
def test_the_gain_always_holds_the_envelope(frames, seed, rate):
    rng = np.random.default_rng(seed)
    envelope = (rng.exponential(0.5, frames) * (rng.random(frames) < 0.05)).astype(np.float32)
    gain = gain_curve(envelope, rate, ceiling=0.5)
    assert gain.shape == (frames,)
    assert (envelope * gain).max(initial=0.0) <= 0.5 * (1 + 1e-5)
    assert ((gain > 0) & (gain <= 1)).all()


def test_the_envelope_knows_what_lies_between():
    n = np.arange(4800)
    sine = 0.5 * np.sin(np.pi * n / 2 + np.pi / 4)[np.newaxis].astype(np.float32)
    assert np.abs(sine).max() < 0.36
    assert magnitude_envelope(sine)[100:-100].min() == pytest.approx(0.5, abs=0.01)
