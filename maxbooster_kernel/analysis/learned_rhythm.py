"""Beats, downbeats and tempo from the rhythm network's activations.

Beats are the most likely path of a beat pointer (:mod:`~maxbooster_kernel.analysis.beats`) through the activation, with
the tempo head as a weak prior, counted in the likeliest octave (:mod:`~maxbooster_kernel.analysis.octave`); downbeats
the most likely path of a bar pointer through the beats.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis import beats as pointer
from maxbooster_kernel.analysis.learned_features import RHYTHM_FPS, rhythm_features
from maxbooster_kernel.analysis.learned_harmony import chord_change
from maxbooster_kernel.analysis.network import (
    HarmonyActivations,
    RhythmActivations,
    rhythm_activations,
    tempo_classes,
)
from maxbooster_kernel.analysis.octave import choose, octaves, weigh
from maxbooster_kernel.analysis.octave_features import SAME_TEMPO, peak_near
from maxbooster_kernel.analysis.tempo import tempo_curve

METRES = (2, 3, 4, 5, 6, 7)
_METRE_PRIOR = np.log([0.05, 0.15, 0.71, 0.03, 0.03, 0.03])
SLIP = 1e-5
SHARE_POWER = 0.4
CHANGE_WEIGHT = 4.0
"""How much the network's downbeats, and changes of chord, count towards a bar's first beat (log odds)."""
TEMPO_WEIGHT = 0.5
DOUBTFUL = 0.2
"""Beats of less confidence are sought once more with the tempo head counting twice: faint beats let the pointer drift
to a tempo that the head, which hears the whole, does not hear at all."""
DECODE_FPS = 100.0
TRANSITION = 200.0
FEWEST_BEATS = 4
FAINT = 0.5
LONGEST_FADE = 8
"""Of at most so many beats at the end those that stay below half the median are guesses in a fading tail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedRhythm:
    """Tempo, beats and bars as the network hears them.

    Parameters
    ----------
    bpm
        Median local tempo.
    confidence
        0 to 1: the geometric mean of how surely the frames at the beats hold beats and how much of what is heard
        lies on them, lowered where the tempo does not stand alone.
    alternatives
        Pairs of BPM and weight, the reported tempo first; weights sum to 1.
    tempo_curve
        Rows of seconds and BPM.
    beats_s, downbeats_s
        Times in seconds.
    beats_per_bar
        2 to 7.
    activation
        Probability of a beat, 50 values a second.
    """

    bpm: float
    confidence: float
    alternatives: tuple[tuple[float, float], ...]
    tempo_curve: NDArray[np.float64]
    beats_s: NDArray[np.float64]
    downbeats_s: NDArray[np.float64]
    beats_per_bar: int
    activation: NDArray[np.float32]


def find_rhythm(mono: NDArray[np.floating], harmony: HarmonyActivations | None = None) -> LearnedRhythm | None:
    """Find tempo, beats and bars.

    Parameters
    ----------
    mono
        Samples at 22050 Hz, shape (n,).
    harmony
        What the harmony network says of the same samples; bars begin where chords change.

    Returns
    -------
    LearnedRhythm or None
        None where fewer than four beats are found.
    """
    return decode_rhythm(rhythm_activations(rhythm_features(mono)), harmony)


def decode_rhythm(heard: RhythmActivations, harmony: HarmonyActivations | None = None) -> LearnedRhythm | None:
    """Decode activations; see :func:`find_rhythm`."""
    found = _decoded(heard, harmony, TEMPO_WEIGHT)
    if found is None or found.confidence >= DOUBTFUL:
        return found
    again = _decoded(heard, harmony, 2 * TEMPO_WEIGHT)
    return again if again is not None and again.confidence > found.confidence else found


def _decoded(heard: RhythmActivations, harmony: HarmonyActivations | None, tempo_weight: float) -> LearnedRhythm | None:
    decoded = decode_beats(heard, tempo_weight=tempo_weight)
    if decoded is None:
        return None
    ways = octaves(*decoded, heard, harmony)
    chance = weigh(ways)
    chosen = choose(ways, chance)
    beats = chosen.beats_s
    curve = tempo_curve(beats)
    bpm = float(np.median(curve[:, 1]))
    change = np.zeros(beats.size) if harmony is None else chord_change(harmony, beats)
    bar, index = find_bars(peak_near(heard.downbeat, beats), peak_near(heard.beat, beats), change)
    others = tempo_alternatives(heard.tempo, bpm, dict(zip((way.bpm for way in ways), chance.tolist(), strict=True)))
    activation = np.maximum(heard.beat, heard.downbeat)
    sure = float(np.mean(peak_near(heard.beat, beats)) * contrast(activation, beats)) ** 0.5
    return LearnedRhythm(
        bpm=bpm,
        confidence=min(1.0, sure * (0.6 + 0.4 * others[0][1])),
        alternatives=others,
        tempo_curve=curve,
        beats_s=beats,
        downbeats_s=beats[index],
        beats_per_bar=bar,
        activation=heard.beat,
    )


