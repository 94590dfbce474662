"""Turn a style and its chords into notes: which part plays what, where in the song, how long and how loud."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from maxbooster_kernel.demo.corpus.harmony import SCALES, PlannedChord
from maxbooster_kernel.demo.corpus.styles import Style

VELOCITIES = {"X": 1.0, "x": 0.7, "o": 0.42, "g": 0.2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One note or stroke: ``part`` plays ``pitch`` (MIDI) or ``drum`` at ``beat`` for ``length`` beats."""

    part: str
    beat: float
    length: float
    velocity: float
    pitch: int = 0
    drum: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of bars with the parts that play in it."""

    start: int
    end: int
    parts: frozenset[str]
    energy: float


def plan_blocks(style: Style, bars: int, rng: np.random.Generator) -> list[Block]:
    """Return the form: stretches of four or eight bars in which parts come and go."""
    present = {"comp"} | ({"bass"} if style.bass else set()) | ({"drums"} if style.drums else set())
    blocks = []
    start = int(rng.choice([0, 0, 0, -2, -4]))  # a song cut out of a longer one begins inside a block
    while start < bars:
        end = start + int(rng.choice([4, 8]))
        playing = set(present)
        for part, chance in (("drums", 0.12), ("bass", 0.12), ("comp", 0.06)):
            if len(playing) > 1 and rng.random() < chance:
                playing.discard(part)
        if rng.random() < 0.35 + 0.6 * style.melody or not playing:
            playing.add("lead")
        blocks.append(
            Block(start=max(start, 0), end=end, parts=frozenset(playing), energy=float(rng.uniform(0.65, 1.0)))
        )
        start = end
    return blocks


def drum_events(style: Style, blocks: list[Block], rng: np.random.Generator) -> list[Event]:
    """Return the drums: one pattern a drum, changed a little, a fill before a new block, a crash on its first beat."""
    patterns = {name: _mutated(str(rng.choice(choices)), rng) for name, choices in style.drums.items()}
    step = 1.0 / style.steps
    events = []
    for block in blocks:
        if "drums" not in block.parts:
            continue
        fills = rng.random() < 0.6
        for bar in range(block.start, block.end):
            base = bar * style.beats
            fill_from = style.beats * rng.choice([0.5, 0.75]) if fills and bar == block.end - 1 else style.beats
            for name, pattern in patterns.items():
                for index, mark in enumerate(pattern):
                    at = index * step
                    if mark in VELOCITIES and (at < fill_from or name in ("kick", "hat", "ride")):
                        loud = VELOCITIES[mark] * block.energy
                        events.append(Event(part="drums", beat=base + at, length=step, velocity=loud, drum=name))
            if fill_from < style.beats:
                events += _fill(style, base, float(fill_from), rng)
        if rng.random() < 0.4:
            first = block.start * style.beats
            events.append(Event(part="drums", beat=first, length=1.0, velocity=block.energy, drum="crash"))
    return events


def bass_events(style: Style, blocks: list[Block], chords: list[PlannedChord], rng: np.random.Generator) -> list[Event]:
    """Return the bass line in the range from E1 to about E3."""
    low = int(rng.integers(28, 36))
    pattern = _mutated(str(rng.choice(style.bass)), rng, marks="r5o") if style.bass else ""
    starts = [chord.start for chord in chords]
    events = []
    for block in blocks:
        if "bass" not in block.parts:
            continue
        for beat, mark, length in _strokes(style, pattern, block):
            place = bisect_right(starts, beat + 1e-6) - 1
            chord, following = chords[place], chords[min(place + 1, len(chords) - 1)]
            root = low + (chord.root - low) % 12
            third = chord.intervals[1] if len(chord.intervals) > 1 else 0
            seventh = chord.intervals[3] if len(chord.intervals) > 3 else 10
            target = low + (following.root - low) % 12
            near = target + int(rng.choice([-2, -1, 1, 2]))
            fresh = abs(beat - chord.start) < 1e-6
            moved = {"r": 0, "3": third, "5": 7, "7": seventh, "o": 12}.get(mark, 0)
            pitch = root if fresh else near if mark == "a" else root + moved
            loud = (0.95 if beat % style.beats == 0 else 0.8) * block.energy
            events.append(Event(part="bass", beat=beat, length=0.95 * length, velocity=loud, pitch=pitch))
    return events


def comp_events(style: Style, blocks: list[Block], chords: list[PlannedChord], rng: np.random.Generator) -> list[Event]:
    """Return chords, stabs and broken chords, voiced near each other."""
    centre = int(rng.integers(54, 66))
    pattern = _mutated(str(rng.choice(style.comp)), rng, marks="s", chance=0.04)
    voicings = _voicings(chords, centre, power=style.timbres == "rock" and bool(rng.random() < 0.5))
    starts = [chord.start for chord in chords]
    events = []
    for block in blocks:
        if "comp" not in block.parts:
            continue
        for beat, mark, length in _strokes(style, pattern, block):
            place = bisect_right(starts, beat + 1e-6) - 1
            pitches = voicings[place]
            held = (
                min(length, chords[place].end - beat)
                if mark == "x"
                else 0.45 / style.steps
                if mark == "s"
                else 1.6 * length
            )
            if mark in "lmh":
                pitches = (pitches["lmh".index(mark) * (len(pitches) - 1) // 2],)
            loud = (0.85 if beat % 1 == 0 else 0.7) * block.energy
            events += [
                Event(part="comp", beat=beat, length=max(held, 0.1), velocity=loud / len(pitches) ** 0.5, pitch=pitch)
                for pitch in pitches
            ]
    return events


def lead_events(
    style: Style, blocks: list[Block], chords: list[PlannedChord], tonic: int, mode: str, rng: np.random.Generator
) -> list[Event]:
    """Return a melody: a rhythm of two bars that comes back, steps of the scale, chord tones on strong beats."""
    centre = int(rng.integers(64, 78))
    scale = [pitch for pitch in range(centre - 11, centre + 12) if (pitch - tonic) % 12 in SCALES[mode]]
    starts = [chord.start for chord in chords]
    motifs = [_rhythm(style, rng) for _ in range(2)]
    pitch = centre
    events = []
    for block in blocks:
        if "lead" not in block.parts:
            continue
        motif = motifs[int(rng.integers(2))]
        for bar in range(block.start, block.end, 2):
            if rng.random() < 0.15:
                continue
            for at, length in motif:
                beat = bar * style.beats + at
                if beat + length > block.end * style.beats:
                    break
                chord = chords[bisect_right(starts, beat + 1e-6) - 1]
                tones = [tone for tone in scale if (tone - chord.root) % 12 in chord.intervals]
                near = tones if tones and (at % 1 == 0 or length >= 1) else scale
                aim = pitch + rng.normal(0, 3.2) + 0.15 * (centre - pitch)
                pitch = min(near, key=lambda tone: abs(tone - aim))
                loud = (0.9 if at % 1 == 0 else 0.75) * block.energy
                events.append(Event(part="lead", beat=beat, length=0.92 * length, velocity=loud, pitch=pitch))
    return events


def _strokes(style: Style, pattern: str, block: Block) -> list[tuple[float, str, float]]:
    """Return ``(beat, mark, length in beats)`` of a bar's pattern repeated over a block."""
    step = 1.0 / style.steps
    once = []
    for index, mark in enumerate(pattern):
        if mark in ".-":
            continue
        end = index + 1
        while end < len(pattern) and pattern[end] == "-":
            end += 1
        once.append((index * step, mark, (end - index) * step))
    return [
        (bar * style.beats + at, mark, length) for bar in range(block.start, block.end) for at, mark, length in once
    ]


