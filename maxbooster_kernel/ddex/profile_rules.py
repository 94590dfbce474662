"""What DDEX's release profiles ask for beyond the schema, in our own words.

Judged on messages that describe resources; a bare deal update is left alone. The findings name the element they are
about; a rule of the profiles that valid feeds break every day is a warning here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from lxml import etree

from maxbooster_kernel.catalogue.findings import parse_date
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.catalogue.territory import currencies
from maxbooster_kernel.ddex.duration import parse_duration
from maxbooster_kernel.ddex.references import place
from maxbooster_kernel.ddex.tree import MessageTree
from maxbooster_kernel.ddex.xml_text import decimal_of, first_at, found_at, integer_of, text_of, texts_of
from maxbooster_kernel.problems import Problem, Severity

_HEX = frozenset("0123456789abcdefABCDEF")
Found = Iterator[Problem]
_IN_GROUPS = ("ReleaseResourceReference", "LinkedReleaseResourceReference")
TECHNICAL = ("NumberOfChannels", "SamplingRate", "BitsPerSample", "ImageHeight", "ImageWidth", "BitRate")
HASH_LENGTHS = {"MD5": 32, "SHA1": 40, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128}


def check_profile(tree: MessageTree) -> list[Problem]:
    """Return the findings of all profile rules on a NewReleaseMessage."""
    resources = first_at(tree.root, "ResourceList")
    if resources is None or not len(resources):
        return []
    return [problem for rule in RULES for problem in rule(tree)]


def _find(severity: Severity, code: str, element: etree._Element, message: str, fix: str, child: str = "") -> Problem:
    where = place(element) + (f"/{child}" if child else "")
    return Problem(code=code, severity=severity, where=where, message=message, fix=fix)


def check_header(tree: MessageTree) -> Found:
    """Judge the header: an id, a time and parties with names."""
    header = first_at(tree.root, "MessageHeader")
    if header is None:
        return
    if not text_of(header, "MessageId"):
        yield _find(
            "warning", "message_id_missing", header, "the message has no id", "number your messages", "MessageId"
        )
    for tag in ("MessageSender", "MessageRecipient"):
        for party in found_at(header, tag):
            if not text_of(party, "PartyId"):
                code = f"{tag.removeprefix('Message').lower()}_missing"
                yield _find("error", code, party, f"{tag} has no party id", "give its DPID", "PartyId")
    for comment in found_at(header, "Comment"):
        yield _find("warning", "header_comment", comment, "the profiles take no comment", "remove it")


def check_main_release(tree: MessageTree) -> Found:
    """Judge that there is one main release, with an id."""
    releases = tree.releases
    marked = [release for release in releases if release.get("IsMainRelease") in ("true", "1")]
    if not tree.four:
        if len(marked) > 1:
            yield _find("error", "main_release_many", marked[1], f"{len(marked)} releases are main", "mark one")
        elif not marked and len(releases) > 1:
            message = "no release is marked as the main one"
            yield _find("error", "main_release_missing", releases[0], message, "set IsMainRelease on one")
    for main in marked or tree.mains[:1]:
        kinds = ("ICPN", "GRid", "CatalogNumber", "ProprietaryId", "ISRC")
        if not text_of(main, *(f"ReleaseId/{kind}" for kind in kinds)):
            yield _find("error", "release_id_missing", main, "the release has no id", "give UPC or GRid", "ReleaseId")
    icpns = [texts_of(release, "ReleaseId/ICPN") for release in releases]
    known = Counter(text for texts in icpns for text in texts)
    for release, texts in list(zip(releases, icpns, strict=True))[1:]:
        for text in texts:
            if known[text] > 1:
                message = f"{text} is the UPC of {known[text]} releases"
                yield _find("error", "upc_duplicate", release, message, "one UPC a release", "ReleaseId/ICPN")
                known[text] = 0


def check_track_releases(tree: MessageTree) -> Found:
    """Judge that every recording has its own track release, if any has one, with the recording's ISRC and length."""
    releases, recordings = tree.track_releases, tree.recordings
    if not releases or not recordings:
        return
    names = [text_of(node, "ResourceReference") for node in recordings]
    isrcs = {name: text_of(node, "SoundRecordingId/ISRC") for name, node in zip(names, recordings, strict=True)}
    lengths = {name: text_of(node, "Duration") for name, node in zip(names, recordings, strict=True)}
    used: dict[str, int] = {}
    path = "ReleaseResourceReference" if tree.four else "ReleaseResourceReferenceList/ReleaseResourceReference"
    for release in releases:
        for name in [name for name in texts_of(release, path) if name in lengths][:1]:
            used[name] = used.get(name, 0) + 1
            if used[name] == 2:
                yield _find("error", "track_release_duplicate", release, f"{name} has two track releases", "keep one")
            isrc = text_of(release, "ReleaseId/ISRC")
            if isrc and isrcs.get(name) and isrc != isrcs[name]:
                message = f"the track release says {isrc}, the recording {isrcs[name]}"
                yield _find("error", "isrc_mismatch", release, message, "use one ISRC", "ReleaseId/ISRC")
            stated, length = parse_duration(text_of(release, "Duration") or ""), parse_duration(lengths[name] or "")
            if stated is not None and length is not None and abs(stated - length) > 1:
                message = f"the track release lasts {stated} s, the recording {length} s"
                yield _find("error", "duration_mismatch", release, message, "use one duration", "Duration")
    if used:
        primary = {name for main in tree.mains for name in _primary(main)}
        for name in sorted(primary & set(lengths) - set(used)):
            owner = next(node for node in recordings if text_of(node, "ResourceReference") == name)
            yield _find("error", "track_release_missing", owner, f"{name} has no track release", "add one")


