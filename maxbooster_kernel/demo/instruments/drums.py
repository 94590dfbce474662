"""The drum kit: kick, snare with ghost notes, hi-hats that swing, toms for the fills, a crash at each new part."""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.demo.groove import frame_of, player, struck
from maxbooster_kernel.demo.score import SECTIONS, section_at
from maxbooster_kernel.demo.space import finished, place, room, stage
from maxbooster_kernel.demo.synth import Signal, decay, filtered, noise, saturated, seconds, sine

VELOCITIES = {"X": 1.0, "x": 0.78, "o": 0.5, "g": 0.2}
PATTERNS = {
    "intro": ("................", "................", "..x...x...x...x."),
    "verse": ("x......o..x.....", "....X..g.g..X..g", "x.o.x.o.x.o.x.o."),
    "chorus": ("x...x..ox...x...", "....X..g....X.g.", "x.oox.oox.oox.oo"),
    "final chorus": ("x...x.o.x...x..o", "....X..g....X.gg", "xoxoxoxoxoxoxoxo"),
    "outro": ("X...............", "................", "................"),
}
FILL = ("x.......x.......", "....X.......oxXX", "x.o.x.o.........")
FILL_TOMS = ((2.0, 0), (2.25, 0), (2.5, 1), (2.75, 1))
METAL_HZ = (2127.0, 3171.0, 3821.0, 4509.0, 5430.0, 6812.0)


def bars() -> list[tuple[int, tuple[str, str, str]]]:
    """Return every bar with its patterns for kick, snare and hats; the last bar of a part is a fill."""
    last = {section.end_bar - 1 for section in SECTIONS[:-1]}
    return [(bar, FILL if bar in last else PATTERNS[section_at(bar).name]) for bar in range(SECTIONS[-1].end_bar)]


def steps(pattern: str) -> list[tuple[float, float]]:
    """Return ``(beat in the bar, velocity)`` of each stroke of a pattern of sixteenths."""
    return [(index / 4, VELOCITIES[mark]) for index, mark in enumerate(pattern) if mark in VELOCITIES]


def kick_frames() -> list[int]:
    """Return the frames of the kick drum's strokes, which other instruments duck under."""
    return [frame for frame, _ in _kicks()]


def render() -> Signal:
    """Return the drum stem, shape ``(2, frames)``."""
    rng = player("drums")
    dry, sent = stage(), stage()
    kick = _kick()
    for frame, velocity in _kicks():
        place(dry, kick, frame, 0.95 * velocity)
    snares = [_snare(rng) for _ in range(4)]
    hats = [_hat(rng, 0.055 + 0.012 * index) for index in range(4)]
    opened = _hat(rng, 0.42)
    for bar, (_, snare, hat) in bars():
        for turn, (beat, velocity) in enumerate(steps(snare)):
            frame = frame_of(4 * bar + beat, rng, late_ms=5.0 if velocity > 0.4 else 0.0)
            hit = struck(velocity, rng)
            place(dry, snares[turn % 4] if velocity > 0.4 else 0.8 * snares[turn % 4], frame, 0.62 * hit**1.3)
            place(sent, snares[turn % 4], frame, 0.5 * hit**1.5)
        for turn, (beat, velocity) in enumerate(steps(hat)):
            frame = frame_of(4 * bar + beat, rng, late_ms=1.0, loose_ms=3.0)
            place(dry, hats[turn % 4], frame, 0.17 * struck(velocity, rng, spread=0.12), pan=0.3)
        if section_at(bar).name.endswith("chorus") and bar % 2:
            place(dry, opened, frame_of(4 * bar + 3.5, rng), 0.13, pan=0.3)
    _fills(dry, sent, rng)
    crash = _crash(rng)
    for section in SECTIONS[1:]:
        frame = frame_of(4 * section.start_bar, rng, loose_ms=0.5)
        place(dry, crash, frame, 0.30 if section.name != "verse" else 0.16, pan=-0.35)
        place(sent, crash, frame, 0.06)
    gated = room(sent, rng, time_s=0.9, predelay_s=0.004, bright_hz=7000.0)
    mixed: Signal = saturated(dry + 0.5 * gated, 0.9)
    return finished(mixed, 0.45)


