"""The fields of the release form: their texts in a record, a record with one of them changed, findings at their places.

Every change goes through the reader of RELEASE.json, so that a form can make no record that a file could not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.release_file import release_from_dict, release_to_dict
from maxbooster_kernel.catalogue.rules_parties import EXPLICIT
from maxbooster_kernel.errors import ReleaseError
from maxbooster_kernel.problems import Problem, blocking

MAIN = "MainArtist"
TYPES = ("Album", "EP", "Single")
LINES = ("p_line", "c_line")
_AT_THE_TEXT = {line: f"{line}.text" for line in LINES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the form: its path in RELEASE.json, its label and what it holds.

    ``names`` are main artists, separated by semicolons; ``year`` is a whole number; a field with ``choices`` has one
    of them, or what the record has.
    """

    path: str
    label: str
    kind: Literal["text", "names", "year"] = "text"
    hint: str = ""
    choices: tuple[str, ...] = ()


RELEASE_FIELDS = (
    Field(path="title", label="Title"),
    Field(path="version", label="Version"),
    Field(path="artists", label="Main artists", kind="names", hint="Ada Vale; Ben Oak"),
    Field(path="type", label="Type", choices=TYPES),
    Field(path="label", label="Label"),
    Field(path="upc", label="UPC or EAN"),
    Field(path="genre", label="Genre"),
    Field(path="explicit", label="Explicit", choices=("", *EXPLICIT)),
    Field(path="release_date", label="Release date", hint="YYYY-MM-DD"),
    Field(path="original_release_date", label="First released", hint="YYYY-MM-DD"),
    Field(path="p_line.year", label="P-line year", kind="year"),
    Field(path="p_line.text", label="P-line"),
    Field(path="c_line.year", label="C-line year", kind="year"),
    Field(path="c_line.text", label="C-line"),
)
TRACK_FIELDS = (
    Field(path="title", label="Title"),
    Field(path="version", label="Version"),
    Field(path="artists", label="Artists", kind="names", hint="as the release"),
    Field(path="isrc", label="ISRC"),
    Field(path="explicit", label="Explicit", choices=("", *EXPLICIT)),
)


def text_at(data: Mapping[str, Any], path: str, kind: str = "text") -> str:
    """Return what a field shows of a decoded RELEASE.json.

    Examples
    --------
    >>> text_at({"artists": [{"name": "Ada", "role": "MainArtist"}]}, "artists", "names"), text_at({}, "p_line.year")
    ('Ada', '')
    """
    held: Any = data
    for step in _steps(path):
        if held is None:
            return ""
        held = held[step] if isinstance(step, int) else held.get(step)
    if kind == "names":
        return "; ".join(artist["name"] for artist in held or () if artist["role"] == MAIN)
    return "" if held is None else str(held)


def with_text(record: ReleaseRecord, path: str, text: str, *, earlier: ReleaseRecord | None = None) -> ReleaseRecord:
    """Return a record with the text of one field of the form.

    Parameters
    ----------
    record
        The record to change.
    path
        The field's path, such as ``label`` or ``tracks[1].isrc``.
    text
        What was typed; nothing leaves the field empty.
    earlier
        A record whose artists are known too: one who is named again has the identifiers again.

    Raises
    ------
    ReleaseError
        The record takes no such value, or the form has no such field.

    Examples
    --------
    >>> with_text(ReleaseRecord(title="Night"), "p_line.year", "2026").p_line.year
    2026
    """
    field = field_of(record, path)
    data = release_to_dict(record)
    if text == text_at(data, path, field.kind):
        return record
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ReleaseError(f"{path}: expected text, got half a character; type it again")
    *steps, name = _steps(path)
    held: Any = data
    for step in steps:
        if held[step] is None:
            held[step] = {}
        held = held[step]
    if field.kind == "names":
        known = [*_artists_at(data, path), *(_artists_at(release_to_dict(earlier), path) if earlier else ())]
        held[name] = _named(_artists_at(data, path), known, text)
    elif field.kind == "year" and re.fullmatch("[0-9]{1,9}", text.strip()):
        held[name] = int(text)
    else:
        held[name] = text or None
    for line in LINES:
        if data[line] is not None and not any(data[line].values()):
            data[line] = None
    return release_from_dict(data)


