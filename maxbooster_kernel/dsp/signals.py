r"""Test signals: sines, sweeps, noise, impulses, bursts; one channel, float32, shape ``(frames,)``.

- :func:`sine`, :func:`square`, :func:`sweep` : periodic
- :func:`white_noise`, :func:`pink_noise` : random, from a seed
- :func:`impulse`, :func:`burst` : in time
- :func:`stereo` : one signal on two channels

The sweep is Farina's exponential one (*Simultaneous Measurement of Impulse Response and Distortion with a Swept-Sine
Technique*, AES 108, 2000); the pink noise is white noise whose spectrum is scaled by :math:`1/\sqrt f`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.units import db_to_gain

Signal = NDArray[np.float32]


def sine(
    frequency_hz: float, duration_s: float, sample_rate: int, *, level_dbfs: float = 0.0, phase_deg: float = 0.0
) -> Signal:
    """Return a sine whose peak is at ``level_dbfs``.

    Examples
    --------
    >>> sine(11025, 4 / 44100, 44100, phase_deg=90).round(6).tolist()
    [1.0, 0.0, -1.0, -0.0]
    """
    time = np.arange(_frames(duration_s, sample_rate)) / sample_rate
    return _scaled(np.sin(2.0 * np.pi * frequency_hz * time + np.deg2rad(phase_deg)), level_dbfs)


def square(frequency_hz: float, duration_s: float, sample_rate: int, *, level_dbfs: float = 0.0) -> Signal:
    """Return a band-limited square wave: the odd harmonics below the Nyquist frequency, each 1/n of the first."""
    time = np.arange(_frames(duration_s, sample_rate)) / sample_rate
    out = np.zeros(len(time))
    for harmonic in range(1, int(sample_rate / 2 / frequency_hz) + 1, 2):
        if harmonic * frequency_hz < sample_rate / 2:
            out += np.sin(2.0 * np.pi * harmonic * frequency_hz * time) / harmonic
    return _scaled(out * 4.0 / np.pi, level_dbfs)


def sweep(start_hz: float, end_hz: float, duration_s: float, sample_rate: int, *, level_dbfs: float = 0.0) -> Signal:
    """Return an exponential sine sweep: equal time for every octave."""
    time = np.arange(_frames(duration_s, sample_rate)) / sample_rate
    rate = np.log(end_hz / start_hz) / duration_s
    return _scaled(np.sin(2.0 * np.pi * start_hz * np.expm1(rate * time) / rate), level_dbfs)


def white_noise(duration_s: float, sample_rate: int, *, seed: int = 0, level_dbfs: float = -20.0) -> Signal:
    """Return Gaussian noise whose RMS is at ``level_dbfs`` (0 dBFS being an RMS of 1)."""
    return _noise(_frames(duration_s, sample_rate), seed, level_dbfs, slope=0.0)


def pink_noise(duration_s: float, sample_rate: int, *, seed: int = 0, level_dbfs: float = -20.0) -> Signal:
    """Return noise of equal power in every octave whose RMS is at ``level_dbfs`` (0 dBFS being an RMS of 1)."""
    return _noise(_frames(duration_s, sample_rate), seed, level_dbfs, slope=0.5)


def impulse(frames: int, *, at: int = 0, level_dbfs: float = 0.0) -> Signal:
    """Return silence with one sample at frame ``at``."""
    out = np.zeros(frames, np.float32)
    out[at] = db_to_gain(level_dbfs)
    return out


def burst(signal: Signal, on: int, off: int) -> Signal:
    """Return a signal that is let through for ``on`` frames and silenced for ``off``, again and again."""
    gate = np.arange(len(signal)) % (on + off) < on
    return np.asarray(signal * gate, np.float32)


def stereo(left: Signal, right: Signal | None = None) -> Signal:
    """Return two channels, shape ``(2, frames)``; one signal goes to both."""
    return np.stack([left, left if right is None else right])


def _frames(duration_s: float, sample_rate: int) -> int:
    return round(duration_s * sample_rate)


def _scaled(samples: NDArray[np.float64], level_dbfs: float) -> Signal:
    return np.asarray(samples * db_to_gain(level_dbfs), np.float32)


def _noise(frames: int, seed: int, level_dbfs: float, *, slope: float) -> Signal:
    white = np.random.default_rng(seed).standard_normal(frames)
    if slope and frames > 1:
        spectrum = np.fft.rfft(white)
        spectrum[1:] /= np.arange(1, len(spectrum)) ** slope
        spectrum[0] = 0.0
        white = np.fft.irfft(spectrum, frames)
    power = float(np.mean(white**2)) if frames else 0.0
    return _scaled(white / np.sqrt(power) if power > 0.0 else white, level_dbfs)
