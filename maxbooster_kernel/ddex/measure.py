"""Measure a release's files for its message: coding, layout, size and MD5, each file read once."""

from __future__ import annotations

from pathlib import Path

from maxbooster_kernel.audio.index import MediaIndex, hash_file
from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.catalogue.cover import read_cover
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.ddex.media import AUDIO_CODECS, MediaFacts, codec_of_name
from maxbooster_kernel.errors import AudioError, ReleaseError


def measure_media(release: ReleaseRecord, folder: Path, index: MediaIndex | None = None) -> dict[str, MediaFacts]:
    """Return the facts of every file of the release that is there and can be read, by its name in the record."""
    known = index or MediaIndex()
    found: dict[str, MediaFacts] = {}
    for track in release.tracks:
        name = track.file
        if name and not unsafe_path(name) and (folder / name).is_file():
            try:
                found[name] = measure_audio(folder / name, known)
            except AudioError:
                continue
    name = release.cover
    if name and not unsafe_path(name) and (folder / name).is_file():
        try:
            found[name] = measure_cover(folder / name)
        except ReleaseError:
            return found
    return found


def measure_audio(file: Path, index: MediaIndex) -> MediaFacts:
    """Return the facts of one audio file."""
    info, entry = probe(file), index.entry(file)
    return MediaFacts(
        codec=codec_of_name(file.name, AUDIO_CODECS),
        channels=info.channels,
        sample_rate=info.sample_rate,
        bit_depth=info.bit_depth,
        duration_s=info.duration_s,
        size=entry.size,
        md5=entry.md5,
    )


def measure_cover(file: Path) -> MediaFacts:
    """Return the facts of a cover."""
    info = read_cover(file, decode=False)
    return MediaFacts(codec=info.format, width=info.width, height=info.height, size=info.size, md5=hash_file(file)[0])
