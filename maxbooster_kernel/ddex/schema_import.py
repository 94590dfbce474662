"""Put the schemas a user has where they are found; an archive is read with suspicion."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from maxbooster_kernel.ddex.schema_store import store_folder
from maxbooster_kernel.errors import MessageError
from maxbooster_kernel.files import write_bytes

MAX_FILE, MAX_TOTAL, MAX_RATIO, MAX_MEMBERS = 32 * 1024 * 1024, 256 * 1024 * 1024, 200, 5000
_TARGET = re.compile(
    rb"""<[\w.-]*:?schema\b[^>]*\btargetNamespace\s*=\s*["']"""
    rb"""https?://(?:service\.)?ddex\.net/xml/(?:20\d\d/)?([a-z-]+)/([0-9A-Za-z-]+)["']"""
)


def import_schemas(source: Path, *, store: Path | None = None) -> list[Path]:
    """Copy the schemas of a folder or ZIP file into the store and return what was written.

    A schema goes to the folder of its namespace together with the files beside it, as schemas include each other.

    Raises
    ------
    MessageError
        There is no schema of DDEX in it, or the archive holds unsafe names or a decompression bomb.
    """
    files = dict(_zip_members(source)) if source.is_file() else dict(_folder_members(source))
    homes: dict[PurePosixPath, set[tuple[str, str]]] = {}
    for name, data in files.items():
        match = _TARGET.search(data[:65536])
        family = match[1].decode() if match else ""
        if match and family not in ("avs", "allowed-value-sets"):
            homes.setdefault(PurePosixPath(name).parent, set()).add((family, match[2].decode()))
    if not homes:
        raise MessageError(f"{source}: expected DDEX schemas (.xsd with a namespace of ddex.net), found none")
    written: list[Path] = []
    for name, data in sorted(files.items()):
        for family, version in sorted(homes.get(PurePosixPath(name).parent, ())):
            target = (store or store_folder()) / family / version / PurePosixPath(name).name
            write_bytes(target, data)
            written.append(target)
    return written


def _folder_members(source: Path) -> Iterator[tuple[str, bytes]]:
    if not source.is_dir():
        raise MessageError(f"{source}: expected a folder or a ZIP file")
    total = 0
    for path in sorted(source.rglob("*.xsd"))[:MAX_MEMBERS]:
        size = path.stat().st_size
        total += size
        if path.is_symlink() or size > MAX_FILE or total > MAX_TOTAL:
            raise MessageError(f"{path}: expected plain schema files of at most {MAX_FILE} bytes")
        yield path.relative_to(source).as_posix(), path.read_bytes()


def _zip_members(source: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise MessageError(f"{source}: expected at most {MAX_MEMBERS} files, got {len(members)}")
            total = 0
            for member in members:
                _refuse(member, source)
                total += member.file_size
                if total > MAX_TOTAL:
                    raise MessageError(f"{source}: expected at most {MAX_TOTAL} bytes unpacked")
                if not member.is_dir() and member.filename.lower().endswith(".xsd"):
                    with archive.open(member) as stream:
                        data = stream.read(MAX_FILE + 1)
                    if len(data) > MAX_FILE:
                        raise MessageError(f"{source}: {member.filename} is larger than it says")
                    yield member.filename, data
    except (zipfile.BadZipFile, RuntimeError, OSError, NotImplementedError) as error:
        raise MessageError(f"{source}: the archive cannot be read ({error})") from None


def _refuse(member: zipfile.ZipInfo, source: Path) -> None:
    name = member.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\\" in name:
        raise MessageError(f'{source}: "{name[:60]}" leads out of the archive; nothing was imported')
    if member.external_attr >> 28 == 0xA:
        raise MessageError(f'{source}: "{name[:60]}" is a link; nothing was imported')
    if member.file_size > MAX_FILE or member.file_size > MAX_RATIO * max(member.compress_size, 1024):
        raise MessageError(f'{source}: "{name[:60]}" unpacks to {member.file_size} bytes; nothing was imported')