def _mutated(pattern: str, rng: np.random.Generator, *, marks: str = "og", chance: float = 0.05) -> str:
    """Return the pattern with a few rests made strokes and a few weak strokes made rests, or as it is."""
    if rng.random() < 0.4 or not pattern.strip("."):
        return pattern
    out = []
    for mark in pattern:
        fresh = mark
        if mark == "." and rng.random() < chance:
            fresh = str(rng.choice(list(marks)))
        elif mark in "og" and rng.random() < 2 * chance:
            fresh = "."
        out.append(fresh)
    return "".join(out)


def _fill(style: Style, base: float, start: float, rng: np.random.Generator) -> list[Event]:
    step = 1.0 / max(style.steps, 2)
    count = round((style.beats - start) / step)
    drums = [
        str(rng.choice(["snare", "tom", "tom"] if style.drums.keys() & {"snare", "kick"} else ["conga", "frame"]))
        for _ in range(count)
    ]
    return [
        Event(
            part="drums",
            beat=base + start + index * step,
            length=step,
            velocity=float(rng.uniform(0.5, 0.95)),
            drum=drum,
        )
        for index, drum in enumerate(drums)
        if rng.random() < 0.8
    ]


def _voicings(chords: list[PlannedChord], centre: int, *, power: bool) -> list[tuple[int, ...]]:
    held: tuple[int, ...] | None = None
    out = []
    for chord in chords:
        intervals = (0, 7, 12) if power and chord.intervals[1] != 3 else chord.intervals
        classes = sorted({(chord.root + interval) % 12 for interval in intervals})
        stack = [pitch for pitch in range(centre - 9, centre + 16) if pitch % 12 in classes]
        size = len(intervals)
        choices = [tuple(stack[index : index + size]) for index in range(len(stack) - size + 1)]
        aim = held if held is not None and len(held) == size else (centre,) * size
        held = min(
            choices, key=lambda pitches: sum(abs(here - there) for here, there in zip(pitches, aim, strict=True))
        )
        out.append(held)
    return out


def _rhythm(style: Style, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return ``(beat, length)`` of a melody's rhythm over two bars, busier for melodious styles."""
    total = 2.0 * style.beats
    unit = 1.0 / style.steps if style.steps % 3 == 0 else 1.0 / min(style.steps, 4)
    sizes = np.array([1, 2, 3, 4, 6, 8]) * max(unit, 0.25)
    weights = np.array([2.0, 4.0, 1.0, 3.0, 0.7, 1.0]) ** (0.6 + style.melody)
    weights *= sizes ** (0.4 - style.melody)
    out = []
    at = float(rng.choice([0.0, 0.0, unit, 2 * unit, 1.0]))
    while at < total - 1e-6:
        length = min(float(rng.choice(sizes, p=weights / weights.sum())), total - at)
        if rng.random() < 0.55 + 0.4 * style.melody:
            out.append((at, length))
        at += length
    return out
