"""What an analysis may claim: everything has a likeliest tempo and a likeliest key, noise too.

A key needs three tones that sound, and a chord or a clear lead over the other keys; bars need some trust in the beats;
a tempo is left out where beats are hardly trusted and no harmony is heard. What is short shows less, so more is asked
of it. The limits lie between what noises and lone tones reach and where songs begin.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.beattrack import BeatGrid
from maxbooster_kernel.analysis.spectra import PITCH_FRAME_RATE

SURE = 0.5
"""A tempo of less confidence is told with a doubt."""
HEARD_FROM = 0.1
"""Beats of less confidence are none, whatever else is heard."""
BARS_FROM = 0.2
"""Beats of less confidence have no bars, and without harmony are none; a share is added for few beats."""
FEW_BEATS = 0.5
"""Added to that for one beat, half of it for four, and so on by the root: noise of 3 s reaches 0.34, of 30 s 0.2."""
TONE = 0.3
"""A pitch class sounds if it does so for this part of what the strongest does."""
FEWEST_TONES = 3
CLEAR_MARGIN = 0.1
"""A key that leads the next one by less, and has no chord, is none: noise of 20 s reaches 0.05."""
CLEAR_AFTER_S = 15.0
"""In shorter programmes the lead must be greater in proportion."""
_NAMED = {"key", "scale", "key_strength", "key_margin", "key_curve", "chords", "tuning_hz"}
_BARS = {"time_signature", "downbeats_s"}


def evident(grid: BeatGrid, harmony: dict[str, Any]) -> tuple[BeatGrid, dict[str, Any]]:
    """Return beats and harmony without what nothing speaks for; the confidence stays.

    Parameters
    ----------
    grid
        Beats as found.
    harmony
        What is known of harmony and bars, by the names of an analysis.
    """
    confidence = grid.confidence or 0.0
    doubtful = confidence < BARS_FROM + FEW_BEATS / math.sqrt(max(1, grid.beats_s.size))
    sounding = has_harmony(harmony)
    hidden = (_BARS if doubtful else set()) | (set() if sounding else _NAMED)
    if confidence < HEARD_FROM or (doubtful and not sounding):
        none = np.empty(0)
        grid = replace(grid, beats_s=none, bpm=None, alternatives=(), tempo_curve=none.reshape(0, 2))
    return grid, {name: value for name, value in harmony.items() if name not in hidden}


def has_harmony(harmony: dict[str, Any]) -> bool:
    """Return whether a chord or a key is heard; see :func:`evident`.

    Examples
    --------
    >>> has_harmony({"chroma": np.eye(12)[:1], "chords": (), "key_margin": 1.0})  # a lone tone
    False
    """
    chroma: NDArray[np.floating] = harmony.get("chroma", np.zeros((0, 12)))
    heard = chroma.sum(axis=0, dtype=np.float64)
    if not heard.any() or int((heard >= TONE * heard.max()).sum()) < FEWEST_TONES:
        return False
    least = CLEAR_MARGIN * max(1.0, CLEAR_AFTER_S * PITCH_FRAME_RATE / len(chroma))
    return any(chord.label != "N" for chord in harmony["chords"]) or bool(harmony["key_margin"] >= least)
