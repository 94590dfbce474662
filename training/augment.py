"""Change stored features as changes of the sound would: stretch, equalise, transpose, cut, add noise and songs."""

import numpy as np
from numpy.typing import NDArray

LEVELS = 46


def stretch(
    rng: np.random.Generator, features: NDArray[np.uint8], frames: int, *, widest: float = 0.25
) -> tuple[NDArray[np.uint8], float, float]:
    """Cut ``frames`` frames out of a song played faster or slower.

    Parameters
    ----------
    rng
        Source of randomness.
    features
        Shape (n, bands).
    frames
        Length of the result.
    widest
        Largest change of tempo.

    Returns
    -------
    NDArray[np.uint8]
        Shape (frames, bands); short songs end in their last frame.
    float
        Factor on the tempo.
    float
        First source frame; time ``t`` of the source lands at ``(t * fps - first) / factor`` frames.
    """
    factor = 1.0 if rng.random() < 0.25 else float(np.exp(rng.uniform(np.log(1 - widest), np.log(1 + widest))))
    room = len(features) - 1 - frames * factor
    first = float(rng.uniform(0, room)) if room > 0 else 0.0
    index = np.clip(np.rint(first + np.arange(frames) * factor), 0, len(features) - 1).astype(np.int64)
    return features[index], factor, first


def roughen(rng: np.random.Generator, features: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Equalise, compress, transpose, cut bands, mask with another song and add noise to rhythm features.

    Parameters
    ----------
    rng
        Source of randomness.
    features, other
        Shape (frames, 92).

    Returns
    -------
    NDArray[np.float32]
        Still in steps of the quantisation.
    """
    levels = features[:, :LEVELS].astype(np.float32) - 128
    fluxes = features[:, LEVELS:].astype(np.float32)
    if rng.random() < 0.2:
        under = float(rng.uniform(8, 40))
        levels = np.maximum(levels, other[:, :LEVELS].astype(np.float32) - 128 - under)
        fluxes = np.maximum(fluxes, other[:, LEVELS:] * np.float32(rng.uniform(0.1, 0.5)))
    if rng.random() < 0.5:
        shift = int(rng.integers(-3, 4))
        levels, fluxes = np.roll(levels, shift, axis=1), np.roll(fluxes, shift, axis=1)
    knots = np.interp(np.arange(LEVELS), np.linspace(0, LEVELS, 6), rng.normal(0, 0.25, 6)).astype(np.float32)
    gain = np.float32(rng.uniform(0.6, 1.25)) * np.exp(knots)
    levels, fluxes = levels * gain, fluxes * gain
    if rng.random() < 0.3:
        width = int(rng.integers(2, 16))
        first = int(rng.integers(0, LEVELS - width))
        levels[:, first : first + width] = 0
        fluxes[:, first : first + width] = 0
    if rng.random() < 0.25:
        cut = int(rng.integers(4, 20))
        side = slice(0, cut) if rng.random() < 0.5 else slice(LEVELS - cut, LEVELS)
        levels[:, side] = 0
        fluxes[:, side] = 0
    if rng.random() < 0.3:
        levels += rng.normal(0, rng.uniform(1, 6), levels.shape).astype(np.float32)
        fluxes += np.abs(rng.normal(0, rng.uniform(1, 8), fluxes.shape)).astype(np.float32)
    if rng.random() < 0.2:
        width = int(rng.integers(10, 100))
        first = int(rng.integers(0, max(1, len(levels) - width)))
        levels[first : first + width] *= 0.1
        fluxes[first : first + width] *= 0.1
    return np.concatenate((levels, fluxes), axis=1)


def recolour(rng: np.random.Generator, saliences: NDArray[np.uint8]) -> tuple[NDArray[np.float32], int]:
    """Transpose, equalise, compress and disturb harmony features.

    Parameters
    ----------
    rng
        Source of randomness.
    saliences
        Shape (frames, 72).

    Returns
    -------
    NDArray[np.float32]
        Still in steps of the quantisation.
    int
        Semitones the song was moved up.
    """
    shift = int(rng.integers(-5, 6))
    moved = np.zeros(saliences.shape, np.float32)
    if shift >= 0:
        moved[:, shift:] = saliences[:, : 72 - shift]
    else:
        moved[:, :shift] = saliences[:, -shift:]
    curve = np.interp(np.arange(72), np.linspace(0, 72, 7), rng.normal(0, 0.15, 7)).astype(np.float32)
    moved *= np.float32(rng.uniform(0.75, 1.15)) * np.exp(curve)
    if rng.random() < 0.4:
        moved += np.abs(rng.normal(0, rng.uniform(2, 14), moved.shape)).astype(np.float32)
    if rng.random() < 0.3:
        blur = np.float32(rng.uniform(0.02, 0.15))
        moved[:, 1:-1] = (1 - 2 * blur) * moved[:, 1:-1] + blur * (moved[:, 2:] + moved[:, :-2])
    if rng.random() < 0.2:
        cut = int(rng.integers(6, 24))
        moved[:, slice(0, cut) if rng.random() < 0.5 else slice(72 - cut, 72)] *= 0.2
    return moved, shift
