"""The mix kernels' closed forms: curves, coefficients, pan law, polynomials, reverb; and the cache of compiled code."""

from __future__ import annotations

import importlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from maxbooster_kernel.dsp import kernel as kernels
from maxbooster_kernel.dsp import polynomials, reverb
from maxbooster_kernel.dsp.biquad import FILTERS, biquad_coefficients
from maxbooster_kernel.dsp.compressor import compressor_values
from maxbooster_kernel.dsp.panner import pan_matrix

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("function", "exact", "values"),
    [
        (polynomials.exp2, np.exp2, RNG.uniform(-60, 20, 2000)),
        (polynomials.log2, np.log2, RNG.uniform(1e-6, 8, 2000)),
        (polynomials.sin_of_quarter_turns, lambda x: np.sin(x * np.pi / 2), RNG.uniform(0, 1, 2000)),
        (polynomials.asin_in_quarter_turns, lambda x: np.arcsin(x) * 2 / np.pi, [*RNG.uniform(0, 1, 2000), 0.0, 1.0]),
    ],
)
def test_polynomials_round_to_the_neighbouring_single_at_most(function, exact, values):
    made = np.array([function(float(value)) for value in values]).astype(np.float32)
    right = exact(np.asarray(values)).astype(np.float32)
    assert np.abs(made - right).max() <= np.spacing(np.abs(right).max())
    assert (made != right).mean() < 0.01


@pytest.mark.parametrize(
    ("settings", "k", "makeup"),
    [((-24, 30, 12), 1.93611, 1.52414), ((-24, 30, 3), 0.955421, 1.25799), ((-1, 0, 20), 9997.68, 1.06782)],
)
def test_static_curves_of_the_seeds_compressors(settings, k, makeup):
    values = np.zeros(13, np.float32)
    compressor_values(*map(float, settings), 0.003, 0.25, 44100.0, values)
    assert (values[2], values[6]) == pytest.approx((k, makeup), rel=1e-5)


def test_release_polynomial():
    values = np.zeros(13, np.float32)
    compressor_values(-24.0, 30.0, 12.0, 0.003, 1.0, 1.0, values)
    expected = [0.09000000357627869, 0.0059887501411139965, 0.05040951445698738, 0.012655416503548622, 0.0009463194292]
    assert values[8:].tolist() == pytest.approx(expected, rel=1e-5)


def response(coefficients, frequency, rate=44100):
    b0, b1, b2, a1, a2 = coefficients
    z = np.exp(-2j * np.pi * frequency / rate)
    return 20 * np.log10(abs((b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)) + 1e-30)


@pytest.mark.parametrize(
    ("name", "frequency", "level"),
    [
        ("peaking", 1000, 6.0), ("peaking", 20, 0.0), ("lowshelf", 10, 6.0), ("lowshelf", 20000, 0.0),
        ("highshelf", 21000, 6.0), ("highshelf", 10, 0.0), ("bandpass", 1000, 0.0), ("allpass", 3000, 0.0),
        ("lowpass", 10, 0.0), ("highpass", 21000, 0.0), ("lowpass", 1000, 1.0), ("notch", 10, 0.0),
    ],
)  # fmt: skip
def test_filters_have_their_level(name, frequency, level):
    coefficients = biquad_coefficients(FILTERS.index(name), 1000.0, 1.0, 6.0, 0.0, 44100.0)
    assert response(coefficients, frequency) == pytest.approx(level, abs=0.05)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("frequency", [0.0, 22050.0, 40000.0])
def test_filters_at_the_edges_are_flat(name, frequency):
    b0, *rest = biquad_coefficients(FILTERS.index(name), frequency, 1.0, 6.0, 0.0, 44100.0)
    assert rest == [0.0, 0.0, 0.0, 0.0]
    assert b0 in (0.0, 1.0) or b0 == pytest.approx(10 ** (6 / 20), rel=1e-6)


@pytest.mark.parametrize("pan", [-1.0, -0.3, 0.0, 0.5, 1.0])
def test_panning_mono_keeps_the_power(pan):
    a, _, c, _ = pan_matrix(np.float32(pan), True)
    assert a * a + c * c == pytest.approx(1.0)


