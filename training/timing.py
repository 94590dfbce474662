"""Tempo curves, swing and human unevenness: from beats to seconds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CURVES = ("const", "drift", "ramp", "step", "rubato")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Maps beats to seconds; ``times[i]`` is the time of beat ``i / 8``."""

    times: NDArray[np.float64]
    curve: str

    def seconds(self, beats: NDArray[np.float64]) -> NDArray[np.float64]:
        """Time of each beat position, in seconds."""
        return np.interp(beats, np.arange(len(self.times)) / 8, self.times)


def make_clock(rng: np.random.Generator, *, bpm: float, beats: int, steady: bool) -> Clock:
    """Draw a tempo curve.

    Parameters
    ----------
    rng
        Source of randomness.
    bpm
        Mean tempo.
    beats
        Length in beats.
    steady
        Whether drums hold the tempo (fewer and smaller changes).

    Returns
    -------
    Clock
        From beat 0 at 0 s.
    """
    weights = (0.62, 0.15, 0.08, 0.06, 0.09) if steady else (0.3, 0.2, 0.08, 0.06, 0.36)
    curve = str(rng.choice(CURVES, p=weights))
    position = np.arange(beats * 8 + 1) / 8
    tempo = np.full(len(position), bpm)
    if curve == "drift":
        walk = np.cumsum(rng.standard_normal(len(position) // 8 + 2))
        walk = np.convolve(walk - walk.mean(), np.ones(8) / 8, "same")
        depth = rng.uniform(0.01, 0.04) / max(float(np.abs(walk).max()), 1e-9)
        tempo = bpm * (1 + depth * np.interp(position, np.arange(len(walk)), walk))
    elif curve == "ramp":
        tempo = bpm * np.geomspace(1, 1 + rng.uniform(-0.18, 0.18), len(position))
    elif curve == "step":
        at = rng.uniform(0.25, 0.75) * beats
        tempo = np.where(position < round(at), bpm, bpm * (1 + rng.choice([-1, 1]) * rng.uniform(0.06, 0.2)))
    elif curve == "rubato":
        depth, period = rng.uniform(0.02, 0.12), float(rng.choice([4, 8, 8, 16]))
        tempo = bpm * (1 - depth * np.cos(2 * np.pi * (position / period + rng.uniform())))
        tempo *= 1 + 0.3 * depth * np.interp(position, np.arange(beats + 2), rng.standard_normal(beats + 2))
    tempo = np.clip(tempo, 0.6 * bpm, 1.6 * bpm)
    times = np.concatenate(([0.0], np.cumsum(60 / tempo[:-1] / 8)))
    return Clock(times=times, curve=curve)


def swung(beats: NDArray[np.float64], amount: float, *, sixteenths: bool) -> NDArray[np.float64]:
    """Delay off-beats.

    Parameters
    ----------
    beats
        Positions.
    amount
        0 straight, 1/3 triplets.
    sixteenths
        Swing the sixteenths instead of the eighths.

    Returns
    -------
    NDArray[np.float64]
        Positions after swing.

    Examples
    --------
    >>> swung(np.array([0, 0.5, 1.0]), 1 / 3, sixteenths=False).round(3).tolist()
    [0.0, 0.667, 1.0]
    """
    scale = 2 if sixteenths else 1
    whole = np.floor(beats * scale)
    part = beats * scale - whole
    middle = 0.5 + amount / 2
    warped = np.where(part < 0.5, part * 2 * middle, middle + (part - 0.5) * 2 * (1 - middle))
    return (whole + warped) / scale
