"""Channel layouts and their weights (ITU-R BS.1770-5, Annex 1, table 3, and Annex 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import AnalysisError

WEIGHTS: dict[str, float] = {
    "L": 1.0,
    "R": 1.0,
    "C": 1.0,
    "LFE": 0.0,
    "Ls": 1.41,
    "Rs": 1.41,
    "Lss": 1.41,  # side speakers of 7.1, at 90 degrees
    "Rss": 1.41,
    "Lrs": 1.0,  # rear speakers of 7.1, beyond 120 degrees
    "Rrs": 1.0,
    "Cs": 1.0,
}
"""Weight of a loudspeaker's energy; 1.41 (+1.5 dB) between 60 and 120 degrees of azimuth."""

LAYOUTS: dict[str, tuple[str, ...]] = {
    "mono": ("C",),
    "stereo": ("L", "R"),
    "3.0": ("L", "R", "C"),
    "quad": ("L", "R", "Ls", "Rs"),
    "5.0": ("L", "R", "C", "Ls", "Rs"),
    "5.1": ("L", "R", "C", "LFE", "Ls", "Rs"),
    "7.0": ("L", "R", "C", "Lss", "Rss", "Lrs", "Rrs"),
    "7.1": ("L", "R", "C", "LFE", "Lss", "Rss", "Lrs", "Rrs"),
}

_BY_COUNT = {len(names): names for names in LAYOUTS.values()}


def parse_layout(layout: str | None, channels: int) -> tuple[str, ...]:
    """Return the loudspeaker of each channel.

    Parameters
    ----------
    layout
        A name (``"5.1"``), or loudspeakers in channel order (``"L R C LFE Ls Rs"``);
        None takes the usual one: 1 = C, 2 = L R, 3 = L R C, 4 = L R Ls Rs, 5 = L R C Ls Rs,
        6 = L R C LFE Ls Rs, 7 and 8 with side and rear pairs.
    channels
        How many there are.

    Raises
    ------
    AnalysisError
        An unknown loudspeaker, or not as many as there are channels.

    Examples
    --------
    >>> parse_layout(None, 6)
    ('L', 'R', 'C', 'LFE', 'Ls', 'Rs')
    >>> parse_layout("C,L,R", 3)
    ('C', 'L', 'R')
    """
    if layout is None:
        if channels not in _BY_COUNT:
            raise AnalysisError(
                f"expected 1 to 8 channels, got {channels}; name the loudspeakers as a layout where one can be given"
            )
        return _BY_COUNT[channels]
    names = LAYOUTS.get(layout.strip().lower(), tuple(layout.replace(",", " ").split()))
    for name in names:
        if name not in WEIGHTS:
            raise AnalysisError(
                f"layout {layout!r}: unknown loudspeaker {name!r}; "
                f"use {', '.join(LAYOUTS)}, or names from {', '.join(WEIGHTS)}"
            )
    if len(names) != channels:
        raise AnalysisError(f"layout {layout!r} names {len(names)} loudspeakers, the audio has {channels} channels")
    return names


def channel_weights(names: tuple[str, ...], *, dual_mono: bool = False) -> NDArray[np.float64]:
    """Return the weight of each channel's energy.

    Parameters
    ----------
    names
        From :func:`parse_layout`.
    dual_mono
        Count a single channel twice (+3.01 LU), as when it is played by both loudspeakers of a pair.
    """
    weights = np.array([WEIGHTS[name] for name in names])
    return weights * 2.0 if dual_mono and len(names) == 1 else weights
