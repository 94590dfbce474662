"""The normal form of a release: what two records must have in common to say the same thing.

Texts are NFC without outer blanks, identifiers bare and upper case, tracks in playing order, values that only repeat
the release's are left to it, values that are left to the release are filled in where messages always state them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import Any

from maxbooster_kernel.catalogue.deal import Deal
from maxbooster_kernel.catalogue.party import ArtistIds, Contributor
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.share import PUBLISHER_ROLES, PublishingShare
from maxbooster_kernel.catalogue.track import Track
from maxbooster_kernel.identifiers import normalise

NO_IDS = ArtistIds()
_KEPT = ("file", "cover", "extra", "created", "message_id")


def in_normal_form(release: ReleaseRecord, *, texts: bool = True) -> ReleaseRecord:
    """Return the release in normal form; doing it twice changes nothing.

    ``texts=False`` leaves the texts to the writer, which composes them as it goes.

    Examples
    --------
    >>> from maxbooster_kernel.catalogue import Artist, ReleaseRecord, Track
    >>> record = ReleaseRecord(title=" A ", artists=(Artist(name="Ada"),), tracks=(Track(isrc="us-abc-26-00001"),))
    >>> normal = in_normal_form(record)
    >>> normal.title, normal.tracks[0].isrc, normal.tracks[0].artists[0].name
    ('A', 'USABC2600001', 'Ada')
    """
    clean: ReleaseRecord = _texts(release) if texts else release
    tracks = tuple(_track(track, clean) for track in sorted(clean.tracks, key=lambda track: (track.disc, track.number)))
    return replace(
        clean,
        upc=_bare(clean.upc),
        grid=_bare(clean.grid),
        version=clean.version or None,
        explicit=clean.explicit or _explicit(tracks),
        deals=tuple(_deal(deal, clean.release_date) for deal in clean.deals),
        tracks=tracks,
    )


def _deal(deal: Deal, released: str | None) -> Deal:
    start, end = deal.start or released, deal.end
    if "T" in (start or "") + (end or ""):  # a period is given in days or in times, not in both
        start = start if start is None or "T" in start else f"{start}T00:00:00"
        end = end if end is None or "T" in end else f"{end}T23:59:59"
    return replace(
        deal,
        start=start,
        end=end,
        territories=() if deal.excluded_territories else deal.territories,
        tracks=None if deal.tracks is None else tuple(normalise(isrc) for isrc in deal.tracks),
    )


def _people(track: Track) -> tuple[tuple[Contributor, ...], tuple[PublishingShare, ...]]:
    """Return contributors and publishing shares: writers among the contributors, publishers among the shares."""
    if not track.contributors and all(share.role in PUBLISHER_ROLES for share in track.publishing):
        return (), track.publishing
    people: dict[tuple[str, ArtistIds], set[str]] = {}
    shares = list(track.publishing)
    for person in track.contributors:
        roles = people.setdefault((person.name, person.ids), set())
        for role in person.roles:
            if role in PUBLISHER_ROLES and not person.ids:
                shares.append(PublishingShare(party=person.name, role=role))
            else:
                roles.add(role)
    for share in track.publishing:
        if share.role not in PUBLISHER_ROLES:
            people.setdefault((share.party, NO_IDS), set()).add(share.role)
    if len(shares) == len(track.publishing) and len(people) == len(track.contributors):
        lists = [sorted(roles) for roles in people.values()]
        if all(list(p.roles) == roles and roles for p, roles in zip(track.contributors, lists, strict=True)):
            return track.contributors, track.publishing
    extras = {(person.name, person.ids): person.extra for person in track.contributors}
    kept = tuple(
        Contributor(name=name, ids=ids, roles=tuple(sorted(roles)), extra=extras.get((name, ids), {}))
        for (name, ids), roles in people.items()
        if roles or not any(share.party == name for share in shares)
    )
    return kept, tuple(shares)


def _track(track: Track, release: ReleaseRecord) -> Track:
    contributors, publishing = _people(track)
    changes: dict[str, Any] = {
        "contributors": contributors,
        "publishing": publishing,
        "isrc": _bare(track.isrc),
        "iswc": _bare(track.iswc),
        "version": track.version or None,
        "artists": track.artists or release.artists,
        "genre": None if track.genre == release.genre else track.genre,
        "p_line": None if track.p_line == release.p_line else track.p_line,
    }
    return track if all(getattr(track, name) is value for name, value in changes.items()) else replace(track, **changes)


def _explicit(tracks: tuple[Track, ...]) -> str | None:
    values = {track.explicit for track in tracks}
    if "Explicit" in values:
        return "Explicit"
    return "NotExplicit" if values == {"NotExplicit"} else None


def _bare(identifier: str | None) -> str | None:
    return normalise(identifier) if identifier else None


def _texts(value: Any) -> Any:
    """Return a record with every text in NFC and without outer blanks; records that need no change stay themselves."""
    if isinstance(value, str):
        stripped = value.strip()
        return stripped if stripped.isascii() else unicodedata.normalize("NFC", stripped)
    if isinstance(value, tuple):
        items = tuple(_texts(item) for item in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if is_dataclass(value) and not isinstance(value, type):
        changes = {}
        for item in fields(value):
            if item.name in _KEPT:
                continue
            old = getattr(value, item.name)
            new = _texts(old)
            if new is not old and new != old:
                changes[item.name] = new
        return replace(value, **changes) if changes else value
    return value
