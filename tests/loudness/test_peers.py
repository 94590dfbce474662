"""Agreement with ffmpeg's ebur128 and with libebur128 on music: I within 0.02 LU, true peak within 0.05 dB.

Their loudness ranges differ between themselves. EBU Tech 3342 asks for a value of 3 s at least every 100 ms and prints
the percentile's rank as round((n - 1) p + 1), which is what is done here. libebur128 takes a value every second;
ffmpeg's rank is round(n p), one lower at the quiet end, where a few steps of a fade may be 1 LU. Asked in their ways,
the numbers here are theirs.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
import shutil
import subprocess

import numpy as np
import pytest

from maxbooster_kernel.audio import AudioBuffer, read_audio
from maxbooster_kernel.loudness import Meter, gating, measure_loudness
from tests.conftest import missing

SONGS = ["chorale_00", "game_15", "gen_rock_0", "gen_trap_0"]


@pytest.fixture(scope="module")
def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if not found:
        missing("no ffmpeg: install it (Debian: apt-get install ffmpeg)")
    return str(found)


def ebur128(ffmpeg: str, path) -> tuple[float, float, float]:
    """Return I in LUFS, range in LU and true peak in dBTP as ffmpeg reads them."""
    chain = "ebur128=peak=true:metadata=1,ametadata=print:file=-"
    done = subprocess.run(
        [ffmpeg, "-hide_banner", "-nostats", "-i", str(path), "-af", chain, "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    values = dict(re.findall(r"lavfi\.r128\.(\w+)=(\S+)", done.stdout))
    peak = max(float(values["true_peaks_ch0"]), float(values["true_peaks_ch1"]))
    return float(values["I"]), float(values["LRA"]), 20 * np.log10(peak)


@pytest.mark.parametrize("song", SONGS)
def test_ffmpeg_reads_the_same(song, ffmpeg, test_data):
    path = test_data / "analysis" / f"{song}.ogg"
    integrated, loudness_range, true_peak = ebur128(ffmpeg, path)
    ours = measure_loudness(read_audio(path))
    assert ours.integrated_lufs == pytest.approx(integrated, abs=0.02)
    assert ours.true_peak_dbtp == pytest.approx(true_peak, abs=0.05)
    assert ours.range_lu == pytest.approx(loudness_range, abs=0.25)


STEEP = ["gen_funk_0", "gen_country_0", "gen_pop_0"]


def short_term(buffer: AudioBuffer) -> np.ndarray:
    meter = Meter(buffer.sample_rate, buffer.channels)
    meter.push(buffer.samples)
    return meter.energies(gating.SHORT_TERM_BINS)


@pytest.mark.parametrize("song", STEEP)
def test_where_ffmpeg_reads_another_range_it_is_the_rank(song, ffmpeg, test_data):
    path = test_data / "analysis" / f"{song}.ogg"
    _, loudness_range, _ = ebur128(ffmpeg, path)
    values = short_term(read_audio(path))[:: gating.STEP_BINS]
    gate = gating.relative_gate(values, below_lu=gating.RANGE_GATE_LU)
    kept = np.sort(values[values >= max(gate, gating.energy_of(gating.ABSOLUTE_GATE_LUFS))])
    low, high = gating.loudness_of(kept[[int(part * kept.size + 0.5) - 1 for part in (0.10, 0.95)]])
    assert high - low == pytest.approx(loudness_range, abs=0.03)


def libebur128(buffer: AudioBuffer) -> tuple[float, float, float]:
    """Return I, range and true peak as libebur128 reads them."""
    name = ctypes.util.find_library("ebur128")
    if not name:
        missing("no libebur128: install it (Debian: apt-get install libebur128-1)")
    library = ctypes.CDLL(name)
    library.ebur128_init.restype = ctypes.c_void_p
    library.ebur128_init.argtypes = [ctypes.c_uint, ctypes.c_ulong, ctypes.c_int]
    modes = 0b111111  # M, S, I, LRA, sample and true peak
    state = ctypes.c_void_p(library.ebur128_init(buffer.channels, buffer.sample_rate, modes))
    samples = np.ascontiguousarray(buffer.samples.T)
    library.ebur128_add_frames_float(state, samples.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(buffer.frames))
    value = ctypes.c_double()
    found = []
    for ask in (library.ebur128_loudness_global, library.ebur128_loudness_range):
        ask(state, ctypes.byref(value))
        found.append(value.value)
    peaks = []
    for channel in range(buffer.channels):
        library.ebur128_true_peak(state, ctypes.c_uint(channel), ctypes.byref(value))
        peaks.append(value.value)
    library.ebur128_destroy(ctypes.byref(state))
    return found[0], found[1], 20 * float(np.log10(max(peaks)))


@pytest.mark.parametrize("song", [*SONGS, *STEEP])
def test_libebur128_reads_the_same_and_its_range_at_its_own_step(song, test_data):
    buffer = read_audio(test_data / "analysis" / f"{song}.ogg")
    integrated, loudness_range, true_peak = libebur128(buffer)
    ours = measure_loudness(buffer)
    assert ours.integrated_lufs == pytest.approx(integrated, abs=1e-6)
    assert ours.true_peak_dbtp == pytest.approx(true_peak, abs=0.05)
    each_second = short_term(buffer)[:: 10 * gating.STEP_BINS]
    assert gating.loudness_range(each_second)[0] == pytest.approx(loudness_range, abs=1e-6)
