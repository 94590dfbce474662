"""Which octave of the tempo is tapped: the beats as decoded, twice as many, or every second one.

Nearly every error of tempo trackers is one of the octave. Each candidate is described by how likely the network's
tempo head finds it, how fast it is, how strong the activations and the changes of chord are at its beats, between them
and on every second one; one linear map, fitted to composed songs (``python -m training.fit_octave``), weighs them.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import RHYTHM_FPS
from maxbooster_kernel.analysis.learned_harmony import chord_change
from maxbooster_kernel.analysis.network import HarmonyActivations, RhythmActivations, tempo_classes

FEATURES = (
    "tempo head", "speed", "speed squared", "fast", "slow", "beat", "between", "beat alternates", "downbeat",
    "downbeat alternates", "change", "change alternates", "as decoded", "log beat", "log between",
)  # fmt: skip
"""What :attr:`Octave.features` holds, in order."""
FACTORS = (1.0, 2.0, 0.5)
SLOWEST_BPM, FASTEST_BPM = 38.0, 250.0
MIDDLE_BPM = 105.0
USUAL_BPM = (80.0, 140.0)
SURE = 0.6
"""A tempo as decoded within the usual range is left only for one more probable than this."""
FEWEST_BEATS = 6
SAME_TEMPO = 0.08
"""Tempi less than this apart, in octaves, are one."""
_FLOOR = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Octave:
    """One way to count: its tempo in BPM, beats in seconds, and features in the order of :data:`FEATURES`."""

    bpm: float
    beats_s: NDArray[np.float64]
    features: NDArray[np.float64]


def octaves(
    beats_s: NDArray[np.float64], bpm: float, heard: RhythmActivations, harmony: HarmonyActivations | None
) -> list[Octave]:
    """Return the ways to count, as decoded first.

    Parameters
    ----------
    beats_s
        Decoded beats in seconds.
    bpm
        Their tempo.
    heard, harmony
        What the networks say.
    """
    found = []
    for factor in FACTORS:
        beats = _counted(beats_s, factor, heard, harmony)
        tempo = bpm * factor
        if factor == 1.0 or (beats.size >= FEWEST_BEATS and SLOWEST_BPM < tempo < FASTEST_BPM):
            found.append(Octave(bpm=tempo, beats_s=beats, features=_features(beats, tempo, factor, heard, harmony)))
    return found


def weigh(candidates: list[Octave], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the probability of each candidate.

    Parameters
    ----------
    candidates
        From :func:`octaves`.
    weights
        Rows of means, scales and weights of the features; those shipped by default.
    """
    mean, scale, weight = _shipped() if weights is None else weights
    rows = (np.array([candidate.features for candidate in candidates]) - mean) / scale
    score = np.nan_to_num(rows) @ weight
    chance = np.exp(score - score.max())
    return np.asarray(chance / chance.sum())


def choose(candidates: list[Octave], chance: NDArray[np.float64]) -> Octave:
    """Return the most probable candidate, the first where its tempo is usual and no other is surely better.

    Parameters
    ----------
    candidates
        From :func:`octaves`.
    chance
        From :func:`weigh`.
    """
    best = int(chance.argmax())
    usual = USUAL_BPM[0] < candidates[0].bpm < USUAL_BPM[1]
    return candidates[0] if usual and chance[best] < SURE else candidates[best]


def peak_near(activation: NDArray[np.floating], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the highest activation within two frames (40 ms) of each time."""
    frames = np.rint(times_s * RHYTHM_FPS).astype(np.int64)
    near = [activation[np.clip(frames + k, 0, len(activation) - 1)] for k in range(-2, 3)]
    return np.asarray(np.max(near, axis=0), np.float64)


def _counted(
    beats: NDArray[np.float64], factor: float, heard: RhythmActivations, harmony: HarmonyActivations | None
) -> NDArray[np.float64]:
    """Return the beats with those half-way between them, or every second one in the likelier phase."""
    if factor == 1.0:
        return beats
    if factor == 2.0:
        return np.interp(np.arange(2 * beats.size - 1) / 2.0, np.arange(beats.size), beats)
    strength = np.log(peak_near(np.maximum(heard.beat, heard.downbeat), beats) + _FLOOR)
    strength += np.log(peak_near(heard.downbeat, beats) + _FLOOR)
    if harmony is not None:
        strength += 4.0 * chord_change(harmony, beats)
    return beats[int(strength[1::2].mean() > strength[::2].mean()) :: 2]


def _features(
    beats: NDArray[np.float64], bpm: float, factor: float, heard: RhythmActivations, harmony: HarmonyActivations | None
) -> NDArray[np.float64]:
    activation = np.maximum(heard.beat, heard.downbeat)
    on, bars = peak_near(activation, beats), peak_near(heard.downbeat, beats)
    between = peak_near(activation, 0.5 * (beats[1:] + beats[:-1]))
    change = np.full(beats.size, np.nan) if harmony is None else chord_change(harmony, beats)
    near = np.abs(np.log2(tempo_classes() / bpm)) < SAME_TEMPO
    speed = float(np.log2(bpm / MIDDLE_BPM))
    return np.array([
        np.log(float(heard.tempo[near].sum()) + 0.003), speed, speed**2, max(0.0, speed) ** 3, max(0.0, -speed) ** 3,
        on.mean(), between.mean(), _alternation(on), bars.mean(), _alternation(bars),
        change.mean(), _alternation(change), float(factor == 1.0),
        np.log(on + _FLOOR).mean(), np.log(between + _FLOOR).mean(),
    ])  # fmt: skip


def _alternation(values: NDArray[np.float64]) -> float:
    """Return how far every second value stands out from the others."""
    return abs(float(values[::2].mean() - values[1::2].mean()))


@lru_cache(maxsize=1)
def _shipped() -> NDArray[np.float64]:
    place = resources.files("maxbooster_kernel.analysis") / "weights" / "octave.npy"
    with place.open("rb") as file:
        return np.asarray(np.load(file))
