"""Time the ERN writer against a plain lxml SubElement builder of the same message, and a batch of 10,000 releases.

Run: ``python tests/bench/bench_ern.py [--batch 10000] [--schemas FOLDER]``. Times are interleaved, best of many.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from datetime import UTC, datetime
from decimal import Decimal

from lxml import etree

from maxbooster_kernel.catalogue import (
    Artist,
    Contributor,
    Deal,
    MessageParty,
    ReleaseRecord,
    RightsLine,
    RightsShare,
    Track,
    check_release,
    display_name,
)
from maxbooster_kernel.ddex.duration import format_duration
from maxbooster_kernel.ddex.media import MediaFacts
from maxbooster_kernel.ddex.parse import read_xml
from maxbooster_kernel.ddex.validate import validate_root
from maxbooster_kernel.ddex.write import write_message
from maxbooster_kernel.identifiers import gtin_check_digit

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SENDER = "PADPIDA2014122301Q"
WRITERS = {"Composer", "Lyricist", "ComposerLyricist"}


def make_release(number: int, tracks: int = 12) -> ReleaseRecord:
    """Return a release that differs from every other number's."""
    body = f"7{number:010d}"
    line = RightsLine(year=2026, text="2026 North Pier")
    artists = (Artist(name="Ada Vale"), Artist(name="DJ Bøe", role="FeaturedArtist"))
    return ReleaseRecord(
        upc=body + gtin_check_digit(body),
        title=f"Night Market & Co. {number}",
        type="Album",
        label="North Pier",
        artists=artists,
        genre="Electronic",
        subgenre="House",
        language="en",
        explicit="NotExplicit",
        release_date="2026-12-04",
        p_line=line,
        c_line=line,
        cover="cover.jpg",
        sender=MessageParty(dpid=SENDER, name="North Pier"),
        recipient=MessageParty(dpid="PADPIDA2011072101T", name="A Store"),
        message_id=f"MSG-{number}",
        deals=(
            Deal(commercial_model="SubscriptionModel", use_types=("OnDemandStream",), start="2026-12-04"),
            Deal(
                commercial_model="PayAsYouGoModel",
                use_types=("PermanentDownload",),
                territories=("US", "GB", "DE"),
                start="2026-12-04",
            ),
        ),
        tracks=tuple(
            Track(
                disc=1,
                number=place,
                isrc=f"USNPR{(number * 97 + place) % 10_000_000:07d}",
                title=f"Track {place} of {number}",
                artists=artists,
                contributors=(
                    Contributor(name="Kim O", roles=("Producer",)),
                    Contributor(name="Lee P", roles=("Composer",)),
                ),
                duration_s=181.234 + place,
                explicit="NotExplicit",
                language="en",
                file=f"resources/{place:03d}.flac",
                rights=(
                    RightsShare(party="North Pier", share=Decimal("70.00")),
                    RightsShare(party="Kim O", share=Decimal("30.00")),
                ),
            )
            for place in range(1, tracks + 1)
        ),
    )


def media_of(release: ReleaseRecord) -> dict[str, MediaFacts]:
    """Return facts of the release's files."""
    audio = MediaFacts(
        codec="FLAC", channels=2, sample_rate=44100, bit_depth=16, md5="9e107d9d372bb6826bd81d3542a419d6"
    )
    return {str(track.file): audio for track in release.tracks} | {
        "cover.jpg": MediaFacts(codec="JPEG", width=3000, height=3000, md5="0" * 32)
    }


