"""A session snapshot and its media as a graph, and a selection in frames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.plugin import insert_latencies
from maxbooster_kernel.session.compile import compile_graph
from maxbooster_kernel.units import seconds_to_frames
from maxbooster_kernel.workbench.media import SessionMedia


def compiled_session(
    snapshot: Mapping[str, Any], media: SessionMedia, *, raw_graph: bool, start_s: float | None, end_s: float | None
) -> tuple[dict[str, Any], int, int | None]:
    """Return the graph, the first frame wanted, and the frame to end before (None: with the tail)."""
    rate: int = snapshot["sample_rate"]
    graph = compile_graph(
        snapshot, media.shapes(), raw_graph=raw_graph, insert_latency=insert_latencies(snapshot, rate)
    )
    return graph, _frame(start_s, rate, "start") or 0, _frame(end_s, rate, "end")


def _frame(seconds: float | None, rate: int, name: str) -> int | None:
    if seconds is None:
        return None
    if not (math.isfinite(seconds) and seconds >= 0.0):
        raise RenderError(f"{name}: expected seconds from 0 on, got {seconds!r}")
    return seconds_to_frames(seconds, rate)
