"""Chords and key from the harmony network's activations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.chords import LABELS, Chord, decode
from maxbooster_kernel.analysis.key import NAMES
from maxbooster_kernel.analysis.learned_features import HARMONY_FPS, RATE, Harmony, harmony_features
from maxbooster_kernel.analysis.network import HarmonyActivations, harmony_activations

STAY = 3.0
QUIET = 6.0
UNSURE = 0.2
FIRST_CHORD = 1.1
"""Log weight of the key whose tonic chord comes first, fitted to songs of the training corpus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedHarmony:
    """Key and chords as the network hears them.

    Parameters
    ----------
    tonic, scale
        ``"C"`` to ``"B"``, ``"major"`` or ``"minor"``.
    probability
        Of that key, 0 to 1.
    margin
        Its lead over the second key's.
    chords
        In order, without gaps.
    tuning_hz
        Frequency of A4.
    """

    tonic: str
    scale: str
    probability: float
    margin: float
    chords: tuple[Chord, ...]
    tuning_hz: float


def find_harmony(mono: NDArray[np.floating], beats_s: NDArray[np.float64]) -> LearnedHarmony | None:
    """Find key and chords.

    Parameters
    ----------
    mono
        Samples at 22050 Hz, shape (n,).
    beats_s
        Where chords may change; half a second apart where there are fewer than two.

    Returns
    -------
    LearnedHarmony or None
        None where nothing sounds.
    """
    features = harmony_features(mono)
    if not features.saliences.any():
        return None
    return decode_harmony(features, harmony_activations(features.saliences), beats_s, len(mono) / RATE)


def decode_harmony(
    features: Harmony, heard: HarmonyActivations, beats_s: NDArray[np.float64], duration_s: float
) -> LearnedHarmony:
    """Decode activations; see :func:`find_harmony`."""
    inner = beats_s[(beats_s > 0.05) & (beats_s < duration_s - 0.05)]
    if inner.size < 2:
        inner = np.arange(0.5, duration_s - 0.25, 0.5)
    borders = np.concatenate(([0.0], inner, [duration_s]))
    scores = _pooled(features, heard, borders)
    path = decode(scores, stay=STAY)
    changes = np.flatnonzero(np.diff(path)) + 1
    starts = np.concatenate(([0], changes))
    ends = np.concatenate((changes, [path.size]))
    chords = tuple(
        Chord(start_s=float(borders[first]), end_s=float(borders[last]), label=LABELS[path[first]])
        for first, last in zip(starts, ends, strict=True)
    )
    likely = _key(heard.key, path)
    best, second = (int(index) for index in np.argsort(-likely)[:2])
    return LearnedHarmony(
        tonic=NAMES[best % 12],
        scale="minor" if best >= 12 else "major",
        probability=float(likely[best]),
        margin=float(likely[best] - likely[second]),
        chords=chords,
        tuning_hz=float(440 * 2 ** (features.tuning / 12)),
    )


def _key(key: NDArray[np.floating], path: NDArray[np.int64]) -> NDArray[np.float64]:
    """Probability of each key, given also that pieces like to begin on their tonic chord, shape (24,)."""
    weight = np.log(np.asarray(key, np.float64) + 1e-6)
    sounding = path[path < weight.size]
    if sounding.size:
        weight[sounding[0]] += FIRST_CHORD
    likely = np.exp(weight - weight.max())
    return np.asarray(likely / likely.sum())


def _pooled(features: Harmony, heard: HarmonyActivations, borders_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log weight of the 24 chords and of no chord between borders, shape (parts, 25)."""
    frames = len(heard.chords)
    edges = np.clip(np.rint(borders_s * HARMONY_FPS).astype(np.int64), 0, frames)
    scores = np.empty((len(edges) - 1, 25))
    loud = features.saliences.mean(axis=1)
    for part in range(len(scores)):
        first = min(int(edges[part]), frames - 1)
        last = max(int(edges[part + 1]), first + 1)
        count = last - first
        scores[part, :24] = heard.chords[first:last].mean(axis=0) * min(count, 6)
        silent = loud[first:last].mean() < QUIET
        scores[part, 24] = 0.0 if silent else np.log(UNSURE) * min(count, 6)
    return scores
