"""The demo's synthesis: envelopes, band-limited wavetables whose brightness moves, noise, filters.

All of it works on whole notes as arrays; time is in seconds, audio is float32.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.demo.score import SAMPLE_RATE

Signal = NDArray[np.float32]
Shape = Literal["saw", "square", "triangle", "organ"]
TABLE = 2048
LEVELS = 20
DARKEST_HZ = 120.0
BRIGHTEST_HZ = 16_000.0
TOP_HZ = 18_000.0


def seconds(frames: int) -> Signal:
    """Return the time of each frame."""
    return np.asarray(np.arange(frames) / SAMPLE_RATE, np.float32)


def hertz(pitch: float) -> float:
    """Return the frequency of a MIDI pitch in equal temperament, A4 = 440 Hz.

    >>> hertz(69)
    440.0
    """
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def decay(frames: int, time_s: float) -> Signal:
    """Return an exponential that falls by 60 dB in ``time_s``."""
    return np.asarray(np.exp(seconds(frames) * np.float32(-6.9078 / time_s)), np.float32)


def envelope(frames: int, gate: int, *, attack: float, fall: float, sustain: float, release: float) -> Signal:
    """Return an attack-decay-sustain-release envelope of ``frames`` frames whose key is let go at ``gate``."""
    time = seconds(frames)
    rise = np.minimum(time / np.float32(max(attack, 1e-4)), 1.0).astype(np.float32)
    body = np.float32(sustain) + np.float32(1 - sustain) * np.exp(-np.maximum(time - attack, 0) / np.float32(fall / 3))
    out = (rise * body).astype(np.float32)
    if gate < frames:
        out[gate:] = out[max(gate - 1, 0)] * np.exp(-seconds(frames - gate) * np.float32(5.0 / release))
    soft = min(64, frames)
    out[frames - soft :] *= np.linspace(1, 0, soft, dtype=np.float32)
    return np.asarray(out, np.float32)


@lru_cache(maxsize=48)
def wavetables(shape: Shape, frequency_hz: float, *, resonance: float = 0.0) -> Signal:
    """Return one period of a wave behind a low-pass at ``LEVELS`` cut-offs, from dark to bright.

    Shape ``(LEVELS, TABLE + 1)``; the last column repeats the first. No partial reaches ``TOP_HZ``.
    """
    count = max(1, min(int(TOP_HZ / frequency_hz), TABLE // 2 - 1))
    k = np.arange(1, count + 1)
    partials = {
        "saw": 1.0 / k,
        "square": np.where(k % 2 == 1, 1.0 / k, 0.0),
        "triangle": np.where(k % 2 == 1, 1.0 / k**2, 0.0),
        "organ": np.isin(k, (1, 2, 3, 4, 6, 8)) / np.sqrt(k),
    }[shape]
    cutoffs = DARKEST_HZ * (BRIGHTEST_HZ / DARKEST_HZ) ** (np.arange(LEVELS) / (LEVELS - 1))
    ratio = k * frequency_hz / cutoffs[:, np.newaxis]
    response = 1.0 / np.sqrt(1.0 + ratio**4)
    response *= 1.0 + resonance * np.exp(-((np.log2(ratio) / 0.35) ** 2))
    spectrum = np.zeros((LEVELS, TABLE // 2 + 1), np.complex128)
    spectrum[:, 1 : count + 1] = -0.5j * TABLE * partials * response
    period = np.fft.irfft(spectrum, TABLE, axis=1)
    tables = np.concatenate([period, period[:, :1]], axis=1).astype(np.float32)
    tables.setflags(write=False)
    return tables


def brightness(cutoff_hz: Signal) -> Signal:
    """Return where a cut-off lies among the wavetables' levels, from 0 to ``LEVELS - 1``."""
    place = np.log(np.maximum(cutoff_hz, DARKEST_HZ) / DARKEST_HZ) * ((LEVELS - 1) / np.log(BRIGHTEST_HZ / DARKEST_HZ))
    return np.asarray(np.clip(place, 0.0, LEVELS - 1.001), np.float32)


def oscillate(tables: Signal, cycles: NDArray[np.float64], level: Signal) -> Signal:
    """Read wavetables at a phase in ``cycles`` and a brightness ``level``, interpolating both."""
    place = (cycles - np.floor(cycles)) * TABLE
    index = place.astype(np.intp)
    part = (place - index).astype(np.float32)
    row = level.astype(np.intp)
    mix = level - row.astype(np.float32)
    index += row * (TABLE + 1)
    flat = tables.ravel()
    slope = np.diff(flat, append=np.float32(0.0))
    dark = flat.take(index) + slope.take(index) * part
    index += TABLE + 1
    bright = flat.take(index) + slope.take(index) * part
    return np.asarray(dark + (bright - dark) * mix, np.float32)


def phase(frequency_hz: float | Signal, frames: int, start: float = 0.0) -> NDArray[np.float64]:
    """Return the running phase in cycles of a constant or moving frequency."""
    if isinstance(frequency_hz, np.ndarray):
        return np.asarray(start + np.cumsum(frequency_hz, dtype=np.float64) / SAMPLE_RATE)
    return np.asarray(start + np.arange(frames) * (frequency_hz / SAMPLE_RATE), np.float64)


def sine(frequency_hz: float | Signal, frames: int, start: float = 0.0) -> Signal:
    """Return a sine of a constant or moving frequency."""
    cycles = phase(frequency_hz, frames, start)
    return np.asarray(np.sin((cycles - np.floor(cycles)).astype(np.float32) * np.float32(2 * np.pi)), np.float32)


def noise(frames: int, rng: np.random.Generator) -> Signal:
    """Return white noise of unit variance."""
    return rng.standard_normal(frames, dtype=np.float32)


def filtered(signal: Signal, kind: Literal["lowpass", "highpass", "bandpass"], *edges_hz: float) -> Signal:
    """Return the signal behind a second-order Butterworth filter (per edge), along the last axis."""
    from scipy.signal import butter, sosfilt

    sections = butter(2, edges_hz if len(edges_hz) > 1 else edges_hz[0], kind, fs=SAMPLE_RATE, output="sos")
    return np.asarray(sosfilt(sections, signal, axis=-1), np.float32)


def saturated(signal: Signal, drive: float) -> Signal:
    """Return the signal through a soft clipper that keeps small signals as they are."""
    return np.asarray(np.tanh(signal * np.float32(drive)) / np.float32(drive), np.float32)
