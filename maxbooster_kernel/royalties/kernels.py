"""The linear core: streams x unit price summed per track, compiled, integers only.

Sums of a track are two int64 side by side, streams and nanos; a byte beside them tells whether it had any line.
Callers bound every sum beforehand, so nothing can wrap (see :mod:`~maxbooster_kernel.royalties.sums`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import boolean, int32, int64, njit, types, uint8
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]


def given(kind: Any, dimensions: int = 1) -> Any:
    """Return the type of an array that a kernel only reads; arrays that may be written fit too.

    With types declared, a kernel is compiled once and not again for every mixture of writable and frozen arrays.
    """
    return types.Array(kind, dimensions, "C", readonly=True)


BAD = np.iinfo(np.int64).min
TOP = np.iinfo(np.int64).max
UNKNOWN_PLATFORM, NO_RATE, BAD_PERIOD, INEXACT = BAD, BAD + 1, BAD + 2, BAD + 3
"""Prices that are not prices: why a cell of the price table has none."""
REASONS = ("", "unknown_platform", "no_rate_for_period", "bad_streams", "bad_period", "bad_amount", "inexact")
"""Why a line was rejected, by number."""


def volume(values: NDArray[Any]) -> int:
    """Return the sum of the magnitudes of valid values, which no sum of some of them exceeds; at most ``TOP``."""
    return measure(values)[0]


def measure(values: NDArray[Any]) -> tuple[int, bool]:
    """Return the volume of counts, and whether they are 32 bits wide and all above zero."""
    if values.dtype != np.int32:
        return int(_volume(values)), False
    total = int(_narrow_volume(values))
    return abs(total), total > 0


@njit([int64(given(int32))], cache=True, nogil=True)
def _narrow_volume(values: Codes) -> int:
    """Return the sum of magnitudes below 2**31, negated unless all values are above zero.

    It cannot overflow, and without a test the compiler adds in vectors.
    """
    total, least = np.int64(0), np.int32(1)
    for row in range(values.size):
        total += abs(np.int64(values[row]))
        least = min(least, values[row])
    return int(total) if least > 0 else -int(total)


@njit([int64(given(int64))], cache=True, nogil=True)
def _volume(values: Ints) -> int:
    total = 0
    for row in range(values.size):
        value = int(values[row])
        if value != BAD:
            if abs(value) > TOP - total:
                return TOP
            total += abs(value)
    return total


@njit([int64(int64, int64)], cache=True, nogil=True)
def reason(price: int, count: int) -> int:
    """Return the number of the reason why a line has no earnings."""
    if price == UNKNOWN_PLATFORM:
        return 1
    if price == NO_RATE:
        return 2
    if count == BAD:
        return 3
    return 4 if price == BAD_PERIOD else 6


_LINES = given(int32), given(int32), given(int32)


@njit(
    [int64(*_LINES, given(kind), given(int64, 2), int64[::1], uint8[::1], uint8[::1]) for kind in (int32, int64)],
    cache=True,
    nogil=True,
)
def add_priced(
    tracks: Codes,
    platforms: Codes,
    countries: Codes,
    streams: Ints,
    prices: NDArray[np.int64],
    sums: Ints,
    seen: Bytes,
    why: Bytes,
) -> int:
    """Add priced lines of one period to ``sums`` [shape=(2 * tracks,)]; return how many were rejected.

    ``prices`` [shape=(platforms, countries)] is by the chunk's own codes. ``why`` gets the number of the reason a line
    was rejected for, if any was. Indices are unsigned: the compiler then leaves out the wrap of negative ones.
    """
    rejected = 0
    for row in range(tracks.size):
        price = prices[np.uint32(platforms[row]), np.uint32(countries[row])]
        count = np.int64(streams[row])
        if price <= INEXACT or count == BAD:
            why[row] = reason(price, int(count))
            rejected += 1
            continue
        track = np.uint32(tracks[row])
        place = np.uint64(track) * np.uint64(2)
        sums[place] += count
        sums[place + np.uint64(1)] += count * price
        seen[track] = 1
    return rejected


@njit([int64(*_LINES, given(int32), given(int64, 2), int64[::1])], cache=True, nogil=True)
def add_all_priced(
    tracks: Codes,
    platforms: Codes,
    countries: Codes,
    streams: Codes,
    prices: NDArray[np.int64],
    sums: Ints,
) -> int:
    """Do what :func:`add_priced` does where every price is one and every count above zero; return 0.

    Tracks are not marked as seen: their sum of streams says it (see :func:`mark_seen`).
    """
    for row in range(tracks.size):
        count = np.int64(streams[row])
        track = np.uint32(tracks[row])
        place = np.uint64(track) * np.uint64(2)
        sums[place] += count
        sums[place + np.uint64(1)] += count * prices[np.uint32(platforms[row]), np.uint32(countries[row])]
    return 0


@njit([int64(given(int64), uint8[::1])], cache=True, nogil=True)
def mark_seen(sums: Ints, seen: Bytes) -> int:
    """Mark the tracks that have streams as seen, and return how many tracks are."""
    count = 0
    for track in range(seen.size):
        if sums[2 * track] != 0:
            seen[track] = 1
        count += seen[track]
    return count


@njit([int64(int64[::1], uint8[::1], int32[::1], int64[::1], int64[::1])], cache=True, nogil=True)
def take_sums(sums: Ints, seen: Bytes, tracks: Codes, streams: Ints, nanos: Ints) -> int:
    """Move the sums of every track that was seen into columns, leave zeros behind, and return how many there were."""
    count = 0
    for track in range(seen.size):
        if seen[track]:
            tracks[count] = track
            streams[count], nanos[count] = sums[2 * track], sums[2 * track + 1]
            sums[2 * track] = sums[2 * track + 1] = seen[track] = 0
            count += 1
    return count


_OUT = int64[:, ::1], uint8[:, ::1], uint8[::1]


@njit(
    [int64(*_LINES, given(int32), given(kind), given(int64, 3), given(int64), *_OUT) for kind in (int32, int64)],
    cache=True,
    nogil=True,
)
def add_priced_periods(
    tracks: Codes,
    platforms: Codes,
    countries: Codes,
    periods: Codes,
    streams: Ints,
    prices: NDArray[np.int64],
    buckets: Ints,
    sums: NDArray[np.int64],
    seen: NDArray[np.uint8],
    why: Bytes,
) -> int:
    """Add priced lines of several periods to ``sums`` [shape=(buckets, 2 * tracks)]; return how many were rejected.

    ``prices`` [shape=(periods, platforms, countries)] and ``buckets`` are by the chunk's own codes.
    """
    rejected = 0
    for row in range(tracks.size):
        period = np.uint32(periods[row])
        price = prices[period, np.uint32(platforms[row]), np.uint32(countries[row])]
        count = np.int64(streams[row])
        if price <= INEXACT or count == BAD:
            why[row] = reason(price, int(count))
            rejected += 1
            continue
        bucket = np.uint64(buckets[period])
        track = np.uint32(tracks[row])
        place = np.uint64(track) * np.uint64(2)
        sums[bucket, place] += count
        sums[bucket, place + np.uint64(1)] += count * price
        seen[bucket, track] = 1
    return rejected


@njit(
    [int64(given(int32), given(int32), given(kind), given(int64), given(boolean), *_OUT) for kind in (int32, int64)],
    cache=True,
    nogil=True,
)
def add_amounts(
    tracks: Codes,
    buckets: Codes,
    streams: Ints,
    amounts: Ints,
    bad_buckets: NDArray[np.bool_],
    sums: NDArray[np.int64],
    seen: NDArray[np.uint8],
    why: Bytes,
) -> int:
    """Add lines that carry their own money to ``sums`` [shape=(buckets, 2 * tracks)]; return how many were rejected.

    A bucket is a period and a currency; ``bad_buckets`` tells those whose period is none.
    """
    rejected = 0
    for row in range(tracks.size):
        count = np.int64(streams[row])
        amount = amounts[row]
        bucket = np.uint64(buckets[row])
        if count == BAD or bad_buckets[bucket] or amount == BAD:
            why[row] = 3 if count == BAD else (4 if bad_buckets[bucket] else 5)
            rejected += 1
            continue
        place = np.uint64(tracks[row]) * np.uint64(2)
        sums[bucket, place] += count
        sums[bucket, place + np.uint64(1)] += amount
        seen[bucket, np.uint64(tracks[row])] = 1
    return rejected


@njit(
    [int64(given(int64), given(int64), given(int64), int64[::1], int64[:, ::1])],
    cache=True,
    nogil=True,
)
def hash_sums(keys: Ints, streams: Ints, nanos: Ints, slots: Ints, table: NDArray[np.int64]) -> int:
    """Sum streams and nanos by key into an open-addressing table; return the number of new keys.

    ``slots`` holds a key + 1 or 0; its length is a power of two. ``table`` has [shape=(slots, 2)].
    """
    mask = slots.size - 1
    fresh = 0
    for row in range(keys.size):
        key = keys[row]
        if key < 0:
            continue
        place = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)) & mask
        while slots[place] != 0 and slots[place] != key + 1:
            place = (place + 1) & mask
        if slots[place] == 0:
            slots[place] = key + 1
            fresh += 1
        table[place, 0] += streams[row]
        table[place, 1] += nanos[row]
    return fresh
