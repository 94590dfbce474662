"""What an audio file says about itself: read from any format, written into FLAC and MP4."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from maxbooster_kernel.audio.flac_metadata import Picture, write_flac_tags
from maxbooster_kernel.audio.probe import check_file, open_container
from maxbooster_kernel.errors import AudioError, expect
from maxbooster_kernel.files import writing
from maxbooster_kernel.kinds import checked

MP4_SUFFIXES = (".m4a", ".mp4")
VORBIS_NAMES = {
    "title": "TITLE",
    "artist": "ARTIST",
    "album": "ALBUM",
    "album_artist": "ALBUMARTIST",
    "composer": "COMPOSER",
    "genre": "GENRE",
    "date": "DATE",
    "isrc": "ISRC",
    "upc": "BARCODE",
    "comment": "COMMENT",
    "copyright": "COPYRIGHT",
    "lyrics": "LYRICS",
    "track": "TRACKNUMBER",
    "track_total": "TRACKTOTAL",
    "disc": "DISCNUMBER",
    "disc_total": "DISCTOTAL",
}
MP4_NAMES = ("title", "artist", "album", "album_artist", "composer", "genre", "date", "comment", "copyright", "lyrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """The tags of a recording; what is not there is None. ``pictures`` holds the covers, the front one first."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    composer: str | None = None
    genre: str | None = None
    date: str | None = None
    isrc: str | None = None
    upc: str | None = None
    comment: str | None = None
    copyright: str | None = None
    lyrics: str | None = None
    track: int | None = None
    track_total: int | None = None
    disc: int | None = None
    disc_total: int | None = None
    pictures: tuple[Picture, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the tags as a JSON object; of pictures only the type and size."""
        facts = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "pictures"}
        facts["pictures"] = [{"mime_type": item.mime_type, "bytes": len(item.data)} for item in self.pictures]
        return facts


@checked
def read_tags(path: str | os.PathLike[str], *, pictures: bool = True) -> Tags:
    """Return the tags of an audio file of any format; a file without tags gives empty ones.

    Parameters
    ----------
    path
        The file.
    pictures
        Read embedded pictures too.

    Raises
    ------
    AudioError
        The file is missing or empty, or its tags are damaged.
    """
    from tinytag import ParseError, TinyTag, UnsupportedFormatError

    file = check_file(path)
    try:
        found = TinyTag.get(str(file), duration=False, image=pictures)
    except UnsupportedFormatError:
        return Tags()
    except (ParseError, ValueError, OSError, MemoryError) as error:
        raise AudioError(f"the tags of {file} cannot be read ({type(error).__name__}); write them again") from error
    other = {name.lower(): values for name, values in found.other.items()}

    def extra(*names: str) -> str | None:
        values = [value for name in names for value in other.get(name, []) if str(value).strip()]
        return _text(values[0]) if values else None

    return Tags(
        title=_text(found.title),
        artist=_text(found.artist),
        album=_text(found.album),
        album_artist=_text(found.albumartist),
        composer=_text(found.composer),
        genre=_text(found.genre),
        date=_text(found.year),
        isrc=_plain(extra("isrc")),
        upc=_plain(extra("barcode", "upc", "ean", "ean/upn")),
        comment=_text(found.comment),
        copyright=extra("copyright"),
        lyrics=extra("lyrics"),
        track=found.track or None,
        track_total=found.track_total or None,
        disc=found.disc or None,
        disc_total=found.disc_total or None,
        pictures=_pictures(found) if pictures else (),
    )


def write_tags(path: str | os.PathLike[str], tags: Tags) -> None:
    """Replace the tags and pictures of a FLAC or MP4 file, whole or not at all; the audio is copied as it is.

    Raises
    ------
    AudioError
        The file is of another format: WAV takes its tags when it is written, so that stores find none after the audio.
    """
    file = check_file(path)
    expect(tags, Tags, "a record of tags", "make one: mb.Tags(title=...)")
    if file.suffix.lower() == ".flac":
        facts = asdict(tags)
        pairs = [(VORBIS_NAMES[name], str(facts[name])) for name in VORBIS_NAMES if facts[name] is not None]
        write_flac_tags(file, pairs, tags.pictures)
    elif file.suffix.lower() in MP4_SUFFIXES:
        _write_mp4(file, tags)
    else:
        raise AudioError(
            f"{file}: tags are written into FLAC and MP4 files; give those of a WAV to AudioBuffer.write instead"
        )


def _pictures(found: Any) -> tuple[Picture, ...]:
    listed = found.images.as_dict()
    ordered = [*listed.pop("front_cover", []), *(item for items in listed.values() for item in items)]
    return tuple(
        Picture(mime_type=item.mime_type or "image/jpeg", data=bytes(item.data), kind=3 if index == 0 else 0)
        for index, item in enumerate(ordered)
        if item.data
    )


def _text(value: Any) -> str | None:
    cleaned = str(value).replace("\x00", " ").strip() if value is not None else ""
    return cleaned or None


def _plain(value: str | None) -> str | None:
    """Return an identifier without the hyphens and spaces people put into it."""
    return value.replace("-", "").replace(" ", "").upper() if value else None


def _write_mp4(file: Path, tags: Tags) -> None:
    """Copy an MP4 file's audio packets into a new one with other tags, and the first picture as its cover."""
    import av

    with (
        open_container(file) as stream,
        writing(file) as temporary,
        av.open(str(temporary), "w", format="mp4") as target,
    ):
        copy = target.add_stream_from_template(stream)
        for name in MP4_NAMES:
            if value := getattr(tags, name):
                target.metadata[name] = value
        for name in ("track", "disc"):
            number, total = getattr(tags, name), getattr(tags, f"{name}_total")
            if number:
                target.metadata[name] = f"{number}/{total}" if total else str(number)
        if tags.pictures:
            _mux_cover(target, tags.pictures[0], file)
        for packet in stream.container.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                target.mux(packet)


def _mux_cover(target: Any, picture: Picture, file: Path) -> None:
    import io

    import av

    try:
        with av.open(io.BytesIO(picture.data), "r") as source:
            stream = source.streams.video[0]
            cover = target.add_stream_from_template(stream)
            cover.disposition = av.stream.Disposition.attached_pic
            packet = next(packet for packet in source.demux(stream) if packet.size)
            packet.stream = cover
            packet.pts = packet.dts = 0
            target.mux(packet)
    except (av.error.FFmpegError, IndexError, StopIteration, ValueError) as error:
        raise AudioError(f"{file}: the cover is no JPEG or PNG that MP4 can hold; give another picture") from error
