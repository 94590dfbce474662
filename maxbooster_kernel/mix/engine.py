"""Compute the outputs of a graph's nodes: what is asked for, and what that depends on; level by level, in threads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import engine_digest
from maxbooster_kernel.mix.cache import TILE, Key, Tile, TileCache, digest
from maxbooster_kernel.mix.crew import ALONE, Crew
from maxbooster_kernel.mix.graph import Graph, Node
from maxbooster_kernel.mix.inflow import Inflow, MediaKey
from maxbooster_kernel.mix.inserts import Insert, make_insert, run_insert
from maxbooster_kernel.mix.plan import Part, Unit, levels, make_plan
from maxbooster_kernel.mix.selection import run_selection, take_stateless
from maxbooster_kernel.mix.sources import Sources
from maxbooster_kernel.mix.stretches import WIDE
from maxbooster_kernel.mix.walk import Strip, make_strip, skip_to, walk

Samples = NDArray[np.float32]
TILE_BYTES = 8 * TILE


@dataclass(slots=True, kw_only=True)
class Pass:
    """One pass over a graph: what flows, what has been made, the units on their way, and the keys of their runs.

    ``cut`` are strips that only the selection needs: they are run over just that.
    """

    inflow: Inflow
    cache: TileCache
    made: dict[str, dict[int, Tile]]
    run_keys: dict[str, Key]
    units: dict[str, Strip | Insert] = field(default_factory=dict)
    cut: dict[str, Strip] = field(default_factory=dict)


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

    def stream(
        self, names: Sequence[str], frames: int, *, window: int | None, begin: int = 0, whole: int = 0
    ) -> Iterator[list[Samples]]:
        """Yield the outputs of nodes from frame ``begin`` up to ``frames``, piece by piece.

        What does not depend on anything before ``begin`` is not looked at before it.
        ``window`` tiles are in memory at a time, None for all. ``whole`` is how many frames a complete render has:
        tiles that are kept are as long as its tiles.
        """
        kept = self.cache if window is None else None
        total = max(frames, min(-(-frames // TILE) * TILE, whole)) if kept else frames
        total = -(-total // 128) * 128
        first, tiles = begin // TILE, -(-total // TILE)
        sums = sum(len(unit.inputs) > 1 for unit in self.plan.units.values())
        cache = kept or TileCache(2 * (1 + sums) * (window or tiles) * TILE_BYTES)
        made: dict[str, dict[int, Tile]] = {}
        inflow = Inflow(
            self.plan, self.graph.sample_rate, total, self.sources, self.media_key, cache, made, keep=kept is not None
        )
        run_keys = self._run_keys() if kept else {}
        session = digest(sorted({self.media_key(clip.fields["media"]) for clip in self.plan.clips.values()}))
        walked = Pass(inflow=inflow, cache=cache, made=made, run_keys=run_keys)
        ahead: Future[None] | None = None
        with ExitStack() as opened:  # one thread needs no pools: making them takes longer than a small edit
            crew, beside = ALONE, None
            if self.threads > 1:
                pool, beside = [opened.enter_context(ThreadPoolExecutor(count)) for count in (self.threads, 1)]
                crew = Crew(threads=self.threads, pool=pool)
            for at in range(first, tiles, window or tiles):
                until = min(tiles, at + (window or tiles))
                if ahead is not None:
                    ahead.result()
                waiting = self._waiting(names, at, until, walked)
                if kept and (begin or frames < whole):
                    walked.cut |= take_stateless(waiting, walked.units)
                for depth, level in enumerate(levels([self.plan.units[name] for name in reversed(waiting)])):
                    self._run(level, waiting, until, walked, crew)
                    if depth == 0 and until < tiles and beside is not None:  # needs nothing of the levels that follow
                        then = {unit.id: until for unit in level}
                        ahead = beside.submit(self._run, level, then, min(tiles, until + (window or 0)), walked, crew)
                if kept and until == tiles:  # before the last pieces are out: a reader may stop there
                    for name in waiting:
                        unit = walked.units[name]
                        if len(unit.run) == unit.number:
                            kept.put_run(run_keys[name], unit.run)
                            sums = unit.sums if isinstance(unit, Strip) else ()
                            kept.supersede(digest([session, name.encode()]), run_keys[name], [*unit.run, *sums])
                for number in range(at, until):
                    skipped = max(begin - number * TILE, 0)
                    wanted = min(inflow.frames(number), frames - number * TILE)
                    yield [self._output(name, number, skipped, wanted, walked) for name in names]
                if until < tiles:
                    for found in made.values():  # the last tile stays: a strip may look back on it
                        for number in [number for number in list(found) if number < until - 1]:
                            del found[number]
                    for unit in walked.units.values():
                        _forget(unit, at)

    def _waiting(self, names: Iterable[str], begin: int, until: int, walked: Pass) -> dict[str, int]:
        """Return the units that must run, each with the first tile that it needs of what flows in."""
        edges = [self.plan.edges[name] for name in names]
        needed = {edge.source: begin for edge in edges if not edge.silent}
        waiting: dict[str, int] = {}
        for name, unit in reversed(self.plan.units.items()):
            if name not in needed:
                continue
            known = self._known(name, needed[name], until, walked)
            if len(known) == until - needed[name]:
                walked.made[name] = known
                continue
            if name not in walked.units:
                walked.units[name] = self._start(unit, needed[name], known, walked)
                walked.made[name] = walked.units[name].made
            first = waiting[name] = walked.units[name].first_needed(needed[name])
            for edge in unit.edges:
                needed[edge.source] = min(needed.get(edge.source, first), first)
        return waiting

    def _known(self, name: str, begin: int, until: int, walked: Pass) -> dict[int, Tile]:
        """Return the tiles of a unit's run that earlier renders left, from ``begin`` on without a gap."""
        if name in walked.units or name not in walked.run_keys:
            return {}
        found = walked.cache.run_tiles(walked.run_keys[name], begin, until)
        last = begin + len(found) - 1  # tiles before the last one of a run are all as long
        if found and found[last].samples.shape[1] != walked.inflow.frames(last):
            del found[last]
        return found

    def _start(self, unit: Unit, needed: int, known: dict[int, Tile], walked: Pass) -> Strip | Insert:
        """Return a unit on its way: at its beginning, or behind the last of its tiles that is known."""
        if unit.insert:
            return make_insert(unit, self.graph.sample_rate)
        strip = make_strip(unit, self.graph.sample_rate, settled=self.settled)
        if unit.id in walked.run_keys:
            keys = walked.cache.run(walked.run_keys[unit.id])
            for number in reversed(range(min(len(keys), needed + len(known)))):
                tile = known.get(number) or walked.cache.get(keys[number])
                if tile is not None and tile.samples.shape[1] == TILE and tile.state is not None:
                    strip.made.update(known)
                    strip.run += keys[: number + 1]
                    strip.number, strip.state = number + 1, tile.state
                    break
        return strip

    def _run(self, level: Sequence[Unit], waiting: dict[str, int], until: int, walked: Pass, crew: Crew) -> None:
        """Take the units of a level through the tiles before ``until``."""
        inflow, cache = walked.inflow, walked.cache
        running = [unit for unit in level if unit.id in waiting]
        sums = [
            (unit.inputs, range(waiting[unit.id] + share, until, crew.threads))
            for unit in running
            if len(unit.inputs) > 1
            for share in range(crew.threads)
        ]
        crew.each(lambda item: inflow.sum_up(*item), sums)
        units = [walked.units[unit.id] for unit in running]
        inserts = [unit for unit in units if isinstance(unit, Insert)]
        strips = [unit for unit in units if isinstance(unit, Strip)]
        for strip in strips:
            skip_to(strip, waiting[strip.unit.id], inflow)
        crew.each(lambda insert: run_insert(insert, until, inflow, cache), inserts)
        jobs = _jobs(strips)
        crew.each(lambda job: walk(job, until, inflow, cache, crew.within(jobs)), jobs)

    def _output(self, name: str, number: int, begin: int, end: int, walked: Pass) -> Samples:
        """Return a node's frames from ``begin`` to ``end`` of a tile."""
        edge, inflow = self.plan.edges[name], walked.inflow
        strip = walked.cut.get(edge.source)
        if strip is None:
            samples = inflow.part((edge,), number, begin, end)
        else:
            samples = run_selection(strip, number, begin, end, walked.cut, inflow)
            for gain in edge.gains:
                samples = samples * gain
        return samples[: self.graph.nodes[name].channels]

    def _run_keys(self) -> dict[str, Key]:
        """Return for every unit the key of its run: all that it depends on, from the clips down."""
        keys: dict[str, Key] = {}
        head = f"{self.graph.sample_rate} {self.settled} {engine_digest()}".encode()
        for part in self.plan.parts:
            media = [self.media_key(node.fields["media"]) for node in part.clips.values()]
            before = [keys[edge.source] for edge in part.outside]
            last = part.known.get("run keys")
            if last is None or last[0] != (head, media, before):
                last = part.known["run keys"] = (head, media, before), _part_keys(part, head, media, keys)
            keys.update(last[1])
        return keys


