"""Read ERN 3: details by territory, parties in place."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from maxbooster_kernel.catalogue.party import Artist, Contributor
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.share import RightsShare
from maxbooster_kernel.catalogue.track import Track
from maxbooster_kernel.ddex.duration import parse_duration
from maxbooster_kernel.ddex.read_parts import (
    merge_people,
    message_party,
    party_ids,
    read_deals,
    rights_line,
    sequenced,
    split_publishers,
    track_order,
)
from maxbooster_kernel.ddex.xml_text import best, coded_of, coded_text, decimal_of, text_of, texts_of


def read_release(root: etree._Element) -> ReleaseRecord | None:
    """Return the main release of a message with its tracks; None if the message has no release."""
    releases = list(root.iterfind("ReleaseList/Release"))
    main = main_release(releases)
    if main is None:
        return None
    details = best(main.iterfind("ReleaseDetailsByTerritory"))
    by_reference = {
        text_of(node, "ResourceReference") or "": node for node in root.iterfind("ResourceList/SoundRecording")
    }
    order = track_order(
        list(details.iterfind("ResourceGroup")) if details is not None else [], lambda name: name in by_reference
    )
    if not order:
        listed = texts_of(main, "ReleaseResourceReferenceList/ReleaseResourceReference")
        names = [name for name in listed if name in by_reference] or list(by_reference)
        order = [(1, number, name) for number, name in enumerate(names, start=1)]
    tracks = tuple(_track(by_reference[name], disc, number) for disc, number, name in order)
    isrcs = _track_isrcs(releases, {name: track.isrc or "" for (_, _, name), track in zip(order, tracks, strict=True)})
    subtitle = text_of(main, "ReferenceTitle/SubTitle") or text_of(details, "Title/SubTitle")
    genre = None if details is None else best(details.iterfind("Genre"))
    return ReleaseRecord(
        upc=text_of(main, "ReleaseId/ICPN"),
        grid=text_of(main, "ReleaseId/GRid"),
        catalog_number=text_of(main, "ReleaseId/CatalogNumber"),
        title=text_of(main, "ReferenceTitle/TitleText") or text_of(details, "Title/TitleText") or "",
        version=subtitle,
        type=coded_of(main, "ReleaseType") or coded_of(details, "ReleaseType") or "Album",
        label=text_of(details, "LabelName") or "",
        artists=_artists(details),
        genre=text_of(genre, "GenreText"),
        subgenre=text_of(genre, "SubGenre"),
        language=root.get("LanguageAndScriptCode"),
        explicit=coded_of(details, "ParentalWarningType"),
        release_date=text_of(details, "ReleaseDate") or text_of(main, "GlobalReleaseDate"),
        original_release_date=text_of(details, "OriginalReleaseDate") or text_of(main, "GlobalOriginalReleaseDate"),
        p_line=rights_line(main, "PLine") or rights_line(details, "PLine"),
        c_line=rights_line(main, "CLine") or rights_line(details, "CLine"),
        cover=_cover(root),
        sender=message_party(root.find("MessageHeader/MessageSender")),
        recipient=message_party(root.find("MessageHeader/MessageRecipient")),
        message_id=text_of(root, "MessageHeader/MessageId"),
        created=text_of(root, "MessageHeader/MessageCreatedDateTime"),
        test=text_of(root, "MessageHeader/MessageControlType") == "TestMessage",
        deals=read_deals(root, text_of(main, "ReleaseReference"), isrcs),
        tracks=tracks,
        compilation=_flag(text_of(details, "IsMultiArtistCompilation")),
    )


def main_release(releases: list[etree._Element]) -> etree._Element | None:
    """Return the release the message is about: the one marked so, else the first that is no track release."""
    for release in releases:
        if release.get("IsMainRelease") in ("true", "1"):
            return release
    for release in releases:
        if "TrackRelease" not in texts_of(release, "ReleaseType"):
            return release
    return releases[0] if releases else None


def _track_isrcs(releases: list[etree._Element], resources: dict[str, str]) -> dict[str, str]:
    """Return the ISRC of every release of one recording, by its reference."""
    found: dict[str, str] = {}
    for release in releases:
        names = texts_of(release, "ReleaseResourceReferenceList/ReleaseResourceReference")
        isrc = text_of(release, "ReleaseId/ISRC") or next((resources[name] for name in names if name in resources), "")
        for reference in texts_of(release, "ReleaseReference"):
            if isrc:
                found[reference] = isrc
    return found


def _track(node: etree._Element, disc: int, number: int) -> Track:
    details = best(node.iterfind("SoundRecordingDetailsByTerritory"))
    contributors, publishing = split_publishers(_contributors(details))
    genre = None if details is None else best(details.iterfind("Genre"))
    return Track(
        disc=disc,
        number=number,
        isrc=text_of(node, "SoundRecordingId/ISRC"),
        iswc=text_of(node, "IndirectSoundRecordingId/ISWC"),
        title=text_of(node, "ReferenceTitle/TitleText") or text_of(details, "Title/TitleText") or "",
        version=text_of(node, "ReferenceTitle/SubTitle") or text_of(details, "Title/SubTitle"),
        artists=_artists(details),
        contributors=contributors,
        publishing=tuple(publishing),
        duration_s=parse_duration(text_of(node, "Duration") or ""),
        explicit=coded_of(details, "ParentalWarningType"),
        language=text_of(node, "LanguageOfPerformance"),
        genre=text_of(genre, "GenreText"),
        p_line=rights_line(details, "PLine"),
        file=_file(None if details is None else details.find("TechnicalSoundRecordingDetails")),
        rights=_rights(details),
    )


def _artists(details: etree._Element | None) -> tuple[Artist, ...]:
    if details is None:
        return ()
    return tuple(
        Artist(
            name=text_of(node, "PartyName/FullName") or "",
            role=coded_of(node, "ArtistRole") or "MainArtist",
            ids=party_ids(node),
        )
        for node in sequenced(list(details.iterfind("DisplayArtist")))
    )


def _contributors(details: etree._Element | None) -> list[Contributor]:
    if details is None:
        return []
    found: list[etree._Element] = [
        *details.iterfind("ResourceContributor"),
        *details.iterfind("IndirectResourceContributor"),
    ]
    people = []
    for node in sequenced(found):
        roles = [
            value
            for tag in ("ResourceContributorRole", "IndirectResourceContributorRole")
            for item in node.iterfind(tag)
            if (value := coded_text(item))
        ]
        people.append(
            Contributor(name=text_of(node, "PartyName/FullName") or "", roles=tuple(roles), ids=party_ids(node))
        )
    return merge_people(people)


def _rights(details: etree._Element | None) -> tuple[RightsShare, ...]:
    if details is None:
        return ()
    found = []
    for node in sequenced(list(details.iterfind("RightsController"))):
        share = node.find("RightSharePercentage")
        number = decimal_of(None if share is None else share.text)
        if share is not None and number is not None and share.get("HasMaxValueOfOne") in ("true", "1"):
            number *= Decimal(100)
        role = coded_of(node, "RightsControllerRole") or "RightsController"
        found.append(RightsShare(party=text_of(node, "PartyName/FullName") or "", share=number, role=role))
    return tuple(found)


def _cover(root: etree._Element) -> str | None:
    images = list(root.iterfind("ResourceList/Image"))
    front = [image for image in images if text_of(image, "ImageType") == "FrontCoverImage"]
    if not front:
        return None
    return _file(front[0].find("ImageDetailsByTerritory/TechnicalImageDetails"))


def _file(technical: etree._Element | None) -> str | None:
    name = text_of(technical, "File/FileName", "File/URL")
    return None if name is None else (text_of(technical, "File/FilePath") or "") + name


def _flag(text: str | None) -> bool | None:
    return None if text is None else text in ("true", "1")
