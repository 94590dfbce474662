"""Releases: what a store publishes, with its tracks and its deals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maxbooster_kernel.catalogue.deal import Deal
from maxbooster_kernel.catalogue.party import Artist, MessageParty
from maxbooster_kernel.catalogue.track import RightsLine, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """One release, as in RELEASE.json.

    Dates are ISO 8601 strings, as messages carry partial dates too; the rules judge them
    (:func:`maxbooster_kernel.catalogue.rules.check_release`). Every record keeps fields it does not know in ``extra``.
    """

    upc: str | None = None
    title: str = ""
    version: str | None = None
    type: str = "Album"
    label: str = ""
    artists: tuple[Artist, ...] = ()
    genre: str | None = None
    subgenre: str | None = None
    language: str | None = None
    explicit: str | None = None
    release_date: str | None = None
    original_release_date: str | None = None
    p_line: RightsLine | None = None
    c_line: RightsLine | None = None
    cover: str | None = None
    sender: MessageParty | None = None
    recipient: MessageParty | None = None
    message_id: str | None = None
    created: str | None = None
    test: bool = True
    deals: tuple[Deal, ...] = ()
    tracks: tuple[Track, ...] = ()
    grid: str | None = None
    catalog_number: str | None = None
    compilation: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def full_title(self) -> str:
        """Return the title with its version in brackets."""
        return f"{self.title} ({self.version})" if self.version else self.title

    @property
    def artist_name(self) -> str:
        """Return the main artists as one line, featured artists after them."""
        return display_name(self.artists)

    @property
    def discs(self) -> tuple[int, ...]:
        """Return the numbers of the discs that have tracks, in order."""
        return tuple(sorted({track.disc for track in self.tracks}))


def display_name(artists: tuple[Artist, ...]) -> str:
    """Return artists as one line, as stores show them.

    Examples
    --------
    >>> display_name((Artist(name="Ada Vale"), Artist(name="Ben Oak"), Artist(name="Cy", role="FeaturedArtist")))
    'Ada Vale & Ben Oak feat. Cy'
    """
    main = [artist.name for artist in artists if artist.role != "FeaturedArtist"]
    featured = [artist.name for artist in artists if artist.role == "FeaturedArtist"]
    line = _join(main)
    if not featured:
        return line
    return f"{line} feat. {_join(featured)}" if line else _join(featured)


def _join(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} & {names[-1]}"
