"""The spectrum over time, on a mel or a constant-Q scale, and the long-term spectrum against pink noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.dsp import stft
from maxbooster_kernel.errors import AnalysisError
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.plots import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Scale = Literal["mel", "cqt"]
RANGE_DB = 80.0
COLUMNS = 1200
_TICKS_HZ = (30, 60, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)


@checked
def spectrogram(buffer: AudioBuffer, *, ax: Axes | None = None, scale: Scale = "mel") -> Axes:
    """Draw how energy is spread over frequency and time, in dB below the loudest spot.

    Parameters
    ----------
    buffer
        The programme; the mean of its channels is drawn.
    ax
        Where to draw; None makes a figure.
    scale
        ``"mel"`` spreads frequency as hearing does, ``"cqt"`` gives each semitone the same height from 33 Hz.
    """
    AudioBuffer.check(buffer)
    ax = theme.axes(ax, height_in=3.2)
    hz = _mel_hz(buffer.sample_rate) if scale == "mel" else _semitone_hz(buffer.sample_rate)
    levels = _bands(buffer, hz, size=2048 if scale == "mel" else 8192)
    top = float(levels.max(initial=-200.0))
    ax.imshow(
        levels.T, origin="lower", aspect="auto", cmap=theme.ramp(), vmin=top - RANGE_DB, vmax=top,
        extent=(0.0, max(buffer.duration_s, 1e-3), 0.0, float(hz.size - 2)), interpolation="nearest",
    )  # fmt: skip
    ticks = [tick for tick in _TICKS_HZ if hz[1] <= tick <= hz[-2]]
    rows = np.interp(ticks, hz[1:-1], np.arange(hz.size - 2) + 0.5)
    shown = [0]
    for k in range(1, len(ticks)):
        if rows[k] - rows[shown[-1]] > 0.07 * hz.size:
            shown.append(k)
    ax.set_yticks(rows[shown], [_hertz(ticks[k]) for k in shown])
    ax.set_ylabel("frequency (Hz)")
    theme.clock(ax)
    theme.title(ax, f"Spectrogram · {'mel scale' if scale == 'mel' else 'constant Q, a semitone a row'}")
    return ax


@checked
def long_term_spectrum(buffer: AudioBuffer, *, ax: Axes | None = None) -> Axes:
    """Draw the mean level of each third of an octave, beside the slope of pink noise.

    Parameters
    ----------
    buffer
        The programme.
    ax
        Where to draw; None makes a figure.
    """
    AudioBuffer.check(buffer)
    look = theme.current()
    ax = theme.axes(ax, height_in=3.2)
    hz, level = third_octaves(buffer)
    ax.plot(hz, level, color=look.main, linewidth=2.0, marker="o", markersize=3.5, label="programme")
    if np.isfinite(level).any():
        # pink noise has the same energy in every third of an octave
        heard = np.isfinite(level) & (hz >= 60.0) & (hz <= 8000.0)
        pink = float(np.mean(level[heard])) if heard.any() else float(np.nanmax(level))
        ax.axhline(pink, color=look.second, linewidth=1.4, linestyle="--", label="pink noise")
        ax.set_ylim(max(np.min(level[np.isfinite(level)]), pink - 50.0) - 3.0, np.max(level[np.isfinite(level)]) + 4.0)
    else:
        ax.set_ylim(-100.0, 0.0)
    ax.set_xscale("log")
    ax.set_xlim(25.0, 20000.0)
    ax.set_xticks(_TICKS_HZ, [_hertz(tick) for tick in _TICKS_HZ])
    ax.minorticks_off()
    ax.grid(color=look.grid, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.set_xlabel("frequency (Hz)")
    ax.set_ylabel("dBFS in a third of an octave")
    theme.title(ax, "Long-term spectrum" + ("" if np.isfinite(level).any() else " · silence"))
    theme.legend(ax, loc="lower left")
    return ax


def third_octaves(buffer: AudioBuffer) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centres in Hz and mean levels in dBFS (RMS) of thirds of an octave from 25 Hz to 20 kHz."""
    AudioBuffer.check(buffer)
    size = 16384
    total = np.zeros(size // 2 + 1)
    count = 0
    centres = stft.frame_centres(buffer.frames, buffer.sample_rate, 2.0 * buffer.sample_rate / size)
    for channel in buffer.samples:
        for _, spectra in stft.magnitudes(channel, centres, size):
            total += np.square(spectra, dtype=np.float64).sum(axis=0)
            count += spectra.shape[0]
    # a sine of amplitude 1 has power 1/2, and a Hann window spreads it over 1.5 bins
    power = total / max(1, count) / 2.0 / 1.5
    centre = 1000.0 * 2.0 ** (np.arange(-16, 14) / 3.0)
    bins = np.arange(power.size) * (buffer.sample_rate / size)
    levels = np.full(centre.size, -np.inf)
    for k, middle in enumerate(centre):
        inside = (bins >= middle * 2 ** (-1 / 6)) & (bins < middle * 2 ** (1 / 6))
        energy = float(power[inside].sum())
        if energy > 1e-14 and middle * 2 ** (1 / 6) < buffer.sample_rate / 2:
            levels[k] = 10.0 * np.log10(energy)
    return centre, np.where(np.isfinite(levels), levels, np.nan)


def _bands(buffer: AudioBuffer, hz: NDArray[np.float64], *, size: int) -> NDArray[np.float32]:
    if buffer.frames == 0:
        raise AnalysisError("expected at least one frame to draw a spectrogram, got none")
    size = int(2 ** round(np.log2(size * buffer.sample_rate / 44100.0)))
    rate = min(buffer.sample_rate / 64.0, COLUMNS / max(buffer.duration_s, 1e-3))
    centres = stft.frame_centres(buffer.frames, buffer.sample_rate, rate)
    mono = buffer.samples.mean(axis=0, dtype=np.float32)
    weights = _triangles(hz, size, buffer.sample_rate)
    rows = [np.square(part) @ weights for _, part in stft.magnitudes(mono, centres, size)]
    return np.asarray(10.0 * np.log10(np.maximum(np.concatenate(rows), 1e-14)), dtype=np.float32)


def _triangles(hz: NDArray[np.float64], size: int, sample_rate: int) -> NDArray[np.float32]:
    """Return triangular bands between neighbours of ``hz``; a band narrower than a bin reads between two bins."""
    bins = np.arange(size // 2 + 1) * (sample_rate / size)
    half = np.maximum(np.diff(hz), sample_rate / size)
    low, middle, high = hz[1:-1] - half[:-1], hz[1:-1], hz[1:-1] + half[1:]
    rising = (bins[:, np.newaxis] - low) / (middle - low)
    falling = (high - bins[:, np.newaxis]) / (high - middle)
    shape = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(shape / np.maximum(shape.sum(axis=0), 1e-9), dtype=np.float32)


def _mel_hz(sample_rate: int) -> NDArray[np.float64]:
    top = 2595.0 * np.log10(1.0 + min(18000.0, sample_rate / 2.0) / 700.0)
    mel = np.linspace(2595.0 * np.log10(1.0 + 30.0 / 700.0), top, 162)
    return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))


def _semitone_hz(sample_rate: int) -> NDArray[np.float64]:
    hz = 440.0 * 2.0 ** ((np.arange(23, 134) - 69.0) / 12.0)
    return np.asarray(hz[hz < sample_rate / 2.0])


def _hertz(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"