def _primary(main: etree._Element) -> list[str]:
    return [
        (node.text or "").strip()
        for node in main.iter("ReleaseResourceReference")
        if node.get("ReleaseResourceType") != "SecondaryResource"
    ]


def check_cover(tree: MessageTree) -> Found:
    """Judge that an album has one front cover."""
    covers = [
        image
        for image in found_at(tree.root, "ResourceList/Image")
        if text_of(image, "ImageType", "Type") == "FrontCoverImage"
    ]
    if len(covers) > 1 and len(tree.mains) == 1:
        yield _find("error", "cover_many", covers[1], f"the release has {len(covers)} front covers", "keep one")
    mains = tree.mains or tree.releases[:1]
    resources = first_at(tree.root, "ResourceList")
    if resources is not None and not covers and mains and first_at(resources, "SoundRecording") is not None:
        album = any(kind in ("Album", "EP", "ClassicalAlbum") for kind in texts_of(mains[0], "ReleaseType"))
        severity: Severity = "error" if album else "warning"
        yield _find(
            severity,
            "cover_missing",
            resources,
            "there is no FrontCoverImage",
            "add the cover",
            "Image",
        )


def check_main_texts(tree: MessageTree) -> Found:
    """Judge titles, names, label, genre, lines and the explicit mark of the main release."""
    for main in tree.mains[:1]:
        if not text_of(main, "ReferenceTitle/TitleText", "DisplayTitle/TitleText", "DisplayTitleText"):
            yield _find("error", "title_missing", main, "the release has no title", "give it one", "TitleText")
        parts = [main, *found_at(main, "ReleaseDetailsByTerritory")]
        wanted: tuple[tuple[str, tuple[str, ...], str, Severity], ...] = (
            ("artist_name_missing", ("DisplayArtistName", "DisplayArtist"), "no display artist", "warning"),
            ("label_missing", ("LabelName", "ReleaseLabelReference"), "no label", "warning"),
            ("genre_missing", ("Genre/GenreText", "DisplayGenre/GenreText"), "no genre", "warning"),
            ("p_line_missing", ("PLine/PLineText",), "no P-line", "warning"),
            ("c_line_missing", ("CLine/CLineText",), "no C-line", "warning"),
            ("explicit_missing", ("ParentalWarningType",), "no explicit mark", "warning"),
            ("release_date_missing", ("ReleaseDate", "GlobalReleaseDate", "OriginalReleaseDate"), "no date", "warning"),
        )
        for code, paths, what, severity in wanted:
            if not any(_filled(first_at(part, path)) for part in parts for path in paths):
                yield _find(severity, code, main, f"the release has {what}", "add it", paths[0].split("/")[0])
        yield from _check_dates(main)


def _filled(element: etree._Element | None) -> bool:
    return element is not None and (len(element) > 0 or bool((element.text or "").strip()))


