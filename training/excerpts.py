"""Short excerpts, and two songs in one: what the choice of the tempo's octave must hold on too."""

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import HARMONY_FPS, RHYTHM_FPS
from training.corpus import Example

SHORTEST_S, LONGEST_S = 7.0, 16.0
JOINED_S = 40.0
NEAREST, FARTHEST = 1.1, 1.6
"""How many times as fast one of two joined songs is as the other."""
INSIDE_S = 0.5
Stretch = tuple[float, float, float]
"""From and to in seconds, and the tempo there in BPM."""


def cut(song: Example, rng: np.random.Generator) -> Example:
    """Return an excerpt of 7 to 16 s.

    Parameters
    ----------
    song
        Stored song.
    rng
        Draws length and place.
    """
    whole = len(song.rhythm) / RHYTHM_FPS
    length = min(float(rng.uniform(SHORTEST_S, LONGEST_S)), whole)
    start = float(rng.uniform(0, whole - length))
    return _of([(song, start, start + length)])


def joined(first: Example, second: Example, rng: np.random.Generator) -> Example:
    """Return the beginnings of two songs one after the other, 40 s together.

    Parameters
    ----------
    first, second
        Stored songs.
    rng
        Draws where one ends.
    """
    border = float(rng.uniform(0.3, 0.5)) * JOINED_S
    return _of([(first, 0.0, border), (second, 0.0, JOINED_S - border)])


def stretches(song: Example) -> list[Stretch]:
    """Return where which tempo holds."""
    return [(start, end, bpm) for start, end, bpm in song.truth["stretches"]]


def follows(beats_s: NDArray[np.float64], wanted: list[Stretch]) -> bool:
    """Return whether the beats keep the tempo of each stretch, but for its borders, within 4 %.

    Examples
    --------
    >>> beats = np.concatenate((np.arange(0, 10, 0.5), np.arange(10, 20, 0.6)))
    >>> follows(beats, [(0, 10, 120.0), (10, 20, 100.0)]), follows(beats[::2], [(0, 10, 120.0)])
    (True, False)
    """
    steps, starts, ends = np.diff(beats_s), beats_s[:-1], beats_s[1:]
    for start, end, bpm in wanted:
        inside = steps[(starts >= start + INSIDE_S) & (ends <= end - INSIDE_S)]
        if inside.size < 2 or abs(60.0 / float(np.median(inside)) / bpm - 1) >= 0.04:
            return False
    return True


def short_and_joined(songs: list[Example], *, seed: int) -> list[Example]:
    """Return an excerpt of each song, and each second song joined with another of a tempo not too far away.

    Parameters
    ----------
    songs
        Steady songs, longer than half a minute.
    seed
        The same songs and seed give the same examples.
    """
    rng = np.random.default_rng(seed)
    made = [cut(song, rng) for song in songs]
    for song in songs[::2]:
        ratio = np.array([other.truth["tempo"] / song.truth["tempo"] for other in songs])
        near = np.flatnonzero((np.abs(np.log(ratio)) > np.log(NEAREST)) & (np.abs(np.log(ratio)) < np.log(FARTHEST)))
        if near.size:
            made.append(joined(song, songs[int(rng.choice(near))], rng))
    return made


def _of(parts: list[tuple[Example, float, float]]) -> Example:
    at, found = 0.0, []
    for song, start, end in parts:
        found.append((at, at + end - start, song.truth["tempo"]))
        at += end - start
    rhythm, harmony = (
        np.concatenate([getattr(song, name)[round(start * fps) : round(end * fps)] for song, start, end in parts])
        for name, fps in (("rhythm", RHYTHM_FPS), ("harmony", HARMONY_FPS))
    )
    return Example(
        name="+".join(song.name for song, _, _ in parts),
        rhythm=rhythm,
        harmony=harmony,
        truth={"stretches": found, "tempo": found[0][2]},
    )
