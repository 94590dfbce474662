"""The order of the records of a list: fractional positions, so that moving one record changes that record alone."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

POSITION = "pos"


def order(record: Any) -> tuple[float, float]:
    """Return where a record's plain content stands among its likes: its time, if it has one, and its position."""
    if not isinstance(record, Mapping):
        return 0.0, 0.0
    return number(record.get("time_s")), number(record.get(POSITION))


def place(names: Sequence[str], positions: Mapping[str, float]) -> dict[str, float]:
    """Return the new fractional positions that bring ``names`` into their order, for as few as possible.

    >>> place(["b", "a", "c"], {"a": 1.0, "b": 2.0, "c": 3.0})
    {'b': 0.5}
    >>> place(["a", "new", "b"], {"a": 1.0, "b": 2.0})
    {'new': 1.5}
    """
    steady = _longest_increasing([name for name in names if name in positions], positions)
    result: dict[str, float] = {}
    before = 0.0
    for index, name in enumerate(names):
        if name in steady:
            before = positions[name]
            continue
        after = next((positions[other] for other in names[index + 1 :] if other in steady), None)
        value = before + 1.0 if after is None else (before + after) / 2.0
        if after is not None and not before < value < after:
            return {name: float(number) for number, name in enumerate(names, 1) if positions.get(name) != number}
        result[name] = before = value
    return result


def ties(records: Sequence[Mapping[str, Any]], key: str) -> dict[str, float]:
    """Return a position for each record that has the same time as the one before it.

    >>> ties([{"id": "a", "time_s": 0.0}, {"id": "b", "time_s": 0.0}, {"id": "c", "time_s": 1.0}], "id")
    {'b': 1.0}
    """
    result: dict[str, float] = {}
    for before, record in itertools.pairwise(records):
        if record.get("time_s") == before.get("time_s"):
            result[record[key]] = result.get(before[key], 0.0) + 1.0
    return result


def number(value: Any) -> float:
    """Return a number of a shared document, or 0 for what is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _longest_increasing(names: Sequence[str], positions: Mapping[str, float]) -> set[str]:
    tails: list[float] = []
    heads: list[int] = []
    before: list[int] = []
    for index, name in enumerate(names):
        value = positions[name]
        length = bisect_left(tails, value)
        before.append(heads[length - 1] if length else -1)
        tails[length : length + 1] = [value]
        heads[length : length + 1] = [index]
    chosen: set[str] = set()
    index = heads[-1] if heads else -1
    while index >= 0:
        chosen.add(names[index])
        index = before[index]
    return chosen
