"""Content models of composites: which children may stand where, decided by a Glushkov automaton.

A model is written as ``A? B:Type* ( C+ | D )``; see the heads of the files in ``tables/``.

References: V. M. Glushkov, The abstract theory of automata (1961); XML Schema Part 1, appendix on deterministic models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(r"[()|]|[^\s()|]+")


@dataclass(slots=True)
class _Part:
    """A sub-expression: may it be empty, which positions begin and end it."""

    empty: bool
    first: set[int]
    last: set[int]


@dataclass(frozen=True, slots=True)
class Misfit:
    """Where a sequence of children leaves its model: the index of the child, and what could stand there."""

    index: int
    expected: tuple[str, ...]


@dataclass(slots=True)
class ContentModel:
    """The automaton of one model; ``types`` maps child names to the names of their types."""

    names: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    follow: list[set[int]] = field(default_factory=list)
    first: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)
    empty: bool = True

    def misfit(self, children: Sequence[str]) -> Misfit | None:
        """Return the first place where ``children`` do not follow the model, None if they do.

        Examples
        --------
        >>> model = parse_model("A? B+ ( C | D )")
        >>> model.misfit(["B", "B", "D"]) is None
        True
        >>> model.misfit(["A", "C"])
        Misfit(index=1, expected=('B',))
        >>> model.misfit(["B"])
        Misfit(index=1, expected=('B', 'C', 'D'))
        """
        state, names = self.first, self.names
        at: set[int] | None = None
        for index, child in enumerate(children):
            here = {position for position in state if names[position] == child}
            if not here:
                return Misfit(index, self._expected(state))
            at = here
            state = self.follow[next(iter(here))] if len(here) == 1 else set().union(*(self.follow[p] for p in here))
        if (at is None and self.empty) or (at is not None and at & self.last):
            return None
        return Misfit(len(children), self._expected(state))

    def order(self) -> dict[str, int]:
        """Return every child name with the rank of its last place in the model.

        A choice such as ``( PartyId+ | PartyName+ PartyId* )`` names a child twice; the last place is where it may
        stand beside the others.
        """
        return {name: position for position, name in enumerate(self.names)}

    def _expected(self, state: set[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.names[position] for position in sorted(state)))


def parse_model(text: str) -> ContentModel:
    """Return the automaton of a model's text."""
    model = ContentModel()
    tokens = _TOKEN.findall(text)
    part, used = _alternatives(model, tokens, 0)
    if used != len(tokens):
        raise ValueError(f"unexpected {tokens[used]!r} in content model {text!r}")
    model.first, model.last, model.empty = part.first, part.last, part.empty
    return model


def _alternatives(model: ContentModel, tokens: list[str], at: int) -> tuple[_Part, int]:
    part, at = _sequence(model, tokens, at)
    while at < len(tokens) and tokens[at] == "|":
        other, at = _sequence(model, tokens, at + 1)
        part = _Part(part.empty or other.empty, part.first | other.first, part.last | other.last)
    return part, at


def _sequence(model: ContentModel, tokens: list[str], at: int) -> tuple[_Part, int]:
    whole = _Part(empty=True, first=set(), last=set())
    while at < len(tokens) and tokens[at] != "|" and not tokens[at].startswith(")"):
        part, at = _item(model, tokens, at)
        for position in whole.last:
            model.follow[position] |= part.first
        whole = _Part(
            whole.empty and part.empty,
            whole.first | part.first if whole.empty else whole.first,
            whole.last | part.last if part.empty else part.last,
        )
    return whole, at


def _item(model: ContentModel, tokens: list[str], at: int) -> tuple[_Part, int]:
    if tokens[at] == "(":
        part, at = _alternatives(model, tokens, at + 1)
        at += 1  # the closing bracket
        mark = tokens[at] if at < len(tokens) and tokens[at] in ("?", "*", "+") else ""
        return _repeat(model, part, mark), at + bool(mark)
    word = tokens[at]
    mark = word[-1] if word[-1] in "?*+" else ""
    name, _, kind = word.rstrip("?*+").partition(":")
    position = len(model.names)
    model.names.append(name)
    model.types.setdefault(name, kind or name)
    model.follow.append(set())
    return _repeat(model, _Part(empty=False, first={position}, last={position}), mark), at + 1


def _repeat(model: ContentModel, part: _Part, mark: str) -> _Part:
    if mark in ("*", "+"):
        for position in part.last:
            model.follow[position] |= part.first
    return _Part(part.empty or mark in ("?", "*"), part.first, part.last)
