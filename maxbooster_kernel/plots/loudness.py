"""Loudness over time: momentary, short-term, integrated, gates, range and services' targets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from maxbooster_kernel.errors import expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.loudness.gating import ABSOLUTE_GATE_LUFS
from maxbooster_kernel.loudness.report import Loudness
from maxbooster_kernel.loudness.targets import find_target
from maxbooster_kernel.plots import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEFAULT_TARGETS = ("spotify", "apple_music", "ebu_r128")


@checked
def loudness_over_time(
    loudness: Loudness, *, ax: Axes | None = None, targets: Sequence[str | float] = DEFAULT_TARGETS
) -> Axes:
    """Draw momentary and short-term loudness with integrated loudness, gates, range and targets.

    Parameters
    ----------
    loudness
        From :func:`~maxbooster_kernel.loudness.report.measure_loudness`.
    ax
        Where to draw; None makes a figure.
    targets
        Services, or loudness in LUFS, drawn as lines at the right.
    """
    expect(loudness, Loudness, "a Loudness", "measure it: mb.measure_loudness(buffer)")
    look = theme.current()
    ax = theme.axes(ax, height_in=3.2)
    history = loudness.history
    known = math.isfinite(loudness.integrated_lufs)
    loudest = max(loudness.momentary_max_lufs, -30.0) if math.isfinite(loudness.momentary_max_lufs) else -12.0
    middle = loudness.integrated_lufs if known else -23.0
    bottom, top = max(ABSOLUTE_GATE_LUFS - 4.0, min(middle - 22.0, -34.0)), max(loudest + 3.0, -9.0)
    step = max(1, history.momentary_s.size // 4000)
    ax.plot(
        history.momentary_s[::step], np.maximum(history.momentary_lufs[::step], bottom - 9.0), color=look.main,
        alpha=0.45, linewidth=0.8, label="momentary (400 ms)",
    )  # fmt: skip
    ax.plot(
        history.short_term_s[::step], np.maximum(history.short_term_lufs[::step], bottom - 9.0), color=look.main,
        linewidth=1.9, label="short-term (3 s)",
    )  # fmt: skip
    if known:
        ax.axhline(loudness.integrated_lufs, color=look.second, linewidth=1.8, label="integrated")
        ax.axhline(history.relative_gate_lufs, color=look.faint, linewidth=1.0, linestyle=":", label="relative gate")
    if math.isfinite(loudness.range_lu):
        ax.axhspan(
            history.range_low_lufs, history.range_high_lufs, color=look.third, alpha=0.14, linewidth=0, label="range"
        )
    _targets(ax, targets, bottom, top)
    ax.set_xlim(0.0, max(loudness.duration_s, 1e-3))
    ax.set_ylim(bottom, top)
    ax.set_ylabel("LUFS")
    ax.grid(axis="y", color=look.grid, linewidth=0.5)
    ax.set_axisbelow(True)
    theme.clock(ax)
    words = f"integrated {loudness.integrated_lufs:.1f} LUFS" if known else "nothing passes the gates"
    wide = f" · range {loudness.range_lu:.1f} LU" if math.isfinite(loudness.range_lu) else ""
    theme.title(ax, f"Loudness · {words}{wide}")
    theme.legend(ax, loc="lower left", ncols=5, columnspacing=1.2, handlelength=1.4)
    return ax


def _targets(ax: Axes, targets: Sequence[str | float], bottom: float, top: float) -> None:
    look = theme.current()
    names: dict[float, list[str]] = {}
    for name in targets:
        target = find_target(name)
        names.setdefault(target.target_lufs, []).append(target.title)
    for lufs, titles in names.items():
        if bottom < lufs < top:
            ax.axhline(lufs, color=look.fourth, linewidth=1.0, linestyle="--")
            ax.annotate(
                _named(titles, lufs), (1.0, lufs), xycoords=("axes fraction", "data"), xytext=(4, 0),
                textcoords="offset points", va="center", color=look.fourth, fontsize=9, annotation_clip=False,
            )  # fmt: skip


def _named(titles: list[str], lufs: float) -> str:
    services = [title for title in titles if not title.endswith("LUFS")]
    return f"{', '.join(services)} {lufs:g}" if services else titles[0]
