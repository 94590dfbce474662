"""The records of a mix session, read from ``schema.json``: the one source for Python and TypeScript.

Each field of a record is described by a mapping with these keys:

``type``
    ``string``, ``text``, ``boolean``, ``integer``, ``number``, ``numbers`` (a list), ``id``, ``media`` (a path),
    ``record``, ``list`` (of records, unique by ``key``), ``targets`` (lists of points by automation target),
    ``params`` (plain values by name) or ``any``.
``required``, ``optional``, ``nullable``
    A missing required field is an error; a missing optional one stays missing; a nullable one may be null.
``default``, ``default_from``
    What a missing field becomes. Whether the default is written ``1`` or ``1.0`` also says how whole numbers are saved.
``minimum``, ``maximum``, ``above``, ``length``, ``minimum_length``, ``choices``
    What is allowed.
``only_for``, ``not_for``
    The values of another field of the same record with which this field exists, or does not.
``spread``
    In the shared document the list's records have no Map of their own (see :mod:`maxbooster_kernel.session.flat`).
``unit``, ``refers_to``, ``order``
    For people, for the check of references, and for the order of a list in the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Field = Mapping[str, Any]

STRIP_PARAMETERS = ("gain", "pan")
BAND_PARAMETERS = ("frequency", "Q", "gain", "detune")
COMPRESSOR_PARAMETERS = ("threshold", "knee", "ratio", "attack", "release")


@cache
def schema() -> Mapping[str, Any]:
    """Return the whole schema."""
    data: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))
    return data


def fields(record: str) -> Mapping[str, Field]:
    """Return the fields of a record, by name, in the order of the file.

    >>> fields("track")["pan"]["minimum"]
    -1.0
    """
    found: Mapping[str, Field] = schema()["records"][record]
    return found


def version() -> int:
    """Return the newest version of the file this program knows."""
    return int(schema()["version"])


def color(index: int) -> str:
    """Return the palette's color for the strip at a position.

    >>> color(0)
    '#e4572e'
    """
    palette: list[str] = schema()["palette"]
    return palette[index % len(palette)]


def applies(field: Field, record: Mapping[str, Any]) -> bool:
    """Tell whether a field exists in a record, given the record's other fields.

    >>> applies(fields("point")["values"], {"curve": "set"})
    False
    """
    only, never = field.get("only_for", {}), field.get("not_for", {})
    return all(record.get(name) in allowed for name, allowed in only.items()) and not any(
        record.get(name) in refused for name, refused in never.items()
    )
