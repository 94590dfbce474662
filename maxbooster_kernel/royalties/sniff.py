"""Find out how a sales file is written: encoding, delimiter, preamble, header."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.formats import SalesFormat, recognise

PREAMBLE = 10
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is written: ``skip`` rows stand before the header."""

    encoding: str
    delimiter: str
    skip: int
    header: list[str]
    format: SalesFormat


def sniff(path: Path, template: SalesFormat | None = None) -> Layout:
    """Return the layout of a sales file.

    Raises
    ------
    RoyaltyError
        The file mixes encodings, or no format's headers are found in its first rows.
    """
    encoding = find_encoding(path)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
        lines = [file.readline(1 << 16) for _ in range(PREAMBLE + 1)]
    for skip, line in enumerate(lines):
        for delimiter in "\t,;":
            header = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
            form = recognise(header, (template,) if template else ())
            if form is not None and (template is None or form is template):
                return Layout(encoding=encoding, delimiter=delimiter, skip=skip, header=header, format=form)
    shown = lines[0].strip()[:80]
    raise RoyaltyError(
        f"{path}: no known sales format has these headers ({shown!r}...); describe the file in a template"
    )


def _complete(decoder: codecs.IncrementalDecoder) -> bool:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def find_encoding(path: Path) -> str:
    """Return ``utf-8``, ``utf-16`` or ``latin-1``; the whole file is looked at, in pieces."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            file.seek(0)
            decoder, multibyte, good = codecs.getincrementaldecoder("utf-8")(), False, True
            lines = bad_line = 0
            while piece := file.read(1 << 22):
                multibyte = multibyte or (not piece.isascii() and _MULTIBYTE.search(piece) is not None)
                if good:
                    try:
                        decoder.decode(piece)
                    except UnicodeDecodeError as error:
                        good = False
                        bad_line = lines + piece[: error.start].count(b"\n") + 1
                lines += piece.count(b"\n")
            good = good and _complete(decoder)
    except OSError as error:
        raise RoyaltyError(f"{path}: cannot be read: {error.strerror}") from None
    if good:
        return "utf-8"
    if multibyte:
        raise RoyaltyError(
            f"{path}, line {bad_line}: the file mixes UTF-8 with another encoding; save it as one of them"
        )
    return "latin-1"
