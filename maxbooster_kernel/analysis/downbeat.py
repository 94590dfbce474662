"""Downbeats and metre: which beats begin a bar, and how many beats a bar has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

METRES = (4, 3)
_PREFER_FOUR = 0.12


def find_downbeats(
    accents: NDArray[np.float64], low_accents: NDArray[np.float64], change: NDArray[np.float64]
) -> tuple[int, NDArray[np.int64]] | None:
    """Return beats per bar and the indices of the beats that begin bars; None with fewer than 8 beats.

    Parameters
    ----------
    accents, low_accents
        Onset strength at each beat, of all bands and of the low ones.
    change
        How much harmony changes at each beat.

    Notes
    -----
    Each metre and phase is scored by how far the beats it calls downbeats stand out, in deviations of all beats;
    harmony counts most, as chords change at bars.
    """
    if accents.size < 8:
        return None
    salience = 0.5 * _scaled(accents) + 0.8 * _scaled(low_accents) + 1.6 * _scaled(change)
    best: tuple[float, int, int] | None = None
    for metre in METRES:
        for phase in range(metre):
            marked = salience[phase::metre]
            others = np.delete(salience, np.s_[phase::metre])
            score = float(marked.mean() - others.mean()) + (_PREFER_FOUR if metre == METRES[0] else 0.0)
            if best is None or score > best[0]:
                best = (score, metre, phase)
    if best is None:
        return None
    return best[1], np.arange(best[2], accents.size, best[1])


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)
