"""Keys, chord progressions and voicings for the song generator."""

from dataclasses import dataclass

import numpy as np

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
QUALITIES = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8), "sus4": (0, 5, 7), "sus2": (0, 2, 7),
    "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10), "hdim7": (0, 3, 6, 10), "dim7": (0, 3, 6, 9),
    "maj6": (0, 4, 7, 9), "min6": (0, 3, 7, 9), "9": (0, 4, 7, 10, 14), "maj9": (0, 4, 7, 11, 14),
    "min9": (0, 3, 7, 10, 14), "5": (0, 7),
}  # fmt: skip
MAJOR_LIKE = frozenset({"maj", "7", "maj7", "maj6", "9", "maj9"})
MINOR_LIKE = frozenset({"min", "min7", "min6", "min9"})

_LOOPS = {
    "major": (
        "1 5 6 4", "1 6 4 5", "6 4 1 5", "1 4 5 5", "1 4 1 5", "1 4 6 5", "4 1 5 6", "1 3 4 5", "2 5 1 1", "1 6 2 5",
        "1 2 4 5", "1 5 4 4", "1 b7 4 1", "1 1 4 1 5 4 1 5", "1 5 6 3 4 1 4 5", "4 5 3 6", "1 4 2 5", "6 5 4 5",
        "1 1 1 1 4 4 1 1 5 4 1 5", "1 5 1 5 4 1 5 1", "1 1 5 1", "1 V2 5 1", "1 4 m4 1", "3 6 2 5",
    ),
    "minor": (
        "1 6 3 7", "1 7 6 7", "1 4 5 1", "1 6 7 1", "1 4 7 3", "1 5 1 5", "1 7 6 5", "1 3 7 6", "6 7 1 1", "1 1 4 5",
        "1 4 1 5", "1 7 1 7", "2 5 1 1", "1 6 4 5", "4 1 5 1", "1 3 4 6", "1 2 5 1", "1 v 6 7", "6 3 7 1", "1 M4 1 7",
    ),
}  # fmt: skip
_MARKOV = {
    1: (4, 5, 6, 2, 3, 1),
    2: (5, 5, 7, 4),
    3: (6, 4, 2),
    4: (1, 5, 2, 5),
    5: (1, 1, 6, 4),
    6: (2, 4, 5, 3),
    7: (1, 3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """A chord over a span of beats; ``bass`` is its lowest pitch class, ``tonic`` and ``mode`` the key around it."""

    start: float
    end: float
    root: int
    quality: str
    bass: int
    tonic: int
    mode: str

    @property
    def tones(self) -> tuple[int, ...]:
        """Pitch classes, root first."""
        return tuple((self.root + step) % 12 for step in QUALITIES[self.quality])

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of the key, with the leading note of a major dominant in minor."""
        notes = {(self.tonic + step) % 12 for step in SCALES[self.mode]}
        for tone in self.tones:
            notes -= {(tone + 1) % 12, (tone - 1) % 12} - set(self.tones)
            notes.add(tone)
        return tuple(sorted(notes))


def progression(rng: np.random.Generator, *, beats: float, bar: int, per_beat: bool, colour: float) -> list[Chord]:
    """Write chords for a whole song.

    Parameters
    ----------
    rng
        Source of randomness.
    beats
        Length in beats.
    bar
        Beats a bar.
    per_beat
        Change about once a beat, as a chorale does.
    colour
        Probability of sevenths and other extensions, 0 to 1.

    Returns
    -------
    list[Chord]
        Chords in order, without gaps.
    """
    tonic, mode = int(rng.integers(12)), str(rng.choice(["major", "minor"], p=[0.58, 0.42]))
    lengths = [1.0, 1.0, 2.0] if per_beat else [float(rng.choice([bar, bar, bar, bar / 2, 2 * bar]))]
    if not per_beat and bar % 2:
        lengths = [float(bar)] if lengths[0] < bar else lengths
    inversion = rng.choice([0.05, 0.2, 0.4])
    chords: list[Chord] = []
    position, loop = 0.0, _loop(rng, mode, per_beat=per_beat)
    index = 0
    while position < beats:
        if index >= len(loop):
            index = 0
            if per_beat or rng.random() < 0.35:
                loop = _loop(rng, mode, per_beat=per_beat)
            if position > beats * 0.3 and rng.random() < 0.07:
                tonic, mode = _modulated(rng, tonic, mode)
                loop = _loop(rng, mode, per_beat=per_beat)
        length = float(rng.choice(lengths))
        root, quality = _degree(rng, loop[index], tonic, mode)
        if rng.random() < colour:
            quality = _coloured(rng, quality, dominant=(root - tonic) % 12 == 7)
        tones = QUALITIES[quality]
        bass = (root + int(rng.choice(tones[1:3]))) % 12 if rng.random() < inversion else root
        end = min(position + length, beats)
        chords.append(Chord(start=position, end=end, root=root, quality=quality, bass=bass, tonic=tonic, mode=mode))
        position, index = end, index + 1
    return chords


def _loop(rng: np.random.Generator, mode: str, *, per_beat: bool) -> list[str]:
    if not per_beat and rng.random() < 0.75:
        return str(rng.choice(_LOOPS[mode])).split()
    degrees = [1]
    for _ in range(int(rng.integers(3, 12 if per_beat else 8))):
        degrees.append(int(rng.choice(_MARKOV[degrees[-1]])))
    return [str(degree) for degree in degrees]


def _degree(rng: np.random.Generator, text: str, tonic: int, mode: str) -> tuple[int, str]:
    """Root pitch class and triad of a scale degree, or of the few borrowed chords the loops name."""
    borrowed = {"b7": (10, "maj"), "m4": (5, "min"), "M4": (5, "maj"), "V2": (2, "maj"), "v": (7, "min")}
    if text in borrowed:
        step, quality = borrowed[text]
        return (tonic + step) % 12, quality
    degree = int(text)
    if mode == "major":
        quality = ("maj", "min", "min", "maj", "maj", "min", "dim")[degree - 1]
        if degree in {2, 3, 6} and rng.random() < 0.04:
            quality = "maj"
    else:
        quality = ("min", "dim", "maj", "min", "maj", "maj", "maj")[degree - 1]
        if degree == 5 and rng.random() < 0.3:
            quality = "min"
    if quality == "dim" and rng.random() < 0.4:
        return (tonic + (7 if mode == "major" else 5)) % 12, "maj" if mode == "major" else "min"
    return (tonic + SCALES[mode][degree - 1]) % 12, quality


def _coloured(rng: np.random.Generator, quality: str, *, dominant: bool) -> str:
    if quality == "maj":
        options = ["7", "9", "sus4"] if dominant else ["maj7", "maj6", "maj9", "sus2", "sus4", "maj7"]
    elif quality == "min":
        options = ["min7", "min7", "min9", "min6"]
    else:
        options = ["hdim7", "dim7"]
    return str(rng.choice(options))


def _modulated(rng: np.random.Generator, tonic: int, mode: str) -> tuple[int, str]:
    choice = rng.random()
    if choice < 0.3:
        return (tonic + (9 if mode == "major" else 3)) % 12, "minor" if mode == "major" else "major"
    return (tonic + int(rng.choice([1, 2, 5, 7, 3]))) % 12, mode


def voicing(rng: np.random.Generator, chord: Chord, centre: int, size: int) -> list[int]:
    """Place a chord's notes around a centre.

    Parameters
    ----------
    rng
        Source of randomness.
    chord
        What to place.
    centre
        MIDI pitch around which the notes lie.
    size
        Number of notes.

    Returns
    -------
    list[int]
        MIDI pitches, ascending.
    """
    tones = list(chord.tones)
    if len(tones) > size:
        tones = [tone for index, tone in enumerate(tones) if index != 2][:size]
    shift = int(rng.integers(-3, 4))
    pitches = [centre + shift + ((tone - centre - shift + 6) % 12) - 6 for tone in tones]
    while len(pitches) < size:
        pitches.append(pitches[len(pitches) - len(tones)] + 12)
    return sorted(pitches)
