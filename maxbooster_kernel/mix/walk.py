"""Walk strips through their tiles: what was made before is found, the rest is run in lanes.

Few strips fill the lanes with parts of themselves (``stretches``).
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
from maxbooster_kernel.mix.crew import ALONE, Crew
from maxbooster_kernel.mix.inflow import Inflow
from maxbooster_kernel.mix.launch import Leg, Run
from maxbooster_kernel.mix.plan import Unit
from maxbooster_kernel.mix.program import Program, make_program, stage_motion
from maxbooster_kernel.mix.stretches import MOST_IN_STRETCHES, WIDE, Span, launch_few, pays, run_stretches
from maxbooster_kernel.mix.tile_memory import new_tile

Samples = NDArray[np.float32]


@dataclass(slots=True, kw_only=True)
class Strip:
    """A strip on its way: the number of the next tile and the state before it; ``run`` is its tiles' keys so far.

    ``next_key`` is the key of that tile once it is known, ``sums`` are the keys of what was added up for it.
    """

    unit: Unit
    program: Program
    fresh: Samples
    state: Samples
    number: int = 0
    next_key: Key | None = None
    run: list[Key] = field(default_factory=list)
    made: dict[int, Tile] = field(default_factory=dict)
    settings: dict[int, Key] = field(default_factory=dict)
    sums: set[Key] = field(default_factory=set)

    def first_needed(self, number: int) -> int:
        """Return the first tile of what flows in that the strip needs to make its tile ``number``."""
        memory = self.program.memory
        if memory is None or memory > TILE or number <= self.number:
            return self.number
        return number - 1 if memory else number


def make_strip(unit: Unit, sample_rate: int, *, settled: bool) -> Strip:
    """Return a strip that stands before its first tile."""
    program = _program(unit, sample_rate)
    fresh = program.initial_state(settled=settled)
    return Strip(unit=unit, program=program, fresh=fresh, state=fresh)


@lru_cache(maxsize=4096)
def _program(unit: Unit, sample_rate: int) -> Program:
    return make_program(unit, sample_rate)


@lru_cache(maxsize=4096)
def _static_key(unit: Unit, sample_rate: int, engine: str) -> Key:
    """Return the key of all settings of a unit that do not move."""
    program = _program(unit, sample_rate)
    fields = [
        {key: value for key, value in node.fields.items() if key not in ("id", "inputs", "key")} for node in unit.nodes
    ]
    moving = [{key: "moving" if isinstance(value, dict) else value for key, value in item.items()} for item in fields]
    described = json.dumps([sample_rate, program.signature, moving], sort_keys=True).encode()
    return digest([b"strip", engine.encode(), described])


def skip_to(strip: Strip, first: int, inflow: Inflow) -> None:
    """Let a strip that remembers only so many frames stand before a later tile: it is run over those frames.

    ``first`` is what ``first_needed`` said. Such a strip's run has a gap, so it is not kept.
    """
    memory = strip.program.memory
    if memory is None or first <= strip.number:
        return
    strip.state, strip.number, strip.next_key = strip.fresh, first + (1 if memory else 0), None
    if memory:
        run = _before(strip, strip.number, -(-memory // 128) * 128, inflow)
        launch_few([run], run.frames)
        strip.state = run.state


def walk(strips: Sequence[Strip], until: int, inflow: Inflow, cache: TileCache, crew: Crew = ALONE) -> None:
    """Take strips of one signature through the tiles before ``until``; their tiles end up in ``made``."""
    _stretch(strips, until, inflow, cache, crew)
    while True:
        waiting = [strip for strip in strips if _advance(strip, until, inflow, cache)]
        if not waiting:
            return
        for frames in {inflow.frames(strip.number) for strip in waiting}:
            ready = [strip for strip in waiting if inflow.frames(strip.number) == frames]
            for first in range(0, len(ready), WIDE):
                group = ready[first : first + WIDE]
                targets = [new_tile(frames) for _ in group]
                runs = [_run(strip, target, inflow) for strip, target in zip(group, targets, strict=True)]
                launch_few(runs, frames)
                for strip, run, target in zip(group, runs, targets, strict=True):
                    _keep(strip, target, run.state, inflow, cache)


def _advance(strip: Strip, until: int, inflow: Inflow, cache: TileCache) -> bool:
    """Step over every tile that is known; tell whether one is left to be made."""
    while strip.number < until:
        if not strip.program.stages:  # nothing but a sum
            entering = inflow.entering(strip.unit.inputs, strip.number)
            _step(strip, Tile(key=entering.key, samples=entering.samples, state=strip.state))
            continue
        strip.next_key = strip.next_key or tile_key(strip, strip.number, strip.state, inflow)
        tile = cache.get(strip.next_key)
        if tile is None:
            return True
        cache.see(settings_key(strip, strip.number, inflow))
        _step(strip, tile)
    return False


def _keep(strip: Strip, samples: Samples, state: Samples, inflow: Inflow, cache: TileCache) -> None:
    """Step over a tile that was made; ``state`` is the one after it."""
    settings = settings_key(strip, strip.number, inflow) if inflow.keep else None
    key = strip.next_key or tile_key(strip, strip.number, strip.state, inflow)
    tile = Tile(key=key, samples=samples, state=state, settings=settings)
    if settings is not None:
        cache.put(tile)
        cache.see(settings)
    _step(strip, tile)


def _step(strip: Strip, tile: Tile) -> None:
    assert tile.state is not None
    strip.made[strip.number] = tile
    strip.run.append(tile.key)
    strip.state = tile.state
    strip.number += 1
    strip.next_key = None


def tile_key(strip: Strip, number: int, state: Samples, inflow: Inflow) -> Key:
    """Return the key of a tile: the settings, how they move in it, the state before it, and what flows in.

    Where nothing is kept a tile is known by its place.
    """
    if not inflow.keep:
        return digest([f"{strip.unit.id} {number}".encode()])
    return digest([settings_key(strip, number, inflow), state.tobytes()])


def settings_key(strip: Strip, number: int, inflow: Inflow) -> Key:
    """Return the key of all that makes a tile but the state before it."""
    if number in strip.settings:
        return strip.settings[number]
    frames, start = inflow.frames(number), number * TILE
    entering = inflow.entering(strip.unit.inputs, number).key
    if len(strip.unit.inputs) > 1:
        strip.sums.add(entering)
    static = _static_key(strip.unit, strip.program.sample_rate, engine_digest())
    parts = [static, str(frames).encode(), entering]
    if strip.unit.key is not None:
        parts.append(inflow.entering((strip.unit.key,), number).key)
    moving = [stage for stage in strip.program.stages if stage.timelines]
    parts += [stage_motion(stage, start, frames, strip.program.sample_rate) for stage in moving]
    strip.settings[number] = digest(parts)
    return strip.settings[number]


def _run(strip: Strip, target: Samples, inflow: Inflow) -> Run:
    """Return the run over a strip's next tile."""
    source, key = _entering(strip, strip.number, inflow)
    leg = Leg(source=source, target=target, key=key)
    return Run(program=strip.program, start=strip.number * TILE, state=strip.state, legs=[leg])


