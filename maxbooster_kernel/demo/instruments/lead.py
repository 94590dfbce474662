"""The lead: one voice that glides between notes, with a vibrato that comes late, echoes and a room."""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.demo.groove import frame_of, length_frames, player, struck
from maxbooster_kernel.demo.score import CHORUS_LEAD, INTRO_LEAD, Note, melody
from maxbooster_kernel.demo.space import echoes, finished, place, room, stage, widened
from maxbooster_kernel.demo.synth import (
    Signal,
    brightness,
    envelope,
    hertz,
    oscillate,
    phase,
    seconds,
    wavetables,
)

GLIDE_S = 0.045


def notes() -> list[Note]:
    """Return the whole melody: the hook of the intro, then an answer to the voice in both choruses."""
    return [
        *melody(INTRO_LEAD, 0, velocity=0.72),
        *melody(CHORUS_LEAD, 12, velocity=0.7),
        *melody(CHORUS_LEAD, 20, velocity=0.84),
        Note(start=112.0, length=3.0, pitch=74, velocity=0.8),
    ]


def render() -> Signal:
    """Return the lead stem, shape ``(2, frames)``."""
    rng = player("lead")
    out = stage()
    last: Note | None = None
    for note in notes():
        tied = last is not None and abs(last.start + last.length - note.start) < 0.01
        before = last.pitch if tied and last is not None else note.pitch
        tone = _note(note, before, struck(note.velocity, rng))
        place(out, tone, frame_of(note.start, rng, late_ms=6.0, loose_ms=4.0), 0.5)
        last = note
    dry = 0.8 * out + 0.3 * widened(out, rate_hz=0.35, depth_ms=1.4)
    wet = echoes(dry, length_frames(64, 0.5), feedback=0.42, count=4, damp_hz=3200.0)
    both = dry + 0.45 * wet
    return finished(both + 0.25 * room(both, rng, time_s=2.2, predelay_s=0.035, bright_hz=5500.0), 0.135)


def _note(note: Note, before: int, velocity: float) -> Signal:
    gate = length_frames(note.start, note.length * 0.97)
    frames = gate + 5000
    time = seconds(frames)
    late = np.clip((time - 0.22) / 0.35, 0.0, 1.0)
    wobble = 0.22 * late * np.sin(2 * np.pi * 5.3 * time)
    pitch = note.pitch + (before - note.pitch) * np.exp(-time / np.float32(GLIDE_S)) + wobble
    frequency = (440.0 * 2.0 ** ((pitch - 69.0) / 12.0)).astype(np.float32)
    cutoff = np.float32(900.0 + 2600.0 * velocity) + np.float32(2600.0 * velocity) * np.exp(-time / np.float32(0.3))
    level = brightness(np.asarray(cutoff, np.float32))
    top = hertz(max(note.pitch, before) + 0.5)
    saw = oscillate(wavetables("saw", top, resonance=0.5), phase(frequency, frames), level)
    other = oscillate(wavetables("square", top), phase(frequency * np.float32(1.004), frames, 0.4), level)
    shape = envelope(frames, gate, attack=0.012, fall=1.2, sustain=0.75, release=0.09)
    return np.asarray((0.6 * saw + 0.35 * other) * shape * np.float32(velocity), np.float32)
