"""Compute the outputs of a graph's units."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.mix.graph import Graph
from maxbooster_kernel.mix.launch import Run, launch
from maxbooster_kernel.mix.plan import Edge, Plan, Unit, make_plan
from maxbooster_kernel.mix.plugin import make_plugin, run_plugin
from maxbooster_kernel.mix.program import Program, make_program
from maxbooster_kernel.mix.sources import Sources, add_up, clip_samples

Samples = NDArray[np.float32]
WIDE = 16
PIECE = 65536


class Engine:
    """Renders the nodes of one graph.

    Parameters
    ----------
    graph
        The graph.
    sources
        Gives media by path.
    settled
        Start from one second of silence instead of cold.
    threads
        How many threads; None for one a processor.
    progress
        Called with messages.
    """

    def __init__(
        self, graph: Graph, sources: Sources, *, settled: bool, threads: int | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        self.graph, self.sources, self.settled = graph, sources, settled
        self.threads = threads or os.cpu_count() or 1
        self.progress = progress
        self.plan: Plan = make_plan(graph)
        self.programs = {name: make_program(unit, graph) for name, unit in self.plan.units.items() if not unit.insert}

    @property
    def has_inserts(self) -> bool:
        """Whether any insert may ring on after the clips have ended."""
        return any(unit.insert for unit in self.plan.units.values())

    def samples(self, names: Sequence[str], frames: int) -> list[Samples]:
        """Return the outputs of nodes from frame 0 on, shape (channels, frames)."""
        total = -(-frames // 128) * 128
        outputs: dict[str, Samples] = {}
        with ThreadPoolExecutor(self.threads) as pool:
            for level in self.plan.levels():
                for unit in level:
                    outputs[unit.id] = np.empty((2, total), np.float32)
                list(pool.map(lambda job: self._run(job, outputs, total), self._jobs(level)))
        found = []
        for name in names:
            edge = self.plan.edges[name]
            samples = self._edge(edge, outputs, 0, total)
            found.append(samples[: self.graph.nodes[name].channels, :frames])
        return found

    def _jobs(self, level: Sequence[Unit]) -> list[list[Unit]]:
        """Return the units of a level as jobs: inserts alone, strips of one signature up to 16 together."""
        jobs = [[unit] for unit in level if unit.insert]
        strips = sorted((unit for unit in level if not unit.insert), key=self._signature)
        for _, group in groupby(strips, key=self._signature):
            units = list(group)
            while len(units) > WIDE // 4:
                jobs.append(units[:WIDE])
                units = units[WIDE:]
            jobs += [[unit] for unit in units]
        return jobs

    def _signature(self, unit: Unit) -> tuple[tuple[int, int, bool, bool], ...]:
        return self.programs[unit.id].signature

    def _run(self, units: list[Unit], outputs: dict[str, Samples], total: int) -> None:
        if units[0].insert:
            self._run_insert(units[0], outputs, total)
            return
        programs: list[Program] = [self.programs[unit.id] for unit in units]
        states = [program.initial_state(settled=self.settled) for program in programs]
        for start in range(0, total, PIECE):
            frames = min(PIECE, total - start)
            runs = [
                Run(
                    program=program,
                    start=start,
                    source=self._input(unit, outputs, start, frames),
                    target=outputs[unit.id][:, start : start + frames],
                    state=state,
                    key=self._edge(unit.key, outputs, start, frames) if unit.key else None,
                )
                for unit, program, state in zip(units, programs, states, strict=True)
            ]
            launch(runs, frames, lanes=1 if len(units) == 1 else WIDE)
            states = [run.state for run in runs]

    def _run_insert(self, unit: Unit, outputs: dict[str, Samples], total: int) -> None:
        node = unit.nodes[0]
        fields = node.fields
        if not fields.get("enabled", True):
            late = int(fields.get("latency", 0))
            outputs[unit.id][:, :late] = 0.0
            outputs[unit.id][:, late:] = self._input(unit, outputs, 0, total)[:, : total - late]
            return
        params = {key: value["value"] if isinstance(value, dict) else value for key, value in fields["params"].items()}
        plugin = make_plugin(node.id, fields["insert"], self.graph.sample_rate, params)
        for start in range(0, total, PIECE):
            frames = min(PIECE, total - start)
            samples = np.ascontiguousarray(self._input(unit, outputs, start, frames))
            outputs[unit.id][:, start : start + frames] = run_plugin(node.id, plugin, samples)

    def _input(self, unit: Unit, outputs: dict[str, Samples], start: int, frames: int) -> Samples:
        if not unit.inputs:
            return np.zeros((2, frames), np.float32)
        return add_up([(self._raw(edge, outputs, start, frames), edge.gains) for edge in unit.inputs])

    def _edge(self, edge: Edge, outputs: dict[str, Samples], start: int, frames: int) -> Samples:
        return add_up([(self._raw(edge, outputs, start, frames), edge.gains)])

    def _raw(self, edge: Edge, outputs: dict[str, Samples], start: int, frames: int) -> Samples:
        clip = self.plan.clips.get(edge.source)
        if clip is None:
            return outputs[edge.source][:, start : start + frames]
        return clip_samples(clip, self.sources(clip.fields["media"]), start, frames, self.graph.sample_rate)
