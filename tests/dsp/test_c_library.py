"""Logarithms against the C library of this machine, bit for bit."""

from __future__ import annotations

import ctypes
import platform

import numpy as np
import pytest

from maxbooster_kernel.dsp.c_library import decimal_logarithm, logarithm, power_of_two

GNU = platform.libc_ver()[0] == "glibc" and tuple(map(int, platform.libc_ver()[1].split("."))) < (2, 41)


@pytest.mark.skipif(not GNU, reason="another C library rounds differently; the GNU one rounds correctly from 2.41 on")
@pytest.mark.parametrize(("name", "made"), [("logf", logarithm), ("log10f", decimal_logarithm)])
def test_the_last_bit_is_the_c_librarys(name, made):
    function = getattr(ctypes.CDLL("libm.so.6"), name)
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
    values = np.exp(np.random.default_rng(0).uniform(-14, 4, 20000)).astype(np.float32)
    around = np.float32([0.69921875, 0.98046875, 1.0, 1.0234375, 1.3984375, 2.0])
    for value in [*values, *around, *np.nextafter(around, np.float32(0))]:
        assert np.float32(made(value)) == np.float32(function(float(value))), value


@pytest.mark.skipif(not GNU, reason="another C library rounds differently")
def test_powers_of_two_have_the_c_librarys_last_bit():
    function = ctypes.CDLL("libm.so.6").exp2f
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
    for value in np.random.default_rng(0).uniform(-10, 10, 20000).astype(np.float32):
        assert np.float32(power_of_two(value)) == np.float32(function(float(value))), value


def test_what_is_exact():
    assert [float(decimal_logarithm(np.float32(10.0**k))) for k in (-3, -1, 0, 1, 3)] == [-3.0, -1.0, 0.0, 1.0, 3.0]
    assert float(logarithm(np.float32(1.0))) == 0.0
