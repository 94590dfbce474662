"""Describe a sales file of one's own in YAML.

.. code-block:: yaml

    name: amuse
    currency: EUR
    decimal_comma: true
    header_row: 3
    columns: {month: Monat, platform: Laden, quantity: Menge, amount: Betrag, isrc: ISRC}
    values: {Spot: spotify}
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maxbooster_kernel.errors import RoyaltyError, words_of
from maxbooster_kernel.files import plain_file
from maxbooster_kernel.royalties.formats import ROLES, SalesFormat

OPTIONS: dict[str, type] = {
    "name": str,
    "columns": dict,
    "fingerprint": list,
    "platform": str,
    "currency": str,
    "decimal_comma": bool,
    "trailers": dict,
    "values": dict,
    "encoding": str,
    "delimiter": str,
    "header_row": int,
}
ENCODINGS = ("utf-8", "utf-16", "latin-1")
DELIMITERS = {"tab": "\t", "\t": "\t", ",": ",", ";": ";", "|": "|"}


def read_template(path: Path) -> SalesFormat:
    """Read the description of a format from YAML: ``name``, ``columns`` (header by role), and the options.

    Raises
    ------
    RoyaltyError
        It is no YAML, or names roles or options that do not exist.
    """
    import yaml

    try:
        data = yaml.safe_load(plain_file(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise RoyaltyError(f"template {path}: cannot be read: {words_of(error)}") from None
    if not isinstance(data, dict) or not isinstance(data.get("columns"), dict) or not set(data) <= set(OPTIONS):
        raise RoyaltyError(
            f"template {path}: expected name and columns, and of options only {', '.join(sorted(OPTIONS))}"
        )
    for name, value in data.items():
        if type(value) is not OPTIONS[name]:
            raise RoyaltyError(
                f"template {path}, {name}: expected {OPTIONS[name].__name__}, got {type(value).__name__}; "
                "quote texts that look like numbers"
            )
    columns = _texts(path, data, "columns")
    if set(columns) - set(ROLES) or not {"month", "amount"} <= set(columns):
        raise RoyaltyError(f"template {path}: expected columns for month, amount and some of {', '.join(ROLES)}")
    trailers = _texts(path, data, "trailers")
    _one_of(path, "trailers", trailers.values(), ("rows", "amount", "streams"))
    _one_of(path, "encoding", [data.get("encoding", "utf-8")], ENCODINGS)
    _one_of(path, "delimiter", [data.get("delimiter", ",")], tuple(DELIMITERS))
    header_row = data.get("header_row", 0)
    if header_row < 0 or header_row > 1000:
        raise RoyaltyError(f"template {path}, header_row: expected 1 to 1000, got {header_row}")
    return SalesFormat(
        name=data.get("name", path.stem),
        fingerprint=frozenset(map(str, data.get("fingerprint") or columns.values())),
        columns=columns,
        platform=data.get("platform", ""),
        currency=data.get("currency", ""),
        decimal_comma=data.get("decimal_comma"),
        trailers=trailers,
        values=_texts(path, data, "values"),
        encoding=data.get("encoding", ""),
        delimiter=DELIMITERS[data["delimiter"]] if "delimiter" in data else "",
        header_row=header_row,
    )


def _texts(path: Path, data: dict[str, Any], name: str) -> dict[str, str]:
    found = data.get(name) or {}
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in found.items()):
        raise RoyaltyError(f"template {path}, {name}: expected texts; quote those that look like numbers")
    return dict(found)


def _one_of(path: Path, name: str, values: Any, allowed: tuple[str, ...]) -> None:
    for value in values:
        if value not in allowed:
            raise RoyaltyError(
                f"template {path}, {name}: expected one of {', '.join(map(repr, allowed))}, got {value!r}"
            )
