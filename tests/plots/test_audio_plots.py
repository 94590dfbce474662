"""Plots of audio, loudness and analysis: they draw on the Axes given, in both themes, whatever comes."""

from __future__ import annotations

from functools import cache

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib import pyplot as plt

from maxbooster_kernel import plots
from maxbooster_kernel.analysis import analyze
from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.errors import AnalysisError
from maxbooster_kernel.loudness import measure_loudness
from maxbooster_kernel.loudness.master import master
from maxbooster_kernel.plots import theme

RATE = 22050


def music(channels: int = 2, seconds: float = 8.0) -> AudioBuffer:
    rng = np.random.default_rng(0)
    t = np.arange(round(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * hz * t) for hz in (261.6, 329.6, 392.0)) * 0.15
    click = rng.standard_normal(t.size) * np.exp(-((t % 0.5) / 0.01)) * 0.5
    return AudioBuffer(np.stack([chord + click * (1 - 0.5 * c) for c in range(channels)]), RATE)


MUSIC = music()
SILENCE = AudioBuffer(np.zeros((2, RATE)), RATE)
analysed = cache(analyze)
DRAWINGS = {
    "waveform": lambda b, ax: plots.waveform(b, ax=ax),
    "mel": lambda b, ax: plots.spectrogram(b, ax=ax),
    "cqt": lambda b, ax: plots.spectrogram(b, ax=ax, scale="cqt"),
    "spectrum": lambda b, ax: plots.long_term_spectrum(b, ax=ax),
    "loudness": lambda b, ax: plots.loudness_over_time(measure_loudness(b), ax=ax),
    "vectorscope": lambda b, ax: plots.vectorscope(b, ax=ax),
    "correlation": lambda b, ax: plots.correlation(measure_loudness(b), ax=ax),
    "before_after": lambda b, ax: plots.before_after(master(b, target=-9.0), ax=ax),
    "beats": lambda b, ax: plots.beats(analysed(b), ax=ax),
    "tempogram": lambda b, ax: plots.tempogram(analysed(b), ax=ax),
    "chroma": lambda b, ax: plots.chroma(analysed(b), ax=ax),
    "chords": lambda b, ax: plots.chords(analysed(b), ax=ax),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("buffer", [MUSIC, SILENCE], ids=["music", "silence"])
def test_every_plot_draws_in_both_themes(name, look, buffer):
    with theme.theme(look) as colours:
        figure, ax = plt.subplots()
        assert DRAWINGS[name](buffer, ax) is ax
        figure.canvas.draw()
        assert mpl.colors.same_color(figure.get_facecolor(), colours.background)
        assert ax.get_title(loc="left")


@pytest.mark.parametrize("name", DRAWINGS)
def test_without_axes_a_figure_of_notebook_width_is_made(name):
    ax = DRAWINGS[name](MUSIC, None)
    assert ax.figure.get_size_inches()[0] in (theme.WIDTH_IN, 3.8)


def test_overs_are_marked_where_they_are():
    samples = 0.5 * np.sin(2 * np.pi * 500 * np.arange(2 * RATE) / RATE)[np.newaxis]
    samples[0, RATE : RATE + 50] *= 2.6
    ax = plots.waveform(AudioBuffer(samples, RATE))
    marks = [line for line in ax.lines if line.get_marker() == "v"]
    assert len(marks) == 1
    assert np.allclose(marks[0].get_xdata(), 1.0, atol=0.03)
    assert "over 0 dBTP" in ax.get_title(loc="left")


def test_targets_are_named_once_per_loudness():
    ax = plots.loudness_over_time(measure_loudness(music()), targets=["spotify", "youtube", -23.0])
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["Spotify, YouTube -14", "-23 LUFS"]


def test_pink_noise_is_flat_in_thirds_of_an_octave():
    from maxbooster_kernel.plots.spectra import third_octaves

    rng = np.random.default_rng(0)
    size = 1 << 19
    spectrum = np.fft.rfft(rng.standard_normal(size)) / np.sqrt(np.maximum(np.arange(size // 2 + 1), 1))
    noise = np.fft.irfft(spectrum)
    hz, level = third_octaves(AudioBuffer((noise / np.abs(noise).max())[np.newaxis], 44100))
    inside = (hz > 100) & (hz < 15000)
    assert np.ptp(level[inside]) < 1.5


def test_a_sine_reads_its_level_in_its_third():
    from maxbooster_kernel.plots.spectra import third_octaves

    sine = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(4 * 44100) / 44100)
    hz, level = third_octaves(AudioBuffer(sine[np.newaxis], 44100))
    assert level[np.argmin(np.abs(hz - 1000))] == pytest.approx(-9.03, abs=0.6)


def test_a_vectorscope_needs_two_channels():
    with pytest.raises(AnalysisError, match="two channels"):
        plots.vectorscope(music(1))
