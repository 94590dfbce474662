"""Dither: its noise has the variance theory says, its error no trace of the signal; shaping moves it out of hearing."""

import numpy as np
import pytest

from maxbooster_kernel.dsp.dither import SHAPING, on_grid, quantize

RATE = 44100


def low_tone(frames=RATE * 4, level=1.3):
    """A tone of 1.3 steps of 16 bit: what plain rounding turns into a square wave."""
    return (level * 2.0**-15 * np.sin(2 * np.pi * 997 * np.arange(frames) / RATE))[np.newaxis].astype(np.float32)


def error_of(tone, dither):
    steps = quantize(tone, 16, dither=dither, rng=np.random.default_rng(1))
    return steps[0] - tone[0].astype(np.float64) * 2**15


def test_rounding_is_to_the_nearest_step_and_clips():
    samples = np.array([[0.0, 0.4 / 128, 0.6 / 128, 1.0, -1.0, 3.0, -3.0]], np.float32)
    assert quantize(samples, 8).tolist() == [[0, 0, 1, 127, -128, 127, -128]]


def test_tpdf_noise_has_the_variance_of_theory():
    error = error_of(low_tone(), "tpdf")
    assert error.mean() == pytest.approx(0.0, abs=0.01)
    assert error.var() == pytest.approx(1 / 4, rel=0.02)  # 1/12 of rounding and 2/12 of the noise, in steps squared


def test_tpdf_takes_the_distortion_away():
    def harmonic_to_noise(dither):
        power = np.abs(np.fft.rfft(error_of(low_tone(), dither) * np.hanning(RATE * 4))) ** 2
        third = power[4 * 2991 - 4 : 4 * 2991 + 5].max()
        return 10 * np.log10(third / np.median(power))

    assert harmonic_to_noise("none") > 40
    assert harmonic_to_noise("tpdf") < 15


def test_shaping_follows_its_curve():
    error = error_of(np.zeros((1, RATE * 8), np.float32) + np.float32(1e-5), "shaped")
    frames = np.lib.stride_tricks.sliding_window_view(error, 2048)[::1024] * np.hanning(2048)
    measured = 10 * np.log10((np.abs(np.fft.rfft(frames)) ** 2).mean(axis=0))
    curve = 20 * np.log10(np.abs(np.fft.rfft([1.0, *-SHAPING], 2048)))
    difference = (measured - curve)[20:1000]
    assert difference.std() < 0.6  # dB; spread of the mean of 340 spectra
    frequency = np.fft.rfftfreq(2048, 1 / RATE)
    keen, high = (frequency > 3000) & (frequency < 4500), frequency > 15000
    assert curve[keen].mean() < -10 < 10 < curve[high].mean()


@pytest.mark.parametrize("dither", ["tpdf", "shaped"])
def test_blocks_give_what_the_whole_gives(dither):
    samples = np.random.default_rng(3).uniform(-1, 1, (2, 5000)).astype(np.float32)
    whole = quantize(samples, 16, dither=dither, rng=np.random.default_rng(7))
    rng, errors = np.random.default_rng(7), np.zeros((2, len(SHAPING)))
    parts = [
        quantize(samples[:, start : start + 777], 16, dither=dither, rng=rng, errors=errors)
        for start in range(0, 5000, 777)
    ]
    assert np.array_equal(np.concatenate(parts, axis=1), whole)


def test_shaping_stays_bounded_where_it_clips():
    loud = np.full((1, 20_000), 1.5, np.float32)
    errors = np.zeros((1, len(SHAPING)))
    steps = quantize(loud, 16, dither="shaped", errors=errors)
    assert (steps == 32767).all()
    assert np.abs(errors).max() < 10


def test_on_grid():
    assert on_grid(np.array([[0.25, -1.0]], np.float32), 16)
    assert not on_grid(np.array([[1.0]], np.float32), 16)
    assert not on_grid(np.array([[2.0**-20]], np.float32), 16)
    assert on_grid(np.empty((2, 0), np.float32), 16)
