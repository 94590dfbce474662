"""Put a generated song's notes together: parts at random levels and places, a random room, tone, dirt and loudness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.demo.corpus.kit import LEVELS, PANS
from maxbooster_kernel.demo.corpus.parts import Event
from maxbooster_kernel.demo.corpus.timbre import Patch, sound

Signal = NDArray[np.float32]
PART_DB = {"drums": (-3.0, 3.0), "bass": (-7.0, 0.0), "comp": (-9.0, -1.0), "lead": (-7.0, 1.0)}


def mixed(
    events: list[Event],
    times: NDArray[np.float64],
    lengths: NDArray[np.float64],
    patches: dict[str, Patch],
    kit: dict[str, list[Signal]],
    a4: float,
    duration_s: float,
    sample_rate: int,
    rng: np.random.Generator,
) -> AudioBuffer:
    """Return the song in stereo: each event's sound at its time, mixed and coloured at random."""
    frames = round(duration_s * sample_rate)
    sounds: dict[tuple[str, int, int, int], Signal] = {}
    out = np.zeros((2, frames), np.float32)
    wet = np.zeros((2, frames), np.float32)
    for part in ("drums", "bass", "comp", "lead"):
        bus = np.zeros((2, frames), np.float32)
        pan = 0.0 if part == "bass" else float(rng.uniform(-0.4, 0.4)) if part != "drums" else 0.0
        for event, time, length in zip(events, times, lengths, strict=True):
            if event.part == part and 0.0 <= time < duration_s:
                if event.drum:
                    note, place, level = (
                        kit[event.drum][int(rng.integers(3))],
                        PANS.get(event.drum, 0.0),
                        LEVELS[event.drum],
                    )
                else:
                    note, place, level = _note(sounds, event, length, patches[part], a4, sample_rate, rng), pan, 1.0
                _add(bus, note, round(time * sample_rate), level * event.velocity**1.3, place)
        power = float(np.sqrt((bus**2).mean()))
        if power > 0.0:
            bus *= np.float32(10 ** (rng.uniform(*PART_DB[part]) / 20) / power)
            out += bus
            wet += bus * np.float32(rng.uniform(0.0, 0.06 if part == "bass" else 0.3))
    out += _room(wet, sample_rate, rng)
    out = _coloured(out, sample_rate, rng)
    out += rng.standard_normal((2, frames), dtype=np.float32) * np.float32(
        out.std() * 10 ** (rng.uniform(-75, -42) / 20)
    )
    peak = max(float(np.abs(out).max()), 1e-6)
    return AudioBuffer(out * np.float32(10 ** (rng.uniform(-9.0, -0.3) / 20) / peak), sample_rate)


def _note(
    sounds: dict[tuple[str, int, int, int], Signal],
    event: Event,
    length: float,
    patch: Patch,
    a4: float,
    sample_rate: int,
    rng: np.random.Generator,
) -> Signal:
    """Return a note's sound; notes of nearly the same length share one of two takes."""
    bucket = round(np.log2(max(length, 0.03)) * 4)
    key = (event.part, event.pitch, bucket, int(rng.integers(2)))
    if key not in sounds:
        pitch = a4 * 2 ** ((event.pitch - 69) / 12)
        sounds[key] = sound(patch, pitch, min(2 ** (bucket / 4), 8.0), sample_rate, rng)
    return sounds[key]


def _add(bus: Signal, note: Signal, start: int, gain: float, pan: float) -> None:
    count = min(len(note), bus.shape[1] - start)
    angle = (pan + 1) * np.pi / 4
    bus[0, start : start + count] += note[:count] * np.float32(gain * np.cos(angle))
    bus[1, start : start + count] += note[:count] * np.float32(gain * np.sin(angle))


def _room(sent: Signal, sample_rate: int, rng: np.random.Generator) -> Signal:
    """Return the sent signal in a random room: an exponentially decaying noise response, darker as it dies."""
    from scipy.signal import oaconvolve

    time_s = float(np.exp(rng.uniform(np.log(0.25), np.log(2.8))))
    count = round(time_s * sample_rate)
    time = np.asarray(np.arange(count) / sample_rate, np.float32)
    diffuse = rng.standard_normal((2, count), dtype=np.float32)
    smooth = (diffuse + np.roll(diffuse, 1, axis=1) + np.roll(diffuse, 2, axis=1)) / 3
    fall = np.exp(-time * np.float32(6.9 / time_s))
    response = smooth * fall + 0.5 * diffuse * fall**2
    response /= np.sqrt((response**2).sum(axis=1, keepdims=True))
    delayed = np.roll(sent, round(rng.uniform(0.0, 0.03) * sample_rate), axis=1)
    return np.asarray(oaconvolve(delayed, response, axes=1)[:, : sent.shape[1]], np.float32) * np.float32(3.0)


def _coloured(samples: Signal, sample_rate: int, rng: np.random.Generator) -> Signal:
    """Return the mix with a random tilt, ends of the spectrum cut, and some compression by saturation."""
    spectrum = np.fft.rfft(samples, axis=1)
    hertz = np.fft.rfftfreq(samples.shape[1], 1 / sample_rate) + 1.0
    curve = (hertz / 800.0) ** rng.uniform(-0.15, 0.15)
    curve /= np.sqrt(1 + (rng.uniform(20, 70) / hertz) ** 4)
    curve /= np.sqrt(1 + (hertz / rng.uniform(6500, 20000)) ** 4)
    for _ in range(int(rng.integers(0, 4))):
        centre = np.exp(rng.uniform(np.log(120), np.log(8000)))
        curve *= 10 ** (rng.uniform(-6, 6) / 20 * np.exp(-((np.log2(hertz / centre) / rng.uniform(0.4, 1.2)) ** 2)))
    out = np.asarray(np.fft.irfft(spectrum * curve, samples.shape[1], axis=1), np.float32)
    scale = max(float(np.percentile(np.abs(out[:, ::7]), 99.9)), 1e-6)
    drive = np.float32(rng.uniform(0.3, 1.8) / scale)
    return np.asarray(np.tanh(out * drive), np.float32)
