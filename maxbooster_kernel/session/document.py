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
from maxbooster_kernel.session import flat, shared
from maxbooster_kernel.session.conform import heal, normalize
from maxbooster_kernel.session.order import POSITION, order
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
                shared.from_targets(field, value) if field["type"] == "targets" else shared.from_list(field, value)
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
        """Return the plain value at a path of ids and names, such as ``("tracks", "drums", "gain")``."""
        with self.lock:
            target, key = self._locate(path)
            if key and not isinstance(target, Map):
                return default
            if flat.is_lane(path):
                found = flat.points(_plain(target)).get(key)
            elif flat.is_send(path):
                found = flat.sends(_plain(target)).get(key)
            else:
                found = _plain(target.get(key) if key else target)
                found = flat.sends(found) if flat.is_sends(path) and isinstance(found, dict) else found
        left_out = isinstance(found, dict) and found.get(flat.LEFT_OUT) is True
        return default if found is None or left_out else found

    def has(self, path: Sequence[str]) -> bool:
        """Tell whether there is something, null included, at a path."""
        with self.lock:
            target, key = self._locate(path)
            return isinstance(target, Map) and key in target

    def names(self, path: Sequence[str]) -> list[str]:
        """Return the ids of the records at a path in the session's order."""
        data = self.get(path)
        return sorted(data, key=lambda name: (order(data[name]), name)) if isinstance(data, dict) else []

    def set(self, path: Sequence[str], value: Any, *, label: str = "") -> None:
        """Write a plain value at a path."""
        with self.editing(label):
            target, key = self._owner(path)
            target[key] = value

    def add(
        self,
        path: Sequence[str],
        record: str,
        data: Mapping[str, Any],
        *,
        pos: float | None = None,
        label: str = "",
    ) -> None:
        """Put a record in the schema's form at a path that ends with its id; ``pos`` is its place among its likes."""
        with self.editing(label):
            target, name = self._owner(path)
            if flat.is_send(path):
                shared.put_send(target, name, data, pos=pos or 0.0)
            else:
                target[name] = shared.as_map(record, data, pos=pos, key="id")

    def move(self, path: Sequence[str], pos: float) -> None:
        """Give a record another position among its likes."""
        self.set(path if flat.is_send(path) else (*path, POSITION), pos)

    def remove(self, path: Sequence[str], *, label: str = "") -> None:
        """Delete what is at a path; deleting what is gone already is no error."""
        with self.editing(label):
            target, _ = self._locate(path)
            if isinstance(target, Map):
                for key in flat.keys_of(path, shared.keys(target)):
                    del target[key]

    def leave_out(self, path: Sequence[str], *, label: str = "") -> None:
        """Take the stage at a path out of its strip; its settings stay in the document."""
        self.set((*path, flat.LEFT_OUT), True, label=label)

    def put_back(self, path: Sequence[str], *, label: str = "") -> None:
        """Put the stage at a path back into its strip, as it was left."""
        self.remove((*path, flat.LEFT_OUT), label=label)

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

    def _locate(self, path: Sequence[str]) -> tuple[Any, str]:
        """Return the shared type that holds what is at a path, and under which key; a root has none."""
        target: Any = {"meta": self.meta, "master": self.master, "notes": self.notes, **self.roots}.get(path[0])
        keys = flat.place(path)
        for name in keys[1:-1]:
            target = target.get(name) if isinstance(target, Map) else None
        return target, keys[-1] if len(keys) > 1 else ""

    def _owner(self, path: Sequence[str]) -> tuple[Map[Any], str]:
        target, key = self._locate(path)
        whole = not flat.is_in_send(path) or self.has(path[: flat.SEND_DEPTH])
        if not isinstance(target, Map) or not whole:
            raise SessionError(f"{'/'.join(path)}: not in the session (any more); it may have been deleted")
        return target, key


def _plain(value: Any) -> Any:
    if isinstance(value, Map):
        return json.loads(str(value))
    return str(value) if isinstance(value, Text) else value