def decode_beats(
    heard: RhythmActivations, *, tempo_weight: float = TEMPO_WEIGHT
) -> tuple[NDArray[np.float64], float] | None:
    """Decode beats in seconds and their median tempo in BPM, before the octave is chosen; None for too few."""
    activation = np.maximum(heard.beat, heard.downbeat).astype(np.float64)
    if activation.size < RHYTHM_FPS or activation.max() < 0.05:
        return None
    times = np.arange(int(activation.size * DECODE_FPS / RHYTHM_FPS)) / DECODE_FPS
    fine = np.interp(times, np.arange(activation.size) / RHYTHM_FPS, activation)
    spans = pointer.intervals(DECODE_FPS)
    weight = tempo_weight * _tempo_likelihood(heard.tempo, 60.0 * DECODE_FPS / spans)
    frames = pointer.decode_beats(0.95 * fine, DECODE_FPS, salience=weight[np.newaxis], transition=TRANSITION)
    frames = _trimmed(frames, fine)
    if frames.size < FEWEST_BEATS:
        return None
    beats = _refined(frames, fine) / DECODE_FPS
    return beats, float(np.median(tempo_curve(beats)[:, 1]))


def find_bars(
    downbeat: NDArray[np.floating], beat: NDArray[np.floating], change: NDArray[np.floating]
) -> tuple[int, NDArray[np.int64]]:
    """Find which beats begin a bar.

    Parameters
    ----------
    downbeat, beat
        Probability that each beat begins a bar, and that it is a beat, shape (beats,).
    change
        How much the harmony changes at each beat, 0 to 1, shape (beats,).

    Returns
    -------
    int
        Beats of the most frequent bar.
    NDArray[np.int64]
        Indices of the first beats.

    Examples
    --------
    >>> bar, index = find_bars(np.tile([0.9, 0.1, 0.1], 5), np.full(15, 0.9), np.zeros(15))
    >>> bar, index.tolist()
    (3, [0, 3, 6, 9, 12])
    """
    share = np.clip(downbeat / np.maximum(beat, downbeat), 0.01, 0.99)
    odds = SHARE_POWER * np.log(share / (1 - share)) + CHANGE_WEIGHT * (change - change.mean())
    metre = np.repeat(np.arange(len(METRES)), METRES)
    position = np.concatenate([np.arange(count) for count in METRES])
    first = np.where(position == 0, -np.logaddexp(0, -odds)[:, np.newaxis], -np.logaddexp(0, odds)[:, np.newaxis])
    before = np.where(position == 0, np.arange(metre.size) + np.array(METRES)[metre] - 1, np.arange(metre.size) - 1)
    best = first[0] + (_METRE_PRIOR - np.log(METRES))[metre]
    back = np.zeros((share.size, metre.size), np.int64)
    back[0] = before
    for index in range(1, share.size):
        leader = int(best.argmax())
        moved = best[leader] + np.log(SLIP)
        steps = best[before]
        back[index] = np.where(steps >= moved, before, leader)
        best = np.maximum(steps, moved) + first[index]
    path = np.empty(share.size, np.int64)
    path[-1] = int(best.argmax())
    for index in range(share.size - 1, 0, -1):
        path[index - 1] = back[index, path[index]]
    bar = METRES[int(np.bincount(metre[path], minlength=len(METRES)).argmax())]
    return bar, np.flatnonzero(position[path] == 0)


