"""What ffmpeg's ebur128 and libebur128 read; both come from Debian."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import re
import subprocess

import numpy as np

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.loudness import Meter, gating
from tests.conftest import missing


def ebur128(ffmpeg: str, path: str | os.PathLike[str]) -> tuple[float, float, float]:
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


def short_term(buffer: AudioBuffer) -> np.ndarray:
    """Return the mean energy of every window of 3 s, one each 10 ms."""
    meter = Meter(buffer.sample_rate, buffer.channels)
    meter.push(buffer.samples)
    return meter.energies(gating.SHORT_TERM_BINS)
