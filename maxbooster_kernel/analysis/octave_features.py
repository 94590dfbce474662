"""What tells whether a way to count beats is the one people tap: the features of :mod:`~.octave`'s candidates."""

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import RHYTHM_FPS
from maxbooster_kernel.analysis.learned_harmony import chord_change
from maxbooster_kernel.analysis.network import HarmonyActivations, RhythmActivations, tempo_classes

FACTORS = ((1, 1), (2, 1), (1, 2), (3, 1), (1, 3), (2, 3), (3, 2))
"""Tempi as multiples of the decoded one, numerator and denominator; threes are for compound time."""
FEATURES = (
    "tempo head", *(f"tempo head at {factor}" for factor in ("2", "1/2", "3", "1/3", "3/2", "2/3")),
    "speed", "speed squared", "fast", "slow",
    "beat", "log beat", "half", "log half", "third", "log third", "quarter", "log quarter", "thirds over halves",
    "beat by 2", "beat by 3",
    "downbeat", "downbeat by 2", "downbeat by 3", "downbeat by 4",
    "change", "change by 2", "change by 3", "change by 4",
    *(f"times {over}/{under}" for over, under in FACTORS),
)  # fmt: skip
"""What :func:`features` returns, in order."""
MIDDLE_BPM = 105.0
SAME_TEMPO = 0.08
"""Tempi less than this apart, in octaves, are one."""
FLOOR = 0.02
_LEAST_MASS = 0.003


def features(
    beats_s: NDArray[np.float64],
    bpm: float,
    factor: tuple[int, int],
    heard: RhythmActivations,
    harmony: HarmonyActivations | None,
) -> NDArray[np.float64]:
    """Describe one way to count, in the order of :data:`FEATURES`.

    How likely the network's tempo head finds it and its relatives, how fast it is, how strong the activations are at
    its beats and between them, and how far every second, third or fourth beat stands out in beats, downbeats and
    changes of chord.

    Parameters
    ----------
    beats_s
        At least four beats in seconds.
    bpm
        Their tempo.
    factor
        One of :data:`FACTORS`.
    heard, harmony
        What the networks say; without harmony its features are not numbers.
    """
    activation = np.maximum(heard.beat, heard.downbeat)
    on, bars = peak_near(activation, beats_s), peak_near(heard.downbeat, beats_s)
    half, first, second, early, late = (
        peak_near(activation, _between(beats_s, part)) for part in (1 / 2, 1 / 3, 2 / 3, 1 / 4, 3 / 4)
    )
    thirds, quarters = 0.5 * (first + second), 0.5 * (early + late)
    change = np.full(beats_s.size, np.nan) if harmony is None else chord_change(harmony, beats_s)
    speed = float(np.log2(bpm / MIDDLE_BPM))
    return np.array([
        *(_tempo_mass(heard.tempo, bpm * multiple) for multiple in (1, 2, 1 / 2, 3, 1 / 3, 3 / 2, 2 / 3)),
        speed, speed**2, max(0.0, speed) ** 3, max(0.0, -speed) ** 3,
        *(value for part in (on, half, thirds, quarters) for value in (part.mean(), np.log(part + FLOOR).mean())),
        max(0.0, float(thirds.mean() - half.mean())),
        *(stands_out(on, every) for every in (2, 3)),
        bars.mean(), *(stands_out(bars, every) for every in (2, 3, 4)),
        change.mean(), *(stands_out(change, every) for every in (2, 3, 4)),
        *(float(factor == other) for other in FACTORS),
    ])  # fmt: skip


def peak_near(activation: NDArray[np.floating], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the highest activation within two frames (40 ms) of each time."""
    frames = np.rint(times_s * RHYTHM_FPS).astype(np.int64)
    near = [activation[np.clip(frames + k, 0, len(activation) - 1)] for k in range(-2, 3)]
    return np.asarray(np.max(near, axis=0), np.float64)


def stands_out(values: NDArray[np.float64], every: int) -> float:
    """Return how far the strongest phase of every so many values lies above the mean of all phases.

    Examples
    --------
    >>> stands_out(np.tile([1.0, 0.0, 0.5], 4), 3)
    0.5
    """
    if values.size < 2 * every:
        return 0.0
    means = [float(values[phase::every].mean()) for phase in range(every)]
    return max(means) - sum(means) / every


def _between(beats: NDArray[np.float64], part: float) -> NDArray[np.float64]:
    return np.asarray(beats[:-1] + part * np.diff(beats))


def _tempo_mass(tempo: NDArray[np.floating], bpm: float) -> float:
    near = np.abs(np.log2(tempo_classes() / bpm)) < SAME_TEMPO
    return float(np.log(float(tempo[near].sum()) + _LEAST_MASS))
