"""Key: chroma against profiles of the 24 keys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
MAJOR = np.array([5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0])
MINOR = np.array([5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0])
"""Temperley 1999 (The Cognition of Basic Musical Structures), major and minor, from the tonic."""
_BASS = np.array([3.0, 0.0, 1.0, 0.5, 0.5, 1.5, 0.0, 2.0, 0.5, 0.5, 0.5, 0.3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key: ``tonic`` ("C" to "B", flats), ``scale`` ("major" or "minor"), ``strength`` and ``margin``.

    ``strength`` is the correlation with the profile, -1 to 1; ``margin`` its lead over the second key.
    """

    tonic: str
    scale: str
    strength: float
    margin: float

    def __str__(self) -> str:
        """Return the key as "Eb minor"."""
        return f"{self.tonic} {self.scale}"


def key_scores(chroma: NDArray[np.floating], bass: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the score of each key: correlations, C major to B major, then C minor to B minor.

    Parameters
    ----------
    chroma, bass
        Summed over the part of interest, shape ``(12,)`` from C.
    """
    scores = np.empty(24)
    for mode, profile in enumerate((MAJOR, MINOR)):
        for tonic in range(12):
            scores[12 * mode + tonic] = _correlation(chroma, np.roll(profile, tonic)) + 0.35 * _correlation(
                bass, np.roll(_BASS, tonic)
            )
    return scores / 1.35


def find_key(chroma: NDArray[np.floating], bass: NDArray[np.floating]) -> Key | None:
    """Return the key of chroma of shape ``(frames, 12)``; None where nothing sounds."""
    total, low = chroma.sum(axis=0), bass.sum(axis=0)
    if not float(total.max(initial=0.0)) > 0.0 or float(np.ptp(total)) < 1e-9:
        return None
    scores = key_scores(total, low)
    order = np.argsort(-scores)
    best = int(order[0])
    return Key(
        tonic=NAMES[best % 12],
        scale="minor" if best >= 12 else "major",
        strength=float(scores[best]),
        margin=float(scores[best] - scores[order[1]]),
    )


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    x, y = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / norm if norm > 1e-12 else 0.0
