"""The learned path of the analysis: from samples to rhythm and harmony, and how far the classical path agrees."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import filterbank, pooled, semitones
from maxbooster_kernel.analysis.learned_harmony import LearnedHarmony, decode_harmony
from maxbooster_kernel.analysis.learned_rhythm import LearnedRhythm, decode_rhythm
from maxbooster_kernel.analysis.network import harmony_activations, rhythm_activations
from maxbooster_kernel.analysis.spectra import Spectra, shared_spectra

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
    return hear_spectra(shared_spectra(mono, sample_rate))


def hear_spectra(spectra: Spectra) -> Learned:
    """Find rhythm and harmony in spectra; see :func:`hear`."""
    if spectra.duration_s < 1.0:
        return Learned(rhythm=None, harmony=None)
    features = semitones(spectra.long)
    sounding = bool(features.saliences.any())
    chords = harmony_activations(features.saliences) if sounding else None
    rhythm = decode_rhythm(rhythm_activations(pooled(spectra.levels, filterbank().groups)), chords)
    if chords is None:
        return Learned(rhythm=rhythm, harmony=None)
    beats = np.empty(0) if rhythm is None else rhythm.beats_s
    return Learned(rhythm=rhythm, harmony=decode_harmony(features, chords, beats, spectra.duration_s))


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
