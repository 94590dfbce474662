"""Train the beat, downbeat and tempo network: ``python -m training.train_rhythm DATA OUT.npz --minutes 25``."""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - as everywhere with this library

from maxbooster_kernel.analysis.network import TEMPO_CLASSES, rhythm_input, tempo_classes
from training.augment import roughen, stretch
from training.corpus import Example, load_folder
from training.loop import Averaged, learning_rate, resumed
from training.models import RhythmNet, exported

FRAMES = 1280
FPS = 50.0
TOLERANCE = 2


def batch(rng: np.random.Generator, songs: list[Example], size: int) -> tuple[Tensor, Tensor, Tensor]:
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
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(options.seed)
    songs = load_folder(options.data, limit=options.limit)
    checks = load_folder(options.validation, limit=60) if options.validation else []
    model = RhythmNet()
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
        inputs, targets, tempi = batch(rng, songs, 16)
        logits, tempo = model(inputs)
        loss = tolerant_loss(logits, targets) + 0.05 * F.cross_entropy(tempo, tempi)
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
