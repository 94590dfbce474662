"""A strip as a program for :func:`strip_kernel.run_strips`: its stages, its constants, the layout of its state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.biquad import FILTERS, biquad_coefficient_curve, biquad_coefficients
from maxbooster_kernel.dsp.compressor import STATE_ROWS, VALUES, compressor_values
from maxbooster_kernel.dsp.panner import pan_matrix
from maxbooster_kernel.mix import strip_kernel as code
from maxbooster_kernel.mix.automation import Timeline
from maxbooster_kernel.mix.graph import PARAMETERS, Node
from maxbooster_kernel.mix.plan import Unit

if TYPE_CHECKING:
    from maxbooster_kernel.mix.launch import Constants

Signature = tuple[tuple[int, int, bool, bool], ...]
RECURSIVE = (code.BANDS, code.BAND_CURVE, code.COMPRESSOR)
NEUTRAL_AT_0_DB = ("lowshelf", "highshelf", "peaking")


@dataclass(slots=True, kw_only=True)
class Stage:
    """One stage: its code and size (see ``strip_kernel``), its constants for one lane, and its nodes."""

    code: int
    size: int = 0
    values: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    coefficients: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    filter: int = 0
    state: int = 0
    keyed: bool = False

    @property
    def moving(self) -> bool:
        """Whether the stage's constants change from block to block."""
        return bool(self.timelines) and self.code == code.COMPRESSOR


@dataclass(slots=True, kw_only=True)
class Program:
    """All stages of one unit and the number of state values a lane needs."""

    stages: list[Stage]
    state_size: int
    sample_rate: int
    constants: Constants | None = None
    memory: int | None = field(init=False)
    """How many frames back an output may depend on inputs; None for all of them, as in a recursion."""
    signature: Signature = field(init=False)
    """What must be equal for two programs to run side by side."""

    def __post_init__(self) -> None:
        recursive = any(stage.code in RECURSIVE for stage in self.stages)
        delays = sum(stage.size for stage in self.stages if stage.code == code.DELAY)
        self.memory = None if recursive else delays
        self.signature = tuple((stage.code, stage.size, stage.keyed, stage.moving) for stage in self.stages)

    def initial_state(self, *, settled: bool) -> NDArray[np.float32]:
        """Return the state before frame 0: of a context that starts there, or of one that has run in silence."""
        state = np.zeros(self.state_size, np.float32)
        at = 0
        for stage in self.stages:
            if stage.code == code.COMPRESSOR:
                values = stage.values if not stage.moving else _moving_values(stage, 0, 1, self.sample_rate)[0]
                state[at : at + STATE_ROWS] = (
                    settled_compressor(tuple(values.tolist()), self.sample_rate) if settled else (0.0, 1.0, -1.0)
                )
            at += stage.state
        return state


def make_program(unit: Unit, sample_rate: int) -> Program:
    """Turn the nodes of a strip into stages; leave out what changes nothing."""
    stages: list[Stage] = []
    for node in unit.nodes:
        stage = _stage(node, sample_rate)
        last = stages[-1] if stages else None
        if stage is None:
            continue
        if stage.code == code.BANDS and last is not None and last.code == code.BANDS:
            last.size += 1
            last.state = 4 * (last.size + 1)
            last.coefficients = np.concatenate([last.coefficients, stage.coefficients])
        else:
            stages.append(stage)
    return Program(stages=stages, state_size=sum(stage.state for stage in stages), sample_rate=sample_rate)


