"""Parse XML that others wrote: nothing is fetched, nothing is expanded, nothing is large.

Refused before or while parsing: document types and entities, XInclude, unusual encodings, deep nesting, huge texts and
huge files. References: OWASP XML External Entity Prevention; libxml2's built-in limits (depth 256, text 10 MB).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from lxml import etree

from maxbooster_kernel.errors import MessageError
from maxbooster_kernel.files import plain_file

MAX_BYTES = 8 * 1024 * 1024
MAX_ELEMENTS = 300_000
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "latin1"})
_PIECE = 1 << 18
# What is refused, after what of it is rarest in a message: the rare part is looked for first, which skips the markup.
_REFUSED = {
    "a document type is refused; messages have a schema, not a DTD": ((b"!", b"<!DOCTYPE"), (b"!", b"<!ENTITY")),
    "XInclude is refused; a message stands alone": ((b"/XI", b"http://www.w3.org/2001/XInclude"),),
}


def read_xml(source: str | os.PathLike[str] | bytes) -> etree._Element:
    """Return the root element of a file or of bytes.

    Raises
    ------
    MessageError
        The file cannot be read, is not well-formed, or holds what is refused; one sentence that says which.
    """
    if isinstance(source, bytes):
        return parse_xml(source, "the message")
    path = Path(source)
    try:
        size = plain_file(path).stat().st_size
        if size > MAX_BYTES:
            raise MessageError(f"{path}: expected at most {MAX_BYTES} bytes, got {size}")
        data = path.read_bytes()
    except OSError as error:
        raise MessageError(f"{path}: cannot be read ({error.strerror or error})") from None
    return parse_xml(data, str(path))


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Return the root element of bytes; ``name`` stands in front of the error."""
    _refuse(data, name)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
        dtd_validation=False,
        attribute_defaults=False,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line = f"line {error.lineno}" if error.lineno else "start"
        reason = (error.msg or "not well-formed").split("\n")[0].rsplit(", line ", 1)[0]
        raise MessageError(f"{name}, {line}: expected well-formed XML, got an error: {reason}") from None
    except ValueError as error:
        raise MessageError(f"{name}: expected XML in UTF-8 ({error})") from None


def _refuse(data: bytes, name: str) -> None:
    if len(data) > MAX_BYTES:
        raise MessageError(f"{name}: expected at most {MAX_BYTES} bytes, got {len(data)}")
    if not data or data.isspace():
        raise MessageError(f"{name}: expected XML, got nothing")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:64]:
        raise MessageError(f"{name}: expected UTF-8, got UTF-16 or UTF-32; save it as UTF-8")
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].decode("ascii").lower() not in _ENCODINGS:
        raise MessageError(f"{name}: expected UTF-8, got the encoding {declared[1].decode('ascii')}")
    for why, marks in _REFUSED.items():
        if any(rare in data and whole in data for rare, whole in marks):
            raise MessageError(f"{name}: {why}")
    left = 2 * MAX_ELEMENTS
    for start in range(0, len(data), _PIECE):
        left -= data.count(b"<", start, start + _PIECE)
        if left < 0:
            raise MessageError(f"{name}: expected at most {MAX_ELEMENTS} elements")