def plain_builder(release: ReleaseRecord, media: dict[str, MediaFacts], now: datetime) -> bytes:
    """Build the same message the plain way: one SubElement call an element."""
    sub = etree.SubElement

    def leaf(parent, tag, text, **attributes):
        element = sub(parent, tag, attributes)
        element.text = text
        return element

    def title(parent, tag, item, **attributes):
        element = sub(parent, tag, attributes)
        leaf(element, "TitleText", item.title)
        if item.version:
            leaf(element, "SubTitle", item.version)

    def artists_of(parent, artists):
        for place, artist in enumerate(artists, start=1):
            element = sub(parent, "DisplayArtist", SequenceNumber=str(place))
            leaf(sub(element, "PartyName"), "FullName", artist.name)
            leaf(element, "ArtistRole", artist.role)

    def line(parent, kind, item):
        element = sub(parent, kind)
        leaf(element, "Year", str(item.year))
        leaf(element, f"{kind}Text", item.text)

    def genre(parent):
        element = sub(parent, "Genre")
        leaf(element, "GenreText", release.genre)
        leaf(element, "SubGenre", release.subgenre)

    def file_of(parent, name):
        folder, _, base = name.rpartition("/")
        element = sub(parent, "File")
        leaf(element, "FileName", base)
        if folder:
            leaf(element, "FilePath", folder + "/")
        digest = sub(element, "HashSum")
        leaf(digest, "HashSum", media[name].md5)
        leaf(digest, "HashSumAlgorithmType", "MD5")

    namespace = "http://ddex.net/xml/ern/382"
    root = etree.Element(f"{{{namespace}}}NewReleaseMessage", nsmap={"ern": namespace})
    root.set("MessageSchemaVersionId", "ern/382")
    root.set("ReleaseProfileVersionId", "CommonReleaseTypes/14/AudioAlbum")
    root.set("LanguageAndScriptCode", release.language)
    header = sub(root, "MessageHeader")
    leaf(header, "MessageThreadId", release.upc)
    leaf(header, "MessageId", release.message_id)
    for tag, party in (("MessageSender", release.sender), ("MessageRecipient", release.recipient)):
        element = sub(header, tag)
        leaf(element, "PartyId", party.dpid)
        leaf(sub(element, "PartyName"), "FullName", party.name)
    leaf(header, "MessageCreatedDateTime", now.isoformat().replace("+00:00", "Z"))
    leaf(header, "MessageControlType", "TestMessage")
    resources = sub(root, "ResourceList")
    for index, track in enumerate(release.tracks, start=1):
        node = sub(resources, "SoundRecording")
        leaf(node, "SoundRecordingType", "MusicalWorkSoundRecording")
        leaf(sub(node, "SoundRecordingId"), "ISRC", track.isrc)
        leaf(node, "ResourceReference", f"A{index}")
        title(node, "ReferenceTitle", track)
        leaf(node, "LanguageOfPerformance", track.language)
        leaf(node, "Duration", format_duration(track.duration_s))
        details = sub(node, "SoundRecordingDetailsByTerritory")
        leaf(details, "TerritoryCode", "Worldwide")
        title(details, "Title", track, TitleType="FormalTitle")
        title(details, "Title", track, TitleType="DisplayTitle")
        artists_of(details, track.artists)
        for place, person in enumerate(track.contributors, start=1):
            rest = [role for role in person.roles if role not in WRITERS]
            if rest:
                element = sub(details, "ResourceContributor", SequenceNumber=str(place))
                leaf(sub(element, "PartyName"), "FullName", person.name)
                for role in rest:
                    leaf(element, "ResourceContributorRole", role)
        for place, person in enumerate(track.contributors, start=1):
            work = [role for role in person.roles if role in WRITERS]
            if work:
                element = sub(details, "IndirectResourceContributor", SequenceNumber=str(place))
                leaf(sub(element, "PartyName"), "FullName", person.name)
                for role in work:
                    leaf(element, "IndirectResourceContributorRole", role)
        leaf(details, "LabelName", release.label)
        for place, share in enumerate(track.rights, start=1):
            element = sub(details, "RightsController", SequenceNumber=str(place))
            leaf(sub(element, "PartyName"), "FullName", share.party)
            leaf(element, "RightsControllerRole", share.role)
            leaf(element, "RightSharePercentage", format(share.share, "f"))
        leaf(details, "ResourceReleaseDate", release.release_date)
        line(details, "PLine", release.p_line)
        genre(details)
        leaf(details, "ParentalWarningType", track.explicit)
        facts = media[track.file]
        technical = sub(details, "TechnicalSoundRecordingDetails")
        leaf(technical, "TechnicalResourceDetailsReference", f"T{index}")
        leaf(technical, "AudioCodecType", facts.codec)
        leaf(technical, "NumberOfChannels", str(facts.channels))
        leaf(technical, "SamplingRate", str(facts.sample_rate), UnitOfMeasure="Hz")
        leaf(technical, "BitsPerSample", str(facts.bit_depth))
        leaf(technical, "IsPreview", "false")
        file_of(technical, track.file)
    cover = len(release.tracks) + 1
    node = sub(resources, "Image")
    leaf(node, "ImageType", "FrontCoverImage")
    leaf(sub(node, "ImageId"), "ProprietaryId", f"{release.upc}_IMG", Namespace=f"DPID:{SENDER}")
    leaf(node, "ResourceReference", f"A{cover}")
    details = sub(node, "ImageDetailsByTerritory")
    leaf(details, "TerritoryCode", "Worldwide")
    leaf(details, "ParentalWarningType", release.explicit)
    facts = media[release.cover]
    technical = sub(details, "TechnicalImageDetails")
    leaf(technical, "TechnicalResourceDetailsReference", f"T{cover}")
    leaf(technical, "ImageCodecType", facts.codec)
    leaf(technical, "ImageHeight", str(facts.height))
    leaf(technical, "ImageWidth", str(facts.width))
    leaf(technical, "IsPreview", "false")
    file_of(technical, release.cover)
    releases = sub(root, "ReleaseList")
    node = sub(releases, "Release", IsMainRelease="true")
    leaf(sub(node, "ReleaseId"), "ICPN", release.upc, IsEan="false" if len(release.upc) == 12 else "true")
    leaf(node, "ReleaseReference", "R0")
    title(node, "ReferenceTitle", release)
    listed = sub(node, "ReleaseResourceReferenceList")
    for index in range(1, cover):
        leaf(listed, "ReleaseResourceReference", f"A{index}", ReleaseResourceType="PrimaryResource")
    leaf(listed, "ReleaseResourceReference", f"A{cover}", ReleaseResourceType="SecondaryResource")
    leaf(node, "ReleaseType", release.type)
    details = sub(node, "ReleaseDetailsByTerritory")
    leaf(details, "TerritoryCode", "Worldwide")
    leaf(details, "DisplayArtistName", display_name(release.artists))
    leaf(details, "LabelName", release.label)
    title(details, "Title", release, TitleType="FormalTitle")
    title(details, "Title", release, TitleType="DisplayTitle")
    artists_of(details, release.artists)
    leaf(details, "ParentalWarningType", release.explicit)
    top = sub(details, "ResourceGroup")
    disc = sub(top, "ResourceGroup")
    leaf(sub(disc, "Title", TitleType="GroupingTitle"), "TitleText", "Component 1")
    leaf(disc, "SequenceNumber", "1")
    for index in range(1, cover):
        item = sub(disc, "ResourceGroupContentItem")
        leaf(item, "SequenceNumber", str(index))
        leaf(item, "ResourceType", "SoundRecording")
        leaf(item, "ReleaseResourceReference", f"A{index}", ReleaseResourceType="PrimaryResource")
    item = sub(top, "ResourceGroupContentItem")
    leaf(item, "ResourceType", "Image")
    leaf(item, "ReleaseResourceReference", f"A{cover}", ReleaseResourceType="SecondaryResource")
    genre(details)
    leaf(details, "ReleaseDate", release.release_date)
    line(node, "PLine", release.p_line)
    line(node, "CLine", release.c_line)
    leaf(node, "GlobalReleaseDate", release.release_date)
    for index, track in enumerate(release.tracks, start=1):
        node = sub(releases, "Release")
        ids = sub(node, "ReleaseId")
        leaf(ids, "ISRC", track.isrc)
        leaf(ids, "ProprietaryId", f"{release.upc}_{track.isrc}", Namespace=f"DPID:{SENDER}")
        leaf(node, "ReleaseReference", f"R{index}")
        title(node, "ReferenceTitle", track)
        listed = sub(node, "ReleaseResourceReferenceList")
        leaf(listed, "ReleaseResourceReference", f"A{index}", ReleaseResourceType="PrimaryResource")
        leaf(node, "ReleaseType", "TrackRelease")
        details = sub(node, "ReleaseDetailsByTerritory")
        leaf(details, "TerritoryCode", "Worldwide")
        leaf(details, "DisplayArtistName", display_name(track.artists))
        leaf(details, "LabelName", release.label)
        title(details, "Title", track, TitleType="FormalTitle")
        title(details, "Title", track, TitleType="DisplayTitle")
        artists_of(details, track.artists)
        leaf(details, "ParentalWarningType", track.explicit)
        item = sub(sub(details, "ResourceGroup"), "ResourceGroupContentItem")
        leaf(item, "SequenceNumber", "1")
        leaf(item, "ResourceType", "SoundRecording")
        leaf(item, "ReleaseResourceReference", f"A{index}", ReleaseResourceType="PrimaryResource")
        genre(details)
        leaf(details, "ReleaseDate", release.release_date)
        leaf(node, "Duration", format_duration(track.duration_s))
        line(node, "PLine", release.p_line)
        line(node, "CLine", release.c_line)
        leaf(node, "GlobalReleaseDate", release.release_date)
    deals = sub(sub(root, "DealList"), "ReleaseDeal")
    for index in range(cover):
        leaf(deals, "DealReleaseReference", f"R{index}")
    for deal in release.deals:
        terms = sub(sub(deals, "Deal"), "DealTerms")
        leaf(terms, "CommercialModelType", deal.commercial_model)
        usage = sub(terms, "Usage")
        for use in deal.use_types:
            leaf(usage, "UseType", use)
        for code in deal.territories:
            leaf(terms, "TerritoryCode", code)
        leaf(sub(terms, "ValidityPeriod"), "StartDate", deal.start)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def compare_writers(rounds: int) -> None:
    """Print the time of both writers for one release of twelve tracks, after checking that they write the same."""
    release = make_release(1)
    media = media_of(release)
    ours, plain = write_message(release, now=NOW, media=media), plain_builder(release, media, NOW)

    def flat(data: bytes) -> bytes:
        parser = etree.XMLParser(remove_blank_text=True)
        return etree.tostring(etree.fromstring(data, parser), method="c14n")

    assert flat(ours) == flat(plain), "the builders write different messages"
    times: dict[str, list[float]] = {"ours": [], "plain": []}
    for number in range(2, rounds + 2):  # a new release each time: no text was seen before
        fresh = make_release(number)
        media = media_of(fresh)
        start = time.perf_counter()
        write_message(fresh, now=NOW, media=media)
        middle = time.perf_counter()
        plain_builder(fresh, media, NOW)
        times["ours"].append(middle - start)
        times["plain"].append(time.perf_counter() - middle)
    best = {name: min(values) for name, values in times.items()}
    middle_of = {name: sorted(values)[len(values) // 2] for name, values in times.items()}
    print(f"12 tracks, {len(ours)} bytes: ours {best['ours'] * 1e3:.2f} ms, plain {best['plain'] * 1e3:.2f} ms")
    print(f"ratio best {best['ours'] / best['plain']:.2f}, median {middle_of['ours'] / middle_of['plain']:.2f}")


def batch(count: int) -> None:
    """Print releases a second with record rules, message, own message rules and XSD, and the peak of memory."""
    begin, cpu = time.perf_counter(), time.process_time()
    peaks, rates = [], []
    schema = "not_checked"
    tenth, mark = max(1, count // 10), time.process_time()
    for number in range(count):
        release = make_release(number)
        problems = check_release(release)
        xml = write_message(release, now=NOW, media=media_of(release))
        found = validate_root(read_xml(xml))
        schema = "not_checked" if any(p.code == "not_checked" for p in found) else "checked"
        assert not [p for p in (*problems, *found) if p.severity in ("fatal", "error")]
        if (number + 1) % tenth == 0:
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            rates.append(tenth / (time.process_time() - mark))
            mark = time.process_time()
    wall, used = time.perf_counter() - begin, time.process_time() - cpu
    print(
        f"{count} releases of 12 tracks: {count / used:.0f} a second of CPU, {count / wall:.0f} of wall; XSD {schema}"
    )
    print(f"by tenths: {', '.join(f'{rate:.0f}' for rate in rates)} a second of CPU")
    print(f"peak memory after a tenth {peaks[0]:.0f} MB, at the end {peaks[-1]:.0f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--schemas")
    arguments = parser.parse_args()
    if arguments.schemas:
        os.environ["MAXBOOSTER_DDEX_SCHEMAS"] = arguments.schemas
    compare_writers(arguments.rounds)
    batch(arguments.batch)
