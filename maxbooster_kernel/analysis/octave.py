"""Which multiple of the decoded tempo is tapped: the beats as decoded, twice, half, three times or a third as many.

Nearly every error of tempo trackers is one of the octave, or of threes where time is compound. Each candidate is
described by its features (:mod:`~maxbooster_kernel.analysis.octave_features`); a small network, fitted to composed
songs (``python -m training.fit_octave``), weighs them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_harmony import chord_change
from maxbooster_kernel.analysis.network import HarmonyActivations, RhythmActivations
from maxbooster_kernel.analysis.octave_features import FACTORS, FLOOR, features, peak_near

SLOWEST_BPM, FASTEST_BPM = 38.0, 260.0
USUAL_BPM = (80.0, 140.0)
SURE = 0.6
"""A tempo as decoded within the usual range is left only for one more probable than this."""
SURE_SLOWER = 0.7
"""A faster one is left for a slower one only if that is more probable than this: there are more fast songs among
recordings than among composed songs."""
FEWEST_BEATS = 6
Ranker = Mapping[str, NDArray[np.float64]]
"""``mean`` and ``scale`` of the features, weights ``straight`` to the score, and ``inner``, ``bias`` and ``outer`` of a
hidden layer of hyperbolic tangents."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Octave:
    """One way to count: its tempo in BPM, beats in seconds, and its features."""

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
        Decoded beats in seconds, at least four.
    bpm
        Their tempo.
    heard, harmony
        What the networks say.
    """
    found = []
    for factor in FACTORS:
        beats = _counted(beats_s, factor, heard, harmony)
        tempo = bpm * factor[0] / factor[1]
        if factor == (1, 1) or (beats.size >= FEWEST_BEATS and SLOWEST_BPM < tempo < FASTEST_BPM):
            described = features(beats, tempo, factor, heard, harmony)
            found.append(Octave(bpm=tempo, beats_s=beats, features=described))
    return found


def weigh(candidates: list[Octave], ranker: Ranker | None = None) -> NDArray[np.float64]:
    """Return the probability of each candidate.

    Parameters
    ----------
    candidates
        From :func:`octaves`.
    ranker
        The one shipped by default.
    """
    score = scores(np.array([candidate.features for candidate in candidates]), ranker or _shipped())
    chance = np.exp(score - score.max())
    return np.asarray(chance / chance.sum())


def choose(candidates: list[Octave], chance: NDArray[np.float64]) -> Octave:
    """Return the most probable candidate, the first where its tempo is usual or fast and no other is surely better.

    Parameters
    ----------
    candidates
        From :func:`octaves`.
    chance
        From :func:`weigh`.
    """
    best = int(chance.argmax())
    decoded, other = candidates[0].bpm, candidates[best].bpm
    usual = USUAL_BPM[0] < decoded < USUAL_BPM[1]
    slower = decoded >= USUAL_BPM[1] and other < decoded
    sure = SURE if usual else SURE_SLOWER if slower else 0.0
    return candidates[best] if chance[best] >= sure else candidates[0]


def scores(rows: NDArray[np.float64], ranker: Ranker) -> NDArray[np.float64]:
    """Return the log weight of candidates from their features, shape (candidates, features)."""
    scaled = np.nan_to_num((rows - ranker["mean"]) / ranker["scale"])
    hidden = np.tanh(scaled @ ranker["inner"] + ranker["bias"])
    return np.asarray(scaled @ ranker["straight"] + hidden @ ranker["outer"])


def _counted(
    beats: NDArray[np.float64], factor: tuple[int, int], heard: RhythmActivations, harmony: HarmonyActivations | None
) -> NDArray[np.float64]:
    """Return the beats divided evenly, and of those every so many in the likeliest phase."""
    parts, every = factor
    if parts > 1:
        beats = np.interp(np.arange(parts * (beats.size - 1) + 1) / parts, np.arange(beats.size), beats)
    if every == 1:
        return beats
    strength = np.log(peak_near(np.maximum(heard.beat, heard.downbeat), beats) + FLOOR)
    strength += np.log(peak_near(heard.downbeat, beats) + FLOOR)
    if harmony is not None:
        strength += 4.0 * chord_change(harmony, beats)
    return beats[int(np.argmax([strength[phase::every].mean() for phase in range(every)])) :: every]


@lru_cache(maxsize=1)
def _shipped() -> Ranker:
    place = resources.files("maxbooster_kernel.analysis") / "weights" / "octave.npz"
    with place.open("rb") as file, np.load(file) as stored:
        return {name: stored[name].astype(np.float64) for name in stored.files}
