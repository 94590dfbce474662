"""The training loop that both networks share: drawing, stepping, averaging, checking, saving.

A run writes the averaged weights to OUT every hundred steps, so the best so far can be taken at any time.
With ``--steps`` it sees the same songs in the same order every time; with ``--minutes`` it goes by the clock and takes
in songs that are made meanwhile.
"""

import argparse
import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training.corpus import Example, load_folder
from training.models import exported

SAVE_EVERY = 100
CHECKED_SONGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one network is trained for.

    Parameters
    ----------
    model
        Makes the network.
    draw
        Draws a batch of augmented excerpts.
    loss
        Of the network on a batch.
    check
        Figures of the network on whole songs that are not trained on.
    rate
        Highest learning rate unless another is asked for.
    """

    model: Callable[[], nn.Module]
    draw: Callable[[np.random.Generator, list[Example]], tuple[Tensor, ...]]
    loss: Callable[[nn.Module, tuple[Tensor, ...]], Tensor]
    check: Callable[[nn.Module, list[Example]], tuple[float, ...]]
    rate: float


class Averaged:
    """An exponential average of a model's weights, which generalises better than the last ones.

    Parameters
    ----------
    model
        What to follow.
    keep
        Share of the old average kept at each step.
    """

    def __init__(self, model: nn.Module, keep: float) -> None:
        self.model: nn.Module = copy.deepcopy(model).eval()
        self._keep, self._steps = keep, 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take one step of the model in."""
        self._steps += 1
        keep = min(self._keep, self._steps / (self._steps + 10))
        for mine, theirs in zip(self.model.parameters(), model.parameters(), strict=True):
            mine.lerp_(theirs, 1 - keep)


def resumed(model: nn.Module, weights: Path) -> None:
    """Load exported weights into a model."""
    with np.load(weights) as stored:
        model.load_state_dict({name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files})


def learning_rate(step: int, done: float) -> float:
    """Factor on the learning rate: a short rise, then half a cosine down to 2 %.

    Parameters
    ----------
    step
        Steps so far.
    done
        Share of the training that is over, 0 to 1.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> round(learning_rate(1000, 0.5), 2), round(learning_rate(1000, 1.0), 2)
    (0.51, 0.02)
    """
    return min(1.0, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(done, 1))))


def command_line(description: str | None) -> argparse.ArgumentParser:
    """Options of a training script."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("out", type=Path)
    parser.add_argument("data", type=Path, nargs="+", help="folders of songs")
    parser.add_argument("--validation", type=Path)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--steps", type=int, help="a number of steps instead of minutes, for exact repetition")
    parser.add_argument("--until", type=int, help="end after so many of the steps, the learning rate still high")
    parser.add_argument("--limit", type=int, help="use the first songs of each folder only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="begin from exported weights")
    parser.add_argument("--rate", type=float, help="highest learning rate")
    return parser


def train(task: Task, options: argparse.Namespace) -> nn.Module:
    """Train a network and store it.

    Parameters
    ----------
    task
        What to train.
    options
        From :func:`command_line`.

    Returns
    -------
    nn.Module
        The averaged network, as stored.
    """
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(options.seed)
    songs = [song for folder in options.data for song in load_folder(folder, limit=options.limit)]
    checks = load_folder(options.validation, limit=CHECKED_SONGS) if options.validation else []
    model = task.model()
    if options.resume:
        resumed(model, options.resume)
    averaged = Averaged(model, 0.997)
    top = task.rate if options.rate is None else options.rate
    optimiser = torch.optim.AdamW(model.parameters(), lr=top, weight_decay=1e-3)
    start, step, total = time.monotonic(), 0, 0.0
    while True:
        done = step / options.steps if options.steps else (time.monotonic() - start) / (60 * options.minutes)
        if done >= 1 or step == options.until:
            break
        for group in optimiser.param_groups:
            group["lr"] = top * learning_rate(step, done)
        loss = task.loss(model, task.draw(rng, songs))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        averaged.update(model)
        total += float(loss.detach())
        step += 1
        if step % SAVE_EVERY == 0:
            if not options.steps and options.limit is None:
                songs += _fresh(options.data, songs)
            _report(step, done, len(songs), total / SAVE_EVERY, task.check(averaged.model, checks) if checks else ())
            total = 0.0
            store(options.out, averaged.model)
    store(options.out, averaged.model)
    return averaged.model


def store(out: Path, model: nn.Module) -> None:
    """Write a network's weights, whole or not at all."""
    partial = out.with_suffix(".part.npz")
    np.savez(partial, **exported(model))
    partial.replace(out)


def _fresh(folders: list[Path], songs: list[Example]) -> list[Example]:
    known = frozenset(song.name for song in songs)
    return [song for folder in folders for song in load_folder(folder, known=known)]


def _report(step: int, done: float, songs: int, loss: float, figures: tuple[Any, ...]) -> None:
    print(step, f"{done:.2f}", songs, f"{loss:.4f}", *(f"{figure:.4f}" for figure in figures), flush=True)
