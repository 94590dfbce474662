"""The electric piano: frequency-modulated tines, comping off the beat, a stereo tremolo and a chorus."""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.demo.groove import frame_of, length_frames, player, struck
from maxbooster_kernel.demo.score import SAMPLE_RATE, section_at, voicings
from maxbooster_kernel.demo.space import FRAMES, finished, place, room, stage, widened
from maxbooster_kernel.demo.synth import Signal, envelope, filtered, hertz, seconds, sine

LOWEST = 55
COMPING = {
    "intro": ((0.0, 3.8, 0.5),),
    "verse": ((0.0, 1.3, 0.62), (1.5, 0.4, 0.45), (2.75, 1.1, 0.55)),
    "chorus": ((0.0, 0.6, 0.8), (0.75, 0.5, 0.58), (1.5, 0.8, 0.7), (2.75, 0.3, 0.52), (3.5, 0.4, 0.66)),
    "outro": ((0.0, 4.0, 0.7),),
}


def render() -> Signal:
    """Return the electric piano stem, shape ``(2, frames)``."""
    rng = player("chords")
    out = stage()
    for chord, pitches in voicings(LOWEST, 4):
        name = section_at(int(chord.start // 4)).name
        for offset, length, velocity in COMPING.get(name.removeprefix("final "), ()):
            start = chord.start + offset
            if start >= chord.end:
                continue
            held = min(length, chord.end - start)
            frame = frame_of(start, rng, late_ms=4.0, loose_ms=3.0)
            for finger, pitch in enumerate(pitches):
                touch = struck(velocity * (1.08 if finger == len(pitches) - 1 else 1.0), rng)
                tine = _tine(pitch, length_frames(start, held), touch)
                roll = round(float(rng.uniform(0, 0.006)) * finger * SAMPLE_RATE)
                place(out, tine, frame + roll, 0.22, pan=0.5 * (finger - 1.5) / 1.5)
    time = np.arange(FRAMES, dtype=np.float32) / SAMPLE_RATE
    sway = 0.16 * np.sin(2 * np.pi * 4.6 * time)
    out *= np.stack([1.0 + sway, 1.0 - sway]).astype(np.float32)
    wide = 0.75 * out + 0.4 * widened(out)
    return finished(
        filtered(wide, "highpass", 110.0) + 0.13 * room(wide, rng, time_s=1.6, predelay_s=0.02, bright_hz=5000.0), 0.157
    )


def _tine(pitch: int, gate: int, velocity: float) -> Signal:
    """A carrier modulated at its own pitch, louder strokes brighter, and the bell of the tine at 14 times it."""
    frames = gate + 9000
    tone_hz = hertz(pitch)
    time = seconds(frames)
    cycles = (np.arange(frames) * (tone_hz / SAMPLE_RATE)) % 1.0
    angle = (2 * np.pi * cycles).astype(np.float32)
    index = np.float32(0.35 + 1.9 * velocity**2) * np.exp(-time / np.float32(0.28)) + np.float32(0.12)
    tone = np.sin(angle + index * np.sin(angle))
    bell_hz = tone_hz * (14.0 if tone_hz * 14 < 9000 else 7.0)
    bell = sine(bell_hz, frames) * np.exp(-time / np.float32(0.035)) * np.float32(0.10 * velocity)
    shape = envelope(frames, gate, attack=0.002, fall=2.2, sustain=0.08, release=0.12)
    return np.asarray((tone + bell) * shape * np.float32(velocity), np.float32)
