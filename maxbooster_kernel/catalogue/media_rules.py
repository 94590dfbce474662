"""The files of a release against its data: present, whole, as long as stated, fit for delivery."""

from __future__ import annotations

from pathlib import Path

from maxbooster_kernel.audio.index import MediaIndex
from maxbooster_kernel.audio.probe import AudioInfo, probe
from maxbooster_kernel.audio.read import blocks
from maxbooster_kernel.catalogue.cover import check_cover
from maxbooster_kernel.catalogue.findings import Findings
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.track import Track
from maxbooster_kernel.errors import AudioError
from maxbooster_kernel.problems import Problem

DURATION_TOLERANCE_S = 1.0
MIN_RATE, MIN_BITS = 44_100, 16


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
    try:
        info = probe(file)
        frames = sum(block.shape[1] for block in blocks(file))
    except AudioError as error:
        found.error("file_damaged", where, str(error), "export it again")
        return
    check_format(info, where, found)
    seconds = frames / info.sample_rate
    if track.duration_s is not None and abs(seconds - track.duration_s) > DURATION_TOLERANCE_S:
        message = f"the file lasts {seconds:.3f} s, the release says {track.duration_s:.3f} s"
        found.error("duration_mismatch", where.replace(".file", ".duration_s"), message, "take the file's length")


def check_format(info: AudioInfo, where: str, found: Findings) -> None:
    """Add the findings on an audio file's format: what every store takes."""
    if info.format in ("MP3", "MPEG") or "MPEG" in info.subtype:
        found.warning("file_lossy", where, "the file is MP3", "deliver WAV or FLAC; stores transcode themselves")
    elif info.format not in ("WAV", "WAVEX", "FLAC", "RF64"):
        found.error("file_format", where, f"expected WAV, FLAC or MP3, got {info.format}", "convert it without loss")
    if info.sample_rate < MIN_RATE:
        found.error("file_rate", where, f"expected at least {MIN_RATE} Hz, got {info.sample_rate}", "use the master")
    if info.bit_depth is not None and info.bit_depth < MIN_BITS:
        found.error("file_depth", where, f"expected at least {MIN_BITS} bit, got {info.bit_depth}", "use the master")
    if info.subtype in ("FLOAT", "DOUBLE"):
        found.warning("file_float", where, "the file holds floating point samples", "write 24 bit for delivery")
    if info.format == "WAVEX":
        message = "the file is WAVE_FORMAT_EXTENSIBLE; some stores take plain PCM only"
        found.warning("file_extensible", where, message, "write it as plain WAV or FLAC")
    if info.channels != 2:
        found.warning("file_channels", where, f"expected 2 channels, got {info.channels}", "deliver stereo")


def _check_same(file: Path, index: int, hashes: dict[str, int], found: Findings) -> None:
    try:
        digest = MediaIndex().sha256(file)
    except AudioError:
        return
    if digest in hashes:
        message = f"the audio is the same as that of tracks[{hashes[digest]}]"
        found.error("file_same_audio", f"tracks[{index}].file", message, "one recording has one ISRC")
    hashes.setdefault(digest, index)
