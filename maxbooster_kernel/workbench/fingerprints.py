"""What the media index knows of files, found beside other work: those that are new are read in the background."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

from maxbooster_kernel.audio.index import MediaIndex, MediaPrint

READERS = 2
INDEX = MediaIndex()


class Fingerprints:
    """The index's prints of some files, by name.

    Known files are found at once; others are read for their hashes by threads that end with the process, so an
    interrupted render does not wait for them.

    Parameters
    ----------
    index
        The media index.
    files
        Files by name.
    """

    def __init__(self, index: MediaIndex, files: Mapping[str, Path]) -> None:
        self._index = index
        self._found: dict[str, Future[MediaPrint]] = {name: Future() for name in files}
        self._waiting: deque[tuple[str, Path]] = deque()
        for name, path in files.items():
            known = index.known(path)
            if known is None:
                self._waiting.append((name, path))
            else:
                self._found[name].set_result(known)
        for _ in range(min(len(self._waiting), READERS, os.cpu_count() or 1)):
            threading.Thread(target=self._read, name="fingerprints", daemon=True).start()

    def ready(self, name: str) -> MediaPrint | None:
        """Return a file's print if it is there already."""
        found = self._found[name]
        return found.result() if found.done() and found.exception() is None else None

    def entry(self, name: str) -> MediaPrint:
        """Return a file's print; wait until it is there.

        Raises
        ------
        AudioError
            The file is gone, damaged, or changed while it was read.
        """
        return self._found[name].result()

    def stop(self) -> None:
        """Start reading no further file: nobody waits any more."""
        while self._waiting:
            try:
                name, _ = self._waiting.popleft()
            except IndexError:
                return
            self._found[name].set_exception(CancelledError())

    def _read(self) -> None:
        while True:
            try:
                name, path = self._waiting.popleft()
            except IndexError:
                return
            try:
                self._found[name].set_result(self._index.fingerprint(path))
            except BaseException as error:  # noqa: BLE001 - whoever asks for the print hears of it
                self._found[name].set_exception(error)


def read_prints(snapshot: Mapping[str, Any], folder: str | os.PathLike[str]) -> Fingerprints:
    """Begin to find out what the index knows, or will know, of the media files of a session that are there.

    Raises
    ------
    AudioError
        A file is empty.
    """
    names = {clip["media"] for track in snapshot["tracks"] for clip in track["clips"]}
    files = {name: Path(folder) / name for name in sorted(names)}
    return Fingerprints(INDEX, {name: path for name, path in files.items() if path.is_file()})
