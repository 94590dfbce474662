"""Music analysis of a programme as one record: :func:`analyze` gives an :class:`Analysis`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis import card, chroma, rhythm
from maxbooster_kernel.analysis.beattrack import BeatGrid, track_beats
from maxbooster_kernel.analysis.chords import Chord, find_chords, pool
from maxbooster_kernel.analysis.downbeat import find_downbeats
from maxbooster_kernel.analysis.dynamics import dynamic_complexity
from maxbooster_kernel.analysis.key import Key, find_key
from maxbooster_kernel.analysis.learned import Learned, agreement, hear, trust
from maxbooster_kernel.analysis.onset import Onsets, onset_strength
from maxbooster_kernel.analysis.spectra import (
    FRAME_RATE,
    PITCH_FRAME_RATE,
    FineSpectra,
    fine_spectra,
    mixdown,
    pitch_peaks,
)
from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.loudness.report import Loudness, measure_loudness

SILENCE = 1e-6
SHORTEST_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """What a programme is, musically; None and empty where it does not say.

    Times in seconds, frequencies in Hz. ``tempo_curve`` has rows of seconds and BPM, ``bpm_alternatives`` pairs of
    BPM and weight. ``danceability`` is the share 0 to 1 of ``danceability_raw`` (0 to about 3), ``energy`` the mean
    square of the mono mix, ``spectral_centroid_hz`` the mean over frames of the magnitudes' centroid,
    ``spectral_rolloff_hz`` the mean frequency below which 85 % of the energy lies. ``chroma`` has shape
    ``(frames, 12)`` from C at ``chroma_rate`` frames a second.
    """

    file: str | None = None
    sha256: str | None = None
    duration_s: float
    sample_rate: int
    channels: int
    bpm: float | None = None
    bpm_confidence: float | None = None
    bpm_alternatives: tuple[tuple[float, float], ...] = ()
    tempo_curve: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)), repr=False)
    beats_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False)
    downbeats_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False)
    time_signature: str | None = None
    key: str | None = None
    scale: str | None = None
    key_strength: float | None = None
    key_margin: float | None = None
    key_curve: tuple[tuple[float, str], ...] = ()
    tuning_hz: float | None = None
    chords: tuple[Chord, ...] = field(default=(), repr=False)
    danceability: float | None = None
    danceability_raw: float | None = None
    energy: float | None = None
    dynamic_complexity: float | None = None
    spectral_centroid_hz: float | None = None
    spectral_rolloff_hz: float | None = None
    loudness: Loudness | None = field(default=None, repr=False)
    chroma: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 12), np.float32), repr=False)
    chroma_rate: float = PITCH_FRAME_RATE
    tempogram: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)), repr=False)
    onsets: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of the command line; what is not known is None."""
        known = self.bpm is not None
        return {
            "file": self.file,
            "sha256": self.sha256,
            "duration_s": self.duration_s,
            "sample_rate": self.sample_rate,
            "channels": self.channels,
            "bpm": self.bpm,
            "bpm_confidence": self.bpm_confidence,
            "bpm_alternatives": [list(pair) for pair in self.bpm_alternatives] if known else None,
            "tempo_curve": _rounded(self.tempo_curve) if known else None,
            "beats_s": _rounded(self.beats_s) if known else None,
            "downbeats_s": _rounded(self.downbeats_s) if self.time_signature else None,
            "time_signature": self.time_signature,
            "key": self.key,
            "scale": self.scale,
            "key_strength": self.key_strength,
            "tuning_hz": self.tuning_hz,
            "chords": [
                {"start_s": round(chord.start_s, 4), "end_s": round(chord.end_s, 4), "label": chord.label}
                for chord in self.chords
            ]
            if self.chords
            else None,
            "danceability": self.danceability,
            "energy": self.energy,
            "dynamic_complexity": self.dynamic_complexity,
            "spectral_centroid_hz": self.spectral_centroid_hz,
            "spectral_rolloff_hz": self.spectral_rolloff_hz,
            "loudness": self.loudness.to_dict() if self.loudness else None,
        }

    def _repr_html_(self) -> str:
        return card.analysis_card(self)


def analyze(buffer: AudioBuffer, *, layout: str | None = None) -> Analysis:
    """Analyse tempo, beats, key, chords, tuning, dynamics, timbre and loudness.

    Parameters
    ----------
    buffer
        The programme, 1 to 8 channels at any sample rate; music is heard in the mean of the channels.
    layout
        Loudspeakers of the channels, for loudness; see
        :func:`~maxbooster_kernel.loudness.report.measure_loudness`.

    Returns
    -------
    Analysis
        A record that shows as a card and has ``to_dict()``. Silence, and samples that are not finite, leave the
        musical fields None; music without a beat has a low ``bpm_confidence``.

    Examples
    --------
    >>> clicks = np.zeros((1, 10 * 8000), np.float32)
    >>> for k in range(20):
    ...     clicks[0, 4000 * k : 4000 * k + 80] = np.hanning(80) * np.cos(np.arange(80))
    >>> round(analyze(AudioBuffer(clicks, 8000)).bpm)
    120
    """
    loudness = measure_loudness(buffer, layout=layout)
    bare = Analysis(
        duration_s=buffer.duration_s, sample_rate=buffer.sample_rate, channels=buffer.channels, loudness=loudness
    )
    if loudness.non_finite or buffer.duration_s < SHORTEST_S or loudness.sample_peak_dbfs == -math.inf:
        return bare
    mono = mixdown(buffer)
    steady = mono - mono.mean(dtype=np.float64).astype(np.float32)
    if float(np.abs(steady).max()) < SILENCE:
        return bare
    fine = fine_spectra(steady, buffer.sample_rate)
    onsets = onset_strength(fine.bands, fine.band_hz)
    heard = hear(steady, buffer.sample_rate)
    grid = _grid(track_beats(onsets), heard)
    return replace(
        bare,
        **_timbre(mono, steady, buffer.sample_rate, fine),
        **(_harmony(steady, buffer, onsets, grid) | _learned(heard)),
        bpm=grid.bpm,
        bpm_confidence=grid.confidence,
        bpm_alternatives=grid.alternatives,
        tempo_curve=grid.tempo_curve,
        beats_s=grid.beats_s,
        tempogram=grid.tempogram,
        onsets=onsets.strength,
    )


