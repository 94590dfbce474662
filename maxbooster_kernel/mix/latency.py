"""How late every node of a graph is."""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.mix.graph import Graph, Node


def latencies(graph: Graph) -> dict[str, int]:
    """Return by node id how many frames late its output is: its latest input's latency and its own."""
    late: dict[str, int] = {}
    for name, node in graph.nodes.items():
        late[name] = max((late[source] for source in node.inputs), default=0) + _own(node, graph.sample_rate)
    return late


def _own(node: Node, sample_rate: int) -> int:
    if node.type == "dynamics_compressor":
        return int(np.float32(np.float32(0.006) * np.float32(sample_rate)))
    field = {"delay": "frames", "insert": "latency"}.get(node.type)
    return int(node.fields.get(field, 0)) if field else 0
