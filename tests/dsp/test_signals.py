"""Test signals have the level, frequency and spectrum they say."""

import numpy as np
import pytest

from maxbooster_kernel.dsp.signals import burst, impulse, pink_noise, sine, square, stereo, sweep, white_noise

RATE = 48000


def test_a_sine_has_its_level_phase_and_frequency():
    tone = sine(1000, 1.0, RATE, level_dbfs=-6.0)
    assert len(tone) == RATE
    assert np.abs(np.fft.rfft(tone)).argmax() == 1000
    assert np.abs(tone).max() == pytest.approx(10 ** (-6 / 20), rel=1e-6)
    assert sine(1000, 0.1, RATE, phase_deg=90)[0] == 1.0


def test_a_square_has_odd_harmonics_only_and_none_above_nyquist():
    power = np.abs(np.fft.rfft(square(1000, 1.0, RATE))) / (RATE / 2)
    assert power[1000] == pytest.approx(4 / np.pi, rel=1e-5)
    assert power[3000] == pytest.approx(4 / np.pi / 3, rel=1e-5)
    assert power[2000] < 1e-5
    assert power[np.arange(len(power)) % 1000 != 0].max() < 1e-5  # nothing folded back


def test_a_sweep_spends_equal_time_on_every_octave():
    signal = sweep(20, 20000, 10.0, RATE)
    octaves = np.log2(1000)
    for octave in (2, 5, 8):
        middle = round((octave + 0.5) / octaves * 10 * RATE)
        part = signal[middle - 4096 : middle + 4096] * np.hanning(8192)
        peak = np.abs(np.fft.rfft(part)).argmax() * RATE / 8192
        assert peak == pytest.approx(20 * 2 ** (octave + 0.5), rel=0.15)  # the sweep moves on inside the window


@pytest.mark.parametrize(("make", "slope_db"), [(white_noise, 0.0), (pink_noise, -3.01)])
def test_noise_has_its_rms_and_slope(make, slope_db):
    noise = make(4.0, RATE, seed=1, level_dbfs=-12.0)
    assert 20 * np.log10(np.sqrt((noise.astype(float) ** 2).mean())) == pytest.approx(-12.0, abs=1e-3)
    power = np.abs(np.fft.rfft(noise)) ** 2
    frequency = np.fft.rfftfreq(len(noise), 1 / RATE)
    bands = [power[(frequency >= low) & (frequency < 2 * low)].mean() for low in (250, 500, 1000, 2000, 4000, 8000)]
    measured = np.polyfit(np.arange(6), 10 * np.log10(bands), 1)[0]
    assert measured == pytest.approx(slope_db, abs=0.15)  # spread of the band means at 4 s
    assert np.array_equal(noise, make(4.0, RATE, seed=1, level_dbfs=-12.0))
    assert not np.array_equal(noise, make(4.0, RATE, seed=2, level_dbfs=-12.0))


def test_impulse_burst_and_stereo():
    assert impulse(5, at=2, level_dbfs=-20).tolist() == [0, 0, np.float32(0.1), 0, 0]
    assert burst(np.ones(7, np.float32), 2, 1).tolist() == [1, 1, 0, 1, 1, 0, 1]
    one = impulse(3)
    assert np.array_equal(stereo(one), [one, one])
    assert np.array_equal(stereo(one, -one), [one, -one])
    assert len(pink_noise(0.0, RATE)) == 0
