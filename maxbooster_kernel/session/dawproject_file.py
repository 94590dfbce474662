"""DAWproject files: a session and its media as one zip archive, and back."""

from __future__ import annotations

import lzma
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.errors import AudioError, SessionError, words_of
from maxbooster_kernel.files import plain_file, uninterrupted, writing
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.session.conform import heal
from maxbooster_kernel.session.conform import problems as find_problems
from maxbooster_kernel.session.dawproject_read import parse, read_project
from maxbooster_kernel.session.dawproject_write import Media, losses, metadata_xml, project_xml
from maxbooster_kernel.session.file import write_session

LARGEST_XML = 64 * 2**20
EPOCH = (1980, 1, 1, 0, 0, 0)
NEAREST = "the nearest value that a session allows was taken"
DAMAGE = (  # all that Python's zip reader raises over an archive that is none or is damaged
    OSError, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError, OverflowError, MemoryError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
)  # fmt: skip


def export_dawproject(
    session: Mapping[str, Any], folder: str | os.PathLike[str], path: str | os.PathLike[str], *, force: bool = False
) -> list[Problem]:
    """Write a session with its media as a DAWproject file; return what the format could not keep.

    Parameters
    ----------
    session
        Normalised session data; its media paths are relative to ``folder``.
    path
        The file to write, whole or not at all; the same session gives the same bytes.

    Raises
    ------
    OutputExistsError
        ``path`` exists and ``force`` is false.
    AudioError
        A media file is missing or no audio file.
    """
    from maxbooster_kernel import __version__

    paths = sorted({clip["media"] for track in session["tracks"] for clip in track["clips"]})
    media = {name: _media(Path(folder) / name, name) for name in paths}
    with writing(path, force=force) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        documents = {
            "project.xml": project_xml(session, media, application_version=__version__),
            "metadata.xml": metadata_xml(session),
        }
        for name, data in documents.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
        for name in paths:
            entry = zipfile.ZipInfo(media[name].path, EPOCH)
            with (Path(folder) / name).open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)
    return losses(session)


def import_dawproject(
    path: str | os.PathLike[str], folder: str | os.PathLike[str], *, force: bool = False,
    session_file: str | os.PathLike[str] | None = None,
) -> tuple[dict[str, Any], list[Problem]]:  # fmt: skip
    """Read a DAWproject file; copy its media into ``folder`` and return normalised session data and what was lost.

    Media land under ``folder`` by the names they have in the archive, and with them ``session_file`` where it is
    given, all or none; a file that is there already with the same content is kept. A value that a session does not
    allow becomes the nearest allowed and a warning.

    Raises
    ------
    SessionError
        The file is no DAWproject, is damaged, or names media outside itself.
    OutputExistsError
        Another file has the name of a medium, and ``force`` is false.
    """
    with ExitStack() as written:
        try:
            with zipfile.ZipFile(plain_file(path)) as archive:
                session, problems = read_project(parse(_document(archive, "project.xml"), "project.xml"))
                _describe(archive, session, Path(path).stem)
                rates = _unpack(archive, session, Path(folder), written, force=force)
        except DAMAGE as error:
            if isinstance(error, OSError) and error.filename not in (None, str(path), path):
                raise  # the media cannot be written
            said = error.args[0] if isinstance(error, KeyError) and error.args else words_of(error)
            raise SessionError(
                f"{path}: expected a DAWproject file (a zip archive with project.xml): {said}"
            ) from error
        except SessionError as error:
            raise SessionError(f"{path}: {error}") from error
        if len(rates) > 1:
            listed = ", ".join(f"{rate} Hz" for rate in sorted(rates))
            raise SessionError(f"{path}: a session has one sample rate, the media have {listed}; convert them first")
        session["sample_rate"] = rates.pop() if rates else 44100
        wrong = [replace(problem, severity="warning", fix=NEAREST) for problem in find_problems(session)]
        made = heal(session)
        if session_file is not None:
            write_session(written.enter_context(writing(session_file, force=force)), made)
        finished = written.pop_all()
    with uninterrupted(), finished:  # all files get their names, or none does
        return made, problems + wrong


def _media(path: Path, name: str) -> Media:
    info = probe(path)
    inside = name if name.startswith("audio/") else f"audio/{name}"
    return Media(channels=info.channels, sample_rate=info.sample_rate, duration_s=info.duration_s, path=inside)


def _document(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > LARGEST_XML:
        raise SessionError(f"{name}: expected at most {LARGEST_XML >> 20} MiB; the file is refused")
    return archive.read(name)


def _describe(archive: zipfile.ZipFile, session: dict[str, Any], name: str) -> None:
    session["name"] = name
    if "metadata.xml" in archive.namelist():
        metadata = parse(_document(archive, "metadata.xml"), "metadata.xml")
        session["name"] = metadata.findtext("Title") or name
        session["notes"] = metadata.findtext("Comment") or ""


def _unpack(
    archive: zipfile.ZipFile, session: Mapping[str, Any], folder: Path, written: ExitStack, *, force: bool
) -> set[int]:
    """Write the media, to appear when ``written`` ends well; return their sample rates in Hz."""
    clips = [clip for track in session["tracks"] for clip in track["clips"]]
    media = {clip["media"]: clip.pop("external") for clip in clips}
    for name, external in media.items():
        parts = PurePosixPath(name).parts
        if external or not parts or name.startswith("/") or ".." in parts or "\\" in name or ":" in parts[0]:
            raise SessionError(f"{name}: expected media inside the archive, got a path outside it")
    entries = {name: archive.getinfo(name) for name in media}
    fresh = [entry for name, entry in entries.items() if not _same(folder / name, entry)]
    _check_room(sum(entry.file_size for entry in fresh), folder)
    rates = set()
    for name, entry in entries.items():
        target = folder / name
        if entry in fresh:
            temporary = written.enter_context(writing(target, force=force))
            with archive.open(entry) as source:
                _write(source, temporary, target)
            target = temporary
        try:
            rates.add(probe(target).sample_rate)
        except AudioError as error:
            raise SessionError(
                f"{name}: expected an audio file in the archive, got something else or a damaged one"
            ) from error
    return rates


def _write(source: IO[bytes], temporary: Path, target: Path) -> None:
    """Write an entry of an archive; what the disk refuses is said of the file, and is no damage of the archive."""
    try:
        out = temporary.open("wb", buffering=0)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    with out:
        while block := source.read(1 << 20):
            try:
                while block:
                    block = block[out.write(block) :]
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(target)) from error


def _same(path: Path, entry: zipfile.ZipInfo) -> bool:
    """Tell whether a file holds what an entry of the archive holds: by its size and its CRC-32."""
    if not path.is_file() or path.stat().st_size != entry.file_size:
        return False
    found = 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            found = zlib.crc32(block, found)
    return found == entry.CRC


def _check_room(needed: int, folder: Path) -> None:
    there = next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise SessionError(
            f"its media unpack to {needed >> 20} MiB, {there} has room for {free >> 20}; nothing was written"
        )
