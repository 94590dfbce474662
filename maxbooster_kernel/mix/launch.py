"""Put runs side by side in lanes and call the kernel."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.lanes import lanes_of
from maxbooster_kernel.mix.strip_kernel import run_strips

if TYPE_CHECKING:
    from maxbooster_kernel.mix.program import Program

Samples = NDArray[np.float32]


@dataclass(slots=True, kw_only=True)
class Run:
    """One strip from one frame on: samples in and out have shape (2, frames); ``state`` is replaced by the run."""

    program: Program
    start: int
    source: Samples
    target: Samples
    state: Samples
    key: Samples | None = None


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
    """Run up to ``lanes`` runs of equal signature over ``frames`` frames (a multiple of 128) side by side."""
    idle = lanes - len(runs)
    filled = [*runs, *([runs[0]] * idle)]
    constants = _constants(filled, frames, lanes)
    scratch = np.empty((2, frames), np.float32) if idle else None
    targets = [run.target for run in runs] + [scratch for _ in range(idle) if scratch is not None]
    state = np.stack([run.state for run in filled], axis=1).ravel()
    run_strips(
        lanes_of(lanes),
        frames // 128,
        constants.table,
        constants.values,
        constants.coefficients,
        constants.curves,
        state,
        _addresses([run.source for run in filled]),
        _addresses([run.source if run.key is None else run.key for run in filled]),
        _addresses(targets),
        np.float32(np.float32(0.0025) * np.float32(runs[0].program.sample_rate)),
        np.empty(max(768 * lanes, len(state)), np.float32),
        np.zeros(len(constants.table), np.int64),
    )
    columns = state.reshape(-1, lanes)
    for lane, run in enumerate(runs):
        run.state = np.ascontiguousarray(columns[:, lane])


def _constants(filled: Sequence[Run], frames: int, lanes: int) -> Constants:
    """Return the constants of runs side by side; where nothing moves they are those of the launch before."""
    first = filled[0].program
    programs = tuple(run.program for run in filled)
    known = first.constants
    if known is not None and len(known.programs) == lanes and all(map(operator.is_, known.programs, programs)):
        return known
    made = _stack(filled, programs, frames, lanes)
    moves = any(stage.timelines for program in programs for stage in program.stages)
    first.constants = None if moves else made
    return made


def _stack(filled: Sequence[Run], programs: tuple[Program, ...], frames: int, lanes: int) -> Constants:
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
        constants = [stage_values(item, run.start, frames, rate) for item, run in zip(stages, filled, strict=True)]
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
        for item, run in zip(stages, filled, strict=True):
            curve = stage_curve(item, run.start, frames, rate)
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


def _addresses(samples: Sequence[Samples]) -> NDArray[np.int64]:
    """Return the addresses of left and right of every lane."""
    pairs = []
    for channels in samples:
        if channels.strides[1] != 4:
            raise ValueError(f"expected contiguous frames, got strides {channels.strides}")
        address = channels.__array_interface__["data"][0]
        pairs += [address, address + channels.strides[0]]
    return np.array(pairs, np.int64)
