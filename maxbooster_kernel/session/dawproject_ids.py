"""Identifiers inside a DAWproject: session ids as XML ids and back."""

from __future__ import annotations

import re

PREFIX = "mb"
SAFE = re.compile(r"[A-Za-z0-9-]")
ESCAPE = re.compile(r"_([0-9a-f]+)_")


def xml_id(*parts: str) -> str:
    """Return an XML id for a path of session ids; every character an XML id cannot hold is escaped.

    >>> xml_id("lead vox", "gain")
    'mb.lead_20_vox.gain'
    """
    return ".".join([PREFIX, *map(_escape, parts)])


def path_of(identifier: str | None) -> list[str]:
    """Return the path of session ids an XML id was made from; empty if it is not one of ours.

    >>> path_of("mb.lead_20_vox.gain"), path_of("id7")
    (['lead vox', 'gain'], [])
    """
    if not identifier or not identifier.startswith(f"{PREFIX}."):
        return []
    return [ESCAPE.sub(_character, part) for part in identifier.split(".")[1:]]


def slug(name: str, taken: dict[str, int], fallback: str) -> str:
    """Return a free session id made from a name, and take it.

    ``taken`` says of every id in use which number was last put behind it, so that a thousand tracks of one name
    cost no more than a thousand names.

    >>> slug("Lead Vox!", {"lead-vox": 1}, "track")
    'lead-vox-2'
    """
    stem = free = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or fallback
    while free in taken or free == "master":
        taken[stem] = taken.get(stem, 1) + 1
        free = f"{stem}-{taken[stem]}"
    return take(free, taken)


def take(name: str, taken: dict[str, int]) -> str:
    """Take a free id as it is and return it."""
    taken[name] = 1
    return name


def _escape(part: str) -> str:
    return "".join(c if SAFE.fullmatch(c) else f"_{ord(c):x}_" for c in part)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code < 0x110000 else match[0]
