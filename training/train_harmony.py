"""Train the chord and key network: ``python -m training.train_harmony DATA OUT.npz --minutes 25``."""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - as everywhere with this library

from maxbooster_kernel.analysis.learned_features import HARMONY_FPS, SALIENCE_STEP
from maxbooster_kernel.analysis.network import harmony_input
from training.augment import recolour
from training.corpus import Example, load_folder
from training.loop import Averaged, learning_rate, resumed
from training.models import HarmonyNet, exported

FRAMES = 256
UNKNOWN = -100


def chord_frames(chords: list[tuple[float, float, int]], frames: int) -> np.ndarray:
    """Class of each frame's centre, ``UNKNOWN`` for chords that are neither major nor minor."""
    labels = np.full(frames, UNKNOWN, np.int64)
    for start, end, label in chords:
        first, last = (int(np.ceil(time * HARMONY_FPS)) for time in (start, end))
        labels[max(first, 0) : max(last, 0)] = label if label >= 0 else UNKNOWN
    return labels


def moved(labels: np.ndarray, shift: int) -> np.ndarray:
    """Classes after transposition by ``shift`` semitones."""
    return np.where(labels < 0, labels, (labels % 12 + shift) % 12 + labels // 12 * 12)


def batch(rng: np.random.Generator, songs: list[Example], size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draw augmented excerpts: input (size, frames, 72), chord classes (size, frames), key (size,)."""
    inputs, chords, keys = [], [], []
    for _ in range(size):
        song = songs[int(rng.integers(len(songs)))]
        first = int(rng.integers(0, max(1, len(song.harmony) - FRAMES + 1)))
        changed, shift = recolour(rng, song.harmony[first : first + FRAMES])
        decades = np.clip(changed, 0, 255) / np.float32(SALIENCE_STEP)
        inputs.append(decades - decades.mean(axis=1, keepdims=True))
        labels = chord_frames(song.truth["chords"], len(song.harmony))[first : first + FRAMES]
        chords.append(moved(labels, shift))
        keys.append(int(moved(np.array(song.truth["key"]), shift)))
    return torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(chords)), torch.tensor(keys)


@torch.no_grad()
def validate(model: torch.nn.Module, songs: list[Example]) -> tuple[float, float]:
    """Chord accuracy by frame and key accuracy on unaugmented songs."""
    right, keys = [], []
    for song in songs:
        chord, key = model(torch.from_numpy(harmony_input(song.harmony))[None])
        labels = torch.from_numpy(chord_frames(song.truth["chords"], len(song.harmony)))
        valid = labels >= 0
        right.append(float((chord[0].argmax(0)[valid] == labels[valid]).float().mean()) if valid.any() else 1.0)
        keys.append(int(key.argmax()) == song.truth["key"])
    return float(np.mean(right)), float(np.mean(keys))


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--validation", type=Path)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--steps", type=int, help="a number of steps instead of minutes, for exact repetition")
    parser.add_argument("--limit", type=int, help="use the first songs only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="begin from exported weights")
    parser.add_argument("--rate", type=float, default=4e-3, help="highest learning rate")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(options.seed)
    songs = load_folder(options.data, limit=options.limit)
    checks = load_folder(options.validation, limit=60) if options.validation else []
    model = HarmonyNet()
    if options.resume:
        resumed(model, options.resume)
    averaged = Averaged(model, 0.997)
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=1e-3)
    start, step, total = time.monotonic(), 0, 0.0
    while True:
        done = step / options.steps if options.steps else (time.monotonic() - start) / (60 * options.minutes)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = options.rate * learning_rate(step, done)
        inputs, chords, keys = batch(rng, songs, 12)
        chord, key = model(inputs)
        loss = F.cross_entropy(chord, chords, ignore_index=UNKNOWN) + 0.3 * F.cross_entropy(key, keys)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        averaged.update(model)
        total += float(loss.detach())
        step += 1
        if step % 200 == 0:
            if not options.steps and options.limit is None:
                songs += load_folder(options.data, known=frozenset(song.name for song in songs))
            figures = validate(averaged.model, checks) if checks else ()
            print(
                step,
                f"{done:.2f}",
                len(songs),
                f"{total / 200:.4f}",
                *(f"{figure:.4f}" for figure in figures),
                flush=True,
            )
            total = 0.0
            np.savez(options.out, **exported(averaged.model))
    np.savez(options.out, **exported(averaged.model))


if __name__ == "__main__":
    main()
