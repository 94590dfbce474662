"""Media read from disk as they are needed, so that hours of stems need no more memory than seconds of them."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.read import read_audio
from maxbooster_kernel.workbench.media import SessionMedia, check_finite

SEEKABLE = (".wav", ".flac", ".aiff", ".aif")
KEPT_BYTES = 24 << 20
SMALL_FRAMES = 1 << 18
Samples = NDArray[np.float32]


class MediaStream:
    """Gives files as arrays that read what is sliced from them.

    Small files, and those that must be decoded or converted whole, are read at once.
    """

    def __init__(self, media: SessionMedia) -> None:
        self.media = media
        self._pieces: OrderedDict[tuple[str, int, int], Samples] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, path: str) -> Samples:
        """Return a file's samples."""
        entry = self.media.entries[path]
        same_rate = entry.sample_rate == self.media.sample_rate
        if path.lower().endswith(SEEKABLE) and same_rate and entry.frames > SMALL_FRAMES:
            return _Sliced(self, path)  # type: ignore[return-value]
        return self.media.read(path)

    def piece(self, path: str, start: int, stop: int) -> Samples:
        """Return some frames of a file, remembered for the next track that plays it."""
        key = (path, start, stop)
        with self._lock:
            known = self._pieces.get(key)
            if known is None:
                file = self.media.folder / path
                audio = read_audio(file, start_frame=start, frames=stop - start)
                self._check(audio, path, start)
                known = self._pieces[key] = audio.samples
                while sum(item.nbytes for item in self._pieces.values()) > KEPT_BYTES and len(self._pieces) > 1:
                    self._pieces.popitem(last=False)
            return known

    def _check(self, audio: AudioBuffer, path: str, start: int) -> None:
        place = f'{self.media.places[path]}: "{path}", {start / audio.sample_rate:.3f} s after its start'
        check_finite(audio, place)


class _Sliced:
    """An array of shape (channels, frames) that is still on disk; ``[:, start:stop]`` reads."""

    ndim = 2

    def __init__(self, stream: MediaStream, path: str) -> None:
        entry = stream.media.entries[path]
        self._stream, self._path = stream, path
        self.shape = (entry.channels, entry.frames)

    def __getitem__(self, index: tuple[slice, slice]) -> Samples:
        start, stop, _ = index[1].indices(self.shape[1])
        return self._stream.piece(self._path, start, stop)
