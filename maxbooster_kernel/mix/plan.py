"""Cut a graph into units: chains of nodes that run as one strip, and inserts.

A chain ends where several nodes read its output, where an insert stands, and where inputs are summed. A constant gain
after a unit (a mute gate, a send) is no unit of its own: it is a factor on the edge to whatever reads it,
so that pressing mute recomputes sums and nothing else. What comes in at gain 0 is left out of sums and not computed.

A section is cut once, as long as what it reads of other ones is the same: its units are the same objects then,
however many graphs it stands in. A plan is made from the last one of the same layout: what is not what it was, and
what reads of that, is looked at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from maxbooster_kernel.mix.graph import Graph, Node, Section, Wiring

CHAINED = ("gain", "stereo_panner", "biquad_filter", "dynamics_compressor", "delay")
SUMMED_TOGETHER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An input of a unit: a clip or another unit's output, times gains one after the other (none of them 1)."""

    source: str
    gains: tuple[np.float32, ...] = ()
    silent: bool = field(init=False)
    """Whether nothing comes through, as from a muted track; what is silent need not be computed."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "silent", 0 in self.gains)

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
    edges: tuple[Edge, ...] = field(init=False)
    """All that it hears: its inputs, and its key if it has one."""
    insert: bool = field(init=False)
    """Whether the unit is an insert rather than a strip."""

    def __post_init__(self) -> None:
        edges = self.inputs if self.key is None else (*self.inputs, self.key)
        object.__setattr__(self, "edges", tuple([edge for edge in edges if not edge.silent]))
        object.__setattr__(self, "insert", bool(self.nodes) and self.nodes[0].type == "insert")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """What a section adds to a plan: its units and clips, by id, and the edges of what is read of it.

    ``outside`` are the edges of what it reads of other sections.
    """

    units: dict[str, Unit]
    clips: dict[str, Node]
    edges: dict[str, Edge]
    outside: tuple[Edge, ...]


@dataclass(slots=True, kw_only=True, eq=False)
class Layout:
    """How sections are wired for an output: those that it depends on, by their places in the graph.

    ``reads`` are the places, among these, of what each reads of, ``demand`` which of its nodes are read from outside.
    ``last`` keeps what was last worked out of sections wired like this, by whoever did.
    """

    places: tuple[int, ...]
    reads: tuple[frozenset[int], ...]
    demand: tuple[tuple[str, ...], ...]
    last: dict[Any, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """The units in the order of the signal and the clips, by id; the edges of what may be read of them.

    ``sections`` are those that the output depends on, ``parts`` what each of them adds.
    """

    layout: Layout
    units: dict[str, Unit]
    clips: dict[str, Node]
    edges: dict[str, Edge]
    sections: Sequence[Section]
    parts: list[Part]


def levels(units: Iterable[Unit]) -> list[list[Unit]]:
    """Return units, given in the order of the signal, by level; those of one level do not depend on one another."""
    level: dict[str, int] = {}
    found: list[list[Unit]] = []
    for unit in units:
        depth = max((level[edge.source] + 1 for edge in unit.edges if edge.source in level), default=0)
        level[unit.id] = depth
        found += [[] for _ in range(depth + 1 - len(found))]
        found[depth].append(unit)
    return found


def make_plan(graph: Graph) -> Plan:
    """Cut a graph into units; leave out what does not reach the output."""
    layout = _layout(tuple([section.wiring for section in graph.sections]), graph.output)
    sections = [graph.sections[place] for place in layout.places]
    last: Plan | None = layout.last.get(make_plan)
    plan = None if last is None else _renewed(last, sections, graph.output)
    if plan is None:
        plan = Plan(layout=layout, units={}, clips={}, edges={}, sections=sections, parts=[])
        plan = replace(plan, parts=[_add(plan, at, graph.output) for at in range(len(sections))])
    layout.last[make_plan] = plan
    return plan


def stale(layout: Layout, items: Iterable[object], before: Iterable[object]) -> Iterator[int]:
    """Yield, in order, where what belongs to a layout's sections is another object than before, and what reads of that.

    >>> one, other = object(), object()
    >>> layout = Layout(places=(0, 1, 2), reads=(frozenset(), frozenset(), frozenset({0})), demand=())
    >>> list(stale(layout, [one, one, one], [other, one, one]))
    [0, 2]
    """
    found: set[int] = set()
    for at, (item, last) in enumerate(zip(items, before, strict=True)):
        if item is not last or (found and not found.isdisjoint(layout.reads[at])):
            found.add(at)
            yield at


def _renewed(last: Plan, sections: Sequence[Section], output: str) -> Plan | None:
    """Return the plan of sections wired like those of the last plan; None if they are not cut into such units."""
    plan = replace(
        last, units={**last.units}, clips={**last.clips}, edges={**last.edges}, sections=sections, parts=[*last.parts]
    )
    for at in stale(last.layout, sections, last.sections):
        part, before = _add(plan, at, output), last.parts[at]
        if part.units.keys() != before.units.keys() or part.clips.keys() != before.clips.keys():
            return None
        plan.parts[at] = part
    return plan


def _add(plan: Plan, at: int, output: str) -> Part:
    """Return the part of a section, and put what it has into the plan of all sections before it."""
    section = plan.sections[at]
    part = _part(section, plan.layout.demand[at], output if output in section.nodes else None, plan)
    plan.units.update(part.units)
    plan.clips.update(part.clips)
    plan.edges.update(part.edges)
    return part


@lru_cache(maxsize=32)
def _layout(wirings: tuple[Wiring, ...], output: str) -> Layout:
    """Find what reads what: of each section, which nodes are read from outside, as often as they are read."""
    owners = {name: index for index, wiring in enumerate(wirings) for name in wiring.sources}
    asked: list[list[str]] = [[] for _ in wirings]
    read: list[set[int]] = [set() for _ in wirings]
    asked[owners[output]].append(output)
    for index, wiring in reversed([*enumerate(wirings)]):
        if asked[index] and wiring.outside:
            for name in _reaching(wiring.sources, asked[index]):
                for source in wiring.sources[name]:
                    if source not in wiring.sources:
                        asked[owners[source]].append(source)
                        read[index].add(owners[source])
    places = [index for index, names in enumerate(asked) if names]
    at = {index: place for place, index in enumerate(places)}
    return Layout(
        places=tuple(places),
        reads=tuple([frozenset([at[owner] for owner in read[index]]) for index in places]),
        demand=tuple([tuple(sorted(asked[index])) for index in places]),
    )


def _part(section: Section, reads: tuple[str, ...], output: str | None, plan: Plan) -> Part:
    """Return what a section adds to the plan of all sections before it."""
    outside = tuple([plan.edges[name] for name in section.wiring.outside if name in plan.edges])
    known: Part | None = section.known.get((reads, output))
    if known is None or known.outside != outside:
        known = section.known[reads, output] = _cut(section, reads, output, outside, plan)
    return known


def _cut(section: Section, reads: tuple[str, ...], output: str | None, outside: tuple[Edge, ...], plan: Plan) -> Part:
    """Return the units of a section; ``reads`` is what is read of it from outside, ``outside`` what it reads."""
    part = Part(units={}, clips={}, edges={}, outside=outside)
    edges = {name: plan.edges[name] for name in section.wiring.outside if name in plan.edges}
    wanted = [section.nodes[name] for name in _reaching(section.wiring.sources, reads)]
    readers = Counter([*reads, *(source for node in wanted for source in node.sources)])
    for node in wanted:
        if node.type == "clip":
            part.clips[node.id] = node
            edges[node.id] = Edge(source=node.id)
        elif node.id != output and _is_factor(node, edges, part, plan):
            edges[node.id] = edges[node.inputs[0]].times(node.fields["gain"])
        else:
            unit = _extend(node, part, edges, readers, output)
            part.units[unit.id] = unit
            edges[node.id] = Edge(source=unit.id)
    part.edges.update({name: edges[name] for name in (reads if section.alone else [node.id for node in wanted])})
    return part


def _extend(node: Node, part: Part, edges: Mapping[str, Edge], readers: Mapping[str, int], output: str | None) -> Unit:
    """Return the unit a node ends: the unit of its input with the node appended, or a fresh one."""
    key = node.fields.get("key")
    if len(node.inputs) == 1 and node.type in CHAINED:
        before = node.inputs[0]
        edge, unit = edges[before], part.units.get(before)
        chains = unit is not None and not unit.insert and not edge.gains and readers[before] == 1 and before != output
        if unit is not None and chains and not (key and unit.key):
            del part.units[before]
            return Unit(
                id=node.id,
                inputs=unit.inputs,
                nodes=(*unit.nodes, node),
                key=edges[key] if key else unit.key,
            )
    inputs = tuple(edges[source] for source in node.inputs)
    return Unit(id=node.id, inputs=inputs, nodes=(node,), key=edges[key] if key else None)


def _is_factor(node: Node, edges: Mapping[str, Edge], part: Part, plan: Plan) -> bool:
    if node.type != "gain" or not isinstance(node.fields["gain"], int | float) or len(node.inputs) != 1:
        return False
    source = edges[node.inputs[0]].source
    return source in part.units or source in plan.units


def _reaching(sources: dict[str, tuple[str, ...]], reads: Iterable[str]) -> list[str]:
    """Return the nodes that what is read depends on, in their order, given what every node reads."""
    wanted = set(reads)
    found = []
    for name in reversed(sources):
        if name in wanted:
            wanted.update(sources[name])
            found.append(name)
    return found[::-1]
