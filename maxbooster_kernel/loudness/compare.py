"""A mix and its master to compare by ear: the same excerpt of both, equally loud, one player each."""

from __future__ import annotations

import base64
import math
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.errors import AudioError

_ALONE = (
    "for (const other of this.closest('.mb-card').querySelectorAll('audio')) "
    "if (other !== this && !other.paused) { other.pause(); this.currentTime = other.currentTime; }"
)
"""The player that starts goes on where the other one is, and stops it."""
_DARK = '[data-jp-theme-light="false"] .mb-card audio {color-scheme: dark}'


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Excerpts of equal loudness from ``start_s`` on; in a notebook, two players of which one sounds at a time."""

    before: AudioBuffer = field(repr=False)
    after: AudioBuffer = field(repr=False)
    start_s: float

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<p>{name}<br><audio controls aria-label='{name}' onplay=\"{_ALONE}\" "
            f"src='data:audio/flac;base64,{_flac(audio)}'></audio></p>"
            for name, audio in (("before", self.before), ("after", self.after))
        )
        place = f"{int(self.start_s // 60)}:{int(self.start_s % 60):02d}"
        return (
            f"<style>{_DARK}</style><div class='mb-card'><b>Before and after</b>, equally loud, "
            f"{self.before.duration_s:.0f} s from {place} on: starting one goes on where the other is{rows}</div>"
        )


def excerpt(before: AudioBuffer, after: AudioBuffer, *, start_s: float, duration_s: float) -> Comparison:
    """Return a part of both, turned down together where one would clip.

    Parameters
    ----------
    before, after
        Of equal length and rate.
    start_s, duration_s
        The part, in seconds; less where they end earlier.
    """
    rate = before.sample_rate
    if not (math.isfinite(start_s) and 0.0 < duration_s < math.inf):
        raise AudioError(f"expected a start in seconds and a duration above 0, got {start_s} and {duration_s}")
    first = round(min(max(0.0, start_s), before.duration_s) * rate)
    part = slice(first, first + round(duration_s * rate))
    cut = [audio.samples[:, part] for audio in (before, after)]
    loudest = max(1.0, *(float(np.abs(samples).max(initial=0.0)) for samples in cut))
    old, new = (AudioBuffer(samples / np.float32(loudest), rate) for samples in cut)
    return Comparison(before=old, after=new, start_s=first / rate)


def _flac(audio: AudioBuffer) -> str:
    with tempfile.TemporaryDirectory() as folder:
        audio.write(Path(folder) / "part.flac", bit_depth=16)
        return base64.b64encode((Path(folder) / "part.flac").read_bytes()).decode("ascii")
