"""Audio as a notebook shows it: its waveform as a small picture, drawn with the theme's own colours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from maxbooster_kernel.audio.buffer import AudioBuffer

WIDTH, LANE = 640, 44
_STYLE = "max-width:100%;height:auto;display:block;color:var(--jp-brand-color1,#1976d2)"
_TEXT = "font:12px var(--jp-ui-font-family,sans-serif);color:var(--jp-ui-font-color2,#666)"


def audio_card(audio: AudioBuffer) -> str:
    """Return HTML that shows the waveform of each channel, with length, rate and peak beneath.

    The light shape reaches from the lowest to the highest sample, the dark one shows the RMS; full scale is the
    height of the lane, whatever the level of the audio.
    """
    level = float(np.abs(audio.samples).max()) if audio.frames else 0.0
    peak = (
        f"peak {20 * math.log10(level):.1f} dBFS"
        if 0.0 < level < math.inf
        else "silent"
        if level == 0
        else "not finite"
    )
    kind = {1: "mono", 2: "stereo"}.get(audio.channels, f"{audio.channels} channels")
    words = f"{_clock(audio.duration_s)} · {audio.sample_rate / 1000:g} kHz · {kind} · {peak}"
    return f'<div>{_picture(audio, words)}<div style="{_TEXT}">{words}</div></div>'


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:06.3f}"


def _picture(audio: AudioBuffer, words: str) -> str:
    from maxbooster_kernel.audio.peaks import peaks

    if not audio.frames:
        return ""
    level = peaks(audio).level(audio.frames / WIDTH)
    lanes = []
    for index, values in enumerate(np.nan_to_num(level.values)):
        middle = LANE * (index + 0.5)
        columns = np.linspace(0, WIDTH, len(values) + 1)[:-1]
        low, high, rms = np.clip(values, -1.0, 1.0).T
        lanes.append(f'<line x1="0" x2="{WIDTH}" y1="{middle}" y2="{middle}" stroke="currentColor" opacity=".25"/>')
        lanes.append(f'<path d="{_outline(columns, low, high, middle)}" fill="currentColor" opacity=".4"/>')
        lanes.append(f'<path d="{_outline(columns, -rms, rms, middle)}" fill="currentColor"/>')
    height = LANE * audio.channels
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" style="{_STYLE}" role="img" '
        f'aria-label="Waveform: {words}">{"".join(lanes)}</svg>'
    )


def _outline(columns: np.ndarray, low: np.ndarray, high: np.ndarray, middle: float) -> str:
    """Return an SVG path along the tops from left to right and back along the bottoms."""
    half = LANE / 2 - 1
    tops = [f"{x:.0f} {middle - half * y:.1f}" for x, y in zip(columns, high, strict=True)]
    bottoms = [f"{x:.0f} {middle - half * y:.1f}" for x, y in zip(columns, low, strict=True)]
    return f"M{'L'.join(tops + bottoms[::-1])}Z"
