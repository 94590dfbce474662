"""What a console shows, as arrays: gain reduction of compressors, and levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.dsp.compressor import STATE_ROWS, VALUES, compressor_values, run_gains
from maxbooster_kernel.dsp.lanes import BLOCK
from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.engine import Engine
from maxbooster_kernel.mix.graph import PARAMETERS, Graph, read_graph
from maxbooster_kernel.mix.latency import latencies
from maxbooster_kernel.mix.program import settled_compressor, timeline
from maxbooster_kernel.mix.sources import Sources

DIVISION = 32
Samples = NDArray[np.float32]
FLOOR_DB = -200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Values over time: ``values[i]`` holds from ``times_s[i]`` on, in seconds of the programme."""

    times_s: NDArray[np.float64]
    values: NDArray[np.float64]


def gain_reduction(
    graph: Mapping[str, Any] | Graph, sources: Sources, compressor: str, *, raw_graph: bool = False
) -> Curve:
    """Return how many dB a compressor turns its input down, every 32 frames; 0 is none, makeup is not counted.

    Times are those of the programme: all that makes the compressor late is taken out.

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
        The graph has no such compressor.
    """
    checked = read_graph(graph)
    node = checked.nodes.get(compressor)
    if node is None or node.type != "dynamics_compressor":
        known = ", ".join(name for name, item in checked.nodes.items() if item.type == "dynamics_compressor")
        raise RenderError(f'expected the id of a compressor, got "{compressor}"; the graph has {known or "none"}')
    rate = checked.sample_rate
    heard = node.fields.get("key") or node.inputs[0]
    late = 0 if raw_graph else latencies(checked)[compressor]
    engine = Engine(replace(checked, output=heard), sources, settled=not raw_graph)
    level = engine.samples([heard], checked.length + late)[0]
    gains = _gains(level, node.fields, rate, settled=not raw_graph)
    count = -(-checked.length // DIVISION)
    first = round(late / DIVISION)
    kept = gains[first : first + count]
    times = np.arange(len(kept)) * DIVISION / rate
    return Curve(times_s=times, values=20.0 * np.log10(np.maximum(kept.astype(np.float64), 1e-10)))


def _gains(level: Samples, fields: Mapping[str, Any], rate: int, *, settled: bool) -> Samples:
    """Return the smallest gain of every division of a compressor that hears ``level``, makeup not counted."""
    blocks = -(-level.shape[1] // BLOCK)
    padded = np.zeros((2, blocks * BLOCK), np.float32)
    padded[:, : level.shape[1]] = level
    lines = [timeline(fields[name], rate, k_rate=True) for name in PARAMETERS["dynamics_compressor"]]
    table = np.stack([line.fill(0, blocks * BLOCK) for line in lines], axis=1)
    starts = [0, *(1 + np.flatnonzero((table[1:] != table[:-1]).any(axis=1))).tolist()]
    values, scratch = np.zeros(VALUES, np.float32), np.empty(320, np.float32)
    state = np.array((0.0, 1.0, -1.0), np.float32)
    least = np.empty(blocks * BLOCK // DIVISION, np.float32)
    saturation = np.float32(np.float32(0.0025) * np.float32(rate))
    for start, end in pairwise([*starts, blocks]):  # stretches in which no parameter moves
        threshold, knee, ratio, attack, release = (float(value) for value in table[start])
        compressor_values(threshold, knee, ratio, attack, release, float(rate), values)
        if settled and start == 0:
            state[:STATE_ROWS] = settled_compressor(tuple(values.tolist()), rate)
        values[6] = 1.0  # no makeup: what is asked for is the reduction
        piece = np.ascontiguousarray(padded[:, start * BLOCK : end * BLOCK])
        part = slice(start * BLOCK // DIVISION, end * BLOCK // DIVISION)
        run_gains(piece, values, saturation, state, least[part], scratch)
    return least


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
