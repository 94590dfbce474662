"""The media index: each file is read once for its hashes and facts, and never again while it stays the same.

An entry is keyed by path, size, modification time (ns) and inode. It lives in an SQLite file of the user's cache,
which several processes may use at once; a cache that cannot be used is rebuilt or done without, never an error.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from maxbooster_kernel.audio.probe import check_file, probe
from maxbooster_kernel.errors import AudioError, WrongKindError, kind_of
from maxbooster_kernel.kinds import checked

READ_BYTES = 1 << 22  # a reader asks for the interpreter once a piece: few great pieces hinder nobody
SCHEMA_VERSION = 3
CLOCK_GRAIN_NS = 20_000_000
NOT_TO_BE_HAD = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
_COLUMNS = "md5, sha1, sha256, frames, channels, sample_rate, seal"
_TABLE = """CREATE TABLE IF NOT EXISTS media (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode TEXT NOT NULL,
    md5 TEXT NOT NULL, sha1 TEXT NOT NULL, sha256 TEXT NOT NULL,
    frames INTEGER NOT NULL, channels INTEGER NOT NULL, sample_rate INTEGER NOT NULL, seal TEXT NOT NULL)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPrint:
    """What tells one media file from others: hash as lower-case hex, ``size`` in bytes, and the audio's layout."""

    sha256: str
    size: int
    frames: int
    channels: int
    sample_rate: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaEntry(MediaPrint):
    """All that is known of one media file: its print, and the hashes that deliveries need, as lower-case hex."""

    md5: str
    sha1: str


_Found = TypeVar("_Found", bound=MediaPrint)


