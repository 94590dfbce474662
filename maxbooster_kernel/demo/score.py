"""The score of the demo song "Night Drive": form, tempo, chords and melodies, written down by hand.

D minor, 4/4, 116 BPM until the last chorus lifts to 124. A bar is four beats; beat 0 is the song's first frame.
Chords are in Harte's syntax (Harte et al., *Symbolic Representation of Musical Chords*, ISMIR 2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

TITLE = "Night Drive"
ARTIST = "Ada Vale"
KEY = "D minor"
SAMPLE_RATE = 44100
DURATION_S = 60.0
BEATS_PER_BAR = 4
TEMPO_BPM = 116.0
FINAL_TEMPO_BPM = 124.0
CHANGE_BEAT = 80
END_BEAT = 112

SectionName = Literal["intro", "verse", "chorus", "final chorus", "outro"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the form: its name and its bars ``[start_bar, end_bar)``."""

    name: SectionName
    start_bar: int
    end_bar: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """A chord symbol with the beats it lasts, ``[start, end)``."""

    label: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One played note: start and length in beats, MIDI pitch, velocity from 0 to 1."""

    start: float
    length: float
    pitch: int
    velocity: float = 0.8


SECTIONS = (
    Section(name="intro", start_bar=0, end_bar=4),
    Section(name="verse", start_bar=4, end_bar=12),
    Section(name="chorus", start_bar=12, end_bar=20),
    Section(name="final chorus", start_bar=20, end_bar=28),
    Section(name="outro", start_bar=28, end_bar=29),
)

_INTRO = "D:min7 D:min7 Bb:maj7 A:7"
_VERSE = "D:min7 Bb:maj7 G:min7 A:7 D:min7 Bb:maj7 G:min7 A:7"
_CHORUS = "Bb:maj7 C:maj D:min7 F:maj Bb:maj7 G:min7 A:sus4|A:7 D:min"
PROGRESSION = {"intro": _INTRO, "verse": _VERSE, "chorus": _CHORUS, "final chorus": _CHORUS, "outro": "D:min"}

VERSE_VOICE = """
r 1     D4 .5  F4 .5  A4 1.5  G4 .5
F4 1    E4 .5  D4 1.5 r 1
r .5    G4 .5  A4 .5  Bb4 1.5 A4 .5  G4 .5
A4 1.5  G4 .5  E4 1   r 1
r 1     D4 .5  F4 .5  A4 1    C5 1
Bb4 1.5 A4 .5  F4 1   r 1
r .5    G4 .5  Bb4 .5 D5 1    C5 .5  Bb4 .5 A4 .5
C#5 1.5 A4 .5  E4 1   r 1
"""
CHORUS_VOICE = """
D5 1    D5 .5  C5 1   Bb4 .5  C5 1
C5 1.5  G4 .5  E4 1   G4 1
A4 2    r .5   F4 .5  G4 .5   A4 .5
C5 1.5  A4 .5  F4 1   r 1
D5 1    D5 .5  C5 1   Bb4 .5  C5 1
D5 1.5  Bb4 .5 G4 1   A4 .5   Bb4 .5
A4 1    D5 1   C#5 1.5 E4 .5
D5 2.5  r 1.5
"""
INTRO_LEAD = """
r 4
r 4
D5 .75  F5 .75 A5 .5  G5 1    F5 1
E5 1.5  C#5 .5 A4 2
"""
CHORUS_LEAD = """
r 2     F5 .5  G5 .5  A5 1
G5 2    E5 1   r 1
r 2     A5 .25 G5 .25 F5 .5   D5 1
F5 2    C5 1   r 1
r 2     F5 .5  G5 .5  A5 1
Bb5 1.5 A5 .5  G5 1   D5 1
E5 1    D5 1   C#5 .5 E5 .5   A5 1
F5 .25  E5 .25 D5 .5  A4 1    D5 2
"""

PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
QUALITIES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "sus4": (0, 5, 7),
}


def pitch_class(name: str) -> int:
    """Return the pitch class of a note name: C is 0, C# and Db are 1.

    >>> pitch_class("Bb"), pitch_class("C#")
    (10, 1)
    """
    return (PITCH_CLASSES[name[0]] + name.count("#") - name[1:].count("b")) % 12


def midi(name: str) -> int:
    """Return the MIDI number of a note with its octave; A4 is 69.

    >>> midi("A4"), midi("C4"), midi("Bb3")
    (69, 60, 58)
    """
    return pitch_class(name[:-1]) + 12 * (int(name[-1]) + 1)


def beat_to_seconds(beat: ArrayLike) -> NDArray[np.float64]:
    """Return the time of a beat (or an array of them) in seconds; the tempo changes once, at ``CHANGE_BEAT``."""
    beats = np.asarray(beat, np.float64)
    before = np.minimum(beats, CHANGE_BEAT) * (60.0 / TEMPO_BPM)
    return before + np.maximum(beats - CHANGE_BEAT, 0.0) * (60.0 / FINAL_TEMPO_BPM)


def section_at(bar: int) -> Section:
    """Return the section that holds a bar; bars after the end belong to the last."""
    return next((section for section in SECTIONS if bar < section.end_bar), SECTIONS[-1])


def chords() -> list[Chord]:
    """Return every chord of the song in order."""
    found = []
    for section in SECTIONS:
        for offset, bar in enumerate(PROGRESSION[section.name].split()):
            labels = bar.split("|")
            length = BEATS_PER_BAR / len(labels)
            start = (section.start_bar + offset) * BEATS_PER_BAR
            found += [
                Chord(label=label, start=start + index * length, end=start + (index + 1) * length)
                for index, label in enumerate(labels)
            ]
    return found


def chord_tones(label: str) -> tuple[int, tuple[int, ...]]:
    """Return a chord's root pitch class and its intervals above the root.

    >>> chord_tones("G:min7")
    (7, (0, 3, 7, 10))
    """
    root, quality = label.split(":")
    return pitch_class(root), QUALITIES[quality]


def melody(text: str, start_bar: int, *, velocity: float = 0.8) -> Iterator[Note]:
    """Yield the notes of a line written as ``name length name length ...`` in beats, ``r`` for a rest."""
    tokens = text.split()
    beat = float(start_bar * BEATS_PER_BAR)
    for name, length in zip(tokens[::2], tokens[1::2], strict=True):
        beats = float(length)
        if name != "r":
            accent = 0.08 if beat % 2 == 0 else 0.0
            yield Note(start=beat, length=beats, pitch=midi(name), velocity=velocity + accent)
        beat += beats


def voicings(low: int, size: int) -> list[tuple[Chord, tuple[int, ...]]]:
    """Return each chord with ``size`` pitches above ``low``, each voicing moving as little as it can from the last."""
    held: tuple[int, ...] | None = None
    out = []
    for chord in chords():
        root, intervals = chord_tones(chord.label)
        classes = [(root + interval) % 12 for interval in intervals]
        choices = _inversions(classes, low, size)
        if held is not None:
            last = np.array(held)
            choices.sort(key=lambda pitches: int(np.abs(np.array(pitches) - last).sum()))
        held = choices[0]
        out.append((chord, held))
    return out


def _inversions(classes: list[int], low: int, size: int) -> list[tuple[int, ...]]:
    """Return closely stacked voicings that start on each pitch from ``low`` to an octave above it."""
    stack = sorted(pitch for octave in range(11) for pitch in (12 * octave + name for name in classes))
    starts = [index for index, pitch in enumerate(stack) if low <= pitch < low + 12]
    return [tuple(stack[index : index + size]) for index in starts]
