"""Before and after a master: loudness of both, and what the limiter took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maxbooster_kernel.errors import expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.loudness.master import Master
from maxbooster_kernel.plots import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BIN_S = 0.01


@checked
def before_after(master: Master, *, ax: Axes | None = None) -> Axes:
    """Draw short-term loudness before and after, the target, and the limiter's gain reduction hanging from the top.

    Parameters
    ----------
    master
        From :func:`~maxbooster_kernel.loudness.master.master`.
    ax
        Where to draw; None makes a figure.
    """
    expect(master, Master, "a Master", "make one: mb.master(buffer)")
    look = theme.current()
    ax = theme.axes(ax, height_in=3.4)
    old, new = master.before.history, master.after.history
    values = np.concatenate([old.short_term_lufs, new.short_term_lufs])
    heard = values[np.isfinite(values) & (values > -70.0)]
    aim = master.target.target_lufs
    low = min(float(np.percentile(heard, 2)) if heard.size else -30.0, aim) - 4.0
    high = max(float(heard.max()) if heard.size else -10.0, aim) + 9.0
    ax.plot(
        old.short_term_s, np.maximum(old.short_term_lufs, low - 5.0), color=look.faint, linewidth=1.4, linestyle="--",
        label=f"before, {_lufs(master.before.integrated_lufs)}",
    )  # fmt: skip
    ax.plot(
        new.short_term_s, np.maximum(new.short_term_lufs, low - 5.0), color=look.main, linewidth=2.0,
        label=f"after, {_lufs(master.after.integrated_lufs)}",
    )  # fmt: skip
    ax.axhline(aim, color=look.fourth, linewidth=1.2, linestyle=":", label=f"target, {aim:g} LUFS")
    taken = master.reduction_db
    if taken.size and master.max_reduction_db > 0.0:
        step = max(1, taken.size // 1500)
        most = np.maximum.reduceat(taken, np.arange(0, taken.size, step))
        seconds = np.arange(most.size) * step * BIN_S
        ax.fill_between(
            seconds, high, high - most, color=look.second, alpha=0.7, linewidth=0, step="post",
            label=f"limiter, at most {master.max_reduction_db:.1f} dB (same scale)",
        )  # fmt: skip
    ax.set_xlim(0.0, max(master.after.duration_s, 1e-3))
    ax.set_ylim(low, high)
    ax.set_ylabel("short-term LUFS")
    ax.grid(axis="y", color=look.grid, linewidth=0.5)
    ax.set_axisbelow(True)
    theme.clock(ax)
    peaks = "silence"
    if np.isfinite(master.before.true_peak_dbtp):
        peaks = f"true peak {master.before.true_peak_dbtp:z.1f} to {master.after.true_peak_dbtp:z.1f} dBTP"
    theme.title(ax, f"Master for {master.target.title} · {peaks}" + ("" if master.reached else " · target not reached"))
    theme.legend(ax, loc="upper left", bbox_to_anchor=(0.0, -0.2), ncols=4, columnspacing=1.2, handlelength=1.6)
    return ax


def _lufs(value: float) -> str:
    return f"{value:z.1f} LUFS" if np.isfinite(value) else "silence"
