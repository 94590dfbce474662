"""Fades: gain curves over a number of frames, and two pieces of audio joined by them.

``linear`` keeps the sum of two equal signals constant, ``equal_power`` that of two unrelated ones,
``exponential`` falls evenly in decibels (60 dB over the fade), ``smooth`` starts and ends with slope zero.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import AudioError

FadeShape = Literal["linear", "equal_power", "exponential", "smooth"]
RANGE_DB = 60.0


def fade_curve(frames: int, *, shape: FadeShape = "linear") -> NDArray[np.float32]:
    """Return the gains of a fade-in, from 0 on its first frame towards 1 on the frame after its last.

    A fade-out is the same curve from 1 down: ``fade_curve(n)[::-1]`` leads to 0 on its last frame.

    Examples
    --------
    >>> fade_curve(4).tolist()
    [0.0, 0.25, 0.5, 0.75]
    """
    place = np.arange(frames) / max(frames, 1)
    if shape == "linear":
        gains = place
    elif shape == "equal_power":
        gains = np.sin(place * np.pi / 2)
    elif shape == "smooth":
        gains = 0.5 - 0.5 * np.cos(np.pi * place)
    elif shape == "exponential":
        gains = np.where(place > 0.0, 10.0 ** ((place - 1.0) * RANGE_DB / 20.0), 0.0)
    else:
        raise AudioError(f"expected a fade of shape linear, equal_power, exponential or smooth, got {shape!r}")
    return np.asarray(gains, np.float32)


def faded(
    samples: NDArray[np.float32], *, fade_in: int = 0, fade_out: int = 0, shape: FadeShape = "linear"
) -> NDArray[np.float32]:
    """Return a copy of samples ``(channels, frames)`` with a fade at its start and its end, in frames."""
    frames = samples.shape[-1]
    if not (0 <= fade_in <= frames and 0 <= fade_out <= frames):
        raise AudioError(f"expected fades of 0 to {frames} frames, got {fade_in} and {fade_out}")
    out = np.array(samples, np.float32)
    out[..., :fade_in] *= fade_curve(fade_in, shape=shape)
    out[..., frames - fade_out :] *= fade_curve(fade_out, shape=shape)[::-1]
    return out


def crossfaded(
    first: NDArray[np.float32], second: NDArray[np.float32], frames: int, *, shape: FadeShape = "equal_power"
) -> NDArray[np.float32]:
    """Return ``first`` running into ``second`` over ``frames`` common frames; shapes ``(channels, frames)``."""
    if frames > min(first.shape[-1], second.shape[-1]):
        raise AudioError(f"expected both parts to be at least {frames} frames long to cross-fade them")
    rise = fade_curve(frames, shape=shape)
    fall = np.append(rise, np.float32(1.0))[:0:-1]
    middle = first[..., first.shape[-1] - frames :] * fall + second[..., :frames] * rise
    parts = [first[..., : first.shape[-1] - frames], middle, second[..., frames:]]
    return np.asarray(np.concatenate(parts, axis=-1), np.float32)
