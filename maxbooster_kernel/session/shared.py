"""Between the file's records and the shared document's types: the one place that knows both shapes.

In the shared document every list of records is a Map by id, each record a Map without its own id; a ``pos`` keeps
the order of lists that are not ordered by time. Points and sends have no Map of their own, stages always have one
(:mod:`.flat` says why). Numbers are always floats, as a browser has no others; fields the schema does not know are
plain values. ARCHITECTURE.md draws the whole shape.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pycrdt import Map, Text

from maxbooster_kernel.mix.memo import Memo
from maxbooster_kernel.session import flat
from maxbooster_kernel.session.conform import STRIPS, default
from maxbooster_kernel.session.flat import LEFT_OUT
from maxbooster_kernel.session.order import POSITION, number, order, place, ties
from maxbooster_kernel.session.schema import Field, fields

OWN = (POSITION, LEFT_OUT)
NESTED = ("list", "params", "record")
_STRIPS: Memo[bytes] = Memo(32 << 20)


def as_map(record: str, data: Mapping[str, Any], *, pos: float | None = None, key: str = "") -> Map[Any]:
    """Return a new Map for a record, to be put into a shared document; ``key`` is the field left out."""
    return Map(_content(record, data, pos=pos, key=key))


def new_value(field: Field | None, value: Any) -> Any:
    """Return the new content of a field: a Map for records, their lists and parameters, else the plain value."""
    kind = field["type"] if field else ""
    if field is None or kind not in NESTED:
        return floats(value)
    if kind == "record":
        content = _content(field["of"], default(field) if value is None else value)
        return Map({**content, LEFT_OUT: True} if value is None else content)
    if kind == "params" or value is None:
        return Map(floats(value or {}))
    if field.get("spread"):
        usual = _defaults(field, value)
        entries = spread(field, value, {}).items()
        return Map({name: floats(item) for name, item in entries if name not in usual or not same(usual[name], item)})
    places, key = _places(field, value, {}), field["key"]
    return Map({row[key]: as_map(field["of"], row, pos=places.get(row[key]), key=key) for row in value})


def reconcile(record: str, target: Map[Any], data: Mapping[str, Any], *, key: str = "") -> None:
    """Make a record's Map say what ``data`` says, touching only what differs.

    Fields of the Map that ``data`` does not have are removed, except those of the shared document alone.
    """
    known = fields(record)
    current = json.loads(str(target))
    for name in [name for name in current if name not in data and name not in (key, *OWN)]:
        del target[name]
    for name, value in data.items():
        if name != key:
            _set(known.get(name), target, name, value, current)


def reconcile_list(field: Field, target: Map[Any], records: Sequence[Mapping[str, Any]]) -> None:
    """Make the Map of a list hold the given records in the given order, moving as few as possible."""
    current, key = json.loads(str(target)), field["key"]
    if field.get("spread"):
        entries = spread(field, records, current)
        _keep_only(target, entries)
        _fill(target, entries, {**_defaults(field, records), **current})
        return
    places = _places(field, records, current)
    _keep_only(target, {record[key] for record in records})
    for record in records:
        _put(field, target, record[key], record, places.get(record[key]), current)


def reconcile_targets(field: Field, target: Map[Any], value: Mapping[str, Any]) -> None:
    """Make the root of all automation hold the given points of each target."""
    current, key = json.loads(str(target)), field["key"]
    entries = {f"{lane}/{point[key]}": point for lane, points in value.items() for point in points}
    marks = {f"{lane}/" for lane, points in value.items() if not points}
    _keep_only(target, {*entries, *marks})
    places = {f"{lane}/{name}": pos for lane, points in value.items() for name, pos in ties(points, key).items()}
    for name, point in entries.items():
        _put(field, target, name, point, places.get(name, 0.0 if _position(current.get(name)) else None), current)
    for name in marks - {*current}:
        target[name] = True


def put_send(target: Map[Any], bus: str, data: Mapping[str, Any], *, pos: float) -> None:
    """Put a send into a strip's Map of them; what has its default is not written, so that it wins over nothing."""
    field = fields("track")["sends"]
    current = json.loads(str(target))
    record = {**data, field["key"]: bus}
    entries = {**spread(field, [record], {}), bus: pos}
    _fill(target, entries, {**_defaults(field, [record]), **current})


