"""Check what the records of a session say of each other: ids, outputs, sends, keys, automation targets, cycles.

The check repairs what it reports, in one defined way, so that every peer that holds the same shared document
sees the same valid session: an output to a bus that is gone goes to the master, a send to it is left out,
a key is dropped, a cycle is cut at the strip with the greatest id, automation of what is gone is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from maxbooster_kernel.problems import Problem
from maxbooster_kernel.session.schema import BAND_PARAMETERS, COMPRESSOR_PARAMETERS, STRIP_PARAMETERS

Session = dict[str, Any]


def check(session: Session, found: list[Problem]) -> Session:
    """Return the session with its references repaired; append what was wrong to ``found``."""
    _check_shared_ids(session, found)
    strips = {strip["id"]: strip for strip in [*session["tracks"], *session["buses"]]}
    buses = {bus["id"] for bus in session["buses"]}
    for place, strip in strips_with_places(session):
        _check_strip(strip, place, strips, buses, found)
    _check_cycles(session, strips, found)
    known = set(targets(session))
    for target in [target for target in session["automation"] if target not in known]:
        found.append(_problem("unknown_target", f'automation["{target}"]', _unknown_target(target, strips)))
        del session["automation"][target]
    return session


def strips_with_places(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the record of every track and bus."""
    for group in ("tracks", "buses"):
        for index, strip in enumerate(session[group]):
            yield f"{group}[{index}]", strip


def targets(session: Session) -> Iterator[str]:
    """Yield every automation target of a session.

    >>> from maxbooster_kernel.session.conform import normalize
    >>> session = normalize({"format": "maxbooster-session", "version": 1, "tracks": [{"id": "a"}]})
    >>> [target for target in targets(session) if "/eq/low" in target]
    ['a/eq/low/frequency', 'a/eq/low/Q', 'a/eq/low/gain', 'a/eq/low/detune']
    """
    for _, strip in strips_with_places(session):
        name = strip["id"]
        yield from (f"{name}/{parameter}" for parameter in STRIP_PARAMETERS)
        for band in (strip["eq"] or {"bands": []})["bands"]:
            yield from (f"{name}/eq/{band['id']}/{parameter}" for parameter in BAND_PARAMETERS)
        if strip["compressor"]:
            yield from (f"{name}/compressor/{parameter}" for parameter in COMPRESSOR_PARAMETERS)
        yield from _insert_targets(name, strip)
        yield from (f"{name}/sends/{send['bus']}/gain" for send in strip["sends"])
    yield "master/gain"
    for stage in ("compressor", "limiter"):
        if session["master"][stage]:
            yield from (f"master/{stage}/{parameter}" for parameter in COMPRESSOR_PARAMETERS)
    yield from _insert_targets("master", session["master"])


def _insert_targets(name: str, strip: dict[str, Any]) -> Iterator[str]:
    for insert in strip["inserts"]:
        yield from (f"{name}/inserts/{insert['id']}/{parameter}" for parameter in insert["params"])


def _check_shared_ids(session: Session, found: list[Problem]) -> None:
    tracks = {track["id"] for track in session["tracks"]}
    kept = []
    for index, bus in enumerate(session["buses"]):
        if bus["id"] in tracks:
            text = f'the id "{bus["id"]}" is used by a track too'
            found.append(_problem("duplicate_id", f"buses[{index}].id", text))
        else:
            kept.append(bus)
    session["buses"] = kept


def _check_strip(
    strip: dict[str, Any], place: str, strips: dict[str, Any], buses: set[str], found: list[Problem]
) -> None:
    if strip["output"] != "master" and strip["output"] not in buses:
        found.append(_problem("unknown_output", f"{place}.output", f'no bus is called "{strip["output"]}"'))
        strip["output"] = "master"
    kept = []
    for index, send in enumerate(strip["sends"]):
        if send["bus"] in buses:
            kept.append(send)
        else:
            text = f'no bus is called "{send["bus"]}"'
            found.append(_problem("unknown_bus", f"{place}.sends[{index}].bus", text))
    strip["sends"] = kept
    compressor = strip["compressor"]
    if compressor and compressor["key"] is not None and compressor["key"] not in strips:
        text = f'no track or bus is called "{compressor["key"]}"'
        found.append(_problem("unknown_key", f"{place}.compressor.key", text))
        compressor["key"] = None


def _feeds(strip: dict[str, Any]) -> list[str]:
    return [strip["output"], *(send["bus"] for send in strip["sends"])]


def _edges(strips: dict[str, Any]) -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {name: set() for name in strips}
    for name, strip in strips.items():
        edges[name].update(target for target in _feeds(strip) if target in strips)
        key = (strip["compressor"] or {}).get("key")
        if key is not None:
            edges[key].add(name)
    return edges


def find_cycle(edges: dict[str, set[str]]) -> list[str]:
    """Return the strips of one cycle, in the order of the signal, or an empty list.

    >>> find_cycle({"a": {"b"}, "b": {"a"}, "c": set()})
    ['a', 'b']
    """
    done: set[str] = set()
    for start in sorted(edges):
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(start, True)]
        while stack:
            name, entering = stack.pop()
            if not entering:
                done.add(path.pop())
            elif name in path:
                return path[path.index(name) :]
            elif name not in done:
                path.append(name)
                stack.append((name, False))
                stack.extend((target, True) for target in sorted(edges[name]))
    return []


def _check_cycles(session: Session, strips: dict[str, Any], found: list[Problem]) -> None:
    while cycle := find_cycle(_edges(strips)):
        last = max(cycle)
        after = cycle[(cycle.index(last) + 1) % len(cycle)]
        places = {strip["id"]: place for place, strip in strips_with_places(session)}
        route = " -> ".join([*cycle, cycle[0]])
        found.append(_problem("cycle", places[last], f"the signal runs in a circle: {route}"))
        strip, follower = strips[last], strips[after]
        if strip["output"] == after:
            strip["output"] = "master"
        strip["sends"] = [send for send in strip["sends"] if send["bus"] != after]
        if follower["compressor"] and follower["compressor"]["key"] == last:
            follower["compressor"]["key"] = None


def _unknown_target(target: str, strips: dict[str, Any]) -> str:
    name = target.partition("/")[0]
    if name != "master" and name not in strips:
        return f'no track or bus is called "{name}"'
    return f'"{name}" has no parameter "{target.partition("/")[2]}"'


def _problem(code: str, place: str, message: str) -> Problem:
    return Problem(code=code, severity="error", where=place, message=message)
