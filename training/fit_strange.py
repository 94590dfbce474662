"""Fit what tells strange sounds from composed songs.

``python -m training.fit_strange strange.npz --composed FOLDER... --recordings FILE...``: songs that the harmony network
has not seen, stored by ``training.dataset``, against recordings (audio, or their stored features; 40 s of each, see
``training/README.md``). A logistic regression over the network's activations, averaged over time and pitch classes;
both kinds weigh alike. No key is looked at, so recordings need no truth.
Prints the area under the curve with each quarter of the pieces left out in turn, then fits all and writes.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import semitones
from maxbooster_kernel.analysis.network import harmony_activations, shipped_weights
from maxbooster_kernel.analysis.spectra import shared_spectra
from training.corpus import load_folder

RIDGE = 0.003
CAUTION = 1.0
"""Taken from the log odds: a sound is strange if that is 2.7 times as likely as not. Set with the mixing of keys."""
PARTS = 4


def timbre(saliences: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return what the network makes of a sound, shape (40,)."""
    return harmony_activations(saliences, shipped_weights("harmony")).timbre


def recorded(path: Path) -> NDArray[np.uint8]:
    """Return saliences of a recording, or those stored."""
    if path.suffix == ".npz":
        with np.load(path) as stored:
            return np.asarray(stored["harmony"])
    import soundfile as sf

    samples, rate = sf.read(path, dtype="float32", always_2d=True)
    return semitones(shared_spectra(samples.mean(axis=1), rate).long).saliences


def piece(name: str) -> str:
    """Return what the excerpts of one piece share: the name without its package and its number.

    Examples
    --------
    >>> piece("nexuiz__desert3_0")
    'desert3'
    """
    return name.rsplit("_", 1)[0].rsplit("__", 1)[-1]


def part(name: str, parts: int = PARTS) -> int:
    """Return to which of ``parts`` a piece belongs; its excerpts stay together."""
    return int(hashlib.md5(f"f{piece(name)}".encode(), usedforsecurity=False).hexdigest(), 16) % parts


def fit(rows: NDArray[np.float64], strange: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Return weights of shape (40,) and the offset, by L-BFGS on the cross entropy of standardised rows."""
    from scipy.optimize import minimize

    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    inputs = np.column_stack(((rows - mean) / spread, np.ones(len(rows))))
    share = np.where(strange, 0.5 / strange.sum(), 0.5 / (~strange).sum())
    penalty = np.full(inputs.shape[1], RIDGE)
    penalty[-1] = 0.0

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = inputs @ weights
        cost = share @ np.logaddexp(0.0, np.where(strange, -odds, odds)) + penalty @ weights**2
        slope = inputs.T @ (share * (1.0 / (1.0 + np.exp(-odds)) - strange)) + 2.0 * penalty * weights
        return float(cost), slope

    found = minimize(loss, np.zeros(inputs.shape[1]), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ mean)


def area(odds: NDArray[np.float64], strange: NDArray[np.bool_]) -> float:
    """Return the area under the curve: how often a strange sound gets more than another.

    Examples
    --------
    >>> area(np.array([0.1, 0.4, 0.3, 0.9]), np.array([False, False, True, True]))
    0.75
    """
    return float(np.mean(odds[strange][:, np.newaxis] > odds[~strange]))


def main() -> None:
    """Parse the command line, measure, fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--composed", type=Path, nargs="+", required=True)
    parser.add_argument("--recordings", type=Path, nargs="+", required=True)
    options = parser.parse_args()
    songs = [song for folder in options.composed for song in load_folder(folder)]
    heard = [(song.name, song.harmony, False) for song in songs if song.harmony.any() and song.truth["key_name"]]
    heard += [(path.stem, recorded(path), True) for path in options.recordings]
    rows = np.array([timbre(saliences) for _, saliences, _ in heard])
    strange = np.array([kind for *_, kind in heard])
    parts = np.array([part(name) for name, *_ in heard])
    for left in range(PARTS):
        out, kept = parts == left, parts != left
        if all(0 < strange[some].sum() < some.sum() for some in (out, kept)):
            weights, offset = fit(rows[kept], strange[kept])
            print(f"left out {left}: {area(rows[out] @ weights + offset, strange[out]):.3f}")
    weights, offset = fit(rows, strange)
    np.savez(options.out, weight=weights.astype(np.float32), bias=np.float32(offset - CAUTION))
    print(f"{(~strange).sum()} composed songs, {strange.sum()} recordings")


if __name__ == "__main__":
    main()
