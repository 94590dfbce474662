"""The layers of the analysis networks, compiled: convolutions over rows of channels, wherever the rows lie.

Rows of channels are as wide as whole vectors of ``len(LANES)`` numbers (:func:`padded`), so that sixteen outputs are
summed at a time and eight rows share each weight. Sums are fused and so rounded once a product.

Functions: :func:`padded`, :func:`packed`, :func:`convolve`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel
from maxbooster_kernel.dsp.vectors import fma, load, store

LANES = (0,) * 16
"""As many outputs are summed at a time as this has places: compiled code knows the length of a tuple."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """Weights as :func:`convolve` reads them: ``weights`` of shape ``(vectors, taps, inputs, lanes)``, and ``bias``."""

    weights: Singles
    bias: Singles


def padded(channels: int) -> int:
    """Return the width of a row of so many channels.

    >>> padded(20), padded(32)
    (32, 32)
    """
    return -(-channels // len(LANES)) * len(LANES)


def packed(weight: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> Layer:
    """Lay weights out for :func:`convolve`.

    Parameters
    ----------
    weight
        Shape ``(outputs, inputs, taps)``.
    bias
        Shape ``(outputs,)``; none counts as 0.
    """
    outputs, inputs, taps = weight.shape
    wide = np.zeros((padded(outputs), taps, inputs), np.float32)
    wide[:outputs] = weight.transpose(0, 2, 1)
    vectors = wide.reshape(-1, len(LANES), taps, inputs).transpose(0, 2, 3, 1)
    offset = np.zeros(padded(outputs), np.float32)
    if bias is not None:
        offset[:outputs] = bias
    return Layer(weights=np.ascontiguousarray(vectors), bias=offset)


def convolve(x: Singles, places: Addresses, step: int, layer: Layer, out: Singles, into: Addresses) -> None:
    """Add a convolution of rows of ``x`` and its bias to rows of ``out``.

    Parameters
    ----------
    x
        Contiguous, of any shape.
    places
        For each row of the result, where in the flat ``x`` the inputs of its first tap begin.
    step
        How far apart in the flat ``x`` the inputs of taps lie.
    layer
        From :func:`packed`.
    out
        Contiguous, of any shape, changed in place.
    into
        Where in the flat ``out`` each row of the result begins.
    """
    vectors, taps, inputs, _ = layer.weights.shape
    flat = layer.weights.reshape(vectors, -1)
    _convolve(x.reshape(-1), places, step, taps, inputs, flat, layer.bias, out.reshape(-1), into)


@kernel
def _convolve(
    x: Singles,
    places: Addresses,
    step: int,
    taps: int,
    inputs: int,
    weights: Singles,
    bias: Singles,
    out: Singles,
    into: Addresses,
) -> None:
    rows = places.shape[0]
    whole = rows - rows % 8
    for row in range(0, whole, 8):
        p0, p1, p2, p3 = places[row], places[row + 1], places[row + 2], places[row + 3]
        p4, p5, p6, p7 = places[row + 4], places[row + 5], places[row + 6], places[row + 7]
        for vector in range(weights.shape[0]):
            kernel_ = weights[vector]
            first = vector * len(LANES)
            a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = load(LANES, bias, first)
            at = 0
            for tap in range(taps):
                for k in range(tap * step, tap * step + inputs):
                    weight = load(LANES, kernel_, at)
                    at += len(LANES)
                    a0, a1 = fma(weight, x[p0 + k], a0), fma(weight, x[p1 + k], a1)
                    a2, a3 = fma(weight, x[p2 + k], a2), fma(weight, x[p3 + k], a3)
                    a4, a5 = fma(weight, x[p4 + k], a4), fma(weight, x[p5 + k], a5)
                    a6, a7 = fma(weight, x[p6 + k], a6), fma(weight, x[p7 + k], a7)
            _add(out, into[row] + first, a0)
            _add(out, into[row + 1] + first, a1)
            _add(out, into[row + 2] + first, a2)
            _add(out, into[row + 3] + first, a3)
            _add(out, into[row + 4] + first, a4)
            _add(out, into[row + 5] + first, a5)
            _add(out, into[row + 6] + first, a6)
            _add(out, into[row + 7] + first, a7)
    for row in range(whole, rows):
        for vector in range(weights.shape[0]):
            total = load(LANES, bias, vector * len(LANES))
            at = 0
            for tap in range(taps):
                for k in range(tap * step, tap * step + inputs):
                    total = fma(load(LANES, weights[vector], at), x[places[row] + k], total)
                    at += len(LANES)
            _add(out, into[row] + vector * len(LANES), total)


@kernel
def _add(out: Singles, at: int, values: Singles) -> None:
    store(out, at, load(LANES, out, at) + values)