def _check_dates(main: etree._Element) -> Found:
    parts = [main, *found_at(main, "ReleaseDetailsByTerritory")]
    for part in parts:
        for new, old in (("ReleaseDate", "OriginalReleaseDate"), ("GlobalReleaseDate", "GlobalOriginalReleaseDate")):
            released, original = parse_date(text_of(part, new)), parse_date(text_of(part, old))
            if released and original and original > released:
                message = f"the original date {original} is later than the release date {released}"
                yield _find("error", "original_date_later", part, message, "correct one of them", old)
    released = next(
        (day for part in parts for day in [parse_date(text_of(part, "ReleaseDate", "GlobalReleaseDate"))] if day), None
    )
    for part in parts if released else []:
        for line in (*found_at(part, "PLine"), *found_at(part, "CLine")):
            year = integer_of(text_of(line, "Year"))
            if year and released and year > released.year:
                message = f"the year {year} is later than the release in {released.year}"
                yield _find("error", "line_year_later", line, message, "a line's year is not after the release", "Year")


def check_recordings(tree: MessageTree) -> Found:
    """Judge that every recording has an id, that no title is empty and no party without a name."""
    for node in tree.recordings:
        ids = ("SoundRecordingId/*", "ResourceId/*", "SoundRecordingEdition/ResourceId/*")
        if not text_of(node, *ids):
            yield _find("error", "isrc_missing", node, "the recording has no ISRC", "give it one", "SoundRecordingId")
        for details in found_at(node, "SoundRecordingDetailsByTerritory"):
            names = texts_of(details, "ResourceContributor/PartyName/FullName")
            for name, count in Counter(names).items() if len(set(names)) < len(names) else ():
                if count > 1:
                    message = f'"{name}" is {count} contributors; one entry holds all roles'
                    yield _find(
                        "warning", "contributor_duplicate", details, message, "join the entries", "ResourceContributor"
                    )
    for title in tree.every("TitleText", "DisplayTitleText"):
        if not (title.text or "").strip():
            yield _find("error", "title_missing", title, "a title is empty", "give it one")
    for full in tree.every("FullName"):
        if not (full.text or "").strip():
            yield _find("error", "artist_name_missing", full, "a party has no name", "name the party")


def check_sequences(tree: MessageTree) -> Found:
    """Judge that sequence numbers count 1, 2, 3... within their parent."""
    for parent, artists in tree.by_parent("DisplayArtist"):
        texts = [node.get("SequenceNumber") for node in artists]
        if not _counts_up(tuple(texts)):
            yield _sequence(parent, texts, "artist_sequence", "DisplayArtist")
    for group, items in tree.by_parent("ResourceGroupContentItem"):
        primary = []
        for item in items:
            reference = first_at(item, "ReleaseResourceReference")
            if reference is None or reference.get("ReleaseResourceType") != "SecondaryResource":
                primary.append(item)
            elif first_at(item, "SequenceNumber") is not None:
                message = "a secondary resource is sequenced"
                yield _find("warning", "secondary_sequenced", item, message, "remove the number", "SequenceNumber")
        texts = [text_of(item, "SequenceNumber") for item in primary]
        if not _counts_up(tuple(texts)):
            yield _sequence(group, texts, "track_sequence", "ResourceGroupContentItem")
    for group, groups in tree.by_parent("ResourceGroup"):
        texts = [text_of(item, "SequenceNumber") for item in groups]
        if group.tag == "ResourceGroup" and not _counts_up(tuple(texts)):
            yield _sequence(group, texts, "group_sequence", "ResourceGroup")


@lru_cache(maxsize=4096)
def _counts_up(texts: tuple[str | None, ...]) -> bool:
    """Return whether sequence numbers count 1, 2, 3... in any order, or none is given."""
    numbers = [integer_of(text) for text in texts]
    return not any(texts) or sorted(number or 0 for number in numbers) == list(range(1, len(numbers) + 1))


def _sequence(parent: etree._Element, texts: list[str | None], code: str, child: str) -> Problem:
    numbers = [integer_of(text) for text in texts]
    shown = ", ".join("-" if number is None else str(number) for number in numbers[:12])
    message = f"sequence numbers are {shown}, expected 1 to {len(numbers)}"
    return _find("error", code, parent, message, "count from 1 without gaps", child)


