"""Mastering to a target: gain, a true-peak limiter, and measuring again until both goals hold."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.dsp.limiter import Release, limit
from maxbooster_kernel.errors import AnalysisError
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.loudness import card
from maxbooster_kernel.loudness.compare import Comparison, excerpt
from maxbooster_kernel.loudness.report import Loudness, measure_loudness
from maxbooster_kernel.loudness.targets import Target, find_target

Method = Literal["limit", "gain"]
TOLERANCE_LU = 0.1
_AIM_LU = 0.03
_PASSES = 10
_MOST_REDUCTION_DB = 24.0
_FIRST_MARGIN_DB = 0.002
_REDUCTION_BIN_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Master:
    """A master and how it was made.

    ``audio`` is the result. ``gain_db`` went before the limiter; ``max_reduction_db`` and ``mean_reduction_db`` are
    what the limiter took (the mean over the time it worked, which is ``limited_part`` of the programme);
    ``reduction_db`` holds the largest reduction of each 10 ms. ``reached`` says whether loudness is within 0.1 LU of
    the target with the true peak under the ceiling, ``reason`` why not.
    """

    audio: AudioBuffer = field(repr=False)
    target: Target
    ceiling_dbtp: float
    gain_db: float
    max_reduction_db: float
    mean_reduction_db: float
    limited_part: float
    reduction_db: NDArray[np.float32] = field(repr=False)
    passes: int
    reached: bool
    reason: str | None
    before: Loudness = field(repr=False)
    after: Loudness = field(repr=False)
    source: AudioBuffer = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object; undefined values are None."""
        return {
            "target": self.target.name,
            "target_lufs": self.target.target_lufs,
            "ceiling_dbtp": self.ceiling_dbtp,
            "gain_db": self.gain_db,
            "max_reduction_db": self.max_reduction_db,
            "mean_reduction_db": self.mean_reduction_db,
            "limited_part": self.limited_part,
            "passes": self.passes,
            "reached": self.reached,
            "reason": self.reason,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }

    def at_equal_loudness(self) -> tuple[AudioBuffer, AudioBuffer]:
        """Return source and master at the same loudness, the louder one turned down, to compare by ear."""
        difference = self.after.integrated_lufs - self.before.integrated_lufs
        if not math.isfinite(difference):
            return self.source, self.audio
        return _turned(self.source, min(0.0, difference)), _turned(self.audio, min(0.0, -difference))

    @checked
    def compare(self, *, start_s: float | None = None, duration_s: float = 12.0) -> Comparison:
        """Return a part of :meth:`at_equal_loudness` that a notebook shows as two players.

        Parameters
        ----------
        start_s, duration_s
            The part, in seconds; None begins with the loudest 3 s of the source, or sooner where it ends too soon.
        """
        if start_s is None:
            history = self.before.history
            heard = history.short_term_lufs.size > 0
            loudest = float(history.short_term_s[int(history.short_term_lufs.argmax())]) - 3.0 if heard else 0.0
            start_s = max(0.0, min(loudest, self.source.duration_s - duration_s))
        return excerpt(*self.at_equal_loudness(), start_s=start_s, duration_s=duration_s)

    def write(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write the master to a file; options as :meth:`AudioBuffer.write` takes them."""
        self.audio.write(path, **options)

    def _repr_html_(self) -> str:
        return card.master_card(self)


@checked
def master(
    buffer: AudioBuffer,
    *,
    target: str | float = "spotify",
    ceiling_dbtp: float | None = None,
    method: Method = "limit",
    layout: str | None = None,
) -> Master:
    """Bring a programme to a loudness under a true-peak ceiling.

    Parameters
    ----------
    buffer
        The mix.
    target
        A service's name (see :data:`~maxbooster_kernel.loudness.targets.TARGETS`), or a loudness in LUFS.
    ceiling_dbtp
        Highest true peak; None takes the service's.
    method
        ``"limit"`` puts a look-ahead true-peak limiter behind the gain; ``"gain"`` only turns up or down, and up
        only as far as the peaks leave room (what Spotify does with a quiet track).
    layout
        Loudspeakers of the channels, for loudness.

    Returns
    -------
    Master
        The result with its report; it says so if the target cannot be reached.

    Raises
    ------
    AnalysisError
        Samples are not finite, the target is unknown, or the ceiling is above 0 dBTP or below -20.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> mix = AudioBuffer(0.05 * rng.standard_normal((2, 96000), dtype=np.float32), 48000)
    >>> made = master(mix, target=-14.0)
    >>> abs(made.after.integrated_lufs + 14.0) < 0.1, made.after.true_peak_dbtp <= -1.0
    (True, True)
    """
    aim = find_target(target)
    ceiling = aim.ceiling_dbtp if ceiling_dbtp is None else float(ceiling_dbtp)
    if not -20.0 <= ceiling <= 0.0:
        raise AnalysisError(f"expected a ceiling from -20 to 0 dBTP, got {ceiling_dbtp}")
    before = measure_loudness(buffer, layout=layout)
    if before.non_finite:
        raise AnalysisError(
            f"samples that are not finite (NaN or infinite): {before.non_finite}; repair them before mastering"
        )
    whole = np.broadcast_to(np.float32(1.0), buffer.frames)
    if not math.isfinite(before.integrated_lufs):
        why = "there is no loudness to measure: the programme is silent or shorter than 0.4 s"
        over = before.true_peak_dbtp - ceiling
        if over <= 0.0:
            return _report(buffer, buffer, aim, ceiling, 0.0, whole, 0, before, before, why)
        lower = -over - _FIRST_MARGIN_DB
        made = _turned(buffer, lower)
        why += "; it was only turned down to the ceiling"
        return _report(buffer, made, aim, ceiling, lower, whole, 1, before, measure_loudness(made, layout=layout), why)
    gain_db = aim.target_lufs - before.integrated_lufs
    if method == "gain":
        room = max(0.0, ceiling - before.true_peak_dbtp)
        held = min(gain_db, room) if gain_db > 0.0 else gain_db
        short: str | None = (
            None if held == gain_db else f"peaks leave room for {room:.1f} dB of the {gain_db:.1f} dB it needs"
        )
        made = _turned(buffer, held)
        after = measure_loudness(made, layout=layout)
        if short is None and after.true_peak_dbtp > ceiling:
            short = f"its true peak is {after.true_peak_dbtp:.1f} dBTP, over the ceiling; a limiter is needed"
        return _report(buffer, made, aim, ceiling, held, whole, 1, before, after, short)
    if before.true_peak_dbtp + gain_db <= ceiling:
        made = _turned(buffer, gain_db)
        after = measure_loudness(made, layout=layout)
        return _report(buffer, made, aim, ceiling, gain_db, whole, 1, before, after, None)
    return _limited(buffer, aim, ceiling, gain_db, before, layout)


def _limited(
    buffer: AudioBuffer, aim: Target, ceiling: float, gain_db: float, before: Loudness, layout: str | None
) -> Master:
    """Search for the gain before the limiter that gives the loudness behind it; smooth release first, then fast."""
    best = _search(buffer, aim, ceiling, gain_db, before, layout, "programme")
    if not best.reached:
        faster = _search(buffer, aim, ceiling, gain_db, before, layout, "fast")
        if abs(faster.after.integrated_lufs - aim.target_lufs) < abs(best.after.integrated_lufs - aim.target_lufs):
            best = faster
    if best.reached:
        return best
    why = (
        f"the peaks are too far above the programme: {best.max_reduction_db:.0f} dB of limiting brings it to "
        f"{best.after.integrated_lufs:.1f} LUFS"
    )
    return replace(best, reason=why)


def _search(
    buffer: AudioBuffer,
    aim: Target,
    ceiling: float,
    gain_db: float,
    before: Loudness,
    layout: str | None,
    release: Release,
) -> Master:
    margin = _FIRST_MARGIN_DB
    tried: list[tuple[float, float]] = []
    while True:
        done = limit(
            buffer.samples, buffer.sample_rate, ceiling_dbtp=ceiling - margin, gain_db=gain_db, release=release
        )
        made = AudioBuffer(done.samples, buffer.sample_rate)
        after = measure_loudness(made, layout=layout)
        over = after.true_peak_dbtp - ceiling
        tried.append((gain_db, after.integrated_lufs))
        best = _report(buffer, made, aim, ceiling, gain_db, done.gain, len(tried), before, after, None)
        error = aim.target_lufs - after.integrated_lufs
        spent = best.max_reduction_db > _MOST_REDUCTION_DB and error > TOLERANCE_LU
        if over <= 0.0 and (abs(error) <= _AIM_LU or spent or len(tried) >= _PASSES):
            return best
        if len(tried) >= 2 * _PASSES:  # the ceiling wins over the last hundredth of a dB
            made = _turned(made, -over - _FIRST_MARGIN_DB)
            after = measure_loudness(made, layout=layout)
            return _report(buffer, made, aim, ceiling, gain_db, done.gain, len(tried), before, after, None)
        margin += max(0.0, over) + (_FIRST_MARGIN_DB if over > 0.0 else 0.0)
        if abs(error) > _AIM_LU and not spent:
            gain_db += float(np.clip(error / _slope(tried), -6.0, 6.0))
        del done, made, best  # hours of sound are held once less while the next pass runs


def _slope(tried: list[tuple[float, float]]) -> float:
    """Return how much loudness a dB of gain still brings, from the last two passes."""
    if len(tried) < 2 or abs(tried[-1][0] - tried[-2][0]) < 1e-3:
        return 1.0
    return float(np.clip((tried[-1][1] - tried[-2][1]) / (tried[-1][0] - tried[-2][0]), 0.15, 1.5))


def _report(
    source: AudioBuffer,
    made: AudioBuffer,
    aim: Target,
    ceiling: float,
    gain_db: float,
    gain: NDArray[np.floating],
    passes: int,
    before: Loudness,
    after: Loudness,
    reason: str | None,
) -> Master:
    step = max(1, round(_REDUCTION_BIN_S * source.sample_rate))
    lowest = np.minimum.reduceat(gain, np.arange(0, gain.size, step)) if gain.size else np.ones(1)
    reduction = np.abs(20.0 * np.log10(np.clip(lowest, 1e-9, 1.0))).astype(np.float32)
    working = reduction > 0.05
    close = abs(after.integrated_lufs - aim.target_lufs) <= TOLERANCE_LU
    return Master(
        audio=made,
        target=aim,
        ceiling_dbtp=ceiling,
        gain_db=gain_db,
        max_reduction_db=float(reduction.max(initial=0.0)),
        mean_reduction_db=float(reduction[working].mean()) if working.any() else 0.0,
        limited_part=float(working.mean()) if working.size else 0.0,
        reduction_db=reduction,
        passes=passes,
        reached=reason is None and bool(close) and after.true_peak_dbtp <= ceiling,
        reason=reason,
        before=before,
        after=after,
        source=source,
    )


def _turned(buffer: AudioBuffer, gain_db: float) -> AudioBuffer:
    return AudioBuffer(buffer.samples * np.float32(10.0 ** (gain_db / 20.0)), buffer.sample_rate)
