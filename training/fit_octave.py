"""Fit what chooses the tempo's octave: ``python -m training.fit_octave OUT.npy FOLDER...``.

The songs must be ones the networks were not trained on, or their tempo head is too sure. A few minutes.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_rhythm import decode_beats
from maxbooster_kernel.analysis.network import harmony_activations, rhythm_activations
from maxbooster_kernel.analysis.octave import Octave, octaves
from training.corpus import Example, load_folder

RIDGE = 0.02
FOLDS = 8
Case = tuple[NDArray[np.float64], NDArray[np.bool_]]


def candidates(song: Example) -> list[Octave]:
    """Return the ways to count a stored song; empty where no beats are found."""
    heard, harmony = rhythm_activations(song.rhythm), harmony_activations(song.harmony)
    beats = decode_beats(heard)
    return [] if beats is None else octaves(*beats, heard, harmony)


def case(song: Example) -> Case | None:
    """Return features of the candidates and which are right; None where none is, so that nothing can be learned."""
    found = candidates(song)
    right = np.array([abs(one.bpm / song.truth["tempo"] - 1) < 0.04 for one in found])
    return (np.array([one.features for one in found]), right) if right.any() else None


def fit(cases: list[Case], *, ridge: float = RIDGE) -> NDArray[np.float64]:
    """Fit a conditional logit.

    Parameters
    ----------
    cases
        Features of the candidates (n, features) and which are right (n,), song by song.
    ridge
        Weight of the squared weights in the loss.

    Returns
    -------
    NDArray[np.float64]
        Means, scales and weights of the features, shape (3, features).
    """
    from scipy.optimize import minimize

    every = np.concatenate([rows for rows, _ in cases])
    mean, scale = every.mean(axis=0), every.std(axis=0) + 1e-9
    scaled = [((rows - mean) / scale, right) for rows, right in cases]

    def loss(weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = ridge * float(weight @ weight), 2 * ridge * weight
        for rows, right in scaled:
            score = rows @ weight
            chance = np.exp(score - score.max())
            chance /= chance.sum()
            wanted = chance * right
            total -= float(np.log(wanted.sum() + 1e-12)) / len(scaled)
            slope = slope - (wanted / (wanted.sum() + 1e-12) - chance) @ rows / len(scaled)
        return total, slope

    weight = minimize(loss, np.zeros(every.shape[1]), jac=True, method="L-BFGS-B").x
    return np.stack((mean, scale, weight))


def share(weights: NDArray[np.float64], cases: list[Case]) -> float:
    """Return the share of songs whose right octave is chosen."""
    mean, scale, weight = weights
    return float(np.mean([right[int((((rows - mean) / scale) @ weight).argmax())] for rows, right in cases]))


def main() -> None:
    """Parse the command line, fit and say how well it holds on songs left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args()
    cases = [found for folder in options.folders for song in load_folder(folder) if (found := case(song))]
    order = np.random.default_rng(0).permutation(len(cases))
    held = []
    for fold in np.array_split(order, FOLDS):
        weights = fit([cases[index] for index in np.setdiff1d(order, fold)])
        held += [share(weights, [cases[index]]) for index in fold]
    as_decoded = float(np.mean([right[0] for _, right in cases]))
    print(f"{len(cases)} songs, as decoded {as_decoded:.3f}, chosen {np.mean(held):.3f} (songs left out)")
    np.save(options.out, fit(cases))


if __name__ == "__main__":
    main()
