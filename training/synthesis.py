"""Sounds of our own, so that no network depends on soundfonts: wavetables, noise drums, a source-filter voice."""

import numpy as np
from numpy.typing import NDArray

RATE = 22050
_VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (490, 1350, 1690),
)


def wavetable_line(
    rng: np.random.Generator, notes: NDArray[np.float64], *, seconds: float, cents: float
) -> NDArray[np.float32]:
    """Play notes with a random harmonic spectrum and a random envelope.

    Parameters
    ----------
    rng
        Source of randomness.
    notes
        Rows of start s, end s, pitch, velocity.
    seconds
        Length.
    cents
        Deviation of the tuning.

    Returns
    -------
    NDArray[np.float32]
        Mono at 22050 Hz.
    """
    out = np.zeros(int(seconds * RATE) + RATE, np.float32)
    slope, odd = rng.uniform(0.5, 2.2), rng.random() < 0.3
    numbers = np.arange(1, 41)
    amplitudes = numbers**-slope * rng.uniform(0.3, 1, 40) * np.where(odd & (numbers % 2 == 0), 0.15, 1)
    phases = rng.uniform(0, 2 * np.pi, 40)
    attack, decay = float(np.exp(rng.uniform(np.log(0.002), np.log(0.12)))), float(np.exp(rng.uniform(-2.3, 1.2)))
    sustain, release = rng.uniform(0, 0.9), float(np.exp(rng.uniform(-4, -0.7)))
    detune, vibrato = rng.choice([0, 0.004, 0.01]), rng.choice([0, 0, 0.004])
    angle = 2 * np.pi * np.arange(2048) / 2048
    tables: dict[int, NDArray[np.float32]] = {}
    for start, end, pitch, velocity in notes:
        frequency = 440 * 2 ** ((pitch - 69 + cents / 100) / 12)
        partials = max(1, min(40, int(9500 / frequency)))
        if partials not in tables:
            wave = (
                amplitudes[:partials, None] * np.sin(numbers[:partials, None] * angle + phases[:partials, None])
            ).sum(0)
            tables[partials] = (wave / np.abs(wave).max()).astype(np.float32)
        first, count = int(start * RATE), int((end - start + 3 * release) * RATE)
        count = min(count, len(out) - first)
        if count <= 0:
            continue
        time = np.arange(count) / RATE
        phase = frequency * time + vibrato * frequency / 5.5 / 6.28 * np.sin(34.5 * time)
        wave = tables[partials][(phase * 2048).astype(np.int64) & 2047]
        if detune:
            wave = 0.5 * (wave + tables[partials][((phase * (1 + detune) + 0.3) * 2048).astype(np.int64) & 2047])
        envelope = np.minimum(time / attack, 1) * (sustain + (1 - sustain) * np.exp(-time / decay))
        envelope *= np.exp(-np.maximum(time - (end - start), 0) / release)
        out[first : first + count] += (wave * envelope * (velocity / 100) ** 1.5).astype(np.float32)
    return 0.15 * out[: int(seconds * RATE)]


