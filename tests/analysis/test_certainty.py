"""What has no beat, no key or neither: an analysis says so, in its fields, on its card and on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from maxbooster_kernel.analysis import analyze
from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.demo.instruments import voice
from maxbooster_kernel.demo.score import SAMPLE_RATE, Note

RATE = 22050
SCALE = (57, 59, 60, 62, 64, 65, 67, 69, 71, 72)


def mono(samples: np.ndarray, rate: int = RATE) -> AudioBuffer:
    return AudioBuffer((0.4 * samples / np.abs(samples).max())[np.newaxis].astype(np.float32), rate)


def noise(seconds: float, steep: float = 0.0, seed: int = 0) -> AudioBuffer:
    """Return noise whose amplitude falls with frequency to the power ``steep``: 0 is white, 0.5 pink, 1 brown."""
    size = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    return mono(np.fft.irfft(spectrum / np.maximum(np.arange(spectrum.size), 5) ** steep, size))


def tone(hz: float, seconds: float, partials: int) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return sum(np.sin(2 * np.pi * hz * k * t + k) / k**1.3 for k in range(1, partials + 1))


def a_cappella(seconds: int = 24) -> AudioBuffer:
    """Return the demo's voice alone, every note of another length, with breaths between phrases."""
    rng = np.random.default_rng(0)
    out = np.zeros(seconds * SAMPLE_RATE, np.float32)
    place, step = 4, SAMPLE_RATE // 3
    while step < out.size - 4 * SAMPLE_RATE:
        notes, beat = [], 0.0
        for _ in range(int(rng.integers(3, 7))):
            place = int(np.clip(place + rng.integers(-2, 3), 0, len(SCALE) - 1))
            length = float(rng.lognormal(0.1, 0.55))
            notes.append(Note(start=beat, length=length, pitch=SCALE[place], velocity=float(rng.uniform(0.5, 0.9))))
            beat += length
        sung = voice._sing(notes, list(rng.choice(list(voice.VOWELS), len(notes))), rng)[: out.size - step]
        out[step : step + sung.size] += sung
        step += sung.size + int(rng.uniform(0.2, 1.2) * SAMPLE_RATE)
    return mono(out, SAMPLE_RATE)


def slow(attack_s: float, lengths_s: tuple[float, float], seconds: int = 24) -> AudioBuffer:
    """Return chords of uneven lengths: pads where they swell slowly, a rubato piano where they are struck and decay."""
    rng = np.random.default_rng(3)
    out = np.zeros((seconds + 8) * RATE)
    at, k = 0.2, 0
    while at < seconds:
        length = float(rng.uniform(*lengths_s))
        root = (57, 53, 60, 55)[k % 4]
        size = round((length + 1.5) * RATE)
        t = np.arange(size) / RATE
        shape = np.minimum(1.0, t / attack_s) * (np.exp(-1.2 * t) if attack_s < 0.1 else 1.0)
        shape *= np.minimum(1.0, (size / RATE - t) / 1.5)
        third = 3 if root == 57 else 4
        for pitch in (root - 12, root, root + third, root + 7):
            first = round((at + rng.uniform(0, 0.03)) * RATE)
            out[first : first + size] += shape * tone(440 * 2 ** ((pitch - 69) / 12), length + 1.5, 7)[:size]
        at, k = at + length, k + 1
    return mono(out[: seconds * RATE])


@pytest.mark.parametrize("seconds", [1.2, 3.0, 20.0])
@pytest.mark.parametrize("steep", [0.0, 0.5, 1.0])
def test_noise_has_neither_beat_nor_key(steep, seconds):
    found = analyze(noise(seconds, steep)).to_dict()
    names = ("bpm", "bpm_alternatives", "tempo_curve", "beats_s", "downbeats_s", "time_signature")
    assert [found[name] for name in (*names, "key", "scale", "key_strength", "tuning_hz", "chords")] == [None] * 11
    assert found["danceability"] is not None or seconds < 3


@pytest.mark.parametrize("samples", [np.eye(1, 10 * RATE, RATE)[0], tone(1000, 8, 1), tone(220, 8, 15)])
def test_one_click_and_a_lone_tone_have_neither_beat_nor_key(samples):
    found = analyze(mono(samples))
    assert found.bpm is found.key is found.time_signature is None
    assert not found.chords
    assert "no beat is heard" in found._repr_html_()


MUSIC = [
    pytest.param(a_cappella, id="a-cappella"),
    pytest.param(lambda: slow(2.0, (3.0, 7.0)), id="pads"),
    pytest.param(lambda: slow(0.004, (0.4, 2.4)), id="rubato-piano"),
]


@pytest.mark.parametrize("make", MUSIC)
def test_music_without_a_beat_is_told_with_a_doubt_and_has_a_key(make):
    found = analyze(make())
    assert (found.bpm_confidence or 0.0) < 0.35
    assert found.doubtful
    assert found.key in ("A", "C", "F")
    card = found._repr_html_()
    assert "no steady beat" in card or "no beat is heard" in card
    assert f"confidence {found.bpm_confidence:.2f}" in card
    assert found.bpm is None or "(unsure)" in repr(found)


def test_what_has_no_beat_gets_little_confidence_in_one():
    click = np.zeros((1, 10 * RATE))
    click[0, RATE] = 1.0
    assert (analyze(AudioBuffer(click, RATE)).bpm_confidence or 0.0) < 0.3
    hiss = 0.1 * np.random.default_rng(0).standard_normal((1, 20 * RATE))
    assert (analyze(AudioBuffer(hiss, RATE)).bpm_confidence or 0.0) < 0.5


def test_one_swelling_chord_has_a_key_and_no_sure_beat():
    t = np.arange(24 * RATE) / RATE
    swell = np.minimum(1.0, t / 6) * np.minimum(1.0, (24 - t) / 6)
    pad = swell * sum(np.sin(2 * np.pi * hz * t + k) for k, hz in enumerate((220.0, 277.2, 329.6, 440.4)))
    result = analyze(AudioBuffer(0.1 * pad[np.newaxis], RATE))
    assert (result.bpm_confidence or 0.0) < 0.3
    assert (result.key, result.scale) == ("A", "major")


def test_the_command_says_what_is_not_to_be_relied_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))
    noise(3.0).write(tmp_path / "noise.wav", bit_depth="32f")
    slow(0.004, (0.4, 2.4)).write(tmp_path / "piano.wav", bit_depth="32f")
    assert run(["analyze", str(tmp_path / "noise.wav"), str(tmp_path / "piano.wav"), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)[0]["bpm"] is None
    assert "noise.wav: no beat is heard; no key is heard" in said.err
    assert "piano.wav: there may be no steady beat" in said.err
