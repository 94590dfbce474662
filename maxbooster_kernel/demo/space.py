"""Where the demo's instruments stand: panning, rooms, echoes, chorus, and the breath of the kick drum."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.demo.score import DURATION_S, SAMPLE_RATE
from maxbooster_kernel.demo.synth import Signal, filtered, seconds

FRAMES = round(DURATION_S * SAMPLE_RATE)


def stage() -> Signal:
    """Return silence of the song's length in stereo."""
    return np.zeros((2, FRAMES), np.float32)


def place(out: Signal, note: Signal, frame: int, gain: float, pan: float = 0.0) -> None:
    """Add a note (mono, or stereo of shape ``(2, n)``) to ``out`` at a frame, with an equal-power pan."""
    count = min(note.shape[-1], out.shape[1] - frame)
    if count <= 0:
        return
    angle = (pan + 1.0) * np.pi / 4.0
    left, right = np.float32(gain * np.cos(angle) * np.sqrt(2)), np.float32(gain * np.sin(angle) * np.sqrt(2))
    sides = note if note.ndim == 2 else (note, note)
    out[0, frame : frame + count] += sides[0][:count] * left
    out[1, frame : frame + count] += sides[1][:count] * right


def room(
    signal: Signal,
    rng: np.random.Generator,
    *,
    time_s: float,
    predelay_s: float = 0.01,
    bright_hz: float = 6000.0,
    low_cut_hz: float = 250.0,
) -> Signal:
    """Return the reverberation of a stereo signal, without the signal itself: a decaying, darkening noise response."""
    from scipy.signal import fftconvolve

    count = round(time_s * SAMPLE_RATE)
    time = seconds(count)
    diffuse = rng.standard_normal((2, count), dtype=np.float32)
    bright = filtered(diffuse, "bandpass", low_cut_hz, bright_hz) * np.exp(-time * np.float32(6.9 / (0.55 * time_s)))
    dark = filtered(diffuse, "bandpass", low_cut_hz, bright_hz / 4) * np.exp(-time * np.float32(6.9 / time_s))
    response = bright + dark
    response *= np.minimum(time / 0.012, 1.0)
    response /= np.sqrt((response**2).sum(axis=1, keepdims=True))
    lead = np.zeros((2, round(predelay_s * SAMPLE_RATE)), np.float32)
    sent = 0.7 * signal + 0.3 * signal[::-1]
    return np.asarray(fftconvolve(sent, np.concatenate([lead, response], axis=1), axes=1), np.float32)[:, :FRAMES]


def echoes(signal: Signal, frames: int, *, feedback: float, count: int = 5, damp_hz: float = 4500.0) -> Signal:
    """Return ping-pong echoes of a stereo signal, without the signal itself: each darker, on the other side."""
    out = np.zeros_like(signal)
    voice = signal.mean(axis=0)
    for turn in range(1, count + 1):
        if turn * frames >= signal.shape[1]:
            break
        voice = filtered(voice, "lowpass", damp_hz) * np.float32(feedback)
        side = turn % 2
        out[side, turn * frames :] += voice[: signal.shape[1] - turn * frames]
        out[1 - side, turn * frames :] += 0.25 * voice[: signal.shape[1] - turn * frames]
    return out


def widened(signal: Signal, *, rate_hz: float = 0.6, depth_ms: float = 2.2, base_ms: float = 9.0) -> Signal:
    """Return a chorus of a stereo signal: each side through a delay that wavers, in opposite phase."""
    grid = np.arange(signal.shape[1], dtype=np.float64)
    sway = np.sin(2 * np.pi * rate_hz * grid / SAMPLE_RATE) * (depth_ms * SAMPLE_RATE / 1000)
    base = base_ms * SAMPLE_RATE / 1000
    sides = [
        np.interp(grid - base - sign * sway, grid, side, left=0.0) for side, sign in zip(signal, (1, -1), strict=True)
    ]
    return np.asarray(sides, np.float32)


def pump(kicks: Iterable[int], *, depth: float, time_s: float = 0.22) -> Signal:
    """Return the gain that ducks under each kick and swells back, as a sidechained compressor makes it."""
    gain = np.ones(FRAMES, np.float32)
    count = round(time_s * SAMPLE_RATE)
    swell = 1.0 - np.float32(depth) * (0.5 + 0.5 * np.cos(np.pi * np.linspace(0, 1, count))).astype(np.float32)
    for frame in kicks:
        part = gain[frame : frame + count]
        np.minimum(part, swell[: len(part)], out=part)
    return _rounded(gain)


def _rounded(gain: Signal, frames: int = 240) -> Signal:
    """Return a gain curve behind a moving average, so that its jumps do not click."""
    total = np.cumsum(np.pad(gain, (frames // 2 + 1, frames // 2), mode="edge"), dtype=np.float64)
    return np.asarray((total[frames:] - total[:-frames])[: len(gain)] / frames, np.float32)


def finished(signal: Signal, peak: float) -> Signal:
    """Return the stem without offset, its largest sample at ``peak`` and its last 20 ms faded out."""
    fade = round(0.02 * SAMPLE_RATE)
    clean = filtered(signal, "highpass", 24.0)
    out = clean * np.float32(peak / max(float(np.abs(clean).max()), 1e-9))
    out[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return np.asarray(out, np.float32)


def swell(points: Iterable[tuple[float, float]]) -> NDArray[np.float32]:
    """Return a gain curve over the song through ``(second, gain)`` points."""
    times, gains = zip(*points, strict=True)
    return np.asarray(np.interp(np.arange(FRAMES) / SAMPLE_RATE, times, gains), np.float32)
