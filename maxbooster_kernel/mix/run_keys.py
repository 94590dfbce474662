"""The keys of what units play: all that a unit depends on, from the clips down, without a look at any sample.

Equal keys are equal sound, so what earlier renders left is found without walking through it: of a unit by its run key,
of the inputs that are summed together by the key of their sum. Keys are made again only behind what has changed.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from maxbooster_kernel.mix.cache import Key, digest
from maxbooster_kernel.mix.graph import Node
from maxbooster_kernel.mix.plan import SUMMED_TOGETHER, Edge, Part, Plan, Unit, stale


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunKeys:
    """The keys of a plan's clips and units by id, and of sums by their unit's id and the place of their first input.

    What is heard alone has no sum: it is known by its own key.

    ``head`` is what they all depend on, ``media`` the keys of the media's content, by path.
    """

    head: bytes
    media: Mapping[str, bytes]
    plan: Plan
    runs: dict[str, Key]
    sums: dict[tuple[str, int], Key]


def run_keys(plan: Plan, head: bytes, media: Mapping[str, bytes]) -> RunKeys:
    """Return the keys of a plan, patched from those that were last made for its layout."""
    last: RunKeys | None = plan.layout.last.get(run_keys)
    if last is None or last.head != head or last.media != media:
        keys = RunKeys(head=head, media=media, plan=plan, runs={}, sums={})
        places = iter(range(len(plan.parts)))
    elif last.plan is plan:
        return last
    else:
        keys = RunKeys(head=head, media=media, plan=plan, runs={**last.runs}, sums={**last.sums})
        places = stale(plan.layout, plan.parts, last.plan.parts)
    for at in places:
        _add(keys, plan.parts[at])
    plan.layout.last[run_keys] = keys
    return keys


def summed_together(unit: Unit) -> list[tuple[int, tuple[Edge, ...]]]:
    """Return the inputs of a unit that are summed together, each with the place of the first; none for a lone input."""
    if len(unit.inputs) < 2:
        return []
    return [(at, unit.inputs[at : at + SUMMED_TOGETHER]) for at in range(0, len(unit.inputs), SUMMED_TOGETHER)]


def _add(keys: RunKeys, part: Part) -> None:
    """Put in the keys of a part, given those of what stands before it."""
    for name, node in part.clips.items():
        keys.runs[name] = digest([_described([node]), keys.media[node.fields["media"]]])
    for name, unit in part.units.items():
        heard = [_heard(keys.runs, edge) for edge in unit.inputs]
        key = [] if unit.key is None else [_heard(keys.runs, unit.key)]
        keys.runs[name] = digest([keys.head, _described(unit.nodes), *heard, *key])
        for at, edges in summed_together(unit):
            keys.sums.pop((name, at), None)
            if [edge.silent for edge in edges].count(False) > 1:
                keys.sums[name, at] = digest([keys.head, b"sum", *heard[at : at + len(edges)]])


def _heard(runs: Mapping[str, Key], edge: Edge) -> bytes:
    """Return what tells what an edge brings from what others would."""
    if edge.silent:
        return b"silent"
    return runs[edge.source] + b"".join([gain.tobytes() for gain in edge.gains]) if edge.gains else runs[edge.source]


def _described(nodes: Iterable[Node]) -> bytes:
    """Return what nodes are, as bytes: equal bytes are equal data."""
    fields: Any = [dict(node.fields) for node in nodes]
    try:
        return marshal.dumps(fields, 2)
    except ValueError:  # something is no plain data
        return json.dumps(fields, default=repr).encode()
