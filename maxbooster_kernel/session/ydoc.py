"""The document type ``mbsession`` of jupyter-collaboration (entry point group ``jupyter_ydoc``).

Importing ``jupyter_ydoc`` loads every entry point of that group, this one among them, and the class needs a base class
of ``jupyter_ydoc``: whichever is imported first, the other would be half imported. So the class is made on first use.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from pycrdt import Awareness, Doc

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.file import loads
from maxbooster_kernel.session.guard import Guard


def __getattr__(name: str) -> Any:
    if name != "YMixSession":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import jupyter_ydoc  # noqa: F401 - asks for the class itself, when it is imported here first

    return _document_type()


@cache
def _document_type() -> Any:
    from jupyter_ydoc.ybasedoc import YBaseDoc

    class YMixSession(YBaseDoc):
        """A mix session in a room of jupyter-collaboration; its content on disk is the text of a ``.mbsession`` file.

        Attributes
        ----------
        document
            The session.
        guard
            What decides between the file and the room's history.
        on_broken
            Called with the text and the error when the file on disk is no valid session; the room goes on without it.
            When it is None, the error is raised.
        """

        def __init__(self, ydoc: Doc[Any] | None = None, awareness: Awareness | None = None) -> None:
            super().__init__(ydoc, awareness)
            self.document = SessionDocument(self._ydoc)
            self.guard = Guard(self.document)
            self.on_broken: Callable[[str, SessionError], None] | None = None

        @property
        def version(self) -> str:
            """The version of the shared document's shape."""
            return "1.0.0"

        @property
        def hash(self) -> str | None:
            """The digest the contents manager gives to the file, as last saved."""
            value: str | None = self._ystate.get("hash")
            return value

        @hash.setter  # noqa: A003 - the name of the base
        def hash(self, value: str) -> None:
            self._ystate["hash"] = value
            self.guard.confirm()

        def get(self) -> str:
            """Return the file's text, with the mark that shows it as this room's own."""
            return self.guard.text()

        def set(self, value: str) -> None:
            """Take in the file's text: nothing if it is old news, otherwise the smallest edit."""
            try:
                session = loads(value)
            except SessionError as error:
                if self.on_broken is None or self.document.is_empty:
                    raise
                self.on_broken(value, error)
                return
            self.guard.take_in(session)

        def observe(self, callback: Callable[[str, Any], None]) -> None:
            """Call back on every change with the name of the root; "state" is the room's own bookkeeping."""
            self.unobserve()
            self._subscriptions[self._ystate] = self._ystate.observe(partial(callback, "state"))
            document = self.document
            for name, root in {"meta": document.meta, "master": document.master, **document.roots}.items():
                self._subscriptions[root] = root.observe_deep(partial(callback, name))
            self._subscriptions[document.notes] = document.notes.observe(partial(callback, "notes"))

    return YMixSession
