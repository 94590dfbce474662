"""What happens to a mix before a listener has it: EQ, room, compression, clipping, noise, a lossy codec."""

import io

import numpy as np
from numpy.typing import NDArray

RATE = 22050


def produced(rng: np.random.Generator, mix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a random chain over a mix.

    Parameters
    ----------
    rng
        Source of randomness.
    mix
        Mono at 22050 Hz.

    Returns
    -------
    NDArray[np.float32]
        Same length.
    """
    out = mix
    if rng.random() < 0.7:
        out = _room(rng, out)
    if rng.random() < 0.8:
        out = _equalised(rng, out)
    if rng.random() < 0.6:
        out = _compressed(rng, out)
    peak = float(np.abs(out).max()) + 1e-9
    out = out / peak * 0.9
    if rng.random() < 0.35:
        drive = rng.uniform(1, 6)
        out = (np.tanh(drive * out) / np.tanh(drive)).astype(np.float32)
    if rng.random() < 0.3:
        level = 10 ** (rng.uniform(-70, -35) / 20)
        out = out + (level * rng.standard_normal(len(out))).astype(np.float32)
    if rng.random() < 0.3:
        out = _coded(rng, out)
    return out.astype(np.float32)


def lightly_produced(rng: np.random.Generator, mix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put a mix into a room half of the time, and nothing else."""
    out = _room(rng, mix) if rng.random() < 0.5 else mix
    return np.asarray(out / (float(np.abs(out).max()) + 1e-9) * 0.9, np.float32)


def _equalised(rng: np.random.Generator, mix: NDArray[np.float32]) -> NDArray[np.float32]:
    import scipy.fft

    size = scipy.fft.next_fast_len(len(mix), real=True)
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20)
    octaves = np.log2(frequency / 20)
    knots = np.arange(11)
    gain_db = np.interp(octaves, knots, np.clip(rng.normal(0, 4, 11), -12, 12)) + rng.normal(0, 1) * (octaves - 5)
    if rng.random() < 0.2:
        gain_db -= 24 * np.maximum(0, np.log2(rng.uniform(60, 300) / frequency))
    if rng.random() < 0.2:
        gain_db -= 24 * np.maximum(0, np.log2(frequency / rng.uniform(2500, 9000)))
    spectrum = scipy.fft.rfft(mix, size) * (10 ** (gain_db / 20)).astype(np.float32)
    return scipy.fft.irfft(spectrum, size)[: len(mix)].astype(np.float32)


def _room(rng: np.random.Generator, mix: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.signal import fftconvolve, lfilter

    decay = float(np.exp(rng.uniform(np.log(0.15), np.log(2.5))))
    time = np.arange(int(min(decay, 2) * RATE)) / RATE
    tail = rng.standard_normal(len(time)) * np.exp(-6.9 * time / decay)
    tail = lfilter([1], [1, -rng.uniform(0.2, 0.85)], tail)
    tail /= np.sqrt(np.sum(tail**2))
    delay = int(rng.uniform(0, 0.04) * RATE)
    wet = fftconvolve(mix, tail.astype(np.float32))[: len(mix) - delay]
    return mix + np.float32(rng.uniform(0.05, 0.6)) * np.concatenate((np.zeros(delay, np.float32), wet)).astype(
        np.float32
    )


def _compressed(rng: np.random.Generator, mix: NDArray[np.float32]) -> NDArray[np.float32]:
    hop = 220
    blocks = mix[: len(mix) // hop * hop].reshape(-1, hop)
    level = 10 * np.log10(np.mean(blocks**2, axis=1) + 1e-9)
    attack, release = np.exp(-0.01 / rng.uniform(0.003, 0.03)), np.exp(-0.01 / rng.uniform(0.05, 0.4))
    smooth, state = np.empty(len(level)), level[0]
    for index, value in enumerate(level):
        rate = attack if value > state else release
        state = rate * state + (1 - rate) * value
        smooth[index] = state
    threshold, ratio = np.percentile(smooth, rng.uniform(20, 80)), rng.uniform(2, 8)
    gain_db = -np.maximum(smooth - threshold, 0) * (1 - 1 / ratio)
    gain = np.interp(np.arange(len(mix)), (np.arange(len(gain_db)) + 0.5) * hop, 10 ** (gain_db / 20))
    return mix * gain.astype(np.float32)


def _coded(rng: np.random.Generator, mix: NDArray[np.float32]) -> NDArray[np.float32]:
    import soundfile as sf

    store = io.BytesIO()
    sf.write(store, mix, RATE, format="OGG", subtype="VORBIS", compression_level=float(rng.uniform(0.5, 1)))
    store.seek(0)
    return np.asarray(sf.read(store, dtype="float32")[0])[: len(mix)]
