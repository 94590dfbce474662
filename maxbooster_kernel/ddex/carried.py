"""What of a record a version of the message can carry: the rest is lost on the way, and said so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from maxbooster_kernel.catalogue.deal import Deal
from maxbooster_kernel.catalogue.normal import in_normal_form
from maxbooster_kernel.catalogue.party import Artist, ArtistIds, Contributor
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.share import PUBLISHER_ROLES
from maxbooster_kernel.catalogue.track import RightsLine, Track
from maxbooster_kernel.ddex.codes import Codes
from maxbooster_kernel.ddex.versions import Version


def carried(release: ReleaseRecord, version: Version) -> ReleaseRecord:
    """Return the release in normal form as a message of a version carries it, and as reading gives it back.

    ERN 3 has no shares of the work and languages of two letters only; neither version carries links and unknown
    fields; each calls a producer by its own word.
    """
    codes = Codes(version.rules(), "")
    normal = in_normal_form(release)
    isrcs = {track.isrc for track in normal.tracks}
    return replace(
        normal,
        language=normal.language or "en",
        artists=tuple(_artist(artist) for artist in normal.artists),
        p_line=_line(normal.p_line),
        c_line=_line(normal.c_line),
        deals=tuple(_deal(deal, isrcs) for deal in normal.deals if deal.tracks is None or set(deal.tracks) & isrcs),
        tracks=_numbered(tuple(_track(track, normal, version, codes) for track in normal.tracks)),
        sender=normal.sender and replace(normal.sender, extra={}),
        recipient=normal.recipient and replace(normal.recipient, extra={}),
        extra={},
    )


def losses(release: ReleaseRecord, version: Version) -> list[str]:
    """Return the places of a record that a message of a version does not carry.

    Examples
    --------
    >>> from maxbooster_kernel.catalogue import PublishingShare, Track
    >>> from maxbooster_kernel.ddex.versions import VERSIONS
    >>> from decimal import Decimal
    >>> song = Track(publishing=(PublishingShare(party="Oak Songs", share=Decimal(50)),))
    >>> losses(ReleaseRecord(language="en", tracks=(song,)), VERSIONS["3.8.2"])
    ['tracks[0].publishing[0].share']
    """
    return list(_differences(in_normal_form(release), carried(release, version), ""))


def _artist(artist: Artist) -> Artist:
    return replace(artist, links=(), ids=_ids(artist.ids), extra={})


def _ids(ids: ArtistIds) -> ArtistIds:
    return replace(ids, extra={}) if ids.extra else ids


def _line(line: RightsLine | None) -> RightsLine | None:
    return None if line is None or not line.text else replace(line, extra={})


def _deal(deal: Deal, isrcs: set[str | None]) -> Deal:
    return replace(
        deal,
        tracks=None if deal.tracks is None else tuple(isrc for isrc in deal.tracks if isrc in isrcs),
        price=None if deal.price is None else replace(deal.price, extra={}),
        extra={},
    )


def _track(track: Track, release: ReleaseRecord, version: Version, codes: Codes) -> Track:
    three = version.generation == 3
    explicit = track.explicit or ("Unknown" if version.name == "4.3" else None)
    shares = [share for share in track.publishing if not three or share.role in PUBLISHER_ROLES]
    line = _line(track.p_line)
    return replace(
        track,
        artists=tuple(_artist(artist) for artist in track.artists),
        contributors=tuple(_person(person, codes) for person in track.contributors),
        publishing=tuple(replace(share, share=None if three else share.share, extra={}) for share in shares),
        language=codes.language(track.language),
        explicit=explicit,
        genre=track.genre,
        p_line=None if line == _line(release.p_line) else line,
        rights=tuple(replace(share, extra={}) for share in track.rights),
        extra={},
    )


def _person(person: Contributor, codes: Codes) -> Contributor:
    roles = {codes.contributor(role) for role in person.roles if not codes.is_writer(role)}
    names = {role.user or role.value for role in roles} | {role for role in person.roles if codes.is_writer(role)}
    return replace(person, roles=tuple(sorted(names)), ids=_ids(person.ids), extra={})


def _numbered(tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """Return tracks with discs and numbers counted from 1, as a message counts them."""
    discs: dict[int, int] = {}
    counts: dict[int, int] = {}
    found = []
    for track in tracks:
        disc = discs.setdefault(track.disc, len(discs) + 1)
        counts[disc] = counts.get(disc, 0) + 1
        found.append(replace(track, disc=disc, number=counts[disc]))
    return tuple(found)


def _differences(before: Any, after: Any, path: str) -> Iterator[str]:
    if is_dataclass(before) and type(before) is type(after):
        for item in fields(before):
            where = f"{path}.{item.name}" if path else item.name
            yield from _differences(getattr(before, item.name), getattr(after, item.name), where)
    elif isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differences(old, new, f"{path}[{index}]")
    elif before != after and before not in (None, (), {}):
        yield path
