"""Bring session data into the schema's shape: defaults filled, numbers in one form, every deviation reported.

One walk serves three uses: :func:`normalize` raises on a deviation, :func:`problems` lists them, and :func:`heal`
repairs them (a wrong value becomes its default, one out of range the nearest allowed, a record without
its required fields is left out), because a shared document must stay a valid session whatever a peer writes into it.
"""

from __future__ import annotations

import json
import marshal
import math
import uuid
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from maxbooster_kernel.errors import SessionError, SessionVersionError
from maxbooster_kernel.mix.memo import Memo
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.session import references
from maxbooster_kernel.session.schema import Field, applies, color, fields, schema, version

STRIPS = ("track", "bus")
_STRIPS: Memo[tuple[bytes, bool]] = Memo(32 << 20)
NAMESPACE = uuid.UUID("6f2c1b52-2c5f-4a0e-9d2c-5d2f0a5b7e11")


def normalize(data: object) -> dict[str, Any]:
    """Return session data with every default filled in; unknown fields are kept.

    Parameters
    ----------
    data
        The JSON value of a session file of the newest version (see :mod:`maxbooster_kernel.session.migrations`).

    Raises
    ------
    SessionVersionError
        The data are of a newer version.
    SessionError
        Anything else is wrong; the message names the first place, and how many more there are.

    Examples
    --------
    >>> normalize({"format": "maxbooster-session", "version": 1, "tracks": [{"id": "drums"}]})["tracks"][0]["gain"]
    1.0
    >>> normalize({"format": "maxbooster-session", "version": 1, "tracks": [{"id": "drums", "pan": "left"}]})
    Traceback (most recent call last):
        ...
    maxbooster_kernel.errors.SessionError: tracks[0].pan: expected a number from -1 to 1, got "left"
    """
    result, found = _conform(data)
    if not found:
        return result
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    kind = SessionVersionError if any(problem.code == "newer_version" for problem in found) else SessionError
    raise kind(f"{found[0].where}: {found[0].message}{more}")


def validate(data: object) -> None:
    """Raise what :func:`normalize` raises, and return nothing."""
    normalize(data)


def problems(data: object) -> list[Problem]:
    """Return everything that is wrong with session data."""
    return _conform(data)[1]


def heal(data: object) -> dict[str, Any]:
    """Return the valid session nearest to the data (see the module's description)."""
    return _conform(data)[0]


