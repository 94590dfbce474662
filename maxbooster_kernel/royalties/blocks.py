"""Read a sales file once, in blocks of whole rows: unpacked, hashed, and in one encoding.

UTF-8 and latin-1 pass as they are, UTF-16 is turned into UTF-8. A file that is not UTF-8 is latin-1, unless it also
holds letters written in UTF-8: then it mixes encodings and is refused. A template can say which one it is.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.files import plain_file

BLOCK_BYTES = 8 << 20
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_GZIP = b"\x1f\x8b"
_LF, _CR = 10, 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Bytes of whole rows, the number of lines before them, and their encoding: ``utf-8`` or ``latin-1``."""

    data: bytes
    lines_before: int
    encoding: str


class SalesFile:
    """A sales file that is read once from start to end; afterwards ``sha256`` is its content's hash."""

    def __init__(
        self,
        path: Path,
        *,
        encoding: str = "",
        block_bytes: int = BLOCK_BYTES,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.path = path
        self.sha256 = ""
        self.encoding = "latin-1" if encoding == "latin-1" else "utf-8"
        self._said = encoding
        self._block_bytes = block_bytes
        self._progress = progress
        self._read = 0
        self._hash = hashlib.sha256()
        self._letters = False
        self._lines = 0

    def blocks(self) -> Iterator[Block]:
        """Yield the file's blocks.

        Raises
        ------
        RoyaltyError
            The file cannot be read or unpacked, mixes encodings, or has a row longer than a block.
        """
        try:
            with plain_file(self.path, or_pipe=True).open("rb") as raw:
                yield from map(self._block, self._whole_rows(self._pieces(raw)))
                while piece := raw.read(self._block_bytes):
                    self._take(piece)
        except OSError as error:
            reason = error.strerror or str(error)
            raise RoyaltyError(f"{self.path}: cannot be read: {reason}") from None
        except (EOFError, zlib.error):
            raise RoyaltyError(f"{self.path}: cannot be unpacked: it is cut off or damaged; get it again") from None
        except UnicodeDecodeError:
            raise RoyaltyError(f"{self.path}: begins like UTF-16 and is not; save it as UTF-8") from None
        self.sha256 = self._hash.hexdigest()

    def _take(self, piece: bytes) -> bytes:
        self._hash.update(piece)
        self._read += len(piece)
        if self._progress is not None:
            self._progress(self._read)
        return piece

    def _pieces(self, raw: io.BufferedReader) -> Iterator[bytes]:
        """Yield the file unpacked, in UTF-8 where it was UTF-16."""
        stream: Any = raw
        if raw.peek(2)[:2] == _GZIP:
            stream = gzip.GzipFile(fileobj=_Tap(raw, self._take))
        taken = (lambda piece: piece) if stream is not raw else self._take
        first = taken(stream.read(self._block_bytes))
        marked = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        if not marked and self._said != "utf-16":
            yield first.removeprefix(codecs.BOM_UTF8)
            while piece := taken(stream.read(self._block_bytes)):
                yield piece
            return
        decoder = codecs.getincrementaldecoder("utf-16" if marked else "utf-16-le")()
        yield decoder.decode(first).encode()
        while piece := taken(stream.read(self._block_bytes)):
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()

    def _whole_rows(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        left = b""
        for piece in pieces:
            end = piece.rfind(b"\n") + 1
            if not end and b"\n" not in left:
                end = piece.rfind(b"\r", 0, -1) + 1
            if not end:
                left += piece
                if len(left) > 4 * self._block_bytes:
                    raise RoyaltyError(
                        f"{self.path}: has a line of more than {len(left) >> 20} MB; it is no sales file"
                    )
                continue
            yield left + piece[:end]
            left = piece[end:]
        if left:
            yield left

    def _block(self, data: bytes) -> Block:
        self._check_encoding(data)
        block = Block(data=data, lines_before=self._lines, encoding=self.encoding)
        self._lines += lines_in(data)
        return block

    def _check_encoding(self, data: bytes) -> None:
        if data.isascii() or self._said == "latin-1":
            return
        if self.encoding == "utf-8":
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as error:
                if self._letters or self._said == "utf-8" or _MULTIBYTE.search(data):
                    raise self._mixed(data, error.start) from None
                self.encoding = "latin-1"
            self._letters = True
        elif found := _MULTIBYTE.search(data):
            raise self._mixed(data, found.start())

    def _mixed(self, data: bytes, place: int) -> RoyaltyError:
        line = self._lines + lines_in(data, place) + 1
        return RoyaltyError(
            f"{self.path}, line {line}: the file mixes UTF-8 with another encoding; save it as one of them "
            "[mixed_encodings]"
        )


class _Tap(io.RawIOBase):
    """Passes on what is read from a file, telling ``take`` about it."""

    def __init__(self, raw: io.BufferedReader, take: Callable[[bytes], bytes]) -> None:
        self._raw, self._tell = raw, take

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes."""
        return self._tell(self._raw.read(size))


def lines_in(data: bytes, stop: int | None = None) -> int:
    """Return how many line ends there are before ``stop``."""
    view = np.frombuffer(data, np.uint8, len(data) if stop is None else stop)
    return int(np.count_nonzero(view == _LF)) or int(np.count_nonzero(view == _CR))
