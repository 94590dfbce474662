"""The compiled graph as records, checked: what ``session/compile`` made, or what someone wrote by hand."""

from __future__ import annotations

import marshal
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from weakref import WeakValueDictionary

from maxbooster_kernel.dsp.biquad import FILTERS
from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.memo import Memo

FORMAT, VERSION = "maxbooster-graph", 1
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "gain": ("gain",),
    "stereo_panner": ("pan",),
    "biquad_filter": ("frequency", "Q", "gain", "detune"),
    "dynamics_compressor": ("threshold", "knee", "ratio", "attack", "release"),
}
WHOLE: Mapping[str, tuple[str, ...]] = {
    "clip": ("channels", "start", "offset", "duration", "fade_in", "fade_out"),
    "delay": ("frames",),
    "insert": ("latency",),
}
STEREO_OUT = ("stereo_panner", "dynamics_compressor", "insert")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Node:
    """One node: its type, the ids of its inputs, the channels it takes and puts out, its other fields as they came."""

    id: str
    type: str
    inputs: tuple[str, ...]
    channels_in: int
    channels: int
    fields: Mapping[str, Any]

    @property
    def sources(self) -> tuple[str, ...]:
        """The nodes it reads: its inputs, and its key if it has one."""
        key = self.fields.get("key")
        return (*self.inputs, key) if key else self.inputs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Wiring:
    """What the nodes of a section read, by id; sections that are wired alike have the same object."""

    sources: dict[str, tuple[str, ...]]
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Section:
    """Nodes of one strip that stand together.

    The same nodes that read the same are the same section in every graph, so what is worked out for one is known
    for all: an edit is planned at the price of the strips it changes. ``known`` keeps it, as long as the section.
    """

    nodes: Mapping[str, Node]
    wiring: Wiring
    known: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def alone(self) -> bool:
        """Whether they read no node of another section."""
        return not self.wiring.outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A checked graph; sections and nodes are in the order of the signal, ``length`` and ``latency`` in frames."""

    sample_rate: int
    length: int
    latency: int
    output: str
    nodes: Mapping[str, Node]
    sections: Sequence[Section]


_SECTIONS: Memo[Section | None] = Memo(32 << 20)
_WIRINGS: WeakValueDictionary[tuple[tuple[str, tuple[str, ...]], ...], Wiring] = WeakValueDictionary()


def read_graph(data: Mapping[str, Any] | Graph) -> Graph:
    """Check graph data and return the records; a graph that is checked is returned as it is.

    Raises
    ------
    RenderError
        The data are not a graph of this version; the message names the node and the field.
    """
    if isinstance(data, Graph):
        return data
    if data.get("format") != FORMAT or data.get("version") != VERSION:
        raise RenderError(f"expected a {FORMAT} of version {VERSION}, got {data.get('format')} {data.get('version')}")
    nodes: dict[str, Node] = {}
    sections = []
    widths: dict[str, int] = {}
    for section in _read_sections(data["nodes"], widths):
        nodes.update(section.nodes)
        widths.update({name: node.channels for name, node in section.nodes.items()})
        sections.append(section)
    output = data["output"]
    if output not in nodes:
        raise RenderError(f'output: expected the id of a node, got "{output}"')
    rate, length, latency = (_whole(data.get(name), name) for name in ("sample_rate", "length", "latency"))
    return Graph(sample_rate=rate, length=length, latency=latency, output=output, nodes=nodes, sections=sections)


def _read_sections(items: Sequence[Mapping[str, Any]], widths: Mapping[str, int]) -> Iterator[Section]:
    """Yield the sections of a graph's nodes; ``widths`` are the channels of those that stand before, by id."""
    for _, group in groupby(items, key=_strip):
        same = list(group)
        section = _known_section(same)
        if section is None or not widths.keys().isdisjoint(section.nodes):
            section = read_section(same, widths)
        yield section


def _strip(item: Mapping[str, Any]) -> str:
    return str(item.get("id")).partition("/")[0]


