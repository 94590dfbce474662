"""Strips that keep no state and that only a selection needs: they are run over just its frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.mix.cache import TILE, Tile, digest
from maxbooster_kernel.mix.inflow import Cut, Inflow
from maxbooster_kernel.mix.inserts import Insert
from maxbooster_kernel.mix.launch import Leg, Run
from maxbooster_kernel.mix.straight import is_straight, run_straight
from maxbooster_kernel.mix.stretches import launch_few
from maxbooster_kernel.mix.tile_memory import new_tile
from maxbooster_kernel.mix.walk import Strip

Samples = NDArray[np.float32]


def take_stateless(waiting: dict[str, int], units: Mapping[str, Strip | Insert]) -> dict[str, Strip]:
    """Take out of the waiting units those strips that keep no state and whose readers, if any, are taken out too.

    ``waiting`` is in the order in which units were asked for: whoever reads stands before what he reads.
    """
    taken: dict[str, Strip] = {}
    read: set[str] = set()
    for name in [*waiting]:
        strip = units[name]
        if name not in read and isinstance(strip, Strip) and strip.program.memory == 0:
            taken[name] = strip
            del waiting[name]
        else:
            read.update(edge.source for edge in strip.unit.edges)
    return taken


def run_selection(
    strip: Strip, cuts: Sequence[Cut], others: Mapping[str, Strip], inflow: Inflow,
    outs: Sequence[Samples] | None = None,
) -> list[Samples]:  # fmt: skip
    """Return some frames of some tiles of a strip; the ``others`` were taken out too.

    What is not known is written to ``outs``, where these are given; nobody may change what is not.
    """
    wide = [(number, begin // 128 * 128, -(-end // 128) * 128) for number, begin, end in cuts]
    before = {edge.source: others[edge.source] for edge in strip.unit.edges if edge.source in others}
    for source in before.values():
        whole = [new_tile(inflow.frames(number)) for number, _, _ in cuts]
        parts = [samples[:, begin:end] for samples, (_, begin, end) in zip(whole, wide, strict=True)]
        for part, made in zip(parts, run_selection(source, wide, others, inflow, parts), strict=True):
            if made is not part:
                part[:] = made
        for samples, (number, _, _) in zip(whole, cuts, strict=True):
            key = digest([b"part", f"{source.unit.id} {number}".encode()])  # nothing is found or kept by it
            source.made[number] = Tile(key=key, samples=samples)
    if is_straight(strip.program):
        return _straight(strip, cuts, inflow, keep=not before, outs=outs)
    return [
        samples[:, begin - first : end - first]
        for samples, (_, begin, end), (_, first, _) in zip(
            _run(strip, wide, inflow, keep=not before), cuts, wide, strict=True
        )
    ]


def _straight(
    strip: Strip, cuts: Sequence[Cut], inflow: Inflow, *, keep: bool, outs: Sequence[Samples] | None
) -> list[Samples]:
    """Return what :func:`run_selection` does for a strip of gains and pans only."""
    found = inflow.parts(strip.unit.inputs, cuts, keep=keep, outs=outs)
    if not strip.program.stages:
        return found
    targets = list(outs or [np.empty((2, end - begin), np.float32) for _, begin, end in cuts])
    run_straight(strip.program, found, targets)
    return targets


def _run(strip: Strip, cuts: Sequence[Cut], inflow: Inflow, *, keep: bool) -> list[Samples]:
    """Run a strip over whole blocks."""
    sources = inflow.parts(strip.unit.inputs, cuts, keep=keep)
    targets = [new_tile(end - begin) for _, begin, end in cuts]
    for source, target, (number, begin, end) in zip(sources, targets, cuts, strict=True):
        leg, start = Leg(source=source, target=target), number * TILE + begin
        launch_few([Run(program=strip.program, start=start, state=strip.fresh, legs=[leg])], end - begin)
    return targets
