"""Run inserts through their tiles."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.lanes import BLOCK
from maxbooster_kernel.errors import PluginError
from maxbooster_kernel.mix.automation import Timeline
from maxbooster_kernel.mix.cache import TILE, Key, Tile, TileCache, digest
from maxbooster_kernel.mix.graph import Node
from maxbooster_kernel.mix.inflow import Inflow
from maxbooster_kernel.mix.plan import Unit
from maxbooster_kernel.mix.plugin import Plugin, make_plugin, run_plugin, start_value
from maxbooster_kernel.mix.program import timeline

Samples = NDArray[np.float32]


@dataclass(slots=True, kw_only=True)
class Insert:
    """An insert on its way through its tiles; a bypassed one is a delay of its latency."""

    unit: Unit
    sample_rate: int
    plugin: Plugin | None
    moving: dict[str, Timeline]
    late: Samples
    number: int = 0
    past: Key = b""
    made: dict[int, Tile] = field(default_factory=dict)

    @property
    def run(self) -> list[Key]:
        """The keys of its tiles so far."""
        return [self.made[number].key for number in range(self.number) if number in self.made]

    def first_needed(self, _number: int) -> int:
        """Return the first tile of what flows in that it needs: a plugin has to hear everything."""
        return self.number

    @property
    def node(self) -> Node:
        """The insert's node."""
        return self.unit.nodes[0]


def make_insert(unit: Unit, sample_rate: int) -> Insert:
    """Return an insert before its first tile."""
    fields = unit.nodes[0].fields
    plugin, moving = None, {}
    if fields.get("enabled", True):
        params = {name: start_value(value) for name, value in fields.get("params", {}).items()}
        plugin = make_plugin(unit.id, fields["insert"], sample_rate, params)
        moving = {
            name: timeline(value, sample_rate, k_rate=True)
            for name, value in fields.get("params", {}).items()
            if isinstance(value, dict) and value["events"]
        }
        if moving and not hasattr(plugin, "adjust"):
            said = f"this plugin cannot be automated; remove the automation of {min(moving)}"
            raise PluginError(f"{unit.id}: {said}", insert=unit.id)
    late = np.zeros((2, int(fields.get("latency", 0))), np.float32)
    return Insert(unit=unit, sample_rate=sample_rate, plugin=plugin, moving=moving, late=late)


def run_insert(insert: Insert, until: int, inflow: Inflow, cache: TileCache) -> None:
    """Take an insert through the tiles before ``until``.

    A plugin's state is its own, so its tiles are found all together or made all again: a tile's key holds
    everything that has flowed in so far.
    """
    entering = [inflow.entering(insert.unit.inputs, number) for number in range(insert.number, until)]
    described = json.dumps([dict(insert.node.fields), insert.sample_rate], sort_keys=True, default=str).encode()
    keys, past = [], insert.past
    for tile in entering:
        past = digest([b"insert", described, past, tile.key])
        keys.append(past)
    found = [cache.get(key) for key in keys] if insert.number == 0 else [None]
    for index, (tile, key) in enumerate(zip(entering, keys, strict=True)):
        known = found[index] if all(item is not None for item in found) else None
        if known is None:
            known = Tile(key=key, samples=_process(insert, tile))
            cache.put(known)
        insert.made[insert.number] = known
        insert.number += 1
    insert.past = past


def _process(insert: Insert, tile: Tile) -> Samples:
    frames = tile.samples.shape[1]
    if insert.plugin is None:
        joined = np.concatenate([insert.late, tile.samples], axis=1)
        insert.late = joined[:, frames:].copy()
        return np.ascontiguousarray(joined[:, :frames])
    samples = np.ascontiguousarray(tile.samples)
    if not insert.moving:
        return run_plugin(insert.unit.id, insert.plugin, samples)
    adjust = getattr(insert.plugin, "adjust")  # noqa: B009 - the protocol leaves it to the plugin
    start = insert.number * TILE
    curves = {name: line.fill(start, frames) for name, line in insert.moving.items()}
    out = np.empty_like(samples)
    for block, begin in enumerate(range(0, frames, BLOCK)):
        adjust({name: float(values[block]) for name, values in curves.items()})
        piece = np.ascontiguousarray(samples[:, begin : begin + BLOCK])
        out[:, begin : begin + BLOCK] = run_plugin(insert.unit.id, insert.plugin, piece)
    return out
