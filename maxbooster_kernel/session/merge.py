"""Merge two edits of one session: what the shared document holds, and what someone wrote into the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_ABSENT = object()


def three_way(base: Any, ours: Any, theirs: Any) -> Any:
    """Return ``ours`` with the changes from ``base`` to ``theirs`` made to it; where both changed, theirs win.

    Lists of records are matched by ``id`` (sends by ``bus``), so that different records, and different fields
    of one record, merge.

    Examples
    --------
    >>> three_way({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 3})
    {'a': 2, 'b': 3}
    """
    if theirs == base:
        return ours
    if ours == base:
        return theirs
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return _merge_maps(base if isinstance(base, Mapping) else {}, ours, theirs)
    key = _key_of([*ours, *theirs]) if isinstance(ours, list) and isinstance(theirs, list) else ""
    if not key:
        return theirs
    old = {record[key]: record for record in base} if isinstance(base, list) else {}
    merged = _merge_maps(old, {record[key]: record for record in ours}, {record[key]: record for record in theirs})
    names = [record[key] for record in theirs]
    if names == list(old):
        names = [record[key] for record in ours]
    return [merged[name] for name in [*names, *(name for name in merged if name not in names)] if name in merged]


def differences(one: Any, other: Any) -> int:
    """Return in how many values two sessions differ.

    >>> differences({"a": 1, "b": [1, 2]}, {"a": 2, "b": [1, 2]})
    1
    """
    if one == other:
        return 0
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = {**one, **other}
        return sum(differences(one.get(name, _ABSENT), other.get(name, _ABSENT)) for name in names)
    if isinstance(one, list) and isinstance(other, list) and (key := _key_of([*one, *other])):
        return differences({item[key]: item for item in one}, {item[key]: item for item in other})
    return 1


def _merge_maps(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name in {**ours, **theirs}:
        old, mine, other = base.get(name, _ABSENT), ours.get(name, _ABSENT), theirs.get(name, _ABSENT)
        value = other if mine is _ABSENT and other != old else mine if other == old else three_way(old, mine, other)
        if value is not _ABSENT:
            result[name] = value
    return result


def _key_of(records: Sequence[Any]) -> str:
    for key in ("id", "bus"):
        if records and all(isinstance(record, Mapping) and isinstance(record.get(key), str) for record in records):
            return key
    return ""
