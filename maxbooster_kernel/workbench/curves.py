"""What a console's meters show over a whole session: gain reduction of every compressor, level of every strip."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.meters import Curve, gain_reduction, level
from maxbooster_kernel.mix.render import render_pieces
from maxbooster_kernel.workbench.compiled import compiled_session
from maxbooster_kernel.workbench.media import SessionMedia

MIX = "master"


def reduction_curves(
    snapshot: Mapping[str, Any], folder: str | os.PathLike[str], *, compressor: str | None = None
) -> dict[str, Curve]:
    """Return the gain reduction in dB of every compressor of a session, by the compressor's node.

    Parameters
    ----------
    snapshot, folder
        As for :func:`maxbooster_kernel.workbench.render.render_session`.
    compressor
        Only this one, ``"drums/compressor"`` or ``"master/limiter"``; None for all.

    Raises
    ------
    RenderError
        There is no such compressor.
    """
    media = SessionMedia(snapshot, folder)
    graph, _, _ = compiled_session(snapshot, media, raw_graph=False, start_s=None, end_s=None)
    samples = media.read_all()
    every = [node.id for node in graph.nodes.values() if node.type == "dynamics_compressor"]
    names = every if compressor is None else [compressor]
    if not names:
        raise RenderError("expected a session with a compressor, it has none")
    return {name: gain_reduction(graph, samples.__getitem__, name) for name in names}


def level_curves(
    snapshot: Mapping[str, Any], folder: str | os.PathLike[str], *, step_s: float = 0.01
) -> dict[str, dict[str, Curve]]:
    """Return peak and rms level in dBFS of every strip as its meter shows it, and of the mix as ``"master"``.

    A track that goes to a bus has its curves like any other; a muted one is silent.
    """
    media = SessionMedia(snapshot, folder)
    graph, _, _ = compiled_session(snapshot, media, raw_graph=False, start_s=None, end_s=None)
    samples = media.read_all()
    strips = [strip["id"] for strip in [*snapshot["tracks"], *snapshot["buses"]]]
    outputs = {name: f"{name}/output" for name in strips if f"{name}/output" in graph.nodes}
    outputs[MIX] = graph.output
    pieces = list(render_pieces(graph, samples.__getitem__, outputs))
    joined = [np.concatenate(parts, axis=1) for parts in zip(*pieces, strict=True)]
    return {
        name: level(AudioBuffer(found, graph.sample_rate), step_s=step_s)
        for name, found in zip(outputs, joined, strict=True)
    }
