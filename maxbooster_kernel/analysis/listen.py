"""Listen to a programme that arrives in blocks: everything that needs its samples is taken in one pass.

What stays is small: the mono mix at 22050 Hz, loudness in bins of 10 ms, and sums. So a file of hours is analysed
without ever being in memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis import dynamics, rhythm
from maxbooster_kernel.analysis.learned_features import RATE
from maxbooster_kernel.analysis.timbre import Reframer, Timbre
from maxbooster_kernel.loudness.meter import Meter
from maxbooster_kernel.loudness.report import Loudness, read_meter

SILENCE = 2e-6


class Listener:
    """Take in a programme block by block.

    Parameters
    ----------
    sample_rate
        In Hz.
    channels
        How many channels each block has.
    layout
        Loudspeakers of the channels; see :func:`~maxbooster_kernel.loudness.report.measure_loudness`.
    """

    def __init__(self, sample_rate: int, channels: int, *, layout: str | None = None) -> None:
        import soxr

        self.meter = Meter(sample_rate, channels, layout=layout)
        self._timbre = Timbre(sample_rate)
        self._levels = dynamics.Levels(sample_rate)
        self._level: list[NDArray[np.float64]] = []
        self._frames = Reframer(rhythm.frame_size(sample_rate))
        self._deviations: list[NDArray[np.float64]] = []
        self._slower = soxr.ResampleStream(sample_rate, RATE, 1, dtype="float32", quality="MQ")
        self._passes = sample_rate == RATE
        self._slow = np.empty(0, np.float32)
        self._kept = 0
        self._offset: float | None = None
        self._lowest, self._highest = np.inf, -np.inf

    def push(self, block: NDArray[np.float32]) -> None:
        """Take in the next block, shape ``(channels, frames)``.

        Once samples are not finite, nothing but loudness is listened to.
        """
        self.meter.push(block)
        if self.meter.non_finite or not block.shape[1]:
            return
        mono = block.mean(axis=0, dtype=np.float32)
        self._lowest, self._highest = min(self._lowest, float(mono.min())), max(self._highest, float(mono.max()))
        if self._offset is None:  # most of a constant offset goes before filters could ring at its edge
            self._offset = float(mono.mean(dtype=np.float64))
        self._timbre.push(mono)
        steady = mono - np.float32(self._offset)
        self._level.append(self._levels.push(steady))
        self._deviations.append(rhythm.frame_deviations(self._frames.push(steady), self.meter.sample_rate))
        self._keep(steady if self._passes else self._slower.resample_chunk(steady))

    @property
    def silent(self) -> bool:
        """Whether nothing but a constant has come."""
        return not self._highest - self._lowest > SILENCE

    def loudness(self) -> Loudness:
        """Return the loudness of what has come."""
        return read_meter(self.meter)

    def take_mono(self) -> NDArray[np.float32]:
        """Return the mono mix at 22050 Hz without a constant offset, and forget it; the programme is over."""
        if not self._passes:
            self._keep(self._slower.resample_chunk(np.zeros(0, np.float32), last=True))
        whole, self._slow = self._slow[: self._kept], np.empty(0, np.float32)
        whole -= np.float32(whole.mean(dtype=np.float64))
        return whole

    def _keep(self, samples: NDArray[np.float32]) -> None:
        needed = self._kept + samples.size
        if needed > self._slow.size:  # grown in place: pieces in a list would all be in memory twice
            self._slow.resize(max(needed, self._slow.size * 5 // 4), refcheck=False)
        self._slow[self._kept : needed] = samples
        self._kept = needed

    def timbre(self) -> dict[str, Any]:
        """Return energy, brightness, danceability and dynamic complexity, by the names of an analysis."""
        self._timbre.finish()
        complexity = dynamics.complexity(np.concatenate(self._level))
        raw = rhythm.danceability(np.concatenate(self._deviations))
        return {
            "energy": self._timbre.energy,
            "dynamic_complexity": complexity[0] if complexity else None,
            "danceability_raw": raw,
            "danceability": None if raw is None else min(1.0, max(0.0, raw / rhythm.HIGHEST)),
            "spectral_centroid_hz": self._timbre.centroid_hz,
            "spectral_rolloff_hz": self._timbre.rolloff_hz,
        }
