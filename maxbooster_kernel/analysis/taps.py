"""Beat truth from a person who taps along: taps become beats, are kept beside the audio, and correct an analysis.

A tap comes late by what the ear, the hand and the sound card take; ``latency_s`` takes that away again. Snapped beats
lie on the onset beside them, where there is one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.spectra import FRAME_RATE
from maxbooster_kernel.analysis.tempo import tempo_curve
from maxbooster_kernel.errors import AnalysisError
from maxbooster_kernel.files import writing

if TYPE_CHECKING:
    from maxbooster_kernel.analysis.report import Analysis

FORMAT = "maxbooster-beats"
VERSION = 1
SNAP_S = 0.06
"""How far a beat moves at most to lie on an onset."""
LONGEST_LATENCY_S = 0.4
CLOSEST_S = 0.15
"""Taps closer than this, faster than 400 a minute, are one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatTruth:
    """Beats that a person tapped: ``taps_s`` as they came, ``beats_s`` after latency and snapping, in seconds."""

    sha256: str
    taps_s: NDArray[np.float64]
    latency_s: float
    snapped: bool
    beats_s: NDArray[np.float64]

    @property
    def bpm(self) -> float | None:
        """Median tempo; None for fewer than three beats."""
        curve = tempo_curve(self.beats_s)
        return float(np.median(curve[:, 1])) if curve.size else None


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
    bpm = truth.bpm
    if bpm is None:
        raise AnalysisError(f"expected at least 3 tapped beats, got {truth.beats_s.size}")
    step = 60.0 / bpm
    bars = analysis.downbeats_s
    nearest = truth.beats_s[np.abs(truth.beats_s - bars[:, np.newaxis]).argmin(axis=1)] if bars.size else bars
    return replace(
        analysis,
        bpm=bpm,
        bpm_confidence=1.0,
        bpm_alternatives=((bpm, 1.0),),
        tempo_curve=tempo_curve(truth.beats_s),
        beats_s=truth.beats_s,
        downbeats_s=np.unique(nearest[np.abs(nearest - bars) < 0.5 * step]),
    )


def truth_path(audio: str | os.PathLike[str]) -> Path:
    """Return where the beats of a recording are kept: beside it.

    >>> truth_path("a/song.wav").as_posix()
    'a/song.wav.beats.json'
    """
    return Path(f"{os.fspath(audio)}.beats.json")


def write_truth(path: str | os.PathLike[str], truth: BeatTruth) -> None:
    """Write beats to a file, whole or not at all."""
    content = {
        "format": FORMAT, "version": VERSION, "sha256": truth.sha256, "latency_s": truth.latency_s,
        "snapped": truth.snapped, "taps_s": truth.taps_s.tolist(), "beats_s": truth.beats_s.tolist(),
    }  # fmt: skip
    with writing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")


def read_truth(path: str | os.PathLike[str]) -> BeatTruth:
    """Read beats from a file.

    Raises
    ------
    AnalysisError
        It is no such file, or of a newer version.
    """
    try:
        found: Any = json.loads(Path(path).read_text("utf-8"))
        if found["format"] != FORMAT or found["version"] > VERSION:
            raise AnalysisError(f"{path}: expected {FORMAT} of version {VERSION} or less; use a newer program")
        latency = float(_seconds([found["latency_s"]])[0])
        taps, beats = _seconds(found["taps_s"]), np.unique(_seconds(found["beats_s"]))
        snapped, sha256 = bool(found["snapped"]), str(found["sha256"])
        return BeatTruth(sha256=sha256, taps_s=taps, latency_s=latency, snapped=snapped, beats_s=beats)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise AnalysisError(
            f"{path}: expected the beats of a recording as this package writes them; tap again"
        ) from None


def _seconds(values: Any) -> NDArray[np.float64]:
    """Return a list of numbers as seconds; raises what :func:`read_truth` catches."""
    seconds = np.asarray(values, dtype=np.float64)
    if seconds.ndim != 1 or not np.isfinite(seconds).all():
        raise ValueError
    return seconds


def _snapped(time: float, onsets: NDArray[np.float64]) -> float:
    """Return the time of the strongest onset nearby, nearer ones first; the time itself where there is none."""
    low = max(0, int(np.ceil((time - SNAP_S) * FRAME_RATE)))
    near = onsets[low : int((time + SNAP_S) * FRAME_RATE) + 1]
    if not near.size:
        return time
    frames = low + np.arange(near.size)
    weight = near * (1.0 - 0.5 * np.abs(frames / FRAME_RATE - time) / SNAP_S)
    return float(frames[int(weight.argmax())] / FRAME_RATE) if float(near.max()) > 0.5 else time
