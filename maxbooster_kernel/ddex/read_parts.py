"""Parts of a message that all versions have: parties by name, lines, deals, the order of tracks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lxml import etree

from maxbooster_kernel.catalogue.deal import Deal, Price
from maxbooster_kernel.catalogue.party import ArtistIds, Contributor, MessageParty
from maxbooster_kernel.catalogue.share import PUBLISHER_ROLES, PublishingShare
from maxbooster_kernel.catalogue.track import RightsLine
from maxbooster_kernel.ddex.xml_text import best, coded_of, coded_text, decimal_of, integer_of, text_of, texts_of


def message_party(element: etree._Element | None) -> MessageParty | None:
    """Return a sender or recipient."""
    if element is None:
        return None
    name = text_of(element, "PartyName/FullName", "TradingName")
    return MessageParty(dpid=text_of(element, "PartyId") or "", name=name or "")


def rights_line(element: etree._Element | None, tag: str) -> RightsLine | None:
    """Return the P-line or C-line of a composite."""
    line = None if element is None else best(element.iterfind(tag))
    if line is None:
        return None
    return RightsLine(year=integer_of(text_of(line, "Year")), text=text_of(line, f"{tag}Text") or "")


def party_ids(element: etree._Element) -> ArtistIds:
    """Return the identifiers of a party that is given in place (ERN 3)."""
    found: dict[str, str] = {}
    for node in element.iterfind("PartyId"):
        value = (node.text or "").strip()
        name = "isni" if node.get("IsISNI") in ("true", "1") else (node.get("Namespace") or "").lower()
        if value and name in ("isni", "ipi", "spotify", "apple"):
            found[name] = value
    return ids_of(found)


def ids_of(found: Mapping[str, str | None]) -> ArtistIds:
    """Return identifiers by the names of their fields."""
    return ArtistIds(
        isni=found.get("isni"), ipi=found.get("ipi"), spotify=found.get("spotify"), apple=found.get("apple")
    )


def sequenced(elements: list[etree._Element]) -> list[etree._Element]:
    """Return elements by their SequenceNumber, those without one last, in their order."""
    last = len(elements) + 1
    return sorted(elements, key=lambda element: integer_of(element.get("SequenceNumber")) or last)


def split_publishers(people: list[Contributor]) -> tuple[tuple[Contributor, ...], list[PublishingShare]]:
    """Return contributors without their publishing roles, and those roles as shares of unknown size."""
    rest: list[Contributor] = []
    shares: list[PublishingShare] = []
    for person in people:
        roles = tuple(role for role in person.roles if role not in PUBLISHER_ROLES or person.ids)
        shares += [PublishingShare(party=person.name, role=role) for role in person.roles if role not in roles]
        if roles or not person.roles:
            rest.append(replace(person, roles=roles))
    return tuple(rest), shares


def merge_people(people: list[Contributor]) -> list[Contributor]:
    """Return one entry for every person, with all roles, sorted as an unordered set is."""
    merged: dict[tuple[str, ArtistIds], list[str]] = {}
    for person in people:
        roles = merged.setdefault((person.name, person.ids), [])
        roles += [role for role in person.roles if role not in roles]
    return [Contributor(name=name, ids=ids, roles=tuple(sorted(roles))) for (name, ids), roles in merged.items()]


def track_order(groups: list[etree._Element], is_track: Callable[[str], bool]) -> list[tuple[int, int, str]]:
    """Return disc, number and resource reference of every track in the release's groups, in playing order.

    Groups inside groups are discs where they hold tracks; groups further down belong to the disc around them.
    """
    found: list[tuple[int, int, str]] = []

    def items(group: etree._Element) -> list[str]:
        own = sorted(
            group.iterfind("ResourceGroupContentItem"),
            key=lambda item: integer_of(text_of(item, "SequenceNumber")) or 0,
        )
        direct = [text_of(item, "ReleaseResourceReference") or "" for item in own]
        inner = [name for part in group.iterfind("ResourceGroup") for name in items(part)]
        return [name for name in (*direct, *inner) if is_track(name)]

    discs: list[list[str]] = []
    for top in groups:
        inner = [names for part in top.iterfind("ResourceGroup") if (names := items(part))]
        own = [
            name
            for item in top.iterfind("ResourceGroupContentItem")
            if is_track(name := text_of(item, "ReleaseResourceReference") or "")
        ]
        discs += ([own] if own else []) + inner
    seen: set[str] = set()
    for disc, names in enumerate(discs, start=1):
        fresh = [name for name in dict.fromkeys(names) if name not in seen]
        seen.update(fresh)
        found += [(disc, number, name) for number, name in enumerate(fresh, start=1)]
    return found


def read_deals(root: etree._Element, main: str | None, isrcs: dict[str, str]) -> tuple[Deal, ...]:
    """Return the deals of a message.

    Parameters
    ----------
    root
        The message.
    main
        The reference of the main release.
    isrcs
        The ISRC of every track release, by its reference.
    """
    found: list[Deal] = []
    for release_deal in root.iterfind("DealList/ReleaseDeal"):
        references = texts_of(release_deal, "DealReleaseReference")
        tracks = None if main in references else tuple(isrcs[name] for name in references if name in isrcs)
        for terms in release_deal.iterfind("Deal/DealTerms"):
            found += _terms(terms, tracks)
    return tuple(found)


def _terms(terms: etree._Element, tracks: tuple[str, ...] | None) -> list[Deal]:
    models = [coded_text(node) or "" for node in terms.iterfind("CommercialModelType")] or [""]
    uses = [
        value for path in ("Usage/UseType", "UseType") for node in terms.iterfind(path) if (value := coded_text(node))
    ]
    extra = {"takedown": True} if text_of(terms, "TakeDown") in ("true", "1") else {}
    return [
        Deal(
            commercial_model=model,
            use_types=tuple(dict.fromkeys(uses)),
            territories=texts_of(terms, "TerritoryCode"),
            excluded_territories=texts_of(terms, "ExcludedTerritoryCode"),
            start=text_of(period, "StartDate", "StartDateTime"),
            end=text_of(period, "EndDate", "EndDateTime"),
            price=_price(terms.find("PriceInformation")),
            tracks=tracks,
            pre_order=text_of(terms, "IsPreOrderDeal") in ("true", "1"),
            rights_claim_policy=coded_of(terms, "RightsClaimPolicy/RightsClaimPolicyType"),
            extra=extra,
        )
        for model in models
        for period in (list(terms.iterfind("ValidityPeriod")) or [terms])
    ]


def _price(element: etree._Element | None) -> Price | None:
    if element is None:
        return None
    amount = element.find("WholesalePricePerUnit")
    number = decimal_of(None if amount is None else amount.text)
    currency = amount.get("CurrencyCode") if amount is not None and number is not None else None
    return Price(tier=text_of(element, "PriceRangeType", "PriceType", "PriceCode"), amount=number, currency=currency)
