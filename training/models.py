"""The two networks in PyTorch. `maxbooster_kernel.analysis.network` computes the same in NumPy."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - as everywhere with this library

from maxbooster_kernel.analysis.network import BELOW, TEMPO_CLASSES


class RhythmNet(nn.Module):
    """Beats, downbeats and tempo from rhythm features.

    Parameters
    ----------
    channels
        Width of the trunk.
    dropout
        Probability of dropping a channel in training.
    """

    def __init__(self, channels: int = 36, dropout: float = 0.1) -> None:
        super().__init__()
        self.enter = nn.Conv1d(92, channels, 3, padding=1)
        self.wide = nn.ModuleList(
            nn.Conv1d(channels, channels, 5, padding=2 * 2**step, dilation=2**step) for step in range(9)
        )
        self.mix = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in range(9))
        self.frame = nn.Conv1d(channels, 2, 1)
        self.tempo = nn.Linear(2 * channels, TEMPO_CLASSES)
        self.dropout = nn.Dropout1d(dropout)
        for layer in self.mix:
            nn.init.normal_(layer.weight, std=0.3 / channels**0.5)  # type: ignore[arg-type]  # - torch says a module's attribute may be a module

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of beat and downbeat (batch, 2, frames) and of tempo (batch, classes) from (batch, 92, frames)."""
        x = F.relu(self.enter(features))
        for wide, mix in zip(self.wide, self.mix, strict=True):
            x = x + self.dropout(mix(F.relu(wide(x))))
        pooled = torch.cat((x.mean(2), F.relu(x).pow(2).mean(2).add(1e-6).sqrt()), 1)
        return self.frame(x), self.tempo(pooled)


class HarmonyNet(nn.Module):
    """Chords and key from semitone saliences; the same for every transposition.

    Parameters
    ----------
    channels
        Width of the trunk.
    dropout
        Probability of dropping a channel in training.
    """

    def __init__(self, channels: int = 20, dropout: float = 0.1) -> None:
        super().__init__()
        self.enter = nn.Conv2d(1, channels, (3, 72 + BELOW - 11), padding=(1, 0))
        self.time = nn.ModuleList(
            nn.Conv2d(channels, channels, (5, 1), padding=(2 * 2**step, 0), dilation=(2**step, 1)) for step in range(5)
        )
        self.pitch = nn.ModuleList(nn.Conv2d(channels, channels, (1, 12), bias=False) for _ in range(5))
        self.mix = nn.ModuleList(nn.Conv2d(channels, channels, 1) for _ in range(5))
        self.chord = nn.Conv2d(channels, 2, 1)
        self.key_hidden = nn.Conv2d(2 * channels, 24, (1, 12))
        self.key = nn.Conv2d(24, 2, (1, 12))
        self.dropout = nn.Dropout2d(dropout)
        for layer in self.mix:
            nn.init.normal_(layer.weight, std=0.3 / channels**0.5)  # type: ignore[arg-type]  # - torch says a module's attribute may be a module

    def forward(self, saliences: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of 24 chords (batch, 24, frames) and 24 keys (batch, 24) from (batch, frames, 72)."""
        x = F.relu(self.enter(F.pad(saliences, (BELOW, 0)).unsqueeze(1)))
        for time, pitch, mix in zip(self.time, self.pitch, self.mix, strict=True):
            x = x + self.dropout(mix(F.relu(time(x) + pitch(_around(x)))))
        chord = self.chord(x)
        pooled = torch.cat((x.mean(2, keepdim=True), F.relu(x).pow(2).mean(2, keepdim=True).add(1e-6).sqrt()), 1)
        key = self.key(_around(F.relu(self.key_hidden(_around(pooled)))))
        flat = chord.permute(0, 1, 3, 2).reshape(chord.shape[0], 24, chord.shape[2])
        return flat, key[:, :, 0].reshape(len(key), 24)


def _around(x: Tensor) -> Tensor:
    """Pad the circle of twelve pitch classes, so that a kernel of 12 starts at each of them."""
    return torch.cat((x, x[..., :11]), -1)


def exported(model: nn.Module) -> dict[str, NDArray[np.float16]]:
    """Weights by name as float16, as they are shipped."""
    return {name: value.detach().numpy().astype(np.float16) for name, value in model.state_dict().items()}
