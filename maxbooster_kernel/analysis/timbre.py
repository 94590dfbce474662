"""Brightness and energy of a programme that arrives in blocks.

Spectra of half-overlapping frames of about 46 ms: together they weigh every sample alike.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maxbooster_kernel.dsp import stft

ROLLOFF_PART = 0.85
FIRST_BIN = 2
"""Bins below hold what is left of an offset."""


def frame_size(sample_rate: int) -> int:
    """Return the length of a frame: the power of two nearest to 46 ms.

    >>> frame_size(44100)
    2048
    """
    return max(64, int(2 ** round(np.log2(sample_rate * 0.0464))))


class Reframer:
    """Cut a stream into whole frames of ``size`` samples, ``hop`` apart; what is left over waits for the next block.

    Examples
    --------
    >>> reframer = Reframer(4, hop=2)
    >>> reframer.push(np.arange(7, dtype=np.float32)), reframer.push(np.zeros(1, np.float32))
    (array([0., 1., 2., 3., 4., 5.], dtype=float32), array([4., 5., 6., 0.], dtype=float32))
    """

    def __init__(self, size: int, *, hop: int | None = None) -> None:
        self.size = size
        self.hop = hop or size
        self.rest = np.zeros(0, np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the samples of all frames that are whole by now, possibly none."""
        joined = np.concatenate([self.rest, samples]) if self.rest.size else samples
        count = max(0, (joined.size - self.size) // self.hop + 1)
        self.rest = joined[count * self.hop :].copy()
        return joined[: (count - 1) * self.hop + self.size] if count else joined[:0]


class Timbre:
    """Energy, spectral centroid and rolloff of mono blocks.

    Parameters
    ----------
    sample_rate
        In Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        size = frame_size(sample_rate)
        self._frames = Reframer(size, hop=size // 2)
        self._window = stft.hann(size)
        self._bin_hz = sample_rate / size
        self._sums = np.zeros(3)
        self._energy = 0.0
        self._count = 0

    def push(self, mono: NDArray[np.float32]) -> None:
        """Measure the next samples, shape ``(n,)``."""
        self._energy += float(np.square(mono, dtype=np.float64).sum())
        self._count += mono.size
        self._measure(self._frames.push(mono))

    def finish(self) -> None:
        """Measure what is left over, filled up with zeros."""
        rest, size = self._frames.rest, self._frames.size
        if rest.size:
            self._measure(np.pad(rest, (0, size - rest.size)))
            self._frames.rest = rest[:0]

    def _measure(self, samples: NDArray[np.float32]) -> None:
        size, hop = self._frames.size, self._frames.hop
        starts = np.arange(0, samples.size - size + 1, hop)
        for first in range(0, starts.size, stft.CHUNK):
            _shape(stft.spectrum(samples, starts[first : first + stft.CHUNK], self._window), self._bin_hz, self._sums)

    @property
    def energy(self) -> float:
        """Mean square."""
        return self._energy / max(1, self._count)

    @property
    def centroid_hz(self) -> float | None:
        """Mean over frames that are not silent of the magnitudes' centroid; None in silence."""
        return float(self._sums[1] / self._sums[0]) if self._sums[0] else None

    @property
    def rolloff_hz(self) -> float | None:
        """Mean over frames that are not silent of the frequency below which 85 % of the energy lies."""
        return float(self._sums[2] / self._sums[0]) if self._sums[0] else None


@njit(cache=True, nogil=True)
def _shape(spectra: NDArray[np.float32], bin_hz: float, sums: NDArray[np.float64]) -> None:
    """Add to ``sums``: frames that are not silent, their centroids (of magnitudes), their rolloffs (of energy)."""
    frames, bins = spectra.shape
    for t in range(frames):
        row = spectra[t]
        weight = moment = energy = 0.0
        for k in range(FIRST_BIN, bins):
            weight += row[k]
            moment += row[k] * np.float64(k)
            energy += row[k] * row[k]
        if weight <= 1e-4:
            continue
        part = 0.0
        k = FIRST_BIN
        while k < bins - 1:
            part += row[k] * row[k]
            if part >= ROLLOFF_PART * energy:
                break
            k += 1
        sums[0] += 1.0
        sums[1] += bin_hz * moment / weight
        sums[2] += bin_hz * k
