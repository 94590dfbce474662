"""The bass: a low-passed saw with a sine beneath, playing roots in eighths and walking towards the next chord."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from maxbooster_kernel.demo.groove import frame_of, length_frames, player, struck
from maxbooster_kernel.demo.instruments.drums import kick_frames
from maxbooster_kernel.demo.score import Chord, Note, chord_tones, chords, section_at
from maxbooster_kernel.demo.space import finished, place, pump, stage
from maxbooster_kernel.demo.synth import (
    Signal,
    brightness,
    envelope,
    hertz,
    oscillate,
    phase,
    saturated,
    seconds,
    sine,
    wavetables,
)

LOWEST = 33
VERSE_RHYTHM = ((0.0, 1.4), (1.75, 0.22), (2.0, 0.9), (3.0, 0.45), (3.5, 0.45))


def notes() -> Iterator[Note]:
    """Yield the line: every chord begins on its root, the last eighth leads to the next one."""
    parts = chords()
    for index, chord in enumerate(parts):
        following = parts[index + 1] if index + 1 < len(parts) else chord
        name = section_at(int(chord.start // 4)).name
        if name == "intro" and chord.start < 8:
            continue
        if name in ("intro", "outro"):
            yield Note(start=chord.start, length=chord.end - chord.start - 0.1, pitch=_root(chord), velocity=0.75)
        elif name == "verse":
            yield from _verse(chord, following)
        else:
            yield from _chorus(chord, following)


def render() -> Signal:
    """Return the bass stem in mono, shape ``(1, frames)``."""
    rng = player("bass")
    out = stage()
    for note in notes():
        sound = _pluck(note, struck(note.velocity, rng, spread=0.05))
        place(out, sound, frame_of(note.start, rng, late_ms=1.5, loose_ms=1.5), 0.7)
    mono = out[:1] * pump(kick_frames(), depth=0.45, time_s=0.16)
    return finished(saturated(mono, 1.2), 0.124)


def _root(chord: Chord) -> int:
    root, _ = chord_tones(chord.label)
    return LOWEST + (root - LOWEST) % 12


def _approach(here: int, there: int) -> int:
    """Return the scale-like neighbour from which the next root is reached by a step."""
    return there - 2 if there > here else there + 2 if there < here else there + 7


def _verse(chord: Chord, following: Chord) -> Iterator[Note]:
    root, fifth = _root(chord), _root(chord) + 7
    for beat, length in VERSE_RHYTHM:
        last = beat == 3.5
        pitch = _approach(root, _root(following)) if last else fifth if beat == 3.0 else root
        yield Note(start=chord.start + beat, length=length, pitch=pitch, velocity=0.82 if beat == 0 else 0.68)


def _chorus(chord: Chord, following: Chord) -> Iterator[Note]:
    root = _root(chord)
    count = round((chord.end - chord.start) * 2)
    for index in range(count):
        leads = index == count - 1 and count == 8
        pitch = _approach(root, _root(following)) if leads else root + (12 if index % 2 else 0)
        velocity = 0.88 if index % 4 == 0 else 0.74 if index % 2 == 0 else 0.66
        yield Note(start=chord.start + index / 2, length=0.42, pitch=pitch, velocity=velocity)


def _pluck(note: Note, velocity: float) -> Signal:
    gate = length_frames(note.start, note.length)
    frames = gate + 4000
    pitch = hertz(note.pitch)
    time = seconds(frames)
    cutoff = np.float32(160.0) + np.float32(2600.0 * velocity**2) * np.exp(-time / np.float32(0.09))
    level = brightness((cutoff + np.float32(pitch)).astype(np.float32))
    saw = oscillate(wavetables("saw", pitch, resonance=0.5), phase(pitch, frames, 0.0), level)
    square = oscillate(wavetables("square", pitch * 1.003), phase(pitch * 1.003, frames, 0.25), level)
    tone = 0.5 * saw + 0.25 * square + 0.75 * sine(pitch, frames)
    shape = envelope(frames, gate, attack=0.004, fall=0.45, sustain=0.5, release=0.06)
    return np.asarray(tone * shape * np.float32(velocity), np.float32)
