"""Chords and key from the harmony network's activations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.chords import LABELS, Chord, decode
from maxbooster_kernel.analysis.key import NAMES
from maxbooster_kernel.analysis.learned_features import HARMONY_FPS, RATE, Harmony, harmony_features
from maxbooster_kernel.analysis.network import HarmonyActivations, harmony_activations
from maxbooster_kernel.analysis.profiles import with_profiles

STAY = 3.0
QUIET = 8.0
"""A frame whose strongest semitone lies below this is silent."""
UNSURE = 0.3
"""A frame whose likeliest chord is less probable than this speaks for none."""
FLOOR = 0.02
"""No frame makes a chord less likely than this."""
LONG_BEAT_S = 0.55
"""Chords may change within beats longer than this."""
FIRST_CHORD = 0.7
"""Log weight of the key whose tonic chord comes first, fitted to songs of the training corpus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedHarmony:
    """Key and chords as the network hears them; the key with the profiles' help where the sound is strange to it.

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
    if inner.size > 1 and float(np.median(np.diff(inner))) > LONG_BEAT_S:
        inner = np.sort(np.concatenate((inner, 0.5 * (inner[1:] + inner[:-1]))))
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
    likely = with_profiles(_key(heard.key, path), heard.strange, features.saliences)
    best, second = (int(index) for index in np.argsort(-likely)[:2])
    return LearnedHarmony(
        tonic=NAMES[best % 12],
        scale="minor" if best >= 12 else "major",
        probability=float(likely[best]),
        margin=float(likely[best] - likely[second]),
        chords=chords,
        tuning_hz=float(440 * 2 ** (features.tuning / 12)),
    )


def chord_change(heard: HarmonyActivations, beats_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the chords after each beat differ from those before it, 0 to 1.

    Parameters
    ----------
    heard
        What the network says.
    beats_s
        At least two times in seconds, ascending.
    """
    frames = len(heard.chords)
    step = float(np.median(np.diff(beats_s)))
    borders = np.concatenate(([beats_s[0] - step], beats_s, [beats_s[-1] + step]))
    edges = np.clip(np.rint(borders * HARMONY_FPS).astype(np.int64), 0, frames)
    total = np.concatenate((np.zeros((1, 24)), np.cumsum(np.exp(heard.chords), axis=0, dtype=np.float64)))
    first = np.minimum(edges[:-1], frames - 1)
    last = np.maximum(edges[1:], first + 1)
    mean = (total[last] - total[first]) / (last - first)[:, np.newaxis]
    return np.asarray(0.5 * np.abs(np.diff(mean, axis=0)).sum(axis=1))


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
    silent = features.saliences[:frames].max(axis=1) < QUIET
    certain = np.exp(heard.chords)
    frame = np.empty((frames, 25))
    frame[:, :24] = np.log(certain + FLOOR)
    frame[:, 24] = np.log(np.where(certain.max(axis=1) < UNSURE, UNSURE, FLOOR))
    frame[silent] = np.where(np.arange(25) == 24, 0.0, np.log(FLOOR))
    for part in range(len(scores)):
        first = min(int(edges[part]), frames - 1)
        last = max(int(edges[part + 1]), first + 1)
        scores[part] = frame[first:last].mean(axis=0) * min(last - first, 6)
    return scores
