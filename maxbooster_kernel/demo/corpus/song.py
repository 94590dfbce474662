"""One generated song: audio and its exact truth, from a style and a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.demo.corpus.harmony import NAMES, PlannedChord, plan_chords
from maxbooster_kernel.demo.corpus.kit import draw_kit
from maxbooster_kernel.demo.corpus.mix import mixed
from maxbooster_kernel.demo.corpus.parts import (
    Block,
    Event,
    bass_events,
    comp_events,
    drum_events,
    lead_events,
    plan_blocks,
)
from maxbooster_kernel.demo.corpus.styles import BY_NAME, STYLES, Style
from maxbooster_kernel.demo.corpus.tempo import KINDS, at_beats, beat_times, swung
from maxbooster_kernel.demo.corpus.timbre import ENSEMBLES, draw_patch
from maxbooster_kernel.errors import AnalysisError


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CorpusSong:
    """A generated song and its truth, in the shape of an entry of the labelled songs' ``labels.json``.

    ``truth`` holds ``style, seed, duration, tempo, tempo_map, beats, downbeats, beats_per_bar, key, a4, swing,
    has_drums, instruments``, ``chords`` (``[start, end, label]``; empty where nobody plays them) and ``sections``
    (``[start, end, parts]``, stretches in which the same parts play).
    A beatless song has no beats and tempo 0.
    """

    audio: AudioBuffer
    truth: dict[str, Any]


def make_song(
    style: str,
    seed: int,
    *,
    duration_s: float = 30.0,
    sample_rate: int = 44100,
    bpm: float | None = None,
    key: str | None = None,
    tempo_map: str | None = None,
) -> CorpusSong:
    """Return a song of a style, the same for the same arguments.

    Parameters
    ----------
    style
        A name of ``STYLES``.
    seed
        Chooses key, tempo, chords, patterns, melody, instruments and room.
    duration_s
        Length in seconds.
    sample_rate
        In Hz; 22050 makes it twice as fast.
    bpm, key, tempo_map
        Fix the tempo (beats a minute), the key (``"Eb minor"``) or the kind of tempo instead of drawing them.

    Raises
    ------
    AnalysisError
        The style, key or kind of tempo is unknown.
    """
    kind = BY_NAME.get(style)
    if kind is None:
        raise AnalysisError(f"expected a style of {', '.join(BY_NAME)}, got {style!r}")
    rng = np.random.default_rng([seed, *style.encode()])
    tonic, mode = _key(key, kind, rng)
    tempo = bpm if bpm is not None else float(rng.uniform(*kind.tempo))
    shape = tempo_map if tempo_map is not None else str(rng.choice(kind.drift))
    if shape not in KINDS:
        raise AnalysisError(f"expected a kind of tempo of {', '.join(KINDS)}, got {shape!r}")
    swing = float(rng.uniform(*kind.swing))
    bars = int(duration_s * tempo * 1.4 / 60.0 / kind.beats) + 4
    beats = _beats(kind, shape, tempo, bars, rng)
    vocabulary = "jazz" if kind.harmony == "pop" and rng.random() < 0.12 else kind.harmony
    chords = plan_chords(
        vocabulary, tonic, mode, bars * kind.beats, kind.beats * float(rng.choice(kind.bars_a_chord)), rng
    )
    blocks = plan_blocks(kind, bars, rng)
    events = _events(kind, blocks, chords, tonic, mode, rng)
    lead_in = float(rng.uniform(0.05, 0.9)) if rng.random() < 0.7 else -float(rng.uniform(0.0, beats[2 * kind.beats]))
    times = _times(kind, events, beats, swing, rng) + lead_in
    a4 = 440.0 if rng.random() < 0.6 else float(np.round(rng.uniform(432.0, 446.0)))
    families = {part: str(rng.choice(names)) for part, names in ENSEMBLES[kind.timbres].items()}
    patches = {part: draw_patch(family, rng) for part, family in families.items()}
    kit = draw_kit({event.drum for event in events if event.drum}, sample_rate, rng)
    lengths = np.array([event.length for event in events]) * 60.0 / tempo
    audio = mixed(events, times, lengths, patches, kit, a4, duration_s, sample_rate, rng)
    facts = {
        "kind": "corpus",
        "style": style,
        "seed": seed,
        "duration": duration_s,
        "tempo_map": shape if not kind.beatless else "free",
        "beats_per_bar": kind.beats,
        "key": f"{NAMES[tonic]} {mode}",
        "a4": a4,
        "swing": round(swing, 4),
        "has_drums": any(event.drum for event in events),
        "instruments": families,
        **_timed(kind, beats + lead_in, chords, duration_s),
        "sections": _sections(kind, blocks, beats + lead_in, duration_s),
    }
    if not any(event.part == "comp" for event in events):
        facts["chords"] = []
    return CorpusSong(audio=audio, truth=facts)


def corpus(count: int, *, seed: int = 0, styles: tuple[str, ...] | None = None, **options: Any) -> Iterator[CorpusSong]:
    """Yield ``count`` songs, the styles in turn, each with a seed of its own; options as for :func:`make_song`."""
    names = styles if styles is not None else tuple(style.name for style in STYLES)
    for index in range(count):
        yield make_song(names[index % len(names)], seed + index, **options)


def _key(key: str | None, style: Style, rng: np.random.Generator) -> tuple[int, str]:
    if key is None:
        minor = {"minor": 0.9, "jazz": 0.4, "hymn": 0.35, "folk": 0.3, "blues": 0.2}.get(style.harmony, 0.35)
        return int(rng.integers(12)), "minor" if rng.random() < minor else "major"
    name, _, mode = key.partition(" ")
    if name not in NAMES or mode not in ("major", "minor"):
        raise AnalysisError(f"expected a key such as 'Eb minor' (of {', '.join(NAMES)}), got {key!r}")
    return NAMES.index(name), mode


def _beats(style: Style, shape: str, tempo: float, bars: int, rng: np.random.Generator) -> NDArray[np.float64]:
    count = bars * style.beats + 1
    if style.beatless:
        gaps = 60.0 / tempo * np.exp(0.45 * rng.standard_normal(count))
        return np.concatenate([[0.0], np.cumsum(gaps)[:-1]])
    return beat_times(shape, tempo, count, style.beats, rng)


def _events(
    style: Style, blocks: list[Block], chords: list[PlannedChord], tonic: int, mode: str, rng: np.random.Generator
) -> list[Event]:
    return [
        *drum_events(style, blocks, rng),
        *bass_events(style, blocks, chords, rng),
        *comp_events(style, blocks, chords, rng),
        *lead_events(style, blocks, chords, tonic, mode, rng),
    ]


def _times(
    style: Style, events: list[Event], beats: NDArray[np.float64], swing: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return when each event is played: swung, each part a little early or late, every note a little loose."""
    position = np.array([event.beat for event in events])
    unit = 0.5 if style.steps == 2 else 1.0 / style.steps
    played = at_beats(swung(position, swing, unit=unit) if swing else position, beats)
    late = {
        "drums": 0.0,
        "bass": rng.normal(0.002, 0.004),
        "comp": rng.normal(0.003, 0.006),
        "lead": rng.normal(0.006, 0.012),
    }
    loose = {"drums": 0.5, "bass": 0.8, "comp": 1.0, "lead": 2.0 if rng.random() < 0.7 else 6.0}
    spread = np.array([loose[event.part] for event in events]) * style.loose_ms / 1000.0
    shift = np.array([late[event.part] for event in events])
    return np.asarray(played + shift + np.clip(rng.standard_normal(len(events)), -2.5, 2.5) * spread)


