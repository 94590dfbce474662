"""Render a compiled graph: to a mix, or to the stems that enter its master."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.cache import TileCache
from maxbooster_kernel.mix.engine import Engine
from maxbooster_kernel.mix.graph import Graph, read_graph
from maxbooster_kernel.mix.inflow import MediaKey
from maxbooster_kernel.mix.latency import latencies
from maxbooster_kernel.mix.prepare import prepare_kernels
from maxbooster_kernel.mix.sources import Sources

SILENCE = 1e-5  # -100 dBFS
LONGEST_TAIL_S = 10
MASTER = "master/gain"

Samples = NDArray[np.float32]


@overload
def render(
    graph: Mapping[str, Any], sources: Sources, *, stems: Literal[False] = ..., raw_graph: bool = ...,
    start: int = ..., end: int | None = ..., threads: int | None = ..., progress: Callable[[str], None] | None = ...,
    media_key: MediaKey | None = ..., cache: TileCache | None = ...,
) -> AudioBuffer: ...  # fmt: skip
@overload
def render(
    graph: Mapping[str, Any], sources: Sources, *, stems: Literal[True], raw_graph: bool = ...,
    start: int = ..., end: int | None = ..., threads: int | None = ..., progress: Callable[[str], None] | None = ...,
    media_key: MediaKey | None = ..., cache: TileCache | None = ...,
) -> dict[str, AudioBuffer]: ...  # fmt: skip
def render(
    graph: Mapping[str, Any],
    sources: Sources,
    *,
    stems: bool = False,
    raw_graph: bool = False,
    start: int = 0,
    end: int | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
    media_key: MediaKey | None = None,
    cache: TileCache | None = None,
) -> AudioBuffer | dict[str, AudioBuffer]:
    """Render a compiled graph.

    Parameters
    ----------
    graph
        What ``session.compile.compile_graph`` returns.
    sources
        Gives the samples of a media file by its path: float32, shape (channels, frames), at the graph's rate.
    stems
        Return what enters the master, by strip, instead of the mix. Their sum (in the order of ``sums.sum_tile``) is
        the pre-master mix, bit for bit.
    raw_graph
        Render what an OfflineAudioContext gives: cold from frame 0, late by the graph's latency, cut at its length.
        Otherwise the render starts from settled silence, its latency is taken out, and it goes on after the last clip
        until it stays below -100 dBFS, for at most 10 s.
    start, end
        The frames wanted, after compensation; None for the end with its tail. Always equal to a part of the whole.
    threads
        How many threads to use; None for one a processor.
    progress
        Called with messages for the person who waits.
    media_key, cache
        A key of each media file's content, and what earlier renders left; the result is the same without.

    Raises
    ------
    RenderError
        The graph is malformed, there is nothing to render, or the selection is empty.
    """
    checked = read_graph(graph)
    if checked.length == 0:
        raise RenderError("expected at least one clip with sound, the session has none; add a clip")
    if start < 0 or (end is not None and end <= start):
        raise RenderError(f"expected a selection of at least one frame, got {start} to {end}")
    prepare_kernels(progress)
    engine = Engine(checked, sources, settled=not raw_graph, threads=threads, media_key=media_key, cache=cache)
    names = list(checked.nodes[MASTER].inputs) if stems and MASTER in checked.nodes else [checked.output]
    if stems and MASTER not in checked.nodes:
        raise RenderError(f"expected a node {MASTER} to take the stems before, the graph has none")
    late = latencies(checked)
    skip = 0 if raw_graph else (late[MASTER] if stems else checked.latency)
    rendered = _with_tail(engine, checked, names, skip=skip, end=end, tail=not raw_graph)
    if start >= rendered[0].shape[1]:
        raise RenderError(
            f"expected a selection within the session, it starts at frame {start} of {rendered[0].shape[1]}"
        )
    buffers = [AudioBuffer(samples[:, start:], checked.sample_rate) for samples in rendered]
    if not stems:
        return buffers[0]
    return {name.partition("/")[0]: buffer for name, buffer in zip(names, buffers, strict=True)}


def _with_tail(
    engine: Engine, graph: Graph, names: list[str], *, skip: int, end: int | None, tail: bool
) -> list[Samples]:
    """Return the nodes' samples from ``skip`` on, as long as wanted, or until the output has died away."""
    length = graph.length
    if end is not None and end <= length:
        return [samples[:, skip : skip + end] for samples in engine.samples(names, skip + end)]
    if not tail:
        return [samples[:, skip : skip + length] for samples in engine.samples(names, skip + length)]
    longest = length + LONGEST_TAIL_S * graph.sample_rate
    tries = [longest] if engine.has_inserts else [length + graph.sample_rate, longest]
    for frames in tries:
        found = [samples[:, skip : skip + frames] for samples in engine.samples(names, skip + frames)]
        loud = max(_loud_frames(samples) for samples in found)
        if loud < frames - graph.sample_rate // 2:
            break
    wanted = max(length, loud) if end is None else end
    return [np.pad(samples[:, :wanted], ((0, 0), (0, max(0, wanted - samples.shape[1])))) for samples in found]


def _loud_frames(samples: Samples) -> int:
    """Return the number of frames up to the last one that is not below -100 dBFS."""
    loud = np.flatnonzero(np.abs(samples).max(axis=0) >= SILENCE)
    return int(loud[-1]) + 1 if len(loud) else 0
