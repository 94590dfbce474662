"""Music analysis of a programme as one record: :func:`analyze` gives an :class:`Analysis`."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis import card, classical
from maxbooster_kernel.analysis.beattrack import BeatGrid, track_beats
from maxbooster_kernel.analysis.certainty import SURE, evident
from maxbooster_kernel.analysis.chords import Chord
from maxbooster_kernel.analysis.learned import Learned, agreement, hear_spectra, trust
from maxbooster_kernel.analysis.listen import Listener
from maxbooster_kernel.analysis.onset import onset_strength
from maxbooster_kernel.analysis.sections import Section, beat_features, find_sections
from maxbooster_kernel.analysis.spectra import PITCH_FRAME_RATE, Spectra, shared_spectra
from maxbooster_kernel.analysis.taps import corrected
from maxbooster_kernel.analysis.truth import find_truth
from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.index import MediaIndex
from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.audio.read import blocks
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.loudness.report import Loudness

SHORTEST_S = 0.5
SHORTEST_MUSIC_S = 1.0
_BLOCK_FRAMES = 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """What a programme is, musically; None and empty where it does not say.

    Times in seconds, frequencies in Hz. ``tempo_curve`` has rows of seconds and BPM, ``bpm_alternatives`` pairs of
    BPM and weight, ``key_curve`` pairs of seconds and key. ``danceability`` is the share 0 to 1 of
    ``danceability_raw`` (0 to about 3), ``energy`` the mean square of the mono mix, ``spectral_centroid_hz`` the mean
    over frames of the magnitudes' centroid, ``spectral_rolloff_hz`` the mean frequency below which 85 % of the energy
    lies. ``beats_from`` is the file of the beats where a person set them. ``chroma`` has shape ``(frames, 12)`` from C
    at ``chroma_rate`` frames a second.
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
    beats_from: str | None = None
    downbeats_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False)
    time_signature: str | None = None
    key: str | None = None
    scale: str | None = None
    key_strength: float | None = None
    key_margin: float | None = None
    key_curve: tuple[tuple[float, str], ...] = ()
    tuning_hz: float | None = None
    chords: tuple[Chord, ...] = field(default=(), repr=False)
    sections: tuple[Section, ...] = field(default=(), repr=False)
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

    @property
    def doubtful(self) -> bool:
        """Whether there may be no steady beat: ``bpm_confidence`` below 0.5."""
        return (self.bpm_confidence or 0.0) < SURE

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

    def __repr__(self) -> str:
        """Return one line: length, tempo, key and loudness."""
        parts = [f"{self.duration_s:.1f} s"]
        if self.bpm is not None:
            doubt = " (unsure)" if self.doubtful else ""
            parts.append(f"{self.bpm:.1f} BPM{doubt}" + (f" {self.time_signature}" if self.time_signature else ""))
        if self.key is not None:
            parts.append(f"{self.key} {self.scale}")
        if self.loudness is not None and math.isfinite(self.loudness.integrated_lufs):
            parts.append(f"{self.loudness.integrated_lufs:.1f} LUFS")
        return f"Analysis({', '.join(parts)})"

    def _repr_html_(self) -> str:
        return card.analysis_card(self)


@checked
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
        musical fields None; music without a beat has a low ``bpm_confidence`` and no bars, a lone tone no key, and
        noise neither key nor tempo.

    Examples
    --------
    >>> clicks = np.zeros((1, 10 * 8000), np.float32)
    >>> for k in range(20):
    ...     clicks[0, 4000 * k : 4000 * k + 80] = np.hanning(80) * np.cos(np.arange(80))
    >>> round(analyze(AudioBuffer(clicks, 8000)).bpm)
    120
    """
    samples = AudioBuffer.check(buffer).samples
    pieces = (samples[:, start : start + _BLOCK_FRAMES] for start in range(0, buffer.frames, _BLOCK_FRAMES))
    return _analyze(pieces, buffer.sample_rate, buffer.channels, layout)


@checked
def analyze_file(
    path: str | os.PathLike[str],
    *,
    layout: str | None = None,
    sha256: str | None = None,
    beats: Literal["kept", "found"] = "kept",
) -> Analysis:
    """Analyse a file as :func:`analyze` does a buffer, block by block, so that hours of it take little memory.

    Parameters
    ----------
    path
        An audio file.
    layout
        As for :func:`analyze`.
    sha256
        Of the file, where it is known.
    beats
        ``"kept"`` takes the beats that a person kept for this audio, where there are any (see
        :func:`~maxbooster_kernel.analysis.truth.truth_places`); ``"found"`` only what is heard.

    Returns
    -------
    Analysis
        With ``file`` and ``sha256``.
    """
    info = probe(path)
    found = _analyze(blocks(path), info.sample_rate, info.channels, layout)
    named = replace(found, file=str(path), sha256=sha256 or MediaIndex().sha256(path))
    kept = find_truth(path, named.sha256 or "") if beats == "kept" else None
    return replace(corrected(named, kept[1]), beats_from=str(kept[0])) if kept else named


def _analyze(pieces: Iterable[NDArray[np.float32]], sample_rate: int, channels: int, layout: str | None) -> Analysis:
    listener = Listener(sample_rate, channels, layout=layout)
    for piece in pieces:
        listener.push(piece)
    loudness = listener.loudness()
    bare = Analysis(duration_s=loudness.duration_s, sample_rate=sample_rate, channels=channels, loudness=loudness)
    if loudness.non_finite or loudness.duration_s < SHORTEST_S or listener.silent:
        return bare
    timbre = listener.timbre()
    if loudness.duration_s < SHORTEST_MUSIC_S:
        return replace(bare, **timbre)
    spectra = shared_spectra(listener.take_mono())
    onsets = onset_strength(spectra.levels)
    heard = hear_spectra(spectra)
    grid = _grid(track_beats(onsets), heard)
    harmony = classical.harmony(spectra, onsets, grid, alone=heard.harmony is None or heard.rhythm is None)
    bass = harmony.pop("bass", None)
    grid, harmony = evident(grid, harmony | _learned(heard))
    found = replace(
        bare,
        **timbre,
        **harmony,
        bpm=grid.bpm,
        bpm_confidence=grid.confidence,
        bpm_alternatives=grid.alternatives,
        tempo_curve=grid.tempo_curve,
        beats_s=grid.beats_s,
        tempogram=grid.tempogram,
        onsets=onsets.strength,
    )
    return found if bass is None else replace(found, sections=_sections(found, spectra, bass))


def _sections(found: Analysis, spectra: Spectra, bass: NDArray[np.float32]) -> tuple[Section, ...]:
    inner = found.beats_s[(found.beats_s > 0.05) & (found.beats_s < found.duration_s - 0.05)]
    borders = np.concatenate([[0.0], inner, [found.duration_s]])
    features = beat_features(spectra.levels, found.chroma, bass, borders)
    return find_sections(features, borders, found.downbeats_s)


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


def _rounded(values: NDArray[np.float64]) -> list[Any]:
    return list(np.round(values, 4).tolist())
