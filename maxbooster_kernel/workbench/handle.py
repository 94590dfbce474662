"""Views of a session's records: they hold a path into the shared document, never a value.

A handle stays right whatever other peers do: every read looks into the document, every write is checked
against the schema and is one undo step (or part of the ``with session.edit(...)`` around it).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session import shared
from maxbooster_kernel.session.conform import conform_record, conform_value, heal_value, problems
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.order import order, place
from maxbooster_kernel.session.schema import fields

Value = TypeVar("Value")
Path = tuple[str, ...]


class Parameter(Generic[Value]):
    """A field of a record as an attribute, checked against the schema when written."""

    def __init__(self, description: str) -> None:
        self.__doc__ = description
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, handle: None, owner: type) -> Self: ...

    @overload
    def __get__(self, handle: Handle, owner: type) -> Value: ...

    def __get__(self, handle: Handle | None, owner: type) -> Any:
        return self if handle is None else handle.read(self.name)

    def __set__(self, handle: Handle, value: Value) -> None:
        handle.write(self.name, value)


class Handle:
    """A record of a session.

    Parameters
    ----------
    document
        The session's document.
    path
        The keys that lead to the record.
    """

    record: ClassVar[str] = ""
    __slots__ = ("_document", "_path")
    _document: SessionDocument
    _path: Path

    def __init__(self, document: SessionDocument, path: Path) -> None:
        object.__setattr__(self, "_document", document)
        object.__setattr__(self, "_path", path)

    @property
    def id(self) -> str:
        """The record's id."""
        return self._path[-1]

    @property
    def exists(self) -> bool:
        """Whether the record is still in the session."""
        return self._document.has(self._path) if len(self._path) > 1 else True

    def read(self, name: str) -> Any:
        """Return a field's value."""
        if not self.exists:
            raise SessionError(f"{self._place}: not in the session any more; someone deleted it")
        path = (*self._path, name)
        if not self._document.has(path):
            return conform_record(self.record, self._identity(), self._place)[name]
        return heal_value(self.record, name, self._document.get(path))

    def write(self, name: str, value: Any) -> None:
        """Check and set a field's value."""
        checked = conform_value(self.record, name, value, self._place)
        with self._document.editing(f"{self._place} {name}"):
            self._document.set((*self._path, name), shared.floats(checked))
            if "refers_to" in fields(self.record)[name]:
                check_references(self._document)

    def to_dict(self) -> dict[str, Any]:
        """Return the record in the file's form."""
        found: dict[str, Any] = self._document.get(self._path) or {}
        plain = shared.from_map(self.record, found)
        return conform_record(self.record, {**self._identity(), **plain}, self._place)

    def __setattr__(self, name: str, value: Any) -> None:
        if not hasattr(type(self), name):
            raise AttributeError(self._unknown(name))
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(self._unknown(name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and other._path == self._path and other._document is self._document

    def __hash__(self) -> int:
        return hash((id(self._document), self._path))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"

    @property
    def _place(self) -> str:
        return ".".join(self._path)

    def _identity(self) -> dict[str, Any]:
        required = {"id": self.id, "bus": self.id, "media": "missing.wav", "value": 0.0}
        return {name: required[name] for name in fields(self.record) if name in required}

    def _unknown(self, name: str) -> str:
        known = [item for item in dir(type(self)) if not item.startswith("_")]
        return f"{type(self).__name__} has no {name!r}; {hint(name, known)}"


H = TypeVar("H", bound=Handle)


class Collection(Generic[H]):
    """The records of one kind, by id: ``session.tracks["drums"]``; iterating gives the records in their order.

    Parameters
    ----------
    document
        The session's document.
    path
        The keys that lead to the Map by id.
    make
        The class of the records.
    """

    def __init__(self, document: SessionDocument, path: Path, make: Callable[[SessionDocument, Path], H]) -> None:
        self._document = document
        self._path = path
        self._make = make

    @property
    def ids(self) -> list[str]:
        """The ids, in the session's order."""
        return self._document.names(self._path)

    def __getitem__(self, name: str) -> H:
        ids = self.ids
        if name not in ids:
            raise SessionError(f'{".".join(self._path)}: there is no "{name}"; {hint(name, ids)}')
        return self._make(self._document, (*self._path, name))

    def __iter__(self) -> Iterator[H]:
        return (self._make(self._document, (*self._path, name)) for name in self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, name: object) -> bool:
        return name in self.ids

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.ids)})"

    def remove(self, name: str) -> None:
        """Delete a record."""
        self[name]
        self._document.remove((*self._path, name), label=f"remove {name}")

    def move(self, name: str, *, before: str | None = None) -> None:
        """Move a record before another one, or to the end."""
        self[name]
        names = [other for other in self.ids if other != name]
        names.insert(len(names) if before is None else names.index(self[before].id), name)
        with self._document.editing(f"move {name}"):
            positions = {other: order(self._document.get((*self._path, other)))[1] for other in names}
            for other, position in place(names, positions).items():
                self._document.move((*self._path, other), position)

    def insert(self, record: str, name: str, data: Mapping[str, Any], *, ordered: bool = True) -> H:
        """Put a new record at the end, checked against the schema."""
        others = self._document.get(self._path) or {}
        if name in others:
            raise SessionError(f'{".".join(self._path)}: the id "{name}" is used already; choose another')
        key = "bus" if record == "send" else "id"
        checked = conform_record(record, {**data, key: name}, ".".join((*self._path, name)))
        time_s = checked.get("time_s", 0.0)
        positions = [position for time, position in map(order, others.values()) if time == time_s]
        last = max(positions, default=-1.0 if not ordered else 0.0)
        pos = last + 1.0 if ordered or last >= 0.0 else None
        with self._document.editing(f"add {name}"):
            self._document.add((*self._path, name), record, checked, pos=pos)
            if any("refers_to" in field for field in fields(record).values()):
                check_references(self._document)
        return self._make(self._document, (*self._path, name))


def check_references(document: SessionDocument) -> None:
    """Raise if an edit made an output, send, key or cycle that cannot be; meant for inside an edit, which is undone."""
    found = [problem for problem in problems(document.raw()) if problem.code in REFERENCES]
    if found:
        raise SessionError(f"{found[0].where}: {found[0].message}")


REFERENCES = ("unknown_output", "unknown_bus", "unknown_key", "cycle", "duplicate_id")


def hint(name: str, known: list[str]) -> str:
    """Return a hint at what may have been meant.

    >>> hint("gian", ["gain", "pan"])
    'did you mean gain?'
    """
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"there {'are' if len(known) > 1 else 'is'} {', '.join(known)}" if known else "there is none"
