"""Compile a session snapshot into one plain graph of Web Audio nodes that the kernel renders and the browser plays.

The graph's format is in ARCHITECTURE.md. Every position is a whole frame, every node stands after its inputs,
and the same snapshot always gives the same graph: ``widgets/src/compile.ts`` does the same steps in the same order,
and the golden pairs in ``tests/graphs`` hold both to it.

What was compiled last is remembered: a strip that says what it said then, and takes in what it took in, is not looked
at again.
"""

from __future__ import annotations

import marshal
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.graph import FORMAT, VERSION, Graph, Node
from maxbooster_kernel.session.audible import heard_strips
from maxbooster_kernel.session.compile_strip import MASTER, Piece, Record, compile_strip
from maxbooster_kernel.session.routing import Route, Routing, route, routing


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaShape:
    """Length and channel count of one media file at the session's sample rate."""

    frames: int
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compiled:
    """A session as compiled. What belongs to strips is by their place in the session, the master's is the last.

    ``settings`` is what all strips depend on, ``said`` what each one says of itself (None where that is no plain data),
    ``heard`` whether it is heard, and whether its main output is. ``graph`` is all of them together.
    """

    settings: tuple[Any, ...]
    said: Sequence[object]
    routes: Sequence[Route]
    routing: Routing
    heard: Sequence[tuple[bool, bool]]
    pieces: Mapping[int, Piece]
    graph: Graph | None = None


_LAST: deque[Compiled] = deque(maxlen=4)
_LOCK = threading.Lock()


