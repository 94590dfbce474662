"""Is an audio file fit to be delivered? The checks of ``validateAudio``, and those that need a full decode."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.probe import AudioInfo, check_file, probe
from maxbooster_kernel.audio.read import blocks
from maxbooster_kernel.audio.riff import WAVE_FORMAT_EXTENSIBLE, ChunkFile, is_chunked, scan_chunks
from maxbooster_kernel.errors import AudioError, expect_path
from maxbooster_kernel.problems import Problem, Severity, blocking

ACCEPTED = {"WAV": "WAV", "WAVEX": "WAV", "RF64": "WAV", "FLAC": "FLAC", "MP3": "MP3", "MPEG": "MP3"}
LEAST_BITS = 16
LEAST_RATE = 44100
FULL_SCALE = np.float32(1.0 - 2.0**-15)
CLIP_RUN = 3
SILENCE = np.float32(2.0**-15)


def inspect_audio(path: str | os.PathLike[str]) -> list[Problem]:
    """Return everything that speaks against delivering an audio file; the file is decoded to its end.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    list of Problem
        Codes ``file_missing``, ``file_empty``, ``not_audio``, ``format``, ``bit_depth``, ``sample_rate``, ``lossy``,
        ``truncated``, ``damaged``, ``not_finite``, ``clipping``, ``over_full_scale``, ``silence``,
        ``silent_channel``, ``dual_mono``, ``wave_extensible``, ``trailing_chunks``. An empty list is a clean file.
    """
    file = expect_path(path, "an audio file")
    try:
        check_file(file)
        info = probe(file)
        outline = scan_chunks(file) if is_chunked(file) else None
    except AudioError as error:
        return [_problem(_absence(file), "fatal", file, str(error), "give an audio file")]
    return [*_header(file, info), *_chunks(file, outline), *_content(file, info, outline)]


def validate_audio(path: str | os.PathLike[str]) -> AudioInfo:
    """Return the facts of a file that may be delivered, as the founding document's ``validateAudio`` does.

    Raises
    ------
    AudioError
        A check found an error; the message holds all of them.
    """
    found = blocking(inspect_audio(path))
    if found:
        raise AudioError("; ".join(problem.message for problem in found))
    return probe(path)


def _problem(code: str, severity: Severity, file: Path, message: str, fix: str) -> Problem:
    return Problem(code=code, severity=severity, where=str(file), message=message, fix=fix)


def _absence(file: Path) -> str:
    if not file.exists():
        return "file_missing"
    return "file_empty" if file.is_file() and file.stat().st_size == 0 else "not_audio"


def _header(file: Path, info: AudioInfo) -> Iterator[Problem]:
    kind = ACCEPTED.get(info.format)
    if kind is None:
        yield _problem(
            "format", "error", file, f"expected WAV, FLAC or MP3, got {info.format}", "export it as WAV or FLAC"
        )
    elif kind == "MP3":
        yield _problem(
            "lossy",
            "warning",
            file,
            "MP3 is lossy; stores encode it a second time",
            "deliver WAV or FLAC if you have it",
        )
    if info.bit_depth is not None and info.bit_depth < LEAST_BITS:
        yield _problem(
            "bit_depth", "error", file, f"expected at least 16 bit, got {info.bit_depth}", "export it at 16 or 24 bit"
        )
    if info.sample_rate < LEAST_RATE:
        message = f"expected at least 44100 Hz, got {info.sample_rate} Hz"
        yield _problem(
            "sample_rate", "error", file, message, "export it at 44100 Hz or more from the mix, not by upsampling"
        )


def _chunks(file: Path, outline: ChunkFile | None) -> Iterator[Problem]:
    if outline is None:
        return
    if outline.missing_bytes:
        message = f"the file is cut short: {outline.missing_bytes} bytes of its audio are missing"
        yield _problem("truncated", "error", file, message, "copy or export it again")
    if outline.format_tag == WAVE_FORMAT_EXTENSIBLE:
        yield _problem(
            "wave_extensible",
            "info",
            file,
            "the WAV header is of the extensible kind (0xFFFE), which some stores refuse",
            "write it again: AudioBuffer.write makes plain PCM",
        )
    if outline.container != "FORM" and outline.after_data:
        names = ", ".join(name.strip() or "?" for name in outline.after_data[:5])
        message = f"chunks stand after the audio ({names}), which some stores refuse"
        yield _problem("trailing_chunks", "info", file, message, "write it again: AudioBuffer.write puts none there")


@dataclass(slots=True)
class _Findings:
    """What a pass over the samples has seen so far."""

    frames: int = 0
    bad: tuple[int, int] | None = None
    clips: int = 0
    first_clip: int | None = None
    peaks: NDArray[np.float32] | None = None
    dual: bool = True
    runs: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def _content(file: Path, info: AudioInfo, outline: ChunkFile | None) -> Iterator[Problem]:
    if outline is not None and outline.missing_bytes:
        return
    seen = _Findings()
    try:
        for block in blocks(file):
            _look(block, seen)
    except AudioError as error:
        code = "truncated" if "cut short" in str(error) else "damaged"
        yield _problem(code, "error", file, f"it cannot be decoded to its end: {error}", "copy or export it again")
        return
    if seen.bad is not None:
        channel, frame = seen.bad
        message = f"NaN or infinity in channel {channel + 1} at {frame / info.sample_rate:.3f} s"
        yield _problem("not_finite", "error", file, message, "export it again; a plug-in may have failed there")
        return
    loudest = float(seen.peaks.max()) if seen.peaks is not None and seen.frames else 0.0
    if loudest <= SILENCE:
        yield _problem("silence", "error", file, "the file holds nothing but silence", "check the export")
        return
    yield from _levels(file, info, seen, loudest)


def _levels(file: Path, info: AudioInfo, seen: _Findings, loudest: float) -> Iterator[Problem]:
    if loudest > 1.0:
        over = 20 * np.log10(loudest)
        message = f"samples reach {over:+.2f} dBFS, beyond full scale"
        yield _problem("over_full_scale", "warning", file, message, "lower the level before it becomes integers")
    elif seen.clips and seen.first_clip is not None:
        first = seen.first_clip / info.sample_rate
        message = f"{seen.clips} runs of {CLIP_RUN} or more samples at full scale, the first at {first:.3f} s"
        yield _problem("clipping", "warning", file, message, "master it with a ceiling of -1 dBTP")
    assert seen.peaks is not None
    for channel in np.flatnonzero(seen.peaks <= SILENCE):
        yield _problem(
            "silent_channel", "warning", file, f"channel {channel + 1} is silent", "check the export's routing"
        )
    if info.channels == 2 and seen.dual:
        yield _problem("dual_mono", "info", file, "both channels are equal", "nothing, if mono is meant")


def _look(block: NDArray[np.float32], seen: _Findings) -> None:
    """Add what one block of shape ``(channels, frames)`` shows to ``seen``."""
    level = np.abs(block)
    top = level.max(axis=1)
    if seen.bad is None and not np.isfinite(top).all():
        channel, frame = np.argwhere(~np.isfinite(block.T))[0][::-1]
        seen.bad = (int(channel), seen.frames + int(frame))
    seen.peaks = top if seen.peaks is None else np.maximum(seen.peaks, top)
    seen.dual = seen.dual and (block.shape[0] != 2 or np.array_equal(block[0], block[1]))
    if not seen.runs.size:
        seen.runs = np.zeros(block.shape[0], np.int64)
    for channel in range(block.shape[0]):
        if seen.runs[channel] or top[channel] >= FULL_SCALE:
            _clip_runs(level[channel] >= FULL_SCALE, channel, seen)
    seen.frames += block.shape[1]


def _clip_runs(hot: NDArray[np.bool_], channel: int, seen: _Findings) -> None:
    """Count the runs of full-scale samples in one channel's block; a run may have begun in the block before."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], hot, [False])).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    carried = int(seen.runs[channel])
    for start, end in zip(starts, ends, strict=True):
        before = carried if start == 0 else 0
        if before < CLIP_RUN <= before + end - start:
            seen.clips += 1
            place = seen.frames + int(start) - before
            seen.first_clip = place if seen.first_clip is None else min(seen.first_clip, place)
    last = int(ends[-1] - starts[-1]) if len(ends) and ends[-1] == len(hot) else 0
    whole = last == len(hot)
    seen.runs[channel] = last + (carried if whole else 0)
