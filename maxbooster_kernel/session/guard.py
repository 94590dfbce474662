"""Decide, between a room's history and its file, what is newer, so that neither ever loses an edit silently.

A file of another session has taken this one's place: it counts whole. What the room held then and the file did not is
handed over to be kept, as is what was recovered from the history when the file was changed meanwhile.

The file the server writes carries ``crdt``: the state vector of the document it was made from, and a digest of its own
content. The guard also remembers what the room last read and wrote. A file that is one of those is old news and loses;
any other is an edit made outside, and is merged in against the last content both agreed on.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pycrdt import Decoder, Doc

from maxbooster_kernel.session.conform import heal
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.file import dumps
from maxbooster_kernel.session.merge import differences, three_way

Remember = Callable[[dict[str, Any]], None]
SetAside = Callable[[dict[str, Any], bool], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a file is to say: the session's content, the state vector it was made from, and the file's text."""

    content: dict[str, Any]
    state: bytes
    text: str


def draft(raw: Mapping[str, Any], state: bytes) -> Draft:
    """Return the file for a document, given its raw content and state vector; it touches no document.

    >>> draft({"format": "maxbooster-session", "version": 1}, bytes([0])).text.splitlines()[0]
    '{'
    """
    content = heal(raw)
    mark = {"sv": base64.b64encode(state).decode(), "sha": digest(content)}
    return Draft(content=content, state=state, text=dumps({**content, "crdt": mark}))


