"""Compile a session snapshot into one plain graph of Web Audio nodes that the kernel renders and the browser plays.

The graph's format is in ARCHITECTURE.md. Every position is a whole frame, every node stands after its inputs,
and the same snapshot always gives the same graph: ``widgets/src/compile.ts`` does the same steps in the same order,
and the golden pairs in ``tests/graphs`` hold both to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from maxbooster_kernel.errors import RenderError, SessionError
from maxbooster_kernel.mix.graph import FORMAT, VERSION, Graph, Node
from maxbooster_kernel.session.audible import heard_strips
from maxbooster_kernel.session.compile_strip import MASTER, Outlet, Piece, Record, compile_strip


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaShape:
    """Length and channel count of one media file at the session's sample rate."""

    frames: int
    channels: int


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
    pieces = _pieces(snapshot, media, raw_graph=raw_graph, insert_latency=insert_latency or {})
    nodes = [_copied(node) for piece in pieces for node in piece.nodes]
    return {"format": FORMAT, "version": VERSION, **_head(snapshot, pieces), "nodes": nodes}


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
    pieces = _pieces(snapshot, media, raw_graph=raw_graph, insert_latency=insert_latency or {})
    sections = [piece.section() for piece in pieces]
    nodes: dict[str, Node] = {}
    for section in sections:
        nodes.update(section.nodes)
    if len(nodes) != sum([len(section.nodes) for section in sections]):
        raise RenderError("expected ids that differ, two tracks, buses or clips have the same one; rename one of them")
    return Graph(**_head(snapshot, pieces), nodes=nodes, sections=sections)


def _head(snapshot: Record, pieces: list[Piece]) -> dict[str, Any]:
    output, latency, *_ = pieces[-1].tap
    length = max([piece.end for piece in pieces])
    return {"sample_rate": snapshot["sample_rate"], "length": length, "latency": latency, "output": output}


def _pieces(
    snapshot: Record, media: Mapping[str, MediaShape], *, raw_graph: bool, insert_latency: Mapping[str, int]
) -> list[Piece]:
    """Return the strips, compiled, in the order of the signal; the last is the master."""
    strips = [*snapshot["tracks"], *snapshot["buses"]]
    heard = heard_strips(strips)
    points: dict[str, dict[str, Any]] = {}
    for target, lane in snapshot["automation"].items():
        points.setdefault(target.partition("/")[0], {})[target] = lane
    fed: dict[str, dict[str, list[Outlet]]] = {name: {} for name in (MASTER, *[bus["id"] for bus in snapshot["buses"]])}
    taps: dict[str, Outlet] = {}
    pieces: list[Piece] = []

    def add(strip: Record, audible: tuple[bool, bool]) -> None:
        name, feeding = strip["id"], fed.get(strip["id"])
        shapes = [media.get(clip["media"]) for clip in strip["clips"]] if feeding is None else []
        key = (strip["compressor"] or {}).get("key")
        piece = compile_strip(
            strip,
            points.get(name, {}),
            audible,
            [(shape.frames, shape.channels) if shape else None for shape in shapes],
            [insert_latency.get(f"{name}/inserts/{insert['id']}", 0) for insert in strip["inserts"]],
            None if feeding is None else [outlet for item in strips for outlet in feeding.get(item["id"], ())],
            None if key is None else taps[key],
            sample_rate=snapshot["sample_rate"],
            aligned=not raw_graph,
        )
        pieces.append(piece)
        taps[name] = piece.tap
        for target, outlets in piece.feeds.items():
            fed[target].setdefault(name, []).extend(outlets)

    for strip in _signal_order(strips):
        add(strip, heard[strip["id"]])
    add({**snapshot["master"], "id": MASTER}, (True, True))
    return pieces


def _copied(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node that shares nothing with this one that could be changed."""
    if dict in map(type, node.values()):
        return deepcopy(node)
    return {**node, "inputs": [*node["inputs"]]}


def _signal_order(strips: list[Record]) -> list[Record]:
    """Return the strips so that each stands after those that feed it or key its compressor, else in given order."""
    needs: dict[str, set[str]] = {strip["id"]: set() for strip in strips}
    for strip in strips:
        for target in (strip["output"], *(send["bus"] for send in strip["sends"])):
            if target != "master":
                needs[target].add(strip["id"])
        key = (strip["compressor"] or {}).get("key")
        if key is not None:
            needs[strip["id"]].add(key)
    order: list[Record] = []
    waiting = list(strips)
    done: set[str] = set()
    while waiting:
        ready = next((strip for strip in waiting if needs[strip["id"]] <= done), None)
        if ready is None:
            names = ", ".join(strip["id"] for strip in waiting)
            raise SessionError(f"outputs, sends and keys: the signal runs in a circle among {names}; open one of them")
        waiting.remove(ready)
        done.add(ready["id"])
        order.append(ready)
    return order
