"""Conversions between the units of the field: linear gain and decibels, seconds and frames."""

from __future__ import annotations

import math


def db_to_gain(db: float) -> float:
    """Return the linear amplitude of a level in dB; minus infinity gives 0.

    >>> round(db_to_gain(-6.0), 6)
    0.501187
    """
    return math.pow(10.0, db / 20.0)


def gain_to_db(gain: float) -> float:
    """Return the level in dB of a linear amplitude; 0 gives minus infinity.

    >>> gain_to_db(1.0)
    0.0
    """
    return 20.0 * math.log10(gain) if gain > 0.0 else -math.inf


def seconds_to_frames(seconds: float, sample_rate: int) -> int:
    """Return the frame nearest to a time in seconds (halves go up).

    >>> seconds_to_frames(0.5, 44100)
    22050
    """
    return math.floor(seconds * sample_rate + 0.5)
