"""How long money is under way: the months between a sale and the statement that accounts for it.

Imported lines say in ``reported`` in which month their store or distributor accounted for them; lines of files that do
not say have it empty, and stay apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.money import from_nanos
from maxbooster_kernel.royalties import kernels
from maxbooster_kernel.royalties.analytics import By
from maxbooster_kernel.royalties.anomalies import Flag
from maxbooster_kernel.royalties.breakdown import HashSums
from maxbooster_kernel.royalties.encode import to_amounts, to_streams
from maxbooster_kernel.royalties.periods import BAD, month
from maxbooster_kernel.royalties.sources import Chunk, open_lines
from maxbooster_kernel.royalties.tables import Source, whole_numbers

if TYPE_CHECKING:
    import pandas as pd

REPORTED = "reported"
Key = tuple[str, str, str, str]
"""Period, what the table is by, month of the report, currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LagLimits:
    """From where on a delay stands out: months beyond what is usual, and the share of the month's revenue."""

    months: int = 3
    share: float = 0.05


@checked
def sales_lag(lines: Source, *, by: By | None = None, currency: str | None = None) -> pd.DataFrame:
    """Return when each month's sales were accounted for.

    Parameters
    ----------
    lines
        Imported lines: a lake, Parquet or CSV files, or a table with ``track_id, platform, country, streams, period,
        amount, currency, reported``. They are read once, a chunk at a time.
    by
        None, or the column to tell apart.
    currency
        None takes the only one, or the one with the most money.

    Returns
    -------
    pandas.DataFrame
        Columns ``period``, the one of ``by``, ``reported``, ``lag_months`` (missing where the file does not say when),
        ``streams``, ``revenue``, ``share`` (of what the month has earned so far) and ``cumulative_share`` (what had
        come by then).

    Raises
    ------
    RoyaltyError
        A column is missing, or a number is not exact.

    Examples
    --------
    >>> lines = {"track_id": ["a", "a"], "platform": ["spotify"] * 2, "country": ["US"] * 2, "streams": [10, 5],
    ...          "period": ["2026-05"] * 2, "amount": ["0.03", "0.01"], "currency": ["USD"] * 2,
    ...          "reported": ["2026-07", "2026-09"]}
    >>> table = sales_lag(lines)
    >>> table["lag_months"].tolist(), table["cumulative_share"].tolist()
    ([2, 4], [0.75, 1.0])
    """
    import pandas as pd

    sums = _sums(lines, by)
    volume: dict[str, int] = defaultdict(int)
    for key, (_, nanos) in sums.items():
        volume[key[3]] += abs(nanos)
    code = currency or max(sorted(volume), key=lambda name: volume[name], default="")
    rows = sorted((key[:3], found) for key, found in sums.items() if key[3] == code)
    whole: dict[tuple[str, str], int] = defaultdict(int)
    for (when, name, _), (_, nanos) in rows:
        whole[when, name] += nanos
    running: dict[tuple[str, str], int] = defaultdict(int)
    data: dict[str, list[Any]] = defaultdict(list)
    for (when, name, told), (streams, nanos) in rows:
        running[when, name] += nanos
        data["period"].append(when)
        if by:
            data[by].append(name)
        data[REPORTED].append(told)
        data["lag_months"].append(month(told) - month(when) if told else None)
        data["streams"].append(streams)
        data["revenue"].append(from_nanos(nanos))
        data["share"].append(_ratio(nanos, whole[when, name]))
        data["cumulative_share"].append(_ratio(running[when, name], whole[when, name]))
    names = ["period", *([by] if by else []), REPORTED, "lag_months", "streams", "revenue", "share", "cumulative_share"]
    frame = pd.DataFrame({name: data[name] for name in names})
    frame["lag_months"] = frame["lag_months"].astype("Int64")
    frame.attrs["currency"] = code
    return frame


