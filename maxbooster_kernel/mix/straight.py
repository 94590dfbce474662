"""Run constant gains and pans over samples as they lie: such stages keep no state and need no lanes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel
from maxbooster_kernel.dsp.lanes import singles_at
from maxbooster_kernel.mix import strip_kernel as code
from maxbooster_kernel.mix.program import Program

Samples = NDArray[np.float32]
PIECE = 1024


def is_straight(program: Program) -> bool:
    """Tell whether a program is made of constant gains and pans only."""
    return all(stage.code in (code.GAIN, code.PAN) for stage in program.stages)


def run_straight(program: Program, sources: Sequence[Samples], targets: Sequence[Samples]) -> None:
    """Run a program of constant gains and pans over stereo samples; a target may be its source."""
    pans = [stage.code == code.PAN for stage in program.stages]
    stages = [(*stage.values.tolist(), 0.0, 0.0, 0.0)[:4] for stage in program.stages]
    places = [
        (*_address(source), *_address(target), target.shape[1]) for source, target in zip(sources, targets, strict=True)
    ]
    straight(np.array(places, np.int64), np.array(pans, np.int64), np.array(stages, np.float32))


def _address(samples: Samples) -> tuple[int, int]:
    left = samples.ctypes.data
    return left, left + samples.strides[0]


@kernel
def straight(places: Addresses, pans: Addresses, stages: Singles) -> None:
    """Run stages over places.

    A row of ``places`` is the addresses of the left and right channel of a source, those of a target, and the frames.
    A row of ``stages`` is a gain, or the matrix of a pan where ``pans`` is not 0.
    """
    for row in range(places.shape[0]):
        frames = places[row, 4]
        for begin in range(0, frames, PIECE):
            count, offset = min(PIECE, frames - begin), 4 * begin
            left, right = singles_at(places[row, 0] + offset, count), singles_at(places[row, 1] + offset, count)
            for stage in range(stages.shape[0]):
                into_left = singles_at(places[row, 2] + offset, count)
                into_right = singles_at(places[row, 3] + offset, count)
                a, b, c, d = stages[stage, 0], stages[stage, 1], stages[stage, 2], stages[stage, 3]
                if pans[stage]:
                    for i in range(count):
                        one, other = left[i], right[i]
                        into_left[i] = one * a + other * b
                        into_right[i] = one * c + other * d
                else:
                    for i in range(count):
                        into_left[i] = left[i] * a
                        into_right[i] = right[i] * a
                left, right = into_left, into_right
