"""Who shares in what: splits of tracks by period, and sub-splits of recipients.

Percentages are whole ppm (four decimals of a percent). Ranges of periods are half-open: ``[valid_from, valid_to)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import MoneyError, RoyaltyError
from maxbooster_kernel.money import WHOLE, to_decimal, to_ppm
from maxbooster_kernel.royalties import periods
from maxbooster_kernel.royalties.escalations import Tiers
from maxbooster_kernel.royalties.tables import Source, TextColumn, read_table, whole_numbers

Codes = NDArray[np.int32]
Ints = NDArray[np.int64]

ERRORS = ("", "split_precision", "split_not_positive", "splits_exceed_100", "split_cycle")
"""What can be wrong with the splits of a track, by number; the lowest number is reported."""
_PRECISION, _NOT_POSITIVE, _EXCEED, _CYCLE = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SubSplits:
    """What recipients pass on, as compressed rows: recipient r's are ``starts[r]:starts[r + 1]``."""

    starts: Ints
    to: Codes
    ppm: Ints
    faults: NDArray[np.uint8]
    """The worst fault each recipient reaches, 0 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The splits of all tracks in one period, as compressed rows: track t's are ``starts[t]:starts[t + 1]``."""

    starts: Ints
    recipients: Codes
    ppm: Ints
    faults: NDArray[np.uint8]
    """What is wrong with each track's splits, 0 for nothing."""
    named: Codes
    """Every recipient that a valid split names or passes on to."""


@dataclass(slots=True, kw_only=True)
class SplitTable:
    """All splits and sub-splits of a run, recipients as numbers."""

    recipients: list[str]
    tracks: Any
    """Track ids of the rows of :class:`Shares`, as Arrow text."""
    sub: SubSplits
    tiers: Mapping[int, Tiers]
    """Tiers by row of the share table."""
    variants: Mapping[int, tuple[int, ...]]
    """The rows of the share table that hold each tier's percentages; the first is the row itself."""
    _track: Codes
    _recipient: Codes
    _ppm: Ints
    _fault: NDArray[np.uint8]
    _from: Ints
    _to: Ints
    _edges: Ints | None = None
    _cache: dict[int, Shares] = field(default_factory=dict)

    def shares(self, month: int) -> Shares:
        """Return the shares of every track of the table in a month."""
        if self._edges is None:
            self._edges = np.unique(np.concatenate([_different(self._from), _different(self._to)]))
        key = int(np.searchsorted(self._edges, month, side="right"))
        if key not in self._cache:
            self._cache[key] = self._shares((self._from <= month) & (month < self._to))
        return self._cache[key]

    def _shares(self, active: NDArray[np.bool_]) -> Shares:
        columns: Any = self._track, self._recipient, self._ppm, self._fault
        track, recipient, ppm, fault = columns if active.all() else (column[active] for column in columns)
        count = len(self.tracks) + sum(len(rows) - 1 for rows in self.variants.values())
        starts = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(track, minlength=count), out=starts[1:])
        total = np.zeros(count, np.int64)
        np.add.at(total, track, ppm)
        worst = np.full(count, len(ERRORS), np.uint8)
        worst[total > WHOLE] = _EXCEED
        for faults in (fault, self.sub.faults[recipient]):
            bad = faults > 0
            np.minimum.at(worst, track[bad], faults[bad])
        for rows in self.variants.values():
            worst[list(rows)] = worst[list(rows)].min()
        worst[worst == len(ERRORS)] = 0
        named = np.flatnonzero(np.bincount(recipient[worst[track] == 0])).astype(np.int32)
        return Shares(starts=starts, recipients=recipient, ppm=ppm, faults=worst, named=self._reached(named))

    def _reached(self, named: Codes) -> Codes:
        seen, stack = set(named.tolist()), named.tolist()
        starts, to = self.sub.starts, self.sub.to
        if not to.size:
            return named
        while stack:
            recipient = stack.pop()
            for child in to[starts[recipient] : starts[recipient + 1]].tolist():
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
        return np.array(sorted(seen), np.int32)


