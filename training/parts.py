"""The lines of a song: drums, bass, accompaniment, melody. Each function returns notes on a grid of beats."""

from dataclasses import dataclass

import numpy as np

from training.harmony import Chord, voicing
from training.styles import Style

KICKS, SNARES, HATS, OPEN, CRASHES = (35, 36), (38, 40, 37, 39), (42, 44, 51, 54, 70, 69), (46, 53, 56), (49, 57)
TOMS = (41, 43, 45, 47, 48, 50)


@dataclass(frozen=True, slots=True)
class Note:
    """One note: start and length in beats, MIDI pitch, velocity 1 to 127."""

    start: float
    length: float
    pitch: int
    velocity: int


def chord_at(chords: list[Chord], beat: float) -> Chord:
    """The chord that sounds at a beat; the last one after the end."""
    low, high = 0, len(chords) - 1
    while low < high:
        middle = (low + high) // 2
        if chords[middle].end <= beat + 1e-6:
            low = middle + 1
        else:
            high = middle
    return chords[low]


def drum_line(rng: np.random.Generator, style: Style, first: int, bars: int) -> list[Note]:
    """Drums over a section, with ghost notes, dropped hits and a fill at the end now and then."""
    notes: list[Note] = []
    choice = {
        "kick": int(rng.choice(KICKS)), "snare": int(rng.choice(SNARES, p=[0.5, 0.25, 0.15, 0.1])),
        "hat": int(rng.choice(HATS, p=[0.5, 0.05, 0.25, 0.08, 0.07, 0.05])),
    }  # fmt: skip
    lines = {name: str(rng.choice(options)) for name, options in
             (("kick", style.kick), ("snare", style.snare), ("hat", style.hat)) if options}  # fmt: skip
    loudness = {name: rng.uniform(0.6, 1.05) for name in lines}
    vary, fill = rng.choice([0, 0.02, 0.08]), rng.random() < 0.5
    for bar in range(bars):
        base = (first + bar) * style.beats
        filling = fill and bar == bars - 1 and bar > 0
        for name, line in lines.items():
            for step, mark in enumerate(line):
                if filling and step >= len(line) - style.steps:
                    break
                at = base + step * style.beats / len(line)
                present = mark != "."
                if rng.random() < vary and step:
                    present = not present and name != "snare"
                    mark = "o"  # noqa: PLW2901 - a note that the pattern does not have is played softly
                if present:
                    level = {"X": 112, "x": 86, "o": 46}.get(mark, 70) * loudness[name]
                    pitch = choice[name]
                    if name == "hat" and rng.random() < 0.04:
                        pitch = int(rng.choice(OPEN))
                    notes.append(Note(at, 0.2, pitch, _velocity(rng, level)))
        if filling:
            count = int(rng.choice([style.steps, style.steps, 2 * style.steps]))
            for index in range(count):
                if rng.random() < 0.85:
                    at = base + style.beats - 1 + index / count
                    notes.append(Note(at, 0.2, int(rng.choice((*TOMS, 38, 38))), _velocity(rng, 95)))
    if rng.random() < 0.4:
        notes.append(Note(first * style.beats, 2, int(rng.choice(CRASHES)), _velocity(rng, 100)))
    return notes


