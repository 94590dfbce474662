"""What the money says: tables of revenue by period, platform, country, track; exact amounts, shares as floats.

Every function takes a table with the columns of a run's ``breakdown`` (``track_id, platform, country, period, currency,
streams, earnings``), one currency at a time, and returns a DataFrame whose amounts are exact Decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from maxbooster_kernel.errors import RoyaltyError, expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.money import EXACT, exact_nanos, from_nanos, half_even
from maxbooster_kernel.royalties import kernels
from maxbooster_kernel.royalties.encode import LIMIT, to_amounts, to_streams
from maxbooster_kernel.royalties.periods import month, period
from maxbooster_kernel.royalties.rates import PriceBook, unit_price
from maxbooster_kernel.royalties.tables import arrow_columns

if TYPE_CHECKING:
    import pandas as pd

By = Literal["platform", "country", "track_id"]
DIMENSIONS = ("track_id", "platform", "country")
OTHER = "other"


@checked
def exact(breakdown: Any, *, currency: str | None = None) -> tuple[str, pd.DataFrame]:
    """Return the currency and its rows with exact whole numbers: ``streams`` and ``nanos``.

    Parameters
    ----------
    breakdown
        A run's ``breakdown``, or a table like it.
    currency
        None takes the only one, or the one with the most money.

    Raises
    ------
    RoyaltyError
        A column is missing, or a number is not exact.
    """
    import pandas as pd
    import pyarrow as pa

    columns = arrow_columns(breakdown, "breakdown")
    missing = [name for name in (*DIMENSIONS, "period", "currency", "streams", "earnings") if name not in columns]
    if missing:
        raise RoyaltyError(f"breakdown: expected the columns of a run's breakdown, {', '.join(missing)} missing")
    arrays = {
        name: column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        for name, column in columns.items()
    }
    frame = pd.DataFrame(
        {name: pd.Categorical(_texts(arrays[name])) for name in (*DIMENSIONS, "period", "currency")}
        | {"streams": to_streams(_one(arrays["streams"])), "nanos": to_amounts(_one(arrays["earnings"]))}
    )
    for name in ("streams", "nanos"):
        values = np.ascontiguousarray(frame[name].to_numpy(), np.int64)
        if (values == kernels.BAD).any():
            raise RoyaltyError(
                f"breakdown, column {name}: expected exact numbers, row {int(np.argmin(values))} has none"
            )
        if int(kernels.volume(values)) >= LIMIT:
            frame[name] = frame[name].astype(object)
    if currency is None:
        sums = frame.groupby("currency", observed=True)["nanos"].sum()
        currency = str(sums.abs().idxmax()) if len(sums) else ""
    return currency, frame[frame["currency"] == currency].drop(columns="currency")


@checked
def trend(breakdown: Any, *, by: By | None = "platform", currency: str | None = None) -> pd.DataFrame:
    """Return what each platform (or country, or track) earned in each period, and how that changes.

    Columns ``period``, the one of ``by``, ``streams``, ``revenue``, ``per_1000`` (revenue of a thousand streams),
    ``share`` (of the period), ``growth_month`` and ``growth_year`` (0.1 is ten percent more; NaN without a month to
    compare with), ``cumulative``.
    """
    code, rows = exact(breakdown, currency=currency)
    keys = ["period"] if by is None else ["period", _dimension(by)]
    sums = rows.groupby(keys, observed=True, sort=True)[["streams", "nanos"]].sum().reset_index()
    names = sums[by].astype(str).tolist() if by else [""] * len(sums)
    months = [month(text) for text in sums["period"]]
    streams, nanos = [int(v) for v in sums["streams"]], [int(v) for v in sums["nanos"]]
    amounts = dict(zip(zip(names, months, strict=True), nanos, strict=True))
    whole: dict[int, int] = {}
    running: dict[str, int] = {}
    total = []
    for place, (name, number) in enumerate(zip(names, months, strict=True)):
        whole[number] = whole.get(number, 0) + nanos[place]
        running[name] = running.get(name, 0) + nanos[place]
        total.append(running[name])
    data: dict[str, Any] = {"period": sums["period"].astype(str).tolist()}
    if by:
        data[by] = names
    data |= {
        "streams": streams,
        "revenue": [from_nanos(value) for value in nanos],
        "per_1000": [per_1000(value, count) for value, count in zip(nanos, streams, strict=True)],
        "share": [_ratio(value, whole[number]) for value, number in zip(nanos, months, strict=True)],
        "growth_month": _growth(amounts, names, months, 1),
        "growth_year": _growth(amounts, names, months, 12),
        "cumulative": [from_nanos(value) for value in total],
    }
    return _frame(data, code)


@checked
def top(breakdown: Any, *, by: By = "track_id", count: int = 10, currency: str | None = None) -> pd.DataFrame:
    """Return who earned the most, and what all the others earned together as ``other``.

    Columns: the one of ``by``, ``streams``, ``revenue``, ``per_1000``, ``share``.
    """
    code, rows = exact(breakdown, currency=currency)
    sums = rows.groupby(_dimension(by), observed=True)[["streams", "nanos"]].sum().reset_index()
    ranked = sorted(
        zip(sums[by].astype(str), map(int, sums["streams"]), map(int, sums["nanos"]), strict=True),
        key=lambda row: (-row[2], row[0]),
    )
    rest = ranked[count:]
    shown = ranked[:count] + ([(OTHER, sum(r[1] for r in rest), sum(r[2] for r in rest))] if rest else [])
    whole = sum(row[2] for row in ranked)
    data = {
        by: [name for name, _, _ in shown],
        "streams": [streams for _, streams, _ in shown],
        "revenue": [from_nanos(nanos) for _, _, nanos in shown],
        "per_1000": [per_1000(nanos, streams) for _, streams, nanos in shown],
        "share": [_ratio(nanos, whole) for _, _, nanos in shown],
    }
    return _frame(data, code)


@checked
def pareto(breakdown: Any, *, by: By = "track_id", currency: str | None = None) -> pd.DataFrame:
    """Return all tracks (or platforms, countries) from the one that earned the most on.

    Columns: the one of ``by``, ``revenue``, ``rank_share`` (the share of all tracks that this and the better ones are),
    ``cumulative_share`` (the share of all revenue that they earned).
    """
    table = top(breakdown, by=by, count=1 << 62, currency=currency)
    revenue = np.cumsum(np.array([exact_nanos(value) for value in table["revenue"]], object))
    count, whole = len(table), int(revenue[-1]) if len(table) else 0
    data = {
        by: table[by].tolist(),
        "revenue": table["revenue"].tolist(),
        "rank_share": [(place + 1) / count for place in range(count)],
        "cumulative_share": [_ratio(int(value), whole) for value in revenue],
    }
    return _frame(data, table.attrs["currency"])


@checked
def concentration(breakdown: Any, *, by: By = "track_id", currency: str | None = None) -> dict[str, float]:
    """Return which share of the revenue the best 1 %, 10 % and 20 % of tracks earned (at least one track)."""
    table = pareto(breakdown, by=by, currency=currency)
    if not len(table):
        return {}
    shares = table["cumulative_share"].tolist()
    return {f"top_{part}_percent": shares[max(1, -(-len(shares) * part // 100)) - 1] for part in (1, 10, 20)}


@checked
def catalogue_age(
    breakdown: Any, *, released: Mapping[str, str] | None = None, new_months: int = 18, currency: str | None = None
) -> pd.DataFrame:
    """Return what new releases and the back catalogue earned in each period.

    Parameters
    ----------
    breakdown
        A run's ``breakdown``.
    released
        First period by track; a track that is not named counts from its first sale.
    new_months
        How long a track is new.

    Returns
    -------
    pandas.DataFrame
        Columns ``period, new, back, share_new``.
    """
    code, rows = exact(breakdown, currency=currency)
    sums = rows.groupby(["track_id", "period"], observed=True)["nanos"].sum()
    first = {str(track): month(text) for track, text in (released or {}).items()}
    frame = sums.reset_index()
    cells = [
        (str(track), month(str(text)), int(value))
        for track, text, value in zip(frame["track_id"], frame["period"], frame["nanos"], strict=True)
    ]
    for track, number, _ in sorted(cells, key=lambda cell: cell[1]):
        first.setdefault(track, number)
    found: dict[int, list[int]] = {}
    for track, number, value in cells:
        found.setdefault(number, [0, 0])[number - first[track] >= new_months] += value
    data = {
        "period": [period(number) for number in sorted(found)],
        "new": [from_nanos(found[number][0]) for number in sorted(found)],
        "back": [from_nanos(found[number][1]) for number in sorted(found)],
        "share_new": [_ratio(found[number][0], sum(found[number])) for number in sorted(found)],
    }
    return _frame(data, code)


@checked
def against_rates(breakdown: Any, book: PriceBook, *, currency: str | None = None) -> pd.DataFrame:
    """Return what streams earned beside what a price book says they earn, by period, platform and country.

    Columns ``period, platform, country, streams, revenue, expected, residual`` (revenue less expected), ``ratio``.
    Where the book has no rate, ``expected`` is None.
    """
    expect(book, PriceBook, "a PriceBook", "make one: mb.royalties.price_book(rates)")
    code, rows = exact(breakdown, currency=currency)
    keys = ["period", "platform", "country"]
    sums = rows.groupby(keys, observed=True, sort=True)[["streams", "nanos"]].sum().reset_index()
    data: dict[str, list[Any]] = {name: sums[name].astype(str).tolist() for name in keys}
    data |= {"streams": [int(v) for v in sums["streams"]], "revenue": [from_nanos(int(v)) for v in sums["nanos"]]}
    expected = []
    for when, platform, country, streams in zip(*(data[name] for name in (*keys, "streams")), strict=True):
        rate = book.rate(platform, month(when))
        price = None if rate is None else unit_price(rate, book.multiplier(country))
        expected.append(None if price is None else from_nanos(price * streams))
    data["expected"] = expected
    pairs = list(zip(data["revenue"], expected, strict=True))
    data["residual"] = [None if want is None else have - want for have, want in pairs]
    data["ratio"] = [float("nan") if not want else float(have / want) for have, want in pairs]
    return _frame(data, code)


@checked
def reconcile(before: Any, after: Any, *, on: tuple[str, ...] = ("period", "recipient_id", "currency")) -> pd.DataFrame:
    """Return where two tables of amounts (two runs' ``payouts`` or ``statements``) differ.

    Columns: those of ``on``, then ``column, before, after, difference``; an amount that is missing is None, as zero.
    """
    import pandas as pd

    left, right = _amounts(before, on), _amounts(after, on)
    rows = []
    for key in sorted({*left, *right}):
        names = {**left.get(key, {}), **right.get(key, {})}
        for name in names:
            old, new = left.get(key, {}).get(name), right.get(key, {}).get(name)
            if (old or Decimal(0)) != (new or Decimal(0)):
                rows.append((*key, name, old, new, EXACT.subtract(new or Decimal(0), old or Decimal(0))))
    return pd.DataFrame(rows, columns=[*on, "column", "before", "after", "difference"])


def per_1000(nanos: int, streams: int) -> Decimal | None:
    """Return the revenue of a thousand streams, rounded half to even at nine places; None without streams.

    >>> per_1000(16_210_000_000, 5000)
    Decimal('3.242000000')
    """
    if streams <= 0:
        return None
    return from_nanos(half_even(nanos * 1000, streams))


def _growth(amounts: Mapping[tuple[str, int], int], names: list[str], months: list[int], back: int) -> list[float]:
    found = []
    for name, number in zip(names, months, strict=True):
        old = amounts.get((name, number - back), 0)
        found.append(amounts[name, number] / old - 1.0 if old > 0 else float("nan"))
    return found


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _amounts(table: Any, on: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, Decimal]]:
    columns = {name: column.to_pylist() for name, column in arrow_columns(table, "statements").items()}
    money = [name for name, values in columns.items() if any(isinstance(value, Decimal) for value in values)]
    missing = [name for name in on if name not in columns]
    if missing:
        raise RoyaltyError(f"expected the columns {', '.join(on)}, {', '.join(missing)} missing")
    keys = zip(*(map(str, columns[name]) for name in on), strict=True)
    return {key: {name: columns[name][row] for name in money} for row, key in enumerate(keys)}


def _dimension(by: str) -> str:
    if by not in DIMENSIONS:
        raise RoyaltyError(f"expected a column of {', '.join(DIMENSIONS)}, got {by!r}")
    return by


def _texts(array: Any) -> Any:
    import pyarrow as pa

    array = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    return array.cast(pa.string()).fill_null("").to_pylist()


def _one(array: Any) -> Any:
    import pyarrow as pa

    return (
        (array.chunk(0) if array.num_chunks else pa.array([], array.type))
        if isinstance(array, pa.ChunkedArray)
        else array
    )


def _frame(data: Mapping[str, Any], currency: str) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(dict(data))
    frame.attrs["currency"] = currency
    return frame
