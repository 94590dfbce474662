"""Features straight from notes, without any sound: a song in a fiftieth of the time that rendering takes.

What tells metre, tempo and key is which notes are played when, not how they sound; so most of the songs trained on
need no samples at all. Partials and noise are placed in the bands of `learned_features` as its spectra would show
them, smeared by its windows, and go through its own pooling and quantisation. Rendered songs keep the networks honest.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter

from maxbooster_kernel.analysis import learned_features as features
from training.song import SECONDS, Part, Song

Array = NDArray[np.float32]
FPS = 100
FRAMES = int(SECONDS * FPS)
PARTIALS = 16
_BINS = features.RHYTHM_FRAME // 2 + 1
_NOISE = 0.048
"""Mean magnitude of a bin of white noise of standard deviation 1, 2048 points."""
_LOBE = ((-1.5, 0.17), (-1.0, 0.5), (-0.5, 0.85), (0.0, 1.0), (0.5, 0.85), (1.0, 0.5), (1.5, 0.17))
_DRUMS = {
    35: (70, 0.25, 60), 36: (70, 0.25, 60), 38: (1800, 0.14, 190), 40: (2200, 0.12, 210), 37: (2500, 0.04, 0),
    39: (1500, 0.09, 0), 42: (7500, 0.035, 0), 44: (6500, 0.04, 0), 46: (7500, 0.22, 0), 49: (5000, 0.9, 0),
    51: (6000, 0.5, 0), 57: (5500, 0.8, 0), 41: (300, 0.2, 90), 43: (300, 0.2, 110), 45: (400, 0.2, 130),
    47: (500, 0.2, 150), 48: (500, 0.2, 180), 54: (7000, 0.09, 0), 56: (1200, 0.1, 0), 70: (8000, 0.04, 0),
}  # fmt: skip
"""Centre of the noise in Hz, its decay in s, and the pitch of the skin in Hz (0 for none) of General MIDI's drums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One sound over time: loudness (frames,), its pitched partials (midi, amplitude), and noise (centre, width)."""

    loudness: Array
    partials: tuple[tuple[float, float], ...] = ()
    noise_hz: float = 0.0
    noise_octaves: float = 1.0


