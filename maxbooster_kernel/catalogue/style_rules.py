"""Style: how stores want titles and names written. Only warnings; a person has the last word.

References: Apple Music Style Guide and Spotify's metadata style guide, in our own words, seen 2026-11.
"""

from __future__ import annotations

import re

from maxbooster_kernel.catalogue.findings import Findings
from maxbooster_kernel.catalogue.party import Artist
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.problems import Problem

_BAD_FEATURING = re.compile(r"(?i)\b(ft\.?|featuring|w/)\s|[^(\[]\bfeat\.\s")
_CAPITAL_FEATURING = re.compile(r"[(\[](Feat\.|FEAT\.|With)\s")
_EMPTY_WORDS = re.compile(
    r"(?i)\b(official (audio|video)|explicit version|clean version|album version|original (mix|version)|exclusive|"
    r"limited edition|mp3|wav|flac)\b"
)
_GENERIC = re.compile(r"(?i)(track|untitled|title)\s*\d*")
_COMPOUND = re.compile(r"(?i)\s(&|x|vs\.?|feat\.?|ft\.?|featuring|and)\s|,\s")
_VOLUME = re.compile(r"(?i)\b(volume|part)\s+\d+")


def check_style(release: ReleaseRecord) -> list[Problem]:
    """Return the findings of style on titles and names.

    Examples
    --------
    >>> from maxbooster_kernel.catalogue import Track
    >>> [p.code for p in check_style(ReleaseRecord(title="NIGHT DRIVE", tracks=(Track(title="Track 1"),)))]
    ['style_capitals', 'style_generic']
    """
    found = Findings()
    _title(release.title, "title", found)
    _artists(release.artists, "artists", found)
    main = [artist for artist in release.artists if artist.role == "MainArtist"]
    if len(main) >= 4:
        found.warning(
            "style_various", "artists", f"{len(main)} main artists", 'stores show "Various Artists" from four on'
        )
    for place, track in enumerate(release.tracks):
        _title(track.title, f"tracks[{place}].title", found)
        _artists(track.artists, f"tracks[{place}].artists", found)
    clean = [track for track in release.tracks if track.explicit == "ExplicitContentEdited"]
    if clean and not any(track.explicit == "Explicit" for track in release.tracks):
        message = "an edited version is marked, no explicit one is on this release"
        found.info("style_edited", "tracks", message, "right only if an explicit version exists elsewhere")
    return found.problems


def _title(title: str, where: str, found: Findings) -> None:
    letters = [character for character in title if character.isalpha()]
    if len(letters) > 4 and title.upper() == title and title.lower() != title:
        found.warning("style_capitals", where, f'"{title}" is all capitals', "write it as it is spoken")
    elif len(letters) > 4 and title.lower() == title and title.upper() != title and title.isascii():
        found.info("style_lower", where, f'"{title}" is all lower case', "right only if it is meant so")
    if _BAD_FEATURING.search(title) or _CAPITAL_FEATURING.search(title):
        found.warning(
            "style_featuring", where, f'"{title}": a guest is written "(feat. X)"', "or only as FeaturedArtist"
        )
    if match := _EMPTY_WORDS.search(title):
        found.warning("style_words", where, f'"{match[0]}" does not belong into a title', "leave it out")
    if _GENERIC.fullmatch(title.strip()):
        found.warning("style_generic", where, f'"{title}" is no title', "give the song's")
    if _VOLUME.search(title):
        found.info("style_volume", where, "volumes and parts are written Vol. 1 and Pt. 1", "shorten the word")


def _artists(artists: tuple[Artist, ...], where: str, found: Findings) -> None:
    for place, artist in enumerate(artists):
        if _COMPOUND.search(artist.name):
            message = f'"{artist.name}" looks like several artists in one'
            found.warning(
                "style_compound", f"{where}[{place}].name", message, "one entry an artist; right for a band's name"
            )