def spread(field: Field, records: Sequence[Mapping[str, Any]], current: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a list whose records have no Map of their own.

    Parameters
    ----------
    field, records
        The list.
    current
        The plain content of its Map so far, for the positions.
    """
    known = flat.sends(current)
    places = _places(field, records, known)
    found: dict[str, Any] = {}
    for record in records:
        name = record[field["key"]]
        found[name] = places.get(name, _position(known.get(name)))
        found.update({f"{name}/{item}": value for item, value in record.items() if item != field["key"]})
    return found


def from_map(record: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file's form of a record, from the plain content of its Map."""
    known = fields(record)
    return {name: _plain(known.get(name), value) for name, value in data.items() if name not in OWN}


def from_list(field: Field, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the file's form of a list of records, from the plain content of its Map."""
    records = flat.sends(data) if field.get("spread") else data
    found = [(name, record) for name, record in records.items() if isinstance(record, Mapping)]
    found.sort(key=lambda item: (order(item[1]), item[0]))
    make = _known_strip if field["of"] in STRIPS else from_map
    return [{field["key"]: name, **make(field["of"], record)} for name, record in found]


def _known_strip(record: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what :func:`from_map` does for a strip, known by its content: few of many change between two snapshots."""
    content = json.dumps([record, data], sort_keys=True).encode()  # a Map gives its keys in another order each time
    known = _STRIPS.get(content, lambda _: marshal.dumps(from_map(record, data), 2))
    return marshal.loads(known)  # type: ignore[no-any-return]  # noqa: S302 - our own


def from_targets(field: Field, data: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the file's form of the automation, from the plain content of its root."""
    return {target: from_list(field, points) for target, points in flat.points(data).items()}


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


def _content(record: str, data: Mapping[str, Any], *, pos: float | None = None, key: str = "") -> dict[str, Any]:
    known = fields(record)
    content = {name: new_value(known.get(name), value) for name, value in data.items() if name != key}
    return content if pos is None else {**content, POSITION: pos}


def _set(field: Field | None, target: Map[Any], name: str, value: Any, current: Mapping[str, Any]) -> None:
    kind = field["type"] if field else ""
    if field is not None and kind in NESTED and isinstance(current.get(name), Mapping):
        inner = target[name]
        if kind == "record":
            _reconcile_stage(field, inner, value, left_out=current[name].get(LEFT_OUT) is True)
        elif kind == "list":
            reconcile_list(field, inner, value)
        else:
            _keep_only(inner, value)
            _fill(inner, value, current[name])
    elif name not in current or kind in NESTED or not same(current[name], value):
        target[name] = new_value(field, value)


def _reconcile_stage(field: Field, target: Map[Any], value: Mapping[str, Any] | None, *, left_out: bool) -> None:
    if value is not None:
        reconcile(field["of"], target, value)
    if value is None and not left_out:
        target[LEFT_OUT] = True
    elif value is not None and left_out:
        del target[LEFT_OUT]


def _put(
    field: Field,
    target: Map[Any],
    name: str,
    record: Mapping[str, Any],
    pos: float | None,
    current: Mapping[str, Any],
) -> None:
    key = field["key"]
    if not isinstance(current.get(name), Mapping):
        target[name] = as_map(field["of"], record, pos=pos, key=key)
        return
    reconcile(field["of"], target[name], record, key=key)
    if pos is not None and pos != _position(current[name]):
        target[name][POSITION] = pos


def _places(field: Field, records: Sequence[Mapping[str, Any]], current: Mapping[str, Any]) -> dict[str, float]:
    """Return the positions that are to be written, given the plain content of the list's Map so far."""
    key = field["key"]
    names = [record[key] for record in records]
    positions = {name: _position(record) for name, record in current.items() if name in names}
    if field["of"] == "point" or "order" in field:
        wanted = {**dict.fromkeys(positions, 0.0), **ties(records, key)}
        return {name: pos for name, pos in wanted.items() if pos != positions.get(name)}
    return place(names, positions)


def _defaults(field: Field, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    known, key = fields(field["of"]), field["key"]
    usual = {name: default(item) for name, item in known.items() if name != key}
    return {f"{record[key]}/{name}": value for record in records for name, value in usual.items()}


def _fill(target: Map[Any], value: Mapping[str, Any], current: Mapping[str, Any]) -> None:
    for name, item in value.items():
        if name not in current or not same(current[name], item):
            target[name] = floats(item)


def _keep_only(target: Map[Any], wanted: Collection[str]) -> None:
    for name in [name for name in keys(target) if name not in wanted]:
        del target[name]


def _plain(field: Field | None, value: Any) -> Any:
    kind = field["type"] if field else ""
    if field is None or not isinstance(value, Mapping):
        return value
    if kind == "record":
        return None if value.get(LEFT_OUT) is True else from_map(field["of"], value)
    return from_list(field, value) if kind == "list" else value


def _position(record: Any) -> float:
    return number(record.get(POSITION)) if isinstance(record, Mapping) else 0.0