def test_reverb_is_carried_from_piece_to_piece():
    sound = RNG.standard_normal((2, 9000)).astype(np.float32)
    state = reverb.reverb_state(44100)
    whole = reverb.reverberate(sound, reverb.reverb_state(44100), sample_rate=44100)
    cuts = [sound[:, :100], sound[:, 100:5000], sound[:, 5000:]]
    pieces = [reverb.reverberate(np.ascontiguousarray(cut), state, sample_rate=44100) for cut in cuts]
    assert np.array_equal(np.concatenate(pieces, axis=1), whole)


def test_reverb_is_its_impulse_response():
    from scipy.signal import fftconvolve

    sound = 0.1 * RNG.standard_normal((2, 20000)).astype(np.float32)
    made = reverb.reverberate(sound, reverb.reverb_state(44100), sample_rate=44100)
    folded = fftconvolve(sound[0].astype(float), reverb.impulse_response(44100).astype(float))[:20000]
    assert 20 * math.log10(np.abs(folded - made[0]).max()) < -110


LOWER = """
from maxbooster_kernel.dsp.kernel import kernel
SCALE = 3.0
@kernel
def scaled(x):
    return x * SCALE
"""
UPPER = """
import numpy as np
from maxbooster_kernel.dsp.kernel import kernel
from lower import scaled
@kernel
def total(x):
    return scaled(x) + 1.0
@kernel
def weighted(values, weights):
    found = 0.0
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            found += values[i, j] * weights[j]
    return found, values.shape[0] > 1
@kernel
def counted(count):
    return np.arange(count)
"""
RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import upper
print(upper.total(2.0), "numba" in sys.modules)
"""


@pytest.fixture
def library(tmp_path):
    (tmp_path / "lower.py").write_text(LOWER)
    (tmp_path / "upper.py").write_text(UPPER)
    return tmp_path


def run(library):
    command = [sys.executable, "-c", RUN, str(library)]
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(library / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    value, numba = done.stdout.split()
    return float(value), numba == "True"


def test_machine_code_is_kept_until_a_constant_or_callee_in_another_file_changes(library):
    assert run(library) == (7.0, True)
    assert run(library) == (7.0, False)  # from its file, the compiler not even loaded
    (library / "lower.py").write_text(LOWER.replace("3.0", "5.0"))
    assert run(library) == (11.0, True)
    kept = list((library / "cache").rglob("upper.total-*.o"))
    assert len(kept) == 1
    kept[0].write_bytes(kept[0].read_bytes()[:-100])  # a killed process, a full disk
    assert run(library) == (11.0, True)


def test_kernels_take_arrays_of_all_layouts_and_return_tuples(library, monkeypatch):
    monkeypatch.syspath_prepend(str(library))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(library / "cache"))
    upper = importlib.import_module("upper")
    values, weights = RNG.integers(0, 9, (6, 8)).astype(float), RNG.integers(0, 9, 8).astype(float)
    for shaped in (values, np.asfortranarray(values), values[::2, ::-1], values.astype(np.float32)):
        assert upper.weighted(shaped, weights) == ((shaped * weights).sum(), True)
    assert upper.weighted(values[:1, ::2], weights[::2][:4]) == ((values[:1, ::2] * weights[::2]).sum(), False)
    assert upper.counted(4).tolist() == [0, 1, 2, 3]  # allocates: run by Numba
    with pytest.raises(TypeError, match="got str"):
        upper.total("2")


def test_another_numba_runs_kernels_itself(library, monkeypatch):
    def differs(*_):
        raise AttributeError("'Library' object has no attribute '_final_module'")

    monkeypatch.syspath_prepend(str(library))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(library / "cache"))
    monkeypatch.setattr("maxbooster_kernel.dsp.compilation._compiled", differs)
    monkeypatch.delitem(sys.modules, "upper", raising=False)
    upper = importlib.import_module("upper")
    values, weights = RNG.integers(0, 9, (6, 8)).astype(float), RNG.integers(0, 9, 8).astype(float)
    assert upper.weighted(values, weights) == ((values * weights).sum(), True)


def test_the_engine_digest_covers_the_sources():
    assert len(kernels.engine_digest()) == 64
    assert kernels.kernel_digest(biquad_coefficients) != kernels.kernel_digest(pan_matrix)