def sketch(song: Song) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Rhythm and harmony features of a song, as `learned_features` would find them in its sound, roughly.

    Parameters
    ----------
    song
        What is played; timbres, room and levels are drawn from its seed.

    Returns
    -------
    NDArray[np.uint8]
        Shape (1500, 92).
    NDArray[np.uint8]
        Shape (323, 72).
    """
    rng = np.random.default_rng([20264, song.seed])
    layers = [layer for part in song.parts for layer in _layers(rng, part)]
    tail = _tail(rng)
    layers = [
        Layer(
            loudness=tail(layer.loudness), partials=layer.partials, noise_hz=layer.noise_hz,
            noise_octaves=layer.noise_octaves,
        )
        for layer in layers
    ]  # fmt: skip
    gain = _levelling(rng, layers)
    return _rhythm(rng, layers, gain), _harmony(rng, layers, gain)


def _layers(rng: np.random.Generator, part: Part) -> list[Layer]:
    level = 0.2 * 10 ** (part.gain_db / 20)
    if part.role == "drums":
        return [layer for pitch in np.unique(part.notes[:, 2]) for layer in _drum(rng, part, int(pitch), level)]
    order = np.arange(1, PARTIALS + 1)
    amplitude = order ** -rng.uniform(0.6, 2.2) * np.exp(rng.normal(0, 0.6, PARTIALS))
    if rng.random() < 0.2:
        amplitude[1::2] *= 0.15
    amplitude *= 1 / np.sqrt(np.sum(amplitude**2))
    held = part.role == "voice" or rng.random() < 0.5
    attack = float(np.exp(rng.uniform(np.log(0.003), np.log(0.12 if held else 0.02))))
    decay = float(np.exp(rng.uniform(np.log(0.15), np.log(2.5))))
    sustain = float(rng.uniform(0.4, 1.0)) if held else 0.0
    release = float(np.exp(rng.uniform(np.log(0.03), np.log(0.4))))
    split = int(rng.integers(2, 6))
    wobble = 0.2 if part.role == "voice" else 0.0
    found = []
    for pitch in np.unique(part.notes[:, 2]):
        notes = part.notes[part.notes[:, 2] == pitch]
        partials = [
            (float(pitch + 12 * np.log2(k) + rng.normal(0, wobble)), float(amplitude[k - 1])) for k in order.tolist()
        ]
        for some, faster in ((partials[:split], 1.0), (partials[split:], 0.45)):
            loudness = _played(notes, level, attack, decay * faster, sustain * faster, release)
            found.append(Layer(loudness=loudness, partials=tuple(some)))
    if rng.random() < 0.6:
        click = _played(part.notes, level * float(rng.uniform(0.05, 0.5)), 0.002, 0.015, 0.0, 0.01)
        found.append(Layer(loudness=click, noise_hz=float(np.exp(rng.uniform(6, 9))), noise_octaves=1.5))
    return found


def _drum(rng: np.random.Generator, part: Part, pitch: int, level: float) -> list[Layer]:
    centre, decay, skin = _DRUMS.get(pitch, (float(np.exp(rng.uniform(6, 9))), 0.1, 0))
    notes = part.notes[part.notes[:, 2] == pitch]
    decay *= float(np.exp(rng.normal(0, 0.35)))
    hit = _played(notes, level * float(np.exp(rng.normal(0.3, 0.4))), 0.002, decay, 0.0, 0.05)
    width = float(rng.uniform(0.6, 1.8))
    found = [Layer(loudness=hit, noise_hz=centre * float(np.exp(rng.normal(0, 0.3))), noise_octaves=width)]
    if skin:
        midi = 69 + 12 * np.log2(skin * np.exp(rng.normal(0, 0.2)) / 440)
        found.append(Layer(loudness=2 * hit, partials=((float(midi), 1.0), (float(midi) + 7, 0.3))))
    return found


@njit(cache=True, nogil=True)
def _played(
    notes: NDArray[np.float64], level: float, attack: float, decay: float, sustain: float, release: float
) -> Array:
    """Loudness over time of notes with an envelope: rise, fall to the sustained level, release."""
    out = np.zeros(FRAMES, np.float32)
    for row in range(notes.shape[0]):
        start, end, loud = notes[row, 0], notes[row, 1], level * (notes[row, 3] / 100) ** 1.5
        first = int(start * FPS)
        for frame in range(first, FRAMES):
            time = frame / FPS - start + 0.005
            over = time - (end - start)
            shape = min(1.0, max(time, 0.0) / attack) * (sustain + (1 - sustain) * np.exp(-time / decay))
            if over > 0:
                shape *= np.exp(-over / release)
                if shape < 1e-4:
                    break
            elif sustain == 0 and time > 7 * decay:
                break
            out[frame] += loud * shape
    return out


def _tail(rng: np.random.Generator):  # noqa: ANN202 - a closure used once
    """Draw a room: loudness that dies away after every sound."""
    if rng.random() < 0.25:
        return lambda loudness: loudness
    decay, wet = float(np.exp(rng.uniform(np.log(0.1), np.log(1.2)))), float(rng.uniform(0.03, 0.35))
    pole = float(np.exp(-1 / (FPS * decay)))

    def reverberant(loudness: Array) -> Array:
        power = lfilter([1 - pole], [1, -pole], np.square(loudness))
        return np.asarray(loudness + wet * np.sqrt(np.maximum(power, 0)), np.float32)

    return reverberant


def _levelling(rng: np.random.Generator, layers: list[Layer]) -> Array:
    """Gain over time: to the features' reference level, with compression in some songs."""
    power = np.full(FRAMES, 1e-9)
    for layer in layers:
        own = sum(amplitude**2 for _, amplitude in layer.partials) / 2 if layer.partials else 1.0
        power += own * np.square(layer.loudness, dtype=np.float64)
    gain = np.ones(FRAMES)
    if rng.random() < 0.6:
        level = 10 * np.log10(lfilter([0.1], [1, -0.9], power) + 1e-9)
        over = np.maximum(0, level - np.percentile(level, rng.uniform(20, 80)))
        gain = 10 ** (-over * (1 - 1 / rng.uniform(1.5, 8)) / 20)
    loud = 0.1 * float(np.exp(rng.uniform(0.0, 1.4)))
    return np.asarray(gain * loud / np.sqrt(np.mean(power * gain**2)), np.float32)


def _rhythm(rng: np.random.Generator, layers: list[Layer], gain: Array) -> NDArray[np.uint8]:
    bank = features.filterbank()
    response = _responses()
    bands = len(bank.starts) - 1
    step = features.RATE / features.RHYTHM_FRAME
    pitched, noisy = _split(layers)
    profiles = np.zeros((len(pitched), bands), np.float32)
    for row, layer in enumerate(pitched):
        for midi, amplitude in layer.partials:
            place = 440 * 2 ** ((midi - 69) / 12) / step
            if place < _BINS - 2:
                profiles[row] += np.float32(amplitude) * response[round(4 * place)]
    magnitude = _smeared(pitched, gain, 11) @ profiles
    magnitude *= _grain(rng, bands) ** np.float32(rng.uniform(0.3, 1.6))
    hiss = [_noise_profile(layer.noise_hz, layer.noise_octaves) for layer in noisy]
    magnitude += _grain(rng, bands) * (_smeared(noisy, gain, 11) @ np.array(hiss, np.float32).reshape(-1, bands))
    tone = np.interp(np.linspace(0, 10, bands), np.arange(11), np.clip(rng.normal(0, 4, 11), -12, 12))
    magnitude *= (10 ** (tone / 20)).astype(np.float32)
    magnitude += np.float32(10 ** (rng.uniform(-85, -50) / 20)) * _grain(rng, bands)
    levels = np.log10(1 + np.float32(2000) * magnitude)
    return np.asarray(features.pooled(levels, bank.groups))


