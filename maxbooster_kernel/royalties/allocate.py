"""Give every track's pool to its recipients: largest remainders at every level, exact whatever the size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import int32, int64, njit, void
from numpy.typing import NDArray

from maxbooster_kernel import money
from maxbooster_kernel.royalties.kernels import given
from maxbooster_kernel.royalties.splits import Shares, SubSplits

Codes = NDArray[np.int32]
Ints = NDArray[np.int64]
WHOLE = money.WHOLE
_WHOLE = np.uint64(WHOLE)
"""Unsigned numbers divide faster: Python's division of negative ones is another one than the processor's."""
LIMIT = 1 << 62


@njit([int64(int64, given(int64), int64, int64, int64[::1], int64[::1])], cache=True, nogil=True)
def _parts(total: int, ppm: Ints, start: int, stop: int, parts: Ints, rests: Ints) -> int:
    """Split ``total`` over ``ppm[start:stop]`` into ``parts``; return what stays with the owner.

    The owner holds the last place with whatever of the whole is not given away. With ``|total| = h W + l`` no product
    exceeds int64: ``q = h w + l w // W``, remainder ``l w mod W``.
    """
    magnitude = np.uint64(abs(total))
    high, low = magnitude // _WHOLE, magnitude % _WHOLE
    count = stop - start
    left = magnitude
    given = np.uint64(0)
    for place in range(count):
        weight = np.uint64(ppm[start + place])
        given += weight
        part = high * weight + low * weight // _WHOLE
        parts[place] = np.int64(part)
        rests[place] = np.int64(low * weight % _WHOLE)
        left -= part
    weight = _WHOLE - given
    part = np.uint64(0)
    rests[count] = 0
    if weight:
        part = high * weight + low * weight // _WHOLE
        rests[count] = np.int64(low * weight % _WHOLE)
    parts[count] = np.int64(part)
    for _ in range(np.int64(left - part)):
        best = 0
        for place in range(1, count + 1):
            if rests[place] > rests[best]:
                best = place
        parts[best] += 1
        rests[best] = -1
    if total < 0:
        for place in range(count + 1):
            parts[place] = -parts[place]
    return int(parts[count])


_SHARES = given(int64), given(int32), given(int64)


@njit(
    [void(given(int64), given(int64), *_SHARES, given(int64), given(int32), given(int64), int64[::1], int64[::1])],
    cache=True,
    nogil=True,
)
def _allocate(
    rows: Ints,
    nanos: Ints,
    starts: Ints,
    recipients: Codes,
    ppm: Ints,
    sub_starts: Ints,
    sub_to: Codes,
    sub_ppm: Ints,
    payouts: Ints,
    kept: Ints,
) -> None:
    room = 2
    for row in range(starts.size - 1):
        room = max(room, starts[row + 1] - starts[row] + 1)
    for row in range(sub_starts.size - 1):
        room = max(room, sub_starts[row + 1] - sub_starts[row] + 1)
    parts, rests = np.empty(room, np.int64), np.empty(room, np.int64)
    depth = sub_to.size + room + 1
    who, what = np.empty(depth, np.int64), np.empty(depth, np.int64)
    plain = sub_to.size == 0
    for place in range(rows.size):
        row = rows[place]
        if row < 0 or starts[row] == starts[row + 1]:
            kept[place] = nanos[place]
            continue
        first, last = starts[row], starts[row + 1]
        kept[place] = _parts(nanos[place], ppm, first, last, parts, rests)
        if plain:
            for share in range(last - first):
                payouts[recipients[first + share]] += parts[share]
            continue
        top = 0
        for share in range(last - first):
            recipient = recipients[first + share]
            if sub_starts[recipient] == sub_starts[recipient + 1]:
                payouts[recipient] += parts[share]
            else:
                who[top], what[top] = recipient, parts[share]
                top += 1
        while top > 0:
            top -= 1
            recipient = who[top]
            begin, end = sub_starts[recipient], sub_starts[recipient + 1]
            payouts[recipient] += _parts(what[top], sub_ppm, begin, end, parts, rests)
            for share in range(end - begin):
                child = sub_to[begin + share]
                if sub_starts[child] == sub_starts[child + 1]:
                    payouts[child] += parts[share]
                else:
                    who[top], what[top] = child, parts[share]
                    top += 1


def allocate_pools(
    rows: NDArray[Any], nanos: NDArray[Any], shares: Shares, sub: SubSplits, recipients: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Split pools over the recipients.

    Parameters
    ----------
    rows
        Row of each pool's track in ``shares``, -1 for a track without splits.
    nanos
        What each pool holds.
    shares, sub
        Splits in force and sub-splits; tracks with a fault keep their pool.
    recipients
        How many recipients there are.

    Returns
    -------
    tuple of ndarray
        Nanos by recipient, and nanos that stay unallocated by pool. They add up to the pools exactly.
    """
    rows = rows.astype(np.int64)
    if not shares.faults.size:
        rows = np.full_like(rows, -1)
    elif shares.faults.any():
        rows = np.where((rows >= 0) & (shares.faults[rows] == 0), rows, -1)
    if nanos.dtype != object and int(np.abs(nanos).astype(np.float64).sum() * 1.001) < LIMIT:
        payouts, kept = np.zeros(recipients, np.int64), np.zeros(rows.size, np.int64)
        _allocate(rows, nanos, shares.starts, shares.recipients, shares.ppm, sub.starts, sub.to, sub.ppm, payouts, kept)
        return payouts, kept
    return _allocate_wide(rows, nanos, shares, sub, recipients)


def _allocate_wide(
    rows: Ints, nanos: NDArray[Any], shares: Shares, sub: SubSplits, recipients: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Do the same with Python integers."""
    payouts: NDArray[Any] = np.zeros(recipients, object)
    kept: NDArray[Any] = np.zeros(rows.size, object)
    for place, (row, total) in enumerate(zip(rows.tolist(), nanos.tolist(), strict=True)):
        if row < 0:
            kept[place] = total
            continue
        first, last = int(shares.starts[row]), int(shares.starts[row + 1])
        weights = shares.ppm[first:last].tolist()
        *parts, kept[place] = money.allocate(total, [*weights, WHOLE - sum(weights)])
        stack = list(zip(shares.recipients[first:last].tolist(), parts, strict=True))
        while stack:
            recipient, amount = stack.pop()
            begin, end = int(sub.starts[recipient]), int(sub.starts[recipient + 1])
            weights = sub.ppm[begin:end].tolist()
            *parts, rest = money.allocate(amount, [*weights, WHOLE - sum(weights)])
            payouts[recipient] += rest
            stack += zip(sub.to[begin:end].tolist(), parts, strict=True)
    return payouts, kept
