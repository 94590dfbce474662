"""Decode plain WAV audio straight from its bytes: 16- and 24-bit integers and 32-bit floats, by channel.

The samples come as ``(channels, frames)`` without a detour through interleaved frames, a stretch at a time that the
processor's cache holds. Twenty-four bits are read as overlapping 32-bit words that begin one byte early, whose lowest
byte is then cleared.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.pcm_layout import PcmLayout

STRETCH = 16384  # frames decoded at a time


def decode_pcm(path: Path, layout: PcmLayout, block: int, start: int) -> Iterator[NDArray[np.float32]]:
    """Yield float32 blocks of shape ``(channels, block)`` from frame ``start`` on; the last may be shorter."""
    with path.open("rb", buffering=0) as stream:
        for first in range(start, layout.frames, block):
            out = np.empty((layout.channels, min(block, layout.frames - first)), np.float32)
            count = _decode(stream, layout, first, out)
            if count:
                yield out[:, :count]


def fill_pcm(path: Path, layout: PcmLayout, start: int, out: NDArray[np.float32]) -> int:
    """Decode from frame ``start`` on into ``out``, shape ``(channels, frames)``; return how many frames there were."""
    with path.open("rb", buffering=0) as stream:
        return _decode(stream, layout, start, out)


def _decode(stream: FileIO, layout: PcmLayout, start: int, out: NDArray[np.float32]) -> int:
    align = layout.bits // 8 * layout.channels
    early = 1 if layout.bits == 24 else 0
    longest = min(STRETCH, out.shape[1])
    raw, words = np.empty(longest * align + early, np.uint8), np.empty(longest, np.int32)
    stream.seek(layout.offset + start * align - early)
    for first in range(0, out.shape[1], STRETCH):
        if first and early:
            stream.seek(-early, 1)
        wanted = min(STRETCH, out.shape[1] - first)
        count = (_fill(stream, memoryview(raw.data)[: wanted * align + early]) - early) // align
        if count > 0:
            for channel, row in enumerate(out[:, first : first + count]):
                _samples(raw, layout, channel, words[:count], row)
        if count < wanted:
            return first + max(count, 0)
    return int(out.shape[1])


def _fill(stream: FileIO, view: memoryview) -> int:
    """Read until a view is full or the file ends; return the bytes read."""
    done = 0
    while done < len(view):
        got = stream.readinto(view[done:])
        if not got:
            break
        done += got
    return done


def _samples(
    raw: NDArray[np.uint8], layout: PcmLayout, channel: int, words: NDArray[np.int32], out: NDArray[np.float32]
) -> None:
    """Decode one channel; ``words`` is room for as many integers as there are frames."""
    width = layout.bits // 8
    place = (raw, width * channel, (width * layout.channels,))
    if layout.bits == 32:
        out[:] = np.ndarray(out.shape, "<f4", *place)
        return
    if layout.bits == 16:
        out[:] = np.ndarray(out.shape, "<i2", *place)
        out *= np.float32(2.0**-15)
        return
    np.bitwise_and(np.ndarray(out.shape, "<i4", *place), np.int32(-256), out=words)
    out[:] = words
    out *= np.float32(2.0**-31)
