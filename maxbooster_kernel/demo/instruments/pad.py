"""The pad: four voices of three detuned saws each behind a slow filter, wide, breathing with the kick."""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.demo.groove import length_frames, player
from maxbooster_kernel.demo.instruments.drums import kick_frames
from maxbooster_kernel.demo.score import SAMPLE_RATE, SECTIONS, beat_to_seconds, section_at, voicings
from maxbooster_kernel.demo.space import FRAMES, finished, place, pump, room, stage, swell
from maxbooster_kernel.demo.synth import (
    Signal,
    brightness,
    envelope,
    filtered,
    hertz,
    oscillate,
    phase,
    wavetables,
)

LOWEST = 53
DETUNE_CENTS = (-9.0, 0.5, 8.0)
CUTOFF_HZ = {"intro": (260.0, 1500.0), "verse": (700.0, 900.0), "chorus": (1300.0, 2300.0)}
CUTOFF_HZ |= {"final chorus": (1800.0, 3200.0), "outro": (2200.0, 220.0)}


def render() -> Signal:
    """Return the pad stem, shape ``(2, frames)``."""
    rng = player("pad")
    out = stage()
    cutoff = _cutoff()
    for chord, pitches in voicings(LOWEST, 4):
        start = round(float(beat_to_seconds(chord.start)) * SAMPLE_RATE)
        last = section_at(int(chord.start // 4)).name == "outro"
        gate = length_frames(chord.start, chord.end - chord.start)
        frames = min(gate + round((1.2 if last else 0.35) * SAMPLE_RATE), FRAMES - start)
        shape = envelope(frames, min(gate, frames), attack=0.12, fall=3.0, sustain=0.85, release=0.9 if last else 0.3)
        level = brightness(cutoff[start : start + frames])
        for pitch in pitches:
            sides = np.zeros((2, frames), np.float32)
            tables = wavetables("saw", hertz(pitch) * 1.01)
            for place_, cents in enumerate(DETUNE_CENTS):
                tone = oscillate(tables, phase(hertz(pitch + cents / 100), frames, float(rng.random())), level)
                sides[0] += tone * np.float32((1.0, 0.7, 0.15)[place_])
                sides[1] += tone * np.float32((0.15, 0.7, 1.0)[place_])
            place(out, sides * shape, start, 0.1)
    out = filtered(out, "highpass", 140.0) * pump(kick_frames(), depth=0.5, time_s=0.26)
    out *= swell((float(beat_to_seconds(4 * section.start_bar)), _level(section.name)) for section in SECTIONS)
    return finished(out + 0.35 * room(out, rng, time_s=2.6, predelay_s=0.03, bright_hz=4500.0), 0.135)


def _level(name: str) -> float:
    return {"intro": 0.75, "verse": 0.6}.get(name, 1.0)


def _cutoff() -> Signal:
    """Return the filter's cut-off over the song: each part moves from its first value to its second."""
    points: list[tuple[float, float]] = []
    for section in SECTIONS:
        begin, end = CUTOFF_HZ[section.name]
        points.append((float(beat_to_seconds(4 * section.start_bar)), begin))
        points.append((float(beat_to_seconds(4 * section.end_bar)) - 0.05, end))
    slow = 1.0 + 0.18 * np.sin(2 * np.pi * 0.21 * np.arange(FRAMES, dtype=np.float32) / SAMPLE_RATE)
    return np.asarray(swell(points) * slow, np.float32)