@checked
def late(lines: Source, *, limits: LagLimits | None = None, currency: str | None = None) -> list[Flag]:
    """Return flags ``lag``: revenue that came much later than its platform's usually does, or before it was sold.

    What is usual is the lag by which half of the platform's revenue of the other months had come.
    """
    chosen = limits or LagLimits()
    own: dict[str, list[Mapping[Any, Any]]] = defaultdict(list)
    for told in sales_lag(lines, by="platform", currency=currency).to_dict("records"):
        if told[REPORTED]:
            own[told["platform"]].append(told)
    found = []
    for platform, mine in own.items():
        for row in mine:
            lag, usual = int(row["lag_months"]), _usual([other for other in mine if other["period"] != row["period"]])
            if lag < 0:
                what = f"{-lag} months before it was sold"
            elif usual is not None and lag >= usual + chosen.months and row["share"] >= chosen.share:
                what = f"{lag} months later, where {usual} are usual"
            else:
                continue
            found.append(
                Flag(
                    code="lag",
                    period=row["period"],
                    track_id="",
                    platform=platform,
                    country="",
                    seen=float(lag),
                    usual=float("nan") if usual is None else float(usual),
                    score=float(lag - (usual or 0)),
                    evidence=f"{row['share']:.0%} of the month's revenue on {platform} ({row['revenue']:f}) came with "
                    f"the report of {row['reported']}, {what}",
                )
            )
    return sorted(found, key=lambda flag: (flag.period, flag.platform, flag.score))


def _usual(rows: Sequence[Mapping[Any, Any]]) -> int | None:
    """Return the lag by which half of the revenue had come, or None without revenue."""
    pairs = sorted((int(row["lag_months"]), max(row["revenue"], 0)) for row in rows)
    whole, had = sum(amount for _, amount in pairs), 0
    for lag, amount in pairs:
        had += amount
        if amount and 2 * had >= whole:
            return lag
    return None


def _sums(lines: Source, by: By | None) -> Mapping[Key, tuple[int, int]]:
    source = open_lines(lines, also=(REPORTED,))
    if not source.has_money or not source.says(REPORTED):
        raise RoyaltyError(
            f"lines: expected imported lines with the columns amount, currency and {REPORTED}, got "
            f"{', '.join(sorted(source.columns))}; import the sales files again"
        )
    sums: dict[Key, tuple[int, int]] = {}
    for chunk in source.chunks():
        for key, streams, nanos in _chunk_sums(chunk, by):
            before = sums.get(key, (0, 0))
            sums[key] = before[0] + streams, before[1] + nanos
    return sums


def _chunk_sums(chunk: Chunk, by: By | None) -> Iterator[tuple[Key, int, int]]:
    table = chunk.read()
    streams, nanos = to_streams(_one(table, "streams")), to_amounts(_one(table, "amount"))
    columns = [_codes(table, chunk.constants, name) for name in ("period", by or "", REPORTED, "currency")]
    keys = np.zeros(table.num_rows, np.int64)
    for names, codes in columns:
        keys = keys * len(names) + codes
    wrong = (streams == kernels.BAD) | (nanos == kernels.BAD)
    wrong |= np.array([month(name) == BAD for name in columns[0][0]], np.bool_)[columns[0][1]]
    if wrong.any():
        line = chunk.start + int(np.argmax(wrong))
        raise RoyaltyError(f"lines, line {line}: expected a period, streams and an exact amount; correct the line")
    hashed = HashSums()
    hashed.add(keys, streams, nanos)
    for number, count, amount in zip(*(column.tolist() for column in hashed.rows()), strict=True):
        key, rest = [], number
        for names, _ in reversed(columns):
            rest, place = divmod(rest, len(names))
            key.append(names[place])
        currency, told, name, when = key
        yield (when, name, told if month(told) != BAD else "", currency), count, amount


def _codes(table: Any, constants: Mapping[str, str], name: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return a column's different texts and, for every row, the place of its own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if name in constants or name not in table.column_names:
        return [constants.get(name, "")], np.zeros(table.num_rows, np.int64)
    column = _one(table, name)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    encoded = pc.fill_null(column.cast(pa.string()), "").dictionary_encode()
    return encoded.dictionary.to_pylist() or [""], whole_numbers(encoded.indices).astype(np.int64)


def _one(table: Any, name: str) -> Any:
    import pyarrow as pa

    column = table.column(name).combine_chunks()
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
