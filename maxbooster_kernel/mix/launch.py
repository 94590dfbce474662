"""Put runs side by side in lanes and call the kernel."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.lanes import lanes_of
from maxbooster_kernel.mix.strip_kernel import run_strips

if TYPE_CHECKING:
    from maxbooster_kernel.mix.program import Program

MOVING = 65536  # frames of per-frame values that are in memory at a time
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of a run: where its frames come from and go to, shape (2, frames); without a target they are dropped."""

    source: Samples
    target: Samples | None = None
    key: Samples | None = None


@dataclass(slots=True, kw_only=True)
class Run:
    """One strip from one frame on, leg by leg; ``state`` is replaced by the run.

    ``marked`` has, for frames of the run counted from its start, the state before them: it is filled by the run.
    The states share their memory.
    """

    program: Program
    start: int
    state: Samples
    legs: Sequence[Leg]
    marked: dict[int, Samples] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """How long the run is."""
        return sum(leg.source.shape[1] for leg in self.legs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """What the kernel is told of programs side by side, and the curves it is given the addresses of."""

    programs: tuple[Program, ...]
    table: NDArray[np.int64]
    values: Samples
    coefficients: NDArray[np.float64]
    curves: NDArray[np.int64]
    alive: list[NDArray[Any]]


def launch(runs: Sequence[Run], frames: int, *, lanes: int) -> None:
    """Run up to ``lanes`` runs of equal signature over ``frames`` frames (a multiple of 128) side by side.

    Lanes without a run, and runs that are shorter, go over what was run once more, for nothing.
    """
    if len(runs) > lanes:
        raise ValueError(f"expected up to {lanes} runs, got {len(runs)}")
    filled = [*runs, *([runs[0]] * (lanes - len(runs)))]
    scratch = np.empty((2, max(leg.source.shape[1] for run in runs for leg in run.legs)), np.float32)
    turns = _turns(runs, filled, frames, scratch)
    state = np.stack([run.state for run in filled], axis=1).ravel()
    sources, keys, targets = (np.zeros(2 * lanes, np.int64) for _ in range(3))
    moves = any(stage.timelines for run in runs for stage in run.program.stages)
    for begin in range(0, frames, MOVING if moves else frames):
        length = min(MOVING, frames - begin) if moves else frames
        constants = _constants(filled, begin, length, lanes)
        run_strips(
            lanes_of(lanes),
            length // 128,
            constants.table,
            constants.values,
            constants.coefficients,
            constants.curves,
            state,
            sources,
            keys,
            targets,
            _within(turns, begin, length),
            np.float32(np.float32(0.0025) * np.float32(runs[0].program.sample_rate)),
            np.empty(max(768 * lanes, len(state)), np.float32),
            np.zeros(len(constants.table), np.int64),
        )
        for addresses in (sources, keys, targets):
            np.add(addresses, 4 * length, out=addresses)
    columns = state.reshape(-1, lanes)
    for lane, run in enumerate(runs):
        run.state = np.ascontiguousarray(columns[:, lane])
        if frames in run.marked:
            run.marked[frames] = run.state


def _turns(runs: Sequence[Run], filled: Sequence[Run], frames: int, scratch: Samples) -> NDArray[np.int64]:
    """Return where all lanes turn (see ``strip_kernel``), by frame instead of block, as seen from frame 0.

    Gives every run the room for the states that it is to keep.
    """
    turns: list[list[int]] = []
    nowhere = _place(scratch, 0)
    for lane, run in enumerate(filled):
        own = run.frames if lane < len(runs) else 0
        at = 0
        for leg in cycle(run.legs):
            source, key = _place(leg.source, at), _place(leg.key, at)
            kept = leg.target is not None and at < own
            target = _place(leg.target, at) if kept else [place - 4 * at for place in nowhere]
            turns.append([at, lane, 0, *source, *key, *target])
            at += leg.source.shape[1]
            if at >= frames:
                break
        if own and run.marked:
            states = np.empty((len(run.marked), run.program.state_size), np.float32)
            run.marked = dict(zip(run.marked, states, strict=True))
            first, size = _address(states), states.strides[0]
            turns += [[at, lane, first + size * row, *[0] * 6] for row, at in enumerate(run.marked) if at < frames]
    turns.sort(key=operator.itemgetter(0))
    return np.array(turns, np.int64)


def _within(turns: NDArray[np.int64], begin: int, frames: int) -> NDArray[np.int64]:
    """Return the turns of the frames from ``begin`` on, as the kernel counts them there."""
    found = turns[(turns[:, 0] >= begin) & (turns[:, 0] < begin + frames)]
    found[:, 0] = (found[:, 0] - begin) // 128
    found[found[:, 2] == 0, 3:] += 4 * begin
    return found


def _place(samples: Samples | None, at: int) -> tuple[int, int]:
    """Return the addresses of left and right, as if frame ``at`` of the run stood at their beginning."""
    if samples is None:
        return 0, 0
    if samples.strides[1] != 4:
        raise ValueError(f"expected contiguous frames, got strides {samples.strides}")
    address = _address(samples) - 4 * at
    return address, address + samples.strides[0]


def _address(samples: Samples) -> int:
    address: int = samples.__array_interface__["data"][0]
    return address


def _constants(filled: Sequence[Run], begin: int, frames: int, lanes: int) -> Constants:
    """Return the constants of runs side by side; where nothing moves they are those of the launch before."""
    first = filled[0].program
    programs = tuple(run.program for run in filled)
    known = first.constants
    if known is not None and len(known.programs) == lanes and all(map(operator.is_, known.programs, programs)):
        return known
    made = _stack([run.start + begin for run in filled], programs, frames, lanes)
    moves = any(stage.timelines for program in programs for stage in program.stages)
    first.constants = None if moves else made
    return made


def _stack(starts: Sequence[int], programs: tuple[Program, ...], frames: int, lanes: int) -> Constants:
    from maxbooster_kernel.mix.program import stage_curve, stage_values

    rate = programs[0].sample_rate
    table = np.zeros((len(programs[0].stages), 8), np.int64)
    values: list[Samples] = [np.zeros(0, np.float32)]
    coefficients: list[NDArray[np.float64]] = [np.zeros(0)]
    curves: list[int] = []
    alive: list[NDArray[Any]] = []
    at_value = at_coefficient = at_state = 0
    for row, stage in enumerate(programs[0].stages):
        stages = [program.stages[row] for program in programs]
        constants = [stage_values(item, start, frames, rate) for item, start in zip(stages, starts, strict=True)]
        block_values = np.stack(constants, axis=-1)
        bands = np.stack([item.coefficients for item in stages], axis=-1)
        table[row] = (
            stage.code, at_value, at_coefficient, len(curves), at_state * lanes, stage.size,
            block_values.shape[-2] * lanes if stage.moving else 0, stage.keyed,
        )  # fmt: skip
        values.append(block_values.ravel())
        coefficients.append(bands.ravel())
        at_value += block_values.size
        at_coefficient += bands.size
        at_state += stage.state
        for item, start in zip(stages, starts, strict=True):
            curve = stage_curve(item, start, frames, rate)
            if curve is not None:
                alive.append(curve)
                curves.append(curve.ctypes.data)
    return Constants(
        programs=programs,
        table=table,
        values=np.concatenate(values),
        coefficients=np.concatenate(coefficients),
        curves=np.array([*curves, *([0] * lanes)], np.int64),
        alive=alive,
    )