def _timed(style: Style, beats: NDArray[np.float64], chords: list[PlannedChord], duration_s: float) -> dict[str, Any]:
    """Return tempo, beats, downbeats and chords inside the song, in seconds."""
    inside = (beats >= 0.0) & (beats < duration_s)
    downs = inside & (np.arange(len(beats)) % style.beats == 0)
    edges = at_beats(np.array([[chord.start, chord.end] for chord in chords]), beats)
    parts = [
        [round(max(float(start), 0.0), 4), round(min(float(end), duration_s), 4), chord.label]
        for (start, end), chord in zip(edges, chords, strict=True)
        if end > 0.0 and start < duration_s
    ]
    if style.beatless:
        return {"tempo": 0.0, "beats": [], "downbeats": [], "chords": parts}
    kept = beats[inside]
    return {
        "tempo": float(60.0 / np.median(np.diff(kept))),
        "beats": [round(float(beat), 4) for beat in kept],
        "downbeats": [round(float(beat), 4) for beat in beats[downs]],
        "chords": parts,
    }


def _sections(style: Style, blocks: list[Block], beats: NDArray[np.float64], duration_s: float) -> list[list[Any]]:
    """Return the stretches in which the same parts play, in seconds."""
    found: list[list[Any]] = []
    for block in blocks:
        names = " ".join(sorted(block.parts))
        start, end = at_beats(np.array([block.start, block.end]) * float(style.beats), beats).clip(0.0, duration_s)
        if found and found[-1][2] == names:
            found[-1][1] = round(float(end), 4)
        elif end > start:
            found.append([round(float(start), 4), round(float(end), 4), names])
    return found
