"""Exact numbers from and to Arrow text columns, without a Python object a row.

Text is given as Arrow stores it: one run of bytes and the offsets of the rows in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import int32, int64, njit, uint8, void
from numpy.typing import NDArray

from maxbooster_kernel.royalties.kernels import given

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

BAD = np.iinfo(np.int64).min
"""What a text that is not a whole number becomes."""
PLAIN, ODD = 0, 1
"""Status of a parsed decimal: exact as returned, or left to the caller."""


@njit([void(given(int64), given(uint8), int64[::1])], cache=True, nogil=True)
def _parse_integers(offsets: Ints, data: NDArray[np.uint8], out: Ints) -> None:
    for row in range(out.size):
        start, stop = offsets[row], offsets[row + 1]
        negative = start < stop and data[start] == 45
        if negative or (start < stop and data[start] == 43):
            start += 1
        if start >= stop or stop - start > 18:
            out[row] = BAD
            continue
        value = np.int64(0)
        for place in range(start, stop):
            digit = np.int64(data[place]) - 48
            if digit < 0 or digit > 9:
                value = np.int64(BAD)
                break
            value = value * 10 + digit
        out[row] = -value if negative and value != BAD else value


@njit([void(given(int64), given(uint8), int64[::1], int64[::1], uint8[::1])], cache=True, nogil=True)
def _parse_decimals(
    offsets: Ints, data: NDArray[np.uint8], nanos: Ints, residue: Ints, status: NDArray[np.uint8]
) -> None:
    for row in range(nanos.size):
        start, stop = offsets[row], offsets[row + 1]
        negative = start < stop and data[start] == 45
        if negative or (start < stop and data[start] == 43):
            start += 1
        whole, fraction, rest = np.int64(0), np.int64(0), np.int64(0)
        digits, places = 0, -1
        fine = True
        for place in range(start, stop):
            byte = data[place]
            if byte == 46 and places < 0:
                places = 0
                continue
            digit = np.int64(byte) - 48
            if digit < 0 or digit > 9:
                fine = False
                break
            digits += 1
            if places < 0:
                whole = whole * 10 + digit
                if whole > 9_000_000_000:
                    fine = False
                    break
            else:
                places += 1
                if places <= 9:
                    fraction = fraction * 10 + digit
                elif places <= 18:
                    rest = rest * 10 + digit
                elif digit != 0:
                    fine = False
                    break
        if not fine or digits == 0:
            nanos[row], residue[row], status[row] = 0, 0, ODD
            continue
        for _ in range(max(places, 0), 9):
            fraction *= 10
        for _ in range(max(places, 9), 18):
            rest *= 10
        value = whole * 1_000_000_000 + fraction
        nanos[row] = -value if negative else value
        residue[row] = -rest if negative else rest
        status[row] = PLAIN


@njit([int64(given(int64), int32[::1], uint8[::1])], cache=True, nogil=True)
def _format_nanos(nanos: Ints, offsets: NDArray[np.int32], out: NDArray[np.uint8]) -> int:
    digits = np.empty(20, np.uint8)
    end = 0
    for row in range(nanos.size):
        offsets[row] = end
        value = nanos[row]
        if value < 0:
            out[end] = 45
            end += 1
        magnitude = np.uint64(-value) if value < 0 else np.uint64(value)
        count = 0
        while magnitude > np.uint64(0) or count < 10:
            digits[count] = 48 + np.uint8(magnitude % np.uint64(10))
            magnitude = magnitude // np.uint64(10)
            count += 1
        for place in range(count - 1, -1, -1):
            out[end] = digits[place]
            end += 1
            if place == 9:
                out[end] = 46
                end += 1
    offsets[nanos.size] = end
    return end


def text_buffers(array: Any) -> tuple[Ints, NDArray[np.uint8]]:
    """Return the offsets and bytes of an Arrow text array; a missing value is the empty text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if array.type != pa.large_string():
        array = array.cast(pa.large_string())
    if array.null_count:
        array = pc.fill_null(array, "")
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return bounds, np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)


def parse_integers(array: Any) -> Ints:
    """Return whole numbers of an Arrow text array; whatever else it holds is ``BAD``.

    >>> import pyarrow as pa
    >>> parse_integers(pa.array(["12", "-3", "1.5"]))[:2]
    array([12, -3])
    """
    out = np.empty(len(array), np.int64)
    if len(array):
        _parse_integers(*text_buffers(array), out)
    return out


def parse_decimals(array: Any) -> tuple[Ints, Ints, NDArray[np.uint8]]:
    """Return nanos, the part below a nano (in 1e-18, same sign), and the status of every text.

    >>> import pyarrow as pa
    >>> nanos, residue, status = parse_decimals(pa.array(["0.00589", "-1.0000000005"]))
    >>> nanos.tolist(), residue.tolist(), status.tolist()
    ([5890000, -1000000000], [0, -500000000], [0, 0])
    """
    nanos = np.zeros(len(array), np.int64)
    residue = np.zeros(len(array), np.int64)
    status = np.zeros(len(array), np.uint8)
    if len(array):
        _parse_decimals(*text_buffers(array), nanos, residue, status)
    return nanos, residue, status


def format_nanos(nanos: NDArray[Any]) -> Any:
    """Return amounts as an Arrow array of decimal text with nine places.

    Parameters
    ----------
    nanos
        int64, or Python integers of any size in an object array.

    Examples
    --------
    >>> format_nanos(np.array([11_347_000_000, -1])).to_pylist()
    ['11.347000000', '-0.000000001']
    """
    import pyarrow as pa

    from maxbooster_kernel import money

    if nanos.dtype == object:
        return pa.array([money.format_nanos(value) for value in nanos], pa.string())
    offsets = np.zeros(nanos.size + 1, np.int32)
    out = np.empty(nanos.size * 21 + 1, np.uint8)
    end = _format_nanos(np.ascontiguousarray(nanos, np.int64), offsets, out)
    return pa.Array.from_buffers(pa.string(), nanos.size, [None, pa.py_buffer(offsets), pa.py_buffer(out[:end].copy())])


def decimals(nanos: NDArray[Any]) -> Any:
    """Return amounts as an Arrow array of decimal128 with nine places.

    >>> decimals(np.array([5_890_000_000])).to_pylist()
    [Decimal('5.890000000')]
    """
    import pyarrow as pa

    words = np.empty((nanos.size, 2), np.uint64)
    if nanos.dtype == object:
        from maxbooster_kernel import money
        from maxbooster_kernel.errors import MoneyError

        if any(abs(value) >= money.LARGEST * 100 for value in nanos):
            raise MoneyError("an amount has over 29 digits before the point; look at the terms and costs")
        mask = (1 << 64) - 1
        words[:, 0] = [value & mask for value in nanos]
        words[:, 1] = [(value >> 64) & mask for value in nanos]
    else:
        words[:, 0] = nanos.view(np.uint64) if nanos.dtype == np.int64 else nanos.astype(np.int64).view(np.uint64)
        words[:, 1] = (nanos.astype(np.int64) >> 63).view(np.uint64)
    return pa.Array.from_buffers(pa.decimal128(38, 9), nanos.size, [None, pa.py_buffer(words)])
