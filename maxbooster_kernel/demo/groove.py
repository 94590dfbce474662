"""How the score is played: swing, micro-timing and velocities that differ a little from note to note."""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.demo.score import SAMPLE_RATE, beat_to_seconds

SWING = 0.54
SEED = 20261122


def player(name: str) -> np.random.Generator:
    """Return the random source of one instrument, the same for every run."""
    return np.random.default_rng([SEED, *name.encode()])


def swung(beat: float) -> float:
    """Return where a beat position is played: the off sixteenths come late by the swing ratio.

    >>> swung(1.0), swung(1.5), round(swung(1.25), 3)
    (1.0, 1.5, 1.27)
    """
    half = beat % 0.5
    if abs(half - 0.25) < 1e-6:
        return beat - 0.25 + 0.5 * SWING
    return beat


def frame_of(beat: float, rng: np.random.Generator, *, late_ms: float = 0.0, loose_ms: float = 2.0) -> int:
    """Return the frame at which a player strikes: swung, ``late_ms`` behind, give or take ``loose_ms``."""
    shift = late_ms + float(np.clip(rng.normal(0.0, loose_ms), -3.0 * loose_ms, 3.0 * loose_ms))
    seconds = float(beat_to_seconds(swung(beat))) + shift / 1000.0
    return max(0, round(seconds * SAMPLE_RATE))


def struck(velocity: float, rng: np.random.Generator, *, spread: float = 0.06) -> float:
    """Return a velocity as a hand would play it, from 0.02 to 1."""
    return float(np.clip(velocity * (1.0 + rng.normal(0.0, spread)), 0.02, 1.0))


def length_frames(start: float, length: float) -> int:
    """Return the frames between two beats."""
    return round(float(beat_to_seconds(start + length) - beat_to_seconds(start)) * SAMPLE_RATE)
