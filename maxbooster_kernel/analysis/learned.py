"""The learned path of the analysis: from samples to rhythm and harmony, and how far the classical path agrees."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import RATE, harmony_features
from maxbooster_kernel.analysis.learned_harmony import LearnedHarmony, decode_harmony
from maxbooster_kernel.analysis.learned_rhythm import LearnedRhythm, find_rhythm
from maxbooster_kernel.analysis.network import harmony_activations

NEAR_S = 0.07
LEAST_TRUST = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What the networks hear; None where they hear nothing."""

    rhythm: LearnedRhythm | None
    harmony: LearnedHarmony | None


def hear(mono: NDArray[np.floating], sample_rate: int) -> Learned:
    """Find rhythm and harmony with the shipped networks.

    Parameters
    ----------
    mono
        Samples, shape (n,).
    sample_rate
        In Hz; other rates than 22050 are resampled.

    Returns
    -------
    Learned
        Empty for programmes of less than a second.

    Examples
    --------
    >>> hear(np.zeros(44100), 44100).rhythm is None
    True
    """
    import soxr

    samples = np.asarray(mono, np.float32)
    if sample_rate != RATE:
        samples = soxr.resample(samples, sample_rate, RATE, quality="MQ")
    if len(samples) < RATE:
        return Learned(rhythm=None, harmony=None)
    features = harmony_features(samples)
    if not features.saliences.any():
        return Learned(rhythm=find_rhythm(samples), harmony=None)
    chords = harmony_activations(features.saliences)
    rhythm = find_rhythm(samples, chords)
    beats = np.empty(0) if rhythm is None else rhythm.beats_s
    return Learned(rhythm=rhythm, harmony=decode_harmony(features, chords, beats, len(samples) / RATE))


def agreement(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """Return how well two series of beats agree, 0 to 1, whichever of both counts twice as fast.

    Parameters
    ----------
    ours, theirs
        Times in seconds, ascending.

    Returns
    -------
    float
        The greater of the shares of either that lie within 70 ms of the other.

    Examples
    --------
    >>> agreement(np.arange(10.0), np.arange(0, 10, 0.5))
    1.0
    >>> agreement(np.arange(10.0), np.arange(10) + 0.25)
    0.0
    """
    if not ours.size or not theirs.size:
        return 0.0
    shares = [
        float(np.mean(np.abs(some[:, np.newaxis] - others[_nearest(some, others)]).min(axis=1) <= NEAR_S))
        for some, others in ((ours, theirs), (theirs, ours))
    ]
    return max(shares)


def trust(confidence: float, agreed: float) -> float:
    """Lower a confidence where the classical path hears other beats."""
    return confidence * (LEAST_TRUST + (1.0 - LEAST_TRUST) * agreed)


def _nearest(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.int64]:
    """Indices of the neighbours of each of ``some`` among ``others``, shape (n, 2)."""
    after = np.searchsorted(others, some)
    return np.stack([np.clip(after - 1, 0, others.size - 1), np.clip(after, 0, others.size - 1)], axis=1)
