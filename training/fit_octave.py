"""Fit what chooses the tempo's octave: ``python -m training.fit_octave OUT.npz FOLDER... --plain FOLDER``.

The songs must be ones the networks were not trained on, or their tempo head is too sure. Of the plain songs excerpts
and pairs are taken too: without them steady music of few parts is halved. A few minutes.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_rhythm import decode_beats
from maxbooster_kernel.analysis.network import harmony_activations, rhythm_activations
from maxbooster_kernel.analysis.octave import Octave, Ranker, octaves, scores
from training.corpus import Example, load_folder
from training.excerpts import follows, short_and_joined, stretches

HIDDEN = 12
MEMBERS = 4
RIDGE = 0.002
STEPS = 300
FOLDS = 6
Case = tuple[NDArray[np.float64], NDArray[np.bool_]]


def candidates(song: Example) -> list[Octave]:
    """Return the ways to count a stored song; empty where no beats are found."""
    heard, harmony = rhythm_activations(song.rhythm), harmony_activations(song.harmony)
    beats = decode_beats(heard)
    return [] if beats is None else octaves(*beats, heard, harmony)


def case(song: Example) -> Case | None:
    """Return features of the candidates and which are right; None where none is, so that nothing can be learned."""
    found = candidates(song)
    if "stretches" in song.truth:
        right = np.array([follows(one.beats_s, stretches(song)) for one in found])
    else:
        right = np.array([abs(one.bpm / song.truth["tempo"] - 1) < 0.04 for one in found])
    return (np.array([one.features for one in found]), right) if right.any() else None


def fit(cases: list[Case], *, hidden: int = HIDDEN, members: int = MEMBERS, ridge: float = RIDGE) -> Ranker:
    """Fit a conditional logit with a hidden layer: the mean of several fits from different starts.

    Parameters
    ----------
    cases
        Features of the candidates (n, features) and which are right (n,), song by song.
    hidden
        Hidden units of each fit.
    members
        How many fits.
    ridge
        Weight of the squared weights in the loss.
    """
    every = np.concatenate([rows for rows, _ in cases])
    mean, scale = every.mean(axis=0), every.std(axis=0) + 1e-9
    rows = np.nan_to_num((every - mean) / scale)
    right = np.concatenate([found for _, found in cases])
    song = np.repeat(np.arange(len(cases)), [len(found) for _, found in cases])
    fits = [_member(rows, right, song, hidden, ridge, seed) for seed in range(members)]
    return {
        "mean": mean,
        "scale": scale,
        "straight": np.mean([straight for straight, _, _, _ in fits], axis=0),
        "inner": np.concatenate([inner for _, inner, _, _ in fits], axis=1),
        "bias": np.concatenate([bias for _, _, bias, _ in fits]),
        "outer": np.concatenate([outer for _, _, _, outer in fits]) / members,
    }


def share(ranker: Ranker, cases: list[Case]) -> float:
    """Return the share of songs whose right octave is chosen."""
    return float(np.mean([right[int(scores(rows, ranker).argmax())] for rows, right in cases]))


def _member(
    rows: NDArray[np.float64],
    right: NDArray[np.bool_],
    song: NDArray[np.int64],
    hidden: int,
    ridge: float,
    seed: int,
) -> tuple[NDArray[np.float64], ...]:
    """Fit weights from one start; ``song`` says which song each row belongs to, ascending."""
    from scipy.optimize import minimize

    count = rows.shape[1]
    first = np.flatnonzero(np.diff(song, prepend=-1))
    borders = np.cumsum([count, count * hidden, hidden])

    def unpacked(flat: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        straight, inner, bias, outer = np.split(flat, borders)
        return straight, inner.reshape(count, hidden), bias, outer

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        straight, inner, bias, outer = unpacked(flat)
        unit = np.tanh(rows @ inner + bias)
        score = rows @ straight + unit @ outer
        chance = np.exp(score - np.maximum.reduceat(score, first)[song])
        chance /= np.add.reduceat(chance, first)[song]
        wanted = chance * right
        mass = np.add.reduceat(wanted, first) + 1e-12
        slope = (chance - wanted / mass[song]) / first.size
        inward = slope[:, np.newaxis] * outer * (1 - unit**2)
        value = -float(np.log(mass).mean()) + ridge * float((straight**2).sum() + (inner**2).sum() + (outer**2).sum())
        return value, np.concatenate((
            rows.T @ slope + 2 * ridge * straight,
            (rows.T @ inward + 2 * ridge * inner).ravel(),
            inward.sum(axis=0),
            unit.T @ slope + 2 * ridge * outer,
        ))  # fmt: skip

    rng = np.random.default_rng(seed)
    inner = rng.normal(0, 0.45 / np.sqrt(count), count * hidden)
    start = np.concatenate((np.zeros(count), inner, np.zeros(hidden), rng.normal(0, 0.3, hidden)))
    return unpacked(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x)


def main() -> None:
    """Parse the command line, fit and say how well it holds on songs left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--plain", type=Path, nargs="+", default=[], help="folders of plain songs")
    options = parser.parse_args()
    songs = [song for folder in options.folders for song in load_folder(folder)]
    for folder in options.plain:
        plain = load_folder(folder)
        songs += plain + short_and_joined(plain, seed=5)
    cases = [found for song in songs if (found := case(song))]
    order = np.random.default_rng(0).permutation(len(cases))
    held = []
    for fold in np.array_split(order, FOLDS):
        ranker = fit([cases[index] for index in np.setdiff1d(order, fold)])
        held += [share(ranker, [cases[index]]) for index in fold]
    as_decoded = float(np.mean([right[0] for _, right in cases]))
    print(f"{len(cases)} songs, as decoded {as_decoded:.3f}, chosen {np.mean(held):.3f} (songs left out)")
    np.savez(options.out, **{name: value.astype(np.float32) for name, value in fit(cases).items()})


if __name__ == "__main__":
    main()
