"""Agreement with ffmpeg's ebur128 on music: I within 0.02 LU, true peak within 0.05 dB, range within 0.25 LU."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest

from maxbooster_kernel.audio import read_audio
from maxbooster_kernel.loudness import measure_loudness
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