def cache_folder() -> Path:
    """Return the folder for caches: ``MAXBOOSTER_CACHE``, or the user's own cache folder."""
    if chosen := os.environ.get("MAXBOOSTER_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "maxbooster"


class MediaIndex:
    """Hashes and facts of media files, remembered between calls and processes.

    Parameters
    ----------
    path
        The SQLite file; None takes ``media.sqlite`` in :func:`cache_folder`.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from maxbooster_kernel.audio.buffer import AudioBuffer
    >>> folder = Path(tempfile.mkdtemp())
    >>> file = AudioBuffer(np.zeros((1, 441), np.float32), 44100).write(folder / "a.wav")
    >>> entry = MediaIndex(folder / "index.sqlite").entry(file)
    >>> entry.frames, entry.duration_s, len(entry.sha256)
    (441, 0.01, 64)
    """

    @checked
    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path) if path is not None else cache_folder() / "media.sqlite"
        self._lock = threading.Lock()
        self._memory: dict[tuple[str, int, int, str], MediaPrint] = {}

    def entry(self, path: str | os.PathLike[str]) -> MediaEntry:
        """Return what is known of a file, reading it only if it is new or has changed.

        Raises
        ------
        AudioError
            The file is missing, empty or no audio, or it kept changing while it was read.
        """
        file, key, known = self._look(path)
        if isinstance(known, MediaEntry):
            return known
        md5, sha1, sha256 = hash_file(file)
        return self._keep(key, MediaEntry(md5=md5, sha1=sha1, **_facts(file, key, sha256)))

    def fingerprint(self, path: str | os.PathLike[str]) -> MediaPrint:
        """Return the print of a file, reading it only if it is new or has changed.

        It costs less than an :meth:`entry`, which reads a file once more of which only this was asked.

        Raises
        ------
        AudioError
            The file is missing, empty or no audio, or it kept changing while it was read.
        """
        file, key, known = self._look(path)
        if known is not None:
            return known
        [sha256] = _digests(file, hashlib.sha256())
        return self._keep(key, MediaPrint(**_facts(file, key, sha256)))

    def known(self, path: str | os.PathLike[str]) -> MediaPrint | None:
        """Return what is known of a file as it is at this moment, or None where it would have to be read.

        Raises
        ------
        AudioError
            The file is missing or empty.
        """
        return self._look(path)[2]

    def entries(self, paths: Iterable[str | os.PathLike[str]]) -> list[MediaEntry]:
        """Return the entries of several files, in their order; files that must be read are read in parallel."""
        if isinstance(paths, str | os.PathLike) or not isinstance(paths, Iterable):
            raise WrongKindError(f"expected a list of files, got {kind_of(paths)}; put it in brackets: [...]")
        files = list(paths)
        with ThreadPoolExecutor(max_workers=max(1, min(len(files), os.cpu_count() or 1))) as pool:
            return list(pool.map(self.entry, files))

    def sha256(self, path: str | os.PathLike[str]) -> str:
        """Return the file's SHA-256 as lower-case hex."""
        return self.entry(path).sha256

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._memory.clear()
            self._remove()

    def _look(self, path: str | os.PathLike[str]) -> tuple[Path, tuple[str, int, int, str], MediaPrint | None]:
        """Return a file, its key at this moment, and what is known of it."""
        file = check_file(path).resolve()
        key = file_key(file)
        return file, key, self._known(key)

    def _keep(self, key: tuple[str, int, int, str], found: _Found) -> _Found:
        """Remember what was found of a file, if it will be true as long as the file has this key."""
        if _settled(key):
            self._store(key, found)
            self._memory[key] = found
        return found

    def _known(self, key: tuple[str, int, int, str]) -> MediaPrint | None:
        known = self._memory.get(key) or self._load(key)
        if known is not None:
            self._memory[key] = known
        return known

    def _load(self, key: tuple[str, int, int, str]) -> MediaPrint | None:
        query = f"SELECT {_COLUMNS} FROM media WHERE path=? AND size=? AND mtime_ns=? AND inode=?"  # noqa: S608 - constants
        rows = self._run(query, key)
        if not rows:
            return None
        *facts, seal = rows[0]
        if seal != _seal(*key, *facts):
            return None
        md5, sha1, sha256, frames, channels, rate = facts
        shape = {"sha256": sha256, "size": key[1], "frames": frames, "channels": channels, "sample_rate": rate}
        return MediaEntry(md5=md5, sha1=sha1, **shape) if md5 else MediaPrint(**shape)

    def _store(self, key: tuple[str, int, int, str], found: MediaPrint) -> None:
        others = (found.md5, found.sha1) if isinstance(found, MediaEntry) else ("", "")
        values = (*key, *others, found.sha256, found.frames, found.channels, found.sample_rate)
        self._run("INSERT OR REPLACE INTO media VALUES (?,?,?,?,?,?,?,?,?,?,?)", (*values, _seal(*values)))

    def _run(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Run one statement; a damaged cache is thrown away and made anew, a cache that is not to be had is skipped."""
        with self._lock:
            for _ in range(2):
                try:
                    return self._execute(query, values)
                except sqlite3.OperationalError as error:
                    if getattr(error, "sqlite_errorcode", 0) & 0xFF in NOT_TO_BE_HAD:
                        return []
                    self._remove()
                except (sqlite3.DatabaseError, UnicodeDecodeError):  # the latter: damage in the text of an error
                    self._remove()
                except OSError:
                    return []
        return []

    def _execute(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(self.path, timeout=10.0)
        try:
            version = base.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA_VERSION:
                base.execute("DROP TABLE IF EXISTS media")
                base.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            base.execute(_TABLE)
            rows = base.execute(query, values).fetchall()
            base.commit()
            return rows
        finally:
            base.close()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                Path(f"{self.path}{suffix}").unlink()


def hash_file(path: str | os.PathLike[str]) -> tuple[str, str, str]:
    """Return MD5, SHA-1 and SHA-256 of a file as lower-case hex, from one read."""
    md5, sha1 = hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False)
    found = _digests(Path(path), md5, sha1, hashlib.sha256())
    return found[0], found[1], found[2]


def _digests(path: Path, *digests: Any) -> list[str]:
    """Return the digests of a file's content as lower-case hex, from one read."""
    buffer = bytearray(min(READ_BYTES, max(path.stat().st_size, 1)))
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as stream:
        while count := stream.readinto(buffer):
            for digest in digests:
                digest.update(view[:count])
    return [digest.hexdigest() for digest in digests]


def file_key(file: Path) -> tuple[str, int, int, str]:
    """Return path, size, modification time, and inode with change time (which no tool sets back)."""
    facts = file.stat()
    name = os.fsencode(file).decode("utf-8", "backslashreplace")  # SQLite takes no other bytes
    return name, facts.st_size, facts.st_mtime_ns, f"{facts.st_ino}:{facts.st_ctime_ns}"


def _seal(*values: object) -> str:
    """Return a checksum of a row: SQLite has none, and a wrong hash must never be believed."""
    return hashlib.blake2b(repr(values).encode(), digest_size=16).hexdigest()


def _settled(key: tuple[str, int, int, str]) -> bool:
    """Tell whether the last write is so long ago that another one would have moved the file's time."""
    return time.time_ns() - key[2] > CLOCK_GRAIN_NS


def _facts(file: Path, key: tuple[str, int, int, str], sha256: str) -> dict[str, Any]:
    """Return a file's print, as fields, after the file was read for its hash.

    Raises
    ------
    AudioError
        The file is no audio, or not the one any more that it was before it was read.
    """
    info = probe(file)
    if file_key(file) != key:
        raise AudioError(f"{file} changed while it was read; wait until it is written completely, then try again")
    shape = {"frames": info.frames, "channels": info.channels, "sample_rate": info.sample_rate}
    return {"sha256": sha256, "size": key[1], **shape}
