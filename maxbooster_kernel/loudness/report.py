"""Loudness of a programme as one record: :func:`measure_loudness` gives a :class:`Loudness`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.dsp.kweighting import BINS_PER_SECOND
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.loudness import card, gating
from maxbooster_kernel.loudness.meter import Meter
from maxbooster_kernel.loudness.targets import NEEDS_NORMALIZATION_LUFS, TARGETS, Treatment, treatment

_BLOCK_FRAMES = 1 << 20
PHASE_WINDOW_BINS = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoudnessHistory:
    """Loudness over time, ungated and gated; all arrays are read-only by convention.

    ``momentary_lufs[k]`` ends at ``momentary_s[k]``, 10 ms apart; ``short_term_lufs`` likewise at ``short_term_s``.
    ``blocks_lufs`` are the gating blocks, 100 ms apart, ending at ``blocks_s``; ``passes_gates`` says which of them
    count for integrated loudness. ``true_peaks`` has shape ``(channels, bins)``, linear, 10 ms a bin.
    ``correlation`` is the phase correlation of the first two channels on the grid of ``momentary_s``.
    """

    momentary_s: NDArray[np.float64]
    momentary_lufs: NDArray[np.float64]
    short_term_s: NDArray[np.float64]
    short_term_lufs: NDArray[np.float64]
    blocks_s: NDArray[np.float64]
    blocks_lufs: NDArray[np.float64]
    passes_gates: NDArray[np.bool_]
    relative_gate_lufs: float
    range_low_lufs: float
    range_high_lufs: float
    true_peaks: NDArray[np.float32]
    correlation: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loudness:
    """Every measure of EBU R 128 of one programme.

    Loudness in LUFS, minus infinity for silence and for programmes shorter than the window; range in LU and the
    ratios in dB, NaN where undefined. A programme with samples that are not finite has NaN everywhere.
    """

    integrated_lufs: float
    momentary_max_lufs: float
    short_term_max_lufs: float
    range_lu: float
    true_peak_dbtp: float
    sample_peak_dbfs: float
    psr_db: float
    crest_factor_db: float
    correlation: float
    duration_s: float
    sample_rate: int
    layout: tuple[str, ...]
    non_finite: int
    history: LoudnessHistory = field(repr=False)

    @property
    def plr_db(self) -> float:
        """Peak to loudness ratio: true peak minus integrated loudness, in dB."""
        return _difference(self.true_peak_dbtp, self.integrated_lufs)

    @property
    def needs_normalization(self) -> bool | None:
        """Whether most services will turn this down; None where loudness is undefined."""
        return None if math.isnan(self.integrated_lufs) else self.integrated_lufs > NEEDS_NORMALIZATION_LUFS

    @property
    def targets(self) -> dict[str, Treatment]:
        """What each known service will do, by name."""
        return {
            name: treatment(target, integrated_lufs=self.integrated_lufs, true_peak_dbtp=self.true_peak_dbtp)
            for name, target in TARGETS.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of the command line; undefined values are None.

        Examples
        --------
        >>> silence = AudioBuffer(np.zeros((2, 48000), np.float32), 48000)
        >>> measure_loudness(silence).to_dict()["integrated_lufs"] is None
        True
        """
        return {
            "integrated_lufs": _finite(self.integrated_lufs),
            "momentary_max_lufs": _finite(self.momentary_max_lufs),
            "short_term_max_lufs": _finite(self.short_term_max_lufs),
            "range_lu": _finite(self.range_lu),
            "true_peak_dbtp": _finite(self.true_peak_dbtp),
            "sample_peak_dbfs": _finite(self.sample_peak_dbfs),
            "needs_normalization": self.needs_normalization,
            "targets": {
                name: {
                    "target_lufs": done.target.target_lufs,
                    "gain_db": _finite(done.gain_db),
                    "limited_by": done.limited_by,
                }
                for name, done in self.targets.items()
            },
        }

    def _repr_html_(self) -> str:
        return card.loudness_card(self)


