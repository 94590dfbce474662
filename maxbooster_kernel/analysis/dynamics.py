"""Dynamic complexity (Streich 2007): how far loudness wanders from its own average."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FRAME_S = 0.2
_FLOOR_DB = -90.0
_EMPHASIS = 0.9


def dynamic_complexity(mono: NDArray[np.float32], sample_rate: int) -> tuple[float, float] | None:
    """Return the mean distance of frame levels from the weighted mean level, and that level, both in dB.

    Parameters
    ----------
    mono
        Shape ``(frames,)``.
    sample_rate
        In Hz.

    Returns
    -------
    tuple or None
        None where nothing is above -90 dB or the programme is shorter than a frame.

    Notes
    -----
    Levels of 0.2 s after an equal-loudness filter is not needed for the spread; loud frames weigh more in the mean
    (Vickers: 0.9 to the power of minus the level). Silence at both ends does not count.
    """
    size = int(FRAME_S * sample_rate)
    count = mono.size // size if size else 0
    if not count:
        return None
    power = np.square(mono[: count * size], dtype=np.float64).reshape(count, size).mean(axis=1)
    level = 10.0 * np.log10(np.maximum(power, 1e-12))
    heard = np.flatnonzero(level > _FLOOR_DB)
    if not heard.size:
        return None
    level = np.maximum(level[heard[0] : heard[-1] + 1], _FLOOR_DB)
    weight = _EMPHASIS ** -(level - level.max())
    mean = float((weight * level).sum() / weight.sum())
    return float(np.abs(level - mean).mean()), mean
