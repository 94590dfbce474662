"""The analysis as a whole: programmes whose truth is known by construction, and programmes that say nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from maxbooster_kernel.analysis import analyze
from maxbooster_kernel.analysis.report import analyze_file
from maxbooster_kernel.audio import AudioBuffer

RATE = 22050


def note(midi: float, seconds: float, rate: int = RATE) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    hz = 440 * 2 ** ((midi - 69) / 12)
    decay = np.exp(-2.5 * t) * np.minimum(1.0, t / 0.005)
    return decay * sum(np.sin(2 * np.pi * hz * k * t) / k**1.5 for k in range(1, 7) if hz * k < rate / 2)


def song(bpm: float, chords: list[list[int]], *, bars: int = 12, deviation: float = 0.0, rate: int = RATE):
    """Return bars of four beats: a chord in a bar, its root in the bass, and a click on each beat, louder on one."""
    beat = 60 / bpm
    total = np.zeros(round((bars * 4 + 2) * beat * rate))
    rng = np.random.default_rng(1)
    for bar in range(bars):
        notes = chords[bar % len(chords)]
        for k in range(4):
            start = round((bar * 4 + k) * beat * rate)
            for pitch in notes if k in (0, 2) else []:
                tone = 0.15 * note(pitch + deviation, 2 * beat, rate)
                total[start : start + tone.size] += tone
            if k == 0:
                low = 0.3 * note(notes[0] - 24 + deviation, 3 * beat, rate)
                total[start : start + low.size] += low
            click = (0.5 if k == 0 else 0.25) * rng.standard_normal(rate // 40) * np.exp(-np.arange(rate // 40) / 60)
            total[start : start + click.size] += click
    return AudioBuffer(total[np.newaxis].astype(np.float32), rate)


C, F, G, AM = [60, 64, 67], [65, 69, 72], [67, 71, 74], [69, 72, 76]


@pytest.mark.parametrize("bpm", [84.0, 117.0, 132.0])
def test_tempo_and_beats_of_a_steady_song(bpm):
    result = analyze(song(bpm, [C, F, G, C]))
    assert result.bpm == pytest.approx(bpm, rel=0.01)
    truth = np.arange(48) * 60 / bpm
    distance = np.abs(result.beats_s[:, np.newaxis] - truth).min(axis=1)
    inside = result.beats_s < truth[-1]
    assert np.percentile(distance[inside], 90) < 0.035
    assert result.bpm_confidence > 0.5
    assert sum(weight for _, weight in result.bpm_alternatives) == pytest.approx(1.0)
    assert result.bpm_alternatives[0][0] == result.bpm


def test_key_chords_metre_and_tuning():
    result = analyze(song(110.0, [C, AM, F, G], deviation=0.25))
    assert (result.key, result.scale) == ("C", "major")
    assert result.tuning_hz == pytest.approx(440 * 2 ** (0.25 / 12), abs=0.8)
    labels = [chord.label for chord in result.chords]
    assert labels[:4] == ["C:maj", "A:min", "F:maj", "G:maj"]
    assert result.time_signature == "4/4"
    bars = np.arange(12) * 4 * 60 / 110
    assert np.abs(result.downbeats_s[:, np.newaxis] - bars).min(axis=1).max() < 0.07 or result.downbeats_s.size >= 12


def test_a_tempo_change_is_followed():
    slow, fast = song(90.0, [C, F], bars=8), song(126.0, [C, F], bars=12)
    result = analyze(AudioBuffer(np.concatenate([slow.samples, fast.samples], axis=1), RATE))
    curve = result.tempo_curve
    assert np.median(curve[curve[:, 0] < 17, 1]) == pytest.approx(90, rel=0.03)
    assert np.median(curve[curve[:, 0] > 30, 1]) == pytest.approx(126, rel=0.03)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((2, 5 * RATE)),
        np.zeros((1, 0)),
        np.full((1, 5 * RATE), 0.5),
        np.ones((1, round(0.1 * RATE))) * 0.1,
        np.full((1, RATE), np.nan),
    ],
    ids=["silence", "empty", "dc", "short", "nan"],
)
def test_programmes_without_music_have_no_tempo_and_no_key(samples):
    result = analyze(AudioBuffer(samples.astype(np.float32), RATE)).to_dict()
    assert result["bpm"] is result["key"] is result["chords"] is result["tuning_hz"] is None
    json.dumps(result, allow_nan=False)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44100, 8), (192000, 2)])
def test_every_rate_and_channel_count(rate, channels):
    buffer = song(120.0, [C, G], bars=4, rate=rate)
    result = analyze(AudioBuffer(np.tile(buffer.samples, (channels, 1)), rate))
    assert result.bpm == pytest.approx(120.0, rel=0.02)
    json.dumps(result.to_dict(), allow_nan=False)


def test_gain_changes_no_musical_field():
    buffer = song(100.0, [C, F, G], bars=6)
    loud, soft = analyze(buffer), analyze(AudioBuffer(buffer.samples * 0.125, RATE))
    assert loud.bpm == pytest.approx(soft.bpm)
    assert loud.chords == soft.chords
    assert loud.danceability == pytest.approx(soft.danceability, abs=1e-3)


def test_the_card_reads_without_colour():
    card = analyze(song(100.0, [C, F, G, C], bars=8))._repr_html_()
    assert "100.0 BPM" in card
    assert "C major" in card
    assert "Integrated" in card


def test_a_file_gives_what_its_samples_give(tmp_path):
    buffer = song(110.0, [C, AM, F, G], bars=8)
    buffer.write(tmp_path / "song.wav", bit_depth="32f")
    whole, streamed = analyze(buffer), analyze_file(tmp_path / "song.wav")
    assert streamed.file == str(tmp_path / "song.wav")
    assert len(streamed.sha256) == 64
    np.testing.assert_allclose(streamed.beats_s, whole.beats_s, atol=1e-3)
    assert [chord.label for chord in streamed.chords] == [chord.label for chord in whole.chords]
    for name in ("energy", "dynamic_complexity", "spectral_centroid_hz", "danceability", "tuning_hz", "bpm"):
        assert getattr(streamed, name) == pytest.approx(getattr(whole, name), rel=1e-4), name
    assert streamed.loudness.integrated_lufs == pytest.approx(whole.loudness.integrated_lufs)


def test_shown_in_one_line_and_in_parts():
    result = analyze(song(120.0, [C, F], bars=20))
    assert repr(result).startswith("Analysis(41.0 s, 120.0 BPM")
    assert "\n" not in repr(result)
    assert len(repr(result)) < 100
    assert {key for _, key in result.key_curve} == {"C major"}
    assert result.sections[0].start_s == 0.0
    assert result.sections[-1].end_s == pytest.approx(result.duration_s, abs=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_sample_that_is_not_finite_leaves_nothing_to_say(value):
    buffer = song(120.0, [C, F], bars=4)
    samples = buffer.samples.copy()
    samples[0, -5] = value
    assert analyze(AudioBuffer(samples, RATE)).to_dict()["bpm"] is None


def test_nothing_of_the_package_imports_librosa():
    code = (
        "import sys, numpy as np, maxbooster_kernel as mb\n"
        "assert not [name for name in ('librosa', 'scipy', 'numba', 'pandas') if name in sys.modules]\n"
        "mb.analyze(mb.AudioBuffer(np.random.default_rng(0).standard_normal((1, 44100)) * 0.1, 22050))\n"
        "assert 'librosa' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
