"""How bytes get to a store: what every transport can do, and the folder, the simplest of them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from maxbooster_kernel.delivery.package import PackageFile
from maxbooster_kernel.errors import DeliveryError

CHUNK = 1 << 20


class Transport(Protocol):
    """A place that files are stored in, each whole or not at all."""

    def has(self, file: PackageFile) -> bool:
        """Return whether the file is there, whole: same size, same MD5."""

    def store(self, file: PackageFile) -> None:
        """Make the file visible, whole and verified; until then nothing of its name is to be seen."""

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a small file; None if it is not there."""

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted; empty if there is none."""

    def close(self) -> None:
        """Let go of connections."""


class FolderTransport:
    """A folder, such as a mounted share: write ``.name.part``, compare, rename."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)

    def __repr__(self) -> str:
        return f"FolderTransport({str(self.root)!r})"

    def has(self, file: PackageFile) -> bool:
        """Return whether the file is there, whole."""
        target = self._path(file.path)
        return target.is_file() and target.stat().st_size == file.size and _md5(target) == file.md5

    def store(self, file: PackageFile) -> None:
        """Make the file visible, whole and verified."""
        target = self._path(file.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.parent / f".{target.name}.part"
        with file.open() as source, part.open("wb") as sink:
            shutil.copyfileobj(source, sink, CHUNK)
            sink.flush()
            os.fsync(sink.fileno())
        if part.stat().st_size != file.size or _md5(part) != file.md5:
            part.unlink()
            raise DeliveryError(f"{target}: the copy differs from the source; the source changed or the disk failed")
        part.replace(target)

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a small file; None if it is not there."""
        target = self._path(path)
        return target.read_bytes() if target.is_file() else None

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted."""
        target = self._path(folder)
        return sorted(item.name for item in target.iterdir() if item.is_file()) if target.is_dir() else []

    def close(self) -> None:
        """Do nothing."""

    def _path(self, path: str) -> Path:
        return self.root / safe_path(path)


def safe_path(path: str) -> str:
    """Return a path if it stays below its root; raise :class:`DeliveryError` otherwise."""
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in parts) or "\0" in path:
        raise DeliveryError(f'expected a path below the batch, got "{path}"')
    return path


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(CHUNK):
            yield block
