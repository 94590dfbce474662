"""The files of a release against its data: present, whole, as long as stated, fit for delivery."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from maxbooster_kernel.audio.index import MediaIndex
from maxbooster_kernel.audio.inspect import inspect_audio
from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.catalogue.cover import check_cover
from maxbooster_kernel.catalogue.findings import Findings
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.track import Track
from maxbooster_kernel.errors import AudioError
from maxbooster_kernel.problems import Problem

DURATION_TOLERANCE_S = 1.0


def check_media(release: ReleaseRecord, folder: Path) -> list[Problem]:
    """Return the findings on the cover and on every audio file of a release.

    Parameters
    ----------
    release
        The record.
    folder
        Where its relative paths begin: the folder of RELEASE.json.
    """
    found = Findings()
    if release.cover and not unsafe_path(release.cover):
        cover = folder / release.cover
        if cover.is_file():
            check_cover(cover, "cover", found)
        else:
            found.error("cover_file_missing", "cover", f"there is no file {cover}", "put the picture there")
    hashes: dict[str, int] = {}
    for index, track in enumerate(release.tracks):
        if track.file and not unsafe_path(track.file):
            _check_file(track, folder / track.file, f"tracks[{index}].file", found)
            _check_same(folder / track.file, index, hashes, found)
    return found.problems


def _check_file(track: Track, file: Path, where: str, found: Findings) -> None:
    if not file.is_file():
        found.error("file_missing", where, f"there is no file {file}", "put the audio there, or correct the path")
        return
    problems = inspect_audio(file)
    found.problems += [replace(problem, where=where) for problem in problems]
    if any(problem.severity == "fatal" for problem in problems):
        return
    seconds = probe(file).duration_s
    if track.duration_s is not None and abs(seconds - track.duration_s) > DURATION_TOLERANCE_S:
        message = f"the file lasts {seconds:.3f} s, the release says {track.duration_s:.3f} s"
        found.error("duration_mismatch", where.replace(".file", ".duration_s"), message, "take the file's length")


def _check_same(file: Path, index: int, hashes: dict[str, int], found: Findings) -> None:
    try:
        digest = MediaIndex().sha256(file)
    except AudioError:
        return
    if digest in hashes:
        message = f"the audio is the same as that of tracks[{hashes[digest]}]"
        found.error("file_same_audio", f"tracks[{index}].file", message, "one recording has one ISRC")
    hashes.setdefault(digest, index)
