"""Walk strips through their tiles: what was made before is found, the rest is run in lanes.

Few strips fill the lanes with parts of themselves: a strip is cut into stretches, each started from settled silence
a second early. The walk then goes through the tiles in order with true states; a stretch counts only
if its state at the beginning was, bit for bit, the true one. Guessing makes it faster and never different.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import engine_digest
from maxbooster_kernel.mix.cache import TILE, Key, Tile, TileCache, digest
from maxbooster_kernel.mix.inflow import Inflow
from maxbooster_kernel.mix.launch import Run, launch
from maxbooster_kernel.mix.plan import Unit
from maxbooster_kernel.mix.program import Program, make_program, stage_motion

WIDE = 16
FEW = WIDE // 4  # up to as many run one after the other
LANES_COST = 4  # what a run of all lanes costs, in runs of one
Samples = NDArray[np.float32]


@dataclass(slots=True, kw_only=True)
class Strip:
    """A strip on its way: the number of the next tile and the state before it; ``run`` is its tiles' keys so far."""

    unit: Unit
    program: Program
    static: Key
    fresh: Samples
    state: Samples
    number: int = 0
    run: list[Key] = field(default_factory=list)
    made: dict[int, Tile] = field(default_factory=dict)
    settings: dict[int, Key] = field(default_factory=dict)

    def first_needed(self, number: int) -> int:
        """Return the first tile of what flows in that the strip needs to make its tile ``number``."""
        memory = self.program.memory
        if memory is None or memory > TILE or number <= self.number:
            return self.number
        return number - 1 if memory else number


def make_strip(unit: Unit, sample_rate: int, *, settled: bool) -> Strip:
    """Return a strip that stands before its first tile."""
    program, static = _prepared(unit, sample_rate, engine_digest())
    fresh = program.initial_state(settled=settled)
    return Strip(unit=unit, program=program, static=static, fresh=fresh, state=fresh)


@lru_cache(maxsize=4096)
def _prepared(unit: Unit, sample_rate: int, engine: str) -> tuple[Program, Key]:
    """Return a unit's program, and the key of all its settings that do not move."""
    program = make_program(unit, sample_rate)
    fields = [
        {key: value for key, value in node.fields.items() if key not in ("id", "inputs", "key")} for node in unit.nodes
    ]
    moving = [{key: "moving" if isinstance(value, dict) else value for key, value in item.items()} for item in fields]
    described = json.dumps([sample_rate, program.signature, moving], sort_keys=True).encode()
    return program, digest([b"strip", engine.encode(), described])


