"""Beat times of a tempo that stays, drifts, ramps, steps, breathes or lives; and the swing between the beats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]
KINDS = ("const", "drift", "ramp", "step", "rubato", "live", "slight")


def beat_times(kind: str, bpm: float, count: int, beats_per_bar: int, rng: np.random.Generator) -> Times:
    """Return the times of ``count`` beats in seconds, the first at 0.

    ``kind``: ``const`` keeps the tempo; ``drift`` wanders by some percent; ``ramp`` moves evenly by up to a tenth;
    ``step`` changes once at a bar; ``rubato`` breathes in phrases of four bars; ``live`` and ``slight`` vary every
    beat a little around a slow wave.
    """
    at = np.arange(count) / max(count - 1, 1)
    wave = np.sin(2 * np.pi * (rng.uniform(0.5, 2.0) * at + rng.random()))
    curve = np.zeros(count)
    if kind == "drift":
        walk = np.cumsum(rng.standard_normal(count))
        curve = (
            0.02 * (walk - np.linspace(walk[0], walk[-1], count)) / max(float(np.abs(walk).max()), 1.0) + 0.012 * wave
        )
    elif kind == "ramp":
        curve = rng.choice([-1.0, 1.0]) * rng.uniform(0.04, 0.11) * (at - 0.5) * 2
    elif kind == "step":
        change = beats_per_bar * round(rng.uniform(0.35, 0.65) * count / beats_per_bar)
        curve = np.where(np.arange(count) >= change, np.log(rng.choice([0.84, 0.9, 1.1, 1.2])), 0.0)
    elif kind == "rubato":
        phrase = (np.arange(count) % (4 * beats_per_bar)) / (4 * beats_per_bar)
        curve = 0.05 * np.sin(np.pi * phrase) - rng.uniform(0.08, 0.22) * np.clip((phrase - 0.8) / 0.2, 0, 1) ** 2
        curve = curve + 0.012 * rng.standard_normal(count)
    elif kind == "live":
        curve = 0.012 * wave + 0.008 * rng.standard_normal(count)
    elif kind == "slight":
        curve = 0.004 * wave + 0.004 * rng.standard_normal(count)
    periods = 60.0 / bpm * np.exp(-curve)
    return np.concatenate([[0.0], np.cumsum(periods)[:-1]])


def swung(position: Times, swing: float, *, unit: float) -> Times:
    """Return positions in beats with every second ``unit`` late by the swing: at 0.33 it falls on the triplet."""
    pair = 2.0 * unit
    base = np.floor(position / pair + 1e-9) * pair
    part = (position - base) / pair
    late = np.where(part < 0.5, part * (1.0 + swing), (1.0 + swing) / 2.0 + (part - 0.5) * (1.0 - swing))
    return np.asarray(base + late * pair)


def at_beats(position: Times, beats: Times) -> Times:
    """Return the times in seconds of positions in beats, between the given beat times and beyond them."""
    step = beats[-1] - beats[-2]
    longer = np.concatenate([[beats[0] - (beats[1] - beats[0])], beats, beats[-1] + step * np.arange(1, 17)])
    return np.asarray(np.interp(position, np.arange(-1, len(longer) - 1), longer))