def field_of(record: ReleaseRecord, path: str) -> Field:
    """Return the field of the form at a path."""
    found = re.fullmatch(r"tracks\[([0-9]{1,6})\]\.(\w+)", path)
    inside = found is not None and int(found[1]) < len(record.tracks)
    fields, name = (TRACK_FIELDS, found[2]) if found and inside else (RELEASE_FIELDS, path)
    for field in fields:
        if field.path == name:
            return field
    raise ReleaseError(f"expected a field of the form, got {path[:60]!r}; show the form again")


def form_view(record: ReleaseRecord, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return what the form shows: every field with its text and findings, the tracks, and what is left to do."""
    data = release_to_dict(record)
    rows = [f"tracks[{index}]" for index in range(len(record.tracks))]
    paths = {field.path for field in RELEASE_FIELDS} | set(rows)
    paths |= {f"{row}.{field.path}" for row in rows for field in TRACK_FIELDS}
    at: dict[str, list[dict[str, str]]] = {}
    for problem in problems:
        at.setdefault(place_of(problem.where, paths), []).append(problem.to_dict())

    def shown(field: Field, path: str) -> dict[str, Any]:
        value = text_at(data, path, field.kind)
        choices = [*field.choices, *([value] if field.choices and value not in field.choices else ())]
        texts = {"path": path, "label": field.label, "hint": field.hint, "value": value}
        return {**texts, "choices": choices, "problems": at.get(path, [])}

    tracks = [
        {
            "path": row,
            "place": track.place,
            "fields": [shown(field, f"{row}.{field.path}") for field in TRACK_FIELDS],
            "problems": at.get(row, []),
        }
        for row, track in zip(rows, record.tracks, strict=True)
    ]
    fields = [shown(field, field.path) for field in RELEASE_FIELDS]
    return {"fields": fields, "tracks": tracks, "rest": at.get("", []), "left": left(problems)}


def place_of(where: str, paths: Collection[str]) -> str:
    """Return the path of the field that a finding belongs to, nothing if the form has none.

    Examples
    --------
    >>> place_of("artists[0].ids.isni", {"artists"}), place_of("sender", {"artists"})
    ('artists', '')
    """
    while where and where not in paths:
        if _AT_THE_TEXT.get(where, "") in paths:
            return _AT_THE_TEXT[where]
        where = where[: max(where.rfind("."), where.rfind("["), 0)]
    return where


def left(problems: Sequence[Problem]) -> str:
    """Return how many errors and warnings are left, in words.

    Examples
    --------
    >>> left([Problem(code="a", severity="error", where="x", message="m")]), left([])
    ('1 error and 0 warnings left', 'No errors and no warnings left')
    """
    errors = len(blocking(problems))
    warnings = sum(problem.severity == "warning" for problem in problems)
    if not errors and not warnings:
        return "No errors and no warnings left"
    return f"{errors} error{'s' * (errors != 1)} and {warnings} warning{'s' * (warnings != 1)} left"


def _steps(path: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in re.findall(r"\w+", path)]


def _artists_at(data: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    held: Any = data
    for step in _steps(path):
        held = held[step]
    return list(held)


def _named(held: list[dict[str, Any]], known: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Return artists with other main ones; an identifier belongs to a name and never passes to another one."""
    mains = {artist["name"]: artist for artist in reversed(known) if artist["role"] == MAIN}
    names = [name.strip() for name in text.split(";") if name.strip()]
    named = [mains.get(name, {"name": name, "role": MAIN}) for name in names]
    return [*named, *(artist for artist in held if artist["role"] != MAIN)]
