"""Strips that keep no state and that only a selection needs: they are run over just its frames."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.mix.cache import Tile
from maxbooster_kernel.mix.inflow import Inflow
from maxbooster_kernel.mix.inserts import Insert
from maxbooster_kernel.mix.plan import SUMMED_TOGETHER
from maxbooster_kernel.mix.sums import put
from maxbooster_kernel.mix.walk import Strip, run_part, tile_key

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
        if name not in taken or len(strip.unit.inputs) > SUMMED_TOGETHER**2:  # so many are summed tile by tile
            read.update(edge.source for edge in strip.unit.edges)
    return taken


def run_selection(
    strip: Strip, number: int, begin: int, end: int, others: Mapping[str, Strip], inflow: Inflow,
    out: Samples | None = None,
) -> Samples:  # fmt: skip
    """Return the frames from ``begin`` to ``end`` of a tile of a strip; the ``others`` were taken out too.

    They are written to ``out``, where it is given.
    """
    first, last = begin // 128 * 128, -(-end // 128) * 128
    before = {edge.source: others[edge.source] for edge in strip.unit.edges if edge.source in others}
    for source in before.values():
        samples = np.empty((2, inflow.frames(number)), np.float32)
        run_selection(source, number, first, last, others, inflow, samples[:, first:last])
        source.made[number] = Tile(key=tile_key(source, number, source.fresh, inflow), samples=samples)
    gains = strip.program.gains
    if gains is None:
        return put(run_part(strip, number, begin, end, inflow, keep=not before), out)
    samples = inflow.part(strip.unit.inputs, number, begin, end, keep=not before, out=out)
    for gain in gains:
        samples = np.multiply(samples, gain, out=out)
    return samples
