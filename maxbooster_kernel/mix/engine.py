"""Compute the outputs of a graph's nodes: level by level, window by window, in threads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import engine_digest
from maxbooster_kernel.mix.cache import TILE, Key, Tile, TileCache, digest
from maxbooster_kernel.mix.graph import Graph
from maxbooster_kernel.mix.inflow import Inflow, MediaKey
from maxbooster_kernel.mix.inserts import Insert, make_insert, run_insert
from maxbooster_kernel.mix.plan import Edge, make_plan
from maxbooster_kernel.mix.program import make_program
from maxbooster_kernel.mix.sources import Sources
from maxbooster_kernel.mix.sums import sum_tile
from maxbooster_kernel.mix.walk import WIDE, Strip, make_strip, walk

Samples = NDArray[np.float32]
TILE_BYTES = 8 * TILE
WINDOW_SUM_BYTES = 8 << 20  # sums kept while a render runs in windows


class Engine:
    """Renders the nodes of one graph.

    Parameters
    ----------
    graph
        The graph.
    sources, media_key
        Samples of media by path, and a key of their content; without keys nothing is taken from the cache.
    settled
        Start from one second of silence instead of cold.
    threads
        How many threads; None for one a processor.
    cache
        What earlier renders left; None to make everything again.
    """

    def __init__(
        self, graph: Graph, sources: Sources, *, settled: bool, threads: int | None = None,
        media_key: MediaKey | None = None, cache: TileCache | None = None,
    ) -> None:  # fmt: skip
        self.graph, self.sources, self.settled = graph, sources, settled
        self.threads = threads or os.cpu_count() or 1
        self.cache = cache if cache is not None and media_key is not None else None
        self.media_key = media_key or (lambda media: media.encode())
        self.plan = make_plan(graph)

    @property
    def has_inserts(self) -> bool:
        """Whether any insert may ring on after the clips have ended."""
        return any(unit.insert for unit in self.plan.units.values())

    def samples(self, names: Sequence[str], frames: int) -> list[Samples]:
        """Return the outputs of nodes from frame 0 on, shape (channels, frames)."""
        out = [np.empty((self.graph.nodes[name].channels, frames), np.float32) for name in names]
        at = 0
        for pieces in self.stream(names, frames, window=None):
            for whole, piece in zip(out, pieces, strict=True):
                whole[:, at : at + piece.shape[1]] = piece
            at += pieces[0].shape[1]
        return out

    def stream(self, names: Sequence[str], frames: int, *, window: int | None) -> Iterator[list[Samples]]:
        """Yield the outputs of nodes piece by piece; ``window`` tiles are in memory at a time, None for all."""
        total = -(-frames // 128) * 128
        tiles = -(-total // TILE)
        kept = self.cache if window is None else None
        cache = kept or TileCache(4 * tiles * TILE_BYTES if window is None else WINDOW_SUM_BYTES)
        made: dict[str, dict[int, Tile]] = {}
        inflow = Inflow(self.plan, self.graph.sample_rate, total, self.sources, self.media_key, cache, made)
        inflow.fresh = set() if kept else None
        run_keys = self._run_keys(total) if kept else {}
        units = self._start(made, run_keys, kept, tiles)
        levels = self.plan.levels()
        with ThreadPoolExecutor(self.threads) as pool:
            for begin in range(0, tiles, window or tiles):
                until = min(tiles, begin + (window or tiles))
                for level in levels:
                    sums = [
                        (unit.inputs, number)
                        for unit in level
                        if unit.id in units and len(unit.inputs) > 1
                        for number in range(begin, until)
                    ]
                    list(pool.map(lambda item: inflow.entering(*item), sums))
                    jobs = self._jobs([units[unit.id] for unit in level if unit.id in units])
                    list(pool.map(lambda job, end=until: self._run(job, end, inflow, cache), jobs))
                if kept and until == tiles:  # before the last pieces are out: a reader may stop there
                    for name, unit in units.items():
                        kept.put_run(run_keys[name], [unit.made[number] for number in range(tiles)])
                for number in range(begin, until):
                    wanted = min(inflow.frames(number), frames - number * TILE)
                    yield [self._output(name, number, inflow, cache)[:, :wanted] for name in names]
                if until < tiles:
                    for found in made.values():  # the last tile stays: stretches start a second early
                        for number in [number for number in found if number < until - 1]:
                            del found[number]

    def _start(
        self, made: dict[str, dict[int, Tile]], run_keys: dict[str, Key], kept: TileCache | None, tiles: int
    ) -> dict[str, Strip | Insert]:
        """Return the units that must run; those whose whole run is known are put into ``made`` at once."""
        units: dict[str, Strip | Insert] = {}
        for name, unit in self.plan.units.items():
            known = kept.run(run_keys[name]) if kept else None
            if known is not None and len(known) == tiles:
                made[name] = dict(enumerate(known))
                continue
            if unit.insert:
                units[name] = make_insert(unit, self.graph.sample_rate)
            else:
                units[name] = make_strip(unit, make_program(unit, self.graph), settled=self.settled)
            made[name] = units[name].made
        return units

    def _jobs(self, units: Sequence[Strip | Insert]) -> list[list[Any]]:
        """Return the units of a level as jobs: inserts alone, strips of one signature up to 16 together."""
        jobs: list[list[Any]] = [[unit] for unit in units if isinstance(unit, Insert)]
        strips = sorted((unit for unit in units if isinstance(unit, Strip)), key=_signature)
        for _, group in groupby(strips, key=_signature):
            same = list(group)
            jobs += [same[first : first + WIDE] for first in range(0, len(same), WIDE)]
        return jobs

    def _run(self, job: list[Any], until: int, inflow: Inflow, cache: TileCache) -> None:
        if isinstance(job[0], Insert):
            run_insert(job[0], until, inflow, cache)
        else:
            walk(job, until, inflow, cache)

    def _output(self, name: str, number: int, inflow: Inflow, cache: TileCache) -> Samples:
        edge = self.plan.edges[name]
        tile = sum_tile([(inflow.edge(edge, number), edge.gains)], cache)
        return tile.samples[: self.graph.nodes[name].channels]

    def _run_keys(self, total: int) -> dict[str, Key]:
        """Return for every unit the key of its whole run: all that it depends on, from the clips down."""
        keys: dict[str, Key] = {}
        head = json.dumps([self.graph.sample_rate, total, self.settled, engine_digest()]).encode()

        def source_key(edge: Edge) -> bytes:
            clip = self.plan.clips.get(edge.source)
            gains = np.array(edge.gains, np.float32).tobytes()
            if clip is None:
                return keys[edge.source] + gains
            described = json.dumps(dict(clip.fields), sort_keys=True).encode()
            return digest([described, self.media_key(clip.fields["media"])]) + gains

        for name, unit in self.plan.units.items():
            fields = [dict(node.fields) for node in unit.nodes]
            inputs = [source_key(edge) for edge in (*unit.inputs, *([unit.key] if unit.key else []))]
            keys[name] = digest([head, json.dumps(fields, sort_keys=True).encode(), *inputs])
        return keys


def _signature(strip: Strip) -> tuple[tuple[int, int, bool, bool], ...]:
    return strip.program.signature
