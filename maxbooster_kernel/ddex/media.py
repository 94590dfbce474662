"""What a message says about a file: coding, layout, size and hash."""

from __future__ import annotations

from dataclasses import dataclass

AUDIO_CODECS = {
    ".wav": "PCM",
    ".aiff": "PCM",
    ".aif": "PCM",
    ".flac": "FLAC",
    ".mp3": "MP3",
    ".m4a": "AAC",
    ".aac": "AAC",
    ".ogg": "Vorbis",
}
IMAGE_CODECS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".gif": "GIF"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """Measured facts of one file; None where they were not measured.

    ``md5`` is lower-case hex, ``size`` in bytes, ``sample_rate`` in Hz, ``width`` and ``height`` in pixels.
    """

    codec: str | None = None
    channels: int | None = None
    sample_rate: int | None = None
    bit_depth: int | None = None
    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    size: int | None = None
    md5: str | None = None


def codec_of_name(name: str, codecs: dict[str, str]) -> str | None:
    """Return the codec a file's ending stands for, None if it is not known."""
    return codecs.get("." + name.rpartition(".")[2].lower())
