"""Gain reduction and levels as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.meters import gain_reduction, level
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize

FRAMES = 44100


def compiled(**master):
    clip = {"id": "c", "media": "a.wav"}
    track = {"id": "a", "clips": [clip], "eq": None, "compressor": {"threshold": -30}}
    data = {"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": [track]}
    snapshot = normalize({**data, "master": {"compressor": None, "limiter": None, **master}})
    return compile_graph(snapshot, {"a.wav": MediaShape(frames=FRAMES, channels=2)})


def media(amplitude):
    tone = amplitude * np.sin(2 * np.pi * 441 * np.arange(FRAMES) / 44100)
    return {"a.wav": np.stack([tone, tone]).astype(np.float32)}


def test_silence_is_not_turned_down_and_a_loud_tone_is():
    quiet = gain_reduction(compiled(), media(0.001).__getitem__, "a/compressor")
    assert quiet.values.min() > -0.01
    loud = gain_reduction(compiled(), media(0.9).__getitem__, "a/compressor")
    assert loud.values[-100:].mean() < -6.0
    assert (len(loud.values), loud.times_s[1]) == (-(-FRAMES // 32), 32 / 44100)


def test_the_curve_is_what_the_render_does():
    tones = media(0.9)
    curve = gain_reduction(compiled(), tones.__getitem__, "a/compressor")
    made = render(compiled(), tones.__getitem__).samples
    half = slice(FRAMES // 2, FRAMES // 2 + 4410)
    ratio = 20 * np.log10(np.abs(made[0, half]).max() / 0.9)
    values = np.zeros(13, np.float32)
    from maxbooster_kernel.dsp.compressor import compressor_values

    compressor_values(-30.0, 30.0, 12.0, 0.003, 0.25, 44100.0, values)
    reduction = ratio - 20 * np.log10(float(values[6]))
    assert curve.values[FRAMES // 64] == pytest.approx(reduction, abs=0.5)


def test_what_is_no_compressor_is_said():
    with pytest.raises(RenderError, match='got "a/pan"; the graph has a/compressor'):
        gain_reduction(compiled(), media(0.5).__getitem__, "a/pan")


def test_levels():
    samples = np.zeros((2, 1000), np.float32)
    samples[1, 500:] = 0.5
    found = level(AudioBuffer(samples, 1000), step_s=0.25)
    assert found["peak"].values.tolist() == pytest.approx([-200.0, -200.0, -6.0206, -6.0206], abs=1e-3)
    assert found["rms"].values[-1] == pytest.approx(-6.0206 - 3.0103, abs=1e-3)
