"""Tap along: play a recording, tap its beats, and keep them as truth of the recording.

The page plays and notes when was tapped; the kernel makes beats of the taps, so both show the same. The browser's half
is ``widgets/src/taps.ts``.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import traitlets

from maxbooster_kernel.analysis.report import Analysis, analyze
from maxbooster_kernel.analysis.taps import (
    corrected,
    find_latency,
    settle,
)
from maxbooster_kernel.analysis.truth import BeatTruth, find_truth, keep_truth
from maxbooster_kernel.audio import AudioBuffer, MediaIndex, read_audio
from maxbooster_kernel.audio.resample import resample
from maxbooster_kernel.errors import MaxBoosterError, expect_path
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.widgets.statements import need
from maxbooster_kernel.widgets.widget import Widget

BUNDLE = Path(__file__).parent / "static" / "taps.js"
PREVIEW_RATE = 22050


class TapAlong(Widget):
    """Tap the beats of a recording.

    Parameters
    ----------
    path
        The recording; its beats are read from, and kept in, a file ``song.wav.beats.json`` beside it, in its session's
        folder or in the working folder: the first that can be written.
    analysis
        Of the recording, where it is at hand; otherwise it is made.
    keep
        Another file or folder to keep the beats in.
    """

    _esm = BUNDLE if BUNDLE.is_file() else ""
    name = traitlets.Unicode("", read_only=True).tag(sync=True)
    taps: Any = traitlets.List(read_only=True).tag(sync=True)
    beats: Any = traitlets.List(read_only=True).tag(sync=True)
    onsets: Any = traitlets.List(read_only=True).tag(sync=True)
    settings = traitlets.Dict(read_only=True).tag(sync=True)

    @checked
    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        analysis: Analysis | None = None,
        keep: str | os.PathLike[str] | None = None,
    ) -> None:
        need(BUNDLE)
        super().__init__()
        self._path, self._keep = expect_path(path, "a recording"), keep
        self._buffer = read_audio(path)
        sha256 = MediaIndex().sha256(path)
        found = analysis or analyze(self._buffer)
        self._analysis = replace(found, file=str(path), sha256=sha256)
        self._latency_s, self._snap = 0.0, True
        self.set_trait("name", self._path.name)
        self.set_trait("onsets", np.round(found.onsets, 2).tolist())
        kept = find_truth(path, sha256, also=keep)
        if kept:
            truth = kept[1]
            self.tap(truth.taps_s.tolist(), latency_s=truth.latency_s, snap=truth.snapped)
        else:
            self.tap([], latency_s=0.0, snap=True)
        self.on_msg(self._receive)

    @property
    def truth(self) -> BeatTruth:
        """The beats as they stand."""
        return BeatTruth(
            sha256=self._analysis.sha256 or "",
            taps_s=np.array(self.taps, np.float64),
            latency_s=self._latency_s,
            snapped=self._snap,
            beats_s=np.array(self.beats, np.float64),
        )

    @property
    def analysis(self) -> Analysis:
        """The analysis with the tapped beats in it."""
        return corrected(self._analysis, self.truth)

    @checked
    def tap(self, taps_s: list[float], *, latency_s: float, snap: bool) -> None:
        """Take taps in seconds; see :func:`~maxbooster_kernel.analysis.taps.settle`."""
        beats = settle(taps_s, self._analysis.onsets, latency_s=latency_s, snap=snap)
        self._latency_s, self._snap = latency_s, snap
        self.set_trait("taps", sorted(float(tap) for tap in taps_s))
        self.set_trait("beats", beats.tolist())
        tempo = self.truth.bpm
        said = f"{beats.size} beats" + (f", {tempo:.1f} BPM" if tempo else "")
        self.set_trait(
            "settings",
            {"latency_ms": round(1000.0 * latency_s), "snap": snap, "said": said, "length": self._buffer.duration_s},
        )

    def save(self) -> Path:
        """Keep taps and beats; return where."""
        return keep_truth(self._path, self.truth, to=self._keep)

    def _receive(self, _: Any, message: Mapping[str, Any], __: list[Any]) -> None:
        try:
            match message.get("type"):
                case "audio":
                    self.send({"type": "audio", "data": preview(self._buffer)})
                case "taps" | "find":
                    taps = [float(tap) for tap in message["taps"]]
                    latency = float(message["latency_ms"]) / 1000.0
                    if message["type"] == "find":
                        latency = find_latency(taps, self._analysis.onsets)
                    self.tap(taps, latency_s=latency, snap=bool(message["snap"]))
                case "save":
                    self.send({"type": "said", "text": f"saved as {_shown(self.save(), self._path)}"})
        except (MaxBoosterError, KeyError, TypeError, ValueError) as error:
            self.send({"type": "said", "text": str(error)})

    def __repr__(self) -> str:
        return f"TapAlong({self.name!r}, {self.settings['said']})"


def _shown(kept: Path, audio: Path) -> str:
    """Return a file's name where it lies beside the audio, else where it lies."""
    return kept.name if kept.parent.absolute() == audio.parent.absolute() else str(kept)


def preview(buffer: AudioBuffer) -> str:
    """Return a recording as base64 of mono FLAC at 22050 Hz, small enough to travel."""
    mono = AudioBuffer(buffer.samples.mean(axis=0, keepdims=True), buffer.sample_rate)
    loudest = float(np.abs(mono.samples).max(initial=0.0))
    slow = resample(mono, PREVIEW_RATE)
    safe = AudioBuffer(np.clip(slow.samples / max(1.0, loudest), -1.0, 1.0), PREVIEW_RATE)
    with tempfile.TemporaryDirectory() as folder:
        safe.write(Path(folder) / "preview.flac", bit_depth=16)
        return base64.b64encode((Path(folder) / "preview.flac").read_bytes()).decode("ascii")
