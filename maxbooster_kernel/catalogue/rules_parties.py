"""Rules on parties and their lines: artists, outside identifiers, P-lines and C-lines."""

from __future__ import annotations

from maxbooster_kernel.catalogue.findings import Findings, parse_date
from maxbooster_kernel.catalogue.party import Artist, ArtistIds
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.track import RightsLine
from maxbooster_kernel.identifiers import ipi_problem, isni_problem, normalise

EXPLICIT = ("Explicit", "NotExplicit", "ExplicitContentEdited", "NoAdviceAvailable", "Unknown")
ARTIST_ROLES = (
    "MainArtist",
    "FeaturedArtist",
    "Artist",
    "Composer",
    "Remixer",
    "Producer",
    "Conductor",
    "Orchestra",
    "Soloist",
    "Ensemble",
    "Band",
    "Choir",
    "Performer",
    "Brand",
    "PrimaryMusician",
    "StudioProducer",
)


def check_artists(artists: tuple[Artist, ...], where: str, found: Findings, *, required: bool) -> None:
    """Add the findings on a list of display artists."""
    if required and not any(artist.role == "MainArtist" for artist in artists):
        found.error("artist_missing", where, "there is no artist with the role MainArtist", "name the main artist")
    seen: dict[tuple[str, str], int] = {}
    for index, artist in enumerate(artists):
        at = f"{where}[{index}]"
        if not artist.name.strip():
            found.error("artist_name_missing", f"{at}.name", "an artist has no name", "give the name as it is shown")
        if artist.role not in ARTIST_ROLES:
            message = f'"{artist.role}" is not a usual artist role'
            found.warning("artist_role_unknown", f"{at}.role", message, "such as MainArtist or FeaturedArtist")
        if (artist.name, artist.role) in seen:
            found.error("artist_duplicate", at, f'"{artist.name}" is named twice as {artist.role}', "name it once")
        seen[artist.name, artist.role] = index
        check_ids(artist.ids, f"{at}.ids", found)
    for name in {name for name, role in seen if role == "MainArtist"} & {
        name for name, role in seen if role == "FeaturedArtist"
    }:
        found.warning(
            "artist_main_and_featured", where, f'"{name}" is both main and featured artist', "keep one of the roles"
        )


def check_ids(ids: ArtistIds, where: str, found: Findings) -> None:
    """Add the findings on a party's outside identifiers."""
    if ids.isni and (problem := isni_problem(normalise(ids.isni))):
        found.error("isni_invalid", f"{where}.isni", f"not an ISNI: {problem}", "look it up at isni.org")
    if ids.ipi and (problem := ipi_problem(ids.ipi)):
        found.error("ipi_invalid", f"{where}.ipi", f"not an IPI name number: {problem}", "ask the artist's society")


def check_line(line: RightsLine, where: str, release: ReleaseRecord, found: Findings) -> None:
    """Add the findings on a P-line or C-line."""
    released = parse_date(release.release_date)
    if line.year is None:
        found.warning("line_year_missing", f"{where}.year", "the line has no year", "give the year of first release")
    elif not 1860 <= line.year <= 9999:
        found.error(
            "line_year_invalid", f"{where}.year", f"{line.year} cannot be the year of a recording", "correct it"
        )
    elif released and line.year > released.year:
        found.error(
            "line_year_later",
            f"{where}.year",
            f"the year {line.year} is later than the release in {released.year}",
            "a line's year is not after the release",
        )
