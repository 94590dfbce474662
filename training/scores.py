"""Read public-domain scores once into plain notes: ``python -m training.scores WORKS.json --tunes 500 --chorales 250``.

Bach's chorales and the dance tunes of Ryan's Mammoth Collection (1883), from the corpus that comes with music21 (BSD;
installed by hand, needed only here). Works whose key or metre is not plain are left out.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from training.harmony import NAMES

KEPT_FOR_VALIDATION = 4
"""Of the works in the order of their names every so many-th is kept for validation."""
_METRES = {"2/2": (2, 2.0, 4), "2/4": (2, 1.0, 4), "3/4": (3, 1.0, 2), "4/4": (4, 1.0, 4), "6/8": (2, 1.5, 3)}
_METRES |= {"9/8": (3, 1.5, 3), "12/8": (4, 1.5, 3)}
_MODES = {"major": 0, "minor": 12, "dorian": 12, "mixolydian": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One score: notes of each voice as (start in beats, length in beats, MIDI pitch); bars begin at multiples.

    ``key`` is 0 to 11 major, 12 to 23 minor; ``steps`` of the grid a beat (3 is compound time); ``quarters`` a beat.
    """

    name: str
    kind: str
    beats: int
    steps: int
    quarters: float
    key: int
    voices: list[list[tuple[float, float, int]]]


def read(path: Path, kind: str) -> Work | None:
    """Read one file of music21's corpus; None where metre or key is not plain."""
    from music21 import converter

    score: Any = converter.parse(path)
    parts = list(score.parts)
    if kind == "chorale" and len(parts) != 4:
        return None
    metres = {metre.ratioString for part in parts for metre in part.recurse().getElementsByClass("TimeSignature")}
    keys = list(parts[0].recurse().getElementsByClass("KeySignature")) if parts else []
    if len(metres) != 1 or not keys or (metre := _METRES.get(metres.pop())) is None:
        return None
    beats, quarters, steps = metre
    first = parts[0].getElementsByClass("Measure").first()
    bar = beats * quarters
    pickup = float(first.duration.quarterLength) if first is not None else 0.0
    shift = bar - pickup if 0 < pickup < bar else 0.0
    voices = [_notes(part, shift, quarters) for part in parts]
    if not all(voices) or sum(map(len, voices)) < 24:
        return None
    key = _key(keys, voices, kind)
    if key is None:
        return None
    return Work(name=path.stem, kind=kind, beats=beats, steps=steps, quarters=quarters, key=key, voices=voices)


def _notes(part: Any, shift: float, quarters: float) -> list[tuple[float, float, int]]:
    found = []
    for note in part.flatten().stripTies().notes:
        length = float(note.duration.quarterLength)
        if length > 0:
            start = (float(note.offset) + shift) / quarters
            found.append((round(start, 5), round(length / quarters, 5), int(note.pitches[-1].midi)))
    return found


def _key(keys: list[Any], voices: list[list[tuple[float, float, int]]], kind: str) -> int | None:
    """Key of a work: as written for tunes; for chorales the signature's mode in which the last bass note is the tonic.

    A tune whose last note is neither tonic, third nor fifth of its key is left out.
    """
    if len({key.sharps for key in keys}) != 1:
        return None
    last = voices[-1][-1][2] % 12
    major = 7 * keys[0].sharps % 12
    if kind == "chorale":
        return {major: major, (major + 9) % 12: 12 + (major + 9) % 12}.get(last)
    mode = getattr(keys[0], "mode", "major")
    if mode not in _MODES:
        return None
    tonic = int(keys[0].tonic.pitchClass) if hasattr(keys[0], "tonic") else major
    minor = _MODES[mode] == 12
    return tonic + _MODES[mode] if (last - tonic) % 12 in {0, 3 if minor else 4, 7} else None


def held_out(works: list[Work]) -> tuple[list[Work], list[Work]]:
    """Divide works into those to train on and those kept for validation.

    Examples
    --------
    >>> made = [Work(name=str(n), kind="tune", beats=2, steps=4, quarters=1, key=0, voices=[]) for n in range(8)]
    >>> train, kept = held_out(made)
    >>> [work.name for work in kept]
    ['3', '7']
    """
    kept = works[KEPT_FOR_VALIDATION - 1 :: KEPT_FOR_VALIDATION]
    names = {work.name for work in kept}
    return [work for work in works if work.name not in names], kept


@lru_cache(maxsize=2)
def stored(path: Path) -> list[Work]:
    """Read the works that :func:`main` wrote."""
    return [Work(**row) for row in json.loads(path.read_text())]


def main() -> None:
    """Parse the command line and read the corpus."""
    from music21 import corpus

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--tunes", type=int, default=500)
    parser.add_argument("--chorales", type=int, default=250)
    parser.add_argument("--without", type=Path, help="a list of names, one a line, to leave out")
    options = parser.parse_args()
    without = set(options.without.read_text().split()) if options.without else set()
    place = Path(corpus.__file__).parent
    works = []
    for kind, pattern, count in (
        ("tune", "ryansMammoth/*.abc", options.tunes),
        ("chorale", "bach/bwv*.mxl", options.chorales),
    ):
        paths = [path for path in sorted(place.glob(pattern)) if path.stem not in without]
        chosen = paths[:: max(1, len(paths) // count)][:count]
        works += [work for path in chosen if (work := _tried(path, kind))]
    works.sort(key=lambda work: (work.kind, work.name))
    options.out.write_text(json.dumps([asdict(work) for work in works]))
    majors = sum(work.key < 12 for work in works)
    print(len(works), "works,", majors, "in major, first key", NAMES[works[0].key % 12] if works else "-")


def _tried(path: Path, kind: str) -> Work | None:
    try:
        return read(path, kind)
    except Exception as error:  # noqa: BLE001 - a score the reader cannot read is left out, and said
        print(path.name, repr(error)[:80])
        return None


if __name__ == "__main__":
    main()
