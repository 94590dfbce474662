"""Render a session: its media read, its snapshot compiled, its graph run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.resample import resample
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.mix.cache import TileCache
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.workbench.compiled import compiled_session, warn_of_clips
from maxbooster_kernel.workbench.media import SessionMedia, memory_bytes

TILES = TileCache(memory_bytes() // 8)


@checked
def render_session(
    snapshot: Mapping[str, Any],
    folder: str | os.PathLike[str],
    *,
    raw_graph: bool = False,
    stems: bool = False,
    start_s: float | None = None,
    end_s: float | None = None,
    sample_rate: int | None = None,
    cache: bool = True,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> AudioBuffer | dict[str, AudioBuffer]:
    """Render a session's mix, or its stems.

    Parameters
    ----------
    snapshot
        The session's data with all defaults (what ``conform.normalize`` returns).
    folder
        The folder its media are in.
    raw_graph
        Render exactly what a browser's OfflineAudioContext gives for the graph: cold, late, without a tail.
    stems
        Return what enters the master, by strip, instead of the mix.
    start_s, end_s
        The part wanted, in seconds; None for the whole with its tail.
    sample_rate
        Convert the result, and stems of another rate than the session's, to this rate in Hz; None converts nothing.
    cache
        Use what earlier renders left; false computes everything again from the decoded stems.
    threads
        How many threads; None for one a processor.
    progress
        Called with messages for the person who waits.

    Returns
    -------
    AudioBuffer or dict of AudioBuffer
        The mix, or the stems by track or bus.

    Raises
    ------
    SessionError, AudioError, SampleRateError
        A file is missing or cannot be used; the message names the track.
    RenderError
        There is nothing to render, or the selection is empty.
    """
    rate: int = snapshot["sample_rate"]
    media = SessionMedia(snapshot, folder, convert=sample_rate is not None)
    graph, start, end = compiled_session(snapshot, media, raw_graph=raw_graph, start_s=start_s, end_s=end_s)
    warn_of_clips(snapshot, media, progress)
    options: dict[str, Any] = {
        "raw_graph": raw_graph, "start": start, "end": end, "threads": threads, "progress": progress,
    }  # fmt: skip
    samples = media.read_all()
    hashes = media.hashes()
    options |= {"media_key": lambda path: f"{hashes[path]} {rate}".encode(), "cache": TILES if cache else None}
    if stems:
        found = render(graph, samples.__getitem__, stems=True, **options)
        return {name: _converted(buffer, sample_rate) for name, buffer in found.items()}
    return _converted(render(graph, samples.__getitem__, **options), sample_rate)


def _converted(buffer: AudioBuffer, sample_rate: int | None) -> AudioBuffer:
    return buffer if sample_rate is None else resample(buffer, sample_rate)
