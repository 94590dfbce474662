"""Beats from a person who taps along: taps become beats and correct an analysis.

A tap comes late by what the ear, the hand and the sound card take; ``latency_s`` takes that away again. Snapped beats
lie on the onset beside them, where there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.spectra import FRAME_RATE
from maxbooster_kernel.analysis.tempo import tempo_curve
from maxbooster_kernel.analysis.truth import BeatTruth
from maxbooster_kernel.errors import AnalysisError

if TYPE_CHECKING:
    from maxbooster_kernel.analysis.report import Analysis

SNAP_S = 0.06
"""How far a beat moves at most to lie on an onset."""
LONGEST_LATENCY_S = 0.4
CLOSEST_S = 0.15
"""Taps closer than this, faster than 400 a minute, are one."""


def settle(
    taps_s: Sequence[float], onsets: NDArray[np.float64], *, latency_s: float = 0.0, snap: bool = True
) -> NDArray[np.float64]:
    """Return beats from taps.

    Parameters
    ----------
    taps_s
        When was tapped, in seconds of the recording, in any order.
    onsets
        Onset strength, 100 values a second, as an analysis holds it.
    latency_s
        How late the taps come, -0.4 to 0.4.
    snap
        Move each beat to the strongest onset within 60 ms.

    Raises
    ------
    AnalysisError
        A number is not finite, or the latency out of range.

    Examples
    --------
    >>> strength = np.zeros(300)
    >>> strength[[100, 200]] = 5.0
    >>> settle([2.12, 1.09], strength, latency_s=0.1).tolist()
    [1.0, 2.0]
    """
    taps = np.asarray(taps_s, dtype=np.float64)
    if taps.ndim != 1 or not np.isfinite(taps).all():
        raise AnalysisError("expected taps as finite seconds")
    if not abs(latency_s) <= LONGEST_LATENCY_S:
        raise AnalysisError(f"expected a latency from -{LONGEST_LATENCY_S} to {LONGEST_LATENCY_S} s, got {latency_s}")
    times = np.sort(taps) - latency_s
    times = times[times >= 0.0]
    times = times[np.diff(times, prepend=-1.0) >= CLOSEST_S]
    if snap and onsets.size:
        times = np.array([_snapped(time, onsets) for time in times])
        times = times[np.diff(times, prepend=-1.0) > 0.0]
    return np.round(times, 4)


def find_latency(taps_s: Sequence[float], onsets: NDArray[np.float64]) -> float:
    """Return how late taps come: the shift at which most onset strength lies under them, in seconds from -0.1 to 0.3.

    Parameters
    ----------
    taps_s, onsets
        As for :func:`settle`.
    """
    taps = np.asarray(taps_s, dtype=np.float64)
    if taps.size < 4 or not onsets.size:
        return 0.0
    shifts = np.arange(-10, 31) / FRAME_RATE
    frames = np.rint((taps[:, np.newaxis] - shifts) * FRAME_RATE).astype(np.int64)
    smooth = np.convolve(onsets, np.hanning(9) / np.hanning(9).sum(), "same")
    heard = np.where((frames >= 0) & (frames < smooth.size), smooth[np.clip(frames, 0, smooth.size - 1)], 0.0)
    return float(shifts[int(heard.sum(axis=0).argmax())])


def corrected(analysis: Analysis, truth: BeatTruth) -> Analysis:
    """Return an analysis with tapped beats in place of found ones, and downbeats on the beats beside theirs.

    Raises
    ------
    AnalysisError
        The taps are of other audio, or fewer than three.
    """
    if analysis.sha256 and truth.sha256 and analysis.sha256 != truth.sha256:
        raise AnalysisError("these beats were tapped to other audio: the SHA-256 differs; tap again")
    return replace(analysis, **truth_fields(analysis.downbeats_s, truth))


def truth_fields(downbeats_s: NDArray[np.float64], truth: BeatTruth) -> dict[str, Any]:
    """Return the fields of an analysis that tapped beats set, downbeats those beside the ones found.

    Raises
    ------
    AnalysisError
        There are fewer than three beats.
    """
    bpm = truth.bpm
    if bpm is None:
        raise AnalysisError(f"expected at least 3 tapped beats, got {truth.beats_s.size}")
    step = 60.0 / bpm
    bars = downbeats_s
    nearest = truth.beats_s[np.abs(truth.beats_s - bars[:, np.newaxis]).argmin(axis=1)] if bars.size else bars
    return {
        "bpm": bpm,
        "bpm_confidence": 1.0,
        "bpm_alternatives": ((bpm, 1.0),),
        "tempo_curve": tempo_curve(truth.beats_s),
        "beats_s": truth.beats_s,
        "downbeats_s": np.unique(nearest[np.abs(nearest - bars) < 0.5 * step]),
    }


def _snapped(time: float, onsets: NDArray[np.float64]) -> float:
    """Return the time of the strongest onset nearby, nearer ones first; the time itself where there is none."""
    low = max(0, int(np.ceil((time - SNAP_S) * FRAME_RATE)))
    near = onsets[low : int((time + SNAP_S) * FRAME_RATE) + 1]
    if not near.size:
        return time
    frames = low + np.arange(near.size)
    weight = near * (1.0 - 0.5 * np.abs(frames / FRAME_RATE - time) / SNAP_S)
    return float(frames[int(weight.argmax())] / FRAME_RATE) if float(near.max()) > 0.5 else time
