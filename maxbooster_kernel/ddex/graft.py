"""Carry what a record does not model from one message into another, wherever the other version has a place for it.

Both trees are walked side by side: elements that say the same thing are paired by their identifiers or their place, and
a child that the record does not model is copied into its partner if the version's table lets it stand there. References
inside it are written as the new message numbers them. What finds no place stays out.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from maxbooster_kernel.ddex.references import ANCHORS, LINKS, place
from maxbooster_kernel.ddex.structure import check_composite
from maxbooster_kernel.ddex.tables import ANYTHING, Composite, Table
from maxbooster_kernel.ddex.xml_text import text_of

KEYS = {
    "SoundRecording": ("SoundRecordingId/ISRC", "SoundRecordingEdition/ResourceId/ISRC", "ResourceId/ISRC"),
    "Release": ("ReleaseId/ICPN", "ReleaseId/GRid", "ReleaseId/ISRC"),
    "Image": ("ImageType", "Type"),
    "Party": ("PartyName/FullName",),
}
REFERENCES = {
    "ResourceReference": ("SoundRecording", "Image"),
    "ReleaseReference": ("Release", "TrackRelease"),
    "PartyReference": ("Party",),
}


@dataclass(slots=True)
class _Work:
    rules: Table
    modelled: frozenset[tuple[str, ...]]
    loosely: bool
    names: dict[str, str] = field(default_factory=dict)
    carried: list[str] = field(default_factory=list)


def graft(
    source: etree._Element,
    target: etree._Element,
    rules: Table,
    modelled: frozenset[tuple[str, ...]],
    *,
    loosely: bool,
) -> list[str]:
    """Copy what is not modelled from one message into another; return the places that came along.

    Parameters
    ----------
    source, target
        Root elements; the target is changed.
    rules
        The table of the target's version.
    modelled
        The paths of tags that a record carries itself.
    loosely
        Also carry elements that the table does not look into: right between versions that write them alike.
    """
    composite = rules.composite(etree.QName(target).localname)
    work = _Work(rules, modelled, loosely)
    if composite is not None:
        work.names = dict(_renamed(source, target))
        _walk(source, target, composite, (), work)
    return work.carried


def _walk(old: etree._Element, new: etree._Element, composite: Composite, path: tuple[str, ...], work: _Work) -> None:
    model = composite.model
    if model is None:
        return
    for child in list(old):
        tag = str(child.tag)
        here = (*path, tag)
        if tag not in model.types:
            continue
        if here not in work.modelled:
            _carry(child, new, composite, work)
            continue
        partner = _partner(child, old, new)
        inner = work.rules.composite(model.types[tag])
        if partner is not None and inner is not None:
            _walk(child, partner, inner, here, work)


def _carry(child: etree._Element, parent: etree._Element, composite: Composite, work: _Work) -> None:
    model = composite.model
    kind = model.types[str(child.tag)] if model else ANYTHING
    copy = deepcopy(child)
    copy.tail = None
    if model is None or (kind == ANYTHING and not work.loosely) or not _renumber(copy, work.names):
        return
    inner = work.rules.composite(kind)
    if inner is not None and check_composite(copy, inner, work.rules):
        return
    ranks = model.order()
    later = [index for index, node in enumerate(parent) if ranks[str(node.tag)] > ranks[str(child.tag)]]
    parent.insert(later[0] if later else len(parent), copy)
    if model.misfit([str(node.tag) for node in parent]) is not None:
        parent.remove(copy)
        return
    leaves = [node for node in child.iter(etree.Element) if not len(node) and (node.text or "").strip()]
    work.carried += [place(node) for node in leaves]


def _partner(child: etree._Element, old: etree._Element, new: etree._Element) -> etree._Element | None:
    """Return the element that says the same thing: by its key where it has one, else by its place among as many."""
    tag = str(child.tag)
    mine, theirs = list(old.iterchildren(tag)), list(new.iterchildren(tag))
    paths = KEYS.get(tag)
    if paths:
        key = text_of(child, *paths)
        matches = [node for node in theirs if key is not None and text_of(node, *paths) == key]
        return matches[0] if len(matches) == 1 else None
    return theirs[mine.index(child)] if len(mine) == len(theirs) else None


def _renamed(source: etree._Element, target: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield references of the source with those that the target gives to the same things."""
    for anchor, tags in REFERENCES.items():
        for tag in tags:
            for node in source.iter(tag):
                name, parent = node.findtext(anchor), node.getparent()
                twin = None if parent is None else next(target.iter(str(parent.tag)), None)
                partner = None if twin is None or parent is None else _partner(node, parent, twin)
                new = None if partner is None else partner.findtext(anchor)
                if name and new:
                    yield name.strip(), new


def _renumber(copy: etree._Element, names: dict[str, str]) -> bool:
    """Write references inside an element as the target does; return whether all of them are known there."""
    for node in copy.iter(etree.Element):
        if node.tag in LINKS:
            name = names.get((node.text or "").strip())
            if name is None:
                return False
            node.text = name
        elif node.tag in ANCHORS:
            return False
    return True
