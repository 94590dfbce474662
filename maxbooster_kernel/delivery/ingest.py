"""From a folder of audio and a cover to a draft release: what tags say, what names say, what the files are.

Every value remembers where it came from (``provenance``): a tag, a file's name, the audio itself, or a guess.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from maxbooster_kernel.audio.hash import audio_hash
from maxbooster_kernel.audio.index import MediaIndex
from maxbooster_kernel.audio.tags import Tags, read_tags
from maxbooster_kernel.catalogue.cover import read_cover
from maxbooster_kernel.catalogue.findings import Findings, parse_date
from maxbooster_kernel.catalogue.findings_table import Problems
from maxbooster_kernel.catalogue.media_rules import check_media
from maxbooster_kernel.catalogue.party import Artist, Contributor
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.track import RightsLine, Track
from maxbooster_kernel.errors import AudioError, ReleaseError, expect_path
from maxbooster_kernel.files import is_utf8, write_bytes
from maxbooster_kernel.identifiers import isrc_problem, normalise, upc_problem
from maxbooster_kernel.kinds import checked

AUDIO = frozenset({".wav", ".flac", ".mp3", ".aif", ".aiff", ".m4a", ".ogg"})
IMAGES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
COVER_NAMES = ("cover", "front", "folder", "artwork", "album")
MAX_FILES = 2000
_DISC = re.compile(r"(?:cd|disc|disk)[ _-]*(\d{1,2})$", re.IGNORECASE)
_NAME = re.compile(r"(?:(?P<disc>\d{1,2})[-.](?=\d))?(?P<number>\d{1,3})[ ._-]+(?P<title>.+)")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """A draft release, where each value came from, and what was found on the files."""

    release: ReleaseRecord
    provenance: dict[str, str]
    problems: Problems


@dataclass(frozen=True, slots=True)
class _Source:
    """One audio file with what it says."""

    path: str
    tags: Tags
    disc: int | None
    number: int | None
    title: str
    duration_s: float


@checked
def ingest_folder(
    folder: str | os.PathLike[str], *, base: str | os.PathLike[str] | None = None, index: MediaIndex | None = None
) -> Ingest:
    """Return the draft release of a folder.

    Parameters
    ----------
    folder
        Audio files, in it or one folder a disc, and a cover; an embedded cover is written out as ``cover.jpg``.
    base
        Where the record's paths begin, the folder of RELEASE.json; by default ``folder``.
    index
        The media index; by default the user's.

    Raises
    ------
    ReleaseError
        There is no such folder, no audio in it, or it is not below ``base``.
    """
    place = expect_path(folder, "a folder of audio files")
    if not place.is_dir():
        raise ReleaseError(f"{place}: expected a folder of audio files")
    root = (place if base is None else expect_path(base, "a folder")).resolve()
    if not place.resolve().is_relative_to(root):
        raise ReleaseError(f"{place}: expected a folder below {root}, where the release is written")
    files = [path for path in sorted(place.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    audio = [path for path in files if path.suffix.lower() in AUDIO]
    if not audio or len(files) > MAX_FILES:
        raise ReleaseError(f"{place}: expected audio files and at most {MAX_FILES} files, got {len(files)}")
    found = Findings()
    known = index or MediaIndex()
    sources = [source for path in audio if (source := _source(path, root, known, found)) is not None]
    if not sources:
        raise ReleaseError(f"{place}: no file is audio that can be read; {found.problems[0].message}")
    provenance: dict[str, str] = {}
    tracks = _tracks(sources, provenance)
    record = _release(sources, place, provenance)
    tracks = tuple(replace(track, genre=None) if track.genre == record.genre else track for track in tracks)
    provenance |= {f"tracks[{number}].genre": "tag genre" for number, track in enumerate(tracks) if track.genre}
    cover = _cover(files, sources, place, root, provenance, found)
    record = replace(record, cover=cover, tracks=tracks, extra={"provenance": provenance})
    _same_audio(record, root, found)
    problems = Problems([*found.problems, *check_media(record, root)])
    return Ingest(release=record, provenance=provenance, problems=problems)


def _source(path: Path, root: Path, index: MediaIndex, found: Findings) -> _Source | None:
    where = _where(path, root)
    if where is None:
        name = repr(path.name)[1:-1]
        fix = f"put the file itself below {root}, under a name in UTF-8"
        found.error("file_elsewhere", name, f"{name}: its name is not UTF-8, or it is a link to another folder", fix)
        return None
    try:
        entry = index.entry(path)
    except AudioError as error:
        found.error("not_audio", where, str(error), "export it again, or take it out of the folder")
        return None
    try:
        tags = read_tags(path)
    except AudioError as error:
        found.warning("tags_damaged", where, str(error), "names are used instead")
        tags = Tags()
    named = _NAME.fullmatch(path.stem)
    folder = _DISC.search(path.parent.name)
    disc = tags.disc or int(named["disc"] or 0 if named else 0) or int(folder[1] if folder else 0)
    number = tags.track or (int(named["number"]) if named else None)
    title = (named["title"] if named else path.stem).replace("_", " ").strip()
    return _Source(where, tags, disc or None, number, title, entry.duration_s)


def _where(path: Path, root: Path) -> str | None:
    """Return a file's place below the folder of the release, or None where a release cannot say it."""
    place = path.resolve()
    return place.relative_to(root).as_posix() if place.is_relative_to(root) and is_utf8(str(place)) else None


