"""The structure tables of each message version: composites, child order, allowed values.

The tables are data (``tables/*.txt``), in our own notation; they hold what is written and checked here and leave the
rest of the standard out. DDEX's schemas, where the user has them, are a second and complete check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from maxbooster_kernel.ddex.content import ContentModel, parse_model

MAX_GOOD = 20_000


@dataclass(frozen=True, slots=True)
class Composite:
    """One composite: its children or the type of its text, and its attributes with their types."""

    name: str
    text: str | None
    model: ContentModel | None
    attributes: dict[str, str]
    required: frozenset[str]


@dataclass(slots=True)
class Table:
    """All composites and value lists of one version; composites are parsed on first use."""

    lines: dict[str, str] = field(default_factory=dict)
    values: dict[str, frozenset[str]] = field(default_factory=dict)
    known: dict[str, Composite] = field(default_factory=dict)
    good: set[tuple[object, ...]] = field(default_factory=set)
    _kinds: dict[str, dict[object, tuple[Composite | None, str]]] = field(default_factory=dict)

    def composite(self, name: str) -> Composite | None:
        """Return the composite of a type name; None if the type is plain text or is not in the table."""
        found = self.known.get(name)
        if found is None and name in self.lines:
            found = self.known[name] = _composite(name, self.lines[name])
        return found

    def kinds(self, composite: Composite) -> dict[object, tuple[Composite | None, str]]:
        """Return, for every child of a composite, its own composite (None if it holds text) and its type's name."""
        found = self._kinds.get(composite.name)
        if found is None:
            types = composite.model.types if composite.model else {}
            found = self._kinds[composite.name] = {name: self._kind(kind) for name, kind in types.items()}
        return found

    def _kind(self, kind: str) -> tuple[Composite | None, str]:
        inner = self.composite(kind) if kind != "any" else None
        return inner, kind if inner is None or inner.text is None else inner.text

    def remember(self, what: tuple[object, ...]) -> None:
        """Remember a text or a set of attributes that was found right."""
        if len(self.good) >= MAX_GOOD:
            self.good.clear()
        self.good.add(what)

    def allows(self, kind: str, value: str) -> bool:
        """Return whether a value list has the value; a list that is not in the table allows all."""
        values = self.values.get(kind)
        return values is None or value in values


@cache
def table(name: str) -> Table:
    """Return the table of a file in ``tables/``, such as ``ern-382``."""
    text = (resources.files(__package__) / "tables" / f"{name}.txt").read_text(encoding="utf-8")
    result = Table()
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        head, mark, rest = line.partition(" = ")
        if mark:
            result.lines[head] = rest
        else:
            head, _, rest = line.partition(": ")
            result.values[head] = frozenset(rest.split())
    return result


def _composite(name: str, line: str) -> Composite:
    words = line.split()
    attributes: dict[str, str] = {}
    required: set[str] = set()
    for word in words:
        if word.startswith("@"):
            attribute, _, kind = word[1:].rstrip("!").partition(":")
            attributes[attribute] = kind or "string"
            if word.endswith("!"):
                required.add(attribute)
    body = " ".join(word for word in words if not word.startswith("@"))
    if body.startswith("="):
        return Composite(name, body[1:], None, attributes, frozenset(required))
    return Composite(name, None, parse_model(body), attributes, frozenset(required))
