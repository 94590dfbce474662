"""Compute the outputs of a graph's nodes: what is asked for, and what that depends on; level by level, in threads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, groupby, takewhile

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import engine_digest
from maxbooster_kernel.mix.ahead import Ahead, Group
from maxbooster_kernel.mix.cache import TILE, Key, Tile, TileCache, digest
from maxbooster_kernel.mix.crew import ALONE, Crew
from maxbooster_kernel.mix.graph import Graph
from maxbooster_kernel.mix.inflow import Cut, Inflow, MediaKey
from maxbooster_kernel.mix.inserts import Insert, make_insert, run_insert
from maxbooster_kernel.mix.plan import SUMMED_TOGETHER, Edge, Unit, levels, make_plan
from maxbooster_kernel.mix.result_memory import RESULTS
from maxbooster_kernel.mix.run_keys import RunKeys, run_keys, summed_together
from maxbooster_kernel.mix.selection import run_selection, take_stateless
from maxbooster_kernel.mix.sources import Sources
from maxbooster_kernel.mix.stretches import MOST_IN_STRETCHES, WIDE
from maxbooster_kernel.mix.walk import Strip, make_strip, skip_to, walk

Samples = NDArray[np.float32]
TILE_BYTES = 8 * TILE


@dataclass(slots=True, kw_only=True)
class Pass:
    """One pass over a graph: what flows, what has been made, the units on their way, and the keys of what they play.

    ``cut`` are strips that only the selection needs: they are run over just that.
    """

    inflow: Inflow
    cache: TileCache
    made: dict[str, dict[int, Tile]]
    keys: RunKeys | None
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

    def samples(self, names: Sequence[str], frames: int, *, begin: int = 0, whole: int = 0) -> list[Samples]:
        """Return the outputs of nodes from frame ``begin`` up to ``frames`` (see :meth:`stream`)."""
        out = [RESULTS.take(self.graph.nodes[name].channels, frames - begin) for name in names]
        for _ in self.stream(names, frames, window=None, begin=begin, whole=whole, out=out):
            pass
        return out

    def stream(
        self, names: Sequence[str], frames: int, *, window: int | None, begin: int = 0, whole: int = 0,
        out: Sequence[Samples] | None = None,
    ) -> Iterator[list[Samples]]:  # fmt: skip
        """Yield the outputs of nodes from frame ``begin`` up to ``frames``, piece by piece.

        What does not depend on anything before ``begin`` is not looked at before it.
        ``window`` tiles are in memory at a time, None for all. ``whole`` is how many frames a complete render has:
        tiles that are kept are as long as its tiles, and what lies behind it is only made when it is asked for.
        The pieces are written into ``out``, where it is given.
        """
        kept = self.cache if window is None else None
        total = max(frames, min(-(-frames // TILE) * TILE, whole)) if kept else frames
        total = -(-total // 128) * 128
        first, tiles = begin // TILE, -(-total // TILE)
        cache = kept or self._own_cache(window or tiles)
        made: dict[str, dict[int, Tile]] = {}
        inflow = Inflow(
            self.plan, self.graph.sample_rate, total, self.sources, self.media_key, cache, made, keep=kept is not None
        )
        walked = Pass(inflow=inflow, cache=cache, made=made, keys=self._keys() if kept else None)
        ahead: Ahead[list[Unit]] | None = None
        with ExitStack() as opened:  # one thread needs no pool: making it takes longer than a small edit
            pool = opened.enter_context(ThreadPoolExecutor(self.threads)) if self.threads > 1 else None
            crew = ALONE if pool is None else Crew(threads=self.threads, pool=pool)
            halt = -(-whole // TILE) if window else tiles
            for at, until, then in _windows(first, tiles, window or tiles, halt):
                waiting = self._waiting(names, at, until, walked)
                if kept and (begin or frames < whole):
                    walked.cut |= take_stateless(waiting, walked.units)
                order = levels([self.plan.units[name] for name in reversed(waiting)])
                if ahead is None and pool is not None and order and until < tiles:
                    ahead = self._ahead(order[0], waiting, window or tiles, walked, crew, pool, opened)
                if ahead is not None:
                    ahead.go(until=then)
                    ahead.wait(until=until)
                for level in order[ahead is not None :]:
                    if ahead is None or pool is None or then == until:
                        self._run(level, waiting, until, walked, crew)
                    else:  # in turn with what goes ahead: more threads than processors would wait for one another
                        pool.submit(self._run, level, waiting, until, walked, ALONE).result()
                if walked.keys and until == tiles:  # before the last pieces are out: a reader may stop there
                    self._remember(waiting, walked, walked.keys)
                cuts = []
                for number in range(at, until):
                    skipped = max(begin - number * TILE, 0)
                    cuts.append((number, skipped, min(inflow.frames(number), frames - number * TILE)))
                if out is not None:
                    places = [
                        slice(number * TILE + one - begin, number * TILE + end - begin) for number, one, end in cuts
                    ]
                    for name, samples in zip(names, out, strict=True):
                        self._output(name, cuts, walked, [samples[:, place] for place in places])
                    yield [samples[:, places[0].start : places[-1].stop] for samples in out]
                else:
                    for cut in cuts:
                        yield [self._output(name, [cut], walked, None)[0] for name in names]
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
            for edge in self._unsummed(unit, first, until, walked):
                needed[edge.source] = min(needed.get(edge.source, first), first)
        return waiting

    def _unsummed(self, unit: Unit, begin: int, until: int, walked: Pass) -> Iterable[Edge]:
        """Return what a unit hears, but for what is in sums that earlier renders left; these are put into the inflow.

        Where they are found, nobody looks at what was added up.
        """
        if walked.keys is None or len(unit.inputs) == 1:
            return unit.edges
        heard = [] if unit.key is None else [unit.key]
        for at, edges in summed_together(unit):
            key = walked.keys.sums.get((unit.id, at))
            found = {} if key is None else self._tiles(key, begin, until, walked)
            if len(found) == until - begin:
                walked.inflow.sums[id(unit.inputs), at] = found
            else:
                heard += edges
        return [edge for edge in heard if not edge.silent]

    def _known(self, name: str, begin: int, until: int, walked: Pass) -> dict[int, Tile]:
        """Return the tiles of a unit's run that earlier renders left, from ``begin`` on without a gap."""
        if name in walked.units or walked.keys is None:
            return {}
        return self._tiles(walked.keys.runs[name], begin, until, walked)

    def _tiles(self, key: Key, begin: int, until: int, walked: Pass) -> dict[int, Tile]:
        """Return the tiles of a run by its key."""
        found = walked.cache.run_tiles(key, begin, until)
        last = begin + len(found) - 1  # tiles before the last one of a run are all as long
        if found and found[last].samples.shape[1] != walked.inflow.frames(last):
            del found[last]
        return found

    def _start(self, unit: Unit, needed: int, known: dict[int, Tile], walked: Pass) -> Strip | Insert:
        """Return a unit on its way: at its beginning, or behind the last of its tiles that is known."""
        if unit.insert:
            return make_insert(unit, self.graph.sample_rate)
        strip = make_strip(unit, self.graph.sample_rate, settled=self.settled)
        if walked.keys is not None:
            keys = walked.cache.run(walked.keys.runs[unit.id])
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
        jobs = _jobs(units)
        for strip in chain.from_iterable(jobs):
            skip_to(strip, waiting[strip.unit.id], inflow)
        crew.each(lambda insert: run_insert(insert, until, inflow, cache), inserts)
        crew.each(lambda job: walk(job, until, inflow, cache, crew.within(jobs)), jobs)

    def _ahead(
        self, level: Sequence[Unit], waiting: Mapping[str, int], window: int, walked: Pass, crew: Crew,
        pool: Executor, opened: ExitStack,
    ) -> Ahead[list[Unit]]:  # fmt: skip
        """Return the units of the first level in the groups in which they run: they need nothing of other levels.

        Groups of many strips go on tile by tile; few strips, which are cut in time, as far as they may at once.
        """
        parts = [[unit] for unit in level if unit.insert]
        parts += [[strip.unit for strip in job] for job in _jobs(walked.units[unit.id] for unit in level)]
        helping = crew.within(parts)
        if len(parts) == 1:  # it is helped by the pool, so it must not be in it
            pool = opened.enter_context(ThreadPoolExecutor(1))

        def step(units: Sequence[Unit], number: int, until: int) -> None:
            self._run(units, {unit.id: max(waiting[unit.id], number) for unit in units}, until, walked, helping)

        groups = []
        for units in parts:
            begin = min(waiting[unit.id] for unit in units)
            tile_by_tile = len(parts) > 1 and len(units) > MOST_IN_STRETCHES
            groups.append(Group(members=units, at=begin, stride=1 if tile_by_tile else window))
        ahead = Ahead(pool, step, groups)
        opened.callback(ahead.go, until=0)
        return ahead

    def _output(self, name: str, cuts: Sequence[Cut], walked: Pass, targets: Sequence[Samples] | None) -> list[Samples]:
        """Return some frames of some tiles of a node's output; write them to ``targets``, where these are given."""
        edge, inflow = self.plan.edges[name], walked.inflow
        strip, wide = walked.cut.get(edge.source), targets if targets and len(targets[0]) > 1 else None
        if strip is None:
            found = inflow.parts((edge,), cuts, outs=wide)
        else:
            found = run_selection(strip, cuts, walked.cut, inflow, wide)
            for gain in edge.gains:
                found = [
                    np.multiply(samples, gain, out=None if wide is None else wide[at])
                    for at, samples in enumerate(found)
                ]
        channels = self.graph.nodes[name].channels
        for samples, target in zip(found, targets or (), strict=False):
            if samples is not target:
                target[:] = samples[:channels]
        return [samples[:channels] for samples in found]

    def _own_cache(self, tiles: int) -> TileCache:
        """Return a cache with room for the sums of so many tiles."""
        sums = sum(len(unit.inputs) > 1 for unit in self.plan.units.values())
        return TileCache(2 * (1 + sums) * tiles * TILE_BYTES)

    def _keys(self) -> RunKeys:
        """Return the keys of all that is played."""
        head = f"{self.graph.sample_rate} {self.settled} {engine_digest()}".encode()
        paths = {node.fields["media"] for node in self.plan.clips.values()}
        return run_keys(self.plan, head, {path: self.media_key(path) for path in paths})

    def _remember(self, waiting: Mapping[str, int], walked: Pass, keys: RunKeys) -> None:
        """Tell the cache of which tiles runs and sums are made; what units played long ago may go."""
        inflow, cache = walked.inflow, walked.cache
        session = digest(sorted(set(keys.media.values())))
        for name, first in waiting.items():
            unit = walked.units[name]
            if len(unit.run) != unit.number:
                continue
            cache.put_run(keys.runs[name], unit.run)
            sums = unit.sums if isinstance(unit, Strip) else ()
            cache.supersede(digest([session, name.encode()]), keys.runs[name], [*unit.run, *sums])
            beside = sorted(inflow.beside.get(id(unit.unit.inputs), ()))
            if beside:  # of what was edited lately, whatever was edited in between
                place = digest([session, name.encode(), b"beside"])
                cache.supersede(place, digest([place, *beside]), beside)
            for at, edges in summed_together(unit.unit):
                key = keys.sums.get((name, at))
                if key is None or (id(unit.unit.inputs), at) in inflow.sums:
                    continue
                if first == 0 or self._tiles(key, first - 1, first, walked):
                    pairs = len(unit.unit.inputs) > SUMMED_TOGETHER
                    made = (inflow.sum_key(edges, number, in_pairs=pairs) for number in range(first, unit.number))
                    cache.put_run(key, [*cache.run(key)[:first], *takewhile(cache.__contains__, made)])


