"""The release of the demo song as the data of a ``RELEASE.json``: an album of up to three versions of one drive.

The codes are right by their check digits and from ranges for examples: GS1's prefix 952, a registrant code that no
agency has given, a DDEX party id that is the documentation's own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.demo.score import ARTIST, TITLE
from maxbooster_kernel.errors import ReleaseError, WrongKindError, expect_path, kind_of
from maxbooster_kernel.identifiers import gtin_check_digit
from maxbooster_kernel.kinds import checked, fits

UPC_BODY = "952000026001"
UPC = UPC_BODY + gtin_check_digit(UPC_BODY)
LABEL = "North Pier"
PUBLISHER = "Oak Songs"
RELEASE_DATE = "2026-12-04"
LINE = {"year": 2026, "text": f"2026 {LABEL}"}
SENDER = {"dpid": "PADPIDA2014122301Q", "name": "North Pier Distribution"}
RECIPIENT = {"dpid": "PADPIDA2026112201U", "name": "Sandbox Store"}
VERSIONS: tuple[str | None, ...] = (None, "Instrumental", "A Cappella")
CONTRIBUTORS = (
    {"name": ARTIST, "roles": ["Composer", "Lyricist"]},
    {"name": "Ben Oak", "roles": ["Composer", "Producer"]},
    {"name": "Cleo Marsh", "roles": ["Mixer", "MasteringEngineer"]},
)
PUBLISHING = (
    {"party": PUBLISHER, "role": "MusicPublisher", "share": "60"},
    {"party": "Vale Music", "role": "MusicPublisher", "share": "40"},
)


def isrc(number: int) -> str:
    """Return the ISRC of the demo's recording ``number``, counted from 1.

    >>> isrc(1)
    'QZMXB2600001'
    """
    return f"QZMXB26{number:05d}"


@checked
def release(
    tracks: Sequence[Mapping[str, Any]] | None = None,
    *,
    cover: str = "cover.jpg",
    test: bool = True,
    message_id: str | None = None,
    created: str | None = None,
) -> dict[str, Any]:
    """Return the demo release in the shape of ``RELEASE.json``.

    Parameters
    ----------
    tracks
        One to three mappings with ``file`` (path relative to the release file) and ``duration_s``; None is one track,
        ``audio/01.flac``, of 60 s. The second is called instrumental, the third a cappella.
    cover
        Path of the cover, relative to the release file.
    test
        Whether messages made from it say so.
    message_id, created
        Fix the message's id and time, for messages that are the same every time.

    Returns
    -------
    dict
        Ready for ``json.dumps``; every call gives a fresh one.

    Raises
    ------
    ReleaseError
        There are no tracks or more than three.
    """
    if tracks is not None and not fits(tracks, Sequence[Mapping[str, Any]]):
        raise WrongKindError(f"expected a list of tracks, got {kind_of(tracks)}; each is a dict: file, duration_s")
    given = list(tracks) if tracks is not None else [{"file": "audio/01.flac", "duration_s": 60.0}]
    if not 1 <= len(given) <= len(VERSIONS):
        raise ReleaseError(f"expected one to {len(VERSIONS)} tracks for the demo release, got {len(given)}")
    facts: dict[str, Any] = {
        "upc": UPC,
        "title": TITLE,
        "version": None,
        "type": "Single" if len(given) == 1 else "Album",
        "label": LABEL,
        "artists": [_artist()],
        "genre": "Electronic",
        "subgenre": "Synthwave",
        "language": "en",
        "explicit": "NotExplicit",
        "release_date": RELEASE_DATE,
        "original_release_date": None,
        "p_line": dict(LINE),
        "c_line": dict(LINE),
        "cover": cover,
        "sender": dict(SENDER),
        "recipient": dict(RECIPIENT),
        "test": test,
        "deals": _deals(),
        "tracks": [_track(number, item) for number, item in enumerate(given, start=1)],
    }
    if message_id is not None:
        facts["message_id"] = message_id
    if created is not None:
        facts["created"] = created
    return facts


def release_of(
    files: Sequence[str | os.PathLike[str]], folder: str | os.PathLike[str], **options: Any
) -> dict[str, Any]:
    """Return the demo release for audio files that lie in ``folder`` or below; their lengths are read from them."""
    if isinstance(files, str | os.PathLike) or not isinstance(files, Sequence):
        raise WrongKindError(f"expected a list of audio files, got {kind_of(files)}; put it in brackets: [...]")
    place = expect_path(folder, "the folder of the release")
    try:
        inside = [expect_path(file, "an audio file").relative_to(place).as_posix() for file in files]
    except ValueError as error:
        raise ReleaseError(f"expected audio files in {place} or below: {error}; copy them there") from None
    tracks = [
        {"file": name, "duration_s": round(probe(file).duration_s, 3)} for name, file in zip(inside, files, strict=True)
    ]
    return release(tracks, **options)


def _artist() -> dict[str, Any]:
    ids = {"isni": None, "ipi": None, "spotify": None, "apple": None}
    return {"name": ARTIST, "role": "MainArtist", "ids": ids}


def _deals() -> list[dict[str, Any]]:
    def deal(model: str, use_types: list[str]) -> dict[str, Any]:
        return {
            "commercial_model": model,
            "use_types": use_types,
            "territories": ["Worldwide"],
            "excluded_territories": [],
            "start": RELEASE_DATE,
            "end": None,
            "price": None,
            "tracks": None,
        }

    return [
        deal("SubscriptionModel", ["OnDemandStream", "NonInteractiveStream"]),
        deal("AdvertisementSupportedModel", ["OnDemandStream", "NonInteractiveStream"]),
        deal("PayAsYouGoModel", ["PermanentDownload"]) | {"price": {"tier": "Mid"}},
    ]


def _track(number: int, given: Mapping[str, Any]) -> dict[str, Any]:
    version = VERSIONS[number - 1]
    silent = version == "Instrumental"
    return {
        "disc": 1,
        "number": number,
        "isrc": isrc(number),
        "iswc": None,
        "title": TITLE,
        "version": version,
        "artists": [{"name": ARTIST, "role": "MainArtist"}],
        "contributors": [{"name": person["name"], "roles": list(person["roles"])} for person in CONTRIBUTORS],
        "publishing": [dict(item) for item in PUBLISHING],
        "duration_s": float(given["duration_s"]),
        "explicit": "NotExplicit",
        "language": "zxx" if silent else "en",
        "genre": None,
        "p_line": None,
        "file": str(given["file"]),
        "rights": [{"party": LABEL, "share": "100"}],
    }