def _part_keys(part: Part, head: bytes, media: Sequence[bytes], before: Mapping[str, Key]) -> dict[str, Key]:
    """Return the keys of a part's clips and units, given those of what stands before it."""
    found = {name: _described(node) + key for (name, node), key in zip(part.clips.items(), media, strict=True)}
    for name, unit in part.units.items():
        sources = [edge.source for edge in unit.edges]
        found[name] = digest([head, _described_unit(unit), *[found.get(item) or before[item] for item in sources]])
    return found


@lru_cache(maxsize=1 << 13)
def _described_unit(unit: Unit) -> bytes:
    """Return what tells a unit from others, but for what it reads."""
    every = unit.inputs if unit.key is None else (*unit.inputs, unit.key)
    gains = [b"silent" if edge.silent else b"".join([gain.tobytes() for gain in edge.gains]) for edge in every]
    return digest([*[_described(node) for node in unit.nodes], b"gains", *gains])


@lru_cache(maxsize=1 << 15)
def _described(node: Node) -> bytes:
    return digest([json.dumps(dict(node.fields), sort_keys=True, default=str).encode()])


def _forget(unit: Strip | Insert, before: int) -> None:
    """Drop what a strip remembers of tiles that nobody asks for any more."""
    if isinstance(unit, Strip):
        unit.run.clear()
        unit.sums.clear()
        for number in [number for number in list(unit.settings) if number < before]:
            del unit.settings[number]


def _jobs(strips: Iterable[Strip]) -> list[list[Strip]]:
    """Return strips as jobs: those of one signature up to 16 together."""
    jobs: list[list[Strip]] = []
    for _, group in groupby(sorted(strips, key=_signature), key=_signature):
        same = list(group)
        jobs += [same[first : first + WIDE] for first in range(0, len(same), WIDE)]
    return jobs


def _signature(strip: Strip) -> tuple[tuple[int, int, bool, bool], ...]:
    return strip.program.signature
