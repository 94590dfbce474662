"""The kernel that runs strips: a short program of stages, over blocks of 128 frames, for all lanes at once.

A program is a table with one stage a row; all lanes of a call run the same program on their own values::

    code, values, coefficients, curves, state, size, stride, keyed

``values`` and ``coefficients`` are where the stage's constants begin, ``stride`` how far apart those of two blocks
are (0 where they never change), ``curves`` where its addresses of per-frame values begin, ``state`` where its state
begins, ``size`` its length in frames, its number of bands, or 1 for a mono panner.

What a lane reads and writes may lie in many places: a turn, before a block, sends a lane elsewhere, or keeps its
state of that moment. Turns are rows, in the order of their blocks::

    block, lane, kept, source left, right, key left, right, target left, right

``kept`` is the address for the state. Where it is 0 the others are the places to go on at: addresses as if the
call's first frame stood there.
"""

from __future__ import annotations

from maxbooster_kernel.dsp.compressor import compress
from maxbooster_kernel.dsp.delay import delay_rows, straighten
from maxbooster_kernel.dsp.equalizer import run_band_curves, run_bands
from maxbooster_kernel.dsp.gain import apply_gain, apply_gain_curves
from maxbooster_kernel.dsp.kernel import Addresses, Doubles, Scalar, Singles, kernel
from maxbooster_kernel.dsp.lanes import Lanes, load_rows, singles_at, store_rows
from maxbooster_kernel.dsp.panner import apply_pan, apply_pan_curves

GAIN, GAIN_CURVE, PAN, PAN_CURVE, BANDS, BAND_CURVE, DELAY, COMPRESSOR = range(8)


@kernel
def run_strips(
    lanes: Lanes,
    blocks: int,
    program: Addresses,
    values: Singles,
    coefficients: Doubles,
    curves: Addresses,
    state: Singles,
    sources: Addresses,
    keys: Addresses,
    targets: Addresses,
    turns: Addresses,
    saturation: Scalar,
    scratch: Singles,
    positions: Addresses,
) -> None:
    """Run ``blocks`` blocks of every lane through the program.

    Parameters
    ----------
    lanes
        A tuple as long as there are lanes.
    program
        Int64, shape (stages, 8).
    values, coefficients
        Float32 and float64 constants of the stages, flat, lanes side by side.
    curves, sources, keys, targets
        Int64: addresses of float32 samples; two a lane (left, right) but for curves (one a stage and lane).
    turns
        Int64, shape (turns, 9).
    state
        Float32, flat, rows of all lanes; changed in place.
    saturation
        0.0025 s in frames, float32.
    scratch
        Room for three blocks: float32, 768 values a lane, and those of the longest ring to straighten.
    positions
        Int64, a zero for every stage: where its ring stands.
    """
    n = len(lanes)
    rows, key_rows, work = scratch[: 256 * n], scratch[256 * n : 512 * n], scratch[512 * n : 768 * n]
    turn = 0
    for block in range(blocks):
        start = block * 128
        while turn < turns.shape[0] and turns[turn, 0] == block:
            lane = turns[turn, 1]
            if turns[turn, 2]:
                keep_state(lanes, lane, program, positions, state, turns[turn, 2])
            else:
                for side in range(2):
                    sources[2 * lane + side] = turns[turn, 3 + side]
                    keys[2 * lane + side] = turns[turn, 5 + side]
                    targets[2 * lane + side] = turns[turn, 7 + side]
            turn += 1
        load_rows(lanes, sources, start, rows)
        for stage in range(program.shape[0]):
            code, size, at = program[stage, 0], program[stage, 5], program[stage, 4]
            first = program[stage, 1] + block * program[stage, 6]
            slots = curves[program[stage, 3] : program[stage, 3] + n]
            if code == 0:
                apply_gain(lanes, rows, values, first)
            elif code == 1:
                apply_gain_curves(lanes, rows, slots, start)
            elif code == 2:
                apply_pan(lanes, rows, values, first)
            elif code == 3:
                apply_pan_curves(lanes, rows, slots, size, start)
            elif code == 4:
                run_bands(lanes, rows, size, coefficients, program[stage, 2], state, at)
            elif code == 5:
                run_band_curves(lanes, rows, slots, start, state, at)
            elif code == 6:
                positions[stage] = delay_rows(lanes, rows, state, at, size, positions[stage])
            elif program[stage, 7]:
                load_rows(lanes, keys, start, key_rows)
                positions[stage] = compress(
                    lanes, rows, key_rows, values, first, size, saturation, state, at, positions[stage], work
                )
            else:
                positions[stage] = compress(
                    lanes, rows, rows, values, first, size, saturation, state, at, positions[stage], work
                )
        store_rows(lanes, rows, start, targets)
    for stage in range(program.shape[0]):
        if program[stage, 0] == 6:
            straighten(lanes, state, program[stage, 4], program[stage, 5], positions[stage], scratch)
        elif program[stage, 0] == 7:
            straighten(lanes, state, program[stage, 4] + 3 * n, program[stage, 5], positions[stage], scratch)


@kernel
def keep_state(lanes: Lanes, lane: int, program: Addresses, positions: Addresses, state: Singles, address: int) -> None:
    """Copy a lane's state to an address, its rings turned so that their oldest rows stand first."""
    n = len(lanes)
    rows = len(state) // n
    out = singles_at(address, rows)
    for row in range(rows):
        out[row] = state[row * n + lane]
    for stage in range(program.shape[0]):
        code, oldest = program[stage, 0], 2 * positions[stage]
        if code >= 6 and oldest > 0:
            first, length = program[stage, 4] // n + (3 if code == 7 else 0), 2 * program[stage, 5]
            for row in range(length):
                place = row + oldest if row + oldest < length else row + oldest - length
                out[first + row] = state[(first + place) * n + lane]
