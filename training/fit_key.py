"""Fit the weights of the key finder: ``python -m training.fit_key FEATURES.npz [--songs N] [--out WEIGHTS.npy]``.

Songs are composed and rendered from their seeds, analysed by the classical path and kept in FEATURES.npz as they come,
so that a run can be continued. The fit is a logistic regression over the 24 keys with weights shared by all tonics;
songs of the held-out styles only measure it.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis import chroma, spectra
from maxbooster_kernel.analysis.beattrack import track_beats
from maxbooster_kernel.analysis.chords import find_chords
from maxbooster_kernel.analysis.key import FEATURES, key_features
from maxbooster_kernel.analysis.onset import onset_strength
from training.render import render
from training.song import SECONDS, compose
from training.synthesis import RATE

FIRST_SEED = 800_000
RIDGE = 0.01
STEPS = 1500


def features(seed: int, *, held_out: bool) -> tuple[NDArray[np.float64], int]:
    """Return the features of a song, shape ``(8, 12)``, and its key, 0 to 23."""
    song = compose(seed, held_out=held_out)
    mono = render(song, unseen=held_out)
    heard = spectra.shared_spectra(mono, RATE)
    beats = track_beats(onset_strength(heard.levels)).beats_s
    peaks = spectra.pitch_peaks(heard.long)
    salience = chroma.semitone_salience(peaks, chroma.tuning_deviation(peaks))
    treble, bass = chroma.fold(salience), chroma.fold_bass(salience)
    inner = beats[(beats > 0.05) & (beats < SECONDS - 0.05)]
    borders = np.concatenate([[0.0], inner, [SECONDS]])
    return key_features(treble, bass, find_chords(treble, bass, borders, spectra.PITCH_FRAME_RATE, key=None)), song.key


def collect(path: Path, songs: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return features and keys of the first ``songs`` songs; every fourth is held out."""
    rows: list[NDArray[np.float64]] = []
    keys: list[int] = []
    if path.exists():
        with np.load(path) as stored:
            rows, keys = list(stored["features"]), [int(key) for key in stored["keys"]]
    for number in range(len(rows), songs):
        row, key = features(FIRST_SEED + number, held_out=number % 4 == 3)
        rows.append(row)
        keys.append(key)
        if number % 10 == 9:
            np.savez(path, features=np.array(rows), keys=np.array(keys))
    return np.array(rows[:songs]), np.array(keys[:songs], np.int64)


def fit(rows: NDArray[np.float64], keys: NDArray[np.int64], *, ridge: float = RIDGE) -> NDArray[np.float64]:
    """Return weights and offsets, shape ``(2, 97)``, by Adam on the cross entropy."""
    turned = np.stack([np.roll(rows, -tonic, axis=2).reshape(len(rows), -1) for tonic in range(12)], axis=1)
    size = FEATURES * 12
    weights = np.zeros((2, size + 1))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    inputs = np.concatenate([turned, np.ones((len(rows), 12, 1))], axis=2)
    penalty = np.full(size + 1, ridge)
    penalty[-1] = 0.0
    for step in range(1, STEPS + 1):
        scores = np.einsum("ntf,mf->nmt", inputs, weights).reshape(len(rows), 24)
        chance = np.exp(scores - scores.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        chance[np.arange(len(rows)), keys] -= 1.0
        slope = np.einsum("nmt,ntf->mf", chance.reshape(-1, 2, 12), inputs) / len(rows) + penalty * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope**2
        weights -= 0.05 * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return weights


def exact(weights: NDArray[np.float64], rows: NDArray[np.float64], keys: NDArray[np.int64]) -> float:
    """Return the share of songs whose key is found."""
    turned = np.stack([np.roll(rows, -tonic, axis=2).reshape(len(rows), -1) for tonic in range(12)], axis=1)
    scores = np.einsum("ntf,mf->nmt", turned, weights[:, :-1]) + weights[:, -1][:, np.newaxis]
    return float((scores.reshape(len(rows), 24).argmax(axis=1) == keys).mean())


def main() -> None:
    """Collect, fit on the styles for training, measure on the others, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("features", type=Path)
    parser.add_argument("--songs", type=int, default=400)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rows, keys = collect(arguments.features, arguments.songs)
    held = np.arange(len(keys)) % 4 == 3
    weights = fit(rows[~held], keys[~held])
    print(f"exact on training songs {exact(weights, rows[~held], keys[~held]):.3f}")
    print(f"exact on held-out styles and soundfont {exact(weights, rows[held], keys[held]):.3f} of {held.sum()} songs")
    if arguments.out:
        np.save(arguments.out, weights.astype(np.float32))


if __name__ == "__main__":
    main()
