"""A parsed message made ready for its rules: walked once, its elements by tag, its releases told apart.

The elements are held as long as the rules run: an element that is not held is made anew every time it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from maxbooster_kernel.ddex.xml_text import first_at, found_at, texts_of

_WITH_ATTRIBUTES = etree.XPath("descendant-or-self::*/@*/..")


@dataclass(frozen=True, slots=True)
class MessageTree:
    """A message, its elements in document order and by tag, and the releases it holds.

    ``attributed`` are the elements that have attributes: most have none, and asking each takes longer than its rules.
    ``four`` is whether it is of ERN 4, with a party list; ``mains`` are releases that are no track releases, in order.
    """

    root: etree._Element
    elements: tuple[etree._Element, ...]
    tags: dict[str, list[etree._Element]]
    attributed: frozenset[etree._Element]
    four: bool
    releases: tuple[etree._Element, ...]
    mains: tuple[etree._Element, ...]
    track_releases: tuple[etree._Element, ...]
    recordings: tuple[etree._Element, ...]

    @classmethod
    def of(cls, root: etree._Element) -> MessageTree:
        """Return the tree of a root element."""
        elements = tuple(root.iter(etree.Element))
        tags: defaultdict[str, list[etree._Element]] = defaultdict(list)
        for element in elements:
            tags[element.tag].append(element)
        four = first_at(root, "PartyList") is not None
        releases = tuple(found_at(root, "ReleaseList/Release"))
        if four:
            mains, tracks = releases, tuple(found_at(root, "ReleaseList/TrackRelease"))
        else:
            kinds = ["TrackRelease" in texts_of(release, "ReleaseType") for release in releases]
            mains = tuple(node for node, is_track in zip(releases, kinds, strict=True) if not is_track)
            tracks = tuple(node for node, is_track in zip(releases, kinds, strict=True) if is_track)
        recordings = tuple(found_at(root, "ResourceList/SoundRecording"))
        return cls(root, elements, tags, with_attributes(root), four, releases, mains, tracks, recordings)

    def every(self, *names: str) -> Iterator[etree._Element]:
        """Yield the elements of these tags, tag after tag, each in document order."""
        for name in names:
            yield from self.tags.get(name, ())

    def by_parent(self, name: str) -> Iterator[tuple[etree._Element, list[etree._Element]]]:
        """Yield parents with their children of one tag, both in document order."""
        found: defaultdict[etree._Element | None, list[etree._Element]] = defaultdict(list)
        for element in self.tags.get(name, ()):
            found[element.getparent()].append(element)
        for parent, children in found.items():
            if parent is not None:
                yield parent, children


def with_attributes(root: etree._Element) -> frozenset[etree._Element]:
    """Return the elements of a tree that have attributes."""
    found: Any = _WITH_ATTRIBUTES(root)
    return frozenset(found)
