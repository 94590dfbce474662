"""Where a path of the session lies in the shared document, for what has no Map of its own there.

Two people who each put a Map in one place make two Maps; one of them wins, and what was written into the other is lost
with it. So nothing that several people may begin at once begins with a Map of a given name:

- A point of automation lies under ``<target>/<id>`` of the root ``automation``; no Map holds a target's points.
  ``<target>/`` stands for a target without points, which a file may have.
- A send lies in ``sends`` of its strip: its position under ``<bus>``, each field under ``<bus>/<field>``.
  Without a position there is no send, whatever fields are left of it: deleting wins over changing.
- A stage that a strip may do without is a Map from the strip's first day; ``left_out`` in it says that it is not there.

Documents of the shape before held points in Maps by target, sends in Maps by bus, and null for a stage left out.
They are read as well, and brought into this shape by :mod:`.reshape`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from maxbooster_kernel.session.order import POSITION

LEFT_OUT = "left_out"
LANE_DEPTH, SEND_DEPTH = 2, 4


def place(path: Sequence[str]) -> tuple[str, ...]:
    """Return the keys of Maps that lead to a path of the session.

    >>> place(("automation", "drums/gain", "p1", "value"))
    ('automation', 'drums/gain/p1', 'value')
    >>> place(("tracks", "drums", "sends", "verb", "gain"))
    ('tracks', 'drums', 'sends', 'verb/gain')
    """
    if path[0] == "automation" and len(path) > LANE_DEPTH:
        return (path[0], f"{path[1]}/{path[2]}", *path[3:])
    if is_in_send(path):
        return (*path[:3], "/".join(path[3:]))
    return tuple(path)


def is_lane(path: Sequence[str]) -> bool:
    """Tell whether a path is that of a target's automation."""
    return path[0] == "automation" and len(path) == LANE_DEPTH


def is_sends(path: Sequence[str]) -> bool:
    """Tell whether a path is that of all sends of a strip."""
    return len(path) == SEND_DEPTH - 1 and path[0] in ("tracks", "buses") and path[2] == "sends"


def is_send(path: Sequence[str]) -> bool:
    """Tell whether a path is that of a send."""
    return len(path) == SEND_DEPTH and is_sends(path[:-1])


def is_in_send(path: Sequence[str]) -> bool:
    """Tell whether a path is that of a field of a send."""
    return len(path) > SEND_DEPTH and is_send(path[:SEND_DEPTH])


def keys_of(path: Sequence[str], names: Collection[str]) -> list[str]:
    """Return the keys of a Map, of those given, that together are what a path leads to.

    >>> keys_of(("automation", "drums/gain"), ["drums/gain/p1", "drums/gain/p2", "drums/pan/p3"])
    ['drums/gain/p1', 'drums/gain/p2']
    >>> keys_of(("tracks", "drums", "sends", "verb"), ["verb", "verb/gain", "echo"])
    ['verb', 'verb/gain']
    """
    key = place(path)[-1]
    if is_lane(path):
        return [name for name in names if key in (name, name.rpartition("/")[0])]
    if is_send(path):
        return [name for name in names if name.partition("/")[0] == key]
    return [key] if key in names else []


def points(plain: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the points by target and id, from the plain content of the root.

    >>> points({"drums/gain/p1": {"value": 1.0}, "drums/pan/": True})
    {'drums/gain': {'p1': {'value': 1.0}}, 'drums/pan': {}}
    """
    found: dict[str, dict[str, Any]] = {}
    for key, value in plain.items():
        if is_nested_lane(value):
            found[key] = {**value, **found.get(key, {})}
            continue
        target, _, name = key.rpartition("/")
        lane = found.setdefault(target, {})
        if name:
            lane[name] = value
    return found


def sends(plain: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the sends by bus, from the plain content of a strip's Map of them.

    >>> sends({"verb": 1.0, "verb/gain": 0.5, "echo/gain": 0.5})
    {'verb': {'pos': 1.0, 'gain': 0.5}}
    """
    found: dict[str, dict[str, Any]] = {}
    for key, value in plain.items():
        if "/" not in key:
            found[key] = {**value} if isinstance(value, Mapping) else {POSITION: value}
    for key, value in plain.items():
        bus, slash, field = key.partition("/")
        if slash and bus in found:
            found[bus][field] = value
    return found


def is_nested_lane(value: Any) -> bool:
    """Tell whether a value of the root ``automation`` is a Map of points, as it was in the shape before."""
    return isinstance(value, Mapping) and all(isinstance(item, Mapping) for item in value.values())
