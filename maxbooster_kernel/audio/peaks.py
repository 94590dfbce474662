"""Waveform overviews: minimum, maximum and RMS of buckets of frames, at several resolutions.

A drawing program picks the coarsest level that still has a bucket a pixel, so its cost does not grow with the song.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.audio.read import blocks
from maxbooster_kernel.errors import AudioError

BASE_FRAMES = 256
FACTOR = 4
MAGIC = b"MBPK"
_HEAD = struct.Struct("<4sBBBxIQ")
_LEVEL = struct.Struct("<II")
_FULL_SCALE = 32767.0
_BLOCK = BASE_FRAMES * 256


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PeakLevel:
    """One resolution: ``values`` is float32 of shape ``(channels, buckets, 3)`` holding min, max and RMS."""

    bucket_frames: int
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PeakPyramid:
    """An overview of a recording, finest level first; each level's buckets are four of the one before."""

    sample_rate: int
    frames: int
    levels: tuple[PeakLevel, ...]

    def level(self, frames_per_pixel: float) -> PeakLevel:
        """Return the coarsest level whose buckets are not longer than a pixel."""
        fitting = [level for level in self.levels if level.bucket_frames <= frames_per_pixel]
        return fitting[-1] if fitting else self.levels[0]

    def encode(self) -> bytes:
        """Return the pyramid as bytes for a browser (see :func:`decode_peaks` for the layout)."""
        channels = self.levels[0].values.shape[0]
        head = _HEAD.pack(MAGIC, 1, channels, len(self.levels), self.sample_rate, self.frames)
        table = b"".join(_LEVEL.pack(level.bucket_frames, level.values.shape[1]) for level in self.levels)
        return head + table + b"".join(_pack(level.values) for level in self.levels)


def peaks(audio: AudioBuffer) -> PeakPyramid:
    """Return the overview of audio in memory.

    Examples
    --------
    >>> pyramid = peaks(AudioBuffer(np.full((1, 1000), 0.5, np.float32), 8000))
    >>> [level.bucket_frames for level in pyramid.levels], pyramid.levels[0].values[0, 0].tolist()
    ([256, 1024], [0.5, 0.5, 0.5])
    """
    AudioBuffer.check(audio)
    starts = range(0, max(audio.frames, 1), _BLOCK)
    parts = (audio.samples[:, start : start + _BLOCK] for start in starts)
    return _pyramid(parts, audio.sample_rate)


def file_peaks(path: str | os.PathLike[str]) -> PeakPyramid:
    """Return the overview of an audio file, reading it block by block."""
    return _pyramid(blocks(path, _BLOCK), probe(path).sample_rate)


def decode_peaks(data: bytes) -> PeakPyramid:
    """Return the pyramid that :meth:`PeakPyramid.encode` wrote, rounded to 16 bits.

    Notes
    -----
    Little-endian: ``MBPK``, version (u8), channels (u8), levels (u8), 0, sample rate (u32), frames (u64);
    per level bucket frames (u32) and buckets (u32); then per level int16 ``[channel][bucket][min, max, RMS]``
    in steps of 1/32767, clipped at full scale.
    """
    if len(data) < _HEAD.size or data[:4] != MAGIC:
        raise AudioError("expected waveform overview data, which starts with MBPK")
    _, version, channels, count, rate, frames = _HEAD.unpack_from(data)
    position = _HEAD.size + count * _LEVEL.size
    if version != 1 or not channels or not rate or not count or len(data) < position:
        raise AudioError(f"waveform overview data is damaged or of version {version}; make it again")
    levels = []
    for index in range(count):
        bucket_frames, buckets = _LEVEL.unpack_from(data, _HEAD.size + index * _LEVEL.size)
        size = channels * buckets * 6
        if len(data) < position + size:
            raise AudioError("waveform overview data is cut short; make it again")
        steps = np.frombuffer(data, "<i2", channels * buckets * 3, position)
        values = (steps.reshape(channels, buckets, 3) / _FULL_SCALE).astype(np.float32)
        levels.append(PeakLevel(bucket_frames=bucket_frames, values=values))
        position += size
    return PeakPyramid(sample_rate=rate, frames=frames, levels=tuple(levels))


def _pyramid(parts: Iterable[NDArray[np.float32]], sample_rate: int) -> PeakPyramid:
    found = []
    frames = 0
    for part in parts:
        frames += part.shape[1]
        found.append(_buckets(part))
    if not frames:
        raise AudioError("expected audio of at least one frame; there is nothing to draw")
    finest = np.concatenate(found, axis=1)
    levels = [PeakLevel(bucket_frames=BASE_FRAMES, values=_rms(finest))]
    size = BASE_FRAMES
    while finest.shape[1] > 1 and len(levels) < 12:
        finest = _merge(finest)
        size *= FACTOR
        levels.append(PeakLevel(bucket_frames=size, values=_rms(finest)))
    return PeakPyramid(sample_rate=sample_rate, frames=frames, levels=tuple(levels))


def _buckets(part: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return min, max, sum of squares and length of each bucket, shape ``(channels, buckets, 4)``."""
    channels, frames = part.shape
    whole = frames - frames % BASE_FRAMES
    out = [_reduce(part[:, :whole].reshape(channels, -1, BASE_FRAMES))]
    if whole < frames:
        out.append(_reduce(part[:, np.newaxis, whole:]))
    return np.concatenate(out, axis=1)


def _reduce(cut: NDArray[np.float32]) -> NDArray[np.float64]:
    if not cut.shape[1]:
        return np.empty((cut.shape[0], 0, 4))
    squares = np.einsum("cbf,cbf->cb", cut, cut, dtype=np.float64, casting="same_kind")
    lengths = np.full_like(squares, cut.shape[2])
    return np.stack([cut.min(axis=2), cut.max(axis=2), squares, lengths], axis=-1)


def _merge(fine: NDArray[np.float64]) -> NDArray[np.float64]:
    starts = np.arange(0, fine.shape[1], FACTOR)
    return np.stack(
        [
            np.minimum.reduceat(fine[..., 0], starts, axis=1),
            np.maximum.reduceat(fine[..., 1], starts, axis=1),
            np.add.reduceat(fine[..., 2], starts, axis=1),
            np.add.reduceat(fine[..., 3], starts, axis=1),
        ],
        axis=-1,
    )


def _rms(sums: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.stack([sums[..., 0], sums[..., 1], np.sqrt(sums[..., 2] / sums[..., 3])], axis=-1).astype(np.float32)


def _pack(values: NDArray[np.float32]) -> bytes:
    clipped = np.nan_to_num(np.clip(values, -1.0, 1.0))
    steps: NDArray[np.int16] = np.rint(clipped * _FULL_SCALE).astype("<i2")
    return steps.tobytes()