def split_table(
    splits: Source, sub_splits: Source | None = None, escalations: Mapping[str, Tiers] | None = None
) -> SplitTable:
    """Read splits and sub-splits.

    Parameters
    ----------
    splits
        Table ``track_id, recipient_id, percentage`` and optionally ``valid_from, valid_to``.
    sub_splits
        Table ``recipient_id, to, percentage``: what a recipient passes on of all it gets.
    escalations
        Tiers by track id.

    Raises
    ------
    RoyaltyError
        A table cannot be read, a percentage or period is none, a split ends before it begins, or an escalation has no
        split. Sums beyond 100 %, shares that are not positive or too fine, and cycles are no such error: they are found
        per track (see :class:`Shares`).
    """
    table = read_table(
        splits,
        name="splits",
        required=("track_id", "recipient_id", "percentage"),
        optional=("valid_from", "valid_to"),
    )
    recipients = _Names(table["recipient_id"].values)
    sub = _sub_splits(sub_splits, recipients)
    ppm, fault = _percentages(table["percentage"], "splits")
    low = _bounds(table.get("valid_from"), periods.BAD, "splits, column valid_from", ppm.size)
    high = _bounds(table.get("valid_to"), periods.EVER, "splits, column valid_to", ppm.size)
    _check_order(low, high)
    tracks, track = _unique(table["track_id"])
    order = None if (track[1:] >= track[:-1]).all() else np.argsort(track, kind="stable")
    recipient = recipients.codes[table["recipient_id"].codes]
    given: dict[str, Any] = {
        "track": track,
        "recipient": recipient,
        "ppm": ppm,
        "fault": fault,
        "from": low,
        "to": high,
    }
    columns = {
        name: values if order is None or values.strides == (0,) else values[order] for name, values in given.items()
    }
    tiers: dict[int, Tiers] = {}
    variants: dict[int, tuple[int, ...]] = {}
    places = {name: place for place, name in enumerate(recipients.names)}
    for name, tier in (escalations or {}).items():
        row = _row(tracks, name)
        variants[row] = _variants(columns, row, tier, len(tracks) + sum(len(v) - 1 for v in variants.values()), places)
        tiers[row] = tier
    return SplitTable(
        recipients=recipients.names,
        tracks=tracks,
        sub=sub,
        tiers=tiers,
        variants=variants,
        _track=columns["track"],
        _recipient=columns["recipient"],
        _ppm=columns["ppm"],
        _fault=columns["fault"],
        _from=columns["from"],
        _to=columns["to"],
    )


def _different(values: Ints) -> Ints:
    return values[:1] if values.strides == (0,) else np.unique(values)


def _row(tracks: Any, name: str) -> int:
    import pyarrow.compute as pc

    row = int(pc.index(tracks, name).as_py())
    if row < 0:
        raise RoyaltyError(f"escalations: expected a track with splits, got {name!r}")
    return row


def _variants(columns: dict[str, Any], row: int, tier: Tiers, fresh: int, places: Mapping[str, int]) -> tuple[int, ...]:
    """Append each tier's splits of a track under rows of their own, and return these rows."""
    start, stop = np.searchsorted(columns["track"], [row, row + 1])
    base = {name: values[start:stop] for name, values in columns.items()}
    rows = [row]
    for step in tier.steps:
        added = {**base, "track": np.full(stop - start, fresh, np.int32)}
        added["ppm"], added["fault"] = base["ppm"].copy(), base["fault"].copy()
        for recipient, text in step.items():
            mine = np.flatnonzero(base["recipient"] == places.get(recipient, -1))
            ends, begins = np.sort(base["to"][mine]), np.sort(base["from"][mine])
            if not mine.size or (ends[:-1] > begins[1:]).any():
                raise RoyaltyError(
                    f"escalations: expected one split of the track at a time for {recipient!r}, got "
                    f"{'several' if mine.size else 'none'}; name a recipient of the splits table"
                )
            added["ppm"][mine], added["fault"][mine] = _percentage(text, "escalations")
        for name, values in added.items():
            columns[name] = np.concatenate([columns[name], values])
        rows.append(fresh)
        fresh += 1
    return tuple(rows)


def _unique(column: TextColumn) -> tuple[Any, Codes]:
    """Return the different texts of a column and the place of every row's among them."""
    import pyarrow.compute as pc

    texts = column.texts.unique()
    if len(texts) == len(column.texts):
        return column.texts, column.codes
    return texts, whole_numbers(pc.index_in(column.texts, texts)).astype(np.int32)[column.codes]


