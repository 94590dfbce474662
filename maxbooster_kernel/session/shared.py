"""Between the file's records and the shared document's types: the one place that knows both shapes.

In the shared document every list of records is a Map by id (sends by bus), each record a Map without its own id;
a ``pos`` keeps the order of lists that are not ordered by time. Numbers are always floats, as a browser has no others;
fields the schema does not know are plain values. ARCHITECTURE.md draws the whole shape.
"""

from __future__ import annotations

import itertools
import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pycrdt import Map, Text

from maxbooster_kernel.session.schema import Field, fields

POSITION = "pos"
MAPS = ("list", "targets", "params", "record")


def as_map(record: str, data: Mapping[str, Any], *, pos: float | None = None, key: str = "") -> Map[Any]:
    """Return a new Map for a record, to be put into a shared document; ``key`` is the field left out."""
    known = fields(record)
    content = {name: _new(known.get(name), value) for name, value in data.items() if name != key}
    if pos is not None:
        content[POSITION] = pos
    return Map(content)


def reconcile(record: str, target: Map[Any], data: Mapping[str, Any], *, key: str = "") -> None:
    """Make a record's Map say what ``data`` says, touching only what differs.

    Fields of the Map that ``data`` does not have are removed, except the order.
    """
    known = fields(record)
    current = json.loads(str(target))
    for name in [name for name in current if name not in data and name not in (key, POSITION)]:
        del target[name]
    for name, value in data.items():
        if name != key:
            _set(known.get(name), target, name, value, current)


def reconcile_list(field: Field, target: Map[Any], records: Sequence[Mapping[str, Any]]) -> None:
    """Make a Map by id hold the given records in the given order, moving as few as possible."""
    key, ordered = field["key"], _is_ordered(field)
    names = [record[key] for record in records]
    wanted = set(names)
    for name in [name for name in keys(target) if name not in wanted]:
        del target[name]
    positions = {name: _position(target[name]) for name in keys(target)}
    places = place(names, positions) if ordered else ties(records, key)
    for record in records:
        name = record[key]
        if name in positions:
            reconcile(field["of"], target[name], record, key=key)
            if places.get(name, positions[name] if ordered else 0.0) != positions[name]:
                target[name][POSITION] = places.get(name, 0.0)
        else:
            target[name] = as_map(field["of"], record, pos=places.get(name), key=key)


def from_map(record: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file's form of a record, from the plain content of its Map."""
    known = fields(record)
    return {name: _plain(known.get(name), value) for name, value in data.items() if name != POSITION}


def from_list(field: Field, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the file's form of a list of records, from the plain content of the Map by id."""
    found = [(name, record) for name, record in data.items() if isinstance(record, Mapping)]
    found.sort(key=lambda item: (order(item[1]), item[0]))
    return [{field["key"]: name, **from_map(field["of"], record)} for name, record in found]


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


def reconcile_text(target: Text, text: str) -> None:
    """Make a Text say ``text``, replacing only what lies between the common beginning and end."""
    old = str(target)
    if old == text:
        return
    limit = min(len(old), len(text))
    start = next((index for index in range(limit) if old[index] != text[index]), limit)
    limit -= start
    end = next((index for index in range(limit) if old[-1 - index] != text[-1 - index]), limit)
    first = len(old[:start].encode())
    last = len(old[: len(old) - end].encode())
    if last > first:
        del target[first:last]
    if middle := text[start : len(text) - end]:
        target.insert(first, middle)


def keys(target: Map[Any]) -> list[str]:
    """Return a Map's keys, in no particular order."""
    return [*target.keys()]


def floats(value: Any) -> Any:
    """Return a plain value with every number as a float.

    >>> floats({"a": [1, True]})
    {'a': [1.0, True]}
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(name): floats(item) for name, item in value.items()}
    return [floats(item) for item in value] if isinstance(value, list | tuple) else value


def same(one: Any, other: Any) -> bool:
    """Tell whether two plain values are the same in a shared document, where 1 is 1.0 but not true.

    >>> same([1], [1.0]), same(1, True)
    (True, False)
    """
    return json.dumps(floats(one), sort_keys=True) == json.dumps(floats(other), sort_keys=True)


def _new(field: Field | None, value: Any) -> Any:
    kind = field["type"] if field else ""
    if value is None or field is None or kind not in MAPS:
        return floats(value)
    if kind == "record":
        return as_map(field["of"], value)
    if kind == "params":
        return Map(floats(value))
    if kind == "targets":
        return Map({target: _new_list(field, points) for target, points in value.items()})
    return _new_list(field, value)


def _new_list(field: Field, records: Iterable[Mapping[str, Any]]) -> Map[Any]:
    key, rows = field["key"], list(records)
    places = {row[key]: float(number) for number, row in enumerate(rows, 1)} if _is_ordered(field) else ties(rows, key)
    return Map({row[key]: as_map(field["of"], row, pos=places.get(row[key]), key=key) for row in rows})


def _set(field: Field | None, target: Map[Any], name: str, value: Any, current: Mapping[str, Any]) -> None:
    kind = field["type"] if field else ""
    if field is not None and kind in MAPS and value is not None and isinstance(current.get(name), Mapping):
        inner = target[name]
        if kind == "record":
            reconcile(field["of"], inner, value)
        elif kind == "list":
            reconcile_list(field, inner, value)
        elif kind == "targets":
            reconcile_targets(field, inner, value)
        else:
            _reconcile_plain(inner, value)
    elif name not in current or not same(current[name], value):
        target[name] = _new(field, value)


def reconcile_targets(field: Field, target: Map[Any], value: Mapping[str, Any]) -> None:
    """Make a Map of targets hold the given lists of points."""
    for name in [name for name in keys(target) if name not in value]:
        del target[name]
    for name, points in value.items():
        if name in target:
            reconcile_list(field, target[name], points)
        else:
            target[name] = _new_list(field, points)


def _reconcile_plain(target: Map[Any], value: Mapping[str, Any]) -> None:
    current = json.loads(str(target))
    for name in [name for name in current if name not in value]:
        del target[name]
    for name, item in value.items():
        if name not in current or not same(current[name], item):
            target[name] = floats(item)


def _plain(field: Field | None, value: Any) -> Any:
    kind = field["type"] if field else ""
    if field is None or not isinstance(value, Mapping):
        return value
    if kind == "record":
        return from_map(field["of"], value)
    if kind == "list":
        return from_list(field, value)
    if kind == "targets":
        return {name: from_list(field, points) for name, points in value.items() if isinstance(points, Mapping)}
    return value


def _is_ordered(field: Field) -> bool:
    return field["of"] != "point" and "order" not in field


def order(record: Any) -> tuple[float, float]:
    """Return where a record's plain content stands among its likes: its time, if it has one, and its position."""
    if not isinstance(record, Mapping):
        return 0.0, 0.0
    return _number(record.get("time_s")), _number(record.get(POSITION))


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


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _position(record: Any) -> float:
    return _number(record.get(POSITION)) if isinstance(record, Map) else 0.0


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
