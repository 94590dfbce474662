"""Key: what sounds, what the bass plays and which chords are used, weighed for each of the 24 keys.

The weights are one linear map, the same for all twelve tonics, fitted to composed songs of known key
(``python -m training.fit_key``); strength is told by a classic profile beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maxbooster_kernel.analysis.chords import Chord

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
MAJOR = np.array([5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0])
MINOR = np.array([5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0])
"""Temperley 1999 (The Cognition of Basic Musical Structures), major and minor, from the tonic."""
FEATURES = 8
"""Rows of :func:`key_features`: chroma, bass, time in major and in minor chords, first chord, last chord."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key: ``tonic`` ("C" to "B", flats), ``scale`` ("major" or "minor"), ``strength`` and ``margin``.

    ``strength`` is the correlation of the chroma with the profile of the key, -1 to 1; ``margin`` is how much likelier
    the key is than the second, 0 to 1.
    """

    tonic: str
    scale: str
    strength: float
    margin: float

    def __str__(self) -> str:
        """Return the key as "Eb minor"."""
        return f"{self.tonic} {self.scale}"


def key_features(
    chroma: NDArray[np.floating], bass: NDArray[np.floating], chords: Sequence[Chord]
) -> NDArray[np.float64]:
    """Return what tells the key, shape ``(8, 12)`` from C.

    Parameters
    ----------
    chroma, bass
        Shape ``(frames, 12)`` from C.
    chords
        Found without knowing the key.
    """
    rows = np.zeros((FEATURES, 12))
    rows[0] = _standardised(chroma.sum(axis=0))
    rows[1] = _standardised(bass.sum(axis=0))
    states = [(_state(chord.label), chord.end_s - chord.start_s) for chord in chords if chord.label != "N"]
    for (mode, root), length in states:
        rows[2 + mode, root] += length
    rows[2:4] /= max(1e-9, rows[2:4].sum())
    for first, found in ((4, states[:1]), (6, states[-1:])):
        for (mode, root), _ in found:
            rows[first + mode, root] = 1.0
    return rows


def key_scores(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log weights of the keys, C major to B major, then C minor to B minor.

    Parameters
    ----------
    features
        From :func:`key_features`.
    """
    weights, offsets = _weights()
    turned = np.stack([np.roll(features, -tonic, axis=1).ravel() for tonic in range(12)])
    return np.asarray((turned @ weights.T + offsets).T.ravel())


def find_key(chroma: NDArray[np.floating], bass: NDArray[np.floating], chords: Sequence[Chord] = ()) -> Key | None:
    """Return the key of chroma of shape ``(frames, 12)`` from C; None where nothing sounds."""
    total = chroma.sum(axis=0)
    if not float(total.max(initial=0.0)) > 0.0 or float(np.ptp(total)) < 1e-9:
        return None
    scores = key_scores(key_features(chroma, bass, chords))
    chance = np.exp(scores - scores.max())
    chance /= chance.sum()
    best = int(chance.argmax())
    mode, tonic = divmod(best, 12)
    return Key(
        tonic=NAMES[tonic],
        scale=("major", "minor")[mode],
        strength=_correlation(total, np.roll((MAJOR, MINOR)[mode], tonic)),
        margin=float(chance[best] - np.partition(chance, -2)[-2]),
    )


@lru_cache(maxsize=1)
def _weights() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights of shape ``(2, 96)`` and offsets of shape ``(2,)`` for major and minor."""
    with resources.files("maxbooster_kernel.analysis").joinpath("key_weights.npy").open("rb") as file:
        table = np.load(file)
    return table[:, :-1], table[:, -1]


def _state(label: str) -> tuple[int, int]:
    root, quality = label.split(":")
    return (1 if quality == "min" else 0), NAMES.index(root)


def _standardised(values: NDArray[np.floating]) -> NDArray[np.float64]:
    spread = float(values.std())
    return np.asarray((values - values.mean()) / spread if spread > 1e-9 else values * 0.0, dtype=np.float64)


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    x, y = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / norm if norm > 1e-12 else 0.0
