"""The linear core: streams x unit price summed per track, compiled, integers only.

A *sum* row holds three int64: streams, nanos and the number of lines; 0 lines means "no such row".
Callers bound every sum beforehand, so nothing can wrap (see :mod:`~maxbooster_kernel.royalties.sums`).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Ints = NDArray[np.int64]

BAD = np.iinfo(np.int64).min
UNKNOWN_PLATFORM, NO_RATE, BAD_PERIOD, INEXACT = BAD, BAD + 1, BAD + 2, BAD + 3
"""Prices that are not prices: why a cell of the price table has none."""
REASONS = ("", "unknown_platform", "no_rate_for_period", "bad_streams", "bad_period", "bad_amount", "inexact")
"""Why a line was rejected, by number."""


@njit(cache=True, nogil=True)
def largest(values: Ints) -> int:
    """Return the largest magnitude of valid values (``BAD`` is not one)."""
    top = 0
    for row in range(values.size):
        value = int(values[row])
        if value != BAD:
            top = max(top, abs(value))
    return top


@njit(cache=True, nogil=True)
def reason(price: int, count: int) -> int:
    """Return the number of the reason why a line has no earnings."""
    if price == UNKNOWN_PLATFORM:
        return 1
    if price == NO_RATE:
        return 2
    if count == BAD:
        return 3
    return 4 if price == BAD_PERIOD else 6


@njit(cache=True, nogil=True)
def add_priced(
    tracks: Codes,
    platforms: Codes,
    countries: Codes,
    periods: Codes,
    streams: Ints,
    platform_of: Codes,
    country_of: Codes,
    period_of: Codes,
    prices: NDArray[np.int64],
    sums: NDArray[np.int64],
    why: NDArray[np.uint8],
) -> int:
    """Add priced lines to ``sums`` [shape=(periods, tracks, 3)]; return how many were rejected.

    ``*_of`` translate a chunk's own codes to those of ``prices`` [shape=(periods, platforms, countries)];
    ``periods`` may have length 1: all lines are of one period. ``why`` gets the number of the reason a line was
    rejected for, if any was.
    """
    rejected = 0
    single = periods.size == 1
    when = period_of[periods[0]] if periods.size else 0
    for row in range(tracks.size):
        if not single:
            when = period_of[periods[row]]
        count = int(streams[row])
        price = prices[when, platform_of[platforms[row]], country_of[countries[row]]]
        if price <= INEXACT or count == BAD:
            why[row] = reason(price, count)
            rejected += 1
            continue
        track = tracks[row]
        sums[when, track, 0] += count
        sums[when, track, 1] += count * price
        sums[when, track, 2] += 1
    return rejected


@njit(cache=True, nogil=True)
def add_amounts(
    tracks: Codes,
    buckets: Codes,
    streams: Ints,
    amounts: Ints,
    bad_buckets: NDArray[np.bool_],
    sums: NDArray[np.int64],
    why: NDArray[np.uint8],
) -> int:
    """Add lines that carry their own money to ``sums`` [shape=(buckets, tracks, 3)]; return how many were rejected.

    A bucket is a period and a currency; ``bad_buckets`` tells those whose period is none.
    """
    rejected = 0
    for row in range(tracks.size):
        count = int(streams[row])
        amount = amounts[row]
        bucket = buckets[row]
        if count == BAD or bad_buckets[bucket] or amount == BAD:
            why[row] = 3 if count == BAD else (4 if bad_buckets[bucket] else 5)
            rejected += 1
            continue
        track = tracks[row]
        sums[bucket, track, 0] += count
        sums[bucket, track, 1] += amount
        sums[bucket, track, 2] += 1
    return rejected


@njit(cache=True, nogil=True)
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
