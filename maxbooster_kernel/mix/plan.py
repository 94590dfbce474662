"""Cut a graph into units: chains of nodes that run as one strip, and inserts.

A chain ends where several nodes read its output, where an insert stands, and where inputs are summed. A constant gain
after a unit (a mute gate, a send) is no unit of its own: it is a factor on the edge to whatever reads it,
so that pressing mute recomputes sums and nothing else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from maxbooster_kernel.mix.graph import Graph, Node

CHAINED = ("gain", "stereo_panner", "biquad_filter", "dynamics_compressor", "delay")
SUMMED_TOGETHER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An input of a unit: a clip or another unit's output, times gains one after the other."""

    source: str
    gains: tuple[np.float32, ...] = ()


@dataclass(slots=True, kw_only=True)
class Unit:
    """What is computed in one piece; named after its last node."""

    id: str
    inputs: tuple[Edge, ...]
    nodes: list[Node] = field(default_factory=list)
    key: Edge | None = None
    level: int = 0

    @property
    def insert(self) -> bool:
        """Whether the unit is an insert rather than a strip."""
        return bool(self.nodes) and self.nodes[0].type == "insert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The units in the order of the signal and the clips, by id; what reads a node sees its edge."""

    units: dict[str, Unit]
    clips: dict[str, Node]
    edges: dict[str, Edge]
    output: str

    def levels(self) -> list[list[Unit]]:
        """Return the units by level; those of one level do not depend on one another."""
        depth = max((unit.level for unit in self.units.values()), default=-1) + 1
        return [[unit for unit in self.units.values() if unit.level == level] for level in range(depth)]


def make_plan(graph: Graph) -> Plan:
    """Cut a graph into units; leave out what does not reach the output."""
    wanted = _reaching(graph)
    readers = Counter(source for name in wanted for source in _sources(graph.nodes[name]))
    clips: dict[str, Node] = {}
    units: dict[str, Unit] = {}
    edges: dict[str, Edge] = {}  # what a node is, seen from those that read it
    for name, node in graph.nodes.items():
        if name not in wanted:
            continue
        if node.type == "clip":
            clips[name] = node
            edges[name] = Edge(source=name)
        elif _is_factor(node, edges, units) and name != graph.output:
            edge = edges[node.inputs[0]]
            edges[name] = Edge(source=edge.source, gains=(*edge.gains, np.float32(node.fields["gain"])))
        else:
            unit = _extend(node, units, edges, readers, graph.output)
            units[unit.id] = unit
            edges[name] = Edge(source=unit.id)
    for unit in units.values():
        before = [edge.source for edge in (*unit.inputs, *([unit.key] if unit.key else []))]
        unit.level = max((units[source].level + 1 for source in before if source in units), default=0)
    return Plan(units=units, clips=clips, edges=edges, output=edges[graph.output].source)


def _extend(node: Node, units: dict[str, Unit], edges: dict[str, Edge], readers: Counter[str], output: str) -> Unit:
    """Return the unit a node ends: the unit of its input with the node appended, or a fresh one."""
    key = node.fields.get("key")
    if len(node.inputs) == 1 and node.type in CHAINED:
        before = node.inputs[0]
        edge, unit = edges[before], units.get(before)
        chains = unit is not None and not unit.insert and not edge.gains and readers[before] == 1 and before != output
        if unit is not None and chains and not (key and unit.key):
            del units[before]
            return Unit(
                id=node.id,
                inputs=unit.inputs,
                nodes=[*unit.nodes, node],
                key=edges[key] if key else unit.key,
            )
    inputs = tuple(edges[source] for source in node.inputs)
    return Unit(id=node.id, inputs=inputs, nodes=[node], key=edges[key] if key else None)


def _is_factor(node: Node, edges: dict[str, Edge], units: dict[str, Unit]) -> bool:
    constant = node.type == "gain" and isinstance(node.fields["gain"], int | float)
    return constant and len(node.inputs) == 1 and edges[node.inputs[0]].source in units


def _sources(node: Node) -> tuple[str, ...]:
    key = node.fields.get("key")
    return (*node.inputs, key) if key else node.inputs


def _reaching(graph: Graph) -> set[str]:
    wanted, waiting = {graph.output}, [graph.output]
    while waiting:
        for source in _sources(graph.nodes[waiting.pop()]):
            if source not in wanted:
                wanted.add(source)
                waiting.append(source)
    return wanted
