"""What a console's meters show over a whole session: gain reduction of every compressor, level of every strip."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.graph import PARAMETERS
from maxbooster_kernel.mix.meters import Curve, gain_reduction, level
from maxbooster_kernel.workbench.compiled import compiled_session
from maxbooster_kernel.workbench.media import SessionMedia
from maxbooster_kernel.workbench.render import render_session

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
        Only this one, ``"drums/compressor"`` or ``"master/limiter"``; None for all whose parameters stand still.

    Raises
    ------
    RenderError
        There is no such compressor, or its parameters move.
    """
    media = SessionMedia(snapshot, folder)
    graph, _, _ = compiled_session(snapshot, media, raw_graph=False, start_s=None, end_s=None)
    samples = media.read_all()
    names = [compressor] if compressor is not None else [node["id"] for node in graph["nodes"] if _still(node)]
    if not names:
        raise RenderError("expected a session with a compressor whose parameters stand still, it has none")
    return {name: gain_reduction(graph, samples.__getitem__, name) for name in names}


def level_curves(
    snapshot: Mapping[str, Any], folder: str | os.PathLike[str], *, step_s: float = 0.01
) -> dict[str, dict[str, Curve]]:
    """Return peak and rms level in dBFS of every strip as it enters the master, and of the mix as ``"master"``."""
    stems = render_session(snapshot, folder, stems=True)
    mix = render_session(snapshot, folder)
    buffers = {**stems, MIX: mix} if isinstance(stems, dict) else {MIX: mix}
    return {name: level(buffer, step_s=step_s) for name, buffer in buffers.items()}  # type: ignore[arg-type]  # - stems: buffers


def _still(node: Mapping[str, Any]) -> bool:
    if node["type"] != "dynamics_compressor":
        return False
    return not any(isinstance(node[name], Mapping) for name in PARAMETERS["dynamics_compressor"])
