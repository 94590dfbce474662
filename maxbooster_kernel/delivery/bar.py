"""Progress of a delivery: bytes as they are read, in a tqdm bar or in whatever callback is given."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Literal

Progress = Callable[[str, int, int], None]


class Counted(io.RawIOBase):
    """A stream that says how far it was read; what is read again does not count twice."""

    def __init__(self, stream: BinaryIO, report: Callable[[int], None]) -> None:
        self._stream, self._report, self._far = stream, report, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._stream.tell()

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, and report the farthest place."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        at = self._stream.tell()
        if at > self._far:
            self._far = at
            self._report(at)
        return len(data)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()
        super().close()


def counted(stream: BinaryIO, report: Callable[[int], None]) -> BinaryIO:
    """Return a stream that calls ``report`` with the farthest place that was read."""
    return io.BufferedReader(Counted(stream, report), 1 << 16)


@contextmanager
def progress_bar(progress: Progress | Literal["bar"] | None, title: str) -> Iterator[Progress | None]:
    """Yield the callback to report to: the one that was given, or that of a tqdm bar of bytes.

    Parameters
    ----------
    progress
        A callback ``(file, bytes done, bytes in all)``, ``"bar"``, or None for silence.
    title
        What the bar is called.
    """
    if progress != "bar":
        yield progress
        return
    from tqdm.auto import tqdm

    with tqdm(desc=title, unit="B", unit_scale=True, leave=True) as bar:

        def show(path: str, done: int, total: int) -> None:
            bar.total = total
            bar.set_postfix_str(path.rpartition("/")[2], refresh=False)
            bar.update(done - bar.n)

        yield show
