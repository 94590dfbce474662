"""Render what a page cannot play: a strip up to an insert that has no twin in the browser.

The page sends the part of its compiled graph that ends with the insert (``widgets/src/frozen.ts``), so what comes back
belongs to exactly what the page plays, whatever others edit meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.tile_store import FRAMES, TileStore
from maxbooster_kernel.errors import RenderError, SessionError
from maxbooster_kernel.mix.graph import Graph, read_graph
from maxbooster_kernel.mix.plugin import graph_plugins
from maxbooster_kernel.mix.render import render_pieces
from maxbooster_kernel.mix.tail import LONGEST_TAIL_S, tail_frames
from maxbooster_kernel.workbench.media import SessionMedia
from maxbooster_kernel.workbench.render import TILES

Samples = NDArray[np.float32]
SETTLING_S = 1.0  # filters and compressors ring on for less
FAINT = 1e-7  # -140 dBFS: what ends a stem
WINDOW = 16


def render_stem(data: Mapping[str, Any], folder: Path | None, store: TileStore | None = None) -> dict[str, Any]:
    """Render the output of a graph into tiles.

    Parameters
    ----------
    data
        A compiled graph that ends with an insert.
    folder
        The folder the media's paths are relative to; None when the session has none yet.
    store
        Where the tiles go; None takes the one the server reads.

    Returns
    -------
    dict
        ``tiles`` (names, in order), ``frames`` (how many of them sound, latency taken out); or ``latency``, the
        latencies in frames of those inserts that the graph has wrong, by node id, and nothing is rendered.

    Raises
    ------
    PluginError
        A plugin is not installed, raised, or returned something else than samples; ``insert`` says which one.
    RenderError, SessionError, AudioError
        The graph, or a media file, cannot be used.
    """
    graph = read_graph(data)
    plugins = graph_plugins(graph)
    late = {name: plugin.latency for name, plugin in plugins.items()}
    wrong = {name: frames for name, frames in late.items() if graph.nodes[name].fields.get("latency", 0) != frames}
    if wrong:
        return {"latency": wrong}
    if folder is None:
        raise SessionError("the session has no folder yet; save it beside its media: session.save('song.mbsession')")
    rate = graph.sample_rate
    media = SessionMedia(_places(graph), folder)
    samples, hashes = media.read_all(), media.hashes()
    end = graph.length + min(LONGEST_TAIL_S * rate, round(SETTLING_S * rate) + tail_frames(graph))
    strips = len({name.partition("/")[0] for name in graph.nodes})
    pieces = render_pieces(
        graph,
        samples.__getitem__,
        {"stem": graph.output},
        end=end,
        window=None if 16 * end * strips <= TILES.limit else WINDOW,
        media_key=lambda path: f"{hashes[path]} {rate}".encode(),
        cache=TILES,
    )
    store = store or TileStore()
    tiles, frames = [], 0
    for number, tile in enumerate(_tiles(piece for [piece] in pieces)):
        tiles.append(store.put(tile))
        sounding = np.flatnonzero(np.abs(tile).max(axis=0) > FAINT)
        if len(sounding):
            frames = number * FRAMES + int(sounding[-1]) + 1
    store.prune(tiles)
    return {"tiles": tiles[: -(-frames // FRAMES)], "frames": frames}


def _tiles(pieces: Iterable[Samples]) -> Iterator[Samples]:
    """Yield pieces again as tiles of one length, the last one filled up with silence."""
    waiting = np.zeros((2, 0), np.float32)
    for piece in pieces:
        waiting = np.concatenate([waiting, piece], axis=1)
        whole = waiting.shape[1] // FRAMES * FRAMES
        for at in range(0, whole, FRAMES):
            yield waiting[:, at : at + FRAMES]
        waiting = waiting[:, whole:]
    if waiting.shape[1]:
        yield np.pad(waiting, ((0, 0), (0, FRAMES - waiting.shape[1])))


def _places(graph: Graph) -> dict[str, Any]:
    """Return the graph's clips as a session, for its media; a path that leaves the folder is refused."""
    tracks = []
    for node in graph.nodes.values():
        if node.type != "clip":
            continue
        media = node.fields.get("media")
        if not isinstance(media, str) or PurePosixPath(media).is_absolute() or ".." in PurePosixPath(media).parts:
            raise RenderError(f"node {node.id}: media: expected a path inside the session's folder, got {media!r}")
        tracks.append({"id": node.id.partition("/")[0], "clips": [{"media": media}]})
    return {"sample_rate": graph.sample_rate, "tracks": tracks}