def conform_record(record: str, data: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return one record with its defaults filled in.

    Raises
    ------
    SessionError
        A field is wrong; the message names it.
    """
    found: list[Problem] = []
    result = _record(record, data, place, found)
    if found:
        raise SessionError(f"{found[0].where}: {found[0].message}")
    return result


def conform_value(record: str, name: str, value: Any, place: str) -> Any:
    """Return the value of one field of a record in its normal form, or raise as :func:`conform_record` does."""
    found: list[Problem] = []
    result = _value(fields(record)[name], value, f"{place}.{name}", found)
    if found:
        raise SessionError(f"{found[0].where}: {found[0].message}")
    return result


def heal_value(record: str, name: str, value: Any) -> Any:
    """Return the valid value nearest to what a shared document holds for a field."""
    return _value(fields(record)[name], value, name, [])


def _conform(data: object) -> tuple[dict[str, Any], list[Problem]]:
    found: list[Problem] = []
    if not isinstance(data, Mapping):
        found.append(_problem("wrong_type", "session", f"expected an object, got {_shown(data)}"))
        data = {}
    _check_head(data, found)
    result = _record("session", data, "", found)
    result["format"], result["version"] = schema()["format"], version()
    if not result.get("uuid"):
        result["uuid"] = str(uuid.uuid5(NAMESPACE, json.dumps(data, sort_keys=True, default=str)))
    for index, strip in enumerate([*result["tracks"], *result["buses"]]):
        if not strip.get("color"):
            strip["color"] = color(index)
    return references.check(result, found), found


def _check_head(data: Mapping[str, Any], found: list[Problem]) -> None:
    known = schema()["format"]
    if "format" in data and data["format"] != known:
        found.append(_problem("wrong_format", "format", f'expected "{known}", got {_shown(data["format"])}'))
    given = data.get("version")
    if isinstance(given, int) and not isinstance(given, bool) and given > version():
        text = f"the file is of version {given}, this program knows up to {version()}; install a newer Max Booster"
        found.append(_problem("newer_version", "version", text))


def _record(name: str, data: Mapping[str, Any], place: str, found: list[Problem]) -> dict[str, Any]:
    known = fields(name)
    result: dict[str, Any] = {}
    for key, field in known.items():
        here = f"{place}.{key}" if place else key
        if ("only_for" in field or "not_for" in field) and not applies(field, {**data, **result}):
            continue
        if key in data:
            result[key] = _value(field, data[key], here, found)
        elif field.get("required"):
            found.append(_problem("missing", here, "this field is required and missing"))
            result[key] = _default(field, result)
        elif not field.get("optional"):
            result[key] = _default(field, result)
    for key in sorted(key for key in data if key not in known):
        result[key] = _plain(data[key], f"{place}.{key}" if place else key, found)
    return result


def _strip(name: str, data: Mapping[str, Any], place: str, found: list[Problem]) -> dict[str, Any]:
    """Return a track or a bus as :func:`_record` does; what was right before is known by its content."""
    try:
        plain: Any = (name, data)
        content = marshal.dumps(plain, 2)  # equal bytes are equal data; there are no references in this version
    except ValueError:  # something is no plain data
        return _record(name, data, place, found)
    problems: list[Problem] = []
    normal, right = _STRIPS.get(
        content, lambda _: (marshal.dumps(_record(name, data, place, problems), 2), not problems)
    )
    if right:
        return marshal.loads(normal)  # type: ignore[no-any-return]  # noqa: S302 - our own
    return _record(name, data, place, found)


def default(field: Field) -> Any:
    """Return what a field holds when nothing is said of it; null only if that is all it may hold."""
    return _default(field, {})


def _default(field: Field, record: Mapping[str, Any]) -> Any:
    if "default_from" in field:
        return record.get(field["default_from"], "")
    if "default" in field or field["type"] == "record":
        default = field.get("default", {})
        return default if default is None else _value(field, default, "", [])
    empty = {"list": [], "targets": {}, "params": {}, "numbers": [], "number": 0.0, "integer": 0}
    return empty.get(field["type"], "")


def _value(field: Field, value: Any, place: str, found: list[Problem]) -> Any:
    if value is None and field.get("nullable"):
        return None
    match field["type"]:
        case "record":
            if isinstance(value, Mapping):
                return _record(field["of"], value, place, found)
        case "list":
            if isinstance(value, list):
                return _list(field, value, place, found)
        case "targets":
            if isinstance(value, Mapping):
                return {
                    str(key): _list(field, points, f'{place}["{key}"]', found)
                    if isinstance(points, list)
                    else _wrong("a list of points", points, f'{place}["{key}"]', found, [])
                    for key, points in sorted(value.items())
                }
        case "params":
            if isinstance(value, Mapping):
                return {str(key): _parameter(value[key], f"{place}.{key}", found) for key in sorted(value)}
        case "numbers":
            return _numbers(field, value, place, found)
        case "number" | "integer":
            return _number(field, value, place, found)
        case "boolean":
            if isinstance(value, bool):
                return value
        case "any":
            return _plain(value, place, found)
        case _:
            return _string(field, value, place, found)
    return _wrong(_expected(field), value, place, found, _default(field, {}))


def _list(field: Field, values: list[Any], place: str, found: list[Problem]) -> list[dict[str, Any]]:
    key, seen, result = field["key"], set(), []
    for index, value in enumerate(values):
        here = f"{place}[{index}]"
        if not isinstance(value, Mapping):
            _wrong("an object", value, here, found, None)
            continue
        record = (
            _strip(field["of"], value, here, found)
            if field["of"] in STRIPS
            else _record(field["of"], value, here, found)
        )
        name = record[key]
        if not isinstance(name, str) or not name:
            continue
        if name in seen:
            found.append(_problem("duplicate_id", f"{here}.{key}", f'the {key} "{name}" is used twice'))
            continue
        seen.add(name)
        result.append(record)
    if field["of"] == "point" or "order" in field:
        result.sort(key=lambda record: record[field.get("order", "time_s")])
    return result


def _string(field: Field, value: Any, place: str, found: list[Problem]) -> str:
    default = str(field.get("default") or "")
    if not isinstance(value, str):
        return str(_wrong(_expected(field), value, place, found, default))
    if "choices" in field and value not in field["choices"]:
        return str(_wrong(_expected(field), value, place, found, default))
    if field["type"] == "id" and (not value or "/" in value or value == "master"):
        return str(_wrong('an id: text without "/", not empty and not "master"', value, place, found, ""))
    if field["type"] == "media" and not _inside(value):
        return str(_wrong("a path inside the session's folder", value, place, found, ""))
    return value


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\\" not in path and ":" not in parts[0]


def _number(field: Field, value: Any, place: str, found: list[Problem]) -> int | float:
    low, high = field.get("minimum", -math.inf), field.get("maximum", math.inf)
    above = field.get("above", -math.inf)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if good and field["type"] == "integer":
        good = float(value).is_integer()
    if good and low <= value <= high and value > above:
        return _in_form(field, value)
    nearest = min(max(value, low), high) if good and value > above else _default(field, {}) or max(above, 0.0)
    _wrong(_expected(field), value, place, found, None)
    return _in_form(field, nearest)


def _in_form(field: Field, value: float) -> int | float:
    whole = field["type"] == "integer" or (isinstance(field.get("default"), int) and float(value).is_integer())
    return int(value) if whole else float(value)


def _numbers(field: Field, value: Any, place: str, found: list[Problem]) -> list[int | float]:
    default = [*field.get("default", [0.0] * field.get("minimum_length", 0))]
    length, least = field.get("length"), field.get("minimum_length", 0)
    if not isinstance(value, list) or len(value) < least or (length is not None and len(value) != length):
        _wrong(f"a list of {length or f'{least} or more'} numbers", value, place, found, None)
        return default
    item = {"type": "number", "default": default[0] if default else 0.0, "minimum": field.get("minimum", -math.inf)}
    return [_number(item, number, f"{place}[{index}]", found) for index, number in enumerate(value)]


def _parameter(value: Any, place: str, found: list[Problem]) -> Any:
    if isinstance(value, bool | str):
        return value
    return _number({"type": "number", "default": 0.0}, value, place, found)


def _plain(value: Any, place: str, found: list[Problem]) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{place}.{key}", found) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [_plain(item, f"{place}[{index}]", found) for index, item in enumerate(value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            return _wrong("a finite number", value, place, found, None)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def _expected(field: Field) -> str:
    if "choices" in field:
        return "one of " + ", ".join(f'"{choice}"' for choice in field["choices"])
    kind = field["type"]
    if kind in ("number", "integer"):
        text = "a whole number" if kind == "integer" else "a number"
        low, high, above = field.get("minimum", -math.inf), field.get("maximum", math.inf), field.get("above")
        if above is not None:
            return f"{text} above {above:g}"
        if math.isfinite(low) and math.isfinite(high):
            return f"{text} from {low:g} to {high:g}"
        return f"{text} of at least {low:g}" if math.isfinite(low) else text
    names = {"boolean": "true or false", "record": "an object", "list": "a list", "targets": "an object of lists"}
    names |= {"params": "an object of numbers, texts and true or false"}
    return names.get(kind, "text") + (" or null" if field.get("nullable") else "")


def _wrong(expected: str, value: Any, place: str, found: list[Problem], instead: Any) -> Any:
    found.append(_problem("wrong_value", place, f"expected {expected}, got {_shown(value)}"))
    return instead


def _problem(code: str, place: str, message: str) -> Problem:
    return Problem(code=code, severity="error", where=place, message=message)


def _shown(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "an infinite number"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