def _windows(first: int, tiles: int, window: int, halt: int) -> Iterator[tuple[int, int, int]]:
    """Yield windows: their first tile, the one behind their last, and up to where strips may go ahead meanwhile.

    One ends at ``halt``, and before that nothing goes further.

    >>> list(_windows(0, 10, 4, 10)), list(_windows(0, 10, 4, 6))
    ([(0, 4, 8), (4, 8, 10), (8, 10, 10)], [(0, 4, 6), (4, 6, 6), (6, 8, 10), (8, 10, 10)])
    """
    ends = sorted({end for end in (*range(first + window, tiles, window), halt, tiles) if first < end <= tiles})
    for at, until, then in zip([first, *ends], ends, [*ends[1:], tiles], strict=False):
        yield at, until, until if until == halt else then


def _forget(unit: Strip | Insert, before: int) -> None:
    """Drop what a strip remembers of tiles that nobody asks for any more."""
    if isinstance(unit, Strip):
        unit.run.clear()
        unit.sums.clear()
        for number in [number for number in list(unit.settings) if number < before]:
            del unit.settings[number]


def _jobs(units: Iterable[Strip | Insert]) -> list[list[Strip]]:
    """Return the strips among units as jobs: those of one signature up to 16 together."""
    strips = [unit for unit in units if isinstance(unit, Strip)]
    jobs: list[list[Strip]] = []
    for _, group in groupby(sorted(strips, key=_signature), key=_signature):
        same = list(group)
        jobs += [same[first : first + WIDE] for first in range(0, len(same), WIDE)]
    return jobs


def _signature(strip: Strip) -> tuple[tuple[int, int, bool, bool], ...]:
    return strip.program.signature
