"""Render a compiled graph: to a mix, or to the stems that enter its master."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from maxbooster_kernel.mix.result_memory import RESULTS
from maxbooster_kernel.mix.sources import Sources
from maxbooster_kernel.mix.tail import LONGEST_TAIL_S, in_step, tail_frames, until_silent

MASTER = "master/gain"
MIX = "mix"
HELD = 192  # tiles of all strips in memory at a time where nothing is kept: more cost fresh memory, fewer cost waiting
WINDOW = 6  # of each strip at the least

Samples = NDArray[np.float32]


@overload
def render(
    graph: Mapping[str, Any] | Graph, sources: Sources, *, stems: Literal[False] = ..., raw_graph: bool = ...,
    start: int = ..., end: int | None = ..., threads: int | None = ..., progress: Callable[[str], None] | None = ...,
    media_key: MediaKey | None = ..., cache: TileCache | None = ...,
) -> AudioBuffer: ...  # fmt: skip
@overload
def render(
    graph: Mapping[str, Any] | Graph, sources: Sources, *, stems: Literal[True], raw_graph: bool = ...,
    start: int = ..., end: int | None = ..., threads: int | None = ..., progress: Callable[[str], None] | None = ...,
    media_key: MediaKey | None = ..., cache: TileCache | None = ...,
) -> dict[str, AudioBuffer]: ...  # fmt: skip
def render(
    graph: Mapping[str, Any] | Graph,
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
        What ``session.compile.compile_graph`` returns, or ``compile_checked``, which costs less after an edit.
    sources
        Gives the samples of a media file by its path: float32, shape (channels, frames), at the graph's rate.
    stems
        Return what enters the master, by strip, instead of the mix. Their sum, in their order, or of more than eight in
        pairs, pairs of pairs and so on, is the pre-master mix, bit for bit.
    raw_graph
        Render what an OfflineAudioContext gives: cold from frame 0, late by the graph's latency, cut at its length.
        Otherwise the render starts from settled silence, its latency is taken out, and it goes on after the last clip
        until it stays below -100 dBFS and inserts are over by their own account, for at most 10 s.
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
    outputs = stem_outputs(checked) if stems else {MIX: checked.output}
    options: dict[str, Any] = {
        "raw_graph": raw_graph, "start": start, "end": end, "threads": threads, "progress": progress,
        "media_key": media_key, "cache": cache,
        "window": max(WINDOW, HELD // len(checked.sections)) if cache is None or media_key is None else None,
    }  # fmt: skip
    pieces = list(render_pieces(checked, sources, outputs, **options))
    own = _at_once(options["window"], end, raw_graph=raw_graph)
    buffers = [AudioBuffer(_joined(parts, own=own), checked.sample_rate) for parts in zip(*pieces, strict=True)]
    found = dict(zip(outputs, buffers, strict=True))
    return found if stems else found[MIX]


def render_pieces(
    graph: Graph,
    sources: Sources,
    outputs: Mapping[str, str],
    *,
    raw_graph: bool = False,
    start: int = 0,
    end: int | None = None,
    window: int | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
    media_key: MediaKey | None = None,
    cache: TileCache | None = None,
) -> Iterator[list[Samples]]:
    """Yield the wanted outputs piece by piece, in step (see :func:`render` for the options).

    Parameters
    ----------
    outputs
        Node ids by name, as :func:`stem_outputs` gives them.
    window
        How many tiles of 65,536 frames are in memory at a time; None for all.
    """
    if graph.length == 0:
        raise RenderError("expected at least one clip with sound, the session has none; add a clip")
    if start < 0 or (end is not None and end <= start):
        raise RenderError(f"expected a selection of at least one frame, got {start} to {end}")
    prepare_kernels(progress)
    engine = Engine(graph, sources, settled=not raw_graph, threads=threads, media_key=media_key, cache=cache)
    late = {} if raw_graph else latencies(graph)
    skips = [late.get(node, 0) for node in outputs.values()]
    nodes = list(outputs.values())
    longest = graph.length + LONGEST_TAIL_S * graph.sample_rate
    begin = min(start, longest if end is not None else graph.length)  # a tail's end is looked for from the last clip
    early, late_most = min(skips), max(skips)
    short = graph.length + graph.sample_rate  # without inserts it nearly always holds the whole tail
    complete = graph.length if raw_graph else longest if engine.has_inserts else short

    def pieces(frames: int) -> Iterator[list[Samples]]:
        first, last, most = begin + early, frames + late_most, complete + late_most
        if _at_once(window, end, raw_graph=raw_graph):
            stream = iter([engine.samples(nodes, last, begin=first, whole=most)])
        else:
            stream = engine.stream(nodes, last, window=window, begin=first, whole=most)
        return in_step(stream, [skip - early for skip in skips])

    at = begin
    whole = window is None and not engine.has_inserts
    for piece in _ended(graph, pieces, raw_graph=raw_graph, begin=begin, end=end, whole=whole):
        frames = piece[0].shape[1]
        drop = min(max(start - at, 0), frames)
        at += frames
        if drop < frames:
            yield [samples[:, drop:] for samples in piece]
    if at <= start:
        starts, ends = start / graph.sample_rate, at / graph.sample_rate
        raise RenderError(f"expected a part of the session, which ends at {ends:.3f} s, got one from {starts:.3f} s on")


def _at_once(window: int | None, end: int | None, *, raw_graph: bool) -> bool:
    """Whether all is made as one piece, where it will stay: if it is known beforehand where it ends."""
    return window is None and (raw_graph or end is not None)


def _joined(parts: Sequence[Samples], *, own: bool) -> Samples:
    """Return parts in one array; a lone one as it is if it is nobody else's."""
    if own and len(parts) == 1 and parts[0].flags.c_contiguous:
        return parts[0]
    out = RESULTS.take(len(parts[0]), sum(part.shape[1] for part in parts))
    return np.concatenate(parts, axis=1, out=out)


def stem_outputs(graph: Graph) -> dict[str, str]:
    """Return what enters the master, by the name of its strip: the outputs that are a graph's stems."""
    if MASTER not in graph.nodes:
        raise RenderError(f"expected a node {MASTER} to take the stems before, the graph has none")
    return {name.partition("/")[0]: name for name in graph.nodes[MASTER].inputs}


def _ended(
    graph: Graph,
    pieces: Callable[[int], Iterator[list[Samples]]],
    *,
    raw_graph: bool,
    begin: int,
    end: int | None,
    whole: bool,
) -> Iterator[list[Samples]]:
    """Yield pieces from ``begin`` up to ``end``, or up to the end of the tail."""
    longest = graph.length + LONGEST_TAIL_S * graph.sample_rate
    patience = graph.sample_rate // 2
    if end is not None or raw_graph:
        limit = graph.length if end is None else min(end, longest)
        at = begin
        for piece in pieces(limit):
            yield [samples[:, : limit - at] for samples in piece]
            at += piece[0].shape[1]
            if at >= limit:
                return
        return
    if whole:  # a second after the last clip nearly always holds the whole tail
        short = list(pieces(graph.length + graph.sample_rate))
        found = list(until_silent(short, graph.length - begin, patience))
        frames = sum(piece[0].shape[1] for piece in found)
        if begin + frames + patience <= graph.length + graph.sample_rate:
            yield from found
            return
    over = graph.length - begin
    yield from until_silent(pieces(longest), over, patience, over + tail_frames(graph))
