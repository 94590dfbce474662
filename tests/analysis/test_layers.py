"""Compiled layers against sums written out."""

import numpy as np
import pytest

from maxbooster_kernel.analysis.layers import convolve, packed, padded


@pytest.mark.parametrize(("frames", "inputs", "outputs", "taps"), [(21, 5, 3, 5), (8, 20, 20, 1), (3, 36, 40, 3)])
def test_a_convolution_is_its_sums(frames, inputs, outputs, taps):
    rng = np.random.default_rng(frames)
    x = rng.standard_normal((frames + taps - 1, inputs)).astype(np.float32)
    weight = rng.standard_normal((outputs, inputs, taps)).astype(np.float32)
    bias = rng.standard_normal(outputs).astype(np.float32)
    out = np.ones((frames, padded(outputs)), np.float32)
    rows = np.arange(frames)
    convolve(x, rows * inputs, inputs, packed(weight, bias), out, rows * out.shape[1])
    expected = 1.0 + bias + sum(x[tap : tap + frames].astype(float) @ weight[:, :, tap].T for tap in range(taps))
    assert out[:, :outputs] == pytest.approx(expected, abs=2e-5)  # float32 sums of up to 108 products
    assert (out[:, outputs:] == 1.0).all()


def test_rows_lie_where_they_are_said_to():
    x, out = np.arange(10, dtype=np.float32), np.zeros((4, 16), np.float32)
    convolve(x, np.array([9, 0]), 0, packed(np.ones((1, 1, 1), np.float32)), out, np.array([32, 0]))
    assert out[:, 0].tolist() == [0.0, 0.0, 9.0, 0.0]
