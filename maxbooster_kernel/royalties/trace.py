"""Follow the money of one recipient through one period, again and apart, in Python integers with the arithmetic shown.

What is found must be what the run found; that is checked for every cell, pool and sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import EXACT, WHOLE, allocate, format_nanos, to_ppm
from maxbooster_kernel.royalties.sums import Bucket
from maxbooster_kernel.royalties.tables import whole_numbers

if TYPE_CHECKING:
    from maxbooster_kernel.royalties.result import RoyaltyResult
    from maxbooster_kernel.royalties.splits import Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of arithmetic and what it gives, in nanos; ``level`` tells lines apart from what they are part of."""

    text: str
    nanos: int | None = None
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackTrace:
    """How a recipient came by its part of one track's pool."""

    track: str
    streams: int
    pool: int
    part: int
    lines: tuple[Line, ...]


def percent(ppm: int) -> str:
    """Return ppm as text in percent.

    >>> percent(333333), percent(700000)
    ('33.3333', '70')
    """
    return format(EXACT.normalize(Decimal(ppm).scaleb(-4, EXACT)), "f")


class Tracer:
    """Traces of one result; the breakdown is read once and kept."""

    def __init__(self, result: RoyaltyResult) -> None:
        self._result = result
        self._table = result.agreement.splits
        self._names = {name: number for number, name in enumerate(result.recipients)}
        self._cells: dict[Bucket, dict[int, list[tuple[str, str, int, int]]]] | None = None
        self._payers = self._passing_on()

    def bucket(self, recipient: str, bucket: Bucket) -> list[TrackTrace]:
        """Return the traces of all tracks from which a recipient earned in a bucket, by track id."""
        import pyarrow as pa
        import pyarrow.compute as pc

        number = self._names[recipient]
        shares = self._table.shares(bucket[0])
        reaching = np.isin(shares.recipients, list(self._reaching(number)))
        owners = np.repeat(np.arange(shares.starts.size - 1), np.diff(shares.starts))
        base = {row: first for first, rows in self._table.variants.items() for row in rows}
        rows = sorted({base.get(row, row) for row in owners[reaching].tolist() if not shares.faults[row]})
        names = self._table.tracks.take(pa.array(rows, pa.int64()))
        tracks = whole_numbers(pc.index_in(names, self._result.ids.values), -1).tolist()
        pool = self._result.sums.pools[bucket]
        found = []
        for row, name, track in zip(rows, names.to_pylist(), tracks, strict=True):
            place = int(np.searchsorted(pool.tracks, track)) if track >= 0 else pool.tracks.size
            if place < pool.tracks.size and pool.tracks[place] == track:
                found.append(self._track(number, bucket, shares, (row, name, place)))
        return sorted(found, key=lambda trace: trace.track)

    def _track(self, number: int, bucket: Bucket, shares: Shares, where: tuple[int, str, int]) -> TrackTrace:
        row, name, place = where
        pool = self._result.sums.pools[bucket]
        streams, total = int(pool.streams[place]), int(pool.nanos[place])
        lines = [Line(text=f"track {name}")]
        cells = self._lines_of(bucket).get(int(pool.tracks[place]), [])
        lines += [self._cell(bucket[0], cell) for cell in cells]
        self._agree(f"the pool of {name!r}", sum(nanos for *_, nanos in cells), total)
        lines.append(Line(text=f"pool of {name}", nanos=total, level=1))
        for found in self._result.recovered:
            if found.bucket == bucket and name in found.parts:
                total -= found.parts[name]
                lines.append(
                    Line(text=f"costs of contract {found.contract} recovered", nanos=-found.parts[name], level=1)
                )
                lines.append(Line(text="profit to share", nanos=total, level=1))
        part = 0
        for title, portion, use in self._portions(row, bucket, streams, total):
            lines += [Line(text=title, nanos=portion, level=1)] if title else []
            for hop in self._shared(number, shares, use, portion):
                lines.append(hop[0])
                part += hop[1]
        return TrackTrace(track=name, streams=streams, pool=int(pool.nanos[place]), part=part, lines=tuple(lines))

    def _cell(self, month: int, cell: tuple[str, str, int, int]) -> Line:
        platform, country, streams, nanos = cell
        where = f"{platform} {country or '(no country)'}"
        if not self._result.agreement.priced:
            return Line(text=f"{where}: {streams} streams, as the statement says", nanos=nanos, level=2)
        book = self._result.agreement.book
        factors = f"{book.rate(platform, month)} x {book.multiplier(country)}"
        return Line(text=f"{where}: {streams} streams x {factors}", nanos=nanos, level=2)

    def _portions(self, row: int, bucket: Bucket, streams: int, total: int) -> Iterator[tuple[str, int, int]]:
        """Yield title, nanos and share-table row of a pool's portions."""
        tiers = self._table.tiers.get(row)
        if tiers is None:
            yield "", total, row
            return
        had = tiers.before + self._earlier(row, bucket)
        parts = tiers.parts(had, streams)
        shares = allocate(total, [count for _, count in parts]) if len(parts) > 1 else [total]
        for (tier, count), share in zip(parts, shares, strict=True):
            since = f"from {tiers.edges[tier - 1]} streams on" if tier else f"below {tiers.edges[0]} streams"
            yield f"{count} of {streams} streams, {since} ({had} before)", share, self._table.variants[row][tier]

    def _earlier(self, row: int, bucket: Bucket) -> int:
        """Return the streams that a track had in buckets before this one."""
        import pyarrow.compute as pc

        track = int(pc.index(self._result.ids.values, self._table.tracks[row].as_py()).as_py())
        total = 0
        for when, pool in self._result.sums.pools.items():
            if when < bucket:
                place = int(np.searchsorted(pool.tracks, track))
                total += int(pool.streams[place]) if place < pool.tracks.size and pool.tracks[place] == track else 0
        return total

    def _shared(self, number: int, shares: Shares, row: int, total: int) -> Iterator[tuple[Line, int]]:
        """Yield the lines of a portion that lead to a recipient, and what of it stays there."""
        first, last = int(shares.starts[row]), int(shares.starts[row + 1])
        weights = shares.ppm[first:last].tolist()
        parts = allocate(total, [*weights, WHOLE - sum(weights)])
        wanted = self._reaching(number)
        for recipient, ppm, part in zip(shares.recipients[first:last].tolist(), weights, parts, strict=False):
            if recipient in wanted:
                yield from self._passed(number, recipient, (percent(ppm), total, part), 1)

    def _passed(self, number: int, holder: int, amount: tuple[str, int, int], level: int) -> Iterator[tuple[Line, int]]:
        share, whole, part = amount
        exact = abs(whole) * to_ppm(share)
        name = self._result.recipients[holder]
        text = f"{name}: {share} % of {format_nanos(whole)}"
        spare = abs(part) - exact // WHOLE
        if exact % WHOLE:
            text += f" = {abs(exact) // WHOLE} nanos and {EXACT.normalize(Decimal(exact % WHOLE).scaleb(-6, EXACT)):f}"
            text += " (one of the largest remainders: up)" if spare else " (cut)"
        sub = self._table.sub
        begin, end = int(sub.starts[holder]), int(sub.starts[holder + 1])
        weights = sub.ppm[begin:end].tolist()
        *given, rest = allocate(part, [*weights, WHOLE - sum(weights)])
        keeps = holder == number
        yield Line(text=text, nanos=part, level=level), rest if keeps else 0
        if keeps and weights:
            away = ", ".join(
                f"{percent(w)} % to {self._result.recipients[to]}"
                for w, to in zip(weights, sub.to[begin:end].tolist(), strict=True)
            )
            yield Line(text=f"{name} passes on {away}, and keeps", nanos=rest, level=level + 1), 0
        for to, ppm, passed in zip(sub.to[begin:end].tolist(), weights, given, strict=True):
            if to in self._reaching(number):
                yield from self._passed(number, to, (percent(ppm), part, passed), level + 1)

    def _reaching(self, number: int) -> set[int]:
        """Return a recipient and everybody who passes something on to it, however far."""
        seen, stack = {number}, [number]
        while stack:
            for payer in self._payers.get(stack.pop(), ()):
                if payer not in seen:
                    seen.add(payer)
                    stack.append(payer)
        return seen

    def _passing_on(self) -> dict[int, set[int]]:
        sub = self._table.sub
        payers: dict[int, set[int]] = defaultdict(set)
        owners = np.repeat(np.arange(sub.starts.size - 1), np.diff(sub.starts)).tolist()
        for payer, child in zip(owners, sub.to.tolist(), strict=True):
            payers[child].add(payer)
        return payers

    def _lines_of(self, bucket: Bucket) -> dict[int, list[tuple[str, str, int, int]]]:
        """Return the breakdown of a bucket by track number: platform, country, streams, nanos."""
        if self._cells is None:
            self._cells = defaultdict(lambda: defaultdict(list))
            platforms, countries = self._result.platforms.values, self._result.countries.values
            for cells in self._result.cells():
                texts: Any = platforms.take(cells.platforms).to_pylist(), countries.take(cells.countries).to_pylist()
                rows = zip(cells.tracks.tolist(), *texts, cells.streams.tolist(), cells.nanos.tolist(), strict=True)
                for track, *rest in sorted(rows):
                    self._cells[cells.bucket][track].append((rest[0], rest[1], int(rest[2]), int(rest[3])))
        return self._cells[bucket]

    @staticmethod
    def _agree(what: str, traced: int, found: int) -> None:
        if traced != found:
            raise RoyaltyError(
                f"explain: expected {format_nanos(found)} as {what}, got {format_nanos(traced)}; "
                "the lines changed since the run"
            )
