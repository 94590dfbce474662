"""A message as it goes out: its bytes, and what they are."""

from __future__ import annotations

import hashlib
import os
from html import escape
from pathlib import Path
from typing import Self

from maxbooster_kernel.files import write_bytes


class ErnMessage(bytes):
    """The bytes of an ERN message, with its version and action; use it wherever bytes are taken.

    Examples
    --------
    >>> message = ErnMessage.of(b"<a/>", version="3.8.2", action="initial", upc="700000000009")
    >>> message.version, len(message), bytes(message)
    ('3.8.2', 4, b'<a/>')
    """

    version: str
    action: str
    upc: str

    @classmethod
    def of(cls, xml: bytes, *, version: str, action: str, upc: str) -> Self:
        """Return the message of bytes."""
        message = cls(xml)
        message.version, message.action, message.upc = version, action, upc
        return message

    @property
    def text(self) -> str:
        """Return the message as text."""
        return self.decode("utf-8")

    @property
    def md5(self) -> str:
        """Return the MD5 as a manifest carries it."""
        return hashlib.md5(self, usedforsecurity=False).hexdigest()

    def write(self, path: str | os.PathLike[str], *, force: bool = True) -> Path:
        """Write the message whole or not at all; return its path."""
        write_bytes(path, bytes(self), force=force)
        return Path(path)

    def __repr__(self) -> str:
        return f"ErnMessage(version={self.version!r}, action={self.action!r}, upc={self.upc!r}, {len(self)} bytes)"

    def _repr_html_(self) -> str:
        lines = self.text.splitlines()
        shown = "\n".join(lines[:60]) + (f"\n... {len(lines) - 60} more lines" if len(lines) > 60 else "")
        title = f"ERN {escape(self.version)} ({escape(self.action)}) for {escape(self.upc)}, {len(self):,} bytes"
        style = "max-height:24em;overflow:auto;font-family:monospace;white-space:pre"
        return f"<details open><summary>{title}</summary><pre style='{style}'>{escape(shown)}</pre></details>"
