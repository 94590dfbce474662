"""Chord progressions in any key, labelled in Harte's syntax with flat names."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
INTERVALS = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10), "hdim7": (0, 3, 6, 10), "sus4": (0, 5, 7), "maj6": (0, 4, 7, 9), "9": (0, 4, 7, 10, 14),
}  # fmt: skip
ROMAN = {
    "major": {
        "I": (0, "maj"), "ii": (2, "min"), "iii": (4, "min"), "IV": (5, "maj"), "V": (7, "maj"), "vi": (9, "min"),
        "V7": (7, "7"), "vii": (11, "dim"), "bVII": (10, "maj"), "iv": (5, "min"), "II7": (2, "7"), "VI7": (9, "7"),
        "Vsus": (7, "sus4"), "bVI": (8, "maj"), "bIII": (3, "maj"), "I7": (0, "7"), "IV7": (5, "7"),
    },
    "minor": {
        "i": (0, "min"), "ii": (2, "dim"), "III": (3, "maj"), "iv": (5, "min"), "v": (7, "min"), "V": (7, "maj"),
        "V7": (7, "7"), "VI": (8, "maj"), "VII": (10, "maj"), "IV": (5, "maj"), "bII": (1, "maj"),
        "Vsus": (7, "sus4"),
    },
}  # fmt: skip
PROGRESSIONS = {
    "major": {
        "pop": (
            "I V vi IV", "vi IV I V", "I vi IV V", "I IV vi V", "I iii IV V", "IV I V vi", "I bVII IV I",
            "I ii IV V7", "I IV I V", "vi V IV V", "I V ii IV", "I vi ii V7", "IV V iii vi", "I IV iv I",
            "I bIII IV bVI", "I Vsus V I",
        ),
        "folk": (
            "I I IV I I I V V7", "I IV I V I IV V I", "I V I IV I V V I", "I bVII I V", "I I V I", "I vi IV V",
        ),
        "hymn": (
            "I IV V I vi ii V I", "I V vi iii IV I ii V", "I I IV V7 vi IV V I", "I VI7 ii V7 I",
            "vi ii V I IV I V I", "I vii I IV V7 I",
        ),
        "blues": ("I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 IV7 I7 I7 IV7 IV7 I7 VI7 ii V7 I7 V7"),
    },
    "minor": {
        "pop": (
            "i VI III VII", "i iv VII III", "i VII VI V", "i VI iv V7", "i III VII VI", "VI VII i i", "i v VI VII",
            "i iv V i",
        ),
        "folk": ("i VII i v", "i i VII VII", "i VI VII i", "i III VII v", "i VII VI VII"),
        "hymn": ("i iv V i VI ii V i", "i V i iv VII III VI V", "i iv i V7 VI iv V i"),
        "blues": ("i i i i iv iv i i VI V7 i V7", "i iv i i iv iv i i V7 iv i V7"),
        "minor": ("i i VI VII", "i VI VII v", "i i iv iv", "i bII i VII", "i VII VI VII", "i v i iv", "i IV", "i VI"),
    },
}  # fmt: skip
JAZZ = {
    "major": ("ii V7 I vi", "I vi ii V7", "iii VI7 ii V7", "I I ii V7", "IV iv iii VI7 ii V7 I I", "I II7 ii V7"),
    "minor": ("ii V7 i i", "i VI ii V7", "i iv VII III VI ii V7 i", "i IV i IV", "i iv V7 i"),
}
SEVENTHS = {"maj": "maj7", "min": "min7", "dim": "hdim7"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChord:
    """A chord: label, root pitch class, intervals above it, and the beats ``[start, end)``."""

    label: str
    root: int
    intervals: tuple[int, ...]
    start: float
    end: float


def plan_chords(
    vocabulary: str, tonic: int, mode: str, beats: int, beats_per_chord: float, rng: np.random.Generator
) -> list[PlannedChord]:
    """Return chords that fill ``beats`` beats: a progression twice or four times, then another one."""
    chords: list[PlannedChord] = []
    start = 0.0
    while start < beats:
        text, sevenths = _progression(vocabulary, mode, rng)
        for _ in range(int(rng.choice([1, 2, 2, 4]))):
            for name in text.split():
                if start >= beats:
                    break
                end = min(start + beats_per_chord, float(beats))
                chords.append(_chord(name, tonic, mode, sevenths, start, end))
                start = end
    return _joined(chords)


def _progression(vocabulary: str, mode: str, rng: np.random.Generator) -> tuple[str, bool]:
    if vocabulary == "jazz" and rng.random() < 0.75:
        return str(rng.choice(JAZZ[mode])), True
    bank = PROGRESSIONS[mode]
    kind = vocabulary if vocabulary in bank else "pop"
    return str(rng.choice(bank[kind])), vocabulary == "jazz" and bool(rng.random() < 0.6)


def _chord(name: str, tonic: int, mode: str, sevenths: bool, start: float, end: float) -> PlannedChord:
    step, quality = ROMAN[mode][name] if name in ROMAN[mode] else ROMAN["major"][name]
    if sevenths:
        quality = "7" if name == "V" else SEVENTHS.get(quality, quality)
    root = (tonic + step) % 12
    label = f"{NAMES[root]}:{quality}"
    return PlannedChord(label=label, root=root, intervals=INTERVALS[quality], start=start, end=end)


def _joined(chords: list[PlannedChord]) -> list[PlannedChord]:
    """Return the chords with equal neighbours made one."""
    out: list[PlannedChord] = []
    for chord in chords:
        if out and out[-1].label == chord.label:
            out[-1] = replace(out[-1], end=chord.end)
        else:
            out.append(chord)
    return out
