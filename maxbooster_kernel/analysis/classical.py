"""The classical path of the analysis, without learned weights: chroma, key over time, and chords and bars if asked.

It stands in where the networks hear nothing, and gives what they do not: chroma, tuning, and the key over time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis import chroma
from maxbooster_kernel.analysis.beattrack import BeatGrid
from maxbooster_kernel.analysis.chords import Chord, find_chords, pool
from maxbooster_kernel.analysis.downbeat import find_downbeats
from maxbooster_kernel.analysis.key import Key, find_key
from maxbooster_kernel.analysis.onset import Onsets
from maxbooster_kernel.analysis.spectra import FRAME_RATE, PITCH_FRAME_RATE, Spectra, pitch_peaks

Chroma = NDArray[np.float32]
WINDOW_S = 16.0
STEP_S = 8.0


def harmony(spectra: Spectra, onsets: Onsets, grid: BeatGrid, *, alone: bool) -> dict[str, Any]:
    """Return what is known of harmony, by the names of an analysis; nothing where nothing has a pitch.

    Parameters
    ----------
    spectra, onsets, grid
        Of the programme.
    alone
        Find chords, key and bars too, as no network has.
    """
    peaks = pitch_peaks(spectra.long)
    deviation = chroma.tuning_deviation(peaks)
    salience = chroma.semitone_salience(peaks, deviation)
    treble, bass = chroma.fold(salience), chroma.fold_bass(salience)
    if not treble.any():
        return {}
    inner = grid.beats_s[(grid.beats_s > 0.05) & (grid.beats_s < spectra.duration_s - 0.05)]
    if inner.size < 2:
        inner = np.arange(0.5, spectra.duration_s - 0.25, 0.5)
    borders = np.concatenate([[0.0], inner, [spectra.duration_s]])
    draft = find_chords(treble, bass, borders, PITCH_FRAME_RATE, key=None)
    key = find_key(treble, bass, draft)
    if key is None:
        return {}
    found: dict[str, Any] = {
        "key_curve": key_curve(treble, bass, draft),
        "tuning_hz": chroma.tuning_hz(deviation) if math.isfinite(deviation) else None,
        "chroma": treble,
        "bass": bass,
    }
    if alone:
        found |= {"key": key.tonic, "scale": key.scale, "key_strength": key.strength, "key_margin": key.margin}
        found["chords"] = tuple(find_chords(treble, bass, borders, PITCH_FRAME_RATE, key=key))
        found |= _bars(onsets, grid, treble, bass)
    return found


def key_curve(treble: Chroma, bass: Chroma, draft: list[Chord]) -> tuple[tuple[float, str], ...]:
    """Return the key of windows of 16 s, 8 s apart, at their middles."""
    keys: list[tuple[float, Key | None]] = []
    end_s = treble.shape[0] / PITCH_FRAME_RATE
    for start_s in np.arange(0.0, max(1.0, end_s - STEP_S), STEP_S):
        part = slice(int(start_s * PITCH_FRAME_RATE), int((start_s + WINDOW_S) * PITCH_FRAME_RATE))
        inside = [chord for chord in draft if _mostly_inside(chord, float(start_s))]
        middle = (float(start_s) + min(float(start_s) + WINDOW_S, end_s)) / 2.0
        keys.append((middle, find_key(treble[part], bass[part], inside)))
    return tuple((time, str(key)) for time, key in keys if key is not None)


def _mostly_inside(chord: Chord, start_s: float) -> bool:
    """Whether a chord fills half of the window, or half of it lies inside: one that only just reaches in says nothing.

    Examples
    --------
    >>> _mostly_inside(Chord(start_s=6.0, end_s=8.01, label="F:maj"), 8.0)
    False
    >>> _mostly_inside(Chord(start_s=0.0, end_s=60.0, label="F:maj"), 8.0)
    True
    """
    shared_s = min(chord.end_s, start_s + WINDOW_S) - max(chord.start_s, start_s)
    return 2.0 * shared_s >= min(chord.end_s - chord.start_s, WINDOW_S)


def _bars(onsets: Onsets, grid: BeatGrid, treble: Chroma, bass: Chroma) -> dict[str, Any]:
    beats = grid.beats_s
    if beats.size < 8:
        return {}
    step = float(np.median(np.diff(beats)))
    borders = np.concatenate([[beats[0] - step], beats, [beats[-1] + step]])
    pooled = pool(np.concatenate([treble, bass], axis=1), borders, PITCH_FRAME_RATE)
    pooled /= np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-9)
    change = 1.0 - (pooled[1:] * pooled[:-1]).sum(axis=1)
    frames = np.minimum(np.round(beats * FRAME_RATE).astype(np.int64), onsets.strength.size - 1)
    accents, low = (
        np.max([series[np.clip(frames + k, 0, series.size - 1)] for k in range(-3, 4)], axis=0)
        for series in (onsets.strength, onsets.low)
    )
    found = find_downbeats(accents, low, change)
    if found is None:
        return {}
    metre, index = found
    return {"time_signature": f"{metre}/4", "downbeats_s": beats[index]}