class _Names:
    """Different names and the number of each value of a column that uses them."""

    def __init__(self, values: list[str]) -> None:
        self._index: dict[str, int] = {}
        self.codes = self.add(values)

    def add(self, values: list[str]) -> Codes:
        index = self._index
        return np.array([index.setdefault(value, len(index)) for value in values], np.int32)

    @property
    def names(self) -> list[str]:
        return list(self._index)


def _percentages(column: TextColumn, where: str) -> tuple[Ints, NDArray[np.uint8]]:
    ppm = np.zeros(len(column.values), np.int64)
    fault = np.zeros(len(column.values), np.uint8)
    texts = column.values
    for code in np.flatnonzero(np.bincount(column.codes, minlength=len(texts))).tolist():
        ppm[code], fault[code] = _percentage(texts[code], where)
    return ppm[column.codes], fault[column.codes]


def _percentage(text: str, where: str) -> tuple[int, int]:
    """Return a percentage in ppm and what is wrong with it."""
    value = to_decimal(text, what=f"{where}, column percentage")
    try:
        ppm = to_ppm(value)
    except MoneyError:
        return 0, _PRECISION
    return min(max(ppm, -10 * WHOLE), 10 * WHOLE), _NOT_POSITIVE if value <= 0 else 0


def _bounds(column: TextColumn | None, empty: int, where: str, count: int) -> Ints:
    if column is None:
        return np.broadcast_to(np.int64(empty), count)  # takes no memory
    values = np.array([periods.bound(text, empty=empty, where=where) for text in column.values], np.int64)
    return values[column.codes]


def _check_order(low: Ints, high: Ints) -> None:
    """Refuse a split that ends before it begins: it would pay nobody, and nobody would be told."""
    for row in np.flatnonzero(high < low)[:1].tolist():
        raise RoyaltyError(
            f"splits, row {row}: expected a valid_to not before valid_from, {periods.period(int(low[row]))}, "
            f"got {periods.period(int(high[row]))}; rows count from 0, valid_to is the first month without the split"
        )


def _sub_splits(source: Source | None, recipients: _Names) -> SubSplits:
    if source is None:
        count = len(recipients.names)
        empty: Any = np.zeros(0, np.int64)
        return SubSplits(
            starts=np.zeros(count + 1, np.int64), to=empty.astype(np.int32), ppm=empty, faults=np.zeros(count, np.uint8)
        )
    table = read_table(source, name="sub_splits", required=("recipient_id", "to", "percentage"))
    parent = recipients.add(table["recipient_id"].values)[table["recipient_id"].codes]
    child = recipients.add(table["to"].values)[table["to"].codes]
    ppm, fault = _percentages(table["percentage"], "sub_splits")
    order = np.argsort(parent, kind="stable")
    parent, child, ppm, fault = parent[order], child[order], ppm[order], fault[order]
    count = len(recipients.names)
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(parent, minlength=count), out=starts[1:])
    own = np.full(count, len(ERRORS), np.int64)
    np.minimum.at(own, parent[fault > 0], fault[fault > 0].astype(np.int64))
    total = np.zeros(count, np.int64)
    np.add.at(total, parent, ppm)
    own[total > WHOLE] = np.minimum(own[total > WHOLE], _EXCEED)
    return SubSplits(starts=starts, to=child, ppm=ppm, faults=_reached_faults(parent, child, own))


def _reached_faults(parent: Codes, child: Codes, own: Ints) -> NDArray[np.uint8]:
    """Return the worst fault every recipient reaches through its sub-splits; a cycle is one."""
    worst = own.copy()
    open_ended = np.ones(own.size, bool)  # not yet known to end without a cycle
    while True:
        waiting = np.zeros(own.size, bool)
        waiting[parent[open_ended[child]]] = True
        if np.array_equal(waiting, open_ended):
            break
        open_ended = waiting
    worst[open_ended] = np.minimum(worst[open_ended], _CYCLE)
    while True:
        before = worst.copy()
        np.minimum.at(worst, parent, before[child])
        if np.array_equal(worst, before):
            break
    return np.where(worst == len(ERRORS), 0, worst).astype(np.uint8)


def check_names(table: SplitTable) -> None:
    """Refuse empty recipient ids, which no one could be paid under."""
    if "" in table.recipients:
        raise RoyaltyError("splits: expected a recipient_id in every row, got an empty one")
