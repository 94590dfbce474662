"""Media read from disk as they are needed, so that hours of stems need no more memory than seconds of them.

What follows a piece is read while the piece is being rendered.
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.read import AudioParts
from maxbooster_kernel.mix.cache import TILE
from maxbooster_kernel.mix.tile_memory import new_tile
from maxbooster_kernel.workbench.media import SessionMedia, check_finite

SEEKABLE = (".wav", ".flac", ".aiff", ".aif")
SMALL_FRAMES = 1 << 18
PIECES_A_FILE = 3  # one in use, one read ahead, and one for clips that lie elsewhere in the file
Samples = NDArray[np.float32]
Piece = tuple[str, int, int]


class MediaStream:
    """Gives files as arrays that read what is sliced from them.

    Small files, and those that must be decoded or converted whole, are read at once.

    Parameters
    ----------
    media
        The files.
    watch
        Called whenever some frames are asked for; what it raises ends the reading.
    """

    def __init__(self, media: SessionMedia, *, watch: Callable[[], None] | None = None) -> None:
        self.media = media
        self._watch = watch
        self._pieces: OrderedDict[Piece, _Read] = OrderedDict()
        self._parts: dict[str, AudioParts] = {}
        self._files: set[str] = set()
        self._lock = threading.Lock()
        self._ahead: queue.SimpleQueue[Piece | None] = queue.SimpleQueue()
        self._reader: threading.Thread | None = None

    def __call__(self, path: str) -> Samples:
        """Return a file's samples."""
        layout = self.media.layouts[path]
        same_rate = layout.sample_rate == self.media.sample_rate
        if path.lower().endswith(SEEKABLE) and same_rate and layout.frames > SMALL_FRAMES:
            return _Sliced(self, path)  # type: ignore[return-value]  # - sliced as an array
        return self.media.read(path)

    def piece(self, path: str, start: int, stop: int) -> Samples:
        """Return some frames of a file, remembered for the next track that plays it."""
        if self._watch is not None:
            self._watch()
        samples = self._get((path, start, stop))
        end = min(2 * stop - start, self.media.layouts[path].frames)
        if end > stop:
            self._read_ahead((path, stop, end))
        return samples

    def close(self) -> None:
        """Read no further."""
        if self._reader is not None:
            self._ahead.put(None)
            self._reader.join()
            self._reader = None
        self._pieces.clear()

    def _get(self, piece: Piece) -> Samples:
        with self._lock:
            found = self._remember(piece)
            mine, found.begun = not found.begun, True
        if mine:
            try:
                found.samples.set_result(self._read(*piece))
            except BaseException as error:  # noqa: BLE001 - everybody who waits for the piece hears of it
                found.samples.set_exception(error)
        return found.samples.result()

    def _remember(self, piece: Piece) -> _Read:
        found = self._pieces.setdefault(piece, _Read())
        self._pieces.move_to_end(piece)
        self._files.add(piece[0])
        while len(self._pieces) > PIECES_A_FILE * len(self._files):
            self._pieces.popitem(last=False)
        return found

    def _read_ahead(self, piece: Piece) -> None:
        with self._lock:
            if piece in self._pieces:
                return
            self._remember(piece)
            if self._reader is None:
                self._reader = threading.Thread(target=self._run, name="read-ahead", daemon=True)
                self._reader.start()
        self._ahead.put(piece)

    def _run(self) -> None:
        while (piece := self._ahead.get()) is not None:
            with self._lock:
                found = self._pieces.get(piece)
                if found is None or found.begun:  # somebody could not wait, or nobody waits any more
                    continue
            self._try(piece)

    def _try(self, piece: Piece) -> None:
        try:
            self._get(piece)
        except Exception:  # noqa: BLE001 - whoever needs the piece hears of it
            return

    def _read(self, path: str, start: int, stop: int) -> Samples:
        parts = self._parts.get(path)
        if parts is None:
            parts = self._parts[path] = AudioParts(self.media.folder / path)
        frames, channels = stop - start, self.media.layouts[path].channels
        room = new_tile(frames)[:channels] if frames <= TILE and channels <= 2 else None
        audio = parts.read(start, frames, out=room)
        self.media.check_unchanged(path)
        if not parts.finite:
            check_finite(audio, f'{self.media.places[path]}: "{path}"', start=start)
        return audio.samples


class _Read:
    """A piece that is being read, or will be."""

    __slots__ = ("begun", "samples")

    def __init__(self) -> None:
        self.begun = False
        self.samples: Future[Samples] = Future()


class _Sliced:
    """An array of shape (channels, frames) that is still on disk; ``[:, start:stop]`` reads."""

    ndim = 2

    def __init__(self, stream: MediaStream, path: str) -> None:
        layout = stream.media.layouts[path]
        self._stream, self._path = stream, path
        self.shape = (layout.channels, layout.frames)

    def __getitem__(self, index: tuple[slice, slice]) -> Samples:
        start, stop, _ = index[1].indices(self.shape[1])
        return self._stream.piece(self._path, start, stop)
