"""Vectors inside kernels: the same formula on numbers and on lanes gives the same bits; tiles are turned right."""

from __future__ import annotations

import numpy as np
import pytest

from maxbooster_kernel.dsp import polynomials
from maxbooster_kernel.dsp.kernel import kernel
from maxbooster_kernel.dsp.lanes import lanes_of, load_rows, store_rows
from maxbooster_kernel.dsp.vectors import anywhere, double, evens, load, odds, select, single, splat, store

RNG = np.random.default_rng(2)
FOUR = (0,) * 4


def on_vectors(formula):
    @kernel
    def run(values, out):
        for i in range(0, len(values), 4):
            store(out, i, formula(load(FOUR, values, i)))

    return run


@pytest.mark.parametrize("name", ["exp2", "log2", "sin_of_quarter_turns", "asin_in_quarter_turns", "log10_single"])
def test_numbers_and_vectors_give_the_same_bits(name):
    formula = getattr(polynomials, name)
    values = RNG.uniform(0.001, 1, 64).astype(np.float32 if name.endswith("single") else np.float64)
    out = np.empty_like(values)
    on_vectors(formula)(values, out)
    assert out.tolist() == [formula(value) for value in values]


@pytest.mark.parametrize(
    ("name", "exact", "values"),
    [
        ("log2_single", np.log2, RNG.uniform(0.001, 1, 400)),
        ("exp_less_one", np.expm1, RNG.uniform(0, 0.25, 400)),
    ],
)
def test_single_polynomials(name, exact, values):
    single_values = values.astype(np.float32)
    out = np.empty_like(single_values)
    on_vectors(getattr(polynomials, name))(single_values, out)
    assert out == pytest.approx(exact(single_values.astype(float)), rel=3e-7)


def test_operators_are_those_of_arrays():
    @kernel
    def run(one, other, out):
        a, b = load(FOUR, one, 0), load(FOUR, other, 0)
        store(out, 0, (a + b * np.float32(2.0)) / (np.float32(3.0) - b))
        store(out, 4, select((a > b) & (b != np.float32(0.0)), -a, b))
        store(out, 8, evens(a, b))
        store(out, 12, odds(a, b))
        store(out, 16, single(double(a) * 0.1) + splat(FOUR, np.float32(1.0)))
        return anywhere(a < b), anywhere(a > np.float32(100.0))

    a, b = (RNG.uniform(-1, 1, 4).astype(np.float32) for _ in range(2))
    out = np.empty(20, np.float32)
    found = run(a, b, out)
    both = np.concatenate([a, b])
    expected = [(a + b * np.float32(2)) / (np.float32(3) - b), np.where(a > b, -a, b), both[::2], both[1::2]]
    assert np.array_equal(out[:16], np.concatenate(expected))
    assert np.array_equal(out[16:], (a.astype(float) * 0.1).astype(np.float32) + np.float32(1))
    assert found == (bool((a < b).any()), False)


@pytest.mark.parametrize("count", [1, 2, 16])
def test_blocks_are_turned_into_rows_and_back(count):
    sounds = RNG.standard_normal((count, 2, 256)).astype(np.float32)
    made = np.zeros_like(sounds)
    rows = np.zeros(256 * count, np.float32)

    def addresses(samples):
        return np.array([channel.ctypes.data for sound in samples for channel in sound], np.int64)

    load_rows(lanes_of(count), addresses(sounds), 128, rows)
    assert np.array_equal(rows.reshape(128, 2, count), sounds[:, :, 128:].transpose(2, 1, 0))
    store_rows(lanes_of(count), rows, 128, addresses(made))
    assert np.array_equal(made[:, :, 128:], sounds[:, :, 128:])
    assert not made[:, :, :128].any()
