"""Fill the lanes with stretches of few strips: guess the states between them, and run again what was guessed wrong.

A strip is cut in time. Each stretch but the first starts early, from settled silence: before long its state nearly
always is, bit for bit, what it would be after the whole programme. Where it is not, the stretch runs again, from where
the stretch before it ended, until its states are those it had. A wrong guess costs time; the sound is never another.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.mix.crew import ALONE, Crew
from maxbooster_kernel.mix.launch import Leg, Run, launch
from maxbooster_kernel.mix.program import Program

WIDE = 16
FEW = WIDE // 4  # up to as many run one after the other
MOST_IN_STRETCHES = WIDE // 2  # a thread
LANES_COST = 4  # what a run of all lanes costs, in runs of one
Samples = NDArray[np.float32]


@dataclass(slots=True, kw_only=True)
class Span:
    """A strip to be run from one tile on: its true state there, and tile by tile what flows in and where it goes.

    ``states`` gets the true state after each tile.
    """

    program: Program
    start: int
    state: Samples
    sources: Sequence[Samples]
    keys: Sequence[Samples | None]
    targets: Sequence[Samples]
    states: list[Samples] = field(default_factory=list)
    ends: list[int] = field(init=False)
    """Where the tiles end, in frames from the start of the span."""

    def __post_init__(self) -> None:
        self.ends = list(accumulate(samples.shape[1] for samples in self.sources))

    @property
    def frames(self) -> int:
        """How long the span is."""
        return self.ends[-1]

    def legs(self, begin: int, wanted: int, end: int) -> list[Leg]:
        """Return the legs of a run from ``begin`` to ``end``, both in frames of the span, kept from ``wanted`` on."""
        legs = []
        for tile in range(bisect_right(self.ends, begin), len(self.ends)):
            first, last = self.ends[tile] - self.sources[tile].shape[1], self.ends[tile]
            if first >= end:
                break
            cuts = sorted({max(first, begin), min(max(first, begin, wanted), last, end), min(last, end)})
            for one, other in pairwise(cuts):
                part, key = slice(one - first, other - first), self.keys[tile]
                target = self.targets[tile][:, part] if one >= wanted else None
                legs.append(
                    Leg(source=self.sources[tile][:, part], target=target, key=None if key is None else key[:, part])
                )
        return legs


@dataclass(slots=True, kw_only=True)
class Stretch:
    """A part of a span, run from ``begin`` on from ``state``; ``states`` are those it came through, by frame."""

    span: Span
    begin: int
    end: int
    state: Samples
    states: dict[int, Samples]

    def ends(self, begin: int) -> list[int]:
        """Return the frames after ``begin`` where states are kept: those where tiles end, and its own end."""
        tiles = self.span.ends
        return [*tiles[bisect_right(tiles, begin) : bisect_left(tiles, self.end)], self.end]


def launch_few(runs: Sequence[Run], frames: int) -> None:
    """Run runs of one signature, sixteen side by side; few one after the other, as that costs less."""
    for first in range(0, len(runs), WIDE):
        group = runs[first : first + WIDE]
        if len(group) > FEW:
            launch(group, frames, lanes=WIDE)
        else:
            for run in group:
                launch([run], frames, lanes=1)


def pays(lengths: Sequence[int], sample_rate: int, threads: int = 1) -> bool:
    """Tell whether spans of so many frames are run in less time as stretches than each from its start to its end."""
    if not lengths or len(lengths) > threads * MOST_IN_STRETCHES or not max(lengths):
        return False
    together = LANES_COST * _shortest_steps(lengths, sample_rate, threads)
    return together < max(lengths) * (LANES_COST if len(lengths) > FEW else len(lengths))


def run_stretches(spans: Sequence[Span], crew: Crew = ALONE) -> None:
    """Run spans of one signature, at most eight a thread, through the lanes of a crew; fill targets and states."""
    sample_rate = spans[0].program.sample_rate
    steps = _shortest_steps([span.frames for span in spans], sample_rate, crew.threads)
    early = early_frames(sample_rate)
    cut = [_cut(span, steps, early) for span in spans]
    _guess([stretch for stretches in cut for stretch in stretches], steps, crew)
    wrong = []
    for stretches in cut:
        for before, stretch in pairwise(stretches):
            if not _same(stretch.state, before.states[before.end]):
                stretch.state = before.states[before.end]
                wrong.append(stretch)
    _repair(wrong)
    for span, stretches in zip(spans, cut, strict=True):
        for before, stretch in pairwise(stretches):
            if not _same(stretch.state, before.states[before.end]):
                stretch.state = before.states[before.end]
                _repair([stretch])
        states = {at: state for stretch in stretches for at, state in stretch.states.items()}
        span.states += [states[end].copy() for end in span.ends]  # the others need not stay


def early_frames(sample_rate: int) -> int:
    """Return how early a stretch starts: three eighths of a second, on the block grid.

    Longer, and every stretch pays; shorter, and many run again.
    """
    return -(-3 * sample_rate // 8 // 128) * 128


def _shortest_steps(lengths: Sequence[int], sample_rate: int, threads: int) -> int:
    """Return how long the lanes run with as many threads as are worth it: twice as many must save a quarter."""
    launches, steps = 1, _steps(lengths, sample_rate)
    while 2 * launches <= threads and _steps(lengths, sample_rate, 2 * launches) <= 3 * steps // 4:
        launches *= 2
        steps = _steps(lengths, sample_rate, launches)
    return steps


def _steps(lengths: Sequence[int], sample_rate: int, launches: int = 1) -> int:
    """Return how long the lanes run: those of one span start early, but the first, and share what is left."""
    early = early_frames(sample_rate)
    count = launches * WIDE // len(lengths)
    return max(min(length, early + -(-max(0, length - early) // count // 128) * 128) for length in lengths)


def _cut(span: Span, steps: int, early: int) -> list[Stretch]:
    ends = [*range(steps, span.frames, steps - early), span.frames]
    return [
        Stretch(span=span, begin=begin, end=end, state=span.state, states={}) for begin, end in pairwise([0, *ends])
    ]


def _guess(stretches: Sequence[Stretch], steps: int, crew: Crew) -> None:
    """Run all stretches side by side, those within a span as long before their beginning as there is time."""
    runs = []
    for stretch in stretches:
        span, first = stretch.span, max(0, stretch.end - steps)
        state = span.program.initial_state(settled=True) if first else span.state
        run = Run(
            program=span.program,
            start=span.start + first,
            state=state,
            legs=span.legs(first, stretch.begin, stretch.end),
        )
        marks = [stretch.begin] if stretch.begin else []
        run.marked = dict.fromkeys([at - first for at in (*marks, *stretch.ends(stretch.begin))], state)
        runs.append(run)
    crew.each(
        lambda share: launch(share, steps, lanes=WIDE), [runs[at : at + WIDE] for at in range(0, len(runs), WIDE)]
    )
    for stretch, run in zip(stretches, runs, strict=True):
        first = max(0, stretch.end - steps)
        stretch.states = {at + first: state for at, state in run.marked.items()}
        if stretch.begin:
            stretch.state = stretch.states[stretch.begin]


def _repair(stretches: Iterable[Stretch]) -> None:
    """Run stretches again from their states, tile by tile, each until it comes to a state that it had."""
    waiting = [(stretch, stretch.begin, stretch.state) for stretch in stretches]
    while waiting:
        runs = []
        for stretch, begin, state in waiting:
            end = stretch.ends(begin)[0]
            run = Run(
                program=stretch.span.program,
                start=stretch.span.start + begin,
                state=state,
                legs=stretch.span.legs(begin, begin, end),
                marked={end - begin: state},  # a run that is shorter than others goes on
            )
            runs.append(run)
        launch_few(runs, max(run.frames for run in runs))
        again = []
        for (stretch, begin, _), run in zip(waiting, runs, strict=True):
            ((frames, made),) = run.marked.items()
            met = _same(made, stretch.states[begin + frames])
            stretch.states[begin + frames] = made
            if not met and begin + frames < stretch.end:
                again.append((stretch, begin + frames, made))
        waiting = again


def _same(one: Samples, other: Samples) -> bool:
    return one.tobytes() == other.tobytes()
