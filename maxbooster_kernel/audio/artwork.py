"""Cover pictures: what they are, whether a store would take them, and smaller versions of them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maxbooster_kernel.errors import ArtworkError
from maxbooster_kernel.files import writing
from maxbooster_kernel.problems import Problem, Severity

MAX_PIXELS = 89_478_485
MAX_BYTES = 100_000_000
LEAST_SIDE = 3000
FORMATS = ("JPEG", "PNG", "TIFF")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtworkInfo:
    """What a picture file holds: size in pixels, Pillow's mode (``RGB``, ``CMYK`` ...) and format, alpha, animation."""

    path: str
    width: int
    height: int
    mode: str
    format: str
    alpha: bool
    animated: bool

    @property
    def square(self) -> bool:
        """Whether width and height are equal."""
        return self.width == self.height

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as a JSON object."""
        return asdict(self)


def probe_artwork(path: str | os.PathLike[str]) -> ArtworkInfo:
    """Return what a picture's header says; the pixels are not decoded.

    Raises
    ------
    ArtworkError
        The file is missing, no picture, or claims more than 89 million pixels (a decompression bomb).
    """
    with _opened(Path(path)) as picture:
        return ArtworkInfo(
            path=str(path),
            width=picture.width,
            height=picture.height,
            mode=str(picture.mode),
            format=str(picture.format),
            alpha=picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info,
            animated=_animated(picture),
        )


def inspect_artwork(
    path: str | os.PathLike[str], *, least_side: int = LEAST_SIDE, formats: tuple[str, ...] = FORMATS
) -> list[Problem]:
    """Return what speaks against a cover picture.

    Parameters
    ----------
    path
        The picture file.
    least_side
        Least width and height in pixels.
    formats
        Accepted formats, by Pillow's names.

    Returns
    -------
    list of Problem
        Codes ``artwork_unreadable``, ``artwork_format``, ``artwork_square``, ``artwork_size``, ``artwork_mode``,
        ``artwork_alpha``, ``artwork_animated``, ``artwork_damaged``. An empty list is a good cover.
    """
    file = Path(path)
    try:
        info = probe_artwork(file)
    except ArtworkError as error:
        return [_problem("artwork_unreadable", "error", file, str(error), "give a JPEG or PNG file")]
    found = list(_facts(file, info, least_side, formats))
    try:
        with _opened(file) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError, ArtworkError) as error:
        found.append(_problem("artwork_damaged", "error", file, f"it cannot be decoded: {error}", "export it again"))
    return found


def derive_artwork(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    size: tuple[int, int],
    *,
    quality: int = 92,
    force: bool = True,
) -> Path:
    """Write a picture fitted into ``size`` (width, height) in pixels, cut to its shape in the middle; never enlarged.

    The ending of ``target`` chooses JPEG or PNG; colours become RGB, and transparency becomes white.
    """
    from PIL import Image, ImageOps

    goal = Path(target)
    kind = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}.get(goal.suffix.lower())
    if kind is None:
        raise ArtworkError(f"{goal}: expected an ending of .jpg or .png; it chooses the format")
    with _opened(Path(source)) as picture:
        flat = picture.convert("RGBA") if "A" in picture.mode or "transparency" in picture.info else picture
        if flat.mode == "RGBA":
            white = Image.new("RGBA", flat.size, "white")
            flat = Image.alpha_composite(white, flat)
        rgb = flat.convert("RGB")
    shrink = min(1.0, rgb.width / size[0], rgb.height / size[1])
    fitted = ImageOps.fit(
        rgb, (max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))), Image.Resampling.LANCZOS
    )
    with writing(goal, force=force) as temporary:
        fitted.save(temporary, kind, **({"quality": quality} if kind == "JPEG" else {}))
    return goal


def _facts(file: Path, info: ArtworkInfo, least_side: int, formats: tuple[str, ...]) -> Iterator[Problem]:
    if info.format not in formats:
        message = f"expected {' or '.join(formats)}, got {info.format}"
        yield _problem("artwork_format", "error", file, message, "save it as JPEG or PNG")
    if not info.square:
        message = f"expected a square picture, got {info.width} x {info.height}"
        yield _problem("artwork_square", "error", file, message, "cut it square")
    if min(info.width, info.height) < least_side:
        message = f"expected at least {least_side} pixels a side, got {info.width} x {info.height}"
        yield _problem("artwork_size", "error", file, message, "export it larger from its source, do not enlarge it")
    if info.mode not in ("RGB", "RGBA"):
        yield _problem("artwork_mode", "error", file, f"expected RGB colours, got {info.mode}", "convert it to sRGB")
    if info.alpha:
        yield _problem("artwork_alpha", "error", file, "the picture is transparent in places", "flatten it")
    if info.animated:
        yield _problem("artwork_animated", "error", file, "the picture has several frames", "save one of them")


def _problem(code: str, severity: Severity, file: Path, message: str, fix: str) -> Problem:
    return Problem(code=code, severity=severity, where=str(file), message=message, fix=fix)


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """Open a picture, refusing what is too large before any pixel is decoded."""
    from PIL import Image, UnidentifiedImageError

    try:
        if file.stat().st_size > MAX_BYTES:
            raise ArtworkError(f"{file} is larger than {MAX_BYTES // 10**6} MB; no cover needs that")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(file)
    except FileNotFoundError:
        raise ArtworkError(f"there is no picture {file}; check the path") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ArtworkError(f"{file} is not a picture that can be read ({_first_line(error)})") from error
    with picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise ArtworkError(f"{file} claims {picture.width} x {picture.height} pixels; no cover needs that")
        yield picture


def _animated(picture: Any) -> bool:
    """Tell whether there is a second frame, without counting them all."""
    try:
        picture.seek(1)
        picture.seek(0)
    except (EOFError, OSError, SyntaxError, ValueError):
        return False
    return True


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
