"""Where the samples of a plain WAV file lie: 16- and 24-bit integers and 32-bit floats; read without NumPy."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from maxbooster_kernel.audio.riff import (
    MAX_CHANNELS,
    UNKNOWN_SIZE,
    WAVE_FORMAT_FLOAT,
    WAVE_FORMAT_PCM,
    ChunkFile,
    read_chunk,
)

KINDS = {(WAVE_FORMAT_PCM, 16), (WAVE_FORMAT_PCM, 24), (WAVE_FORMAT_FLOAT, 32)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PcmLayout:
    """Where plain samples lie in a file: the first byte, how many frames, of how many channels and bits."""

    offset: int
    frames: int
    channels: int
    bits: int
    sample_rate: int


def pcm_layout(path: Path, outline: ChunkFile) -> PcmLayout | None:
    """Return the layout of a WAV file's plain samples, or None where another decoder must look."""
    header, data = outline.find("fmt "), outline.find("data")
    if outline.container == "FORM" or header is None or data is None or header.offset > data.offset:
        return None
    body = read_chunk(path, header, limit=16)
    if len(body) < 16:
        return None
    tag, channels, rate, _, align, bits = struct.unpack("<HHIIHH", body)
    if (tag, bits) not in KINDS or not 1 <= channels <= MAX_CHANNELS or align != channels * bits // 8 or not rate:
        return None
    size = outline.file_size - data.offset if data.size == UNKNOWN_SIZE else data.size
    if not size or [chunk.name for chunk in outline.chunks].count("data") > 1:
        return None
    return PcmLayout(offset=data.offset, frames=size // align, channels=channels, bits=bits, sample_rate=rate)
