"""Train the beat, downbeat and tempo network: ``python -m training.train_rhythm OUT.npz DATA... --minutes 25``."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - as everywhere with this library

from maxbooster_kernel.analysis.network import TEMPO_CLASSES, rhythm_input, tempo_classes
from training.augment import roughen, stretch
from training.corpus import Example
from training.loop import Task, command_line, train
from training.models import RhythmNet

FRAMES = 1280
FPS = 50.0
TOLERANCE = 2
SIZE = 16
TEMPO_SHARE = 0.05


def batch(rng: np.random.Generator, songs: list[Example], size: int = SIZE) -> tuple[Tensor, Tensor, Tensor]:
    """Draw augmented excerpts: input (size, 92, frames), beats and downbeats (size, 2, frames), tempo classes."""
    inputs, targets, tempi = [], np.zeros((size, 2, FRAMES), np.float32), np.zeros((size, TEMPO_CLASSES), np.float32)
    for row in range(size):
        song = songs[int(rng.integers(len(songs)))]
        other = songs[int(rng.integers(len(songs)))]
        features, factor, first = stretch(rng, song.rhythm, FRAMES)
        rough = roughen(rng, features, other.rhythm[:FRAMES])
        rough[:, :46] -= rough[:, :46].mean(axis=0)
        inputs.append(rough)
        for channel, name in enumerate(("beats", "downbeats")):
            at = np.rint((np.array(song.truth[name]) * FPS - first) / factor).astype(np.int64)
            targets[row, channel, at[(at >= 0) & (at < FRAMES)]] = 1
        tempi[row] = tempo_target(song.truth["tempo"] * factor)
    stacked = np.stack(inputs)
    stacked[:, :, :46] /= 40
    stacked[:, :, 46:] *= 4 / 256
    return torch.from_numpy(stacked.transpose(0, 2, 1).copy()), torch.from_numpy(targets), torch.from_numpy(tempi)


def tempo_target(bpm: float) -> NDArray[np.float32]:
    """A bump at the tempo and small ones at twice and half of it; sums to 1."""
    classes = np.log2(tempo_classes())
    width = 1.2 * (classes[1] - classes[0])
    total = np.zeros(TEMPO_CLASSES)
    for factor, mass in ((1, 0.88), (2, 0.06), (0.5, 0.06)):
        total += mass * np.exp(-0.5 * ((classes - np.log2(bpm * factor)) / width) ** 2)
    return (total / total.sum()).astype(np.float32)


def tolerant_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy that lets a peak lie up to two frames off; downbeats count three times."""
    near = F.max_pool1d(targets, 2 * TOLERANCE + 1, 1, TOLERANCE)
    best = F.max_pool1d(logits, 2 * TOLERANCE + 1, 1, TOLERANCE)
    missed = (targets * F.softplus(-best)).sum((0, 2))
    false = ((1 - near) * F.softplus(logits)).sum((0, 2))
    weight = torch.tensor([1.0, 3.0])
    return (weight * (torch.tensor([4.0, 6.0]) * missed + false)).sum() / targets.shape[0] / FRAMES


@torch.no_grad()
def validate(model: torch.nn.Module, songs: list[Example]) -> tuple[float, float, float]:
    """Loss, tempo accuracy within 4 %, and peak-picked beat hits on unaugmented songs."""
    losses, right, hits = [], [], []
    classes = tempo_classes()
    for song in songs:
        frames = min(len(song.rhythm), 1500)
        inputs = torch.from_numpy(rhythm_input(song.rhythm[:frames]).T.copy())[None]
        targets = torch.zeros(1, 2, frames)
        for channel, name in enumerate(("beats", "downbeats")):
            at = np.rint(np.array(song.truth[name]) * FPS).astype(np.int64)
            targets[0, channel, torch.from_numpy(at[at < frames])] = 1
        logits, tempo = model(inputs)
        losses.append(float(tolerant_loss(logits, targets)))
        right.append(abs(classes[int(tempo.argmax())] / song.truth["tempo"] - 1) <= 0.04)
        best = F.max_pool1d(logits, 5, 1, 2)[0, 0]
        hits.append(float((best[targets[0, 0] > 0] > 0).float().mean()))
    return float(np.mean(losses)), float(np.mean(right)), float(np.mean(hits))


def loss(model: torch.nn.Module, drawn: tuple[Tensor, ...]) -> Tensor:
    """Loss of beats and downbeats, and a part of the tempo's."""
    inputs, targets, tempi = drawn
    logits, tempo = model(inputs)
    return tolerant_loss(logits, targets) + TEMPO_SHARE * F.cross_entropy(tempo, tempi)


TASK = Task(model=RhythmNet, draw=batch, loss=loss, check=validate, rate=3e-3)


def main() -> None:
    """Parse the command line and train."""
    train(TASK, command_line(__doc__).parse_args())


if __name__ == "__main__":
    main()
