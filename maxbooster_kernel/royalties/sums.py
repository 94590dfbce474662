"""Sum all lines per track: chunks in worker threads, exact whatever the size.

Every worker adds to its own block of int64 sums. Before lines are added, the largest possible sum is bounded; a block
that could overflow is emptied into the totals first, and totals that outgrow int64 go on as Python integers.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.royalties import kernels, periods
from maxbooster_kernel.royalties.encode import LIMIT, Coded, Encoder
from maxbooster_kernel.royalties.prices import PriceTable
from maxbooster_kernel.royalties.sources import Chunk, LineSource

Bucket = tuple[int, str]
"""A month number and a currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What tracks earned in one bucket: track numbers in rising order, their streams and nanos.

    The columns are int64, or Python integers in an object array where int64 would not hold them.
    """

    tracks: NDArray[np.int32]
    streams: NDArray[Any]
    nanos: NDArray[Any]


@dataclass(slots=True, kw_only=True)
class LineSums:
    """Everything that was summed: pools by bucket, what was rejected, how much there was."""

    pools: dict[Bucket, Pool] = field(default_factory=dict)
    rejected: list[tuple[NDArray[np.int64], NDArray[np.uint8]]] = field(default_factory=list)
    rejected_streams: dict[str, int] = field(default_factory=dict)
    lines: int = 0


@dataclass(slots=True)
class _Block:
    """One worker's sums [shape=(buckets, 2 * tracks)], which tracks had lines, and how large a sum may be by now.

    ``why`` is room for the reasons of a chunk's rejected lines, all zero between chunks.
    """

    sums: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    seen: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    bound: int = 0
    why: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))


class Summing:
    """One pass over all lines.

    Parameters
    ----------
    encoder, prices
        The run's numbers and prices.
    currency
        Currency of priced lines.
    threads
        Worker threads; None takes as many as there are processors.
    """

    def __init__(self, encoder: Encoder, prices: PriceTable, *, currency: str, threads: int | None = None) -> None:
        self._encoder, self._prices, self._currency = encoder, prices, currency
        self._workers = max(1, threads or os.cpu_count() or 1)
        self._blocks: queue.SimpleQueue[_Block] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._base = 0
        self._buckets: dict[Bucket, int] = {}
        self.result = LineSums()
        for _ in range(self._workers):
            self._blocks.put(_Block())

    def run(self, source: LineSource) -> LineSums:
        """Read and add every chunk of a source."""
        segment: str | None = None
        with ThreadPoolExecutor(self._workers) as pool:
            waiting: deque[Future[None]] = deque()
            for chunk in _watched(source.chunks(), waiting):
                period = chunk.constants.get("period")
                if period != segment:
                    _drain(waiting)
                    self._flush_all()
                    segment = period
                    self._base = (
                        0 if period is None or source.has_money else int(self._encoder.periods.codes([period])[0])
                    )
                while len(waiting) > self._workers:
                    waiting.popleft().result()
                waiting.append(pool.submit(self._work, chunk))
            _drain(waiting)
        self._flush_all()
        return self.result

    def _work(self, chunk: Chunk) -> None:
        coded = self._encoder.encode(chunk)
        with self._lock:
            self.result.lines += coded.tracks.size
        block = self._blocks.get()
        try:
            self._add(block, coded)
        finally:
            self._blocks.put(block)

    def _add(self, block: _Block, coded: Coded) -> None:
        table = self._prices.current()
        count = coded.tracks.size
        bound, positive = kernels.measure(coded.streams)
        if coded.amounts is None:
            bound *= self._prices.top
        else:
            bound = max(bound, int(kernels.volume(coded.amounts)))
        if bound >= LIMIT:
            if count == 1:
                self._add_one(coded, table)
                return
            self._add(block, coded.part(0, count // 2))
            self._add(block, coded.part(count // 2, count))
            return
        if block.bound + bound > LIMIT:
            self._flush(block)
        block.bound += max(bound, 1)  # lines without streams count too
        if block.why.size < count:
            block.why = np.zeros(count, np.uint8)
        why = block.why[:count]
        if coded.amounts is None:
            rejected = self._add_priced(block, coded, table, why, positive=positive)
        else:
            rejected = self._add_amounts(block, coded, coded.amounts, why)
        if rejected:
            self._reject(coded, why)
            why[...] = 0

    def _add_priced(
        self, block: _Block, coded: Coded, table: NDArray[np.int64], why: NDArray[np.uint8], *, positive: bool
    ) -> int:
        prices = np.ascontiguousarray(table[np.ix_(coded.period_of, coded.platform_of, coded.country_of)])
        buckets = coded.period_of.astype(np.int64) - self._base
        _grow(
            block,
            table.shape[0] - self._base if coded.periods.size > 1 else int(buckets.max()) + 1,
            self._encoder.tracks.count,
        )
        columns = coded.tracks, coded.platforms, coded.countries
        if coded.periods.size == 1:
            here = coded.periods[0]
            row = int(buckets[here])
            if positive and prices[here].min(initial=0) > kernels.INEXACT:
                return int(kernels.add_all_priced(*columns, coded.streams, prices[here], block.sums[row]))
            return int(kernels.add_priced(*columns, coded.streams, prices[here], block.sums[row], block.seen[row], why))
        return int(
            kernels.add_priced_periods(
                *columns, coded.periods, coded.streams, prices, buckets, block.sums, block.seen, why
            )
        )

    def _add_amounts(self, block: _Block, coded: Coded, amounts: NDArray[np.int64], why: NDArray[np.uint8]) -> int:
        buckets, bad = self._bucket_codes(coded)
        _grow(block, bad.size, self._encoder.tracks.count)
        return int(kernels.add_amounts(coded.tracks, buckets, coded.streams, amounts, bad, block.sums, block.seen, why))

    def _bucket_codes(self, coded: Coded) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return every line's bucket number, and which buckets have no period."""
        months = np.array([periods.month(text) for text in self._encoder.periods.values])
        names = self._encoder.currencies.values
        assert coded.currencies is not None
        assert coded.currency_of is not None
        with self._lock:
            of = np.zeros((coded.period_of.size, coded.currency_of.size), np.int32)
            for p, period in enumerate(coded.period_of):
                for c, currency in enumerate(coded.currency_of):
                    of[p, c] = self._buckets.setdefault((int(months[period]), names[currency]), len(self._buckets))
            bad = np.array([when == periods.BAD for when, _ in self._buckets])
        local = coded.periods if coded.periods.size > 1 else np.int32(0)
        return of[local, coded.currencies], bad

    def _reject(self, coded: Coded, why: NDArray[np.uint8]) -> None:
        rows = np.flatnonzero(why)
        reasons = why[rows]
        inexact = rows[reasons == len(kernels.REASONS) - 1]
        if inexact.size:
            row = inexact[0]
            period = coded.periods[0 if coded.periods.size == 1 else row]
            raise self._prices.refuse(
                int(coded.period_of[period]),
                int(coded.platform_of[coded.platforms[row]]),
                int(coded.country_of[coded.countries[row]]),
            )
        with self._lock:
            self.result.rejected.append((coded.line(rows), reasons))
            for reason in np.unique(reasons):
                values = coded.streams[rows[reasons == reason]]
                streams = sum(int(value) for value in values if value != kernels.BAD)
                name = kernels.REASONS[reason]
                self.result.rejected_streams[name] = self.result.rejected_streams.get(name, 0) + streams

    def _add_one(self, coded: Coded, table: NDArray[np.int64]) -> None:
        """Add one line whose product may be beyond int64."""
        period = coded.period_of[coded.periods[0]]
        when = periods.month(self._encoder.periods.values[period])
        streams = int(coded.streams[0])
        price = int(table[period, coded.platform_of[coded.platforms[0]], coded.country_of[coded.countries[0]]])
        if price <= kernels.INEXACT or streams == kernels.BAD:
            self._reject(coded, np.array([kernels.reason(price, streams)], np.uint8))
            return
        one = Pool(
            tracks=coded.tracks.astype(np.int64),
            streams=np.array([streams], object),
            nanos=np.array([streams * price], object),
        )
        with self._lock:
            self._merge((when, self._currency), one)

    def _flush_all(self) -> None:
        """Empty all blocks into the totals, joined first where their sum cannot overflow."""
        blocks = [self._blocks.get() for _ in range(self._workers)]
        used = [block for block in blocks if block.bound]
        while len(used) > 1 and used[-1].bound + used[-2].bound <= LIMIT:
            last, into = used.pop(), used[-1]
            _grow(into, last.sums.shape[0], last.seen.shape[1])
            rows, width = last.sums.shape
            into.sums[:rows, :width] += last.sums
            into.seen[:rows, : width // 2] |= last.seen
            into.bound += last.bound
            _clear(last)
        for block in blocks:
            self._flush(block)
            self._blocks.put(block)

    def _flush(self, block: _Block) -> None:
        """Empty a block into the totals."""
        if not block.bound:
            return
        with self._lock:
            for bucket, sums, seen in self._bucketed(block):
                count = kernels.mark_seen(sums, seen)
                if count:
                    tracks, streams, nanos = (
                        np.empty(count, np.int32),
                        np.empty(count, np.int64),
                        np.empty(count, np.int64),
                    )
                    kernels.take_sums(sums, seen, tracks, streams, nanos)
                    self._merge(bucket, Pool(tracks=tracks, streams=streams, nanos=nanos))
        block.bound = 0

    def _bucketed(self, block: _Block) -> Iterator[tuple[Bucket, NDArray[np.int64], NDArray[np.uint8]]]:
        if self._buckets:
            yield from zip(list(self._buckets), block.sums, block.seen, strict=False)
            return
        names = self._encoder.periods.values[self._base :]
        for text, sums, seen in zip(names, block.sums, block.seen, strict=False):
            if periods.month(text) != periods.BAD:
                yield (periods.month(text), self._currency), sums, seen

    def _merge(self, bucket: Bucket, fresh: Pool) -> None:
        old = self.result.pools.get(bucket)
        self.result.pools[bucket] = fresh if old is None else joined(old, fresh)


def joined(one: Pool, two: Pool) -> Pool:
    """Return the sum of two pools, as Python integers where int64 could overflow."""
    tracks, places = np.unique(np.concatenate([one.tracks, two.tracks]), return_inverse=True)
    columns = []
    for a, b in ((one.streams, two.streams), (one.nanos, two.nanos)):
        wide = object in (a.dtype, b.dtype) or _top(a) + _top(b) >= LIMIT
        total: NDArray[Any] = np.zeros(tracks.size, object if wide else np.int64)
        np.add.at(total, places[: a.size], a.astype(total.dtype))
        np.add.at(total, places[a.size :], b.astype(total.dtype))
        columns.append(total)
    return Pool(tracks=tracks, streams=columns[0], nanos=columns[1])


def _top(values: NDArray[Any]) -> int:
    return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0


def _grow(block: _Block, buckets: int, tracks: int) -> None:
    """Make room for more buckets and tracks."""
    rows, width = block.seen.shape
    if buckets <= rows and tracks <= width:
        return
    shape = max(buckets, rows), width if tracks <= width else max(tracks, 2 * width)
    sums, seen = np.zeros((shape[0], 2 * shape[1]), np.int64), np.zeros(shape, np.uint8)
    sums[:rows, : 2 * width], seen[:rows, :width] = block.sums, block.seen
    block.sums, block.seen = sums, seen


def _clear(block: _Block) -> None:
    block.sums[...] = 0
    block.seen[...] = 0
    block.bound = 0


def _watched(chunks: Iterator[Chunk], waiting: deque[Future[None]]) -> Iterator[Chunk]:
    """Pass chunks on, and stop early when a worker has failed."""
    for chunk in chunks:
        if waiting and waiting[0].done():
            waiting.popleft().result()
        yield chunk


def _drain(waiting: deque[Future[None]]) -> None:
    while waiting:
        waiting.popleft().result()
