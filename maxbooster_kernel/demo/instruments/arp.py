"""The arpeggio: plucked sixteenths over the chord, up and down two octaves, with echoes from side to side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from maxbooster_kernel.demo.groove import frame_of, length_frames, player, struck
from maxbooster_kernel.demo.score import CHANGE_BEAT, END_BEAT, SAMPLE_RATE, Note, beat_to_seconds, section_at, voicings
from maxbooster_kernel.demo.space import echoes, finished, place, room, stage
from maxbooster_kernel.demo.synth import (
    Signal,
    brightness,
    decay,
    filtered,
    hertz,
    oscillate,
    phase,
    seconds,
    wavetables,
)

LOWEST = 57
ORDER = (0, 1, 2, 3, 4, 5, 4, 3, 0, 2, 1, 3, 5, 4, 2, 1)
ACCENTS = (1.0, 0.6, 0.75, 0.6, 0.9, 0.6, 0.78, 0.65)
ECHO_BEATS = 0.75


def notes() -> Iterator[Note]:
    """Yield sixteenths over six tones of each chord; the verse's first half is silent, its second sparse."""
    for chord, pitches in voicings(LOWEST, 6):
        bar = int(chord.start // 4)
        name = section_at(bar).name
        if name == "outro" or (name == "verse" and bar < 8):
            continue
        for index in range(round(4 * (chord.end - chord.start))):
            if name == "verse" and index % 4 in (1, 3):
                continue
            step = round(4 * chord.start) + index
            pitch = pitches[ORDER[step % 16]] + (12 if name.endswith("chorus") and step % 8 == 5 else 0)
            velocity = ACCENTS[step % 8] * (0.7 if name == "verse" else 0.85)
            yield Note(start=chord.start + index / 4, length=0.22, pitch=pitch, velocity=velocity)


def render() -> Signal:
    """Return the arpeggio stem, shape ``(2, frames)``."""
    rng = player("arp")
    out = stage()
    begin, bloom = 420.0, 3600.0
    for turn, note in enumerate(notes()):
        opening = min(note.start / 16.0, 1.0)
        sound = _pluck(note, struck(note.velocity, rng, spread=0.08), begin + (bloom - begin) * opening)
        place(out, sound, frame_of(note.start, rng, loose_ms=1.0), 0.4, pan=-0.35 if turn % 2 else 0.35)
    wet = _echoed(out)
    both = filtered(out + 0.55 * wet, "highpass", 180.0)
    return finished(both + 0.2 * room(both, rng, time_s=1.8, predelay_s=0.015), 0.19)


def _echoed(dry: Signal) -> Signal:
    """Return dotted-eighth echoes in the tempo that each note is played in."""
    change = round(float(beat_to_seconds(CHANGE_BEAT)) * SAMPLE_RATE)
    until = change + 4 * SAMPLE_RATE
    wet = np.zeros_like(dry)
    early = dry[:, :until].copy()
    early[:, change:] = 0.0
    wet[:, :until] = echoes(early, length_frames(0, ECHO_BEATS), feedback=0.5)
    wet[:, change:] += echoes(dry[:, change:], length_frames(END_BEAT - 8, ECHO_BEATS), feedback=0.5)
    return wet


def _pluck(note: Note, velocity: float, bloom_hz: float) -> Signal:
    frames = length_frames(note.start, note.length) + 9000
    pitch = hertz(note.pitch)
    cutoff = np.float32(240.0 + 0.6 * pitch) + np.float32(bloom_hz * velocity) * np.exp(
        -seconds(frames) / np.float32(0.07)
    )
    level = brightness(np.asarray(cutoff, np.float32))
    tone = oscillate(wavetables("square", pitch, resonance=0.6), phase(pitch, frames), level)
    tone += oscillate(wavetables("saw", pitch * 1.006), phase(pitch * 1.006, frames, 0.3), level)
    shape = decay(frames, 0.32) * np.minimum(seconds(frames) / 0.002, 1.0)
    shape[-200:] *= np.linspace(1, 0, 200, dtype=np.float32)
    return np.asarray(0.5 * tone * shape * np.float32(velocity), np.float32)
