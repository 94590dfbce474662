"""What a schema cannot judge in a message: references, check digits, calendar days, sums, territories.

Each rule looks at the elements it is about, in every version alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lxml import etree

from maxbooster_kernel.catalogue.territory import WORLDWIDE
from maxbooster_kernel.ddex.references import ANCHORS, LINKS, References, place
from maxbooster_kernel.ddex.tree import MessageTree
from maxbooster_kernel.ddex.xml_text import decimal_of, found_at, text_of
from maxbooster_kernel.identifiers import (
    dpid_problem,
    grid_problem,
    ipi_problem,
    isni_problem,
    isrc_problem,
    iswc_problem,
    normalise,
    upc_problem,
)
from maxbooster_kernel.money import add_up
from maxbooster_kernel.problems import Problem, Severity

HUNDRED = Decimal(100)
USER_DEFINED = "UserDefined"
# How elements with a value of a list end; in a name or a title the word is a word like any other.
CODED = ("Type", "Role", "Algorithm", "Format", "Reason", "Purpose")
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*|Z|[+-]\d{2}:\d{2})?", re.DOTALL)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


@dataclass(slots=True)
class Walk:
    """Findings and what must be compared at the end."""

    problems: list[Problem] = field(default_factory=list)
    references: References = field(default_factory=References)
    isrcs: dict[str, list[etree._Element]] = field(default_factory=dict)

    def add(self, severity: Severity, code: str, element: etree._Element, message: str, fix: str = "") -> None:
        """Add a finding on an element."""
        self.problems.append(Problem(code=code, severity=severity, where=place(element), message=message, fix=fix))


Rule = Callable[[Any, str, Walk], None]


def check_message(tree: MessageTree) -> list[Problem]:
    """Return the findings of all rules on a message, tag after tag."""
    walk = Walk()
    visit = walk.references.visit
    for tag, elements in tree.tags.items():
        rule = RULES.get(tag)
        if rule is not None:
            for element in elements:
                rule(element, (element.text or "").strip(), walk)
        elif tag in LINKS or tag in ANCHORS:
            for element in elements:
                visit(element, tag)
        elif tag.endswith(CODED) and USER_DEFINED in [element.text for element in elements]:
            for element in elements:
                if element.text == USER_DEFINED:
                    _user_defined(element, walk)
    walk.problems += walk.references.problems()
    _same_recording_twice(walk)
    return walk.problems


def _user_defined(element: etree._Element, walk: Walk) -> None:
    value = element.get("UserDefinedValue") or element.get("TypeUserDefinedValue")
    if not value or not (element.get("Namespace") or element.get("TypeNamespace")):
        message = "a user-defined value needs UserDefinedValue and Namespace"
        walk.add("error", "user_defined", element, message, "give both")


def _isrc(element: etree._Element, text: str, walk: Walk) -> None:
    bare = normalise(text)
    if problem := isrc_problem(bare):
        walk.add("error", "isrc_invalid", element, f"not a valid ISRC: {problem}", "such as USABC2600001")
    elif bare != text:
        walk.add("warning", "isrc_form", element, f'"{text}" is written with blanks or hyphens', f"write {bare}")
    parent = element.getparent()
    grand = parent.getparent() if parent is not None else None
    if parent is not None and parent.tag in ("SoundRecordingId", "ResourceId") and grand is not None:
        walk.isrcs.setdefault(bare, []).append(element)


def _icpn(element: etree._Element, text: str, walk: Walk) -> None:
    if not text:
        return
    if problem := upc_problem(normalise(text)):
        code = "upc_check_digit" if "check digit" in problem else "upc_invalid"
        walk.add("error", code, element, f"not a valid UPC or EAN: {problem}", "check the number on the barcode")
    is_ean = element.get("IsEan")
    if is_ean is not None and (is_ean in ("true", "1")) == (len(text) == 12):
        fix = "IsEan is false for 12 digits, true for 13"
        walk.add("error", "is_ean", element, f"IsEan is {is_ean} for {len(text)} digits", fix)


def _checked(code: str, name: str, check: Callable[[str], str | None], severity: Severity = "error") -> Rule:
    def rule(element: etree._Element, text: str, walk: Walk) -> None:
        if text and (problem := check(normalise(text))):
            walk.add(severity, code, element, f"not a valid {name}: {problem}", "check the number")

    return rule


def _party_id(element: etree._Element, text: str, walk: Walk) -> None:
    parent = element.getparent()
    messaging = parent is not None and parent.tag in ("MessageSender", "MessageRecipient", "SentOnBehalfOf")
    if element.get("IsISNI") in ("true", "1"):
        if problem := isni_problem(normalise(text)):
            walk.add("error", "isni_invalid", element, f"not a valid ISNI: {problem}", "check the number")
    elif messaging and not text.startswith("PADPIDA"):
        walk.add("warning", "dpid_invalid", element, f'"{text}" is not a DDEX party id', "it begins with PADPIDA")
    elif text.startswith("PADPIDA") and (problem := dpid_problem(normalise(text))):
        walk.add("info", "dpid_check", element, f"unusual DDEX party id: {problem}", "compare it with the registry")


def _date(element: etree._Element, text: str, walk: Walk) -> None:
    if text and (problem := _date_problem(text)) and not len(element):
        walk.add("error", "date_invalid", element, problem, "write a day of the calendar, such as 2026-12-04")


@lru_cache(maxsize=4096)
def _date_problem(text: str) -> str | None:
    match = _PARTIAL_DATE.fullmatch(text)
    if match is None:
        return f'"{text}" is not a date'
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return f"{text} is not a day of the calendar"
    return None


def _duration(element: etree._Element, text: str, walk: Walk) -> None:
    if found := _duration_problem(text):
        walk.add(found[0], found[1], element, found[2], found[3])


@lru_cache(maxsize=4096)
def _duration_problem(text: str) -> tuple[Severity, str, str, str] | None:
    match = _DURATION.fullmatch(text)
    if match is None:
        return "error", "duration_invalid", f'"{text}" is not a duration', "such as PT3M21S"
    minutes, seconds = match.groups()[2:]
    if (minutes and int(minutes) >= 60) or (seconds and Decimal(seconds) >= 60):
        return "error", "duration_overflow", f"{text} has 60 or more minutes or seconds", "carry them over"
    if not any(Decimal(part or 0) for part in match.groups()):
        return "warning", "duration_zero", f"{text} is no length", "give the length of the audio"
    return None


def _share(element: etree._Element, text: str, walk: Walk) -> None:
    share = decimal_of(text)
    if share is None:
        walk.add("error", "share_invalid", element, f'"{text}" is not a number', "give percent")
        return
    limit = Decimal(1) if element.get("HasMaxValueOfOne") in ("true", "1") else HUNDRED
    if not 0 <= share <= limit:
        walk.add("error", "share_invalid", element, f"a share of {text} is not between 0 and {limit}", "correct it")
        return
    controller = element.getparent()
    owner = controller.getparent() if controller is not None else None
    if controller is None or owner is None or _follows_its_like(controller):
        return
    controllers = found_at(owner, controller.tag)
    texts = [text_of(other, element.tag) for other in controllers]
    shares = [decimal_of(text) for text in texts if text is not None]
    if None in shares:
        return  # judged where it stands
    total = add_up(filter(None, shares))
    if total > limit:
        walk.add(
            "error", "share_sum", controller, f"the shares sum to {total}, more than {limit}", "correct the shares"
        )


def _follows_its_like(element: etree._Element) -> bool:
    """Return whether an element is not the first of its run: the run is judged with the first."""
    previous = element.getprevious()
    return previous is not None and previous.tag == element.tag


def _territory(element: etree._Element, _text: str, walk: Walk) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if _follows_its_like(element):
        return
    codes = [(other.text or "").strip() for other in found_at(parent, element.tag)]
    if WORLDWIDE in codes and len(codes) > 1:
        fix = f"{WORLDWIDE} alone, or countries alone"
        walk.add("error", "territory_mixed", element, f"{WORLDWIDE} stands with other territories", fix)
    if len(set(codes)) != len(codes):
        walk.add("error", "territory_duplicate", element, "a territory stands twice", "keep one")
    if element.tag == "ExcludedTerritoryCode" and WORLDWIDE in codes:
        walk.add("error", "territory_excludes_all", element, "the whole world is excluded", "remove it")


def _same_recording_twice(walk: Walk) -> None:
    for isrc, elements in walk.isrcs.items():
        owners = [_owner(element) for element in elements]  # kept: an element's identity lasts as long as its proxy
        count = len({id(owner) for owner in owners})
        if count > 1:
            message = f"{isrc} is the ISRC of {count} recordings"
            walk.add("error", "isrc_duplicate", elements[1], message, "one ISRC a recording")


def _owner(element: etree._Element) -> etree._Element:
    at = element
    while (parent := at.getparent()) is not None and at.tag not in ("SoundRecording", "Video"):
        at = parent
    return at


_DATES = (
    "ReleaseDate OriginalReleaseDate GlobalReleaseDate GlobalOriginalReleaseDate ResourceReleaseDate "
    "OriginalResourceReleaseDate StartDate EndDate EffectiveDate PreOrderReleaseDate FirstPublicationDate CreationDate "
    "MasteredDate RemasteredDate ReleaseDisplayStartDate TrackListingPreviewStartDate CoverArtPreviewStartDate "
    "ClipPreviewStartDate PreOrderPreviewDate OriginalDigitalReleaseDate StartDateTime EndDateTime "
    "MessageCreatedDateTime FulfillmentDate ConsumerFulfillmentDate"
)
RULES: dict[str, Rule] = {
    "ISRC": _isrc,
    "ICPN": _icpn,
    "ISWC": _checked("iswc_invalid", "ISWC", iswc_problem, "warning"),
    "GRid": _checked("grid_invalid", "GRid", grid_problem, "warning"),
    "ISNI": _checked("isni_invalid", "ISNI", isni_problem),
    "IpiNameNumber": _checked("ipi_invalid", "IPI name number", ipi_problem, "warning"),
    "PartyId": _party_id,
    "Duration": _duration,
    "RightSharePercentage": _share,
    "TerritoryCode": _territory,
    "ExcludedTerritoryCode": _territory,
    **dict.fromkeys(_DATES.split(), _date),
}
