"""What both training scripts share: averaged weights and the learning rate's course."""

import copy
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn


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
