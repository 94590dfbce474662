"""The references inside a message: every one resolves, none is given twice, what is declared is used."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from lxml import etree

from maxbooster_kernel.problems import Problem, Severity

ANCHORS = {
    "ResourceReference": "resource",
    "TechnicalResourceDetailsReference": "technical",
    "ReleaseReference": "release",
    "PartyReference": "party",
}
LINKS = {
    "ReleaseResourceReference": "resource",
    "LinkedReleaseResourceReference": "resource",
    "ResourceContainedResourceReference": "resource",
    "DealResourceReference": "resource",
    "ResourceRelatedResourceReference": "resource",
    "RelatedResourceReference": "resource",
    "ResourceReleaseReference": "release",
    "CueResourceReference": "resource",
    "ResourceGroupResourceReference": "resource",
    "ResourceGroupContentItemReleaseReference": "release",
    "ResourceGroupReleaseReference": "release",
    "DealReleaseReference": "release",
    "DealTechnicalResourceDetailsReference": "technical",
    "ReleaseLabelReference": "party",
    "ArtistPartyReference": "party",
    "ContributorPartyReference": "party",
    "RightsControllerPartyReference": "party",
    "CharacterPartyReference": "party",
    "PartyRelatedPartyReference": "party",
    "RecordCompanyPartyReference": "party",
    "PartyAffiliateReference": "party",
}
_PREFIX = re.compile(r"(?<![^/])[A-Za-z_][\w.-]*:")
_ANCHOR_PARENTS = {"release": ("Release", "TrackRelease", "ClipRelease"), "party": ("Party",)}


@dataclass(slots=True)
class References:
    """Anchors and links, collected while a message is walked."""

    anchors: dict[str, dict[str, list[etree._Element]]] = field(default_factory=lambda: defaultdict(dict))
    links: list[tuple[str, str, etree._Element]] = field(default_factory=list)

    def visit(self, element: etree._Element, tag: str) -> None:
        """Take note of an element that is an anchor or a link."""
        kind = LINKS.get(tag)
        if kind is not None:
            self.links.append((kind, (element.text or "").strip(), element))
            return
        kind = ANCHORS[tag]
        parent = element.getparent()
        if kind in _ANCHOR_PARENTS and (parent is None or parent.tag not in _ANCHOR_PARENTS[kind]):
            return
        self.anchors[kind].setdefault((element.text or "").strip(), []).append(element)

    def problems(self) -> list[Problem]:
        """Return the findings on all references."""
        found: list[Problem] = []
        for kind, anchors in self.anchors.items():
            for name, elements in anchors.items():
                if len(elements) > 1:
                    message = f'the {kind} reference "{name}" is given {len(elements)} times'
                    found.append(_problem("reference_duplicate", "fatal", elements[1], message, "give each its own"))
        used: dict[str, set[str]] = defaultdict(set)
        for kind, name, element in self.links:
            used[kind].add(name)
            if name not in self.anchors.get(kind, {}):
                message = f'"{name}" refers to no {kind} of this message'
                found.append(
                    _problem("reference_dangling", "fatal", element, message, "correct it or add what it names")
                )
        found += self._unused(used)
        return found

    def _unused(self, used: dict[str, set[str]]) -> list[Problem]:
        found: list[Problem] = []
        for name, elements in self.anchors.get("resource", {}).items():
            if name not in used["resource"]:
                message = f'the resource "{name}" belongs to no release'
                found.append(_problem("resource_unused", "error", elements[0], message, "refer to it or leave it out"))
        for name, elements in self.anchors.get("party", {}).items():
            if name not in used["party"]:
                message = f'the party "{name}" is not referred to'
                found.append(_problem("party_unused", "warning", elements[0], message, "leave it out"))
        if used["release"]:
            for name, elements in self.anchors.get("release", {}).items():
                if name not in used["release"]:
                    message = f'the release "{name}" has no deal'
                    found.append(
                        _problem("release_without_deal", "warning", elements[0], message, "it is not available")
                    )
        return found


def place(element: etree._Element) -> str:
    """Return where an element stands, such as ``NewReleaseMessage/ReleaseList/Release[2]/ReleaseReference``."""
    return _PREFIX.sub("", element.getroottree().getpath(element).lstrip("/"))


def _problem(code: str, severity: Severity, element: etree._Element, message: str, fix: str) -> Problem:
    return Problem(code=code, severity=severity, where=place(element), message=message, fix=fix)
