"""The structure tables of each message version: composites, child order, allowed values.

The tables are data (``tables/*.txt``), in our own notation; they hold what is written and checked here and leave the
rest of the standard out. DDEX's schemas, where the user has them, are a second and complete check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from maxbooster_kernel.ddex.content import ContentModel, Misfit, parse_model

MAX_GOOD = 20_000
MAX_PLANS = 4_000
ANYTHING, ANY_TEXT = "any", "string"
Kind = tuple["Composite | None", str, "set[str | None] | None"]


@dataclass(frozen=True, slots=True)
class Composite:
    """One composite: its children or the type of its text, and its attributes with their types.

    ``plans`` remembers how its children are judged, for every sequence of their names that was seen.
    """

    name: str
    text: str | None
    model: ContentModel | None
    attributes: dict[str, str]
    required: frozenset[str]
    plans: dict[tuple[object, ...], Plan] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the children of one composite are judged, for one sequence of their names.

    ``misfit`` is where the sequence leaves the model. A step is a child's own composite (None if it has none), the
    type of its text, and the texts of that type that were found right (None where every text is).
    """

    misfit: Misfit | None
    steps: tuple[Kind, ...]


@dataclass(slots=True)
class Table:
    """All composites and value lists of one version; composites are parsed on first use."""

    lines: dict[str, str] = field(default_factory=dict)
    values: dict[str, frozenset[str]] = field(default_factory=dict)
    known: dict[str, Composite] = field(default_factory=dict)
    good: set[tuple[object, ...]] = field(default_factory=set)
    texts: dict[str, set[str | None]] = field(default_factory=dict)
    _kinds: dict[str, dict[object, Kind]] = field(default_factory=dict)

    def composite(self, name: str) -> Composite | None:
        """Return the composite of a type name; None if the type is plain text or is not in the table."""
        found = self.known.get(name)
        if found is None and name in self.lines:
            found = self.known[name] = _composite(name, self.lines[name])
        return found

    def plan(self, composite: Composite, names: tuple[object, ...]) -> Plan:
        """Return how children of these names are judged, from memory where they were seen; comments are passed over."""
        plans = composite.plans
        found = plans.get(names)
        if found is None:
            if len(plans) >= MAX_PLANS:
                plans.clear()
            model = composite.model
            misfit = model.misfit([name for name in names if isinstance(name, str)]) if model else None
            kinds = self._kinds_of(composite)
            found = plans[names] = Plan(misfit, tuple(kinds.get(name, (None, ANYTHING, None)) for name in names))
        return found

    def _kinds_of(self, composite: Composite) -> dict[object, Kind]:
        found = self._kinds.get(composite.name)
        if found is None:
            types = composite.model.types if composite.model else {}
            found = self._kinds[composite.name] = {name: self._kind(kind) for name, kind in types.items()}
        return found

    def _kind(self, kind: str) -> Kind:
        inner = self.composite(kind) if kind != ANYTHING else None
        text = kind if inner is None or inner.text is None else inner.text
        return inner, text, None if text in (ANYTHING, ANY_TEXT) else self.texts.setdefault(text, set())

    def remember(self, what: tuple[object, ...]) -> None:
        """Remember a set of attributes that was found right."""
        if len(self.good) >= MAX_GOOD:
            self.good.clear()
        self.good.add(what)

    def remember_text(self, kind: str, text: str | None) -> None:
        """Remember a text that was found to be of a type."""
        known = self.texts.setdefault(kind, set())
        if len(known) >= MAX_GOOD:
            known.clear()
        known.add(text)

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
