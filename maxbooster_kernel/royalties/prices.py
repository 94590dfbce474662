"""The price table of a run: one unit price in nanos for every period, platform and country met so far."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import MoneyError
from maxbooster_kernel.royalties import kernels
from maxbooster_kernel.royalties.encode import Encoder
from maxbooster_kernel.royalties.periods import BAD, month
from maxbooster_kernel.royalties.rates import PriceBook, unit_price


class PriceTable:
    """Unit prices [shape=(periods, platforms, countries)] by the numbers of an encoder; grows as these do.

    Cells without a price hold one of the kernels' reasons instead.
    """

    def __init__(self, book: PriceBook, encoder: Encoder) -> None:
        self._book = book
        self._encoder = encoder
        self._table = np.empty((0, 0, 0), np.int64)
        self._lock = threading.Lock()
        self.top = 1

    def current(self) -> NDArray[np.int64]:
        """Return a table that covers every label the encoder knows now."""
        with self._lock:
            encoder = self._encoder
            shape = (len(encoder.periods.values), len(encoder.platforms.values), len(encoder.countries.values))
            if self._table.shape != shape:
                old = self._table.shape
                table = np.empty(shape, np.int64)
                table[: old[0], : old[1], : old[2]] = self._table
                for p in range(shape[0]):
                    for q in range(shape[1]):
                        known = p < old[0] and q < old[1]
                        for c in range(old[2] if known else 0, shape[2]):
                            table[p, q, c] = self._cell(p, q, c)
                self._table = table
                self.top = max(1, int(np.abs(table[table > kernels.INEXACT]).max(initial=1)))
            return self._table

    def _cell(self, period: int, platform: int, country: int) -> int:
        name = self._encoder.platforms.values[platform]
        when = month(self._encoder.periods.values[period])
        if name not in self._book.platforms:
            return kernels.UNKNOWN_PLATFORM
        if when == BAD:
            return kernels.BAD_PERIOD
        rate = self._book.rate(name, when)
        if rate is None:
            return kernels.NO_RATE
        price = unit_price(rate, self._book.multiplier(self._encoder.countries.values[country]))
        return kernels.INEXACT if price is None or abs(price) >= 1 << 62 else price

    def refuse(self, period: int, platform: int, country: int) -> MoneyError:
        """Return the error for a cell whose product is not a whole number of nanos."""
        encoder = self._encoder
        name, place = encoder.platforms.values[platform], encoder.countries.values[country]
        rate = self._book.rate(name, month(encoder.periods.values[period]))
        factor = self._book.multiplier(place)
        return MoneyError(
            f"price of a stream on {name!r} in {place or 'no country'!r}: {rate} x {factor} has over nine decimals "
            "or is too large; give a rate and a multiplier whose product is a whole number of nanos"
        )
