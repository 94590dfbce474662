"""Cut a graph into units: chains of nodes that run as one strip, and inserts.

A chain ends where several nodes read its output, where an insert stands, and where inputs are summed. A constant gain
after a unit (a mute gate, a send) is no unit of its own: it is a factor on the edge to whatever reads it,
so that pressing mute recomputes sums and nothing else. What comes in at gain 0 is left out of sums and not computed.

A section that reads no other one is cut once, however many graphs it stands in: its units are the same objects then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from maxbooster_kernel.mix.graph import Graph, Node, Section

CHAINED = ("gain", "stereo_panner", "biquad_filter", "dynamics_compressor", "delay")
SUMMED_TOGETHER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An input of a unit: a clip or another unit's output, times gains one after the other (none of them 1)."""

    source: str
    gains: tuple[np.float32, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether nothing comes through, as from a muted track; what is silent need not be computed."""
        return 0 in self.gains

    def times(self, gain: float) -> Edge:
        """Return the edge with one more gain."""
        factor = np.float32(gain)
        if factor == 1:
            return self
        return Edge(source=self.source, gains=(*self.gains, factor))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unit:
    """What is computed in one piece; named after its last node."""

    id: str
    inputs: tuple[Edge, ...]
    nodes: tuple[Node, ...] = ()
    key: Edge | None = None

    @property
    def insert(self) -> bool:
        """Whether the unit is an insert rather than a strip."""
        return bool(self.nodes) and self.nodes[0].type == "insert"

    @property
    def edges(self) -> list[Edge]:
        """All that it hears: its inputs, and its key if it has one."""
        edges = self.inputs if self.key is None else (*self.inputs, self.key)
        return [edge for edge in edges if not edge.silent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The units in the order of the signal and the clips, by id; what reads a node sees its edge."""

    units: dict[str, Unit]
    clips: dict[str, Node]
    edges: dict[str, Edge]
    output: str

    def levels(self) -> list[list[Unit]]:
        """Return the units by level; those of one level do not depend on one another."""
        level: dict[str, int] = {}
        found: list[list[Unit]] = []
        for name, unit in self.units.items():
            depth = max((level[edge.source] + 1 for edge in unit.edges if edge.source in level), default=0)
            level[name] = depth
            found += [[] for _ in range(depth + 1 - len(found))]
            found[depth].append(unit)
        return found


def make_plan(graph: Graph) -> Plan:
    """Cut a graph into units; leave out what does not reach the output."""
    owners: dict[str, Section] = {}
    for section in graph.sections:
        owners.update(dict.fromkeys(section.nodes, section))
    asked: dict[Section, list[str]] = {owners[graph.output]: [graph.output]}
    for section in reversed(graph.sections):
        if section in asked and not section.alone:
            for node in _reaching(section.nodes.values(), asked[section]):
                for source in node.sources:
                    if source not in section.nodes:
                        asked.setdefault(owners[source], []).append(source)
    plan = Plan(units={}, clips={}, edges={}, output=graph.output)
    for section in graph.sections:
        if section not in asked:
            continue
        reads = tuple(sorted(asked[section]))
        output = graph.output if owners[graph.output] is section else None
        if section.alone:
            part = _cut_alone(section, reads, output)
            plan.units.update(part.units)
            plan.clips.update(part.clips)
            plan.edges.update(part.edges)
        else:
            _cut(section.nodes.values(), reads, output, plan)
    return plan


@lru_cache(maxsize=4096)
def _cut_alone(section: Section, reads: tuple[str, ...], output: str | None) -> Plan:
    plan = Plan(units={}, clips={}, edges={}, output=output or "")
    _cut(section.nodes.values(), reads, output, plan)
    return plan


def _cut(nodes: Iterable[Node], reads: tuple[str, ...], output: str | None, plan: Plan) -> None:
    """Put the units of some nodes into a plan; ``reads`` is what is read of them from outside."""
    wanted = _reaching(nodes, reads)
    readers = Counter([*reads, *(source for node in wanted for source in node.sources)])
    for node in wanted:
        if node.type == "clip":
            plan.clips[node.id] = node
            plan.edges[node.id] = Edge(source=node.id)
        elif _is_factor(node, plan) and node.id != output:
            plan.edges[node.id] = plan.edges[node.inputs[0]].times(node.fields["gain"])
        else:
            unit = _extend(node, plan, readers, output)
            plan.units[unit.id] = unit
            plan.edges[node.id] = Edge(source=unit.id)


def _extend(node: Node, plan: Plan, readers: Mapping[str, int], output: str | None) -> Unit:
    """Return the unit a node ends: the unit of its input with the node appended, or a fresh one."""
    key = node.fields.get("key")
    if len(node.inputs) == 1 and node.type in CHAINED:
        before = node.inputs[0]
        edge, unit = plan.edges[before], plan.units.get(before)
        chains = unit is not None and not unit.insert and not edge.gains and readers[before] == 1 and before != output
        if unit is not None and chains and not (key and unit.key):
            del plan.units[before]
            return Unit(
                id=node.id,
                inputs=unit.inputs,
                nodes=(*unit.nodes, node),
                key=plan.edges[key] if key else unit.key,
            )
    inputs = tuple(plan.edges[source] for source in node.inputs)
    return Unit(id=node.id, inputs=inputs, nodes=(node,), key=plan.edges[key] if key else None)


def _is_factor(node: Node, plan: Plan) -> bool:
    constant = node.type == "gain" and isinstance(node.fields["gain"], int | float)
    return constant and len(node.inputs) == 1 and plan.edges[node.inputs[0]].source in plan.units


def _reaching(nodes: Iterable[Node], reads: Iterable[str]) -> list[Node]:
    """Return the nodes that what is read depends on, in their order."""
    wanted = set(reads)
    found = []
    for node in reversed(list(nodes)):
        if node.id in wanted:
            wanted.update(node.sources)
            found.append(node)
    return found[::-1]
