"""Train the chord and key network: ``python -m training.train_harmony OUT.npz DATA... --minutes 25``."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - as everywhere with this library

from maxbooster_kernel.analysis.learned_features import HARMONY_FPS, SALIENCE_STEP
from maxbooster_kernel.analysis.network import harmony_input
from training.augment import recolour
from training.corpus import Example
from training.loop import Task, command_line, train
from training.models import HarmonyNet

FRAMES = 256
SIZE = 12
KEY_SHARE = 0.3
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


def batch(rng: np.random.Generator, songs: list[Example], size: int = SIZE) -> tuple[Tensor, Tensor, Tensor]:
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


def loss(model: torch.nn.Module, drawn: tuple[Tensor, ...]) -> Tensor:
    """Loss of the chords, and a part of the key's."""
    inputs, chords, keys = drawn
    chord, key = model(inputs)
    return F.cross_entropy(chord, chords, ignore_index=UNKNOWN) + KEY_SHARE * F.cross_entropy(key, keys)


TASK = Task(model=HarmonyNet, draw=batch, loss=loss, check=validate, rate=4e-3)


def main() -> None:
    """Parse the command line and train."""
    train(TASK, command_line(__doc__).parse_args())


if __name__ == "__main__":
    main()