def _kicks() -> list[tuple[int, float]]:
    rng = player("kick")
    found = []
    for bar, (pattern, _, _) in bars():
        soft = 0.8 if section_at(bar).name in ("intro", "verse") else 1.0
        for beat, velocity in steps(pattern):
            frame = frame_of(4 * bar + beat, rng, loose_ms=0.7)
            found.append((frame, soft * struck(velocity, rng, spread=0.03)))
    return found


def _kick() -> Signal:
    """A sine that falls from 190 to 47 Hz, a beater's click, driven a little."""
    frames = 22050
    time = seconds(frames)
    pitch = 47.0 + 95.0 * np.exp(-time / 0.028) + 160.0 * np.exp(-time / 0.004)
    body = sine(pitch.astype(np.float32), frames) * decay(frames, 0.42)
    click = filtered(noise(frames, player("click")), "bandpass", 1800.0, 6500.0) * decay(frames, 0.014)
    return saturated(body + 0.22 * click, 1.5) * np.float32(1.1)


def _snare(rng: np.random.Generator) -> Signal:
    """Two modes of the skin and the rattle of the wires; each stroke differs a little."""
    frames = 17000
    time = seconds(frames)
    tune = 1.0 + rng.normal(0.0, 0.004)
    bend = (1.0 + 0.18 * np.exp(-time / 0.012)).astype(np.float32)
    skin = sine(np.float32(186.0 * tune) * bend, frames) * decay(frames, 0.16)
    skin += 0.6 * sine(np.float32(331.0 * tune) * bend, frames) * decay(frames, 0.11)
    wires = filtered(noise(frames, rng), "highpass", 1400.0) * decay(frames, 0.24)
    snap = filtered(noise(frames, rng), "bandpass", 2500.0, 9000.0) * decay(frames, 0.03)
    return np.asarray(0.55 * skin + 0.34 * wires + 0.5 * snap, np.float32)


def _hat(rng: np.random.Generator, time_s: float) -> Signal:
    """Six square-like partials without harmony, and noise, behind a steep high-pass."""
    frames = round(44100 * min(1.2 * time_s + 0.02, 0.6))
    metal = sum(np.sign(sine(hertz, frames, float(rng.random()))) for hertz in METAL_HZ)
    both = 0.25 * np.asarray(metal, np.float32) + 0.9 * noise(frames, rng)
    bright = filtered(filtered(both, "highpass", 6500.0), "highpass", 7500.0)
    return np.asarray(bright * decay(frames, time_s) * np.minimum(seconds(frames) / 0.0008, 1.0), np.float32)


def _crash(rng: np.random.Generator) -> Signal:
    """A cymbal: noise whose highs die first, spread over both sides."""
    frames = 2 * 44100
    sides = []
    for _ in range(2):
        hiss = noise(frames, rng)
        high = filtered(hiss, "highpass", 5000.0) * decay(frames, 1.1)
        middle = filtered(hiss, "bandpass", 900.0, 5000.0) * decay(frames, 1.9)
        sides.append((high + 0.5 * middle) * np.minimum(seconds(frames) / 0.003, 1.0))
    return np.asarray(sides, np.float32)


def _tom(tone_hz: float, rng: np.random.Generator) -> Signal:
    frames = 20000
    time = seconds(frames)
    pitch = tone_hz * (1.0 + 0.5 * np.exp(-time / 0.03))
    body = sine(pitch.astype(np.float32), frames) * decay(frames, 0.4)
    slap = filtered(noise(frames, rng), "bandpass", 400.0, 3000.0) * decay(frames, 0.05)
    return np.asarray(body + 0.2 * slap, np.float32)


def _fills(dry: Signal, sent: Signal, rng: np.random.Generator) -> None:
    toms = (_tom(165.0, rng), _tom(110.0, rng))
    for section in SECTIONS[:-1]:
        for beat, drum in FILL_TOMS:
            frame = frame_of(4 * (section.end_bar - 1) + beat, rng)
            place(dry, toms[drum], frame, 0.45 * struck(0.8, rng), pan=0.45 - 0.9 * drum)
            place(sent, toms[drum], frame, 0.2)
