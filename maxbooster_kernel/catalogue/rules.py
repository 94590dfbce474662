"""The rules a release's data must follow, whatever store or message it is for.

Severities: *fatal*, no message can be written; *error*, a store refuses it or the data contradicts itself; *warning*,
stores may refuse or change it; *info*, good to know. Files are judged by
:func:`maxbooster_kernel.catalogue.media_rules.check_media`.

References: DDEX release profiles (in our own words), GS1, ISO 3901, ISO 15707, ISO 3166-1, ISO 4217.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from maxbooster_kernel.catalogue.findings import Findings, parse_date
from maxbooster_kernel.catalogue.party import MessageParty
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.rules_deals import check_deals
from maxbooster_kernel.catalogue.rules_parties import EXPLICIT, check_artists, check_line
from maxbooster_kernel.catalogue.rules_tracks import check_tracks
from maxbooster_kernel.catalogue.territory import is_language
from maxbooster_kernel.identifiers import (
    dpid_problem,
    grid_problem,
    normalise,
    upc_problem,
)
from maxbooster_kernel.problems import Problem

MAX_TEXT = 4000
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_TEXT = ("int", "int | None", "float | None", "bool", "bool | None", "Decimal | None")


def check_release(release: ReleaseRecord) -> list[Problem]:
    """Return every finding in a release's data, in the order of RELEASE.json.

    Examples
    --------
    >>> from maxbooster_kernel.catalogue import ReleaseRecord
    >>> [problem.code for problem in check_release(ReleaseRecord(upc="700000000001", title="Night"))][:3]
    ['upc_check_digit', 'label_missing', 'artist_missing']
    """
    found = Findings()
    _check_texts(release, "", found)
    _check_identity(release, found)
    check_artists(release.artists, "artists", found, required=True)
    _check_description(release, found)
    _check_dates(release, found)
    _check_lines(release, found)
    _check_parties(release, found)
    check_deals(release, found)
    check_tracks(release, found)
    return found.problems


def _check_identity(release: ReleaseRecord, found: Findings) -> None:
    if not release.upc:
        found.error("upc_missing", "upc", "the release has no UPC or EAN", "take one from your GS1 range")
    elif problem := upc_problem(normalise(release.upc)):
        code = "upc_check_digit" if "check digit" in problem else "upc_invalid"
        found.error(code, "upc", f"not a valid UPC or EAN: {problem}", "check the number on the barcode")
    if release.grid and (problem := grid_problem(normalise(release.grid))):
        found.error("grid_invalid", "grid", f"not a valid GRid: {problem}", "check the number")
    if not release.title.strip():
        found.fatal("title_missing", "title", "the release has no title", "give it one")
    if not release.label.strip():
        found.error("label_missing", "label", "the release has no label", "name the label, or yourself")


def _check_description(release: ReleaseRecord, found: Findings) -> None:
    if not (release.genre or "").strip():
        found.error("genre_missing", "genre", "the release has no genre", "name the main genre")
    if release.language and not is_language(release.language):
        found.error(
            "language_invalid", "language", f'"{release.language}" is not a BCP 47 language tag', 'such as "en"'
        )
    if release.explicit is not None and release.explicit not in EXPLICIT:
        found.error(
            "explicit_unknown",
            "explicit",
            f'"{release.explicit}" is not one of {", ".join(EXPLICIT)}',
            "use one of them",
        )
    tracks = {track.explicit for track in release.tracks}
    if release.explicit == "NotExplicit" and "Explicit" in tracks:
        found.error(
            "explicit_mismatch", "explicit", "a track is explicit, the release says NotExplicit", "make it Explicit"
        )
    if not release.cover:
        found.warning("cover_missing", "cover", "the release names no cover", "add a square RGB picture")
    elif problem := unsafe_path(release.cover):
        found.error("path_unsafe", "cover", problem, "name a file inside the release's folder")


def _check_dates(release: ReleaseRecord, found: Findings) -> None:
    released, original = parse_date(release.release_date), parse_date(release.original_release_date)
    if not release.release_date:
        found.error("release_date_missing", "release_date", "the release has no date", "give the day it comes out")
    elif released is None or len(release.release_date) != 10:
        _bad_date(found, "release_date", release.release_date)
    if release.original_release_date and (original is None or len(release.original_release_date) != 10):
        _bad_date(found, "original_release_date", release.original_release_date)
    elif released and original and original > released:
        found.error(
            "original_date_later",
            "original_release_date",
            f"the original release date {original} is later than the release date {released}",
            "the original date is the first release anywhere",
        )
    if release.created and parse_date(release.created) is None:
        found.error("created_invalid", "created", f'"{release.created}" is not a date and time', "use ISO 8601")


def _bad_date(found: Findings, where: str, value: str) -> None:
    found.error("date_invalid", where, f'"{value}" is not a day of the calendar', "write it as 2026-12-04")


def _check_lines(release: ReleaseRecord, found: Findings) -> None:
    for name, line in (("p_line", release.p_line), ("c_line", release.c_line)):
        if line is None or not line.text.strip():
            letter = name[0].upper()
            found.error(f"{name}_missing", name, f"the release has no {letter}-line", "give year and owner")
        else:
            check_line(line, name, release, found)


def _check_parties(release: ReleaseRecord, found: Findings) -> None:
    for name, party in (("sender", release.sender), ("recipient", release.recipient)):
        if party is None or not party.dpid.strip():
            found.error(f"{name}_missing", name, f"the message has no {name} party id", f"give the {name}'s DPID")
        else:
            _check_dpid(party, name, found)


def _check_dpid(party: MessageParty, name: str, found: Findings) -> None:
    dpid = normalise(party.dpid)
    if not dpid.startswith("PADPIDA") or not dpid.isascii() or not dpid.isalnum() or len(dpid) < 8:
        message = f'"{party.dpid}" is not a DDEX party id'
        found.error("dpid_invalid", f"{name}.dpid", message, "it begins with PADPIDA and has 18 characters")
    elif problem := dpid_problem(dpid):
        found.warning("dpid_check", f"{name}.dpid", f"unusual DDEX party id: {problem}", "compare it with the registry")


def _check_texts(value: Any, where: str, found: Findings) -> None:
    """Find control characters, surrogates and over-long texts anywhere in the record."""
    kind: Any = type(value)
    names, get = _fields_of(kind)
    for name, item in zip(names, get(value), strict=True):
        if item is None or (type(item) is str and len(item) <= MAX_TEXT and item.isprintable()):
            continue
        at = f"{where}.{name}" if where else name
        if isinstance(item, tuple):
            for index, part in enumerate(item):
                _check_item(part, f"{at}[{index}]", found)
        else:
            _check_item(item, at, found)


def _check_item(value: Any, where: str, found: Findings) -> None:
    if not isinstance(value, str):
        _check_texts(value, where, found)
        return
    bad = None if value.isprintable() else _CONTROL.search(value)
    if bad is not None:
        message = f"the text holds the character U+{ord(bad[0]):04X}"
        found.fatal("text_control_character", where, message, "remove the character")
    if len(value) > MAX_TEXT:
        message = f"the text has {len(value)} characters, at most {MAX_TEXT}"
        found.error("text_too_long", where, message, "shorten it")


@cache
def _fields_of(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """Return the fields of a record that may hold text and what gets them all at once; none for what is no record."""
    names: tuple[str, ...] = ()
    if is_dataclass(kind):
        names = tuple(item.name for item in fields(kind) if item.name != "extra" and item.type not in _NO_TEXT)
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda value: tuple(getattr(value, name) for name in names)