def noise_drums(rng: np.random.Generator, notes: NDArray[np.float64], *, seconds: float) -> NDArray[np.float32]:
    """Play General MIDI drum notes with swept sines and filtered noise; mono at 22050 Hz."""
    from scipy.signal import lfilter

    out = np.zeros(int(seconds * RATE) + RATE, np.float32)
    cache: dict[int, NDArray[np.float32]] = {}
    base, tone = rng.uniform(42, 65), rng.uniform(160, 260)
    tight = rng.uniform(0.4, 2.0)
    for start, _, pitch, velocity in notes:
        kind = int(pitch)
        if kind not in cache:
            time = np.arange(int(0.5 * RATE)) / RATE
            noise = rng.standard_normal(len(time))
            bright = np.diff(noise, prepend=0.0)
            if kind in {35, 36}:
                sweep = base * time + rng.uniform(1, 4) * (1 - np.exp(-time * 40))
                wave = np.sin(2 * np.pi * sweep) * np.exp(-time * 9 / tight) + 0.15 * bright * np.exp(-time * 300)
            elif kind in {37, 38, 39, 40}:
                wave = 0.5 * np.sin(2 * np.pi * tone * time) * np.exp(-time * 25) + 0.6 * noise * np.exp(
                    -time * 18 / tight
                )
            elif 41 <= kind <= 50 and kind not in {42, 44, 46, 49}:
                pitched = (60 + 18 * (kind - 41)) * (time + 0.01 * (1 - np.exp(-time * 30)))
                wave = np.sin(2 * np.pi * pitched) * np.exp(-time * 10 / tight)
            else:
                long = kind in {46, 49, 51, 53, 57}
                wave = lfilter([1, -0.95], [1, rng.uniform(-0.2, 0.6)], bright) * np.exp(
                    -time * (7 if long else 55) / tight
                )
                wave *= 0.5
            cache[kind] = wave.astype(np.float32)
        first = int(start * RATE)
        wave = cache[kind][: len(out) - first]
        out[first : first + len(wave)] += wave * np.float32((velocity / 100) ** 1.5)
    return 0.12 * out[: int(seconds * RATE)]


def voice_line(
    rng: np.random.Generator, notes: NDArray[np.float64], *, seconds: float, cents: float
) -> NDArray[np.float32]:
    """Sing notes: a glottal pulse train with glides and vibrato, moving formants, noise at consonants; 22050 Hz."""
    from scipy.signal import lfilter

    count = int(seconds * RATE)
    pitch, loud = np.full(count, 60.0), np.zeros(count)
    noise_gain = np.zeros(count)
    last = float(notes[0, 2])
    for start, end, note, velocity in notes:
        first, final = int(start * RATE), min(count, int(end * RATE))
        if final - first < 200:
            continue
        time = np.arange(final - first) / RATE
        glide = (last - note if abs(last - note) < 8 else rng.uniform(-2, 0)) * np.exp(-time / rng.uniform(0.015, 0.08))
        vibrato = rng.uniform(0, 0.5) * np.minimum(time / 0.4, 1) * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * time)
        pitch[first:final] = note + glide + vibrato + rng.normal(0, 0.08)
        rise = rng.uniform(0.01, 0.09)
        loud[first:final] = np.minimum(time / rise, 1) * np.minimum(time[::-1] / 0.04, 1) * (velocity / 100)
        if rng.random() < 0.5:
            span = int(rng.uniform(0.03, 0.12) * RATE)
            noise_gain[max(0, first - span) : first] += rng.uniform(0.05, 0.4)
        last = float(note)
    frequency = 440 * 2 ** ((pitch - 69 + cents / 100) / 12) * (1 + 0.002 * rng.standard_normal(count))
    phase = np.cumsum(frequency) / RATE % 1
    source = (2 * phase - 1) + rng.uniform(0.02, 0.15) * rng.standard_normal(count)
    source = lfilter([1], [1, -rng.uniform(0.3, 0.8)], source) * loud
    out = np.zeros(count)
    scale, edge, states = rng.uniform(0.9, 1.2), 0, [np.zeros(2) for _ in range(3)]
    while edge < count:
        upto = min(count, edge + int(rng.uniform(0.08, 0.35) * RATE))
        vowel = _VOWELS[int(rng.integers(len(_VOWELS)))]
        for index, formant in enumerate(vowel):
            radius = np.exp(-np.pi * (80 + 60 * index) / RATE)
            angle = 2 * np.pi * formant * scale / RATE
            denominator = [1, -2 * radius * np.cos(angle), radius**2]
            filtered, states[index] = lfilter([1 - radius], denominator, source[edge:upto], zi=states[index])
            out[edge:upto] += filtered * 0.6**index
        edge = upto
    hiss = np.diff(rng.standard_normal(count), prepend=0.0) * noise_gain
    level = np.sqrt(np.mean(out[loud > 0] ** 2)) if (loud > 0).any() else 1.0
    return (0.04 * (out / max(level, 1e-9) + hiss)).astype(np.float32)
