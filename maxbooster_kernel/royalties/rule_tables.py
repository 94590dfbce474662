"""Tables of the rules that a run was asked for: what was left out, recovered, converted, held back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from maxbooster_kernel.money import from_nanos
from maxbooster_kernel.royalties.periods import period

if TYPE_CHECKING:
    from maxbooster_kernel.royalties.result import RoyaltyResult

COLUMNS = {
    "ineligible": ("track_id", "platform", "period", "currency", "streams", "streams_in_window", "amount"),
    "recoveries": ("contract_id", "period", "currency", "opening", "added", "recovered", "closing"),
    "conversions": ("period", "recipient_id", "currency", "amount", "to", "rate", "source", "converted"),
    "reserves": ("recipient_id", "release", "currency", "amount"),
}
_MONEY = frozenset({"amount", "opening", "added", "recovered", "closing", "converted"})
_WHOLE = frozenset({"streams", "streams_in_window"})


def table(result: RoyaltyResult, name: str) -> Any:
    """Return a table as Arrow, rows sorted by period, then id."""
    import pyarrow as pa

    rows = sorted(_ROWS[name](result), key=lambda row: (row["period" if "period" in row else "release"], *row.values()))
    return pa.table({column: _column(column, [row[column] for row in rows]) for column in COLUMNS[name]})


def _column(name: str, values: list[Any]) -> Any:
    import pyarrow as pa

    if name in _MONEY:
        return pa.array([from_nanos(int(value)) for value in values], pa.decimal128(38, 9))
    if name in _WHOLE:
        wide = any(abs(value) >= 1 << 63 for value in values)
        return pa.array([int(value) for value in values], pa.decimal128(38, 0) if wide else pa.int64())
    return pa.array(values, pa.string())


def _ineligible(result: RoyaltyResult) -> Iterator[dict[str, Any]]:
    for found in result.excluded:
        tracks = result.ids.take(found.tracks).to_pylist()
        for track, *numbers in zip(tracks, found.streams, found.window, found.nanos, strict=True):
            month, code = found.bucket
            row = (track, found.platform, period(month), code, *numbers)
            yield dict(zip(COLUMNS["ineligible"], row, strict=True))


def _recoveries(result: RoyaltyResult) -> Iterator[dict[str, Any]]:
    for found in result.recovered:
        month, code = found.bucket
        row = (found.contract, period(month), code, found.opening, found.added, found.recovered, found.left)
        yield dict(zip(COLUMNS["recoveries"], row, strict=True))


def _conversions(result: RoyaltyResult) -> Iterator[dict[str, Any]]:
    for found in result.converted:
        month, code = found.bucket
        facts = found.to, format(found.rate.rate, "f"), found.rate.source
        for number, nanos, converted in zip(found.recipients, found.nanos, found.converted, strict=True):
            row = (period(month), result.recipients[number], code, nanos, *facts, converted)
            yield dict(zip(COLUMNS["conversions"], row, strict=True))


def _reserves(result: RoyaltyResult) -> Iterator[dict[str, Any]]:
    for (recipient, code, month), nanos in result.held.after.items():
        yield dict(zip(COLUMNS["reserves"], (recipient, period(month), code, nanos), strict=True))


_ROWS = {"ineligible": _ineligible, "recoveries": _recoveries, "conversions": _conversions, "reserves": _reserves}