class Guard:
    """The guard of one room's document.

    Parameters
    ----------
    document
        The room's session.

    Attributes
    ----------
    agreed
        The content the room last read from, or wrote to, the file; None when nothing is known.
    pending
        The content of a write that may or may not have reached the file.
    agreed_state, pending_state
        The document's state vectors at the time of those.
    remember
        Called with a JSON object of all that whenever it changes; the server keeps it across a crash.
    live
        Whether the room is open, so that its people see what a changed file does; false while it is recovered.
    set_aside
        Called with what the room held and the file did not, and whether the file is another session's, before the
        file is taken in.
    """

    def __init__(self, document: SessionDocument) -> None:
        self.document = document
        self.agreed: dict[str, Any] | None = None
        self.pending: dict[str, Any] | None = None
        self.agreed_state = b""
        self.pending_state = b""
        self.live = False
        self.remember: Remember | None = None
        self.set_aside: SetAside | None = None

    def text(self) -> str:
        """Return the file's text for the document as it is, with its mark; remember it as written, perhaps."""
        made = draft(*self.taken())
        self.expect(made)
        return made.text

    def taken(self) -> tuple[dict[str, Any], bytes]:
        """Return the document's raw content and its state vector, as they are at this moment."""
        with self.document.lock:
            return self.document.raw(), self.document.doc.get_state()

    def expect(self, made: Draft) -> None:
        """Note that a draft may or may not reach the file from here on."""
        if made.content not in (self.pending, self.agreed):
            self.pending, self.pending_state = made.content, made.state
            self._remembered()

    def confirm(self) -> None:
        """Note that the text last returned is on disk."""
        if self.pending is not None:
            self.agreed, self.agreed_state = self.pending, self.pending_state
            self.pending = None
            self._remembered()

    def forget(self) -> None:
        """Note that what is on disk is not known any more."""
        self.agreed = self.pending = None
        self._remembered()

    def take_in(self, session: Mapping[str, Any]) -> bool:
        """Bring the content of the file into the document; return whether that changed anything.

        Parameters
        ----------
        session
            The file's content in normal form.
        """
        mark = session.get("crdt")
        content = {name: value for name, value in session.items() if name != "crdt"}
        if self.document.is_empty:
            load(self.document.doc, content)
            self._agree(content)
            return True
        if self.is_known(content):
            return False
        if self._is_saved_by_another(content, mark):
            self._agree(content)
            return False
        current = self.document.snapshot()
        known = [known["uuid"] for known in (current, self.agreed, self.pending) if known is not None]
        replaced = content["uuid"] not in known
        if self.set_aside is not None and (replaced or not self.live) and current != self.agreed:
            self.set_aside(current, replaced)
        # What one side sends to, the other may have deleted: as with edits made at once, it counts as absent.
        merged = content if replaced else heal(three_way(self._base(content), current, content))
        self.document.apply_normal(merged, label="the file changed outside")
        self._agree(content)
        return True

    def is_known(self, content: Mapping[str, Any]) -> bool:
        """Tell whether a content is what the room last read from, or wrote to, the file."""
        return (self.agreed is not None or self.pending is not None) and content in (self.agreed, self.pending)

    def _is_saved_by_another(self, content: dict[str, Any], mark: Any) -> bool:
        """Tell whether a file was saved from this room's history, and not before what is agreed.

        So it is when another server has the same session, or when this one has lost its memory of the file.
        A file saved before that was put back by someone, which is an edit.
        """
        if not isinstance(mark, Mapping) or mark.get("sha") != digest(content):
            return False
        state = _state(mark.get("sv"))
        newer = self.agreed is None or (state is not None and covers(state, self.agreed_state))
        return newer and covers(self.document.doc.get_state(), state)

    def _base(self, content: dict[str, Any]) -> dict[str, Any] | None:
        known = [known for known in (self.agreed, self.pending) if known is not None]
        return min(known, key=lambda base: differences(base, content), default=None)

    def _agree(self, content: dict[str, Any]) -> None:
        self.agreed, self.pending = content, None
        self.agreed_state = self.document.doc.get_state()
        self._remembered()

    def _remembered(self) -> None:
        if self.remember is not None:
            states = {"agreed_state": self.agreed_state, "pending_state": self.pending_state}
            encoded = {name: base64.b64encode(state).decode() for name, state in states.items()}
            self.remember({"agreed": self.agreed, "pending": self.pending, **encoded})

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Take up what :attr:`remember` was called with last, before a crash or a pause."""
        self.agreed, self.pending = memory.get("agreed"), memory.get("pending")
        self.agreed_state = _state(memory.get("agreed_state")) or b""
        self.pending_state = _state(memory.get("pending_state")) or b""


def load(doc: Doc[Any], content: Mapping[str, Any]) -> None:
    """Write a session into an empty shared document, always in the same way.

    The author is a number made from the content, so that loading one content twice gives one history, and loading
    different contents gives histories that merge (an author who said two things at one time would corrupt them).
    The notes have an author of their own: equal notes are never doubled.
    """
    notes = str(content["notes"])
    for part in ({**content, "notes": ""}, None):
        author = int(digest(notes if part is None else part)[:12], 16) % 2**32 or 1
        source = SessionDocument(Doc(client_id=author, allow_multithreading=True))
        with source.editing():
            if part is None:
                source.notes.insert(0, notes)
            else:
                source.apply_normal(part)
        doc.apply_update(source.doc.get_update())


def digest(content: Any) -> str:
    """Return the SHA-256 of a session's content, in hexadecimal."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_state(state: bytes) -> dict[int, int]:
    """Return a state vector as the number of changes known of each author.

    >>> read_state(bytes([1, 7, 3]))
    {7: 3}
    """
    if not state:
        return {}
    decoder = Decoder(state)
    return {decoder.read_var_uint(): decoder.read_var_uint() for _ in range(decoder.read_var_uint())}


def covers(state: bytes, other: bytes | None) -> bool:
    """Tell whether a state vector contains all that another one does; None is contained in nothing."""
    if other is None:
        return False
    try:
        wanted = read_state(other)
    except (IndexError, ValueError, RuntimeError):
        return False
    known = read_state(state)
    return all(known.get(author, 0) >= clock for author, clock in wanted.items())


def _state(text: Any) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        return None