def _tracks(sources: list[_Source], provenance: dict[str, str]) -> tuple[Track, ...]:
    ordered = sorted(sources, key=lambda source: (source.disc or 1, source.number or 10_000, source.path))
    counts: dict[int, int] = {}
    discs = {disc: place for place, disc in enumerate(sorted({source.disc or 1 for source in ordered}), start=1)}
    found = []
    for place, source in enumerate(ordered):
        at, tags = f"tracks[{place}]", source.tags
        disc = discs[source.disc or 1]
        counts[disc] = counts.get(disc, 0) + 1
        isrc = normalise(tags.isrc) if tags.isrc else None
        if isrc and isrc_problem(isrc):
            isrc = None
        provenance[f"{at}.title"] = "tag title" if tags.title else "file name"
        provenance[f"{at}.number"] = "tag track" if tags.track else "file name" if source.number else "order"
        provenance[f"{at}.duration_s"] = "audio"
        if isrc:
            provenance[f"{at}.isrc"] = "tag isrc"
        if tags.artist:
            provenance[f"{at}.artists"] = "tag artist"
        if tags.composer:
            provenance[f"{at}.contributors"] = "tag composer"
        found.append(
            Track(
                disc=disc,
                number=counts[disc],
                isrc=isrc,
                title=tags.title or source.title,
                artists=(Artist(name=tags.artist),) if tags.artist else (),
                contributors=(Contributor(name=tags.composer, roles=("Composer",)),) if tags.composer else (),
                duration_s=round(source.duration_s, 3),
                genre=tags.genre,
                file=source.path,
            )
        )
    return tuple(found)


def _release(sources: list[_Source], folder: Path, provenance: dict[str, str]) -> ReleaseRecord:
    title = _most(source.tags.album for source in sources)
    artist = _most(source.tags.album_artist or source.tags.artist for source in sources)
    upc = _most(source.tags.upc for source in sources)
    upc = normalise(upc) if upc else None
    if upc and upc_problem(upc):
        upc = None
    day = _most(source.tags.date for source in sources)
    genre = _most(source.tags.genre for source in sources)
    line = _most(source.tags.copyright for source in sources)
    facts = {"title": title, "artists": artist, "upc": upc, "genre": genre, "release_date": day, "c_line": line}
    provenance.update({name: "tags of the files" for name, value in facts.items() if value})
    if title is None:
        provenance["title"] = "folder name"
    year = _YEAR.search(line or "")
    rights = RightsLine(year=int(year[0]) if year else None, text=(line or "").lstrip("©℗ ")) if line else None
    return ReleaseRecord(
        upc=upc,
        title=title or folder.resolve().name.replace("_", " "),
        type="Single" if len(sources) < 3 else "EP" if len(sources) < 7 else "Album",
        artists=(Artist(name=artist),) if artist else (),
        genre=genre,
        release_date=day[:10] if day and parse_date(day) else None,
        c_line=rights,
        p_line=rights,
    )


def _cover(
    files: list[Path], sources: list[_Source], folder: Path, root: Path, provenance: dict[str, str], found: Findings
) -> str | None:
    images = [path for path in files if path.suffix.lower() in IMAGES and _where(path, root) is not None]
    named = [path for path in images if path.stem.lower() in COVER_NAMES]
    for path in [*named, *images]:
        try:
            read_cover(path, decode=False)
        except ReleaseError as error:
            found.warning("cover_unreadable", path.name, str(error), "take it out of the folder")
            continue
        provenance["cover"] = (
            "file name" if path in named else "the only picture" if len(images) == 1 else "first picture"
        )
        return _where(path, root)
    pictures = [picture for source in sources for picture in source.tags.pictures]
    if not pictures:
        return None
    suffix = ".png" if "png" in pictures[0].mime_type else ".jpg"
    target = folder / f"cover{suffix}"
    write_bytes(target, pictures[0].data, force=False)
    provenance["cover"] = "embedded picture"
    return target.resolve().relative_to(root).as_posix()


def _same_audio(record: ReleaseRecord, root: Path, found: Findings) -> None:
    seen: dict[str, int] = {}
    for place, track in enumerate(record.tracks):
        try:
            digest = audio_hash(root / PurePosixPath(track.file or ""))
        except AudioError:
            continue
        if digest in seen:
            message = f"it sounds exactly as tracks[{seen[digest]}]"
            found.error("same_audio", f"tracks[{place}].file", message, "one recording, one file")
        seen.setdefault(digest, place)


def _most(values: Iterable[str | None]) -> str | None:
    counts = Counter(value.strip() for value in values if value and value.strip())
    return counts.most_common(1)[0][0] if counts else None
