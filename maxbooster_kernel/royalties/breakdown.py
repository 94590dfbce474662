"""The breakdown: streams and earnings per track, platform and country, made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.royalties import kernels, periods
from maxbooster_kernel.royalties.encode import LIMIT, Coded, Encoder
from maxbooster_kernel.royalties.prices import PriceTable
from maxbooster_kernel.royalties.sources import LineSource
from maxbooster_kernel.royalties.sums import Bucket

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The breakdown of one bucket: numbers of track, platform and country, and what they add up to."""

    bucket: Bucket
    tracks: Ints
    platforms: Ints
    countries: Ints
    streams: NDArray[Any]
    nanos: NDArray[Any]


class HashSums:
    """Sums of two columns by whole-number key; beyond int64 they go on as Python integers."""

    def __init__(self) -> None:
        self._reset(1 << 12)
        self._spilled: dict[int, list[int]] = {}

    def add(self, keys: Ints, streams: Ints, nanos: Ints) -> None:
        """Add rows; a negative key is skipped."""
        step = 1 << 16
        for start in range(0, keys.size, step):
            part = slice(start, start + step)
            count = keys[part].size
            bound = max(int(kernels.volume(streams[part])), int(kernels.volume(nanos[part])))
            if self._bound + bound > LIMIT:
                self._spill(*self._rows())
                self._reset(1 << 12)
            if bound >= LIMIT:
                self._spill(keys[part], streams[part], nanos[part])
                continue
            self._bound += bound
            if (self._used + count) * 2 > self._slots.size:
                self._rebuild((self._used + count) * 4)
            self._used += kernels.hash_sums(keys[part], streams[part], nanos[part], self._slots, self._table)

    def rows(self) -> tuple[Ints, NDArray[Any], NDArray[Any]]:
        """Return keys, streams and nanos in no order."""
        if not self._spilled:
            return self._rows()
        self._spill(*self._rows())
        self._reset(1 << 12)
        sums = self._spilled.values()
        keys = np.array(list(self._spilled), np.int64)
        return keys, np.array([row[0] for row in sums], object), np.array([row[1] for row in sums], object)

    def _reset(self, size: int) -> None:
        self._slots, self._table = np.zeros(size, np.int64), np.zeros((size, 2), np.int64)
        self._used = self._bound = 0

    def _rows(self) -> tuple[Ints, Ints, Ints]:
        places = np.flatnonzero(self._slots)
        return self._slots[places] - 1, self._table[places, 0], self._table[places, 1]

    def _rebuild(self, room: int) -> None:
        keys, streams, nanos = self._rows()
        size = 1 << (room - 1).bit_length()
        self._slots, self._table = np.zeros(size, np.int64), np.zeros((size, 2), np.int64)
        kernels.hash_sums(keys, streams, nanos, self._slots, self._table)

    def _spill(self, keys: Ints, streams: Ints, nanos: Ints) -> None:
        for key, count, amount in zip(keys.tolist(), streams.tolist(), nanos.tolist(), strict=True):
            if key >= 0:
                row = self._spilled.setdefault(key, [0, 0])
                row[0] += count
                row[1] += amount


def breakdown_cells(source: LineSource, encoder: Encoder, prices: PriceTable, currency: str) -> Iterator[Cells]:
    """Read the lines once more and yield the breakdown of every bucket.

    Where the lines lie in folders by period, one period at a time is held in memory.
    """
    hashed = HashSums()
    segment: str | None = None
    for chunk in source.chunks():
        period = chunk.constants.get("period")
        if source.by_period and period != segment:
            yield from _cells(hashed, encoder, prices, currency, source.has_money)
            hashed, segment = HashSums(), period
        hashed.add(*_keyed(encoder.encode(chunk), encoder, prices, money=source.has_money))
    yield from _cells(hashed, encoder, prices, currency, source.has_money)


def _room(encoder: Encoder) -> tuple[int, int, int]:
    return len(encoder.platforms.values), len(encoder.countries.values), max(1, encoder.tracks.count)


def _keyed(coded: Coded, encoder: Encoder, prices: PriceTable, *, money: bool) -> tuple[Ints, Ints, Ints]:
    period = coded.period_of[coded.periods].astype(np.int64)
    platform = coded.platform_of[coded.platforms].astype(np.int64)
    country = coded.country_of[coded.countries].astype(np.int64)
    streams = coded.streams.astype(np.int64)
    platforms, countries, tracks = _room(encoder)
    if money:
        assert coded.amounts is not None
        assert coded.currencies is not None
        assert coded.currency_of is not None
        months = np.array([periods.month(text) for text in encoder.periods.values])
        bad = (streams == kernels.BAD) | (coded.amounts == kernels.BAD) | (months[period] == periods.BAD)
        nanos = np.where(bad, 0, coded.amounts)
        bucket = period * len(encoder.currencies.values) + coded.currency_of[coded.currencies]
    else:
        price = prices.current()[period, platform, country]
        bad = (price <= kernels.INEXACT) | (streams == kernels.BAD)
        nanos = np.zeros(streams.size, np.int64)
        bucket = period
    keys = ((bucket * platforms + platform) * countries + country) * tracks + coded.tracks
    return np.where(bad, -1, keys), np.where(bad, 0, streams), nanos


def _cells(hashed: HashSums, encoder: Encoder, prices: PriceTable, currency: str, money: bool) -> Iterator[Cells]:
    keys, streams, nanos = hashed.rows()
    platforms, countries, tracks = _room(encoder)
    rest, track = np.divmod(keys, tracks)
    rest, country = np.divmod(rest, countries)
    bucket, platform = np.divmod(rest, platforms)
    for number in np.unique(bucket).tolist():
        rows = np.flatnonzero(bucket == number)
        period, place = divmod(number, len(encoder.currencies.values)) if money else (number, 0)
        amounts = nanos[rows]
        if not money:
            price = prices.current()[period, platform[rows], country[rows]]
            wide = streams.dtype == object or int(kernels.volume(streams[rows])) * prices.top >= LIMIT
            amounts = streams[rows].astype(object) * price if wide else streams[rows] * price
        yield Cells(
            bucket=(
                periods.month(encoder.periods.values[period]),
                encoder.currencies.values[place] if money else currency,
            ),
            tracks=track[rows],
            platforms=platform[rows],
            countries=country[rows],
            streams=streams[rows],
            nanos=amounts,
        )
