"""The result of a royalty run: exact tables as DataFrames, and the files of the contract."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import OutputExistsError, RoyaltyError
from maxbooster_kernel.files import write_text
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.money import format_nanos
from maxbooster_kernel.royalties import kernels, rule_tables
from maxbooster_kernel.royalties.breakdown import Cells
from maxbooster_kernel.royalties.columns import Ids, Part, joined_table, text, write_csv
from maxbooster_kernel.royalties.costs import Recovery
from maxbooster_kernel.royalties.eligibility import Excluded
from maxbooster_kernel.royalties.exchange import Conversion
from maxbooster_kernel.royalties.explain import Explanation, explain
from maxbooster_kernel.royalties.pages import all_pages, statement_page
from maxbooster_kernel.royalties.periods import period
from maxbooster_kernel.royalties.rates import PriceBook
from maxbooster_kernel.royalties.reserves import Reserves
from maxbooster_kernel.royalties.splits import ERRORS, SplitTable
from maxbooster_kernel.royalties.statements import Earned, StatementRows
from maxbooster_kernel.royalties.sums import Bucket, LineSums
from maxbooster_kernel.royalties.terms import Terms
from maxbooster_kernel.royalties.text import decimals
from maxbooster_kernel.royalties.trace import Tracer

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("payouts", "tracks", "breakdown", "unallocated", "rejected", "errors", "statements")
MORE_TABLES = ("ineligible", "recoveries", "conversions", "reserves")
"""Tables that are written only where they have rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a run was computed under."""

    book: PriceBook
    splits: SplitTable
    terms: Mapping[tuple[str, str], Terms]
    priced: bool
    """Whether lines are priced by streams instead of carrying their own money."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RoyaltyResult:
    """Everything a run found, as tables; amounts are exact decimals with nine places.

    ``payouts``, ``tracks``, ``breakdown``, ``unallocated``, ``rejected``, ``errors`` and ``statements`` are DataFrames
    with the columns and the order of the CSV files that :meth:`write` makes; so are ``ineligible``, ``recoveries``,
    ``conversions`` and ``reserves``, which are empty unless they were asked for. ``arrow(name)`` gives the Arrow table.
    """

    sums: LineSums = field(repr=False)
    ids: Ids = field(repr=False)
    platforms: Ids = field(repr=False)
    countries: Ids = field(repr=False)
    recipients: list[str] = field(repr=False)
    earned: Mapping[Bucket, Earned] = field(repr=False)
    kept: Mapping[Bucket, NDArray[Any]] = field(repr=False)
    faults: Mapping[Bucket, NDArray[np.uint8]] = field(repr=False)
    settled: Mapping[Bucket, Earned] = field(repr=False)
    excluded: list[Excluded] = field(repr=False)
    recovered: list[Recovery] = field(repr=False)
    converted: list[Conversion] = field(repr=False)
    held: Reserves = field(repr=False)
    statement_parts: list[StatementRows] = field(repr=False)
    cells: Callable[[], Iterator[Cells]] = field(repr=False)
    identify: Callable[[], str] = field(repr=False)
    agreement: Agreement = field(repr=False)
    assumed: tuple[str, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        lines, rejected = self.sums.lines, sum(rows.size for rows, _ in self.sums.rejected)
        return f"<RoyaltyResult {lines} lines, {rejected} rejected, {len(self.recipients)} recipients>"

    @cached_property
    def run_id(self) -> str:
        """Hash of every input and of the engine's version: the same inputs give the same id."""
        return self.identify()

    @cached_property
    def payouts(self) -> pd.DataFrame:
        """What each recipient earned in each period."""
        return self._frame("payouts")

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """What each track earned in each period."""
        return self._frame("tracks")

    @cached_property
    def breakdown(self) -> pd.DataFrame:
        """What each track earned on each platform in each country; reads the lines once more."""
        return self._frame("breakdown")

    @cached_property
    def unallocated(self) -> pd.DataFrame:
        """What stays with the owner of a track because no split gives it away."""
        return self._frame("unallocated")

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """Lines that could not be counted, and why."""
        return self._frame("rejected")

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Tracks whose splits are wrong, and how."""
        return self._frame("errors")

    @cached_property
    def statements(self) -> pd.DataFrame:
        """What each recipient had, earned, paid back, was paid, and carries on."""
        return self._frame("statements")

    @cached_property
    def ineligible(self) -> pd.DataFrame:
        """Streams that a policy leaves out, and what they would have earned."""
        return self._frame("ineligible")

    @cached_property
    def recoveries(self) -> pd.DataFrame:
        """What profit-share contracts recovered of their costs before they shared."""
        return self._frame("recoveries")

    @cached_property
    def conversions(self) -> pd.DataFrame:
        """What was earned in one currency and settled in another, at which rate of whose."""
        return self._frame("conversions")

    @cached_property
    def reserves(self) -> pd.DataFrame:
        """What is still held back, and when it is released."""
        return self._frame("reserves")

    def _frame(self, name: str) -> pd.DataFrame:
        import pandas as pd

        frame: pd.DataFrame = self.arrow(name).to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    @checked
    def arrow(self, name: str) -> Any:
        """Return one of the tables as an Arrow table."""
        if name not in (*TABLES, *MORE_TABLES):
            raise RoyaltyError(f"expected a table of {', '.join((*TABLES, *MORE_TABLES))}, got {name!r}")
        if name in MORE_TABLES:
            return rule_tables.table(self, name)
        return getattr(self, f"_{name}")()

    def _payouts(self) -> Any:
        order = Ids(self.recipients)
        parts = [(b, e.named.astype(np.intp), {"amount": _money(e.nanos[e.named])}) for b, e in self.earned.items()]
        return joined_table(parts, order, "recipient_id", ("period", "recipient_id", "currency", "amount"))

    def _tracks(self) -> Any:
        parts: list[Part] = [
            (b, pool.tracks, {"streams": partial(_integers, pool.streams), "earnings": _money(pool.nanos)})
            for b, pool in self.sums.pools.items()
        ]
        return joined_table(parts, self.ids, "track_id", ("track_id", "period", "currency", "streams", "earnings"))

    def _unallocated(self) -> Any:
        parts = []
        for bucket, pool in self.sums.pools.items():
            rows = np.flatnonzero(self.kept[bucket] != 0)
            parts.append((bucket, pool.tracks[rows], {"amount": _money(self.kept[bucket][rows])}))
        return joined_table(parts, self.ids, "track_id", ("track_id", "period", "currency", "amount"))

    def _errors(self) -> Any:
        found: dict[int, set[tuple[int, int]]] = {}
        for bucket, faults in self.faults.items():
            rows = np.flatnonzero(faults)
            tracks = self.sums.pools[bucket].tracks[rows].tolist()
            found.setdefault(bucket[0], set()).update(zip(tracks, faults[rows].tolist(), strict=True))
        parts = []
        for month, pairs in found.items():
            tracks = np.array([track for track, _ in sorted(pairs)], np.int64)
            parts.append(((month, ""), tracks, {"error": partial(text, [ERRORS[fault] for _, fault in sorted(pairs)])}))
        return joined_table(parts, self.ids, "track_id", ("track_id", "period", "error"))

    def _rejected(self) -> Any:
        import pyarrow as pa

        lines = np.concatenate([np.zeros(0, np.int64), *(rows for rows, _ in self.sums.rejected)])
        codes = np.concatenate([np.zeros(0, np.uint8), *(codes for _, codes in self.sums.rejected)])
        order = np.argsort(lines, kind="stable")
        return pa.table(
            {"line": lines[order], "reason": text(list(kernels.REASONS)).take(pa.array(codes[order], pa.uint8()))}
        )

    def _breakdown(self) -> Any:
        import pyarrow as pa

        tables = [self._cell_table(cells) for cells in sorted(self.cells(), key=lambda cells: cells.bucket)]
        names = ("track_id", "platform", "country", "period", "currency", "streams", "earnings")
        empty = joined_table([], self.ids, "track_id", names)
        return pa.concat_tables(tables) if tables else empty

    def _cell_table(self, cells: Cells) -> Any:
        import pyarrow as pa

        platforms, countries = self.platforms, self.countries
        order = np.lexsort(
            (countries.rank[cells.countries], platforms.rank[cells.platforms], self.ids.rank[cells.tracks])
        )
        month, currency = cells.bucket
        count = order.size
        return pa.table(
            {
                "track_id": self.ids.take(cells.tracks[order]),
                "platform": platforms.take(cells.platforms[order]),
                "country": countries.take(cells.countries[order]),
                "period": pa.repeat(period(month), count),
                "currency": pa.repeat(currency, count),
                "streams": _integers(cells.streams[order]),
                "earnings": decimals(cells.nanos[order]),
            }
        )

    def _statements(self) -> Any:
        names = (
            "opening",
            "earned",
            "recouped",
            "gross_paid",
            "tax_withheld",
            "net_paid_minor",
            "closing",
            "advance_left",
        )
        more = ("costs", "reserved", "released", "reserve_held") if self._has_costs_or_reserves() else ()
        parts = []
        for rows in self.statement_parts:
            money = (rows.opening, rows.earned, rows.recouped, rows.gross, rows.tax)
            columns = {name: _money(values) for name, values in zip(names, money, strict=False)}
            columns["net_paid_minor"] = partial(_integers, rows.net_minor)
            columns |= {"closing": _money(rows.closing), "advance_left": _money(rows.advance_left)}
            others = (rows.costs, rows.reserved, rows.released, rows.held)
            columns |= {name: _money(values) for name, values in zip(more, others, strict=False)}
            parts.append((rows.bucket, rows.recipients, columns))
        order = Ids(self.recipients)
        return joined_table(parts, order, "recipient_id", ("period", "recipient_id", "currency", *names, *more))

    def _has_costs_or_reserves(self) -> bool:
        """Return whether statements have costs or reserves, which are columns of their own then."""
        return any(
            bool((values != 0).any())
            for rows in self.statement_parts
            for values in (rows.costs, rows.reserved, rows.released, rows.held)
        )

    @checked
    def explain(self, recipient: str, period: str) -> Explanation:
        """Walk from the lines to a recipient's payout of a period, with the arithmetic shown."""
        return explain(self, recipient, period, tracer=self._tracer)

    @checked
    def page(self, recipient: str) -> str:
        """Return a recipient's statements as an HTML page to print."""
        return statement_page(self, recipient, tracer=self._tracer)

    @cached_property
    def _tracer(self) -> Tracer:
        return Tracer(self)

    def summary(self) -> dict[str, Any]:
        """Return counts and totals: what came in, what was rejected, where the money went."""
        reasons: Counter[str] = Counter()
        for _, codes in self.sums.rejected:
            for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
                reasons[kernels.REASONS[code]] += int(count)
        currencies = sorted({code for _, code in self.sums.pools})
        return {
            "run_id": self.run_id,
            "lines": self.sums.lines,
            "accepted": self.sums.lines - sum(reasons.values()),
            "rejected": {
                reason: {"lines": count, "streams": self.sums.rejected_streams.get(reason, 0)}
                for reason, count in sorted(reasons.items())
            },
            "track_errors": int(self.arrow("errors").num_rows),
            "periods": [period(month) for month in sorted({month for month, _ in self.sums.pools})],
            "streams": _total(pool.streams for pool in self.sums.pools.values()),
            "totals": {currency: self._totals(currency) for currency in currencies},
            **({"assumed": list(self.assumed)} if self.assumed else {}),
        }

    def _totals(self, currency: str) -> dict[str, str]:
        mine = [bucket for bucket in self.sums.pools if bucket[1] == currency]
        earnings = _total(self.sums.pools[bucket].nanos for bucket in mine)
        allocated = _total(self.earned[bucket].nanos for bucket in mine)
        kept = _total(self.kept[bucket] for bucket in mine)
        recovered = sum(found.recovered for found in self.recovered if found.bucket[1] == currency)
        totals = {"earnings": earnings, "allocated": allocated, "unallocated": kept}
        totals |= {"recovered": recovered} if recovered else {}
        return {name: format_nanos(nanos) for name, nanos in totals.items()}

    @checked
    def write(self, folder: str | Path, *, force: bool = False, pages: bool = False) -> list[Path]:
        """Write ``payouts.csv`` ... ``statements.csv`` and ``summary.json`` into a folder.

        ``ineligible.csv``, ``recoveries.csv``, ``conversions.csv`` and ``reserves.csv`` come with them where they have
        rows; with ``pages``, a page to print for every recipient is in ``pages``.

        Raises
        ------
        OutputExistsError
            One of the files exists and ``force`` is false; nothing is written then.
        """
        target = Path(folder)
        tables = [*TABLES, *(name for name in MORE_TABLES if self.arrow(name).num_rows)]
        paths = [target / f"{name}.csv" for name in tables]
        last = target / "summary.json"
        sheets = {target / "pages" / name: page for name, page in all_pages(self)} if pages else {}
        for path in (*paths, *sheets, last):
            if path.exists() and not force:
                raise OutputExistsError(path)
        for name, path in zip(tables, paths, strict=True):
            write_csv(self.arrow(name), path)
        for path, page in sheets.items():
            write_text(path, page)
        write_text(last, json.dumps(self.summary(), indent=2, ensure_ascii=False) + "\n")
        return [*paths, *sheets, last]


def _money(values: NDArray[Any]) -> Callable[[], Any]:
    """Return what makes an Arrow column of nanos, when it is needed."""
    return partial(decimals, values)


def _integers(values: NDArray[Any]) -> Any:
    import pyarrow as pa

    if values.dtype == object:
        return pa.array([int(value) for value in values], pa.decimal128(38, 0))
    return pa.array(values.astype(np.int64))


def _total(columns: Iterator[NDArray[Any]]) -> int:
    return sum(int(column.sum(dtype=object)) if column.dtype == object else _sum(column) for column in columns)


def _sum(column: NDArray[np.int64]) -> int:
    """Return an exact sum of int64 values: high and low halves apart cannot overflow."""
    return (int((column >> 32).sum()) << 32) + int((column & 0xFFFFFFFF).sum())