def bass_line(
    rng: np.random.Generator, style: Style, chords: list[Chord], kind: str, span: tuple[int, int]
) -> list[Note]:
    """A bass of one kind over the beats of ``span``."""
    notes: list[Note] = []
    low = int(rng.integers(26, 34))
    kick = str(rng.choice(style.kick)) if style.kick else ""
    cells = {"synco": random_cell(rng, style, 0.45), "kick": [i for i, m in enumerate(kick) if m in "Xx"]}
    hold = rng.choice([0.5, 0.8, 0.95])

    def place(at: float, length: float, pitch_class: int, level: float = 88, up: int = 0) -> None:
        pitch = low + (pitch_class - low) % 12 + up
        notes.append(Note(at, length * hold, pitch, _velocity(rng, level)))

    for bar in range(span[0], span[1], style.beats):
        steps = style.beats * style.steps
        if kind in {"synco", "kick"} and cells[kind]:
            hits = sorted({hit * steps // max(len(kick), 1) if kind == "kick" else hit for hit in cells[kind]})
            for hit, following in zip(hits, [*hits[1:], steps], strict=True):
                at = bar + hit / style.steps
                place(at, (following - hit) / style.steps, chord_at(chords, at).bass)
            continue
        for beat in range(bar, bar + style.beats):
            chord = chord_at(chords, beat)
            new = beat == bar or abs(chord.start - beat) < 1e-6
            inside = beat - bar
            match kind:
                case "eighths":
                    count = 3 if style.steps == 3 else 2
                    for index in range(count):
                        place(beat + index / count, 1 / count, chord.bass, 95 if index == 0 else 80)
                case "octave":
                    place(beat, 0.5, chord.bass, 92)
                    place(beat + 0.5, 0.5, chord.bass, 84, 12)
                case "offbeat":
                    place(beat + (2 / 3 if style.steps == 3 else 0.5), 0.45, chord.bass)
                case "fifth":
                    if new or inside % 2 == 0:
                        low_tone = chord.bass if new else chord.tones[-1 if len(chord.tones) < 3 else 2]
                        place(beat, min(2, bar + style.beats - beat), low_tone)
                case "walking":
                    tone = chord.bass if new else int(rng.choice((*chord.tones, *chord.scale)))
                    place(beat, 1, tone, 90, 12 * int(rng.random() < 0.25))
                    if rng.random() < 0.1:
                        place(beat + 0.5, 0.4, tone, 70)
                case "arp":
                    count = 3 if style.steps == 3 else 2
                    for index in range(count):
                        tone = (
                            chord.tones[(inside * count + index) % len(chord.tones)]
                            if (inside or index)
                            else chord.bass
                        )
                        place(beat + index / count, 1 / count, tone, 85, 12 * int(rng.random() < 0.15))
                case "tresillo":
                    if inside % 2 == 0:
                        for offset, length in ((0, 0.75), (0.75, 0.75), (1.5, 0.5)):
                            if inside + offset < style.beats:
                                place(beat + offset, length, chord.bass)
                case "pedal":
                    if inside == 0:
                        place(beat, style.beats, chord.tonic if rng.random() < 0.0 else chord.bass)
                case _:
                    if new:
                        place(beat, min(chord.end, bar + style.beats) - beat, chord.bass)
    return notes


def random_cell(rng: np.random.Generator, style: Style, density: float) -> list[int]:
    """Steps of a bar that sound, more often on strong places; never empty."""
    steps = np.arange(style.beats * style.steps)
    weight = np.where(steps % style.steps == 0, 1.6, np.where(2 * steps % style.steps == 0, 1.0, 0.55))
    chosen = np.flatnonzero(rng.random(len(steps)) < density * weight)
    if rng.random() < 0.75:
        chosen = np.union1d([0], chosen)
    return [int(step) for step in (chosen if len(chosen) else [0])]


def comp_line(
    rng: np.random.Generator, style: Style, chords: list[Chord], kind: str, span: tuple[int, int]
) -> list[Note]:
    """Chords in one manner over the beats of ``span``."""
    notes: list[Note] = []
    centre, size = int(rng.integers(52, 72)), int(rng.choice([3, 3, 4]))
    cell = random_cell(rng, style, 0.4)
    clave = [hit * style.beats * style.steps // 16 for hit in (0, 3, 6, 10, 12)] if rng.random() < 0.5 else cell
    arp = [int(value) for value in rng.integers(0, size + 1, int(rng.choice([3, 4, 6, 8])))]
    rate = style.steps if rng.random() < 0.6 else max(2, style.steps // 2)
    strum, level = rng.uniform(0, 0.03), rng.uniform(60, 95)

    def sound(at: float, length: float, chord: Chord, accent: float = 1.0) -> None:
        for index, pitch in enumerate(voicing(rng, chord, centre, size)):
            notes.append(Note(at + strum * index, length, pitch, _velocity(rng, level * accent)))

    third = 2 / 3 if style.steps == 3 else 0.5
    for bar in range(span[0], span[1], style.beats):
        end = bar + style.beats
        if kind in {"pad", "whole"}:
            at = float(bar)
            while at < end:
                chord = chord_at(chords, at)
                upto = min(chord.end, end)
                sound(at, (upto - at) * (0.98 if kind == "pad" else 0.8), chord)
                at = max(upto, at + 0.25)
            continue
        if kind in {"stabs", "clave", "cell"}:
            for hit in clave if kind == "clave" else cell:
                at = bar + hit / style.steps
                sound(at, 0.2 if kind == "stabs" else 0.4, chord_at(chords, at), 1.1 if hit == 0 else 0.95)
            continue
        for beat in range(bar, end):
            chord, inside = chord_at(chords, beat), beat - bar
            match kind:
                case "block":
                    sound(beat, 0.9, chord, 1.1 if inside == 0 else 0.9)
                case "skank":
                    sound(beat + third, 0.2, chord)
                case "oompah":
                    if inside % (style.beats if style.beats == 3 else 2) or style.steps == 3:
                        sound(beat + (0 if style.steps != 3 else 2 / 3), 0.3, chord)
                    elif style.steps == 4:
                        sound(beat + 0.5, 0.25, chord)
                case "eighths":
                    for index in range(3 if style.steps == 3 else 2):
                        sound(beat + index / (3 if style.steps == 3 else 2), 0.3, chord, 1.0 - 0.1 * index)
                case "chops":
                    for index in range(style.steps):
                        if rng.random() < (0.8 if index == 0 else 0.45):
                            sound(beat + index / style.steps, 0.12, chord, 0.9)
                case "strum":
                    sound(beat, 0.45, chord, 1.1 if inside == 0 else 0.95)
                    if rng.random() < 0.7:
                        sound(beat + third, 0.4, chord, 0.8)
                    if style.steps == 4 and rng.random() < 0.3:
                        sound(beat + 0.75, 0.2, chord, 0.7)
                case "charleston":
                    if inside % 2 == 0:
                        sound(beat, 0.5, chord)
                        if inside + 1 < style.beats:
                            sound(beat + 1 + third - (0 if rng.random() < 0.7 else third), 0.3, chord, 0.9)
                    elif rng.random() < 0.2:
                        sound(beat + third, 0.3, chord, 0.8)
                case "alberti" | "arp":
                    tones = voicing(rng, chord, centre, size)
                    order = [0, 2, 1, 2] if kind == "alberti" else arp
                    for index in range(rate):
                        step = order[(inside * rate + index) % len(order)]
                        pitch = tones[step % size] + 12 * (step // size)
                        accent = 1.12 if index == 0 else 0.95
                        notes.append(Note(beat + index / rate, 1.1 / rate, pitch, _velocity(rng, level * accent)))
    return notes


def melody(
    rng: np.random.Generator, style: Style, chords: list[Chord], span: tuple[int, int], *, busy: float, centre: int
) -> list[Note]:
    """A tune: a rhythm cell repeated and varied, chord notes on strong places, steps of the scale between."""
    notes: list[Note] = []
    cells = [random_cell(rng, style, busy) for _ in range(2)]
    pitch = centre
    rests, steps = rng.choice([0, 0.15, 0.35]), style.beats * style.steps
    for bar in range(span[0], span[1], style.beats):
        if rng.random() < rests:
            continue
        cell = cells[0] if rng.random() < 0.6 else cells[1] if rng.random() < 0.6 else random_cell(rng, style, busy)
        for hit, following in zip(cell, [*cell[1:], steps], strict=True):
            at = bar + hit / style.steps
            chord = chord_at(chords, at)
            strong = hit % style.steps == 0
            pool = chord.tones if strong or rng.random() < 0.3 else chord.scale
            aim = pitch + float(rng.normal(0, 3.2)) - 0.12 * (pitch - centre)
            options = [base + 12 * octave for octave in range(3, 9) for base in pool]
            pitch = min(options, key=lambda option: abs(option - aim))
            length = min((following - hit) / style.steps, 3)
            notes.append(Note(at, length * rng.uniform(0.6, 1.0), pitch, _velocity(rng, 92 if strong else 82)))
    return notes


def chorale(rng: np.random.Generator, chords: list[Chord]) -> list[list[Note]]:
    """Four voices, each moving to the nearest chord note, with passing notes."""
    centres, voices = (72, 66, 58, 47), [[] for _ in range(4)]  # type: tuple[int, ...], list[list[Note]]
    last = list(centres)
    passing = rng.choice([0.1, 0.3, 0.5])
    for index, chord in enumerate(chords):
        for voice, centre in enumerate(centres):
            pool = (chord.bass,) if voice == 3 else chord.tones[: 4 if rng.random() < 0.5 else 3]
            options = [tone + 12 * octave for octave in range(2, 8) for tone in pool]
            aim = 0.75 * last[voice] + 0.25 * centre + float(rng.normal(0, 1.5))
            pitch = min(options, key=lambda option: abs(option - aim))
            at, length = chord.start, chord.end - chord.start
            level = 84 if voice == 0 else 74
            if index + 1 < len(chords) and rng.random() < passing:
                between = min(
                    (
                        tone + 12 * octave
                        for octave in range(2, 8)
                        for tone in chord.scale
                        if (tone + 12 * octave) != pitch
                    ),
                    key=lambda option: abs(option - pitch) + float(rng.uniform(0, 1)),
                )
                voices[voice].append(Note(at, length / 2, pitch, _velocity(rng, level)))
                voices[voice].append(Note(at + length / 2, length / 2, between, _velocity(rng, level - 6)))
            else:
                voices[voice].append(Note(at, length, pitch, _velocity(rng, level)))
            last[voice] = pitch
    return voices


def _velocity(rng: np.random.Generator, level: float) -> int:
    return int(min(127, max(8, rng.normal(level, 5))))
