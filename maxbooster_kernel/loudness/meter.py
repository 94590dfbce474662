"""The loudness meter: blocks of samples in, every measure of EBU R 128 out, at any moment.

One pass over the samples; memory grows by 10 ms bins only, so an hour of stereo costs about 20 MB.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp import kweighting, true_peak
from maxbooster_kernel.dsp.interpolation import long_sinc
from maxbooster_kernel.errors import AnalysisError
from maxbooster_kernel.loudness import gating
from maxbooster_kernel.loudness.layout import channel_weights, parse_layout

_FIRST_BINS = 6000
_BLOCK_FRAMES = 1 << 17
"""Frames at a time: few enough for the cache, enough that calls cost nothing beside them."""


class Meter:
    """Measure a programme while it arrives.

    Parameters
    ----------
    sample_rate
        In Hz.
    channels
        How many channels each block has.
    layout
        Loudspeakers of the channels; see :func:`~maxbooster_kernel.loudness.layout.parse_layout`.
    dual_mono
        Count a single channel twice.

    Examples
    --------
    >>> meter = Meter(48000, 2)
    >>> sine = 0.1 * np.sin(2 * np.pi * 997 * np.arange(48000) / 48000)
    >>> for block in np.split(np.stack([sine, sine]), 10, axis=1):
    ...     meter.push(block)
    >>> round(meter.momentary_lufs, 1), round(meter.integrated_lufs, 1)
    (-20.0, -20.0)
    """

    def __init__(self, sample_rate: int, channels: int, *, layout: str | None = None, dual_mono: bool = False) -> None:
        self.sample_rate = int(sample_rate)
        self.channels = int(channels)
        self.layout = parse_layout(layout, self.channels)
        self.weights = channel_weights(self.layout, dual_mono=dual_mono)
        self.frames = 0
        self.non_finite = 0
        self._filters = kweighting.coefficients(self.sample_rate)
        self._rows = self.channels + self.channels % 2
        self._state = np.zeros((self._rows, 4))
        self._taps = true_peak.interpolator(), long_sinc()
        self._history = np.zeros((self.channels, true_peak.HISTORY), np.float32)
        self._weighted = np.zeros((self._rows, _FIRST_BINS))
        self._plain = np.zeros((self._rows, _FIRST_BINS))
        self._product = np.zeros(_FIRST_BINS)
        self._unused = np.zeros(_FIRST_BINS)
        self._sample_peaks = np.zeros((self._rows, _FIRST_BINS), np.float32)
        self._true_peaks = np.zeros((self.channels, _FIRST_BINS), np.float32)
        self._highest = np.zeros((self.channels, 1), np.float32)

    def push(self, samples: NDArray[np.floating]) -> None:
        """Measure the next block.

        Parameters
        ----------
        samples
            Shape ``(channels, frames)``; any number of frames. Values that are not finite count as silence
            and are counted in ``non_finite``.
        """
        block = np.asarray(samples, dtype=np.float32)
        if block.ndim != 2 or block.shape[0] != self.channels:
            raise AnalysisError(f"expected a block of shape ({self.channels}, frames), got {np.shape(samples)}")
        for start in range(0, block.shape[1], _BLOCK_FRAMES):
            self._push(block[:, start : start + _BLOCK_FRAMES])

    def _push(self, block: NDArray[np.float32]) -> None:
        self._reserve(self.frames + block.shape[1])
        history = true_peak.HISTORY
        extended = np.empty(history + block.shape[1], np.float32)
        for channel in range(0, self._rows, 2):
            # an odd last channel is measured with itself as its pair, whose row is not read
            rows = [self._clean(block[min(channel + k, self.channels - 1)], channel + k) for k in (0, 1)]
            pair = slice(channel, channel + 2)
            kweighting.accumulate_pair(
                rows[0], rows[1], self.frames, self.sample_rate, self._filters, self._state[pair], self._weighted[pair]
            )
            kweighting.accumulate_levels(
                rows[0], rows[1], self.frames, self.sample_rate, self._plain[pair], self._sample_peaks[pair],
                self._product if channel == 0 else self._unused,
            )  # fmt: skip
            for k in range(min(2, self.channels - channel)):
                extended[:history] = self._history[channel + k]
                extended[history:] = rows[k]
                true_peak.accumulate_true_peaks(
                    extended, self.frames, self.sample_rate, kweighting.BINS_PER_SECOND, self._taps,
                    self._true_peaks[channel + k], self._highest[channel + k],
                )  # fmt: skip
                self._history[channel + k] = extended[-history:]
        self.frames += block.shape[1]

    def _clean(self, row: NDArray[np.float32], channel: int) -> NDArray[np.float32]:
        """Return a channel with silence for what is not finite, which is counted."""
        samples = np.ascontiguousarray(row)
        bad = kweighting.count_non_finite(samples)
        if not bad:
            return samples
        if channel < self.channels:
            self.non_finite += bad
        return np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)

    def _reserve(self, frames: int) -> None:
        needed = frames * kweighting.BINS_PER_SECOND // self.sample_rate + 2
        have = self._product.size
        if needed <= have:
            return
        more = max(needed, 2 * have) - have
        self._product = np.pad(self._product, (0, more))
        self._unused = np.zeros(self._product.size)
        for name in ("_weighted", "_plain", "_sample_peaks", "_true_peaks"):
            setattr(self, name, np.pad(getattr(self, name), ((0, 0), (0, more))))

    @property
    def bins(self) -> int:
        """Complete bins of 10 ms so far."""
        return self.frames * kweighting.BINS_PER_SECOND // self.sample_rate

    def bin_frames(self) -> NDArray[np.float64]:
        """Return the length of each complete bin in frames."""
        per_second = kweighting.BINS_PER_SECOND
        edges = -(-np.arange(self.bins + 1, dtype=np.int64) * self.sample_rate // per_second)
        return np.asarray(np.diff(edges), dtype=np.float64)

    def energies(self, window_bins: int) -> NDArray[np.float64]:
        """Return the weighted mean energy of every complete window, one each 10 ms."""
        # sums of rows, not a product of matrices: its threads would cost more than they save
        sums = (self.weights[:, np.newaxis] * self._weighted[: self.channels, : self.bins]).sum(axis=0)
        return gating.window_means(sums, self.bin_frames(), window_bins)

    @property
    def momentary_lufs(self) -> float:
        """Loudness of the last 400 ms, minus infinity before that much has arrived."""
        return self._last(gating.MOMENTARY_BINS)

    @property
    def short_term_lufs(self) -> float:
        """Loudness of the last 3 s, minus infinity before that much has arrived."""
        return self._last(gating.SHORT_TERM_BINS)

    @property
    def integrated_lufs(self) -> float:
        """Gated loudness of the programme so far."""
        return gating.integrated(self.energies(gating.MOMENTARY_BINS)[:: gating.STEP_BINS])

    @property
    def true_peak_dbtp(self) -> float:
        """Largest true peak so far, over all channels."""
        peak = float(self.true_peaks().max(initial=0.0))
        return 20.0 * math.log10(peak) if peak > 0.0 else -math.inf

    def true_peaks(self) -> NDArray[np.float32]:
        """Return the true peak of each bin and channel, shape ``(channels, bins)``, linear; the last may be partial."""
        count = -(-self.frames * kweighting.BINS_PER_SECOND // self.sample_rate)
        peaks = np.maximum(self._true_peaks[:, :count], self._sample_peaks[: self.channels, :count])
        if count:
            tail = np.zeros(true_peak.HISTORY + true_peak.DELAY, np.float32)
            for channel in range(self.channels):
                tail[: true_peak.HISTORY] = self._history[channel]
                true_peak.accumulate_true_peaks(
                    tail, self.frames, self.sample_rate, kweighting.BINS_PER_SECOND, self._taps,
                    peaks[channel], self._highest[channel].copy(),
                )  # fmt: skip
        return peaks

    def sample_peaks(self) -> NDArray[np.float32]:
        """Return the sample peak of each bin and channel, shape ``(channels, bins)``, linear."""
        count = -(-self.frames * kweighting.BINS_PER_SECOND // self.sample_rate)
        return np.array(self._sample_peaks[: self.channels, :count])

    def mean_squares(self) -> NDArray[np.float64]:
        """Return the unweighted mean square of each channel over the whole programme."""
        return np.asarray(self._plain[: self.channels].sum(axis=1) / max(1, self.frames))

    def correlations(self, window_bins: int) -> NDArray[np.float64]:
        """Return the phase correlation of the first two channels per window, each 10 ms; NaN in silence."""
        count = self.bins
        if self.channels < 2 or count < window_bins:
            return np.empty(0)
        ones = np.ones(count)
        product = _window_sums(self._product[:count], window_bins)
        powers = [gating.window_means(self._plain[c, :count], ones, window_bins) * window_bins for c in (0, 1)]
        return _ratio(product, powers[0] * powers[1])

    def correlation(self) -> float:
        """Return the phase correlation of the first two channels over the programme; NaN if one is silent."""
        if self.channels < 2:
            return math.nan
        power = float(self._plain[0].sum() * self._plain[1].sum())
        return float(_ratio(np.array([self._product.sum()]), np.array([power]))[0])

    def _last(self, bins: int) -> float:
        if self.bins < bins:
            return -math.inf
        stop = self.bins
        sums = float((self.weights @ self._weighted[: self.channels, stop - bins : stop]).sum())
        frames = bins * self.sample_rate / kweighting.BINS_PER_SECOND
        return float(gating.loudness_of(np.array(sums / frames)))


def _window_sums(values: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(total[bins:] - total[:-bins])


def _ratio(product: NDArray[np.float64], power: NDArray[np.float64]) -> NDArray[np.float64]:
    heard = power > 1e-24
    return np.where(heard, np.clip(product / np.sqrt(np.where(heard, power, 1.0)), -1.0, 1.0), np.nan)