def contrast(activation: NDArray[np.floating], beats_s: NDArray[np.float64]) -> float:
    """Return how much of the activation's energy lies within 40 ms of the beats, beyond what chance puts there.

    Parameters
    ----------
    activation
        Probability of a beat, 50 values a second.
    beats_s
        Times in seconds.

    Returns
    -------
    float
        0 by chance, 1 when nothing is heard between the beats.

    Examples
    --------
    >>> contrast(np.tile([1.0] + [0.0] * 24, 10), np.arange(0, 5, 0.5))
    1.0
    """
    frames = np.rint(beats_s * RHYTHM_FPS).astype(np.int64)
    near = np.zeros(activation.size, bool)
    for shift in range(-2, 3):
        near[np.clip(frames + shift, 0, activation.size - 1)] = True
    energy = np.square(activation, dtype=np.float64)
    chance = float(near.mean())
    total = float(energy.sum())
    if total <= 0.0 or chance >= 1.0:
        return 0.0
    return float(np.clip((energy[near].sum() / total - chance) / (1.0 - chance), 0.0, 1.0))


def tempo_alternatives(
    tempo: NDArray[np.floating], bpm: float, ways: dict[float, float], *, count: int = 5
) -> tuple[tuple[float, float], ...]:
    """List tempi and weights, the reported one first; weights sum to 1.

    Parameters
    ----------
    tempo
        Probabilities of :func:`~maxbooster_kernel.analysis.network.tempo_classes`.
    bpm
        The reported tempo.
    ways
        Probability of each octave of it, by BPM; they share what the tempo head gives to all of them.
    count
        At most so many.
    """
    classes = tempo_classes()
    mass = np.asarray(tempo, np.float64).copy()
    shared = 0.0
    for way in ways:
        near = np.abs(np.log2(classes / way)) < SAME_TEMPO
        shared += float(mass[near].sum())
        mass[near] = 0.0
    chosen = min(ways, key=lambda way: abs(np.log2(way / bpm)))
    rest = [(way, max(shared, 0.2) * chance) for way, chance in ways.items() if way != chosen]
    while len(rest) < 2 * count and mass.max() > 0.0:
        middle = float(classes[int(mass.argmax())])
        near = np.abs(np.log2(classes / middle)) < SAME_TEMPO
        rest.append((middle, float(mass[near].sum())))
        mass[near] = 0.0
    rest = sorted((pair for pair in rest if pair[1] >= 0.02), key=lambda pair: -pair[1])[: count - 1]
    found = [(bpm, max(shared, 0.2) * ways[chosen]), *rest]
    total = sum(weight for _, weight in found)
    return tuple((middle, weight / total) for middle, weight in found)


def _tempo_likelihood(tempo: NDArray[np.floating], bpm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log weight of each interval; wide enough for tempo changes."""
    mass = np.convolve(np.asarray(tempo, np.float64), [0.1, 0.2, 0.4, 0.2, 0.1], "same")
    likely = np.log(np.interp(bpm, tempo_classes(), mass) + 0.003)
    return np.asarray(likely * 100.0 / bpm)


def _trimmed(frames: NDArray[np.int64], activation: NDArray[np.float64]) -> NDArray[np.int64]:
    """Leave out beats before the first and after the last that is heard at all, and those of a fading end."""
    strength = np.max([activation[np.clip(frames + k, 0, activation.size - 1)] for k in range(-4, 5)], axis=0)
    heard = np.flatnonzero(strength > 0.05)
    if not heard.size:
        return frames[:0]
    first, last = int(heard[0]), int(heard[-1]) + 1
    return frames[first : last - fading(strength[first:last])]


def fading(strength: NDArray[np.floating]) -> int:
    """Return how many of the last beats are faint beside the median, each run's first and the mean of it.

    Parameters
    ----------
    strength
        Activation at each beat, shape (beats,).

    Examples
    --------
    >>> fading(np.array([0.9] * 20 + [0.3, 0.05, 0.35, 0.6, 0.2]))
    5
    >>> fading(np.array([0.9] * 20 + [0.3, 0.9]))
    0
    """
    level = FAINT * float(np.median(strength))
    for count in range(min(LONGEST_FADE, strength.size // 4), 0, -1):
        if strength[-count] < level and strength[-count:].mean() < level:
            return count
    return 0


def _refined(frames: NDArray[np.int64], activation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move each beat to the centre of the peak beside it, the less the lower the peak is; positions in frames."""
    reach = np.arange(-5, 6)
    padded = np.pad(activation, 10)
    peak = frames + reach[padded[frames[:, np.newaxis] + 10 + reach].argmax(axis=1)]
    near = np.arange(-4, 5)
    mass = np.square(padded[peak[:, np.newaxis] + 10 + near])
    centre = peak + (mass @ near) / np.maximum(mass.sum(axis=1), 1e-9)
    trust = np.minimum(1.0, padded[peak + 10] / 0.3)
    return np.asarray(np.maximum.accumulate(frames + trust * (centre - frames)), np.float64)
