"""The analysis networks in NumPy: activations of beat, downbeat, tempo, chord and key.

Two small convolutional networks, trained by the scripts in ``training/`` on synthetic songs and shipped as float16.
The rhythm network is a stack of dilated convolutions over time (after Davies and Böck, EUSIPCO 2019).
The harmony network treats all twelve transpositions alike: each layer turns round the circle of pitch classes.

Functions
---------
- :func:`rhythm_activations`: beat and downbeat probabilities at 50 frames a second, tempo probabilities.
- :func:`harmony_activations`: log-probabilities of 24 chords every 2048 samples, of 24 keys for the whole, and whether
  the network knows such sounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.layers import Layer, convolve, packed, padded
from maxbooster_kernel.analysis.learned_features import FLUX_STEP, LEVEL_STEP, SALIENCE_STEP

TEMPO_CLASSES = 100
LOWEST_BPM = 35.0
HIGHEST_BPM = 290.0
BELOW = 5
_BLOCK = 512
_HALO = 64
"""Frames the harmony network takes at a time, and the frames it sees to either side of one (63)."""
Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmActivations:
    """What the rhythm network says.

    Parameters
    ----------
    beat, downbeat
        Probability of a beat and of a bar's first beat in each frame, shape (frames,), 50 a second.
    tempo
        Probability of each tempo of :func:`tempo_classes`, shape (100,).
    """

    beat: NDArray[np.float32]
    downbeat: NDArray[np.float32]
    tempo: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmonyActivations:
    """What the harmony network says.

    Parameters
    ----------
    chords
        Log-probability of C to B major, then C to B minor, shape (frames, 24).
    key
        Probability of the same 24 as the key of the whole, shape (24,).
    timbre
        What the network makes of the whole whatever its pitches, shape (40,); nothing where it was not asked.
    strange
        How unlike the songs the shipped network learned from the whole sounds, 0 to 1; 0 for other networks.
    """

    chords: NDArray[np.float32]
    key: NDArray[np.float32]
    timbre: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    strange: float = 0.0


def tempo_classes() -> NDArray[np.float64]:
    """Beats a minute of the tempo classes, ascending, evenly spaced in pitch.

    Examples
    --------
    >>> tempo_classes()[[0, -1]].tolist()
    [35.0, 290.0]
    """
    return np.asarray(np.geomspace(LOWEST_BPM, HIGHEST_BPM, TEMPO_CLASSES))


@lru_cache(maxsize=4)
def shipped_weights(name: str) -> Weights:
    """Read a network that is part of the package.

    Parameters
    ----------
    name
        ``"rhythm"``, ``"harmony"``, or ``"strange"`` for what sees whether the harmony network knows such sounds.

    Returns
    -------
    Weights
        Arrays by layer, float32.
    """
    place = resources.files("maxbooster_kernel.analysis") / "weights" / f"{name}.npz"
    with place.open("rb") as file, np.load(file) as stored:
        return {key: stored[key].astype(np.float32) for key in stored.files}


def rhythm_input(features: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Undo the quantisation of rhythm features: levels in decades about their mean, fluxes from 0 up."""
    bands = features.shape[1] // 2
    levels = (features[:, :bands].astype(np.float32) - 128) / np.float32(LEVEL_STEP)
    fluxes = features[:, bands:].astype(np.float32) * np.float32(4 / FLUX_STEP)
    return np.concatenate((levels, fluxes), axis=1)