def stage_values(stage: Stage, start: int, frames: int, sample_rate: int) -> NDArray[np.float32]:
    """Return the stage's float32 constants for a run: shape (values,), or (blocks, values) where they move."""
    return _moving_values(stage, start, frames // 128, sample_rate) if stage.moving else stage.values


def stage_curve(stage: Stage, start: int, frames: int, sample_rate: int) -> NDArray[Any] | None:
    """Return the per-frame values a stage of curves needs for a run, or None."""
    if stage.code in (code.GAIN_CURVE, code.PAN_CURVE):
        return next(iter(stage.timelines.values())).fill(start, frames)
    if stage.code == code.BAND_CURVE:
        frequency, q, gain, detune = (stage.timelines[name].fill(start, frames) for name in PARAMETERS["biquad_filter"])
        out = np.empty((frames, 5))
        biquad_coefficient_curve(stage.filter, frequency, q, gain, detune, float(sample_rate), out)
        return out
    return None


def stage_motion(stage: Stage, start: int, frames: int, sample_rate: int) -> bytes:
    """Return what tells a stage's moving parameters in a run from other ones: their one value, or all values."""
    still = [line.steady(start, frames) for line in stage.timelines.values()]
    if all(value is not None for value in still):
        return b"steady" + np.array(still, np.float32).tobytes()
    curve = stage_curve(stage, start, frames, sample_rate)
    return (stage_values(stage, start, frames, sample_rate) if curve is None else curve).tobytes()


def timeline(value: Any, sample_rate: int, *, k_rate: bool = False) -> Timeline:
    """Return the timeline of a graph parameter, moving or not."""
    if isinstance(value, Mapping):
        return Timeline(value["value"], value["events"], sample_rate, k_rate=k_rate)
    return Timeline(value, (), sample_rate, k_rate=k_rate)


def _stage(node: Node, rate: int) -> Stage | None:
    fields = node.fields
    if node.type == "gain" and not isinstance(fields["gain"], Mapping):
        gain = np.float32(fields["gain"])
        return None if gain == 1 else Stage(code=code.GAIN, values=np.array([gain], np.float32))
    k_rate = node.type == "dynamics_compressor"
    lines = {name: timeline(fields[name], rate, k_rate=k_rate) for name in PARAMETERS.get(node.type, ())}
    moving = any(line.events for line in lines.values())
    match node.type:
        case "gain":
            return Stage(code=code.GAIN_CURVE, timelines=lines)
        case "stereo_panner":
            mono = node.channels_in == 1
            if moving:
                return Stage(code=code.PAN_CURVE, size=int(mono), timelines=lines)
            return Stage(code=code.PAN, values=_pan_values(lines["pan"].value, mono))
        case "biquad_filter":
            return _band(fields, lines, rate, moving=moving)
        case "delay":
            frames = fields["frames"]
            return Stage(code=code.DELAY, size=frames, state=2 * frames) if frames else None
        case _:
            return _compressor(fields, lines, rate, moving=moving)


def _band(fields: Mapping[str, Any], lines: Mapping[str, Timeline], rate: int, *, moving: bool) -> Stage | None:
    kind = FILTERS.index(fields["filter"])
    if moving:
        return Stage(code=code.BAND_CURVE, timelines=lines, filter=kind, state=8)
    if fields["filter"] in NEUTRAL_AT_0_DB and lines["gain"].value == 0:
        return None
    frequency, q, gain, detune = (float(lines[name].value) for name in PARAMETERS["biquad_filter"])
    return Stage(
        code=code.BANDS,
        size=1,
        coefficients=_coefficients(kind, frequency, q, gain, detune, float(rate)),
        state=8,
    )


def _compressor(fields: Mapping[str, Any], lines: Mapping[str, Timeline], rate: int, *, moving: bool) -> Stage:
    frames = int(np.float32(np.float32(0.006) * np.float32(rate)))
    values = np.zeros(VALUES, np.float32) if moving else _values(rate, *[float(line.value) for line in lines.values()])
    return Stage(
        code=code.COMPRESSOR,
        size=frames,
        values=values,
        timelines=lines if moving else {},
        state=STATE_ROWS + 2 * frames,
        keyed=bool(fields.get("key")),
    )


def _moving_values(stage: Stage, start: int, blocks: int, sample_rate: int) -> NDArray[np.float32]:
    curves = [line.fill(start, 128 * blocks) for line in stage.timelines.values()]
    table = np.stack(curves, axis=1)
    out = np.empty((blocks, VALUES), np.float32)
    for block in range(blocks):
        if block and (table[block] == table[block - 1]).all():
            out[block] = out[block - 1]
        else:
            _fill_values(table[block].tolist(), sample_rate, out[block])
    return out


@lru_cache(maxsize=1024)
def _pan_values(pan: np.float32, mono: bool) -> NDArray[np.float32]:
    return np.array(pan_matrix(pan, mono), np.float32)


@lru_cache(maxsize=4096)
def _coefficients(kind: int, *settings: float) -> NDArray[np.float64]:
    return np.array(biquad_coefficients(kind, *settings))


@lru_cache(maxsize=4096)
def _values(sample_rate: int, *settings: float) -> NDArray[np.float32]:
    out = np.zeros(VALUES, np.float32)
    _fill_values(settings, sample_rate, out)
    return out


def _fill_values(settings: Sequence[float], sample_rate: int, out: NDArray[np.float32]) -> None:
    threshold, knee, ratio, attack, release = settings
    compressor_values(threshold, knee, ratio, attack, release, float(sample_rate), out)


@lru_cache(maxsize=256)
def settled_compressor(values: tuple[float, ...], sample_rate: int) -> tuple[float, float, float]:
    """Return detector, gain and greatest difference of a compressor after one second of silence on the block grid."""
    frames = int(np.float32(np.float32(0.006) * np.float32(sample_rate)))
    stage = Stage(code=code.COMPRESSOR, size=frames, values=np.array(values, np.float32), state=STATE_ROWS + 2 * frames)
    program = Program(stages=[stage], state_size=stage.state, sample_rate=sample_rate)
    from maxbooster_kernel.mix.launch import Leg, Run, launch

    blocks = -(-sample_rate // 128)
    legs = [Leg(source=np.zeros((2, 128 * blocks), np.float32))]
    run = Run(program=program, start=0, state=program.initial_state(settled=False), legs=legs)
    launch([run], 128 * blocks, lanes=1)
    detector, gain, greatest = run.state[:STATE_ROWS].tolist()
    return detector, gain, greatest