def check_resource_lists(tree: MessageTree) -> Found:
    """Judge that a release's list and its track list name the same recordings, each once (ERN 3)."""
    played = {text_of(node, "ResourceReference") for node in tree.every("SoundRecording", "Video")}
    path = "ReleaseResourceReferenceList"
    for release in tree.mains if not tree.four else ():
        listed = set(texts_of(release, f"{path}/ReleaseResourceReference")) & played
        for details in found_at(release, "ReleaseDetailsByTerritory"):
            tops = found_at(details, "ResourceGroup")
            names = [(node.text or "").strip() for top in tops for node in top.iter(*_IN_GROUPS)]
            grouped = [name for name in names if name in played]
            if grouped and set(grouped) != listed:
                odd = ", ".join(sorted(set(grouped) ^ listed)[:5])
                message = f"{odd} stands in one of resource list and resource groups only"
                yield _find("error", "resource_list_mismatch", release, message, "name each in both", path)
            for name, count in Counter(grouped).items():
                if count > 1:
                    message = f"{name} stands {count} times in the track list"
                    yield _find("error", "track_twice", details, message, "name each once", "ResourceGroup")


def check_files(tree: MessageTree) -> Found:
    """Judge file names, hashes and technical numbers."""
    for file in tree.every("File"):
        parts = {child.tag: child for child in file}
        for child in ("FilePath", "FileName", "URI"):
            name = (parts[child].text or "").strip() if child in parts else ""
            if name and (problem := unsafe_path(name)):
                yield _find("error", "path_unsafe", file, problem, "name a file inside the batch", child)
        hashed = parts.get("HashSum")
        if hashed is None:
            continue
        digest = text_of(hashed, "HashSum", "HashSumValue")
        kind = text_of(hashed, "HashSumAlgorithmType", "Algorithm") or ""
        length = HASH_LENGTHS.get(kind)
        if digest and length and (len(digest) != length or not _HEX.issuperset(digest)):
            message = f'"{digest[:40]}" is not {kind} in hex'
            yield _find("error", "hash_invalid", file, message, "hash it again", "HashSum")
    for node in tree.every(*TECHNICAL):
        number = decimal_of(node.text)
        if number is not None and number <= 0:
            yield _find("error", "technical_invalid", node, f"{node.tag} is {number}", "measure the file again")


def check_deals(tree: MessageTree) -> Found:
    """Judge deals: a model, a use, a period that runs forward, a price that is one."""
    for terms in tree.every("DealTerms"):
        if first_at(terms, "TakeDown") is None and first_at(terms, "AllDealsCancelled") is None:
            if not text_of(terms, "CommercialModelType"):
                yield _find(
                    "error",
                    "commercial_model_missing",
                    terms,
                    "the deal has no model",
                    "say how it is paid",
                    "CommercialModelType",
                )
            if not text_of(terms, "UseType", "Usage/UseType"):
                yield _find("error", "use_types_missing", terms, "the deal allows no use", "name the uses", "UseType")
        claim = text_of(terms, "CommercialModelType") == "RightsClaimModel"
        if claim != (first_at(terms, "RightsClaimPolicy") is not None):
            message = "RightsClaimModel and RightsClaimPolicy belong together"
            yield _find("warning", "claim_policy", terms, message, "give both or neither", "RightsClaimPolicy")
        for period in found_at(terms, "ValidityPeriod"):
            start, end = text_of(period, "StartDate", "StartDateTime"), text_of(period, "EndDate", "EndDateTime")
            first, last = parse_date(start), parse_date(end)
            if first and last and last < first:
                message = f"the deal ends {end} before it starts {start}"
                yield _find("error", "period_reversed", period, message, "swap them", "EndDate")
    for price in tree.every("WholesalePricePerUnit", "SuggestedRetailPrice", "BulkOrderWholesalePricePerUnit"):
        number = decimal_of(price.text)
        if number is not None and number < 0:
            yield _find("error", "price_invalid", price, f"{number} is not a price", "give a positive amount")
        if price.get("CurrencyCode") is not None and price.get("CurrencyCode") not in currencies():
            message = f'"{price.get("CurrencyCode")}" is not an ISO 4217 currency'
            yield _find("error", "currency_invalid", price, message, "such as USD")


RULES: tuple[Callable[[MessageTree], Iterable[Problem]], ...] = (
    check_header,
    check_main_release,
    check_track_releases,
    check_cover,
    check_main_texts,
    check_recordings,
    check_sequences,
    check_resource_lists,
    check_files,
    check_deals,
)
