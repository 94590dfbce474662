"""Sections of a programme: where its sound or harmony changes for long, and which parts are alike.

Novelty after Foote (ICME 2000): a checkerboard kernel along the diagonal of a self-similarity matrix of the beats. With
a Gaussian taper the kernel is a product, so novelty is the squared distance between what follows a beat and what
comes before it, and the matrix is never made.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.chords import pool
from maxbooster_kernel.analysis.spectra import FRAME_RATE, PITCH_FRAME_RATE

REACH_BEATS = 32
SHORTEST_BEATS = 16
FEWEST_BEATS = 32
PART_OF_HIGHEST = 0.25
LEAST_NOVELTY = 0.35
"""A border's distance between before and after, in deviations of the programme."""
ALIKE = 0.6
"""Sections whose means lie closer than this part of the mean distance between all sections are alike."""
TIMBRE_BANDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part from ``start_s`` to ``end_s``; parts that are alike share a ``label``, "A" for the first."""

    start_s: float
    end_s: float
    label: str


def beat_features(
    levels: NDArray[np.float32],
    chroma: NDArray[np.floating],
    bass: NDArray[np.floating],
    borders_s: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what is compared: timbre and harmony between borders, shape ``(len(borders_s) - 1, 32)``.

    Parameters
    ----------
    levels
        Logarithmic band levels, 100 frames a second.
    chroma, bass
        Shape ``(frames, 12)`` from C.
    borders_s
        Beats, in seconds.
    """
    edges = np.linspace(0, levels.shape[1], TIMBRE_BANDS + 1).astype(np.int64)[:-1]
    timbre = np.add.reduceat(levels, edges, axis=1)
    rows = [
        pool(values, borders_s, rate)
        for values, rate in ((timbre, FRAME_RATE), (chroma, PITCH_FRAME_RATE), (bass, PITCH_FRAME_RATE))
    ]
    # each kind counts alike, however many numbers it has
    return np.concatenate([_standardised(row) / np.sqrt(row.shape[1]) for row in rows], axis=1)


def novelty(features: NDArray[np.float64], *, reach: int = REACH_BEATS) -> NDArray[np.float64]:
    """Return how much changes at the beginning of each row of features, at least 0.

    >>> int(novelty(np.repeat([[0.0], [1.0]], 40, axis=0)).argmax())
    40
    """
    weight = np.exp(-0.5 * (np.arange(reach) / (0.5 * reach)) ** 2)
    count = len(features)
    total = np.concatenate([np.zeros((1, features.shape[1])), np.cumsum(features, axis=0)])
    before, after, left, right = (np.zeros_like(features) for _ in range(4))
    for k in range(reach):
        ahead = np.minimum(np.arange(count) + k, count - 1)
        behind = np.maximum(np.arange(count) - 1 - k, 0)
        inside_after = (np.arange(count) + k < count)[:, np.newaxis] * weight[k]
        inside_before = (np.arange(count) - 1 - k >= 0)[:, np.newaxis] * weight[k]
        after += inside_after * (total[ahead + 1] - total[ahead])
        before += inside_before * (total[behind + 1] - total[behind])
        right += inside_after
        left += inside_before
    distance = after / np.maximum(right, 1e-9) - before / np.maximum(left, 1e-9)
    squared = np.asarray((distance**2).sum(axis=1))
    squared[: SHORTEST_BEATS // 2] = 0.0
    squared[count - SHORTEST_BEATS // 2 :] = 0.0
    return squared


def find_sections(
    features: NDArray[np.float64], borders_s: NDArray[np.float64], downbeats_s: NDArray[np.float64]
) -> tuple[Section, ...]:
    """Return the sections between the first and the last border; none for programmes of less than 32 beats.

    Parameters
    ----------
    features
        From :func:`beat_features`.
    borders_s
        Beats in seconds, one more than features.
    downbeats_s
        First beats of bars, where sections begin.
    """
    if len(features) < FEWEST_BEATS:
        return ()
    curve = novelty(features)
    index = np.array([0, *_peaks(curve), len(features)])
    starts = borders_s[index]
    if downbeats_s.size:
        for k in range(1, starts.size - 1):
            nearest = downbeats_s[np.abs(downbeats_s - starts[k]).argmin()]
            step = float(np.median(np.diff(borders_s)))
            if abs(nearest - starts[k]) <= 2.05 * step and starts[k - 1] < nearest < starts[k + 1]:
                starts[k] = nearest
    means = np.array([features[a:b].mean(axis=0) for a, b in pairwise(index)])
    return tuple(
        Section(start_s=float(start), end_s=float(end), label=label)
        for start, end, label in zip(starts[:-1], starts[1:], _labels(means), strict=True)
    )


def _peaks(curve: NDArray[np.float64]) -> list[int]:
    """Return where the curve is highest among its neighbours and high enough."""
    floor = max(LEAST_NOVELTY, PART_OF_HIGHEST * float(curve.max()))
    found: list[int] = []
    for k in np.argsort(-curve):
        if curve[k] < floor:
            break
        if all(abs(int(k) - other) >= SHORTEST_BEATS for other in found):
            found.append(int(k))
    return sorted(found)


def _labels(means: NDArray[np.float64]) -> list[str]:
    """Return "A" for the first section and for those that sound like it, and so on."""
    distance = np.sqrt(((means[:, np.newaxis] - means) ** 2).sum(axis=2))
    near = ALIKE * float(distance[np.triu_indices(len(means), 1)].mean()) if len(means) > 2 else 0.0
    names: list[int] = []
    for k in range(len(means)):
        alike = [j for j in range(k) if distance[k, j] < near]
        closest = min(alike, key=lambda j: float(distance[k, j]), default=None)
        names.append(names[closest] if closest is not None else len(set(names)))
    return [_letters(name) for name in names]


def _letters(number: int) -> str:
    """Return "A" to "Z", then "AA" and on.

    >>> _letters(0), _letters(25), _letters(26)
    ('A', 'Z', 'AA')
    """
    return chr(65 + number) if number < 26 else _letters(number // 26 - 1) + chr(65 + number % 26)


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(np.sqrt(values.var(axis=0).mean()))
    return (values - values.mean(axis=0)) / spread if spread > 1e-9 else np.zeros_like(values)
