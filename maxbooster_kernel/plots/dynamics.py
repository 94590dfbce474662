"""What compressors and meters do over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.mix.meters import Curve
from maxbooster_kernel.plots import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes


POINTS = 600
"""Pieces of the time drawn: about one a pixel of a notebook's width."""
LOWEST_DB = -72.0


@checked
def gain_reduction(curves: Mapping[str, Curve], *, ax: Axes | None = None) -> Axes:
    """Draw how far compressors turn their input down, the deepest moment of each piece of time.

    Parameters
    ----------
    curves
        From ``session.gain_reduction()``: dB by compressor. The four that work hardest are drawn.
    ax
        Where to draw; None makes a figure.
    """
    _check(curves, "session.gain_reduction()")
    look = theme.current()
    ax = theme.axes(ax, height_in=3.2)
    hardest = sorted(curves, key=lambda name: float(curves[name].values.mean()))[:4]
    deepest = min((float(curves[name].values.min()) for name in hardest), default=-1.0)
    for name, color in zip(hardest, (look.main, look.second, look.third, look.fourth), strict=False):
        times, values = _pieces(curves[name], np.minimum)
        ax.plot(times, values, color=color, linewidth=1.2, label=name)
    ax.set_ylim(min(1.15 * deepest, -3.0), 0.5)
    _finish(ax, curves, "dB", look)
    theme.title(ax, f"Gain reduction · {f'at most {-deepest:z.1f} dB' if hardest else 'no compressor'}")
    _legend(ax)
    return ax


@checked
def levels(curves: Mapping[str, Curve], *, ax: Axes | None = None) -> Axes:
    """Draw the peak and the rms level of one strip.

    Parameters
    ----------
    curves
        One entry of ``session.levels()``: ``peak`` and ``rms`` in dBFS.
    ax
        Where to draw; None makes a figure.
    """
    source = "session.levels()[strip]"
    _check(curves, source)
    for name in ("peak", "rms"):
        expect(curves.get(name), Curve, f"the curve {name!r}", f"take it from {source}")
    look = theme.current()
    ax = theme.axes(ax, height_in=3.2)
    for name, color, width in (("peak", look.main, 1.0), ("rms", look.second, 1.6)):
        times, values = _pieces(curves[name], np.maximum)
        ax.plot(times, np.maximum(values, LOWEST_DB - 9.0), color=color, linewidth=width, label=name)
    ax.axhline(0.0, color=look.third, linewidth=1.0, linestyle=":")
    top = max(float(curves["peak"].values.max(initial=-200.0)), -3.0)
    ax.set_ylim(LOWEST_DB, top + 6.0)
    _finish(ax, curves, "dBFS", look)
    theme.title(ax, f"Level · peak {float(curves['peak'].values.max(initial=-200.0)):z.1f} dBFS")
    _legend(ax)
    return ax


def _check(curves: object, source: str) -> None:
    fix = f"take them from {source}"
    by_name = expect(curves, Mapping, "the curves by name", fix)  # type: ignore[type-abstract]
    for curve in by_name.values():
        expect(curve, Curve, "a curve", f"take it from {source}")


def _finish(ax: Axes, curves: Mapping[str, Curve], unit: str, look: theme.Theme) -> None:
    end = max((float(curve.times_s[-1]) for curve in curves.values() if len(curve.times_s)), default=1.0)
    ax.set_xlim(0.0, max(end, 1e-3))
    ax.set_ylabel(unit)
    ax.grid(axis="y", color=look.grid, linewidth=0.5)
    ax.set_axisbelow(True)
    theme.clock(ax)


def _legend(ax: Axes) -> None:
    if ax.get_legend_handles_labels()[0]:
        theme.legend(ax, loc="upper left", bbox_to_anchor=(0.0, -0.2), ncols=4, columnspacing=1.2, handlelength=1.4)


def _pieces(curve: Curve, extreme: np.ufunc) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times and the extreme value of each of at most ``POINTS`` pieces."""
    if not len(curve.values):
        return curve.times_s, curve.values
    starts = np.arange(0, len(curve.values), -(-len(curve.values) // POINTS))
    return curve.times_s[starts], extreme.reduceat(curve.values, starts)
