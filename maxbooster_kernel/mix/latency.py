"""How late every node of a graph is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from maxbooster_kernel.mix.graph import Graph, Node, Section


def latencies(graph: Graph) -> dict[str, int]:
    """Return by node id how many frames late its output is: its latest input's latency and its own."""
    late: dict[str, int] = {}
    for section in graph.sections:
        before = tuple([late[name] for name in section.wiring.outside])
        last = section.known.get(latencies)
        if last is None or last[:2] != (graph.sample_rate, before):
            last = section.known[latencies] = (
                graph.sample_rate,
                before,
                _latencies(section, graph.sample_rate, before),
            )
        late.update(last[2])
    return late


def _latencies(section: Section, sample_rate: int, before: Sequence[int]) -> dict[str, int]:
    late = dict(zip(section.wiring.outside, before, strict=True))
    for node in section.nodes.values():
        late[node.id] = max([late[source] for source in node.inputs], default=0) + _own(node, sample_rate)
    return {name: late[name] for name in section.nodes}


def _own(node: Node, sample_rate: int) -> int:
    if node.type == "dynamics_compressor":
        return int(np.float32(np.float32(0.006) * np.float32(sample_rate)))
    field = {"delay": "frames", "insert": "latency"}.get(node.type)
    return int(node.fields.get(field, 0)) if field else 0
