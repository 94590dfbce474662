"""Percussion: a shaker's sixteenths, congas, a tambourine and hand claps on two and four."""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.demo.groove import frame_of, player, struck
from maxbooster_kernel.demo.instruments.drums import steps
from maxbooster_kernel.demo.score import section_at
from maxbooster_kernel.demo.space import finished, place, room, stage
from maxbooster_kernel.demo.synth import Signal, decay, filtered, noise, seconds, sine

BARS = 28
SHAKER = "xgogxgogxgogxgoo"
CONGAS = {"verse": ("..o...x...o..ox.", "......o........x"), "chorus": ("..o...x.o.o..ox.", "x.....o...x....x")}
TAMBOURINE = "..x...x...x...x."
CLAPS = "....X.......X..."


def render() -> Signal:
    """Return the percussion stem, shape ``(2, frames)``."""
    rng = player("percussion")
    dry, sent = stage(), stage()
    grains = [_shake(rng, 0.045 + 0.01 * index) for index in range(5)]
    high, low, slap = _conga(212.0, 0.22, rng), _conga(148.0, 0.30, rng), _slap(rng)
    jingle, claps = _jingle(rng), [_clap(rng) for _ in range(3)]
    for bar in range(BARS):
        name = section_at(bar).name
        loud = {"intro": 0.7, "verse": 0.8}.get(name, 1.0)
        for turn, (beat, velocity) in enumerate(steps(SHAKER)):
            frame = frame_of(4 * bar + beat, rng, late_ms=2.0, loose_ms=3.5)
            place(dry, grains[turn % 5], frame, 0.34 * loud * struck(velocity, rng, spread=0.15), pan=-0.45)
        if name == "intro":
            continue
        hands = CONGAS["verse" if name == "verse" else "chorus"]
        for pattern, drum, pan in ((hands[0], high, 0.5), (hands[1], low, 0.25)):
            for beat, velocity in steps(pattern):
                skin = slap if drum is high and velocity > 0.7 else drum
                frame = frame_of(4 * bar + beat, rng, late_ms=3.0, loose_ms=4.0)
                hit = struck(velocity, rng, spread=0.1)
                place(dry, skin, frame, 0.42 * loud * hit, pan=pan)
                place(sent, skin, frame, 0.16 * hit, pan=pan)
        if name == "verse":
            continue
        for turn, (beat, velocity) in enumerate(steps(CLAPS)):
            frame = frame_of(4 * bar + beat, rng, late_ms=6.0)
            place(dry, claps[(bar + turn) % 3], frame, 0.55 * struck(velocity, rng))
            place(sent, claps[(bar + turn) % 3], frame, 0.30)
        for beat, velocity in steps(TAMBOURINE):
            place(dry, jingle, frame_of(4 * bar + beat, rng, loose_ms=3.0), 0.2 * struck(velocity, rng), pan=0.6)
    return finished(dry + 0.6 * room(sent, rng, time_s=1.1, predelay_s=0.012, bright_hz=7500.0), 0.236)


def _shake(rng: np.random.Generator, time_s: float) -> Signal:
    """Beads against a shell: noise that swells for a few milliseconds and dies."""
    frames = 5000
    time = seconds(frames)
    swelling = np.minimum(time / 0.009, 1.0) * np.exp(-np.maximum(time - 0.009, 0) / np.float32(time_s / 3))
    return np.asarray(filtered(noise(frames, rng), "bandpass", 4200.0, 11_000.0) * swelling, np.float32)


def _conga(tone_hz: float, time_s: float, rng: np.random.Generator) -> Signal:
    frames = 16000
    pitch = tone_hz * (1.0 + 0.07 * np.exp(-seconds(frames) / 0.018))
    skin = sine(pitch.astype(np.float32), frames) * decay(frames, time_s)
    skin += 0.35 * sine(1.58 * tone_hz, frames) * decay(frames, 0.5 * time_s)
    palm = filtered(noise(frames, rng), "bandpass", 500.0, 2600.0) * decay(frames, 0.02)
    return np.asarray(skin + 0.35 * palm, np.float32)


def _slap(rng: np.random.Generator) -> Signal:
    frames = 9000
    ring = sine(318.0, frames) * decay(frames, 0.11) + 0.5 * sine(742.0, frames) * decay(frames, 0.06)
    crack = filtered(noise(frames, rng), "bandpass", 1500.0, 6000.0) * decay(frames, 0.03)
    return np.asarray(0.6 * ring + 0.8 * crack, np.float32)


def _jingle(rng: np.random.Generator) -> Signal:
    frames = 12000
    rattle = filtered(noise(frames, rng), "highpass", 7000.0)
    rings = sum(sine(float(hertz), frames, float(rng.random())) for hertz in rng.uniform(5200.0, 11_500.0, 9))
    return np.asarray((rattle + 0.25 * np.asarray(rings, np.float32)) * decay(frames, 0.16), np.float32)


def _clap(rng: np.random.Generator) -> Signal:
    """Several hands within 25 ms, then the room they are in."""
    frames = 14000
    time = seconds(frames)
    bursts = sum(
        np.where(time >= start, np.exp(-np.maximum(time - start, 0) / 0.004), 0.0) for start in (0, 0.009, 0.018)
    )
    tail = np.where(time >= 0.024, np.exp(-np.maximum(time - 0.024, 0) / 0.035), 0.0)
    hands = [filtered(noise(frames, rng), "bandpass", 900.0, 4800.0) * (bursts + 0.8 * tail) for _ in range(2)]
    return np.asarray(hands, np.float32)