def _harmony(rng: np.random.Generator, layers: list[Layer], gain: Array) -> NDArray[np.uint8]:
    count = 1 + int(SECONDS * features.RATE) // features.HARMONY_HOP
    at = np.minimum(np.rint(np.arange(count) * FPS / features.HARMONY_FPS).astype(int), FRAMES - 1)
    number = features.LOWEST_MIDI + np.arange(features.SEMITONES)
    hz = 440 * 2 ** ((number - 69) / 12)
    step = features.RATE / features.HARMONY_FRAME
    width = np.maximum(1.0, 1.5 * step / (hz * (2 ** (1 / 12) - 1)))
    off = rng.normal(0, 0.04)
    pitched, noisy = _split(layers)
    profiles = np.zeros((len(pitched), features.SEMITONES), np.float32)
    for row, layer in enumerate(pitched):
        midi, amplitude = np.array(layer.partials).T
        near = np.maximum(0, 1 - np.abs(number - midi[:, np.newaxis] - off) / width)
        profiles[row] = 2 * amplitude @ near
    magnitude = _smeared(pitched, gain, 39)[at] @ profiles
    bins = 0.024 * np.maximum(1.5, width * hz * 0.06 / step)
    centres = np.array([[layer.noise_hz, layer.noise_octaves] for layer in noisy]).reshape(-1, 2)
    hiss = bins * np.exp(-0.5 * (np.log2(hz / centres[:, :1]) / centres[:, 1:]) ** 2)
    grain = rng.gamma(4.0, 0.25, magnitude.shape).astype(np.float32)
    magnitude += grain * (_smeared(noisy, gain, 39)[at] @ hiss.astype(np.float32))
    tone = np.interp(np.linspace(0, 6, features.SEMITONES), np.arange(7), np.clip(rng.normal(0, 4, 7), -12, 12))
    magnitude *= (10 ** (tone / 20)).astype(np.float32)
    magnitude *= np.exp(rng.normal(0, 0.15, magnitude.shape)).astype(np.float32)
    magnitude += np.float32(10 ** (rng.uniform(-75, -50) / 20)) * grain
    salience = np.log10(1 + 2000 * magnitude) * features.SALIENCE_STEP
    return np.clip(np.rint(salience), 0, 255).astype(np.uint8)


def _split(layers: list[Layer]) -> tuple[list[Layer], list[Layer]]:
    """Pitched layers, and those of noise."""
    return [layer for layer in layers if not layer.noise_hz], [layer for layer in layers if layer.noise_hz]


def _smeared(layers: list[Layer], gain: Array, frames: int) -> Array:
    """Loudness of layers as windows of a length show it, shape (frames, layers)."""
    if not layers:
        return np.zeros((FRAMES, 0), np.float32)
    window = np.hanning(frames)
    series = np.array([layer.loudness for layer in layers]) * gain
    return np.asarray(fftconvolve(series, (window / window.sum())[np.newaxis], "same", axes=1).T, np.float32)


def _grain(rng: np.random.Generator, bands: int) -> Array:
    """Fluctuation of noise about its mean, slow as the window, smaller in wider bands."""
    raw = rng.standard_normal((FRAMES // 4 + 2, bands)).astype(np.float32)
    fine = np.repeat(raw, 4, axis=0)[:FRAMES]
    wide = np.maximum(1.0, np.diff(features.filterbank().starts))
    return np.maximum(0.05, 1 + fine * (0.5 / np.sqrt(wide)).astype(np.float32))


_TABLE: list[Array] = []


def _responses() -> Array:
    """How a full-scale sine at each quarter of a bin fills the bands, shape (4 * bins, bands)."""
    if not _TABLE:
        bank = features.filterbank()
        filters = np.zeros((_BINS, len(bank.starts) - 1), np.float32)
        for band, (first, last) in enumerate(zip(bank.starts[:-1], bank.starts[1:], strict=True)):
            filters[bank.bins[band] : bank.bins[band] + last - first, band] = bank.weights[first:last]
        table = np.zeros((4 * _BINS, filters.shape[1]), np.float32)
        for quarter in range(4 * _BINS - 8):
            place = quarter / 4
            near = np.arange(max(0, int(place) - 1), min(_BINS, int(place) + 3))
            lobe = np.interp(near - place, *zip(*_LOBE, strict=True), left=0, right=0)
            table[quarter] = lobe @ filters[near]
        _TABLE.append(table)
    return _TABLE[0]


def _noise_profile(centre: float, octaves: float) -> Array:
    """Mean magnitude in each band of noise of standard deviation 1 about a centre."""
    bank = features.filterbank()
    hz = np.maximum(1, np.arange(_BINS)) * features.RATE / features.RHYTHM_FRAME
    shape = np.exp(-0.5 * (np.log2(hz / centre) / octaves) ** 2)
    shape *= _NOISE / np.sqrt(np.mean(shape**2))
    middle = (bank.bins + np.diff(bank.starts) // 2).astype(int)
    return np.asarray(shape[np.clip(middle, 0, _BINS - 1)], np.float32)
