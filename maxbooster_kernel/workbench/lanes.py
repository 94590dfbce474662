"""What lies along the time of a session: automation, markers and comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session import references
from maxbooster_kernel.session.conform import conform_record
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.workbench.handle import Collection, Handle, Parameter, hint
from maxbooster_kernel.workbench.strips import new_id


class Point(Handle):
    """A point of automation; times in seconds, values in the parameter's own unit."""

    __slots__ = ()
    record = "point"
    time_s = Parameter[float]("Time in seconds.")
    value = Parameter[float]("Value in the parameter's unit.")
    curve = Parameter[str]("set, linear, exponential, target or curve, with Web Audio's meaning.")
    time_constant_s = Parameter[float]("Time constant of a target, in seconds.")


class Lane(Collection[Point]):
    """The automation of one parameter: ``session.automation["drums/gain"].linear(2.0, 0.5)``."""

    def set(self, time_s: float, value: float) -> Point:
        """Jump to a value."""
        return self._add(time_s=time_s, value=value, curve="set")

    def linear(self, time_s: float, value: float) -> Point:
        """Ramp in a straight line from the point before, to arrive at ``time_s``."""
        return self._add(time_s=time_s, value=value, curve="linear")

    def exponential(self, time_s: float, value: float) -> Point:
        """Ramp exponentially from the point before, to arrive at ``time_s``."""
        return self._add(time_s=time_s, value=value, curve="exponential")

    def target(self, time_s: float, value: float, *, time_constant_s: float) -> Point:
        """Approach a value from ``time_s`` on."""
        return self._add(time_s=time_s, value=value, curve="target", time_constant_s=time_constant_s)

    def follow(self, time_s: float, values: Sequence[float], *, duration_s: float) -> Point:
        """Follow a curve of values from ``time_s`` on, for ``duration_s`` seconds."""
        return self._add(time_s=time_s, curve="curve", values=[float(v) for v in values], duration_s=duration_s)

    def clear(self) -> None:
        """Delete every point."""
        self._document.remove(self._path, label=f"clear the automation of {self._path[-1]}")

    def _add(self, **data: Any) -> Point:
        with self._document.editing(f"automation of {self._path[-1]}"):
            return self.insert("point", new_id("p"), data, ordered=False)


class Automation:
    """The automation of a session by target: ``"drums/gain"``, ``"drums/eq/low/gain"``, ``"master/gain"``, ..."""

    def __init__(self, document: SessionDocument) -> None:
        self._document = document

    def __getitem__(self, target: str) -> Lane:
        known = set(references.targets(self._document.snapshot()))
        if target not in known:
            raise SessionError(f'automation: there is no parameter "{target}"; {hint(target, sorted(known))}')
        return Lane(self._document, ("automation", target), Point)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._document.snapshot()["automation"]))

    def __len__(self) -> int:
        return len(self._document.snapshot()["automation"])

    def __contains__(self, target: object) -> bool:
        return target in self._document.snapshot()["automation"]

    def __repr__(self) -> str:
        return f"Automation({', '.join(self)})"


class Marker(Handle):
    """A marked time of a session."""

    __slots__ = ()
    record = "marker"
    time_s = Parameter[float]("Time in seconds.")
    name = Parameter[str]("What begins there.")


class Markers(Collection[Marker]):
    """The markers of a session, in the order of time."""

    def add(self, time_s: float, name: str) -> Marker:
        """Mark a time."""
        return self.insert("marker", new_id("m"), {"time_s": time_s, "name": name}, ordered=False)


class Comment(Handle):
    """A remark pinned to a time and, if it has one, a track."""

    __slots__ = ()
    record = "comment"
    time_s = Parameter[float]("Time in seconds.")
    track = Parameter[str | None]("The track, bus or None.")
    author = Parameter[str]("Who wrote it.")
    text = Parameter[str]("What it says.")
    resolved = Parameter[bool]("Whether it is settled.")


class Comments(Collection[Comment]):
    """The comments of a session, in the order of time."""

    author = ""

    def add(self, text: str, *, time_s: float = 0.0, track: str | None = None, author: str | None = None) -> Comment:
        """Pin a comment to a time and a track."""
        data = {"text": text, "time_s": time_s, "track": track, "author": self.author if author is None else author}
        conform_record("comment", {"id": "new", **data}, "comments")
        return self.insert("comment", new_id("k"), data, ordered=False)