@checked
def measure_loudness(buffer: AudioBuffer, *, layout: str | None = None, dual_mono: bool = False) -> Loudness:
    """Measure loudness, range and peaks (ITU-R BS.1770-5, EBU R 128).

    Parameters
    ----------
    buffer
        The programme, 1 to 8 channels at any sample rate.
    layout
        Loudspeakers of the channels, as ``"5.1"`` or ``"L R C LFE Ls Rs"``; by default 1 = C, 2 = L R,
        5 = L R C Ls Rs, 6 = L R C LFE Ls Rs.
    dual_mono
        Count a single channel twice (+3.01 LU).

    Returns
    -------
    Loudness
        A record that shows as a card and has ``to_dict()``.

    Raises
    ------
    AnalysisError
        The layout does not fit the channels.

    Notes
    -----
    Maxima of momentary and short-term loudness are taken on a grid of 10 ms, as EBU Tech 3341 tests 10, 13 and 14
    need. True peak is oversampled four times.

    Examples
    --------
    >>> t = np.arange(5 * 48000) / 48000
    >>> sine = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * t)
    >>> round(measure_loudness(AudioBuffer(np.stack([sine, sine]), 48000)).integrated_lufs, 1)
    -23.0
    """
    AudioBuffer.check(buffer)
    meter = Meter(buffer.sample_rate, buffer.channels, layout=layout, dual_mono=dual_mono)
    for start in range(0, buffer.frames, _BLOCK_FRAMES):
        meter.push(buffer.samples[:, start : start + _BLOCK_FRAMES])
    return read_meter(meter)


def read_meter(meter: Meter) -> Loudness:
    """Return everything a meter has measured so far."""
    momentary = meter.energies(gating.MOMENTARY_BINS)
    short_term = meter.energies(gating.SHORT_TERM_BINS)
    blocks = momentary[:: gating.STEP_BINS]
    range_lu, low, high = gating.loudness_range(short_term[:: gating.STEP_BINS])
    gate = max(
        gating.energy_of(gating.ABSOLUTE_GATE_LUFS), gating.relative_gate(blocks, below_lu=gating.RELATIVE_GATE_LU)
    )
    true_peaks = meter.true_peaks()
    short_term_lufs = gating.loudness_of(short_term)
    history = LoudnessHistory(
        momentary_s=_times(momentary.size, first=gating.MOMENTARY_BINS),
        momentary_lufs=gating.loudness_of(momentary),
        short_term_s=_times(short_term.size, first=gating.SHORT_TERM_BINS),
        short_term_lufs=short_term_lufs,
        blocks_s=_times(blocks.size, first=gating.MOMENTARY_BINS, step=gating.STEP_BINS),
        blocks_lufs=gating.loudness_of(blocks),
        passes_gates=blocks > gate,
        relative_gate_lufs=float(gating.loudness_of(np.array(gate))) if math.isfinite(gate) else math.nan,
        range_low_lufs=low,
        range_high_lufs=high,
        true_peaks=true_peaks,
        correlation=meter.correlations(PHASE_WINDOW_BINS),
    )
    known = meter.non_finite == 0
    sample_peak = _decibels(float(meter.sample_peaks().max(initial=0.0)))
    rms = 10.0 * math.log10(max(float(meter.mean_squares().mean()), 1e-300))
    undefined = math.nan
    return Loudness(
        integrated_lufs=gating.integrated(blocks) if known else undefined,
        momentary_max_lufs=float(history.momentary_lufs.max(initial=-math.inf)) if known else undefined,
        short_term_max_lufs=float(short_term_lufs.max(initial=-math.inf)) if known else undefined,
        range_lu=range_lu if known else undefined,
        true_peak_dbtp=_decibels(float(true_peaks.max(initial=0.0))) if known else undefined,
        sample_peak_dbfs=sample_peak if known else undefined,
        psr_db=_peak_to_short_term(true_peaks, short_term_lufs) if known else undefined,
        crest_factor_db=_difference(sample_peak, rms) if known else undefined,
        correlation=meter.correlation() if known else undefined,
        duration_s=meter.frames / meter.sample_rate,
        sample_rate=meter.sample_rate,
        layout=meter.layout,
        non_finite=meter.non_finite,
        history=history,
    )


def _peak_to_short_term(true_peaks: NDArray[np.float32], short_term_lufs: NDArray[np.float64]) -> float:
    """Return the least PSR: true peak of 3 s minus short-term loudness, where that is above the absolute gate."""
    step = gating.STEP_BINS
    values = short_term_lufs[::step]
    if not values.size:
        return math.nan
    loudest = np.maximum.reduceat(true_peaks.max(axis=0), np.arange(0, true_peaks.shape[1], step))
    windows = np.lib.stride_tricks.sliding_window_view(loudest, gating.SHORT_TERM_BINS // step)[: values.size]
    peaks = windows.max(axis=1)
    heard = (values > gating.ABSOLUTE_GATE_LUFS) & (peaks > 0.0)
    if not heard.any():
        return math.nan
    return float((20.0 * np.log10(peaks[heard].astype(np.float64)) - values[heard]).min())


def _times(count: int, *, first: int, step: int = 1) -> NDArray[np.float64]:
    return np.asarray((first + step * np.arange(count)) / BINS_PER_SECOND)


def _decibels(peak: float) -> float:
    return 20.0 * math.log10(peak) if peak > 0.0 else -math.inf


def _difference(high: float, low: float) -> float:
    return high - low if math.isfinite(high) and math.isfinite(low) else math.nan


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
