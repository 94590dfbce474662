"""DAWproject files: a session and its media as one zip archive, and back."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.files import writing
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.session.dawproject_read import parse, read_project
from maxbooster_kernel.session.dawproject_write import Media, losses, metadata_xml, project_xml

LARGEST_XML = 64 * 2**20
EPOCH = (1980, 1, 1, 0, 0, 0)


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
    path: str | os.PathLike[str], folder: str | os.PathLike[str]
) -> tuple[dict[str, Any], list[Problem]]:
    """Read a DAWproject file; copy its media into ``folder`` and return normalised session data and what was lost.

    Media land under ``folder`` by the names they have in the archive; a file that is there already with the same
    size is kept.

    Raises
    ------
    SessionError
        The file is no DAWproject, is damaged, or names media outside itself.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            session, problems = read_project(parse(_document(archive, "project.xml"), "project.xml"))
            _describe(archive, session, Path(path).stem)
            rates = _unpack(archive, session, Path(folder))
    except (OSError, zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
        raise SessionError(f"{path}: expected a DAWproject file (a zip archive with project.xml): {error}") from error
    if len(rates) > 1:
        listed = ", ".join(f"{rate} Hz" for rate in sorted(rates))
        raise SessionError(f"{path}: a session has one sample rate, the media have {listed}; convert them first")
    session["sample_rate"] = rates.pop() if rates else 44100
    return normalize(session), problems


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


def _unpack(archive: zipfile.ZipFile, session: dict[str, Any], folder: Path) -> set[int]:
    rates = set()
    for track in session["tracks"]:
        for clip in track["clips"]:
            inside = PurePosixPath(clip["media"])
            if clip.pop("external") or inside.is_absolute() or ".." in inside.parts or "\\" in clip["media"]:
                raise SessionError(f"{clip['media']}: expected media inside the archive, got a path outside it")
            target = folder / inside
            size = archive.getinfo(clip["media"]).file_size
            if not target.is_file() or target.stat().st_size != size:
                with archive.open(clip["media"]) as source, writing(target) as temporary, temporary.open("wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
            rates.add(probe(target).sample_rate)
    return rates
