"""Songs from public-domain scores: dance tunes with an accompaniment of our own, and four-part chorales."""

from typing import Literal

import numpy as np

from training import parts
from training.harmony import QUALITIES, SCALES, Chord
from training.parts import Note
from training.scores import Work
from training.song import PROGRAMS, SECONDS, Song, timed
from training.styles import Style
from training.timing import make_clock

_TEMPI = {
    "chorale": (58, 112),
    (2, 4, 2.0): (88, 126),
    (2, 4, 1.0): (84, 126),
    (3, 2, 1.0): (84, 176),
    (4, 4, 1.0): (100, 176),
    (2, 3, 1.5): (84, 130),
    (3, 3, 1.5): (84, 130),
    (4, 3, 1.5): (60, 120),
}
"""Beats a minute, by beats a bar, steps a beat and quarters a beat."""
_SOLO = ("folk", "folk", "folk", "piano", "chip", "mallet", "orchestra")
_BASSES = ("fifth", "fifth", "root", "walking", "none")
_COMPS = ("oompah", "block", "whole", "strum", "arp", "chops", "none")
_CHORD_FIT = 0.62
"""Share of what sounds that a triad must hold to be called one."""
Steadiness = Literal["slight", "drawn"]


def score_song(seed: int, works: list[Work], *, steadiness: Steadiness = "drawn") -> Song:
    """Arrange one of the works; the same seed gives the same song.

    Parameters
    ----------
    seed
        Chooses work, tempo, key, accompaniment and instruments.
    works
        From :func:`training.scores.stored`.
    steadiness
        ``"slight"`` keeps tunes nearly at one tempo; ``"drawn"`` draws tempo curves as for other songs.
    """
    rng = np.random.default_rng([20267, seed])
    work = works[int(rng.integers(len(works)))]
    chorale = work.kind == "chorale"
    low, high = _TEMPI["chorale"] if chorale else _TEMPI[work.beats, work.steps, work.quarters]
    bpm = float(rng.uniform(low, high))
    bars = int(np.ceil((SECONDS + 8) * bpm / 60 / work.beats)) + 2
    shift = int(rng.integers(-5, 7)) if steadiness == "drawn" else 0
    tonic, mode = (work.key + shift) % 12, "minor" if work.key >= 12 else "major"
    first = int(rng.integers(8)) if rng.random() < 0.4 and steadiness == "drawn" else 0
    voices = [_played(rng, voice, work.beats, bars, first, shift) for voice in work.voices]
    chords = _harmonised(voices, work, bars, tonic, mode)
    style = Style(
        name=work.kind, tempo=(low, high), beats=work.beats, steps=work.steps, swing=0.0, kick=(), snare=(), hat=(),
        bass=_BASSES, comp=_COMPS, lead=1.0, families=("folk",),
    )  # fmt: skip
    lines = _voices(rng, voices) if chorale else _accompanied(rng, style, voices[0], chords, bars)
    clock = make_clock(rng, bpm=bpm, beats=bars * work.beats, steady=steadiness == "slight" and not chorale)
    return timed(rng, style, seed, clock, chords, lines)


