"""Write WAV block by block, byte for byte reproducible: plain PCM or float, RF64 when it outgrows 4 GiB.

Everything stands before the audio (``JUNK`` or ``ds64``, ``bext``, ``fmt ``, ``fact``, ``LIST``) and nothing after it,
as stores ask; the format tag is 1 (PCM) or 3 (float), never ``WAVE_FORMAT_EXTENSIBLE``, for one or two channels.
Sources: EBU Tech 3306 v1.1 (RF64: the ``JUNK`` placeholder becomes ``ds64``), EBU Tech 3285 (``bext``).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.riff import UNKNOWN_SIZE, WAVE_FORMAT_EXTENSIBLE, WAVE_FORMAT_FLOAT, WAVE_FORMAT_PCM

RIFF_LIMIT = 0xFFFF_FFF0
"""Largest RIFF size written as plain WAV; above it the file becomes RF64."""

INFO_NAMES = {
    "title": b"INAM",
    "artist": b"IART",
    "album": b"IPRD",
    "genre": b"IGNR",
    "date": b"ICRD",
    "comment": b"ICMT",
    "copyright": b"ICOP",
    "software": b"ISFT",
    "track": b"ITRK",
    "isrc": b"ISRC",
}
CHANNEL_MASKS = {1: 0x4, 2: 0x3, 3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x13F, 8: 0x63F}
_PCM_GUID = b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"


class WavFile:
    """A WAV file being written; sizes are put into the header on :meth:`close`.

    Parameters
    ----------
    path
        File to write (its content is replaced).
    sample_rate, channels
        Layout of the audio.
    bits
        16, 24, or 32 for IEEE float.
    tags
        Names as in ``INFO_NAMES``; others are left out.
    bext
        Body of a broadcast-WAV ``bext`` chunk, or None.
    container
        ``auto`` makes RF64 when the file outgrows RIFF's 32-bit sizes, ``rf64`` always.
    """

    def __init__(
        self,
        path: Path,
        sample_rate: int,
        channels: int,
        *,
        bits: int,
        tags: Mapping[str, str] | None = None,
        bext: bytes | None = None,
        container: str = "auto",
    ) -> None:
        self._stream = path.open("wb")
        self._bits = bits
        self._frame_bytes = channels * bits // 8
        self._container = container
        self._data_bytes = 0
        self._fact_at = 0
        self.frames = 0
        head = b"RIFF\0\0\0\0WAVE" + _chunk(b"JUNK", bytes(28))
        self._bext_at, self._bext_size = len(head) + 8, 0 if bext is None else len(bext)
        if bext is not None:
            head += _chunk(b"bext", bext)
        head += _chunk(b"fmt ", _format(sample_rate, channels, bits))
        if bits == 32:
            self._fact_at = len(head) + 8
            head += _chunk(b"fact", bytes(4))
        info = b"".join(
            _chunk(INFO_NAMES[name], value.encode("utf-8") + b"\0")
            for name, value in (tags or {}).items()
            if name in INFO_NAMES and value
        )
        if info:
            head += _chunk(b"LIST", b"INFO" + info)
        self._data_at = len(head) + 8
        self._stream.write(head + b"data\0\0\0\0")

    def write_integers(self, samples: NDArray[np.int32]) -> None:
        """Append integer samples of shape ``(channels, frames)``, already at this file's bit depth."""
        if self._bits == 16:
            self._append(samples.T.astype("<i2", order="C").data, samples.shape[1])
        else:
            self._append(_triples(samples).data, samples.shape[1])

    def write_floats(self, samples: NDArray[np.float32]) -> None:
        """Append float samples of shape ``(channels, frames)`` as they are."""
        self._append(samples.T.astype("<f4", order="C").data, samples.shape[1])

    def replace_bext(self, body: bytes) -> None:
        """Put another body into the ``bext`` chunk, of the size of the one it was opened with."""
        if not self._bext_size or len(body) != self._bext_size:
            raise ValueError(f"expected a bext chunk of {self._bext_size} bytes, got {len(body)}")
        self._patch(self._bext_at, body)
        self._stream.seek(0, 2)

    def close(self) -> None:
        """Put the sizes into the header and close the file."""
        if self._stream.closed:
            return
        try:
            if self._data_bytes & 1:
                self._stream.write(b"\0")
            riff_bytes = self._data_at + self._data_bytes + (self._data_bytes & 1) - 8
            if self._container == "rf64" or riff_bytes > RIFF_LIMIT:
                self._patch(0, b"RF64" + struct.pack("<I", UNKNOWN_SIZE))
                self._patch(12, b"ds64" + struct.pack("<IQQQI", 28, riff_bytes, self._data_bytes, self.frames, 0))
                self._patch(self._data_at - 4, struct.pack("<I", UNKNOWN_SIZE))
            else:
                self._patch(4, struct.pack("<I", riff_bytes))
                self._patch(self._data_at - 4, struct.pack("<I", self._data_bytes))
            if self._fact_at:
                self._patch(self._fact_at, struct.pack("<I", min(self.frames, UNKNOWN_SIZE)))
        finally:
            self._stream.close()

    def abandon(self) -> None:
        """Close the file without finishing it."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        """Finish the file, or drop it after an error."""
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _append(self, data: memoryview, frames: int) -> None:
        if frames:
            self._stream.write(data.cast("B"))
            self._data_bytes += data.nbytes
            self.frames += frames

    def _patch(self, position: int, data: bytes) -> None:
        self._stream.seek(position)
        self._stream.write(data)


def _triples(samples: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return samples as interleaved 24-bit words, shape ``(frames, channels, 3)``."""
    octets = samples.astype("<i4", order="C", copy=False).view(np.uint8).reshape(*samples.shape, 4)
    words = np.empty((samples.shape[1], samples.shape[0], 3), np.uint8)
    for channel, row in enumerate(octets):  # byte by byte: NumPy copies one jump well, and three badly
        for byte in range(3):
            words[:, channel, byte] = row[:, byte]
    return words


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)


def _format(sample_rate: int, channels: int, bits: int) -> bytes:
    tag = WAVE_FORMAT_FLOAT if bits == 32 else WAVE_FORMAT_PCM
    align = channels * bits // 8
    if channels <= 2:
        body = struct.pack("<HHIIHH", tag, channels, sample_rate, sample_rate * align, align, bits)
        return body + (struct.pack("<H", 0) if bits == 32 else b"")
    body = struct.pack("<HHIIHH", WAVE_FORMAT_EXTENSIBLE, channels, sample_rate, sample_rate * align, align, bits)
    return body + struct.pack("<HHIH", 22, bits, CHANNEL_MASKS[channels], tag) + _PCM_GUID
