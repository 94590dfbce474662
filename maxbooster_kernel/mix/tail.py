"""When a render ends: with its last clip, or when what rings on has died away."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import PluginError
from maxbooster_kernel.mix.graph import Graph
from maxbooster_kernel.mix.plugin import graph_plugins

SILENCE = 1e-5  # -100 dBFS
LONGEST_TAIL_S = 10

Samples = NDArray[np.float32]


def in_step(pieces: Iterable[Sequence[Samples]], skips: Sequence[int]) -> Iterator[list[Samples]]:
    """Drop the first frames of each output, its own number of them, and yield equally long pieces.

    >>> ramp = np.arange(6, dtype=np.float32)[np.newaxis]
    >>> [[part.tolist() for part in step] for step in in_step([[ramp[:, :3]] * 2, [ramp[:, 3:]] * 2], [0, 2])]
    [[[[0.0]], [[2.0]]], [[[1.0, 2.0, 3.0]], [[3.0, 4.0, 5.0]]]]
    """
    left = list(skips)
    waiting: list[Samples] = []
    for piece in pieces:
        if not waiting:
            waiting = [samples[:, :0] for samples in piece]
        for index, samples in enumerate(piece):
            drop = min(left[index], samples.shape[1])
            left[index] -= drop
            kept = samples[:, drop:]
            before = waiting[index]
            waiting[index] = kept if not before.shape[1] else np.concatenate([before, kept], axis=1)
        ready = min(samples.shape[1] for samples in waiting)
        if ready:
            yield [samples[:, :ready] for samples in waiting]
            waiting = [samples[:, ready:] for samples in waiting]


def tail_frames(graph: Graph) -> int:
    """Return for how many frames inserts say that they may sound after the last clip, one behind the other, up to 10 s.

    Raises
    ------
    PluginError
        An insert cannot be made, or does not say how long it sounds.
    """
    plugins = graph_plugins(graph)
    tails: dict[str, float] = {}
    for node in graph.nodes.values():
        own = 0.0
        if node.id in plugins and node.fields.get("enabled", True):
            own = float(plugins[node.id].tail_s)
            if not own >= 0.0:
                said = f"expected a tail of 0 s or more from the plugin, got {own}"
                raise PluginError(f"{node.id}: {said}", insert=node.id)
        tails[node.id] = max((tails[source] for source in node.inputs), default=0.0) + own
    return round(min(max(tails.values(), default=0.0), LONGEST_TAIL_S) * graph.sample_rate)


def until_silent(
    pieces: Iterable[list[Samples]], length: int, patience: int, least: int = 0
) -> Iterator[list[Samples]]:
    """Yield everything up to frame ``length``, then what follows up to its last frame of -100 dBFS or more.

    It is over when all outputs have stayed below that for ``patience`` frames, but not before frame ``least``.
    """
    at = 0
    held: list[list[Samples]] = []
    quiet = 0
    for piece in _split(pieces, least):
        limit = patience if at >= least else sys.maxsize
        frames = piece[0].shape[1]
        certain = min(max(length - at, 0), frames)
        at += frames
        tail = [samples[:, certain:] for samples in piece]
        if certain:
            yield [samples[:, :certain] for samples in piece]
        loud = _loud_frames(tail, limit, limit - quiet)
        if loud:
            yield from held
            held, quiet = [], 0
            yield [samples[:, :loud] for samples in tail]
        rest = [samples[:, loud:] for samples in tail]
        if rest[0].shape[1]:
            held.append(rest)
            quiet += rest[0].shape[1]
        if quiet >= patience and at >= least:
            return


def _split(pieces: Iterable[list[Samples]], frame: int) -> Iterator[list[Samples]]:
    """Yield pieces, the one around a frame in two."""
    at = 0
    for piece in pieces:
        before, end = max(frame - at, 0), piece[0].shape[1]
        if 0 < before < end:
            yield [samples[:, :before] for samples in piece]
            yield [samples[:, before:] for samples in piece]
        else:
            yield piece
        at += end


def _loud_frames(samples: Sequence[Samples], patience: int, allowed: int) -> int:
    """Return the frames up to the last loud one before a silence of ``patience`` frames (the first: of ``allowed``)."""
    if not samples[0].shape[1]:
        return 0
    level = np.max([np.abs(item).max(axis=0) for item in samples], axis=0)
    loud = np.flatnonzero(level >= SILENCE)
    if not len(loud):
        return 0
    gaps = np.diff(loud, prepend=-1) - 1
    limits = np.full(len(loud), patience)
    limits[0] = allowed
    ends = np.flatnonzero(gaps >= limits)
    kept = int(ends[0]) if len(ends) else len(loud)
    return int(loud[kept - 1]) + 1 if kept else 0
