"""Beats on the onset curve, and the tempogram with the tempo that was followed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from maxbooster_kernel.analysis.report import Analysis
from maxbooster_kernel.analysis.spectra import FRAME_RATE
from maxbooster_kernel.analysis.tempo import FASTEST_BPM, HOP_S, SLOWEST_BPM, tempo_grid
from maxbooster_kernel.errors import AnalysisError, expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.plots import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TICKS_BPM = (40, 60, 80, 100, 120, 160, 200, 240)


@checked
def beats(analysis: Analysis, *, ax: Axes | None = None, start_s: float = 0.0, end_s: float | None = None) -> Axes:
    """Draw onset strength with beats, and downbeats numbered by bar.

    Parameters
    ----------
    analysis
        From :func:`~maxbooster_kernel.analysis.report.analyze`.
    ax
        Where to draw; None makes a figure.
    start_s, end_s
        The part to show, in seconds; by default the first 20 s from ``start_s``.
    """
    expect(analysis, Analysis, "an Analysis", "make one: mb.analyze(buffer)")
    look = theme.current()
    ax = theme.axes(ax, height_in=2.4)
    stop = min(start_s + 20.0, analysis.duration_s) if end_s is None else end_s
    if not (math.isfinite(start_s) and math.isfinite(stop)):
        raise AnalysisError(f"expected the part to show in seconds, got {start_s} to {stop}")
    seconds = np.arange(analysis.onsets.size) / FRAME_RATE
    shown = (seconds >= start_s) & (seconds <= stop)
    top = float(analysis.onsets[shown].max(initial=1.0))
    ax.fill_between(seconds[shown], analysis.onsets[shown], color=look.main, alpha=0.5, linewidth=0)
    ax.plot(seconds[shown], analysis.onsets[shown], color=look.main, linewidth=0.7, label="onset strength")
    inside = analysis.beats_s[(analysis.beats_s >= start_s) & (analysis.beats_s <= stop)]
    if inside.size:
        ax.vlines(inside, 0.0, top, color=look.faint, linewidth=1.0, linestyle="--", label="beat")
    bars = analysis.downbeats_s[(analysis.downbeats_s >= start_s) & (analysis.downbeats_s <= stop)]
    if bars.size:
        ax.vlines(bars, 0.0, 1.08 * top, color=look.second, linewidth=2.0, label="downbeat")
    number = int((analysis.downbeats_s < start_s).sum())
    for k, bar in enumerate(bars):
        ax.text(float(bar), 1.1 * top, str(number + k + 1), color=look.second, fontsize=9, ha="center", va="bottom")
    ax.set_xlim(start_s, max(stop, start_s + 1e-3))
    ax.set_ylim(0.0, 1.25 * top)
    ax.set_ylabel("onset strength")
    theme.clock(ax)
    theme.title(ax, f"Beats · {_tempo(analysis)}")
    theme.legend(ax, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.2)
    return ax


@checked
def tempogram(analysis: Analysis, *, ax: Axes | None = None) -> Axes:
    """Draw how strongly each tempo is present over time, the tempo of the tracked beats, and the beats as a grid below.

    Parameters
    ----------
    analysis
        From :func:`~maxbooster_kernel.analysis.report.analyze`.
    ax
        Where to draw; None makes a figure.
    """
    expect(analysis, Analysis, "an Analysis", "make one: mb.analyze(buffer)")
    look = theme.current()
    ax = theme.axes(ax, height_in=2.8)
    grid = tempo_grid()
    salience = analysis.tempogram if analysis.tempogram.size else np.zeros((1, grid.size))
    edges = (np.arange(salience.shape[0] + 1) - 0.5) * HOP_S
    ax.pcolormesh(
        edges, np.geomspace(SLOWEST_BPM, FASTEST_BPM, grid.size + 1), salience.T, cmap=theme.ramp(), rasterized=True
    )
    if analysis.tempo_curve.size:
        ax.plot(analysis.tempo_curve[:, 0], analysis.tempo_curve[:, 1], color=look.second, linewidth=2.2)
    foot = ax.get_xaxis_transform()
    ax.vlines(analysis.beats_s, 0.0, 0.04, color=look.faint, linewidth=0.7, transform=foot)
    ax.vlines(analysis.downbeats_s, 0.0, 0.08, color=look.second, linewidth=1.4, transform=foot)
    ax.set_yscale("log")
    ax.set_yticks(_TICKS_BPM, [str(tick) for tick in _TICKS_BPM])
    ax.minorticks_off()
    ax.set_ylim(SLOWEST_BPM, FASTEST_BPM)
    ax.set_xlim(0.0, max(analysis.duration_s, 1e-3))
    ax.set_ylabel("tempo (BPM)")
    theme.clock(ax)
    marks = " · line: tempo of the beats, below: beats and bars" if analysis.beats_s.size else ""
    theme.title(ax, f"Tempogram · {_tempo(analysis)}{marks}")
    return ax


def _tempo(analysis: Analysis) -> str:
    if analysis.bpm is None:
        return "no beat found"
    sure = f"{'unsure, ' * analysis.doubtful}confidence {analysis.bpm_confidence or 0.0:.2f}"
    metre = f" · {analysis.time_signature}" if analysis.time_signature else ""
    return f"{analysis.bpm:.1f} BPM{metre} · {sure}"
