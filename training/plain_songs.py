"""The plainest music: a click on every beat, block chords, a bass on one. What holds on songs must hold on these."""

import numpy as np
from numpy.typing import NDArray

from training.song import SECONDS, Part, Song
from training.synthesis import RATE, noise_drums, wavetable_line

_CHANGES = (1, 2, 2, 4, 4, 8)
"""Beats a chord lasts."""
_DEGREES = {"major": ((0, 0), (5, 0), (7, 0), (9, 12), (2, 12)), "minor": ((0, 12), (5, 12), (7, 12), (8, 0), (10, 0))}


def plain_song(seed: int, *, soft: bool = False) -> tuple[Song, NDArray[np.float32]]:
    """Compose and play one plain song; the same seed gives the same song.

    Parameters
    ----------
    seed
        Chooses tempo, metre, key, chords, click and sounds.
    soft
        Whether the clicks are 6 to 30 dB softer, so that hardly more than chords and bass are heard.

    Returns
    -------
    Song
        Parts and truth.
    NDArray[np.float32]
        Mono at 22050 Hz, 30 s.
    """
    rng = np.random.default_rng([20265, seed])
    bpm, bar = float(np.exp(rng.uniform(np.log(70), np.log(160)))), int(rng.choice([3, 4, 4, 4]))
    beats = np.arange(float(rng.uniform(0, 0.5)), SECONDS, 60 / bpm)
    tonic, mode = int(rng.integers(12)), str(rng.choice(["major", "minor"]))
    lasts, again = int(rng.choice(_CHANGES)), int(rng.choice([1, 2, 4]))
    click = float(rng.choice([36, 38, 42, 37]))
    drums, comp, bass = [], [], []
    spans: list[tuple[float, float, int]] = []
    root, third = tonic, 12 * (mode == "minor")
    for index, start in enumerate(beats):
        drums.append((start, start + 0.1, click, 115 if index % bar == 0 else 75))
        if index % lasts == 0:
            step, third = _DEGREES[mode][int(rng.integers(5)) if index else 0]
            root = (tonic + step) % 12
            end = min(start + lasts * 60 / bpm, SECONDS)
            spans.append((float(start), float(end), root + third))
        if index % min(again, lasts) == 0:
            length = min(again, lasts) * 60 / bpm
            comp += [(start, start + length, 60 + (root + tone) % 12, 80) for tone in (0, 3 if third else 4, 7)]
        if index % bar == 0:
            bass.append((start, start + 0.9 * bar * 60 / bpm, 36 + root, 90))
    click_db = -float(np.random.default_rng([20266, seed]).uniform(6, 30)) if soft else 0.0
    parts = [
        Part(role=role, program=0, gain_db=gain, notes=np.array(notes, np.float64))
        for role, gain, notes in (("drums", click_db, drums), ("comp", -6.0, comp), ("bass", -4.0, bass))
    ]
    song = Song(
        style="plain", seed=seed, tempo=bpm, curve="const", beats=beats, downbeats=beats[::bar], beats_per_bar=bar,
        key=tonic + 12 * (mode == "minor"), chords=spans, a4=440.0, parts=parts,
    )  # fmt: skip
    return song, _played(rng, parts)


def _played(rng: np.random.Generator, parts: list[Part]) -> NDArray[np.float32]:
    mix = np.zeros(int(SECONDS * RATE), np.float32)
    for part in parts:
        if part.role == "drums":
            sound = noise_drums(rng, part.notes, seconds=SECONDS)
        else:
            sound = wavetable_line(rng, part.notes, seconds=SECONDS, cents=0)
        mix += sound[: len(mix)] * np.float32(10 ** (part.gain_db / 20))
    return mix