def _played(
    rng: np.random.Generator, voice: list[tuple[float, float, int]], beats: int, bars: int, first: int, shift: int
) -> list[Note]:
    """Play a voice round and round from a bar on, as notes of the wanted key."""
    size = beats * max(1, int(np.ceil(max(start + length for start, length, _ in voice) / beats - 1e-6)))
    begin = first * beats % size
    level = float(rng.uniform(70, 100))
    found = []
    for turn in range(-(-(bars * beats + begin) // size)):
        for start, length, pitch in voice:
            at = start + turn * size - begin
            if 0 <= at < bars * beats:
                accent = 8.0 * (abs(at % beats) < 1e-3)
                velocity = int(np.clip(rng.normal(level + accent, 6), 20, 127))
                found.append(Note(at, length * 0.95, pitch + shift, velocity))
    return found


def _harmonised(voices: list[list[Note]], work: Work, bars: int, tonic: int, mode: str) -> list[Chord]:
    """Find a triad for each bar of a tune (each beat of a chorale) among those of the key; unclear ones are diminished.

    For tunes what is found is then played, so that it is the truth; in chorales all voices speak.
    """
    step = 1 if work.kind == "chorale" else work.beats
    spans = bars * work.beats // step
    sounding = np.zeros((spans, 12))
    for index, voice in enumerate(voices):
        bass = 1.6 if len(voices) > 1 and index == len(voices) - 1 else 1.0
        for note in voice:
            for span in range(int(note.start // step), min(spans, int((note.start + note.length) // step) + 1)):
                shared = min(note.start + note.length, (span + 1) * step) - max(note.start, span * step)
                sounding[span, note.pitch % 12] += bass * max(0.0, shared)
    triads = [(root, quality) for quality in ("maj", "min") for root in range(12)]
    masks = np.array(
        [[float((tone - root) % 12 in QUALITIES[quality]) for tone in range(12)] for root, quality in triads]
    )
    scale = {(tonic + degree) % 12 for degree in SCALES[mode]}
    if mode == "minor":
        scale.add((tonic + 11) % 12)
    inside = np.array([all((root + tone) % 12 in scale for tone in QUALITIES[quality]) for root, quality in triads])
    fit = sounding @ masks.T / np.maximum(sounding.sum(axis=1), 1e-9)[:, np.newaxis]
    degree = np.array([(root - tonic) % 12 for root, _ in triads])
    liked = 0.06 * np.isin(degree, (0, 7)) + 0.03 * (degree == 5)
    lead = sounding[:, [root for root, _ in triads]] / np.maximum(sounding.sum(axis=1), 1e-9)[:, np.newaxis]
    if work.kind == "chorale":
        best = (fit + 0.05 * inside + 0.1 * lead).argmax(axis=1)
        clear = fit[np.arange(spans), best] >= _CHORD_FIT
    else:
        best = np.where(inside, fit + liked, -1.0).argmax(axis=1)
        clear = np.ones(spans, bool)
    found: list[Chord] = []
    for span, (one, sure) in enumerate(zip(best, clear, strict=True)):
        root, quality = triads[int(one)]
        quality = quality if sure else "dim"
        if found and found[-1].root == root and found[-1].quality == quality and work.kind == "chorale":
            found[-1] = _chord(found[-1].start, (span + 1) * step, root, quality, tonic, mode)
        else:
            found.append(_chord(span * step, (span + 1) * step, root, quality, tonic, mode))
    return found


def _chord(start: float, end: float, root: int, quality: str, tonic: int, mode: str) -> Chord:
    return Chord(start=float(start), end=float(end), root=root, quality=quality, bass=root, tonic=tonic, mode=mode)


def _voices(rng: np.random.Generator, voices: list[list[Note]]) -> list[tuple[str, int, list[Note]]]:
    families = ("choir", "organ", "orchestra", "piano")
    family, mixed = str(rng.choice(families)), rng.random() < 0.3
    program = int(rng.choice(PROGRAMS[family]["comp"]))
    found = []
    for voice in voices:
        own = int(rng.choice(PROGRAMS[str(rng.choice(families))]["lead"])) if mixed else program
        found.append(("comp", own, voice))
    return found


def _accompanied(
    rng: np.random.Generator, style: Style, tune: list[Note], chords: list[Chord], bars: int
) -> list[tuple[str, int, list[Note]]]:
    programs = PROGRAMS[str(rng.choice(_SOLO))]
    span = (0, bars * style.beats)
    lines = [("lead", int(rng.choice(programs["lead"])), tune)]
    bass, comp = str(rng.choice(_BASSES)), str(rng.choice(_COMPS))
    if comp != "none":
        lines.append(("comp", int(rng.choice(programs["comp"])), parts.comp_line(rng, style, chords, comp, span)))
    if bass != "none":
        lines.append(("bass", int(rng.choice(programs["bass"])), parts.bass_line(rng, style, chords, bass, span)))
    return lines