def _entering(strip: Strip, number: int, inflow: Inflow) -> tuple[Samples, Samples | None]:
    """Return what flows into a tile, and what its compressor is keyed by."""
    key = None if strip.unit.key is None else inflow.entering((strip.unit.key,), number).samples
    return inflow.entering(strip.unit.inputs, number).samples, key


def _stretch(strips: Sequence[Strip], until: int, inflow: Inflow, cache: TileCache, crew: Crew) -> None:
    """Take strips that are too few to fill the lanes through the tiles of which nothing is known."""
    todo = [strip for strip in strips if _advance(strip, until, inflow, cache)]
    todo = [strip for strip in todo if strip.program.memory is None]
    if len(todo) > crew.threads * MOST_IN_STRETCHES:
        return
    numbers = [_unseen(strip, until, inflow, cache) for strip in todo]
    lengths = [sum(inflow.frames(number) for number in found) for found in numbers]
    if not todo or not pays(lengths, todo[0].program.sample_rate, crew.threads):
        return
    spans = []
    for strip, found in zip(todo, numbers, strict=True):
        entering = [_entering(strip, number, inflow) for number in found]
        span = Span(
            program=strip.program,
            start=strip.number * TILE,
            state=strip.state,
            sources=[source for source, _ in entering],
            keys=[key for _, key in entering],
            targets=[new_tile(inflow.frames(number)) for number in found],
        )
        spans.append(span)
    run_stretches([span for span in spans if span.targets], crew)
    for strip, span in zip(todo, spans, strict=True):
        for target, state in zip(span.targets, span.states, strict=True):
            _keep(strip, target, state, inflow, cache)


def _unseen(strip: Strip, until: int, inflow: Inflow, cache: TileCache) -> list[int]:
    """Return the tiles up to the first that was made before with the same settings and inflow.

    Behind an edit that passes, states soon are what they were, and everything from there on is found.
    """
    numbers = []
    for number in range(strip.number, until):
        if inflow.keep and cache.seen(settings_key(strip, number, inflow)):
            break
        numbers.append(number)
    return numbers


def _before(strip: Strip, number: int, early: int, inflow: Inflow) -> Run:
    """Return the run over the ``early`` frames before a tile, from nothing, of which only the state is wanted."""
    frame, key = number * TILE, strip.unit.key
    source = inflow.before(strip.unit.inputs, frame, early)
    leg = Leg(source=source, key=inflow.before((key,), frame, early) if key else None)
    return Run(program=strip.program, start=frame - early, state=strip.fresh, legs=[leg])
