"""The structure tables of each message version: composites, child order, allowed values.

The tables are data (``tables/*.txt``), in our own notation; they hold what is written and checked here and leave the
rest of the standard out. DDEX's schemas, where the user has them, are a second and complete check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from maxbooster_kernel.ddex.content import ContentModel, parse_model


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

    def composite(self, name: str) -> Composite | None:
        """Return the composite of a type name; None if the type is plain text or is not in the table."""
        found = self.known.get(name)
        if found is None and name in self.lines:
            found = self.known[name] = _composite(name, self.lines[name])
        return found

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
