r"""Round float samples to integers, with triangular dither and optional noise shaping.

A quantiser of ``b`` bits has the step :math:`\Delta = 2^{1-b}`. Plain rounding makes an error that depends on the
signal, heard as distortion. Adding noise of triangular density over :math:`\pm\Delta` before rounding (TPDF) makes
mean and variance of the error independent of the signal
(Lipshitz, Wannamaker, Vanderkooy, *Quantization and Dither: A Theoretical Survey*, J. AES 40 (5), 1992).
Noise shaping feeds the error of earlier samples back, :math:`v = x - \sum_k c_k e_{n-k}`, so that its spectrum is
:math:`1 - \sum_k c_k z^{-k}`: here the five-tap curve of Lipshitz et al. (*Minimally Audible Noise Shaping*,
J. AES 39 (11), 1991, table 2), which lowers it where hearing is keenest (3 to 5 kHz at 44.1 kHz).

- :func:`quantize` : one block of samples to integers
- :func:`on_grid` : whether rounding would change anything
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Dither = Literal["none", "tpdf", "shaped"]
DITHERS: tuple[Dither, ...] = ("none", "tpdf", "shaped")
SHAPING = np.array([2.033, -2.165, 1.959, -1.590, 0.6149], np.float64)


def quantize(
    samples: NDArray[np.float32],
    bits: int,
    *,
    dither: Dither = "none",
    rng: np.random.Generator | None = None,
    errors: NDArray[np.float64] | None = None,
) -> NDArray[np.int32]:
    """Round samples to signed integers of ``bits`` bits.

    Parameters
    ----------
    samples
        Float samples, shape ``(channels, frames)``; full scale is -1 to 1, larger values clip.
    bits
        Bits of the result, 8 to 24.
    dither
        ``none`` rounds to the nearest step, ``tpdf`` adds triangular noise of two steps' width,
        ``shaped`` adds it inside the five-tap error feedback.
    rng
        Source of the noise. Reusing one generator block after block gives what one call for the whole gives.
    errors
        State of the noise shaping, shape ``(channels, 5)``; updated in place, zeros at the start.

    Returns
    -------
    numpy.ndarray
        Int32 of shape ``(channels, frames)``, from ``-2**(bits-1)`` to ``2**(bits-1) - 1``.

    Examples
    --------
    >>> quantize(np.array([[0.5, -1.0, 1.0]], np.float32), 16)
    array([[ 16384, -32768,  32767]], dtype=int32)
    """
    scale = float(2 ** (bits - 1))
    scaled = np.multiply(samples, np.float32(scale), dtype=np.float32)  # exact: a power of two
    if dither != "none":
        source = rng if rng is not None else np.random.default_rng(0)
        pairs = source.random((samples.shape[1], samples.shape[0], 2), np.float32)
        noise = (pairs[..., 0] - pairs[..., 1]).T
        if dither == "shaped":
            from maxbooster_kernel.dsp.noise_shaping import shape_errors

            state = errors if errors is not None else np.zeros((samples.shape[0], len(SHAPING)))
            wide, steps = scaled.astype(np.float64), np.ascontiguousarray(noise, np.float64)
            return np.asarray(shape_errors(wide, steps, SHAPING, state, scale), np.int32)
        scaled += noise
    np.rint(scaled, out=scaled)
    np.clip(scaled, np.float32(-scale), np.float32(scale - 1.0), out=scaled)
    return scaled.astype(np.int32)


def on_grid(samples: NDArray[np.float32], bits: int) -> bool:
    """Tell whether every sample is already a whole step of a ``bits``-bit quantiser, within full scale.

    >>> on_grid(np.array([[0.5, 2.0**-15]], np.float32), 16), on_grid(np.array([[2.0**-16]], np.float32), 16)
    (True, False)
    """
    scale = np.float32(2 ** (bits - 1))
    for start in range(0, samples.shape[1], 1 << 16):
        part = samples[:, start : start + (1 << 16)] * scale
        if not np.array_equal(part, np.rint(part)) or (part.size and (part.max() >= scale or part.min() < -scale)):
            return False
    return True
