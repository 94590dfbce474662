"""Random drum kits: each drum a few filtered bursts and tones, drawn anew for every song."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
LEVELS = {
    "kick": 1.0, "snare": 0.8, "clap": 0.6, "rim": 0.5, "hat": 0.3, "open": 0.35, "ride": 0.3, "crash": 0.4,
    "tambourine": 0.3, "shaker": 0.28, "conga": 0.55, "clave": 0.4, "cowbell": 0.35, "frame": 0.8, "tom": 0.7,
}  # fmt: skip
PANS = {
    "hat": 0.3, "open": 0.3, "ride": -0.4, "crash": -0.3, "tambourine": 0.5, "shaker": -0.5, "conga": 0.35,
    "clave": -0.35, "cowbell": 0.25,
}  # fmt: skip


def draw_kit(names: set[str], sample_rate: int, rng: np.random.Generator) -> dict[str, list[Signal]]:
    """Return three takes of each drum named, as mono signals."""
    return {name: [_drum(name, seed, sample_rate) for seed in _seeds(rng)] for name in sorted(names)}


def _seeds(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return what each take is drawn from: the drum's own seed first, then the take's."""
    drum = int(rng.integers(2**31))
    return [(drum, take) for take in range(3)]


def _drum(name: str, seed: tuple[int, int], rate: int) -> Signal:
    rng = np.random.default_rng(seed[0])  # the same drum for each take
    take = np.random.default_rng(seed)
    if name == "kick":
        return _boom(rng, take, rate, tone=(42, 68), sweep=(1.5, 5), time=(0.12, 0.45), click=(0.02, 0.35))
    if name == "frame":
        return _boom(rng, take, rate, tone=(75, 130), sweep=(0.2, 0.8), time=(0.15, 0.4), click=(0.1, 0.5))
    if name == "tom":
        return _boom(rng, take, rate, tone=(85, 170), sweep=(0.2, 0.8), time=(0.2, 0.4), click=(0.02, 0.2))
    if name == "conga":
        return _boom(rng, take, rate, tone=(160, 330), sweep=(0.02, 0.1), time=(0.1, 0.25), click=(0.1, 0.4))
    if name == "snare":
        return _snare(rng, take, rate)
    if name in ("clap", "rim", "clave", "cowbell"):
        return _knock(name, rng, take, rate)
    return _hiss(name, rng, take, rate)


def _time(seconds: float, rate: int) -> Signal:
    return np.asarray(np.arange(round(seconds * rate)) / rate, np.float32)


def _band(signal: Signal, low: float, high: float, rate: int) -> Signal:
    """Return the signal between two frequencies, by a soft mask over its spectrum."""
    spectrum = np.fft.rfft(signal)
    hertz = np.fft.rfftfreq(len(signal), 1 / rate) + 1e-3
    mask = 1 / np.sqrt(1 + (low / hertz) ** 6) / np.sqrt(1 + (hertz / min(high, 0.48 * rate)) ** 6)
    return np.asarray(np.fft.irfft(spectrum * mask, len(signal)), np.float32)


def _even(signal: Signal) -> Signal:
    return np.asarray(signal / max(float(np.abs(signal).max()), 1e-6), np.float32)


def _boom(
    rng: np.random.Generator,
    take: np.random.Generator,
    rate: int,
    *,
    tone: tuple[float, float],
    sweep: tuple[float, float],
    time: tuple[float, float],
    click: tuple[float, float],
) -> Signal:
    base, depth, fall = rng.uniform(*tone), rng.uniform(*sweep), rng.uniform(*time)
    at = _time(2.2 * fall + 0.05, rate)
    pitch = base * (1 + depth * np.exp(-at / rng.uniform(0.008, 0.04)))
    body = np.sin(2 * np.pi * np.cumsum(pitch) / rate) * np.exp(-at * 5 / fall) * np.minimum(at / 0.001, 1)
    knock = _band(take.standard_normal(len(at), dtype=np.float32), 800, 6000, rate) * np.exp(-at / 0.006)
    return _even(np.tanh((body + rng.uniform(*click) * knock) * rng.uniform(0.8, 3)).astype(np.float32))


def _snare(rng: np.random.Generator, take: np.random.Generator, rate: int) -> Signal:
    at = _time(0.4, rate)
    tone = rng.uniform(150, 260) * (1 + take.normal(0, 0.004))
    skin = np.sin(2 * np.pi * tone * at) + rng.uniform(0.2, 0.8) * np.sin(2 * np.pi * tone * rng.uniform(1.5, 1.9) * at)
    wires = _band(
        take.standard_normal(len(at), dtype=np.float32), rng.uniform(700, 2500), rng.uniform(6000, 14000), rate
    )
    out = rng.uniform(0.2, 1) * skin * np.exp(-at / rng.uniform(0.02, 0.07)) + wires * np.exp(
        -at / rng.uniform(0.03, 0.12)
    )
    return _even(out.astype(np.float32))


def _knock(name: str, rng: np.random.Generator, take: np.random.Generator, rate: int) -> Signal:
    at = _time(0.3, rate)
    hiss = take.standard_normal(len(at), dtype=np.float32)
    if name == "clap":
        bursts = sum(np.where(at >= start, np.exp(-(at - start) / 0.005), 0) for start in (0, 0.01, 0.02))
        tail = np.where(at > 0.025, np.exp(-(at - 0.025) / rng.uniform(0.02, 0.09)), 0)
        return _even(_band(hiss, 700, rng.uniform(3500, 7000), rate) * (bursts + tail).astype(np.float32))
    low, high, fall = {"rim": (400, 1800, 0.015), "clave": (1800, 2900, 0.03), "cowbell": (520, 850, 0.09)}[name]
    tone = rng.uniform(low, high)
    ring = np.sin(2 * np.pi * tone * at) + 0.6 * np.sin(2 * np.pi * tone * rng.uniform(1.4, 1.6) * at)
    return _even((ring * np.exp(-at / fall) + 0.3 * hiss * np.exp(-at / 0.003)).astype(np.float32))


def _hiss(name: str, rng: np.random.Generator, take: np.random.Generator, rate: int) -> Signal:
    length = {"hat": 0.06, "open": 0.35, "ride": 0.7, "crash": 1.6, "tambourine": 0.15, "shaker": 0.07}[name]
    fall = length * rng.uniform(0.4, 1.3)
    at = _time(min(3 * fall, 2.0) + 0.02, rate)
    metal = sum(np.sign(np.sin(2 * np.pi * rng.uniform(2500, 9000) * at + rng.random() * 6)) for _ in range(5))
    noise = take.standard_normal(len(at), dtype=np.float32)
    low = rng.uniform(3000, 7500) if name != "ride" else rng.uniform(2000, 4500)
    mixed = _band(np.asarray(noise + rng.uniform(0, 0.5) * metal, np.float32), low, 16000, rate)
    rise = 0.012 if name == "shaker" else 0.001
    ping = np.sin(2 * np.pi * rng.uniform(3000, 5500) * at) * np.exp(-at / 0.05) if name == "ride" else 0.0
    return _even((mixed * np.exp(-at * 2.5 / fall) * np.minimum(at / rise, 1) + 0.5 * ping).astype(np.float32))
