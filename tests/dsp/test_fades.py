"""Fades: their closed forms, and joins that neither dip nor bulge."""

import numpy as np
import pytest

from maxbooster_kernel.dsp.fades import crossfaded, fade_curve, faded
from maxbooster_kernel.errors import AudioError


@pytest.mark.parametrize("shape", ["linear", "equal_power", "exponential", "smooth"])
def test_a_curve_rises_from_zero_towards_one(shape):
    curve = fade_curve(1000, shape=shape)
    assert curve[0] == 0.0
    assert 0.99 < curve[-1] < 1.0
    assert (np.diff(curve) > 0).all()


def test_closed_forms():
    assert fade_curve(4).tolist() == [0.0, 0.25, 0.5, 0.75]
    assert fade_curve(2, shape="equal_power")[1] == pytest.approx(np.sqrt(0.5))
    assert fade_curve(2, shape="exponential")[1] == pytest.approx(10 ** (-30 / 20))
    assert fade_curve(2, shape="smooth")[1] == pytest.approx(0.5)
    assert len(fade_curve(0)) == 0


def test_fades_touch_their_ends_only_and_not_the_argument():
    samples = np.ones((2, 10), np.float32)
    out = faded(samples, fade_in=2, fade_out=4)
    assert out[0].tolist() == [0, 0.5, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0]
    assert samples.min() == 1.0
    assert np.array_equal(faded(samples), samples)


def test_a_linear_crossfade_of_equal_signals_is_the_signal():
    first, second = np.ones((1, 8), np.float32), np.ones((1, 6), np.float32)
    joined = crossfaded(first, second, 4, shape="linear")
    assert np.allclose(joined, np.ones((1, 10)), atol=1e-7)


def test_an_equal_power_crossfade_keeps_the_power_of_noise():
    rng = np.random.default_rng(1)
    first, second = (rng.standard_normal((1, 60_000)).astype(np.float32) for _ in range(2))
    middle = crossfaded(first, second, 40_000)[0, 20_000:60_000]
    parts = (middle.reshape(4, -1) ** 2).mean(axis=1)
    assert np.allclose(parts, 1.0, atol=0.06)  # the spread of 10,000 squared normals is 0.014


def test_wrong_arguments_are_named():
    with pytest.raises(AudioError, match="shape linear"):
        fade_curve(3, shape="wavy")
    with pytest.raises(AudioError, match="0 to 3 frames"):
        faded(np.ones((1, 3), np.float32), fade_in=4)
    with pytest.raises(AudioError, match="at least 9 frames"):
        crossfaded(np.ones((1, 3), np.float32), np.ones((1, 3), np.float32), 9)
