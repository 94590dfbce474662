"""Agreement with ffmpeg's ebur128 and with libebur128 on music: I within 0.02 LU, true peak within 0.05 dB.

That holds where their short filters reach: music that is loud above 19 kHz has true peaks that they read lower. On 37
pieces of recorded game music (``tests/bench/bench_loudness_agreement.py``), against the peak of the band-limited signal
by transforms, ours is within 0.02 dB on all; ffmpeg is within 0.05 dB on 35, 0.10 and 0.21 low on two; libebur128 on
33, up to 0.45 low.

Their loudness ranges differ between themselves. EBU Tech 3342 asks for a value of 3 s at least every 100 ms and prints
the percentile's rank as round((n - 1) p + 1), which is what is done here. libebur128 takes a value every second;
ffmpeg's rank is round(n p), one lower at the quiet end, where a few steps of a fade may be 1 LU. Asked in their ways,
the numbers here are theirs. On 37 pieces of recorded game music (``tests/bench/bench_loudness_agreement.py``) the range
is within 0.11 LU of ffmpeg's, and within 0.25 LU of libebur128's wherever these two agree that well themselves.
"""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from scipy import signal

from maxbooster_kernel.audio import AudioBuffer, read_audio
from maxbooster_kernel.loudness import gating, measure_loudness
from tests.conftest import missing
from tests.loudness.peers import ebur128, libebur128, short_term

SONGS = ["chorale_00", "game_15", "gen_rock_0", "gen_trap_0"]


@pytest.fixture(scope="module")
def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if not found:
        missing("no ffmpeg: install it (Debian: apt-get install ffmpeg)")
    return str(found)


@pytest.mark.parametrize("song", SONGS)
def test_ffmpeg_reads_the_same(song, ffmpeg, test_data):
    path = test_data / "analysis" / f"{song}.ogg"
    integrated, loudness_range, true_peak = ebur128(ffmpeg, path)
    ours = measure_loudness(read_audio(path))
    assert ours.integrated_lufs == pytest.approx(integrated, abs=0.02)
    assert ours.true_peak_dbtp == pytest.approx(true_peak, abs=0.05)
    assert ours.range_lu == pytest.approx(loudness_range, abs=0.25)


STEEP = ["gen_funk_0", "gen_country_0", "gen_pop_0"]


@pytest.mark.parametrize("song", STEEP)
def test_where_ffmpeg_reads_another_range_it_is_the_rank(song, ffmpeg, test_data):
    path = test_data / "analysis" / f"{song}.ogg"
    _, loudness_range, _ = ebur128(ffmpeg, path)
    values = short_term(read_audio(path))[:: gating.STEP_BINS]
    gate = gating.relative_gate(values, below_lu=gating.RANGE_GATE_LU)
    kept = np.sort(values[values >= max(gate, gating.energy_of(gating.ABSOLUTE_GATE_LUFS))])
    low, high = gating.loudness_of(kept[[int(part * kept.size + 0.5) - 1 for part in (0.10, 0.95)]])
    assert high - low == pytest.approx(loudness_range, abs=0.03)


@pytest.mark.parametrize("song", [*SONGS, *STEEP])
def test_libebur128_reads_the_same_and_its_range_at_its_own_step(song, test_data):
    buffer = read_audio(test_data / "analysis" / f"{song}.ogg")
    integrated, loudness_range, true_peak = libebur128(buffer)
    ours = measure_loudness(buffer)
    assert ours.integrated_lufs == pytest.approx(integrated, abs=1e-6)
    assert ours.true_peak_dbtp == pytest.approx(true_peak, abs=0.05)
    each_second = short_term(buffer)[:: 10 * gating.STEP_BINS]
    assert gating.loudness_range(each_second)[0] == pytest.approx(loudness_range, abs=1e-6)


def song(seconds: float, rate: int) -> np.ndarray:
    """Return dull noise in bars and parts of different loudness, stereo, with fades at both ends."""
    rng = np.random.default_rng(7)
    t = np.arange(round(seconds * rate)) / rate
    parts = np.interp(t, np.linspace(0, seconds, 13), 10 ** (rng.uniform(-26, -10, 13) / 20))
    bars = 0.6 + 0.4 * np.exp(-(t % 0.5) / 0.12)
    fades = np.clip(np.minimum(t, seconds - t) / 6.0, 0.0, 1.0)
    low_pass = signal.butter(2, 3000, fs=rate, output="sos")  # as music: oversamplers differ at half the rate
    noise = signal.sosfilt(low_pass, rng.standard_normal((2, t.size), np.float32))
    return np.asarray(0.9 * noise * parts * bars * fades, np.float32)


def test_a_song_of_usual_length_reads_the_same_everywhere(ffmpeg, tmp_path):
    rate = 44100
    path = AudioBuffer(song(150, rate), rate).write(tmp_path / "song.wav", bit_depth="32f")
    buffer = read_audio(path)
    ours = measure_loudness(buffer)
    for integrated, loudness_range, true_peak in (ebur128(ffmpeg, path), libebur128(buffer)):
        assert ours.integrated_lufs == pytest.approx(integrated, abs=0.02)
        assert ours.true_peak_dbtp == pytest.approx(true_peak, abs=0.05)
        assert ours.range_lu == pytest.approx(loudness_range, abs=0.25)
