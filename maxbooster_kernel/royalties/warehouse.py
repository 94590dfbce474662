"""The linear core on a warehouse: one Ibis expression, the same nanos as the local kernels.

Only joins, products, sums and groups of whole numbers run there: every SQL dialect computes these exactly, while
division and rounding differ between them. Allocation and settlement stay local.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import MissingExtraError, RoyaltyError
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.royalties import kernels, periods
from maxbooster_kernel.royalties.breakdown import Cells
from maxbooster_kernel.royalties.encode import LIMIT, Encoder
from maxbooster_kernel.royalties.prices import PriceTable
from maxbooster_kernel.royalties.sources import REQUIRED
from maxbooster_kernel.royalties.sums import Bucket, LineSums, Pool

KEYS = ("platform", "country", "period")


def is_expression(lines: object) -> bool:
    """Return whether sales lines were given as an Ibis table."""
    return type(lines).__module__.split(".")[0] == "ibis"


def priced(lines: Any, prices: Any) -> Any:
    """Return the expression of the linear core: what each track earned in each period.

    Parameters
    ----------
    lines
        Ibis table ``track_id, platform, country, streams, period``.
    prices
        Ibis table ``platform, country, period, unit`` (nanos of one stream; no row for lines that are rejected).

    Returns
    -------
    ibis Table
        ``track_id, period, streams, nanos``, the sums as decimals of 38 digits.
    """
    joined = _counted(lines).inner_join(prices, list(KEYS))
    return joined.group_by("track_id", "period").aggregate(
        streams=_total(joined.streams), nanos=_total(joined.streams * joined.unit)
    )


def cells(lines: Any, prices: Any) -> Any:
    """Return the expression of the breakdown: streams by track, platform, country and period, with the unit price."""
    joined = _counted(lines).inner_join(prices, list(KEYS))
    return joined.group_by("track_id", *KEYS, "unit").aggregate(streams=_total(joined.streams))


def _total(column: Any) -> Any:
    """Return the sum of 64-bit integers with 38 digits: widened first, since some databases wrap a 64-bit sum."""
    return column.cast("decimal(38, 0)").sum().cast("decimal(38, 0)")


def _plain(lines: Any) -> Any:
    """Return the lines with text keys, missing ones empty, and streams as 64-bit integers."""
    texts = {name: lines[name].cast("string").fill_null("") for name in ("track_id", *KEYS)}
    return lines.select(**texts, streams=lines.streams.cast("int64"))


def _counted(lines: Any) -> Any:
    plain = _plain(lines)
    return plain.filter(plain.streams.notnull())


DIALECTS = ("duckdb", "postgres", "pyspark", "bigquery", "snowflake", "trino", "redshift")


@checked
def warehouse_sql(dialect: str, *, table: str = "royalty_lines", prices: str = "prices") -> str:
    """Return the SQL of the linear core as a warehouse is asked it, to be read or run by hand.

    Parameters
    ----------
    dialect
        One of ``duckdb``, ``postgres``, ``pyspark``, ``bigquery``, ``snowflake``, ``trino`` and ``redshift``, which is
        the text for PostgreSQL translated.
    table, prices
        Names of the tables (see :func:`priced`).
    """
    try:
        import ibis
        import sqlglot
    except ModuleNotFoundError:
        raise MissingExtraError("warehouse", "SQL for a warehouse") from None
    if dialect not in DIALECTS:
        raise RoyaltyError(f"dialect: expected one of {', '.join(DIALECTS)}, got {dialect!r}")
    texts = dict.fromkeys(KEYS, "string")
    lines = ibis.table({"track_id": "string", **texts, "streams": "int64"}, name=table)
    units = ibis.table({**texts, "unit": "int64"}, name=prices)
    text = str(ibis.to_sql(priced(lines, units), dialect="postgres" if dialect == "redshift" else dialect))
    if dialect != "redshift":
        return text
    return "\n".join(sqlglot.transpile(text, read="postgres", write="redshift", pretty=True))


class WarehouseRun:
    """One run over an Ibis table: prices its kinds of lines locally, sums them there."""

    def __init__(
        self, lines: Any, encoder: Encoder, prices: PriceTable, aliases: Mapping[str, str], currency: str
    ) -> None:
        try:
            import ibis
        except ModuleNotFoundError:
            raise MissingExtraError("warehouse", "a run on a database") from None
        missing = [name for name in REQUIRED if name not in lines.columns]
        if missing:
            raise RoyaltyError(f"lines: expected the columns {', '.join(REQUIRED)}; {', '.join(missing)} missing")
        if not lines.streams.type().is_integer():
            raise RoyaltyError(f"lines, column streams: expected whole numbers, got the type {lines.streams.type()}")
        self._lines, self._encoder, self._currency = lines, encoder, currency
        plain = _plain(lines)
        kinds = plain.group_by(*KEYS).aggregate(
            lines=plain.count(),
            counted=plain.streams.count(),
            streams=_total(plain.streams),
            least=plain.streams.min(),
            most=plain.streams.max(),
        )
        self._kinds = _fetched(kinds).to_pylist()
        names = [aliases.get(kind["country"], kind["country"]) for kind in self._kinds]
        place = encoder.platforms.codes([kind["platform"] for kind in self._kinds])
        country = encoder.countries.codes(names)
        when = encoder.periods.codes([kind["period"] for kind in self._kinds])
        units = prices.current()[when, place, country] if self._kinds else np.zeros(0, np.int64)
        inexact = np.flatnonzero(units == kernels.INEXACT)
        if inexact.size:
            row = int(inexact[0])
            raise prices.refuse(int(when[row]), int(place[row]), int(country[row]))
        for kind, unit in zip(self._kinds, units.tolist(), strict=True):
            most = max(-int(kind["least"] or 0), int(kind["most"] or 0))
            if unit > kernels.INEXACT and most * abs(unit) > LIMIT:
                raise RoyaltyError(
                    f"lines: a line of {most} streams on {kind['platform']!r} at {unit} nanos each is beyond the "
                    "64 bits in which a database multiplies; split the line or run it locally"
                )
        self._units = units
        good = [
            {**{k: kind[k] for k in KEYS}, "unit": int(u)}
            for kind, u in zip(self._kinds, units, strict=True)
            if u > kernels.INEXACT
        ]
        schema = {"platform": "string", "country": "string", "period": "string", "unit": "int64"}
        self._prices = ibis.memtable(good, schema=ibis.schema(schema)) if good else None
        self._aliases = aliases

    def sums(self) -> LineSums:
        """Return pools by bucket; rejected lines are counted by reason, a database has no line numbers."""
        result = LineSums(lines=sum(int(kind["lines"]) for kind in self._kinds))
        for kind, unit in zip(self._kinds, self._units, strict=True):
            early = unit in (kernels.UNKNOWN_PLATFORM, kernels.NO_RATE)
            bad = 0 if early else int(kind["lines"]) - int(kind["counted"])
            self._reject(result, kernels.reason(0, kernels.BAD), bad, 0)
            if unit <= kernels.INEXACT:
                rest = int(kind["lines"]) - bad
                self._reject(result, kernels.reason(int(unit), 0), rest, int(kind["streams"] or 0))
        if self._prices is None:
            return result
        table = _fetched(priced(self._lines, self._prices))
        tracks = self._encoder.tracks.codes(table.column("track_id").combine_chunks())
        months = np.array([periods.month(text) for text in table.column("period").to_pylist()], np.int64)
        streams, nanos = _integers(table.column("streams")), _integers(table.column("nanos"))
        for month in np.unique(months).tolist():
            rows = np.flatnonzero(months == month)
            rows = rows[np.argsort(tracks[rows])]
            bucket: Bucket = (month, self._currency)
            result.pools[bucket] = Pool(tracks=tracks[rows].astype(np.int32), streams=streams[rows], nanos=nanos[rows])
        return result

    def digest(self) -> str:
        """Return the hash of what the database holds, by kind of line."""
        kinds = sorted(json.dumps({k: str(v) for k, v in kind.items()}, sort_keys=True) for kind in self._kinds)
        return hashlib.sha256("\n".join(kinds).encode()).hexdigest()

    @staticmethod
    def _reject(result: LineSums, code: int, count: int, streams: int) -> None:
        if count:
            name = kernels.REASONS[code]
            result.rejected.append((np.full(count, -1, np.int64), np.full(count, code, np.uint8)))
            result.rejected_streams[name] = result.rejected_streams.get(name, 0) + streams

    def cells(self) -> Iterator[Cells]:
        """Yield the breakdown of every bucket."""
        if self._prices is None:
            return
        table = _fetched(cells(self._lines, self._prices))
        columns = {name: table.column(name).to_pylist() for name in KEYS}
        country = self._encoder.countries.codes([self._aliases.get(name, name) for name in columns["country"]])
        platform = self._encoder.platforms.codes(columns["platform"])
        tracks = self._encoder.tracks.codes(table.column("track_id").combine_chunks())
        months = np.array([periods.month(text) for text in columns["period"]], np.int64)
        merged: dict[tuple[int, int, int, int], list[int]] = {}
        streams, units = table.column("streams").to_pylist(), table.column("unit").to_pylist()
        for key, count, unit in zip(zip(months, tracks, platform, country, strict=True), streams, units, strict=True):
            row = merged.setdefault((int(key[0]), int(key[1]), int(key[2]), int(key[3])), [0, 0])
            row[0] += int(count)
            row[1] += int(count) * int(unit)
        for month in sorted({key[0] for key in merged}):
            here = [(key, row) for key, row in merged.items() if key[0] == month]
            yield Cells(
                bucket=(month, self._currency),
                tracks=np.array([key[1] for key, _ in here], np.int64),
                platforms=np.array([key[2] for key, _ in here], np.int64),
                countries=np.array([key[3] for key, _ in here], np.int64),
                streams=_fitting([row[0] for _, row in here]),
                nanos=_fitting([row[1] for _, row in here]),
            )


def _fetched(expression: Any) -> Any:
    """Return the rows of an expression; what the database refuses, such as an overflow, is an error."""
    try:
        return expression.to_pyarrow()
    except Exception as error:
        text = str(error).strip().splitlines()
        raise RoyaltyError(f"lines: the database refuses: {text[0] if text else type(error).__name__}") from error


def _integers(column: Any) -> NDArray[Any]:
    return _fitting([int(value) for value in column.to_pylist()])


def _fitting(values: list[int]) -> NDArray[Any]:
    """Return integers as int64, or as Python integers if one does not fit."""
    wide = any(abs(value) > LIMIT for value in values)
    return np.array(values, object if wide else np.int64)
