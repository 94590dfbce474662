"""The waveform, and where its true peak passes the ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.dsp.kweighting import BINS_PER_SECOND
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.loudness.report import Loudness, measure_loudness
from maxbooster_kernel.plots import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 1600


@checked
def waveform(
    buffer: AudioBuffer, *, ax: Axes | None = None, loudness: Loudness | None = None, ceiling_dbtp: float = 0.0
) -> Axes:
    """Draw each channel's extremes and RMS; mark where its true peak is over a ceiling.

    Parameters
    ----------
    buffer
        The programme.
    ax
        Where to draw; None makes a figure.
    loudness
        Its loudness, if it is at hand; otherwise it is measured.
    ceiling_dbtp
        True peaks above it are marked.
    """
    AudioBuffer.check(buffer)
    look = theme.current()
    ax = theme.axes(ax, height_in=1.2 + 0.9 * buffer.channels)
    measured = loudness if loudness is not None else measure_loudness(buffer)
    peaks = measured.history.true_peaks
    limit = 10.0 ** (ceiling_dbtp / 20.0)
    overs = 0
    for channel in range(buffer.channels):
        middle = 2.2 * (buffer.channels - 1 - channel)
        seconds, low, high, rms = extremes(buffer.samples[channel], buffer.sample_rate)
        low, high = np.clip(low, -1.04, 1.04), np.clip(high, -1.04, 1.04)
        ax.fill_between(seconds, middle + low, middle + high, color=look.main, alpha=0.45, linewidth=0)
        rms = np.minimum(rms, 1.04)
        ax.fill_between(seconds, middle - rms, middle + rms, color=look.main, linewidth=0)
        ax.axhline(middle, color=look.grid, linewidth=0.6)
        over = np.flatnonzero(peaks[channel] > limit)
        overs += over.size
        if over.size:
            ax.plot(
                (over + 0.5) / BINS_PER_SECOND, np.full(over.size, middle + 1.06), linestyle="none", marker="v",
                markersize=5, color=look.warning, clip_on=False, label="over" if overs == over.size else None,
            )  # fmt: skip
    ax.set_xlim(0.0, max(buffer.duration_s, 1e-3))
    ax.set_ylim(-1.1, 2.2 * (buffer.channels - 1) + 1.15)
    ax.set_yticks([2.2 * (buffer.channels - 1 - c) for c in range(buffer.channels)], list(measured.layout))
    theme.clock(ax)
    peak = "silence" if measured.true_peak_dbtp == -np.inf else f"true peak {measured.true_peak_dbtp:z.1f} dBTP"
    spots = "spot" if overs == 1 else "spots"
    note = f" · ▼ {overs} {spots} of 10 ms over {ceiling_dbtp:g} dBTP" if overs else ""
    theme.title(ax, f"Waveform · {peak}{note}")
    return ax


def extremes(
    samples: NDArray[np.float32], sample_rate: int, columns: int = COLUMNS
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return time in seconds, minimum, maximum and RMS of each column of one channel."""
    if not samples.size:
        empty = np.zeros(1, np.float32)
        return np.zeros(1), empty, empty, empty
    edges = np.unique(np.linspace(0, samples.size, min(columns, samples.size) + 1).astype(np.int64))[:-1]
    length = np.diff(np.append(edges, samples.size))
    low, high = np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)
    rms = np.sqrt(np.add.reduceat(np.square(samples, dtype=np.float64), edges) / length).astype(np.float32)
    return (edges + length / 2.0) / sample_rate, low, high, rms
