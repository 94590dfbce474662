"""RELEASE.json: release records from and to JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from maxbooster_kernel.catalogue.deal import Deal, Price
from maxbooster_kernel.catalogue.party import Artist, ArtistIds, Contributor, MessageParty
from maxbooster_kernel.catalogue.place import Place
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.share import PublishingShare, RightsShare
from maxbooster_kernel.catalogue.territory import WORLDWIDE
from maxbooster_kernel.catalogue.track import RightsLine, Track
from maxbooster_kernel.errors import ReleaseError, expect_path
from maxbooster_kernel.files import plain_file, write_text

MAX_BYTES = 64 * 1024 * 1024


def read_release(path: str | os.PathLike[str]) -> ReleaseRecord:
    """Read RELEASE.json.

    Raises
    ------
    ReleaseError
        The file is missing, is not JSON, or a field has the wrong type (the message names it).
    """
    file = expect_path(path, "a release, RELEASE.json")
    try:
        if plain_file(file).stat().st_size > MAX_BYTES:
            raise ReleaseError(f"{file}: expected at most {MAX_BYTES} bytes of JSON, got {file.stat().st_size}")
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ReleaseError(f"{file}: cannot be read ({error.strerror or error})") from None
    except UnicodeDecodeError as error:
        raise ReleaseError(f"{file}: expected UTF-8, got other bytes at position {error.start}") from None
    try:
        return loads_release(text)
    except ReleaseError as error:
        raise ReleaseError(f"{file}: {error}") from None


def loads_release(text: str) -> ReleaseRecord:
    """Return the record of JSON text (see :func:`read_release`).

    Examples
    --------
    >>> loads_release('{"title": "Night Drive", "tracks": [{"title": "Dawn", "duration_s": 12.5}]}').tracks[0].title
    'Dawn'
    """
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ReleaseError(f"line {error.lineno}, column {error.colno}: expected JSON ({error.msg})") from None
    except RecursionError:
        raise ReleaseError("expected a release, got JSON that is nested too deeply") from None
    return release_from_dict(value)


def release_from_dict(value: object) -> ReleaseRecord:
    """Return the record of a decoded RELEASE.json; a wrong type raises and names the place."""
    at = Place(value)
    return ReleaseRecord(
        upc=at.text("upc"),
        title=at.text("title") or "",
        version=at.text("version"),
        type=at.text("type") or "Album",
        label=at.text("label") or "",
        artists=tuple(_artist(item) for item in at.children("artists")),
        genre=at.text("genre"),
        subgenre=at.text("subgenre"),
        language=at.text("language"),
        explicit=at.text("explicit"),
        release_date=at.text("release_date"),
        original_release_date=at.text("original_release_date"),
        p_line=_line(at.child("p_line")),
        c_line=_line(at.child("c_line")),
        cover=at.text("cover"),
        sender=_party(at.child("sender")),
        recipient=_party(at.child("recipient")),
        message_id=at.text("message_id"),
        created=at.text("created"),
        test=at.flag("test", default=True),
        deals=tuple(_deal(item) for item in at.children("deals")),
        tracks=tuple(_track(item, index) for index, item in enumerate(at.children("tracks"))),
        grid=at.text("grid"),
        catalog_number=at.text("catalog_number"),
        compilation=at.maybe_flag("compilation"),
        extra=at.rest(),
    )


def release_to_dict(release: ReleaseRecord) -> dict[str, Any]:
    """Return the record as the JSON object of RELEASE.json, every field of the contract present."""
    out: dict[str, Any] = {
        "upc": release.upc,
        "title": release.title,
        "version": release.version,
        "type": release.type,
        "label": release.label,
        "artists": [_artist_dict(artist) for artist in release.artists],
        "genre": release.genre,
        "subgenre": release.subgenre,
        "language": release.language,
        "explicit": release.explicit,
        "release_date": release.release_date,
        "original_release_date": release.original_release_date,
        "p_line": _line_dict(release.p_line),
        "c_line": _line_dict(release.c_line),
        "cover": release.cover,
        "sender": _party_dict(release.sender),
        "recipient": _party_dict(release.recipient),
    }
    out |= _known(message_id=release.message_id, created=release.created)
    out["test"] = release.test
    out |= _known(grid=release.grid, catalog_number=release.catalog_number, compilation=release.compilation)
    out["deals"] = [_deal_dict(deal) for deal in release.deals]
    out["tracks"] = [_track_dict(track) for track in release.tracks]
    return out | dict(release.extra)


def dumps_release(release: ReleaseRecord) -> str:
    """Return the record as the text of RELEASE.json."""
    return json.dumps(release_to_dict(release), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_release(path: str | os.PathLike[str], release: ReleaseRecord, *, force: bool = True) -> None:
    """Write RELEASE.json whole or not at all."""
    write_text(path, dumps_release(release), force=force)


def _refuse_constant(name: str) -> object:
    raise ReleaseError(f"expected finite numbers, got {name}")


def _artist(at: Place) -> Artist:
    return Artist(
        name=at.text("name") or "",
        role=at.text("role") or "MainArtist",
        ids=_ids(at.child("ids")),
        links=at.texts("links") or (),
        extra=at.rest(),
    )


def _ids(at: Place | None) -> ArtistIds:
    if at is None:
        return ArtistIds()
    return ArtistIds(
        isni=at.text("isni"), ipi=at.text("ipi"), spotify=at.text("spotify"), apple=at.text("apple"), extra=at.rest()
    )


def _contributor(at: Place) -> Contributor:
    return Contributor(
        name=at.text("name") or "", roles=at.texts("roles") or (), ids=_ids(at.child("ids")), extra=at.rest()
    )


def _party(at: Place | None) -> MessageParty | None:
    if at is None:
        return None
    return MessageParty(dpid=at.text("dpid") or "", name=at.text("name") or "", extra=at.rest())


def _line(at: Place | None) -> RightsLine | None:
    return None if at is None else RightsLine(year=at.integer("year"), text=at.text("text") or "", extra=at.rest())


def _price(at: Place | None) -> Price | None:
    if at is None:
        return None
    return Price(tier=at.text("tier"), amount=at.decimal("amount"), currency=at.text("currency"), extra=at.rest())


def _deal(at: Place) -> Deal:
    territories, excluded = at.texts("territories"), at.texts("excluded_territories") or ()
    return Deal(
        commercial_model=at.text("commercial_model") or "",
        use_types=at.texts("use_types") or (),
        territories=(WORLDWIDE,) if territories is None else territories,
        excluded_territories=excluded,
        start=at.text("start"),
        end=at.text("end"),
        price=_price(at.child("price")),
        tracks=at.texts("tracks"),
        pre_order=at.flag("pre_order", default=False),
        rights_claim_policy=at.text("rights_claim_policy"),
        extra=at.rest(),
    )


def _track(at: Place, index: int) -> Track:
    disc, number = at.integer("disc"), at.integer("number")
    return Track(
        disc=1 if disc is None else disc,
        number=index + 1 if number is None else number,
        isrc=at.text("isrc"),
        iswc=at.text("iswc"),
        title=at.text("title") or "",
        version=at.text("version"),
        artists=tuple(_artist(item) for item in at.children("artists")),
        contributors=tuple(_contributor(item) for item in at.children("contributors")),
        publishing=tuple(
            PublishingShare(
                party=item.text("party") or "",
                role=item.text("role") or "MusicPublisher",
                share=item.decimal("share"),
                extra=item.rest(),
            )
            for item in at.children("publishing")
        ),
        duration_s=at.number("duration_s"),
        explicit=at.text("explicit"),
        language=at.text("language"),
        genre=at.text("genre"),
        p_line=_line(at.child("p_line")),
        file=at.text("file"),
        rights=tuple(
            RightsShare(
                party=item.text("party") or "",
                share=item.decimal("share"),
                role=item.text("role") or "RightsController",
                extra=item.rest(),
            )
            for item in at.children("rights")
        ),
        extra=at.rest(),
    )


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _artist_dict(artist: Artist) -> dict[str, Any]:
    out: dict[str, Any] = {"name": artist.name, "role": artist.role}
    if artist.ids:
        out["ids"] = _ids_dict(artist.ids)
    if artist.links:
        out["links"] = list(artist.links)
    return out | dict(artist.extra)


def _ids_dict(ids: ArtistIds) -> dict[str, Any]:
    return {"isni": ids.isni, "ipi": ids.ipi, "spotify": ids.spotify, "apple": ids.apple} | dict(ids.extra)


def _contributor_dict(contributor: Contributor) -> dict[str, Any]:
    out: dict[str, Any] = {"name": contributor.name, "roles": list(contributor.roles)}
    if contributor.ids:
        out["ids"] = _ids_dict(contributor.ids)
    return out | dict(contributor.extra)


def _party_dict(party: MessageParty | None) -> dict[str, Any] | None:
    return None if party is None else {"dpid": party.dpid, "name": party.name} | dict(party.extra)


def _line_dict(line: RightsLine | None) -> dict[str, Any] | None:
    return None if line is None else {"year": line.year, "text": line.text} | dict(line.extra)


def _share_text(share: Decimal | None) -> str | None:
    return None if share is None else format(share, "f")


def _price_dict(price: Price | None) -> dict[str, Any] | None:
    if price is None:
        return None
    extra: Mapping[str, Any] = price.extra
    return _known(tier=price.tier, amount=_share_text(price.amount), currency=price.currency) | dict(extra)


def _deal_dict(deal: Deal) -> dict[str, Any]:
    out: dict[str, Any] = {
        "commercial_model": deal.commercial_model,
        "use_types": list(deal.use_types),
        "territories": list(deal.territories),
        "excluded_territories": list(deal.excluded_territories),
        "start": deal.start,
        "end": deal.end,
        "price": _price_dict(deal.price),
        "tracks": None if deal.tracks is None else list(deal.tracks),
    }
    if deal.pre_order:
        out["pre_order"] = True
    return out | _known(rights_claim_policy=deal.rights_claim_policy) | dict(deal.extra)


def _track_dict(track: Track) -> dict[str, Any]:
    return {
        "disc": track.disc,
        "number": track.number,
        "isrc": track.isrc,
        "iswc": track.iswc,
        "title": track.title,
        "version": track.version,
        "artists": [_artist_dict(artist) for artist in track.artists],
        "contributors": [_contributor_dict(contributor) for contributor in track.contributors],
        "publishing": [
            {"party": share.party, "role": share.role, "share": _share_text(share.share)} | dict(share.extra)
            for share in track.publishing
        ],
        "duration_s": track.duration_s,
        "explicit": track.explicit,
        "language": track.language,
        "genre": track.genre,
        "p_line": _line_dict(track.p_line),
        "file": track.file,
        "rights": [
            {"party": share.party, "share": _share_text(share.share)}
            | ({} if share.role == "RightsController" else {"role": share.role})
            | dict(share.extra)
            for share in track.rights
        ],
    } | dict(track.extra)
