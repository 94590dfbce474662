"""Decode plain WAV audio straight from its bytes: 16- and 24-bit integers and 32-bit floats, by channel.

The samples come as ``(channels, frames)`` without a detour through interleaved frames. Twenty-four bits are read as
overlapping 32-bit words that begin one byte early, whose lowest byte is then cleared.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.pcm_layout import PcmLayout


def decode_pcm(path: Path, layout: PcmLayout, block: int, start: int) -> Iterator[NDArray[np.float32]]:
    """Yield float32 blocks of shape ``(channels, block)`` from frame ``start`` on; the last may be shorter."""
    width = layout.bits // 8
    align = width * layout.channels
    early = 1 if layout.bits == 24 else 0
    with path.open("rb", buffering=0) as stream:
        for first in range(start, layout.frames, block):
            count = min(block, layout.frames - first)
            stream.seek(layout.offset + first * align - early)
            raw = np.empty(count * align + early, np.uint8)
            got = _fill(stream, memoryview(raw.data)) - early
            count = min(count, got // align)
            if count > 0:
                yield _samples(raw, layout, count)


def _fill(stream: RawIOBase, view: memoryview) -> int:
    """Read until a view is full or the file ends; return the bytes read."""
    done = 0
    while done < len(view):
        got = stream.readinto(view[done:])
        if not got:
            break
        done += got
    return done


def _samples(raw: NDArray[np.uint8], layout: PcmLayout, count: int) -> NDArray[np.float32]:
    width = layout.bits // 8
    shape, strides = (layout.channels, count), (width, width * layout.channels)
    if layout.bits == 32:
        return np.array(np.ndarray(shape, "<f4", raw, 0, strides), np.float32)
    if layout.bits == 16:
        words = np.ndarray(shape, "<i2", raw, 0, strides)
        short = np.empty(shape, np.float32)
        np.multiply(words, np.float32(2.0**-15), out=short)
        return short
    wide = np.empty(shape, np.int32)
    for channel, row in enumerate(wide):  # a channel at a time: NumPy is slow where both sides jump
        words = np.ndarray((count,), "<i4", raw, width * channel, strides[1:])
        np.bitwise_and(words, np.int32(-256), out=row)
    out = wide.astype(np.float32)
    out *= np.float32(2.0**-31)
    return out
