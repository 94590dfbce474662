"""How late every node of a graph is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from maxbooster_kernel.mix.graph import Graph, Node, Section


def latencies(graph: Graph) -> dict[str, int]:
    """Return by node id how many frames late its output is: its latest input's latency and its own."""
    late: dict[str, int] = {}
    for section in graph.sections:
        if section.alone:
            late.update(_latencies_alone(section, graph.sample_rate))
        else:
            _add_latencies(section, graph.sample_rate, late)
    return late


@lru_cache(maxsize=4096)
def _latencies_alone(section: Section, sample_rate: int) -> Mapping[str, int]:
    late: dict[str, int] = {}
    _add_latencies(section, sample_rate, late)
    return late


def _add_latencies(section: Section, sample_rate: int, late: dict[str, int]) -> None:
    for node in section.nodes.values():
        late[node.id] = max((late[source] for source in node.inputs), default=0) + _own(node, sample_rate)


def _own(node: Node, sample_rate: int) -> int:
    if node.type == "dynamics_compressor":
        return int(np.float32(np.float32(0.006) * np.float32(sample_rate)))
    field = {"delay": "frames", "insert": "latency"}.get(node.type)
    return int(node.fields.get(field, 0)) if field else 0
