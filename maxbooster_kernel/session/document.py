"""The mix session as a shared document: a pycrdt ``Doc``, loaded from a snapshot and read back as one.

Several threads may use one document: every access holds its lock, because two threads must never share a transaction.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pycrdt import Doc, Map, Subscription, Text, TransactionEvent

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session import shared
from maxbooster_kernel.session.conform import heal, normalize
from maxbooster_kernel.session.schema import fields, schema, version
from maxbooster_kernel.session.undo import History

ROOTS = ("tracks", "buses", "automation", "markers", "comments")
OUTSIDE = ("format", "version", "crdt", "master", "notes", *ROOTS)


class SessionDocument:
    """A mix session that several peers may edit.

    Parameters
    ----------
    doc
        The shared document to use; by default a new, empty one.
    lock
        The lock that every user of that document holds.

    Attributes
    ----------
    read_only
        Why this user may not edit; empty when he may.

    Examples
    --------
    >>> document = SessionDocument()
    >>> document.apply({"format": "maxbooster-session", "version": 1, "tracks": [{"id": "drums"}]})
    >>> document.set(("tracks", "drums", "gain"), 0.5)
    >>> document.snapshot()["tracks"][0]["gain"]
    0.5
    >>> document.undo()
    True
    >>> document.get(("tracks", "drums", "gain"))
    1.0
    """

    def __init__(self, doc: Doc[Any] | None = None, *, lock: threading.RLock | None = None) -> None:
        self.doc: Doc[Any] = Doc(allow_multithreading=True) if doc is None else doc
        self.lock = lock or threading.RLock()
        self.origin = f"user-{uuid.uuid4().hex}"
        self.read_only = ""
        with self.lock:
            self.meta: Map[Any] = self.doc.get("meta", type=Map)
            self.master: Map[Any] = self.doc.get("master", type=Map)
            self.notes: Text = self.doc.get("notes", type=Text)
            self.roots: dict[str, Map[Any]] = {name: self.doc.get(name, type=Map) for name in ROOTS}
            self._history = History([self.meta, self.master, self.notes, *self.roots.values()], self.origin)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever written into the document."""
        with self.lock:
            return len(self.meta) == 0

    def snapshot(self) -> dict[str, Any]:
        """Return the session as the file's JSON value, valid whatever the peers wrote."""
        return heal(self.raw())

    def raw(self) -> dict[str, Any]:
        """Return the document's content in the file's shape, unchecked."""
        with self.lock, self.doc.transaction():
            plain: dict[str, Any] = {name: json.loads(str(root)) for name, root in self.roots.items()}
            meta, master, notes = json.loads(str(self.meta)), json.loads(str(self.master)), str(self.notes)
        known = fields("session")
        content = {**meta, "format": schema()["format"], "version": version()}
        content["master"], content["notes"] = shared.from_map("master", master), notes
        for name, value in plain.items():
            field = known[name]
            content[name] = (
                {target: shared.from_list(field, points) for target, points in value.items()}
                if field["type"] == "targets"
                else shared.from_list(field, value)
            )
        return content

    def apply(self, data: Mapping[str, Any], *, label: str = "") -> None:
        """Make the document say what a snapshot says, by the smallest edit, as one undo step.

        Raises
        ------
        SessionError
            The snapshot is not a valid session; nothing was changed.
        """
        self.apply_normal(normalize(data), label=label)

    def apply_normal(self, session: Mapping[str, Any], *, label: str = "") -> None:
        """Do as :meth:`apply` with a snapshot known to be valid."""
        known = fields("session")
        with self.editing(label):
            for name in [name for name in shared.keys(self.meta) if name not in session and name != "version"]:
                del self.meta[name]
            meta = {name: value for name, value in session.items() if name not in OUTSIDE}
            shared.reconcile("session", self.meta, {**meta, "version": version()})
            shared.reconcile("master", self.master, session["master"])
            shared.reconcile_text(self.notes, session["notes"])
            for name, root in self.roots.items():
                if known[name]["type"] == "targets":
                    shared.reconcile_targets(known[name], root, session[name])
                else:
                    shared.reconcile_list(known[name], root, session[name])

    @contextmanager
    def editing(self, label: str = "") -> Iterator[None]:
        """Make every change of the block one transaction and one undo step; an exception undoes the block."""
        self._may_write()
        with self.lock:
            if self._history.is_open:
                yield
                return
            with self._history.step(label):
                try:
                    with self.doc.transaction(origin=self.origin):
                        yield
                except BaseException:
                    self._history.take_back()
                    raise

    def get(self, path: Sequence[str], default: Any = None) -> Any:
        """Return the plain value at a path of Map keys, such as ``("tracks", "drums", "gain")``."""
        with self.lock:
            value = self._find(path)
            if isinstance(value, Map | Text):
                return json.loads(str(value)) if isinstance(value, Map) else str(value)
            return default if value is None else value

    def has(self, path: Sequence[str]) -> bool:
        """Tell whether there is something, null included, at a path."""
        with self.lock:
            parent = self._find(path[:-1])
            return isinstance(parent, Map) and path[-1] in parent

    def names(self, path: Sequence[str]) -> list[str]:
        """Return the keys of the Map at a path in the session's order."""
        with self.lock:
            target = self._find(path)
            if not isinstance(target, Map):
                return []
            data = json.loads(str(target))
        return sorted(data, key=lambda name: (shared.order(data[name]), name))

    def set(self, path: Sequence[str], value: Any, *, label: str = "") -> None:
        """Write a value at a path; Maps and lists of records must be shared types (see :mod:`.shared`)."""
        with self.editing(label):
            parent = self._find(path[:-1])
            if not isinstance(parent, Map):
                raise SessionError(f"{'/'.join(path)}: not in the session (any more); it may have been deleted")
            parent[path[-1]] = value

    def remove(self, path: Sequence[str], *, label: str = "") -> None:
        """Delete what is at a path; deleting what is gone already is no error."""
        with self.editing(label):
            parent = self._find(path[:-1])
            if isinstance(parent, Map) and path[-1] in parent:
                del parent[path[-1]]

    def undo(self) -> bool:
        """Take back this user's last step; edits of others stay. Return whether anything changed."""
        self._may_write()
        with self.lock:
            return self._history.undo()

    def redo(self) -> bool:
        """Do again what was taken back. Return whether anything changed."""
        self._may_write()
        with self.lock:
            return self._history.redo()

    def receive(self, update: bytes) -> None:
        """Take in an update of another peer; it is no step of this user's undo."""
        with self.lock, self.doc.transaction(origin="remote"):
            self.doc.apply_update(update)

    def observe(self, callback: Callable[[TransactionEvent], None]) -> Callable[[], None]:
        """Call back with each transaction's event, inside the commit; return the function that ends it."""
        with self.lock:
            subscription: Subscription = self.doc.observe(callback)

        def end() -> None:
            with self.lock:
                self.doc.unobserve(subscription)

        return end

    def _may_write(self) -> None:
        if self.read_only:
            raise SessionError(self.read_only)

    def _find(self, path: Sequence[str]) -> Any:
        value: Any = {"meta": self.meta, "master": self.master, "notes": self.notes, **self.roots}.get(path[0])
        for name in path[1:]:
            value = value.get(name) if isinstance(value, Map) else None
        return value
