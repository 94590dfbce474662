"""Chroma with the key, and the chords as a ribbon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maxbooster_kernel.analysis.key import NAMES
from maxbooster_kernel.analysis.report import Analysis
from maxbooster_kernel.errors import expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.plots import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
_MINOR_STEPS = (0, 2, 3, 5, 7, 8, 10)


@checked
def chroma(analysis: Analysis, *, ax: Axes | None = None) -> Axes:
    """Draw the strength of the twelve pitch classes; the notes of the key are in bold, an arrow is at its tonic.

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
    values = analysis.chroma if analysis.chroma.size else np.zeros((1, 12), np.float32)
    top = values.max(axis=1, keepdims=True)
    ax.imshow(
        (values / np.maximum(top, 1e-9)).T, origin="lower", aspect="auto", cmap=theme.ramp(), vmin=0.0, vmax=1.0,
        extent=(0.0, max(analysis.duration_s, 1e-3), -0.5, 11.5), interpolation="nearest",
    )  # fmt: skip
    ax.set_yticks(range(12), [f"▸ {name}" if name == analysis.key else name for name in NAMES])
    if analysis.key is not None:
        tonic = NAMES.index(analysis.key)
        steps = _MAJOR_STEPS if analysis.scale == "major" else _MINOR_STEPS
        for k, label in enumerate(ax.get_yticklabels()):
            label.set_fontweight("bold" if (k - tonic) % 12 in steps else "normal")
            label.set_color(look.second if k == tonic else look.ink if (k - tonic) % 12 in steps else look.faint)
    theme.clock(ax)
    named = f"{analysis.key} {analysis.scale}, strength {analysis.key_strength:.2f}" if analysis.key else "no key found"
    theme.title(ax, f"Chroma · {named}")
    return ax


@checked
def chords(analysis: Analysis, *, ax: Axes | None = None) -> Axes:
    """Draw the chords as a ribbon: the root is the height and the name is written, minor chords are hatched.

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
    room = 0.012 * analysis.duration_s
    for chord in analysis.chords:
        if chord.label == "N":
            continue
        name, quality = chord.label.split(":")
        width = chord.end_s - chord.start_s
        minor = quality == "min"
        ax.broken_barh(
            [(chord.start_s, width)], (NAMES.index(name) - 0.42, 0.84), facecolor=look.fourth if minor else look.main,
            alpha=0.75, edgecolor=look.background, hatch="////" if minor else None, linewidth=0.5,
        )  # fmt: skip
        if width > room * (1.0 + 0.6 * len(name + "m" * minor)):
            ax.text(
                chord.start_s + width / 2, NAMES.index(name) + 0.48, name + ("m" if minor else ""), ha="center",
                va="bottom", fontsize=8, color=look.ink,
            )  # fmt: skip
    for beat in analysis.downbeats_s:
        ax.axvline(float(beat), color=look.grid, linewidth=0.6, zorder=0)
    ax.set_yticks(range(12), list(NAMES))
    ax.set_ylim(-0.7, 12.3)
    ax.set_xlim(0.0, max(analysis.duration_s, 1e-3))
    theme.clock(ax)
    count = len([chord for chord in analysis.chords if chord.label != "N"])
    theme.title(ax, f"Chords · {count} in {analysis.key} {analysis.scale}" if count else "Chords · none found")
    return ax
