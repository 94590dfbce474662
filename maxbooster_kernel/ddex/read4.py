"""Read ERN 4: parties by reference, the default variant of each text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from lxml import etree

from maxbooster_kernel.catalogue.party import Artist, ArtistIds, Contributor
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.share import PublishingShare, RightsShare
from maxbooster_kernel.catalogue.track import Track
from maxbooster_kernel.ddex.duration import parse_duration
from maxbooster_kernel.ddex.parties import STORE_NAMESPACES
from maxbooster_kernel.ddex.read_parts import (
    ids_of,
    merge_people,
    message_party,
    read_deals,
    rights_line,
    sequenced,
    split_publishers,
    track_order,
)
from maxbooster_kernel.ddex.xml_text import best, best_text, coded_of, coded_text, decimal_of, text_of, texts_of


@dataclass(frozen=True, slots=True)
class _Party:
    name: str
    ids: ArtistIds


_NOBODY = _Party("", ArtistIds())


def read_release(root: etree._Element) -> ReleaseRecord | None:
    """Return the release of a message with its tracks; None if the message has no release."""
    main = root.find("ReleaseList/Release")
    if main is None:
        main = root.find("ReleaseList/TrackRelease")
    if main is None:
        return None
    parties = _parties(root)
    by_reference = {
        text_of(node, "ResourceReference") or "": node for node in root.iterfind("ResourceList/SoundRecording")
    }
    order = track_order(list(main.iterfind("ResourceGroup")), lambda name: name in by_reference)
    if not order:
        names = [name for name in texts_of(main, "ReleaseResourceReference") if name in by_reference]
        order = [(1, number, name) for number, name in enumerate(names or list(by_reference), start=1)]
    releases = list(root.iterfind("ReleaseList/TrackRelease"))
    genres = {text_of(node, "ReleaseResourceReference") or "": _genre(node)[0] for node in releases}
    tracks = tuple(
        replace(_track(by_reference[name], parties), disc=disc, number=number, genre=genres.get(name))
        for disc, number, name in order
    )
    isrcs = {name: track.isrc or "" for (_, _, name), track in zip(order, tracks, strict=True)}
    by_release = {
        text_of(node, "ReleaseReference") or "": isrcs.get(text_of(node, "ReleaseResourceReference") or "", "")
        for node in releases
    }
    title, version = _title(main)
    genre, subgenre = _genre(main)
    label = parties.get(best_text(main, "ReleaseLabelReference") or "", _NOBODY).name
    return ReleaseRecord(
        upc=text_of(main, "ReleaseId/ICPN"),
        grid=text_of(main, "ReleaseId/GRid"),
        catalog_number=text_of(main, "ReleaseId/CatalogNumber"),
        title=title,
        version=version,
        type=coded_of(main, "ReleaseType") or "Album",
        label=label,
        artists=_artists(main, parties),
        genre=genre,
        subgenre=subgenre,
        language=root.get("LanguageAndScriptCode"),
        explicit=_warning(main),
        release_date=best_text(main, "ReleaseDate"),
        original_release_date=best_text(main, "OriginalReleaseDate"),
        p_line=rights_line(main, "PLine"),
        c_line=rights_line(main, "CLine"),
        cover=_cover(root),
        sender=message_party(root.find("MessageHeader/MessageSender")),
        recipient=message_party(root.find("MessageHeader/MessageRecipient")),
        message_id=text_of(root, "MessageHeader/MessageId"),
        created=text_of(root, "MessageHeader/MessageCreatedDateTime"),
        test=text_of(root, "MessageHeader/MessageControlType") == "TestMessage",
        deals=read_deals(
            root, text_of(main, "ReleaseReference"), {name: isrc for name, isrc in by_release.items() if isrc}
        ),
        tracks=tracks,
        compilation=_flag(text_of(main, "IsMultiArtistCompilation")),
    )


def _parties(root: etree._Element) -> dict[str, _Party]:
    found: dict[str, _Party] = {}
    names = {namespace: field for field, namespace in STORE_NAMESPACES.items()}
    for node in root.iterfind("PartyList/Party"):
        reference = text_of(node, "PartyReference")
        if reference is None:
            continue
        name = best(node.iterfind("PartyName"))
        ids = {"isni": text_of(node, "PartyId/ISNI"), "ipi": text_of(node, "PartyId/IpiNameNumber")}
        for own in node.iterfind("PartyId/ProprietaryId"):
            field = names.get(own.get("Namespace") or "")
            if field is not None:
                ids[field] = (own.text or "").strip() or None
        found[reference] = _Party(text_of(name, "FullName") or "", ids_of(ids))
    return found


def _track(node: etree._Element, parties: dict[str, _Party]) -> Track:
    title, version = _title(node)
    edition = node.find("SoundRecordingEdition")
    contributors, publishing = _credits(node, parties)
    return Track(
        isrc=text_of(node, "SoundRecordingEdition/ResourceId/ISRC", "ResourceId/ISRC"),
        iswc=text_of(node, "WorkId/ISWC"),
        title=title,
        version=version,
        artists=_artists(node, parties),
        contributors=contributors,
        publishing=publishing,
        duration_s=parse_duration(text_of(node, "Duration") or ""),
        explicit=_warning(node),
        language=text_of(node, "LanguageOfPerformance"),
        p_line=rights_line(edition, "PLine") or rights_line(node, "PLine"),
        file=text_of(
            node,
            "SoundRecordingEdition/TechnicalDetails/DeliveryFile/File/URI",
            "TechnicalDetails/DeliveryFile/File/URI",
            "TechnicalDetails/File/URI",
        ),
        rights=_rights(node, parties),
    )


def _title(node: etree._Element) -> tuple[str, str | None]:
    title = best(node.iterfind("DisplayTitle"))
    if title is not None and (found := text_of(title, "TitleText")):
        return found, text_of(title, "SubTitle")
    return best_text(node, "DisplayTitleText") or "", None


def _genre(node: etree._Element) -> tuple[str | None, str | None]:
    genre = best([*node.iterfind("DisplayGenre"), *node.iterfind("Genre")])
    return text_of(genre, "GenreText"), text_of(genre, "SubGenre")


def _warning(node: etree._Element) -> str | None:
    return coded_text(best(node.iterfind("ParentalWarningType")))


def _artists(node: etree._Element, parties: dict[str, _Party]) -> tuple[Artist, ...]:
    found = []
    for artist in sequenced(list(node.iterfind("DisplayArtist"))):
        party = parties.get(text_of(artist, "ArtistPartyReference") or "", _NOBODY)
        role = coded_of(artist, "DisplayArtistRole") or "MainArtist"
        found.append(Artist(name=party.name, role=role, ids=party.ids))
    return tuple(found)


def _credits(
    node: etree._Element, parties: dict[str, _Party]
) -> tuple[tuple[Contributor, ...], tuple[PublishingShare, ...]]:
    people = []
    for credit in sequenced(list(node.iterfind("Contributor"))):
        party = parties.get(text_of(credit, "ContributorPartyReference") or "", _NOBODY)
        roles = [coded_text(role.find("Value") if len(role) else role) or "" for role in credit.iterfind("Role")]
        people.append(Contributor(name=party.name, roles=tuple(role for role in roles if role), ids=party.ids))
    contributors, publishing = split_publishers(merge_people(people))
    for place, work in enumerate(node.iterfind("WorkRightsController")):
        name = parties.get(text_of(work, "RightsControllerPartyReference") or "", _NOBODY).name
        share = decimal_of(text_of(work, "RightSharePercentage"))
        index = next((i for i, own in enumerate(publishing) if i >= place and own.party == name), None)
        if index is None:
            writer = next((role for person in contributors if person.name == name for role in person.roles), None)
            publishing.insert(place, PublishingShare(party=name, share=share, role=writer or "MusicPublisher"))
        else:
            publishing.insert(place, replace(publishing.pop(index), share=share))
    return contributors, tuple(publishing)


def _rights(node: etree._Element, parties: dict[str, _Party]) -> tuple[RightsShare, ...]:
    found = []
    for controller in sequenced(list(node.iterfind("ResourceRightsController"))):
        share = controller.find("RightSharePercentage")
        number = decimal_of(None if share is None else share.text)
        if share is not None and number is not None and share.get("HasMaxValueOfOne") in ("true", "1"):
            number *= Decimal(100)
        party = parties.get(text_of(controller, "RightsControllerPartyReference") or "", _NOBODY)
        role = coded_of(controller, "RightsControlType") or "RightsController"
        found.append(RightsShare(party=party.name, share=number, role=role))
    return tuple(found)


def _cover(root: etree._Element) -> str | None:
    for image in root.iterfind("ResourceList/Image"):
        if text_of(image, "Type") == "FrontCoverImage":
            return text_of(image, "TechnicalDetails/File/URI", "TechnicalDetails/DeliveryFile/File/URI")
    return None


def _flag(text: str | None) -> bool | None:
    return None if text is None else text in ("true", "1")
