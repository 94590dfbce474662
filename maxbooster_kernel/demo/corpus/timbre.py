"""Random instruments: sums of partials whose strength, decay, vibrato and breath are drawn from a family's ranges.

The families and the ensembles of them are in ``timbres.toml``: ranges of ``tilt`` (partials fall as k to minus that),
``even`` (strength of even partials), ``comb`` (where a string is plucked), ``stretch`` (inharmonicity), ``attack`` and
``decay`` in seconds, ``damping`` (how much faster high partials die), ``vibrato`` in semitones, ``voices`` and their
``detune`` in cents, ``noise`` and ``drive``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
Kind = Literal["struck", "plucked", "sustained", "voice"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Patch:
    """One instrument: its partials' gains at octave-spaced frequencies, and how a note begins, lasts and ends."""

    kind: Kind
    tilt: float
    even: float
    comb: float
    bumps: tuple[tuple[float, float, float], ...]
    stretch: float
    attack_s: float
    decay_s: float
    damping: float
    release_s: float
    vibrato_hz: float
    vibrato: float
    voices: int
    detune: float
    noise: float
    partials: int
    drive: float


_TABLE: dict[str, Any] = tomllib.loads(files(__package__).joinpath("timbres.toml").read_text(encoding="utf-8"))
FAMILIES: dict[str, dict[str, Any]] = _TABLE["families"]
ENSEMBLES: dict[str, dict[str, list[str]]] = _TABLE["ensembles"]
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (530, 1840, 2480), (570, 840, 2410), (300, 870, 2240))


def draw_patch(family: str, rng: np.random.Generator) -> Patch:
    """Return a random instrument of a family."""
    ranges = FAMILIES[family]

    def draw(name: str, low: float, high: float) -> float:
        return float(rng.uniform(*ranges.get(name, (low, high))))

    bumps = tuple(
        (
            float(np.exp(rng.uniform(np.log(250), np.log(5000)))),
            float(rng.uniform(0.2, 0.8)),
            float(rng.uniform(-0.6, 1.6)),
        )
        for _ in range(int(rng.integers(0, 4)))
    )
    return Patch(
        kind=ranges["kind"],
        tilt=draw("tilt", 1, 1.5),
        even=draw("even", 0.6, 1.0),
        comb=draw("comb", 0.0, 0.0),
        bumps=bumps,
        stretch=draw("stretch", 0.0, 0.0),
        attack_s=draw("attack", 0.005, 0.02),
        decay_s=draw("decay", 4.0, 20.0),
        damping=draw("damping", 0.0, 0.1),
        release_s=float(rng.uniform(0.03, 0.25)),
        vibrato_hz=float(rng.uniform(4.5, 6.5)),
        vibrato=draw("vibrato", 0.0, 0.02),
        voices=round(draw("voices", 1, 1)),
        detune=draw("detune", 0.0, 0.0),
        noise=draw("noise", 0.0, 0.01),
        partials=int(rng.integers(10, 26)),
        drive=draw("drive", 0.0, 0.0),
    )


def sound(patch: Patch, frequency_hz: float, length_s: float, sample_rate: int, rng: np.random.Generator) -> Signal:
    """Return one note of a patch at full velocity, mono, its release included."""
    frames = max(64, round((length_s + patch.release_s) * sample_rate))
    time = np.asarray(np.arange(frames) / sample_rate, np.float32)
    count = max(1, min(patch.partials, int(0.45 * sample_rate / frequency_hz)))
    k = np.arange(1, count + 1)
    gains = _gains(patch, k, frequency_hz, rng)
    out = np.zeros(frames, np.float32)
    for voice in range(patch.voices):
        cents = patch.detune * (voice - (patch.voices - 1) / 2) / max(patch.voices - 1, 1)
        pitch = np.float64(frequency_hz * 2 ** (cents / 1200))
        late = np.clip((time - 0.15) / 0.3, 0, 1) * patch.vibrato
        turn = (
            late * np.sin(2 * np.pi * patch.vibrato_hz * time + rng.random() * 6) * (0.0578 * pitch / patch.vibrato_hz)
        )
        cycles = (pitch * np.arange(frames) / sample_rate + turn / (2 * np.pi)) % 1.0e6
        fade = np.exp(-time * np.float32(patch.damping / 1.5))
        body = np.exp(-time * np.float32(3.0 / patch.decay_s))
        for index in range(count):
            ratio = k[index] * np.sqrt(1.0 + patch.stretch * k[index] ** 2)
            angle = (((cycles * ratio + rng.random()) % 1.0) * (2 * np.pi)).astype(np.float32)
            out += np.sin(angle) * (body * np.float32(gains[index]))
            body = body * fade
    out /= np.float32(max(float(np.sqrt((gains**2).sum()) * np.sqrt(patch.voices)), 1e-6))
    if patch.noise:
        hiss = np.diff(rng.standard_normal(frames + 1, dtype=np.float32)) * np.float32(patch.noise)
        out += hiss * (np.exp(-time / 0.02) if patch.kind in ("struck", "plucked") else np.float32(0.25))
    if patch.drive:
        out = np.tanh(out * np.float32(patch.drive)) * np.float32(0.6)
    return np.asarray(out * _shape(patch, time, length_s), np.float32)


def _gains(patch: Patch, k: NDArray[np.int64], frequency_hz: float, rng: np.random.Generator) -> NDArray[np.float64]:
    gains = k**-patch.tilt * np.where(k % 2 == 0, patch.even, 1.0)
    if patch.comb:
        gains = gains * np.abs(np.sin(np.pi * k * patch.comb))
    hertz = k * frequency_hz
    for centre, width, height in patch.bumps:
        gains = gains * (1.0 + max(height, -0.7) * np.exp(-((np.log2(hertz / centre) / width) ** 2)))
    if patch.kind == "voice":
        formants = VOWELS[int(rng.integers(len(VOWELS)))]
        tract = sum(
            level / np.sqrt(1 + ((hertz - centre) / 90.0) ** 2)
            for centre, level in zip(formants, (1, 0.6, 0.25), strict=True)
        )
        gains = gains * (np.asarray(tract) + 0.03)
    return np.asarray(gains + 1e-9, np.float64)


def _shape(patch: Patch, time: Signal, length_s: float) -> Signal:
    rise = np.minimum(time / np.float32(max(patch.attack_s, 1e-4)), 1.0)
    fall = np.exp(-np.maximum(time - np.float32(length_s), 0) * np.float32(5.0 / patch.release_s))
    return np.asarray(rise * fall, np.float32)