def _known_section(items: list[Mapping[str, Any]]) -> Section | None:
    """Return the section of some nodes if they read no other one; it holds a copy of their data."""
    try:
        content = marshal.dumps(items, 2)  # equal bytes are equal data; there are no references in this version
    except ValueError:  # something is no plain data
        return None
    return _SECTIONS.get(content, _section_alone)


def _section_alone(content: bytes) -> Section | None:
    items: list[dict[str, Any]] = marshal.loads(content)  # noqa: S302 - what was written a moment ago
    own = {str(item.get("id")) for item in items}
    sources = [name for item in items for name in (*item.get("inputs", ()), item.get("key")) if name]
    return read_section(items, {}) if own.issuperset(sources) else None


def read_section(items: Sequence[Mapping[str, Any]], widths: Mapping[str, int]) -> Section:
    """Check the nodes of a section, given the channels of the nodes that stand before it by id, and return it.

    Raises
    ------
    RenderError
        A node is malformed; the message names it and the field.
    """
    nodes: dict[str, Node] = {}
    for item in items:
        node = _read_node(item, nodes, widths)
        nodes[node.id] = node
    return Section(nodes=nodes, wiring=_wiring(nodes))


def _wiring(nodes: Mapping[str, Node]) -> Wiring:
    content = tuple((name, node.sources) for name, node in nodes.items())
    known = _WIRINGS.get(content)
    if known is None:
        outside = dict.fromkeys(name for _, sources in content for name in sources if name not in nodes)
        known = _WIRINGS.setdefault(content, Wiring(sources=dict(content), outside=tuple(outside)))
    return known


def _read_node(item: Mapping[str, Any], nodes: Mapping[str, Node], widths: Mapping[str, int]) -> Node:
    """Check a node, given those of its section and the channels of those of other ones that stand before it."""
    name, kind, inputs = str(item.get("id")), str(item.get("type")), tuple(item.get("inputs", ()))
    if name in nodes or name in widths:
        raise RenderError(f"node {name}: this id is used twice")
    if kind not in PARAMETERS and kind not in WHOLE:
        raise RenderError(f'node {name}: expected a known type, got "{kind}"')
    for source in (*inputs, *([item["key"]] if item.get("key") else [])):
        if source not in nodes and source not in widths:
            raise RenderError(f'node {name}: its input "{source}" does not stand before it')
    if kind in ("stereo_panner", "biquad_filter", "dynamics_compressor", "delay", "insert") and len(inputs) != 1:
        raise RenderError(f"node {name}: expected one input, got {len(inputs)}; sum them in a gain node")
    for parameter in PARAMETERS.get(kind, ()):
        _check_parameter(item.get(parameter), f"node {name}: {parameter}")
    for whole in WHOLE.get(kind, ()):
        _whole(item.get(whole, 0), f"node {name}: {whole}")
    if kind == "biquad_filter" and item.get("filter") not in FILTERS:
        raise RenderError(f"node {name}: filter: expected one of {', '.join(FILTERS)}, got {item.get('filter')!r}")
    widest = max([nodes[source].channels if source in nodes else widths[source] for source in inputs], default=1)
    channels = 2 if kind in STEREO_OUT else int(item.get("channels", widest))
    if kind != "clip":
        channels = max(channels, widest)
    if channels not in (1, 2):
        raise RenderError(f"node {name}: channels: expected 1 or 2, got {channels}")
    return Node(id=name, type=kind, inputs=inputs, channels_in=widest, channels=channels, fields=item)


def _check_parameter(value: Any, place: str) -> None:
    if isinstance(value, Mapping):
        _check_number(value.get("value"), place)
        for index, event in enumerate(value.get("events", ())):
            _whole(event.get("frame"), f"{place}.events[{index}].frame")
            for number in event.get("values", [event.get("value")]):
                _check_number(number, f"{place}.events[{index}].value")
    else:
        _check_number(value, place)


def _check_number(value: Any, place: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RenderError(f"{place}: expected a finite number, got {value!r}")


def _whole(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise RenderError(f"{place}: expected a whole number from 0 on, got {value!r}")
    return value
