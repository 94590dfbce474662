"""What a console shows, as arrays: gain reduction of compressors, and levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.dsp.compressor import STATE_ROWS, VALUES, compressor_values, run_gains
from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.engine import Engine
from maxbooster_kernel.mix.graph import PARAMETERS, read_graph
from maxbooster_kernel.mix.program import settled_compressor, timeline
from maxbooster_kernel.mix.sources import Sources

DIVISION = 32
FLOOR_DB = -200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Values over time: ``values[i]`` holds from ``times_s[i]`` on, in seconds of the programme."""

    times_s: NDArray[np.float64]
    values: NDArray[np.float64]


def gain_reduction(graph: Mapping[str, Any], sources: Sources, compressor: str, *, raw_graph: bool = False) -> Curve:
    """Return how many dB a compressor turns its input down, every 32 frames; 0 is none, makeup is not counted.

    Parameters
    ----------
    graph, sources
        As for :func:`maxbooster_kernel.mix.render.render`.
    compressor
        The node's id, ``"drums/compressor"`` or ``"master/limiter"``.
    raw_graph
        Start cold instead of from settled silence.

    Raises
    ------
    RenderError
        The graph has no such compressor, or its parameters move.
    """
    checked = read_graph(graph)
    node = checked.nodes.get(compressor)
    if node is None or node.type != "dynamics_compressor":
        known = ", ".join(name for name, item in checked.nodes.items() if item.type == "dynamics_compressor")
        raise RenderError(f'expected the id of a compressor, got "{compressor}"; the graph has {known or "none"}')
    rate = checked.sample_rate
    lines = [timeline(node.fields[name], rate, k_rate=True) for name in PARAMETERS["dynamics_compressor"]]
    if any(line.events for line in lines):
        raise RenderError(f"{compressor}: its parameters move; its gain reduction is not one curve's")
    heard = node.fields.get("key") or node.inputs[0]
    engine = Engine(read_graph({**graph, "output": heard}), sources, settled=not raw_graph)
    level = engine.samples([heard], checked.length)[0]
    values = np.zeros(VALUES, np.float32)
    threshold, knee, ratio, attack, release = (float(line.value) for line in lines)
    compressor_values(threshold, knee, ratio, attack, release, float(rate), values)
    state = np.array((0.0, 1.0, -1.0), np.float32)
    if not raw_graph:
        state[:STATE_ROWS] = settled_compressor(tuple(values.tolist()), rate)
    padded = np.zeros((2, -(-level.shape[1] // DIVISION) * DIVISION), np.float32)
    padded[:, : level.shape[1]] = level
    least = np.empty(padded.shape[1] // DIVISION, np.float32)
    values[6] = 1.0  # no makeup: what is asked for is the reduction
    scratch = np.empty(320, np.float32)
    run_gains(padded, values, np.float32(np.float32(0.0025) * np.float32(rate)), state, least, scratch)
    times = np.arange(len(least)) * DIVISION / rate
    return Curve(times_s=times, values=20.0 * np.log10(np.maximum(least.astype(np.float64), 1e-10)))


def level(audio: AudioBuffer, *, step_s: float = 0.01) -> dict[str, Curve]:
    """Return the peak and the rms level of a buffer in dBFS, of all channels together, one value a step.

    Examples
    --------
    >>> tone = AudioBuffer(np.full((1, 441), 0.5, np.float32), 44100)
    >>> round(float(level(tone)["peak"].values[0]), 2)
    -6.02
    """
    step = max(1, round(step_s * audio.sample_rate))
    count = -(-audio.frames // step)
    padded = np.zeros((audio.channels, count * step), np.float32)
    padded[:, : audio.frames] = audio.samples
    pieces = padded.reshape(audio.channels, count, step)
    times = np.arange(count) * step / audio.sample_rate
    peak = np.abs(pieces).max(axis=(0, 2)).astype(np.float64)
    rms = np.sqrt(np.mean(np.square(pieces, dtype=np.float64), axis=(0, 2)))
    return {
        name: Curve(times_s=times, values=np.maximum(20.0 * np.log10(np.maximum(found, 1e-30)), FLOOR_DB))
        for name, found in (("peak", peak), ("rms", rms))
    }