def compile_graph(
    snapshot: Record,
    media: Mapping[str, MediaShape],
    *,
    raw_graph: bool = False,
    insert_latency: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Compile a session snapshot into the graph of ARCHITECTURE.md.

    Parameters
    ----------
    snapshot
        The data of a session file with every default filled in (``conform.normalize``).
    media
        The shape of every media file the clips name.
    raw_graph
        Leave out the delays that align strips of different latency.
    insert_latency
        Latency in frames of inserts, by node id (``"drums/inserts/i1"``); inserts not named have none.

    Returns
    -------
    dict
        The graph as plain JSON data.

    Raises
    ------
    SessionError
        A clip's media are not in ``media`` or have more than two channels, or the strips run in a circle.
    """
    compiled, _ = _compile(snapshot, media, raw_graph=raw_graph, insert_latency=insert_latency or {}, patched=False)
    nodes = [_copied(node) for place in compiled.routing.order for node in compiled.pieces[place].nodes]
    return {"format": FORMAT, "version": VERSION, **_head(compiled), "nodes": nodes}


def compile_checked(
    snapshot: Record,
    media: Mapping[str, MediaShape],
    *,
    raw_graph: bool = False,
    insert_latency: Mapping[str, int] | None = None,
) -> Graph:
    """Compile a snapshot into what ``read_graph`` makes of ``compile_graph``'s result, at the price of what is new.

    Parameters and what is raised are those of :func:`compile_graph`.

    Raises
    ------
    RenderError
        A value is none that can be rendered; the message names the node.
    """
    compiled, last = _compile(snapshot, media, raw_graph=raw_graph, insert_latency=insert_latency or {}, patched=True)
    graph = (last and _renewed(compiled, last)) or _graph(compiled)
    with _LOCK:
        if last is not None and last in _LAST:
            _LAST.remove(last)
        _LAST.append(replace(compiled, graph=graph))
    return graph


def _compile(
    snapshot: Record, media: Mapping[str, MediaShape], *, raw_graph: bool, insert_latency: Mapping[str, int],
    patched: bool,
) -> tuple[Compiled, Compiled | None]:  # fmt: skip
    """Return a session as compiled, and what was compiled last that it was ``patched`` from."""
    strips = [*snapshot["tracks"], *snapshot["buses"], {**snapshot["master"], "id": MASTER}]
    points: dict[str, dict[str, Any]] = {}
    for target, lane in snapshot["automation"].items():
        points.setdefault(target.partition("/")[0], {})[target] = lane
    tracks, rate = len(snapshot["tracks"]), snapshot["sample_rate"]
    settings = (len(strips), tracks, rate, raw_graph, dict(media), dict(insert_latency))
    last = next((known for known in reversed([*_LAST]) if known.settings == settings), None) if patched else None
    said: list[object] = [None] * len(strips) if last is None else [*last.said]
    new = {at for at, strip in enumerate(strips) if not _says(strip, points.get(strip["id"]), said[at])}
    for at in new:
        said[at] = _said(strips[at], points.get(strips[at]["id"]))
    known = [None] * (len(strips) - 1) if last is None else last.routes
    routes = [route(strips[at]) if at in new or before is None else before for at, before in enumerate(known)]
    audible = heard_strips(strips[:-1])
    heard = [*[audible[strip["id"]] for strip in strips[:-1]], (True, True)]
    if last is not None and routes == last.routes:
        way, pieces = last.routing, {**last.pieces}
        new |= {place for place, (one, other) in enumerate(zip(heard, last.heard, strict=True)) if one != other}
    else:
        way, pieces, new = routing(tuple(routes), tracks), {}, set(range(len(strips)))
    for place in way.order:
        if place in new:
            strip, feeders, key = strips[place], way.feeders[place], way.keys[place]
            name, before = strip["id"], pieces.get(place)
            shapes = [media.get(clip["media"]) for clip in strip["clips"]] if feeders is None else []
            piece = pieces[place] = compile_strip(
                strip,
                points.get(name, {}),
                heard[place],
                [(shape.frames, shape.channels) if shape else None for shape in shapes],
                [insert_latency.get(f"{name}/inserts/{insert['id']}", 0) for insert in strip["inserts"]],
                None if feeders is None else [out for feeder in feeders for out in pieces[feeder].feeds[name]],
                None if key is None else pieces[key].tap,
                sample_rate=rate,
                aligned=not raw_graph,
            )
            if before is None or piece.tap != before.tap or piece.feeds != before.feeds:
                new.update(way.readers[place])
    made = Compiled(settings=settings, said=said, routes=routes, routing=way, heard=heard, pieces=pieces)
    return made, last


def _said(strip: Record, points: Record | None) -> object:
    """Return what a strip says of itself, where nobody changes it; None if it is no plain data.

    It is a copy: to compare data takes a fifth of the time that writing them takes. What is equal compiles to the same,
    but for plugins' parameters, where 1 is not 1.0: so what has inserts is bytes. Equal bytes are equal data, for this
    version of ``marshal`` knows no references.
    """
    told: Any = (strip, points)
    try:
        content = marshal.dumps(told, 2)
    except ValueError:  # something is no plain data
        return None
    return content if strip["inserts"] else marshal.loads(content)  # noqa: S302 - our own


def _says(strip: Record, points: Record | None, said: object) -> bool:
    """Tell whether a strip says what was said."""
    return said is not None and said == (_said(strip, points) if strip["inserts"] else (strip, points))


def _head(compiled: Compiled) -> dict[str, Any]:
    output, latency, *_ = compiled.pieces[compiled.routing.order[-1]].tap
    length = max([piece.end for piece in compiled.pieces.values()])
    return {"sample_rate": compiled.settings[2], "length": length, "latency": latency, "output": output}


def _graph(compiled: Compiled) -> Graph:
    """Return the graph of a session."""
    sections = [compiled.pieces[place].section() for place in compiled.routing.order]
    nodes: dict[str, Node] = {}
    for section in sections:
        nodes.update(section.nodes)
    if len(nodes) != sum([len(section.nodes) for section in sections]):
        raise RenderError("expected ids that differ, two tracks, buses or clips have the same one; rename one of them")
    return Graph(**_head(compiled), nodes=nodes, sections=sections)


def _renewed(compiled: Compiled, last: Compiled) -> Graph | None:
    """Return the graph of a session from that of the last one; None if it is not wired alike."""
    if last.graph is None or compiled.routing is not last.routing:
        return None
    nodes, sections = {**last.graph.nodes}, [*last.graph.sections]
    for at, place in enumerate(compiled.routing.order):
        if compiled.pieces[place] is not last.pieces[place]:
            section = compiled.pieces[place].section()
            if section.wiring is not sections[at].wiring:
                return None
            nodes.update(section.nodes)
            sections[at] = section
    return Graph(**_head(compiled), nodes=nodes, sections=sections)


def _copied(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node that shares nothing with this one that could be changed."""
    if dict in map(type, node.values()):
        return deepcopy(node)
    return {**node, "inputs": [*node["inputs"]]}