def skip_to(strip: Strip, first: int, inflow: Inflow) -> None:
    """Let a strip that remembers only so many frames stand before a later tile: it is run over those frames.

    ``first`` is what ``first_needed`` said. Such a strip's run has a gap, so it is not kept.
    """
    memory = strip.program.memory
    if memory is None or first <= strip.number:
        return
    strip.state, strip.number = strip.fresh, first + (1 if memory else 0)
    if memory:
        run = _before(strip, strip.number, -(-memory // 128) * 128, strip.fresh, inflow)
        _launch([run], run.source.shape[1])
        strip.state = run.state


def run_part(strip: Strip, number: int, begin: int, end: int, inflow: Inflow) -> Samples:
    """Return the frames from ``begin`` to ``end`` of a tile of a strip that keeps no state."""
    first, last = begin // 128 * 128, -(-end // 128) * 128
    source = inflow.part(strip.unit.inputs, number, first, last)
    if strip.program.stages:
        target, start = np.empty((2, last - first), np.float32), number * TILE + first
        _launch(
            [Run(program=strip.program, start=start, source=source, target=target, state=strip.fresh)], last - first
        )
        source = target
    return source[:, begin - first : end - first]


def walk(strips: Sequence[Strip], until: int, inflow: Inflow, cache: TileCache) -> None:
    """Take strips of one signature through the tiles before ``until``; their tiles end up in ``made``."""
    guessed: dict[Key, Tile] = {}
    _guess(strips, until, inflow, cache, guessed)
    while True:
        waiting = [strip for strip in strips if _advance(strip, until, inflow, cache, guessed)]
        if not waiting:
            return
        for frames in {inflow.frames(strip.number) for strip in waiting}:
            ready = [strip for strip in waiting if inflow.frames(strip.number) == frames]
            for first in range(0, len(ready), WIDE):
                group = ready[first : first + WIDE]
                runs = [_run(strip, strip.number, strip.state, inflow) for strip in group]
                _launch([run for run, _ in runs], frames)
                for strip, (run, key) in zip(group, runs, strict=True):
                    tile = Tile(key=key, samples=run.target, state=run.state)
                    cache.put(tile)
                    cache.see(settings_key(strip, strip.number, inflow))
                    _step(strip, tile)


def _advance(strip: Strip, until: int, inflow: Inflow, cache: TileCache, guessed: dict[Key, Tile]) -> bool:
    """Step over every tile that is known; tell whether one is left to be made."""
    while strip.number < until:
        if not strip.program.stages:  # nothing but a sum
            entering = inflow.entering(strip.unit.inputs, strip.number)
            _step(strip, Tile(key=entering.key, samples=entering.samples, state=strip.state))
            continue
        key = tile_key(strip, strip.number, strip.state, inflow)
        tile = guessed.pop(key, None) or cache.get(key)
        if tile is None:
            return True
        cache.put(tile)
        cache.see(settings_key(strip, strip.number, inflow))
        _step(strip, tile)
    return False


def _step(strip: Strip, tile: Tile) -> None:
    assert tile.state is not None
    strip.made[strip.number] = tile
    strip.run.append(tile.key)
    strip.state = tile.state
    strip.number += 1


def tile_key(strip: Strip, number: int, state: Samples, inflow: Inflow) -> Key:
    """Return the key of a tile: the settings, how they move in it, the state before it, and what flows in."""
    return digest([settings_key(strip, number, inflow), state.tobytes()])


def settings_key(strip: Strip, number: int, inflow: Inflow) -> Key:
    """Return the key of all that makes a tile but the state before it."""
    if number in strip.settings:
        return strip.settings[number]
    frames, start = inflow.frames(number), number * TILE
    parts = [strip.static, str(frames).encode(), inflow.entering(strip.unit.inputs, number).key]
    if strip.unit.key is not None:
        parts.append(inflow.entering((strip.unit.key,), number).key)
    moving = [stage for stage in strip.program.stages if stage.timelines]
    parts += [stage_motion(stage, start, frames, strip.program.sample_rate) for stage in moving]
    strip.settings[number] = digest(parts)
    return strip.settings[number]


def _run(strip: Strip, number: int, state: Samples, inflow: Inflow) -> tuple[Run, Key]:
    frames = inflow.frames(number)
    entering = inflow.entering(strip.unit.inputs, number)
    key_samples = None
    if strip.unit.key is not None:
        key_samples = inflow.entering((strip.unit.key,), number).samples
    run = Run(
        program=strip.program,
        start=number * TILE,
        source=entering.samples,
        target=np.empty((2, frames), np.float32),
        state=state,
        key=key_samples,
    )
    return run, tile_key(strip, number, state, inflow)


def _launch(runs: Sequence[Run], frames: int) -> None:
    if len(runs) > FEW:
        launch(runs, frames, lanes=WIDE)
    else:
        for run in runs:
            launch([run], frames, lanes=1)


def _guess(strips: Sequence[Strip], until: int, inflow: Inflow, cache: TileCache, guessed: dict[Key, Tile]) -> None:
    """Run stretches of strips that are too few to fill the lanes; keep their tiles by key."""
    todo = [strip for strip in strips if _advance(strip, until, inflow, cache, guessed)]
    todo = [strip for strip in todo if strip.program.memory is None]
    if not todo or len(todo) > WIDE // 2:
        return
    whole = [_unseen(strip, until, inflow, cache) for strip in todo]
    rate, most = todo[0].program.sample_rate, max(map(len, whole))
    early = min(TILE, -(-rate // 128) * 128)
    count = WIDE // len(todo)
    together = LANES_COST * (-(-most // count) + early / TILE)
    if together >= most * (LANES_COST if len(todo) > FEW else len(todo)):
        return
    stretches = [
        (strip, part.tolist())
        for strip, numbers in zip(todo, whole, strict=True)
        for part in np.array_split(np.array(numbers), count)
        if len(part)
    ]
    states = _settle(stretches, early, inflow)
    for step in range(max(len(numbers) for _, numbers in stretches)):
        live = [index for index, (_, numbers) in enumerate(stretches) if step < len(numbers)]
        runs = [_run(stretches[index][0], stretches[index][1][step], states[index], inflow) for index in live]
        _launch([run for run, _ in runs], TILE)
        for index, (run, key) in zip(live, runs, strict=True):
            guessed[key] = Tile(key=key, samples=run.target, state=run.state)
            states[index] = run.state


def _unseen(strip: Strip, until: int, inflow: Inflow, cache: TileCache) -> list[int]:
    """Return the tiles up to the first that was made before with the same settings and inflow.

    Behind an edit that passes, states soon are what they were, and everything from there on is found.
    """
    numbers = []
    for number in range(strip.number, until):
        if inflow.frames(number) != TILE or cache.seen(settings_key(strip, number, inflow)):
            break
        numbers.append(number)
    return numbers


def _settle(stretches: Sequence[tuple[Strip, list[int]]], early: int, inflow: Inflow) -> list[Samples]:
    """Return a guess of the state before each stretch: ``early`` frames run from settled silence."""
    runs = [
        None
        if numbers[0] == strip.number
        else _before(strip, numbers[0], early, strip.program.initial_state(settled=True), inflow)
        for strip, numbers in stretches
    ]
    _launch([run for run in runs if run is not None], early)
    return [strip.state if run is None else run.state for (strip, _), run in zip(stretches, runs, strict=True)]


def _before(strip: Strip, number: int, early: int, state: Samples, inflow: Inflow) -> Run:
    """Return the run over the ``early`` frames before a tile."""
    frame, key = number * TILE, strip.unit.key
    return Run(
        program=strip.program,
        start=frame - early,
        source=inflow.before(strip.unit.inputs, frame, early),
        target=np.empty((2, early), np.float32),
        state=state,
        key=inflow.before((key,), frame, early) if key else None,
    )