def harmony_input(saliences: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Undo the quantisation of saliences and take each frame's mean away, so that loudness does not matter."""
    decades = saliences.astype(np.float32) / np.float32(SALIENCE_STEP)
    return np.asarray(decades - decades.mean(axis=1, keepdims=True))


def rhythm_activations(features: NDArray[np.uint8], weights: Weights | None = None) -> RhythmActivations:
    """Run the rhythm network.

    Parameters
    ----------
    features
        From :func:`~maxbooster_kernel.analysis.learned_features.rhythm_features`, shape (frames, 92).
    weights
        The network; the shipped one by default.

    Returns
    -------
    RhythmActivations
        Empty activations and even tempo probabilities for no frames.
    """
    if not len(features):
        none = np.zeros(0, np.float32)
        return RhythmActivations(beat=none, downbeat=none, tempo=np.full(TEMPO_CLASSES, 1 / TEMPO_CLASSES, np.float32))
    net = shipped_weights("rhythm") if weights is None else weights
    x, frame = _rhythm_trunk(rhythm_input(features), net)
    pooled = np.concatenate((x.mean(axis=0), _power(x)))
    probability = np.float32(1) / (np.float32(1) + np.exp(-np.clip(frame, -40, 40)))
    tempo = np.exp(_log_softmax(net["tempo.weight"] @ pooled + net["tempo.bias"]))
    return RhythmActivations(beat=probability[:, 0], downbeat=probability[:, 1], tempo=tempo)


def harmony_activations(saliences: NDArray[np.uint8], weights: Weights | None = None) -> HarmonyActivations:
    """Run the harmony network.

    Parameters
    ----------
    saliences
        From :func:`~maxbooster_kernel.analysis.learned_features.harmony_features`, shape (frames, 72).
    weights
        The network; the shipped one by default.

    Returns
    -------
    HarmonyActivations
        One row of chords a frame, the key, and how strange the whole is.
    """
    net = shipped_weights("harmony") if weights is None else weights
    decades = harmony_input(saliences)
    frames = len(decades)
    chord = np.empty((frames, 12, 2), np.float32)
    total, power = np.zeros((2, 12, net["enter.bias"].size))
    layers = _harmony_layers(net)
    for first in range(0, frames, _BLOCK):
        last = min(first + _BLOCK, frames)
        start = max(0, first - _HALO)
        x, heads = _harmony_trunk(decades[start : last + _HALO], layers)
        inside = slice(first - start, last - start)
        x = x[inside, :, : total.shape[1]]
        chord[first:last] = heads[inside, :, :2]
        total += x.sum(axis=0, dtype=np.float64)
        power += np.square(np.maximum(x, 0)).sum(axis=0, dtype=np.float64)
    pooled = np.concatenate((total / frames, np.sqrt(power / frames + 1e-6)), axis=1).astype(np.float32)
    hidden = _relu(_round_pitch(pooled, net["key_hidden.weight"][:, :, 0]) + net["key_hidden.bias"])
    key = _round_pitch(hidden, net["key.weight"][:, :, 0]) + net["key.bias"]
    flat = chord.transpose(0, 2, 1).reshape(len(chord), 24)
    timbre = np.concatenate((total.mean(axis=0) / frames, np.sqrt(power.mean(axis=0) / frames + 1e-6)))
    return HarmonyActivations(
        chords=_log_softmax(flat),
        key=np.exp(_log_softmax(key.T.reshape(24))),
        timbre=timbre,
        strange=_strangeness(timbre) if weights is None else 0.0,
    )


def _strangeness(timbre: NDArray[np.float64]) -> float:
    """Return how unlike composed songs a timbre is, 0 to 1; ``training/fit_strange.py`` fitted the weights."""
    net = shipped_weights("strange")
    return float(1.0 / (1.0 + np.exp(-np.clip(net["weight"] @ timbre + net["bias"], -40.0, 40.0))))


def _rhythm_trunk(x: NDArray[np.float32], net: Weights) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Run the rhythm network up to its heads, and the head of frames; shapes (frames, channels) and (frames, 2)."""
    frames, channels = len(x), net["enter.bias"].size
    width = padded(channels)
    steps = sum(name.startswith("wide.") and name.endswith(".bias") for name in net)
    margin = 2 ** max(steps, 1)  # zeros that the outer taps of the widest layer meet
    held, inner = np.zeros((margin + frames + margin, width), np.float32), np.empty((frames, width), np.float32)
    rows = np.arange(frames)
    into = (rows + margin) * width
    edged = np.pad(x, ((1, 1), (0, 0)))
    convolve(edged, rows * x.shape[1], x.shape[1], packed(net["enter.weight"], net["enter.bias"]), held, into)
    _relu(held)
    for step in range(steps):
        inner[:] = 0
        wide = packed(net[f"wide.{step}.weight"], net[f"wide.{step}.bias"])
        convolve(held, into - 2 * 2**step * width, 2**step * width, wide, inner, rows * width)
        mix = packed(net[f"mix.{step}.weight"], net[f"mix.{step}.bias"])
        convolve(_relu(inner), rows * width, 0, mix, held, into)
    head = packed(net["frame.weight"], net["frame.bias"])
    out = np.zeros((frames, head.bias.size), np.float32)
    convolve(held, into, 0, head, out, rows * out.shape[1])
    return held[margin : margin + frames, :channels], out[:, :2]


def _harmony_layers(net: Weights) -> dict[str, Layer]:
    """Pack the layers of the harmony network's trunk and its chord head by name."""
    layers = {"enter": packed(net["enter.weight"][:, 0].transpose(0, 2, 1), net["enter.bias"])}
    step = 0
    while f"time.{step}.weight" in net:
        layers[f"time.{step}"] = packed(net[f"time.{step}.weight"][:, :, :, 0], net[f"time.{step}.bias"])
        layers[f"pitch.{step}"] = packed(net[f"pitch.{step}.weight"][:, :, 0])
        layers[f"mix.{step}"] = packed(net[f"mix.{step}.weight"][:, :, :, 0], net[f"mix.{step}.bias"])
        step += 1
    return layers | {"chord": packed(net["chord.weight"][:, :, :, 0], net["chord.bias"])}


def _harmony_trunk(
    decades: NDArray[np.float32], layers: Mapping[str, Layer]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Run the harmony network up to its heads, and the chord head; shapes (frames, 12, channels)."""
    frames, width = len(decades), layers["enter"].bias.size
    steps = sum(name.startswith("time.") for name in layers)
    margin = 2 ** max(steps, 1)  # zeros that the outer taps of the widest layer meet
    held = np.zeros((margin + frames + margin, 23, width), np.float32)  # round the circle of 12 and on to the 11th
    inside = held[margin : margin + frames]
    inner = np.empty((frames, 12, width), np.float32)
    frame, pitch = (index.ravel() for index in np.indices((frames, 12)))
    into, rows = ((frame + margin) * 23 + pitch) * width, np.arange(frames * 12) * width
    edged = np.pad(decades, ((1, 1), (BELOW, 0)))
    convolve(edged, frame * edged.shape[1] + pitch, edged.shape[1], layers["enter"], held, into)
    _relu(inside)
    for step in range(steps):
        inside[:, 12:] = inside[:, :11]
        inner[:] = 0
        reach = 2**step * 23 * width
        convolve(held, into - 2 * reach, reach, layers[f"time.{step}"], inner, rows)
        convolve(held, into, width, layers[f"pitch.{step}"], inner, rows)
        convolve(_relu(inner), rows, 0, layers[f"mix.{step}"], held, into)
    heads = np.zeros((frames, 12, layers["chord"].bias.size), np.float32)
    convolve(held, into, 0, layers["chord"], heads, np.arange(frames * 12) * heads.shape[2])
    return inside[:, :12], heads


def _round_pitch(x: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convolve round the circle of twelve on axis 0; channels last. ``weight`` has shape (out, in, 12)."""
    around = np.concatenate((x, x[:11]))
    windows = np.lib.stride_tricks.sliding_window_view(around, 12, axis=0)
    return np.asarray(windows.reshape(12, -1) @ weight.reshape(len(weight), -1).T)


def _relu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.maximum(x, 0, out=x)


def _power(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square over time of what is positive."""
    return np.asarray(np.sqrt(np.mean(np.square(np.maximum(x, 0)), axis=0) + np.float32(1e-6)))


def _log_softmax(x: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = x - x.max(axis=-1, keepdims=True)
    out: NDArray[np.float32] = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return out
