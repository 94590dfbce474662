"""The stereo image: a vectorscope, and phase correlation over time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.errors import AnalysisError, expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.loudness.report import Loudness
from maxbooster_kernel.plots import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 160


@checked
def vectorscope(buffer: AudioBuffer, *, ax: Axes | None = None) -> Axes:
    """Draw left against right, turned so that mono stands upright; wide sound is wide, out-of-phase sound lies flat.

    Parameters
    ----------
    buffer
        A programme of at least two channels; the first two are drawn.
    ax
        Where to draw; None makes a figure.
    """
    AudioBuffer.check(buffer)
    if buffer.channels < 2:
        raise AnalysisError("expected at least two channels for a vectorscope, got 1")
    look = theme.current()
    ax = theme.axes(ax, height_in=3.6, width_in=3.8)
    left, right = buffer.samples[0], buffer.samples[1]
    side, middle = (right - left) * math.sqrt(0.5), (left + right) * math.sqrt(0.5)
    reach = max(1e-3, float(np.percentile(np.maximum(np.abs(side), np.abs(middle)), 99.9))) if buffer.frames else 1.0
    counts, _, _ = np.histogram2d(middle, side, bins=BINS, range=[[-reach, reach], [-reach, reach]])
    ax.imshow(
        np.log1p(counts), origin="lower", cmap=theme.ramp(), extent=(-1.0, 1.0, -1.0, 1.0), interpolation="bilinear",
        aspect="equal",
    )  # fmt: skip
    for x in (-1.0, 1.0):
        ax.plot([0.0, x], [0.0, 1.0], color=look.grid, linewidth=0.8)
    ax.axvline(0.0, color=look.grid, linewidth=0.8)
    for x, name in ((-0.95, "L"), (0.0, "mono"), (0.95, "R")):
        ax.text(x, 1.03, name, color=look.faint, fontsize=9, ha="center", va="bottom")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    heard = f"full reach {20 * math.log10(reach):.0f} dBFS" if buffer.samples[:2].any() else "silence"
    ax.set_xlabel(f"side to side · {heard}")
    ax.set_title("Vectorscope", loc="left", color=look.ink, fontsize=11, pad=16)
    return ax


@checked
def correlation(loudness: Loudness, *, ax: Axes | None = None) -> Axes:
    """Draw the phase correlation of the first two channels over time; below 0, mono playback loses sound.

    Parameters
    ----------
    loudness
        From :func:`~maxbooster_kernel.loudness.report.measure_loudness`, of at least two channels.
    ax
        Where to draw; None makes a figure.
    """
    expect(loudness, Loudness, "a Loudness", "measure it: mb.measure_loudness(buffer)")
    look = theme.current()
    ax = theme.axes(ax, height_in=2.0)
    history = loudness.history
    seconds = history.momentary_s[: history.correlation.size]
    ax.plot(seconds, history.correlation, color=look.main, linewidth=1.2)
    ax.fill_between(
        seconds, history.correlation, 0.0, where=history.correlation < 0.0, color=look.warning, alpha=0.5,
        hatch="xxx", linewidth=0, label="cancels in mono",
    )  # fmt: skip
    ax.axhline(0.0, color=look.faint, linewidth=0.8)
    ax.set_ylim(-1.05, 1.05)
    ax.set_xlim(0.0, max(loudness.duration_s, 1e-3))
    ax.set_yticks([-1.0, 0.0, 1.0], ["-1 opposite", "0", "1 mono"])
    theme.clock(ax)
    whole = "undefined" if math.isnan(loudness.correlation) else f"{loudness.correlation:+z.2f}"
    theme.title(ax, f"Phase correlation · {whole} over all")
    return ax
