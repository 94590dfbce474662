"""Walk the chunks of a WAV (RIFF, RF64, BW64) or AIFF file without trusting one byte of it.

Sources: Microsoft/IBM *Multimedia Programming Interface and Data Specifications 1.0*; EBU Tech 3306 (RF64, ``ds64``);
Apple *Audio Interchange File Format 1.3*.
A chunk is a four-byte name, a 32-bit size and its body, padded to even length.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from maxbooster_kernel.errors import AudioError

UNKNOWN_SIZE = 0xFFFFFFFF
MAX_CHUNKS = 4096
MAX_CHANNELS = 8
WAVE_FORMAT_PCM = 0x0001
WAVE_FORMAT_FLOAT = 0x0003
WAVE_FORMAT_EXTENSIBLE = 0xFFFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One chunk: its name, where its body starts in the file and how long it claims to be, in bytes."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkFile:
    """The outline of a chunked audio file.

    ``container`` is ``RIFF``, ``RF64``, ``BW64`` or ``FORM``; ``missing_bytes`` is how much of the audio data the
    header promises beyond the end of the file; ``format_tag`` is WAV's format tag (None for AIFF);
    ``bytes_per_frame`` is 0 where the format chunk is absent.
    """

    container: str
    chunks: tuple[Chunk, ...]
    file_size: int
    missing_bytes: int
    format_tag: int | None
    bytes_per_frame: int

    def find(self, name: str) -> Chunk | None:
        """Return the first chunk of that name, or None."""
        return next((chunk for chunk in self.chunks if chunk.name == name), None)

    @property
    def after_data(self) -> tuple[str, ...]:
        """Names of the chunks that stand after the audio data."""
        names = [chunk.name for chunk in self.chunks]
        audio = "SSND" if self.container == "FORM" else "data"
        return tuple(names[names.index(audio) + 1 :]) if audio in names else ()


def is_chunked(path: str | os.PathLike[str]) -> bool:
    """Tell whether the file starts as a WAV or AIFF file does."""
    with Path(path).open("rb") as stream:
        head = stream.read(12)
    return (head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE") or (
        head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC")
    )


def scan_chunks(path: str | os.PathLike[str]) -> ChunkFile:
    """Return the outline of a WAV or AIFF file.

    Raises
    ------
    AudioError
        The file is not a WAV or AIFF file, or its chunks make no sense.
    """
    file = Path(path)
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(12)
        container = head[:4].decode("latin-1")
        if len(head) < 12 or container not in ("RIFF", "RF64", "BW64", "FORM"):
            raise AudioError(f"{file}: expected a WAV or AIFF file, which starts with RIFF, RF64 or FORM")
        big = container == "FORM"
        chunks = _walk(stream, size, big=big, large=_large_sizes(stream, container), name=str(file))
        outline = {chunk.name: chunk for chunk in reversed(chunks)}
        tag, frame_bytes = _frame_layout(stream, outline, big=big)
    data = outline.get("SSND" if big else "data")
    missing = max(0, data.offset + data.size - size) if data and data.size < UNKNOWN_SIZE else 0
    if data and data.size >= UNKNOWN_SIZE and container != "RIFF":
        missing = max(0, data.offset + data.size - size)
    return ChunkFile(
        container=container,
        chunks=tuple(chunks),
        file_size=size,
        missing_bytes=missing,
        format_tag=tag,
        bytes_per_frame=frame_bytes,
    )


def read_chunk(path: str | os.PathLike[str], chunk: Chunk, *, limit: int = 1 << 20) -> bytes:
    """Return at most ``limit`` bytes of a chunk's body."""
    with Path(path).open("rb") as stream:
        stream.seek(chunk.offset)
        return stream.read(min(chunk.size, limit))


def _large_sizes(stream: BinaryIO, container: str) -> dict[str, int]:
    """Return the 64-bit sizes of an RF64 file's ``ds64`` chunk, which must be the first."""
    if container not in ("RF64", "BW64"):
        return {}
    stream.seek(12)
    body = stream.read(8 + 28)
    if len(body) < 36 or body[:4] != b"ds64":
        return {}
    return {"data": int(struct.unpack("<Q", body[16:24])[0])}


def _walk(stream: BinaryIO, file_size: int, *, big: bool, large: dict[str, int], name: str) -> list[Chunk]:
    chunks: list[Chunk] = []
    position = 12
    while position + 8 <= file_size:
        stream.seek(position)
        head = stream.read(8)
        size = int(struct.unpack(">I" if big else "<I", head[4:])[0])
        label = head[:4].decode("latin-1")
        if not chunks and not label.isprintable():
            raise AudioError(f"{name}: the first chunk's name {head[:4]!r} is not text; the file is damaged")
        if size == UNKNOWN_SIZE and label in large:
            size = large[label]
        chunks.append(Chunk(name=label, offset=position + 8, size=size))
        if len(chunks) > MAX_CHUNKS:
            raise AudioError(f"{name}: more than {MAX_CHUNKS} chunks; the file is damaged")
        if size == UNKNOWN_SIZE:
            break
        position += 8 + size + (size & 1)
    return chunks


def _frame_layout(stream: BinaryIO, outline: dict[str, Chunk], *, big: bool) -> tuple[int | None, int]:
    """Return WAV's format tag (None for AIFF) and the bytes of one frame (0 if unknown)."""
    chunk = outline.get("COMM" if big else "fmt ")
    if chunk is None:
        return None, 0
    stream.seek(chunk.offset)
    body = stream.read(min(chunk.size, 18))
    if big:
        if len(body) < 8:
            return None, 0
        channels, _, bits = struct.unpack(">HIH", body[:8])
        return None, channels * ((bits + 7) // 8)
    if len(body) < 14:
        return None, 0
    tag, _, _, _, align = struct.unpack("<HHIIH", body[:14])
    return int(tag), int(align)
