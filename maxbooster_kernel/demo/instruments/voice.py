"""A voice-like line: harmonics of a gliding larynx shaped by formants that move from vowel to vowel, with breath.

Source and filter after Fant, *Acoustic Theory of Speech Production* (1960); formants of a mezzo-soprano from
Sundberg, *The Science of the Singing Voice* (1987), rounded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.demo.groove import frame_of, length_frames, player, struck
from maxbooster_kernel.demo.score import CHORUS_VOICE, SAMPLE_RATE, VERSE_VOICE, Note, melody
from maxbooster_kernel.demo.space import echoes, finished, place, room, stage
from maxbooster_kernel.demo.synth import Signal, filtered, noise

CONTROL = 64
VOWELS = {
    "ah": (850.0, 1200.0, 2800.0, 3600.0),
    "oh": (480.0, 820.0, 2700.0, 3500.0),
    "oo": (340.0, 720.0, 2600.0, 3400.0),
    "eh": (600.0, 1800.0, 2750.0, 3700.0),
    "ee": (320.0, 2300.0, 3000.0, 3800.0),
}
BANDWIDTHS_HZ = np.array([85.0, 100.0, 150.0, 200.0])
GAINS_DB = np.array([0.0, -5.0, -14.0, -18.0])
WORDS = ("ah", "oh", "eh", "ee", "oo", "ah", "eh", "oh")
TOP_HZ = 7000.0


def notes() -> list[Note]:
    """Return the whole melody: verse, chorus and final chorus."""
    return [
        *melody(VERSE_VOICE, 4, velocity=0.7),
        *melody(CHORUS_VOICE, 12, velocity=0.82),
        *melody(CHORUS_VOICE, 20, velocity=0.88),
    ]


def phrases() -> list[list[Note]]:
    """Return the melody cut where it rests; within a phrase the voice does not stop."""
    found: list[list[Note]] = []
    for note in notes():
        tied = found and abs(found[-1][-1].start + found[-1][-1].length - note.start) < 0.01
        if tied and len(found[-1]) < 9:
            found[-1].append(note)
        else:
            found.append([note])
    return found


def render() -> Signal:
    """Return the voice stem, shape ``(2, frames)``; a second take doubles the choruses, both sides."""
    rng = player("voice")
    out = stage()
    syllable = 0
    for phrase in phrases():
        vowels = [WORDS[(syllable + index) % len(WORDS)] for index in range(len(phrase))]
        syllable += len(phrase)
        frame = frame_of(phrase[0].start, rng, late_ms=8.0, loose_ms=5.0)
        place(out, _sing(phrase, vowels, rng), frame, 0.55)
        if phrase[0].start >= 48:
            for side in (-0.75, 0.75):
                place(out, _sing(phrase, vowels, rng), frame + round(float(rng.uniform(300, 900))), 0.2, pan=side)
    wet = echoes(out, length_frames(16, 1.0), feedback=0.3, count=3, damp_hz=3000.0)
    both = out + 0.3 * wet
    return finished(
        both + 0.3 * room(both, rng, time_s=2.0, predelay_s=0.03, bright_hz=6000.0, low_cut_hz=350.0), 0.253
    )


def _sing(phrase: list[Note], vowels: list[str], rng: np.random.Generator) -> Signal:
    ends = [length_frames(phrase[0].start, note.start + note.length - phrase[0].start) for note in phrase]
    starts = [length_frames(phrase[0].start, note.start - phrase[0].start) for note in phrase]
    frames = CONTROL * ((ends[-1] + 6000) // CONTROL)
    grid = np.arange(0, frames + CONTROL, CONTROL)
    time = grid / SAMPLE_RATE
    pitch, loud, formants, consonant = _controls(phrase, vowels, np.array(starts), np.array(ends), grid, rng)
    flutter = 0.06 * np.convolve(rng.standard_normal(len(grid)), np.ones(24) / 24, "same")
    held = np.array(starts)[np.clip(np.searchsorted(starts, grid, "right") - 1, 0, None)]
    since = (grid - held) / SAMPLE_RATE
    vibrato = 0.32 * np.clip((since - 0.18) / 0.4, 0, 1) * np.sin(2 * np.pi * (5.4 * time + rng.random()))
    frequency = 440.0 * 2.0 ** ((pitch + vibrato + flutter - 69.0) / 12.0)
    steps = np.arange(frames)
    cycles = np.cumsum(np.interp(steps, grid, frequency)) / SAMPLE_RATE
    angle = (2 * np.pi * (cycles % 1.0)).astype(np.float32)
    out = np.zeros(frames, np.float32)
    ramp = np.asarray(np.arange(CONTROL) / CONTROL, np.float32)
    lowest = float(frequency.min())
    for harmonic in range(1, int(TOP_HZ / lowest) + 1):
        tone = harmonic * frequency
        amplitude = _tract(tone, formants) * harmonic**-0.9 * np.clip((TOP_HZ - tone) / 800.0, 0, 1) * loud
        out += np.sin(np.float32(harmonic) * angle) * _at_audio_rate(amplitude, ramp)
    breath = filtered(noise(frames, rng), "bandpass", 1800.0, 7500.0)
    air = np.interp(steps, grid, 0.018 * loud + 0.10 * consonant).astype(np.float32)
    return np.asarray(out + breath * air, np.float32)


def _controls(
    phrase: list[Note],
    vowels: list[str],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    grid: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return pitch, loudness, formants (4 rows) and consonant noise on the control grid."""
    time = grid / SAMPLE_RATE
    which = np.clip(np.searchsorted(starts, grid, "right") - 1, 0, len(phrase) - 1)
    pitch = _smoothed(np.array([note.pitch for note in phrase], float)[which], 0.035)
    targets = np.array([VOWELS[name] for name in vowels])[which]
    formants = np.stack([_smoothed(row, 0.06) for row in targets.T])
    velocity = np.array([struck(note.velocity, rng) for note in phrase])[which]
    loud = _smoothed(velocity, 0.05)
    consonant = np.zeros(len(grid))
    for index, start in enumerate(starts / SAMPLE_RATE):
        depth = 0.9 if index == 0 else 0.55
        dip = np.exp(-(((time - start) / 0.022) ** 2))
        loud = loud * (1.0 - depth * dip)
        consonant += np.exp(-(((time - start + 0.012) / 0.016) ** 2)) * (0.5 if index % 2 else 0.25)
    over = ends[-1] / SAMPLE_RATE
    loud = loud * np.clip(time / 0.05, 0, 1) * np.clip((over - time) / 0.12, 0, 1)
    swelling = 0.85 + 0.15 * np.sin(np.pi * np.clip(time / over, 0, 1))
    return pitch, loud * swelling, formants, consonant * np.clip((over - time) / 0.05, 0, 1)


def _tract(tone_hz: NDArray[np.float64], formants: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the vocal tract's gain at a moving frequency: a sum of four resonances."""
    gain = np.zeros_like(tone_hz)
    for row, width, level in zip(formants, BANDWIDTHS_HZ, 10 ** (GAINS_DB / 20), strict=True):
        gain += level / np.sqrt(1.0 + ((tone_hz - row) / (0.9 * width)) ** 2)
    return gain + 0.01


def _at_audio_rate(values: NDArray[np.float64], ramp: Signal) -> Signal:
    """Return a control curve at every frame, by straight lines between its points."""
    points = values.astype(np.float32)
    return (points[:-1, np.newaxis] + np.diff(points)[:, np.newaxis] * ramp).ravel()


def _smoothed(values: NDArray[np.float64], time_s: float) -> NDArray[np.float64]:
    """Return the control curve behind a window of ``time_s``, its ends held."""
    count = max(1, round(time_s * SAMPLE_RATE / CONTROL))
    window = np.hanning(2 * count + 3)
    padded = np.pad(values, len(window) // 2, mode="edge")
    return np.convolve(padded, window / window.sum(), "valid")[: len(values)]
