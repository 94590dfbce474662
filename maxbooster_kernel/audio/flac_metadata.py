"""Read and replace the metadata blocks of a FLAC file; its audio frames stay byte for byte what they were.

Source: RFC 9639 (*Free Lossless Audio Codec*), sections 8.1 to 8.8. A block is one byte (last-block flag and type),
a 24-bit size and its body; a Vorbis comment holds little-endian lengths, a picture big-endian ones.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from maxbooster_kernel.errors import AudioError
from maxbooster_kernel.files import writing

STREAMINFO, PADDING, VORBIS_COMMENT, PICTURE = 0, 1, 4, 6
VENDOR = "Max Booster"
LARGEST_BLOCK = (1 << 24) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture inside an audio file: its MIME type, its bytes, and what it shows (3 is the front cover)."""

    mime_type: str
    data: bytes
    kind: int = 3


def read_blocks(stream: BinaryIO, name: str) -> tuple[list[tuple[int, bytes]], int]:
    """Return a FLAC file's metadata blocks as ``(type, body)`` and where its audio frames begin, in bytes."""
    if stream.read(4) != b"fLaC":
        raise AudioError(f"{name}: expected a FLAC file, which starts with fLaC")
    blocks: list[tuple[int, bytes]] = []
    while True:
        head = stream.read(4)
        size = int.from_bytes(head[1:], "big")
        body = stream.read(size)
        if len(head) < 4 or len(body) < size:
            raise AudioError(f"{name} is cut short inside its metadata; copy or export it again")
        blocks.append((head[0] & 0x7F, body))
        if head[0] & 0x80:
            break
    if blocks[0][0] != STREAMINFO:
        raise AudioError(f"{name}: the first metadata block is not STREAMINFO; the file is damaged")
    return blocks, stream.tell()


def write_flac_tags(
    path: str | os.PathLike[str], comments: Iterable[tuple[str, str]], pictures: Iterable[Picture] = ()
) -> None:
    """Replace a FLAC file's tags and pictures, whole or not at all.

    Parameters
    ----------
    path
        The file.
    comments
        ``(name, value)`` pairs, such as ``("TITLE", "Night Drive")``; a name may stand several times.
    pictures
        Pictures to embed, of at most 16 MB each.
    """
    file = Path(path)
    with file.open("rb") as source:
        blocks, start = read_blocks(source, str(file))
        kept = [block for block in blocks if block[0] not in (PADDING, VORBIS_COMMENT, PICTURE)]
        fresh = [(VORBIS_COMMENT, _comment_body(comments))] + [(PICTURE, _picture_body(item)) for item in pictures]
        whole = kept[:1] + fresh + kept[1:]
        source.seek(start)
        with writing(file) as temporary, temporary.open("wb") as target:
            target.write(b"fLaC")
            for index, (kind, body) in enumerate(whole):
                if len(body) > LARGEST_BLOCK:
                    raise AudioError(
                        f"{file}: a tag or picture of {len(body)} bytes; FLAC holds at most {LARGEST_BLOCK}"
                    )
                last = 0x80 if index == len(whole) - 1 else 0
                target.write(bytes([kind | last]) + len(body).to_bytes(3, "big") + body)
            shutil.copyfileobj(source, target, 1 << 20)


def _comment_body(comments: Iterable[tuple[str, str]]) -> bytes:
    entries = []
    for name, value in comments:
        if not name or not all(" " <= letter <= "}" and letter != "=" for letter in name):
            raise AudioError(f"expected a tag name of plain letters without '=', got {name!r}")
        entries.append(f"{name}={value}".encode())
    return _text(VENDOR.encode()) + struct.pack("<I", len(entries)) + b"".join(_text(entry) for entry in entries)


def _text(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def _picture_body(picture: Picture) -> bytes:
    mime = picture.mime_type.encode("ascii", "replace")
    width, height, depth = _size(picture.data)
    return (
        struct.pack(">II", picture.kind, len(mime))
        + mime
        + struct.pack(">IIIIII", 0, width, height, depth, 0, len(picture.data))
        + picture.data
    )


def _size(data: bytes) -> tuple[int, int, int]:
    """Return width, height and bits a pixel, or zeros where Pillow does not know the picture."""
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.width, picture.height, 8 * len(picture.getbands())
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return 0, 0, 0
