"""Render a session straight into files, a few seconds at a time: its length does not matter."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.resample import resample
from maxbooster_kernel.audio.write import AudioWriter
from maxbooster_kernel.dsp.kernel import engine_digest
from maxbooster_kernel.errors import OutputExistsError, RenderError
from maxbooster_kernel.mix.graph import Graph, read_graph
from maxbooster_kernel.mix.render import MIX, render_pieces, stem_outputs
from maxbooster_kernel.workbench.compiled import compiled_session
from maxbooster_kernel.workbench.media import SessionMedia
from maxbooster_kernel.workbench.media_stream import MediaStream

BitDepth = Literal[16, 24, "32f"]
WINDOW = 1
Samples = NDArray[np.float32]


def export_session(
    snapshot: Mapping[str, Any],
    folder: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    stems: str | os.PathLike[str] | None = None,
    bit_depth: BitDepth = 24,
    raw_graph: bool = False,
    start_s: float | None = None,
    end_s: float | None = None,
    sample_rate: int | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Render a session's mix into a file, and its stems into a folder, in one pass; all appear whole or none does.

    Parameters
    ----------
    output
        The mix to write; the ending chooses the format, for the stems too.
    stems
        Folder for what enters the master, a file a strip; None writes no stems.
    bit_depth
        16 (dithered), 24 or ``"32f"``.
    force
        Replace existing files.

    Returns
    -------
    dict
        The manifest: what was made from what. ``files`` lists path, frames and peak of each file; ``session``
        is the SHA-256 of the snapshot, ``media`` that of each stem, ``engine`` that of the engine's sources.

    Raises
    ------
    OutputExistsError
        A file exists and ``force`` is false; nothing is written.

    Notes
    -----
    The other options, and what else is raised, are those of :func:`maxbooster_kernel.workbench.render.render_session`.
    """
    media = SessionMedia(snapshot, folder, convert=sample_rate is not None)
    graph, start, end = compiled_session(snapshot, media, raw_graph=raw_graph, start_s=start_s, end_s=end_s)
    checked = read_graph(graph)
    target = Path(output)
    outputs = {MIX: checked.output}
    paths = {MIX: target}
    if stems is not None:
        for name, node in stem_outputs(checked).items():
            outputs[f"stem {name}"] = node
            paths[f"stem {name}"] = Path(stems) / f"{name}{target.suffix}"
    for path in paths.values():
        if path.exists() and not force:
            raise OutputExistsError(path)
    pieces = render_pieces(
        checked, MediaStream(media), outputs, raw_graph=raw_graph, start=start, end=end,
        window=WINDOW, threads=threads, progress=progress,
    )  # fmt: skip
    rate = sample_rate or checked.sample_rate
    if rate != checked.sample_rate:
        pieces = _converted(pieces, checked, rate)
    peaks = dict.fromkeys(outputs, 0.0)
    with ExitStack() as stack:
        channels = [checked.nodes[node].channels for node in outputs.values()]
        writers = [
            stack.enter_context(AudioWriter(path, rate, count, bit_depth=bit_depth, force=force))
            for path, count in zip(paths.values(), channels, strict=True)
        ]
        for piece in pieces:
            for name, writer, samples in zip(outputs, writers, piece, strict=True):
                writer.write(samples)
                peaks[name] = max(peaks[name], float(np.abs(samples).max(initial=0.0)))
        frames = writers[0].frames
    files = [
        {"file": str(path), "frames": frames, "duration_s": frames / rate, "sample_rate": rate, "channels": count,
         "peak": peaks[name]}
        for (name, path), count in zip(paths.items(), channels, strict=True)
    ]  # fmt: skip
    return {**provenance(snapshot, media), "raw_graph": raw_graph, "files": files}


def provenance(snapshot: Mapping[str, Any], media: SessionMedia) -> dict[str, Any]:
    """Return what a render depends on: digests of the session, of its media and of the engine."""
    from maxbooster_kernel import __version__

    heard = {name: value for name, value in snapshot.items() if name not in ("crdt", "comments", "notes", "markers")}
    text = json.dumps(heard, sort_keys=True, separators=(",", ":"))
    return {
        "session": hashlib.sha256(text.encode()).hexdigest(),
        "media": media.hashes(),
        "engine": engine_digest(),
        "version": __version__,
    }


def _converted(pieces: Iterator[list[Samples]], graph: Graph, rate: int) -> Iterator[list[Samples]]:
    """Convert whole outputs: a converter needs to see both ends."""
    found = list(pieces)
    if not found:
        raise RenderError("expected at least one frame to convert, got none")
    whole = [AudioBuffer(np.concatenate(parts, axis=1), graph.sample_rate) for parts in zip(*found, strict=True)]
    yield [resample(buffer, rate).samples for buffer in whole]
