"""Compose a whole song: parts with instruments, in seconds, and the truth about it."""

from dataclasses import dataclass, field

import numpy as np

from training import parts
from training.harmony import MAJOR_LIKE, MINOR_LIKE, NAMES, Chord, progression
from training.parts import Note
from training.styles import HELD_OUT, Style, random_style, styles
from training.timing import Clock, make_clock, swung

SECONDS = 30.0
PROGRAMS: dict[str, dict[str, tuple[int, ...]]] = {
    "band": {"bass": (33, 34, 36, 32), "comp": (0, 4, 5, 25, 27, 16, 28, 61), "lead": (27, 65, 80, 11, 73, 26, 4)},
    "synth": {"bass": (38, 39, 87, 38), "comp": (81, 89, 90, 50, 62, 63, 88, 94, 5), "lead": (80, 81, 84, 87, 98, 85)},
    "piano": {"bass": (0, 1, 32), "comp": (0, 1, 2, 4, 5, 0), "lead": (0, 1, 0, 40, 73)},
    "orchestra": {
        "bass": (43, 42, 58, 70),
        "comp": (48, 49, 60, 61, 46, 45, 71),
        "lead": (40, 68, 71, 73, 56, 60, 42, 41),
    },
    "folk": {
        "bass": (32, 24, 21),
        "comp": (24, 25, 21, 105, 15, 22),
        "lead": (40, 110, 72, 73, 22, 75, 21, 105, 24, 109),
    },
    "jazz": {"bass": (32, 32, 33), "comp": (0, 26, 4, 11, 16), "lead": (65, 66, 56, 11, 26, 71, 59, 64)},
    "latin": {"bass": (32, 33, 58), "comp": (24, 0, 21, 56, 61, 25), "lead": (56, 73, 57, 24, 65, 61)},
    "chip": {"bass": (38, 80, 81, 87), "comp": (80, 81, 82, 86), "lead": (80, 81, 79, 82)},
    "organ": {"bass": (16, 19, 33), "comp": (16, 17, 18, 19, 20), "lead": (16, 18, 21, 52, 65)},
    "choir": {"bass": (52, 53, 43), "comp": (52, 53, 54, 91, 48), "lead": (52, 53, 68, 40)},
    "rock": {"bass": (33, 34, 33), "comp": (29, 30, 27, 28, 30, 16), "lead": (29, 30, 27, 81, 0)},
    "mallet": {"bass": (12, 32, 10), "comp": (11, 12, 13, 10, 14, 9, 108), "lead": (8, 9, 11, 12, 13, 10)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One instrument: ``role`` drums, bass, comp, lead or voice; notes as rows (start s, end s, pitch, velocity)."""

    role: str
    program: int
    gain_db: float
    notes: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """Parts and truth. Chords are rows (start s, end s, label) with label 0-11 major, 12-23 minor, -1 other."""

    style: str
    seed: int
    tempo: float
    curve: str
    beats: np.ndarray
    downbeats: np.ndarray
    beats_per_bar: int
    key: int
    chords: list[tuple[float, float, int]]
    a4: float
    parts: list[Part] = field(repr=False)

    @property
    def key_name(self) -> str:
        """The main key, as in ``"Eb minor"``."""
        return f"{NAMES[self.key % 12]} {'major' if self.key < 12 else 'minor'}"


def compose(seed: int, *, held_out: bool = False, clean: bool = False) -> Song:
    """Compose one song; the same seed gives the same song.

    Parameters
    ----------
    seed
        Any non-negative integer.
    held_out
        Use only the styles that are kept for validation; otherwise they are never used.
    clean
        Use styles of the table only, and no synthetic voice.

    Returns
    -------
    Song
        About 30 s of music.

    Examples
    --------
    >>> song = compose(7)
    >>> len(song.beats) > 15 and song.tempo > 40
    True
    """
    rng = np.random.default_rng([20261, seed])
    table = [style for style in styles() if (style.name in HELD_OUT) == held_out]
    known = held_out or clean or rng.random() < 0.5
    style = table[int(rng.integers(len(table)))] if known else random_style(rng)
    bpm = float(rng.uniform(*style.tempo)) * float(np.exp(rng.normal(0, 0.04)))
    bars = int(np.ceil((SECONDS + 8) * bpm / 60 / style.beats)) + 2
    clock = make_clock(rng, bpm=bpm, beats=bars * style.beats, steady=style.drums)
    per_beat = style.name == "chorale" or (style.name == "hymn" or rng.random() < 0.04)
    colour = float(rng.choice([0, 0.1, 0.35, 0.8])) if style.families[0] != "jazz" else 0.8
    total = float(bars * style.beats)
    chords = progression(rng, beats=total, bar=style.beats, per_beat=per_beat, colour=colour)
    lines = _chorale_lines(rng, chords) if style.name == "chorale" else _lines(rng, style, chords, bars)
    if clean:
        lines = [line for line in lines if line[0] != "voice"]
    return timed(rng, style, seed, clock, chords, lines)


_Line = tuple[str, int, list[Note]]


def _chorale_lines(rng: np.random.Generator, chords: list[Chord]) -> list[_Line]:
    families = ["choir", "organ", "orchestra", "piano"]
    family = str(rng.choice(families))
    mixed = rng.random() < 0.3
    program = int(rng.choice(PROGRAMS[family]["comp"]))
    found: list[_Line] = []
    for voice in parts.chorale(rng, chords):
        if mixed:
            program = int(rng.choice(PROGRAMS[str(rng.choice(families))]["lead"]))
        found.append(("comp", program, voice))
    return found


def _lines(rng: np.random.Generator, style: Style, chords: list[Chord], bars: int) -> list[_Line]:
    """All parts, playing or resting section by section."""
    family = PROGRAMS[str(rng.choice(style.families))]
    if rng.random() < 0.15:
        family = PROGRAMS[str(rng.choice(list(PROGRAMS)))]
    solo = not style.drums and rng.random() < 0.35
    bass = str(rng.choice(style.bass))
    comps = [str(rng.choice(style.comp)) for _ in range(int(rng.choice([1, 2, 3], p=[0.4, 0.45, 0.15])))]
    lead = rng.random() < style.lead
    if bass == "none" and all(comp == "none" for comp in comps):
        lead = True
    drumless = style.drums and rng.random() < 0.12
    size = int(rng.choice([2, 4, 4, 8]))
    plans = [("drums", "", 0)] if style.drums and not drumless else []
    if bass != "none" and not (solo and comps[0] != "none" and rng.random() < 0.3):
        plans.append(("bass", bass, int(rng.choice(family["bass"]))))
    plans += [("comp", comp, int(rng.choice(family["comp"]))) for comp in comps if comp != "none"]
    busy = float(rng.uniform(0.25, 0.95)) if style.lead < 1 else float(rng.uniform(0.6, 1.2))
    if lead:
        plans.append(("lead", "", int(rng.choice(family["lead"]))))
    if rng.random() < 0.5:
        plans.append(("voice", "", 0))
    centre = int(rng.integers(62, 80))
    absent = rng.choice([0, 0.1, 0.3])
    found: list[_Line] = []
    for role, kind, program in plans:
        notes: list[Note] = []
        seed = int(rng.integers(2**31))
        for first in range(0, bars, size):
            if rng.random() < absent and role != "lead":
                continue
            last = min(first + size, bars)
            span = (first * style.beats, last * style.beats)
            own = np.random.default_rng(seed if rng.random() < 0.75 else rng.integers(2**31))
            if role == "drums":
                notes += parts.drum_line(own, style, first, last - first)
            elif role == "bass":
                notes += parts.bass_line(own, style, chords, kind, span)
            elif role == "comp":
                notes += parts.comp_line(own, style, chords, kind, span)
            else:
                voice = role == "voice"
                notes += parts.melody(
                    own, style, chords, span, busy=0.45 if voice else busy, centre=centre - 10 * voice
                )
        found.append((role, program, notes))
    return found


def timed(
    rng: np.random.Generator, style: Style, seed: int, clock: Clock, chords: list[Chord], lines: list[_Line]
) -> Song:
    """Swing, play unevenly, cut the excerpt out and write the truth."""
    swing = style.swing * float(rng.uniform(0.6, 1)) if rng.random() < 0.85 else 0.0
    sixteenths = style.steps == 4
    first = int(rng.integers(style.beats)) if rng.random() < 0.6 else 0
    lead_in = float(rng.uniform(0, 0.6))
    origin = float(clock.seconds(np.array([float(first)]))[0]) - lead_in
    tightness = float(rng.choice([0.0, 0.004, 0.009, 0.016]))
    done = []
    for role, program, notes in lines:
        kept = [note for note in notes if note.start >= first - 0.26]
        if not kept:
            continue
        start = np.array([note.start for note in kept])
        end = start + np.array([note.length for note in kept])
        voice = 2.5 if role == "voice" else 1.0
        begin = clock.seconds(swung(start, swing, sixteenths=sixteenths)) - origin
        length = np.maximum(clock.seconds(end) - clock.seconds(start), 0.04)
        begin += rng.normal(0, 0.6 * tightness) + rng.normal(0, tightness * voice, len(begin))
        table = np.column_stack((begin, begin + length, [n.pitch for n in kept], [n.velocity for n in kept]))
        table = table[(begin > -0.03) & (begin < SECONDS)]
        table[:, 0] = np.maximum(table[:, 0], 0.0)
        gain = float(rng.normal({"drums": 0, "bass": -1, "comp": -5, "lead": -3, "voice": -4}[role], 3))
        if len(table):
            done.append(Part(role=role, program=program, gain_db=gain, notes=table[np.argsort(table[:, 0])]))
    count = int(len(clock.times) // 8)
    times = clock.seconds(np.arange(count, dtype=float)) - origin
    inside = (times >= -0.01) & (times < SECONDS)
    index = np.flatnonzero(inside)
    beats = np.maximum(times[inside], 0)
    spans: list[tuple[float, float, int]] = []
    weights = np.zeros(24)
    for chord in chords:
        start, end = (float(time) - origin for time in clock.seconds(np.array([chord.start, chord.end])))
        start, end = max(start, 0.0), SECONDS if end > SECONDS - 0.02 else end  # no sliver after the last chord
        if end - start < 0.02:
            continue
        label = chord.root if chord.quality in MAJOR_LIKE else 12 + chord.root if chord.quality in MINOR_LIKE else -1
        spans.append((start, end, label))
        weights[chord.tonic + (12 if chord.mode == "minor" else 0)] += end - start
    return Song(
        style=style.name,
        seed=seed,
        tempo=float(60 / np.median(np.diff(beats))),
        curve=clock.curve,
        beats=beats,
        downbeats=beats[index % style.beats == 0],
        beats_per_bar=style.beats,
        key=int(np.argmax(weights)),
        chords=spans,
        a4=float(440 * 2 ** (rng.choice([0, 0, 0, 1]) * rng.uniform(-0.4, 0.4) / 12)),
        parts=done,
    )
