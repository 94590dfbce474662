"""A session snapshot and its media as a graph, and a selection in frames."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.graph import Graph
from maxbooster_kernel.mix.plugin import insert_latencies
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.session.compile import compile_checked
from maxbooster_kernel.units import seconds_to_frames
from maxbooster_kernel.workbench.media import SessionMedia


def compiled_session(
    snapshot: Mapping[str, Any], media: SessionMedia, *, raw_graph: bool, start_s: float | None, end_s: float | None
) -> tuple[Graph, int, int | None]:
    """Return the graph, the first frame wanted, and the frame to end before (None: with the tail)."""
    rate: int = snapshot["sample_rate"]
    graph = compile_checked(
        snapshot, media.shapes(), raw_graph=raw_graph, insert_latency=insert_latencies(snapshot, rate)
    )
    return graph, _frame(start_s, rate, "start") or 0, _frame(end_s, rate, "end")


def clip_problems(snapshot: Mapping[str, Any], media: SessionMedia) -> list[Problem]:
    """Return a warning for every clip that asks for more than its media file holds: what is missing is silent.

    A single frame too many is rounding, and no problem.
    """
    rate, shapes = snapshot["sample_rate"], media.shapes()
    found = []
    for number, track in enumerate(snapshot["tracks"]):
        for index, clip in enumerate(track["clips"]):
            frames, offset = shapes[clip["media"]].frames, seconds_to_frames(clip["offset_s"], rate)
            wanted = 0 if clip["duration_s"] is None else seconds_to_frames(clip["duration_s"], rate)
            if offset + wanted > frames + 1 or offset >= frames:
                end = f" to {(offset + wanted) / rate:.3f} s" if wanted else ""
                message = (
                    f'track "{track["id"]}" plays "{clip["media"]}" from {offset / rate:.3f} s{end}, '
                    f"but the file has {frames / rate:.3f} s; what is missing is silent"
                )
                place = f"tracks[{number}].clips[{index}]"
                fix = "shorten the clip, or restore the longer file"
                problem = Problem(code="clip_past_media", severity="warning", where=place, message=message, fix=fix)
                found.append(problem)
    return found


def warn_of_clips(
    snapshot: Mapping[str, Any], media: SessionMedia, progress: Callable[[str], None] | None
) -> list[Problem]:
    """Say what :func:`clip_problems` finds to the person who waits, or as Python warnings; return it."""
    found = clip_problems(snapshot, media)
    for problem in found:
        if progress is not None:
            progress(str(problem))
        else:
            warnings.warn(str(problem), UserWarning, stacklevel=4)
    return found


def _frame(seconds: float | None, rate: int, name: str) -> int | None:
    if seconds is None:
        return None
    if not (math.isfinite(seconds) and seconds >= 0.0):
        raise RenderError(f"{name}: expected seconds from 0 on, got {seconds!r}")
    return seconds_to_frames(seconds, rate)
