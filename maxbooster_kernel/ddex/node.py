"""The vocabulary of the mappings: elements, where their text comes from, and what repeats.

A source is the name of a view's field, or ``=text`` for a constant. Children may be listed in any order: the
child-order table of the version puts them in place.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a mapping.

    ``kind`` is ``text`` (one element; left out if None), ``texts`` (one element for each string of a list),
    ``coded`` (a :class:`~maxbooster_kernel.ddex.view.Coded` or a list of them), ``value`` (text that repeats with
    ``each``) or ``group``. ``each`` names the field with the views an element repeats for, or the one view it is about;
    without it the element stays with its parent's view. A ``shared`` element says the same wherever it is about the
    same views, so it is written once and repeated.
    """

    tag: str
    kind: str
    source: str | None = None
    children: tuple[Node, ...] = ()
    each: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    shared: bool = False


def text(tag: str, source: str, **attributes: str) -> Node:
    """Return an element with text."""
    return Node(tag, "text", source, attributes=tuple(attributes.items()))


def texts(tag: str, source: str, **attributes: str) -> Node:
    """Return an element for every string of a list."""
    return Node(tag, "texts", source, attributes=tuple(attributes.items()))


def coded(tag: str, source: str) -> Node:
    """Return an element whose value is of an allowed-value list, with its UserDefined attributes."""
    return Node(tag, "coded", source)


def group(tag: str, *children: Node, each: str | None = None, shared: bool = False, **attributes: str) -> Node:
    """Return an element with children; with ``each`` once for every view of that field."""
    return Node(tag, "group", None, children, each, tuple(attributes.items()), shared)
