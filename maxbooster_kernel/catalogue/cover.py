"""Covers: what the picture is, read without decoding bombs, and what stores say about it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from maxbooster_kernel.catalogue.findings import Findings
from maxbooster_kernel.errors import ReleaseError, words_of

MAX_PIXELS = 64_000_000
MAX_BYTES = 100 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "TIFF")
RECOMMENDED_PX = 3000
MINIMUM_PX = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverInfo:
    """What a picture is: ``format`` as ``JPEG``, ``mode`` as ``RGB``, sizes in pixels and bytes."""

    format: str
    mode: str
    width: int
    height: int
    size: int


def read_cover(path: str | os.PathLike[str], *, decode: bool = True) -> CoverInfo:
    """Return what a picture is; with ``decode`` it is decoded once, so that a damaged one is found.

    Raises
    ------
    ReleaseError
        The file is missing, no picture, damaged, or larger than any cover (a decompression bomb).
    """
    from PIL import Image, UnidentifiedImageError

    file = Path(path)
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise ReleaseError(f"{file}: expected a picture of at most {MAX_BYTES} bytes, got {size}")
        with Image.open(file, formats=[*FORMATS, "GIF", "WEBP", "BMP"]) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise ReleaseError(f"{file}: expected at most {MAX_PIXELS} pixels, got {width}x{height}")
            info = CoverInfo(format=picture.format or "?", mode=picture.mode, width=width, height=height, size=size)
            if decode:
                picture.load()
            return info
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ReleaseError(f"{file}: expected a picture (JPEG, PNG or TIFF), got {words_of(error)[:120]}") from None
    except (OSError, ValueError, SyntaxError) as error:
        raise ReleaseError(f"{file}: the picture cannot be read ({words_of(error)[:120]})") from None


def check_cover(path: str | os.PathLike[str], where: str, found: Findings) -> CoverInfo | None:
    """Add the findings on a cover; return what it is, None if it cannot be read."""
    try:
        info = read_cover(path)
    except ReleaseError as error:
        found.error("cover_unreadable", where, str(error), "export it again")
        return None
    if info.format not in FORMATS:
        found.error("cover_format", where, f"expected JPEG, PNG or TIFF, got {info.format}", "save it as JPEG or PNG")
    if info.width != info.height:
        found.error("cover_not_square", where, f"expected a square, got {info.width}x{info.height}", "crop it")
    side = min(info.width, info.height)
    if side < MINIMUM_PX:
        found.error(
            "cover_too_small", where, f"expected at least {MINIMUM_PX} pixels a side, got {side}", "do not upscale"
        )
    elif side < RECOMMENDED_PX:
        message = f"{side} pixels a side; stores ask for {RECOMMENDED_PX} or more"
        found.warning("cover_small", where, message, "take the original picture, do not upscale")
    if info.mode in ("CMYK", "YCCK", "LAB", "I", "F", "I;16"):
        found.error("cover_mode", where, f"expected RGB, got {info.mode}", "convert it with its colour profile")
    elif info.mode in ("RGBA", "LA", "PA"):
        found.error("cover_alpha", where, "the picture has transparency", "flatten it")
    elif info.mode != "RGB":
        found.warning("cover_mode", where, f"expected 24-bit RGB, got {info.mode}", "convert it to RGB")
    return info