def _grid(classical: BeatGrid, heard: Learned) -> BeatGrid:
    """Return the network's beats, trusted more where the classical ones agree; these where it has none."""
    found = heard.rhythm
    if found is None:
        return classical
    return BeatGrid(
        beats_s=found.beats_s,
        bpm=found.bpm,
        confidence=trust(found.confidence, agreement(found.beats_s, classical.beats_s)),
        alternatives=found.alternatives,
        tempo_curve=found.tempo_curve,
        tempogram=classical.tempogram,
    )


def _learned(heard: Learned) -> dict[str, Any]:
    """Return the fields in which the networks outdo the classical path: bars, key and chords."""
    found: dict[str, Any] = {}
    if heard.rhythm is not None:
        found |= {"time_signature": f"{heard.rhythm.beats_per_bar}/4", "downbeats_s": heard.rhythm.downbeats_s}
    if heard.harmony is not None:
        found |= {
            "key": heard.harmony.tonic,
            "scale": heard.harmony.scale,
            "key_strength": heard.harmony.probability,
            "key_margin": heard.harmony.margin,
            "chords": heard.harmony.chords,
        }
    return found


def _timbre(
    mono: NDArray[np.float32], steady: NDArray[np.float32], sample_rate: int, fine: FineSpectra
) -> dict[str, Any]:
    complexity = dynamic_complexity(steady, sample_rate)
    raw = rhythm.danceability(rhythm.frame_deviations(steady, sample_rate))
    heard = np.isfinite(fine.centroid_hz)
    return {
        "energy": float(np.mean(np.square(mono, dtype=np.float64))),
        "dynamic_complexity": complexity[0] if complexity else None,
        "danceability_raw": raw,
        "danceability": None if raw is None else min(1.0, max(0.0, raw / rhythm.HIGHEST)),
        "spectral_centroid_hz": float(fine.centroid_hz[heard].mean()) if heard.any() else None,
        "spectral_rolloff_hz": float(fine.rolloff_hz[heard].mean()) if heard.any() else None,
    }


def _harmony(steady: NDArray[np.float32], buffer: AudioBuffer, onsets: Onsets, grid: BeatGrid) -> dict[str, Any]:
    peaks = pitch_peaks(steady, buffer.sample_rate)
    deviation = chroma.tuning_deviation(peaks)
    salience = chroma.semitone_salience(peaks, deviation)
    treble, bass = chroma.fold(salience), chroma.fold_bass(salience)
    if not treble.any():
        return {}
    inner = grid.beats_s[(grid.beats_s > 0.05) & (grid.beats_s < buffer.duration_s - 0.05)]
    if inner.size < 2:
        inner = np.arange(0.5, buffer.duration_s - 0.25, 0.5)
    borders = np.concatenate([[0.0], inner, [buffer.duration_s]])
    draft = find_chords(treble, bass, borders, PITCH_FRAME_RATE, key=None)
    key = find_key(treble, bass, draft)
    if key is None:
        return {}
    chords = find_chords(treble, bass, borders, PITCH_FRAME_RATE, key=key)
    return {
        **_bars(onsets, grid, treble, bass),
        "key": key.tonic,
        "scale": key.scale,
        "key_strength": key.strength,
        "key_margin": key.margin,
        "key_curve": _key_curve(treble, bass, draft),
        "tuning_hz": chroma.tuning_hz(deviation) if math.isfinite(deviation) else None,
        "chords": tuple(chords),
        "chroma": treble,
    }


def _bars(onsets: Onsets, grid: BeatGrid, treble: NDArray[np.float32], bass: NDArray[np.float32]) -> dict[str, Any]:
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


def _key_curve(
    treble: NDArray[np.float32], bass: NDArray[np.float32], draft: list[Chord]
) -> tuple[tuple[float, str], ...]:
    """Return the key of windows of 16 s, 8 s apart, at their middles."""
    keys: list[tuple[float, Key | None]] = []
    end_s = treble.shape[0] / PITCH_FRAME_RATE
    for start_s in np.arange(0.0, max(1.0, end_s - 8.0), 8.0):
        part = slice(int(start_s * PITCH_FRAME_RATE), int((start_s + 16.0) * PITCH_FRAME_RATE))
        inside = [chord for chord in draft if chord.end_s > start_s and chord.start_s < start_s + 16.0]
        middle = (float(start_s) + min(float(start_s) + 16.0, end_s)) / 2.0
        keys.append((middle, find_key(treble[part], bass[part], inside)))
    return tuple((time, str(key)) for time, key in keys if key is not None)


def _rounded(values: NDArray[np.float64]) -> list[Any]:
    return list(np.round(values, 4).tolist())
