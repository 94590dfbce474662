"""Pieces of rendered sound as files, by their content: what a kernel renders and the server hands to pages.

A tile holds 65,536 frames of two channels, one after the other, as little-endian float32: the samples' own bits. Its
name is the digest of these bytes, so a piece that an edit did not change is written, sent and kept once. Silence has
no name and no file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.index import cache_folder
from maxbooster_kernel.files import write_bytes

FRAMES = 65536
TILE_BYTES = 2 * FRAMES * 4
LIMIT_BYTES = 2 << 30
SILENCE = ""
_NAME = re.compile(r"[0-9a-f]{32}")


class TileStore:
    """Tiles in a folder, at most about ``limit`` bytes of them; the ones longest not asked for go first.

    Parameters
    ----------
    folder
        Where they lie; None takes ``tiles`` in the folder for caches, the same for the kernel and the server.
    limit
        How many bytes may stay when :meth:`prune` has run.

    Examples
    --------
    >>> import tempfile
    >>> store = TileStore(tempfile.mkdtemp())
    >>> ramp = np.arange(2 * FRAMES, dtype=np.float32).reshape(2, FRAMES)
    >>> name = store.put(ramp)
    >>> np.array_equal(np.frombuffer(store.read(name), "<f4"), ramp.ravel()), store.put(0 * ramp)
    (True, '')
    """

    def __init__(self, folder: str | Path | None = None, *, limit: int = LIMIT_BYTES) -> None:
        self.folder = Path(folder) if folder is not None else cache_folder() / "tiles"
        self.limit = limit

    def put(self, samples: NDArray[np.float32]) -> str:
        """Keep a tile, shape (2, 65536), and return its name.

        Raises
        ------
        OSError
            It cannot be written; nothing of it is left.
        """
        if samples.shape != (2, FRAMES):
            raise ValueError(f"expected samples of shape (2, {FRAMES}), got {samples.shape}")
        if not samples.any():
            return SILENCE
        data = np.ascontiguousarray(samples, "<f4").tobytes()
        name = hashlib.blake2b(data, digest_size=16).hexdigest()
        file = self._file(name)
        try:
            file.touch(exist_ok=True) if file.stat().st_size == TILE_BYTES else write_bytes(file, data)
        except FileNotFoundError:
            write_bytes(file, data)
        return name

    def read(self, name: str) -> bytes | None:
        """Return a tile's bytes, or None where there is no such tile."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return self._file(name).read_bytes()
        except OSError:
            return None

    def prune(self, keep: Collection[str] = ()) -> None:
        """Delete what is too much, but nothing of ``keep``."""
        files = []
        for file in self.folder.glob("*/*"):
            try:
                facts = file.stat()
            except OSError:  # another process has deleted it
                continue
            files.append((facts.st_mtime_ns, facts.st_size, file))
        total = sum(size for _, size, _ in files)
        for _, size, file in sorted(files):
            if total <= self.limit:
                return
            if file.name not in keep:
                file.unlink(missing_ok=True)
                total -= size

    def _file(self, name: str) -> Path:
        return self.folder / name[:2] / name
