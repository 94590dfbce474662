"""What changed between two snapshots of a session, in words: ``Drums gain -3.0 -> -4.5 dB``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maxbooster_kernel.session.flat import LANE_DEPTH, LEFT_OUT
from maxbooster_kernel.session.order import POSITION
from maxbooster_kernel.session.schema import fields
from maxbooster_kernel.units import gain_to_db

Path = tuple[str, ...]
HEAD = ("format", "version", "crdt")
LONG = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: the path in the shared document, and what to say of it; ``author`` when it is known."""

    path: Path
    text: str
    author: str = ""

    def __str__(self) -> str:
        """Return the change in words, with its author."""
        return f"{self.text} ({self.author})" if self.author else self.text


def changes(old: Mapping[str, Any], new: Mapping[str, Any], authors: Mapping[str, str] | None = None) -> list[Change]:
    """Return what changed from one snapshot to another.

    Parameters
    ----------
    old, new
        Snapshots in normal form.
    authors
        Who last wrote each place, by path joined with ``/``.

    Examples
    --------
    >>> from maxbooster_kernel.session.conform import normalize
    >>> data = {"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": [{"id": "d", "name": "Drums"}]}
    >>> old = normalize(data)
    >>> new = normalize({**data, "tracks": [{"id": "d", "name": "Drums", "gain": 0.5, "mute": True}]})
    >>> [str(change) for change in changes(old, new, {"tracks/d/gain": "ada"})]
    ['Drums gain 0.0 -> -6.0 dB (ada)', 'Drums mute off -> on']
    """
    names = {strip["id"]: strip["name"] for data in (old, new) for strip in [*data["tracks"], *data["buses"]]}
    found = _record("session", (), "", old, new, names)
    return [Change(path=path, text=text, author=author(authors or {}, path)) for path, text in found if text]


def author(authors: Mapping[str, str], path: Path) -> str:
    """Return who last wrote at a path, or at the nearest place above it; empty when nobody is known.

    The points of one target, and the order of a list, may be of several people.
    """
    if path[0] == "automation" and len(path) == LANE_DEPTH:
        return _all(authors, f"automation/{path[1]}/", "")
    if path[-1] == POSITION:
        return _all(authors, "/".join(path[:-1]) + "/", f"/{POSITION}")
    for length in range(len(path), 0, -1):
        if found := authors.get("/".join(path[:length])):
            return found
    return ""


def _all(authors: Mapping[str, str], start: str, end: str) -> str:
    found = {name for place, name in authors.items() if place.startswith(start) and place.endswith(end)}
    return ", ".join(sorted(found))


def _record(
    record: str, path: Path, name: str, old: Mapping[str, Any], new: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    known = fields(record)
    for key in {**old, **new}:
        before, after = old.get(key), new.get(key)
        if before == after or (not path and key in HEAD):
            continue
        field = known.get(key, {"type": "any"})
        here = (*path, key) if path or field["type"] in ("list", "targets", "record", "text") else ("meta", key)
        label = f"{name} {_word(key)}".strip()
        kind = field["type"]
        if kind == "list":
            yield from _list(field, here, label if path else "", before or [], after or [], names)
        elif kind == "targets":
            yield from _targets(field, here, before or {}, after or {}, names)
        elif kind == "record" and before is not None and after is not None:
            yield from _record(field["of"], here, label.replace("master", "Master"), before, after, names)
        elif kind == "record":
            yield (*here, LEFT_OUT), f"{label} {'left out' if after is None else 'put back'}"
        elif kind == "params":
            was, is_now = before or {}, after or {}
            for parameter in {**was, **is_now}:
                if was.get(parameter) != is_now.get(parameter):
                    text = f"{name} {parameter} {_show(was.get(parameter))} -> {_show(is_now.get(parameter))}"
                    yield (*here, parameter), text
        else:
            yield here, _sentence(field, key, label, before, after)


def _list(
    field: Mapping[str, Any],
    path: Path,
    label: str,
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
) -> Iterator[tuple[Path, str]]:
    key, kind = field["key"], field["of"]
    before, after = {item[key]: item for item in old}, {item[key]: item for item in new}
    owner = label.rsplit(" ", 1)[0] if label else ""
    for name, item in after.items():
        title = f"{owner} {_title(kind, name, item, names)}".strip()
        if name not in before:
            yield (*path, name), f"{title} added"
        else:
            yield from _record(kind, (*path, name), title, before[name], item, names)
    for name in [name for name in before if name not in after]:
        yield (*path, name), f"{owner} {_title(kind, name, before[name], names)}".strip() + " removed"
    both = [name for name in before if name in after]
    if kind not in ("point", "marker", "comment") and both != [name for name in after if name in before]:
        what = {"track": "tracks", "bus": "buses"}.get(kind, f"{label}")
        yield (*path, POSITION), f"{what} in another order: {', '.join(names.get(name, name) for name in after)}"


def _targets(
    field: Mapping[str, Any],
    path: Path,
    old: Mapping[str, Sequence[Mapping[str, Any]]],
    new: Mapping[str, Sequence[Mapping[str, Any]]],
    names: Mapping[str, str],
) -> Iterator[tuple[Path, str]]:
    for target in {**old, **new}:
        before = {point[field["key"]]: point for point in old.get(target, ())}
        after = {point[field["key"]]: point for point in new.get(target, ())}
        if before == after:
            continue
        strip, _, rest = target.partition("/")
        counts = {
            "added": sum(name not in before for name in after),
            "removed": sum(name not in after for name in before),
            "changed": sum(name in before and before[name] != point for name, point in after.items()),
        }
        said = ", ".join(f"{count} point{'s' if count > 1 else ''} {word}" for word, count in counts.items() if count)
        yield (*path, target), f"{names.get(strip, strip.title())} {rest.replace('/', ' ')} automation: {said}"


def _title(kind: str, name: str, item: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if kind in ("track", "bus"):
        return str(item["name"])
    if kind == "send":
        return f"send to {names.get(name, name)}"
    if kind == "clip":
        return f"clip {item['media']}"
    if kind == "insert":
        return str(item["type"])
    if kind == "marker":
        return f"marker {item['name']}"
    return f"comment {_show(item['text'])}" if kind == "comment" else name


def _sentence(field: Mapping[str, Any], key: str, label: str, before: Any, after: Any) -> str:
    if key == "notes":
        return "notes edited"
    if field.get("unit") == "linear amplitude":
        return f"{label} {_db(before)} -> {_db(after)} dB"
    unit = f" {field['unit']}" if field.get("unit") in ("dB", "Hz", "s", "BPM") else ""
    if isinstance(before, float | int) and isinstance(after, float | int) and not isinstance(after, bool):
        return f"{label} {_show(before)} -> {_show(after)}{unit}"
    return f"{label} {_show(before)} -> {_show(after)}"


def _db(gain: Any) -> str:
    level = gain_to_db(abs(gain)) if gain else -float("inf")
    return f"{level:.1f}".replace("-inf", "-∞").replace("-0.0", "0.0")


def _word(key: str) -> str:
    return key.removesuffix("_s").removesuffix("_bpm").replace("_", " ")


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "none"
    if isinstance(value, float | int):
        return f"{value:.4g}"
    text = str(value)
    return text if len(text) <= LONG else text[: LONG - 1] + "…"
