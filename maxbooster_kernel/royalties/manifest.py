"""What a lake of sales lines holds: one file that names every other, replaced as a whole.

Files that the manifest does not name do not count: an import that was killed leaves the old manifest valid.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from maxbooster_kernel.errors import RoyaltyError, words_of

NAME = "manifest.json"
FORMAT, VERSION = "maxbooster-lake", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeFile:
    """One Parquet file: its path in the lake, its hash, and its control totals (``nanos`` by currency)."""

    path: str
    sha256: str
    rows: int
    streams: int
    nanos: Mapping[str, int]
    period: str
    source: str
    from_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """One sales file that was imported.

    ``reported`` holds the months in which its sales were accounted for, ``assumed`` what nobody had said about it;
    ``superseded_by`` names the file that took its place.
    """

    sha256: str
    name: str
    size: int
    source: str
    rows: int
    streams: int
    total: Mapping[str, str]
    rounding: Mapping[str, str]
    periods: tuple[str, ...]
    damaged: Mapping[str, int] = field(default_factory=dict)
    quarantine: str = ""
    superseded_by: str = ""
    reported: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything a lake holds; ``aliases`` say which recording a reported track is, as somebody has decided."""

    revision: int = 0
    files: tuple[LakeFile, ...] = ()
    suspense: tuple[LakeFile, ...] = ()
    imports: tuple[ImportRecord, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str) -> ImportRecord:
        """Return the import whose hash begins with ``name``, or that of the file of that name.

        Raises
        ------
        RoyaltyError
            There is none, or more than one.
        """
        found = [record for record in self.imports if record.sha256.startswith(name) or record.name == name]
        found = [record for record in found if not record.superseded_by] or found
        if len(found) != 1:
            known = ", ".join(f"{record.name} ({record.sha256[:12]})" for record in self.imports) or "none"
            raise RoyaltyError(f"expected the name or the hash of one import, got {name!r}; there are {known}")
        return found[0]

    def without(self, sha256: str, *, superseded_by: str) -> Self:
        """Return the manifest in which a file's lines count no more."""
        return replace(
            self,
            files=tuple(file for file in self.files if file.from_sha256 != sha256),
            suspense=tuple(file for file in self.suspense if file.from_sha256 != sha256),
            imports=tuple(
                replace(record, superseded_by=superseded_by) if record.sha256 == sha256 else record
                for record in self.imports
            ),
        )

    def to_text(self) -> str:
        """Return the manifest as the text of its file."""
        data = {"format": FORMAT, "version": VERSION, **asdict(self)}
        for file in (*data["files"], *data["suspense"]):
            file["nanos"] = {code: str(value) for code, value in sorted(file["nanos"].items())}
        return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Return a lake's manifest; that of a folder without one is empty.

    Raises
    ------
    RoyaltyError
        It cannot be read, or a newer version has written it.
    """
    path = folder / NAME
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Manifest()
    except (OSError, ValueError) as error:
        raise RoyaltyError(f"{path}: cannot be read: {words_of(error)}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
        raise RoyaltyError(f"{path}: expected a {FORMAT} of version {VERSION}; a newer program may have written it")
    try:
        return Manifest(
            revision=data["revision"],
            files=tuple(_file(file) for file in data["files"]),
            suspense=tuple(_file(file) for file in data["suspense"]),
            imports=tuple(
                ImportRecord(
                    **{**record, **{name: tuple(record.get(name, ())) for name in ("periods", "reported", "assumed")}}
                )
                for record in data["imports"]
            ),
            aliases=dict(data["aliases"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RoyaltyError(f"{path}: is damaged ({type(error).__name__} {error}); restore it from a copy") from None


def _file(data: dict[str, Any]) -> LakeFile:
    path = data["path"]
    if not isinstance(path, str) or Path(path).is_absolute() or ".." in Path(path).parts:
        raise ValueError(f"path {path!r} leads out of the lake")
    return LakeFile(**{**data, "nanos": {str(code): int(value) for code, value in data["nanos"].items()}})


def find_lake(folder: Path) -> Manifest | None:
    """Return the manifest of a lake, or None if the folder is none."""
    return read_manifest(folder) if (folder / NAME).is_file() else None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others from changing the manifest until the block ends; a process that dies lets go."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            import fcntl
        except ImportError:  # no such locks on this system: imports there must not run at once
            pass
        else:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace a lake's manifest, durably."""
    temporary = folder / f".{NAME}.{os.getpid()}"
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(manifest.to_text())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / NAME)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
