"""Keeps a page's copy of a session in step with the kernel's, for sessions that are on no server.

Messages are the widget's own: ``{"type": "sync"}`` with the page's state vector asks for what it lacks,
``{"type": "update"}`` with an update carries an edit, in both directions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycrdt import TransactionEvent

from maxbooster_kernel.session.document import SessionDocument

Send = Callable[..., None]


class Wire:
    """One document on one comm.

    Parameters
    ----------
    document
        The kernel's document.
    send
        Sends a message with buffers to the pages: ``send(content, buffers)``.
    """

    def __init__(self, document: SessionDocument, send: Send) -> None:
        self._document = document
        self._send = send
        self._end = document.observe(self._tell)

    def receive(self, kind: str | None, buffers: list[Any]) -> None:
        """Take in a message of a page."""
        if kind == "sync":
            with self._document.lock:
                lacks = self._document.doc.get_update(bytes(buffers[0]))
                vector = self._document.doc.get_state()
            self._send({"type": "sync"}, [lacks, vector])
        elif kind == "update":
            self._document.receive(bytes(buffers[0]))

    def close(self) -> None:
        """Stop telling the pages."""
        self._end()

    def _tell(self, event: TransactionEvent) -> None:
        self._send({"type": "update"}, [event.update])
