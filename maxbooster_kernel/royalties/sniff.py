"""Find out how a sales file is laid out: delimiter, preamble, header, and whose file it is."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.blocks import Block
from maxbooster_kernel.royalties.formats import SalesFormat, recognise

PREAMBLE = 10
DELIMITERS = "\t,;"
_LONGEST = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is laid out: ``skip`` lines stand before the header, ``start`` is the first row's place in bytes."""

    delimiter: str
    skip: int
    start: int
    header: list[str]
    format: SalesFormat


def sniff(name: object, block: Block, template: SalesFormat | None = None) -> Layout:
    """Return the layout of a sales file, found in its first block.

    Raises
    ------
    RoyaltyError
        No format's headers are found in the first rows.
    """
    lines = _first_lines(block.data, max(PREAMBLE + 1, template.header_row if template else 0))
    own = (template,) if template else ()
    place = 0
    for skip, line in enumerate(lines):
        place += len(line)
        if template is not None and template.header_row and skip + 1 != template.header_row:
            continue
        text = line[:_LONGEST].decode(block.encoding, "replace").rstrip("\r\n")
        for delimiter in (template and template.delimiter) or DELIMITERS:
            header = [cell.strip() for cell in cells_of(text, delimiter)]
            form = recognise(header, own)
            if form is not None and (template is None or form is template):
                _check(name, header, form)
                return Layout(delimiter=delimiter, skip=skip, start=place, header=header, format=form)
    shown = lines[0][:80].decode(block.encoding, "replace").strip() if lines else ""
    form_marks = template.fingerprint if template else ()
    raise RoyaltyError(
        f"{name}: no known sales format has these headers ({shown!r}...); describe the file in a template"
        if template is None
        else f"{name}: has not the headers of the template {template.name!r} ({', '.join(sorted(form_marks))})"
    )


def cells_of(text: str, delimiter: str = ",") -> list[str]:
    r"""Return the cells of one row; none where it is no row, as with a line break outside quotes.

    >>> cells_of('a,"b,c"'), cells_of("a\rb,c")
    (['a', 'b,c'], [])
    """
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


def _check(name: object, header: list[str], form: SalesFormat) -> None:
    """Refuse a header in which a wanted column stands twice: nobody knows which one is meant."""
    for column in form.columns.values():
        if header.count(column) > 1:
            raise RoyaltyError(f"{name}: the column {column!r} stands {header.count(column)} times; keep the right one")
    if form.columns["amount"] not in header:
        raise RoyaltyError(f"{name}: expected a column {form.columns['amount']!r}; describe the file in a template")
    if form.columns["month"] not in header:
        raise RoyaltyError(f"{name}: expected a column {form.columns['month']!r}; describe the file in a template")


def _first_lines(data: bytes, count: int) -> list[bytes]:
    start = data[: _LONGEST * (PREAMBLE + 1)]
    lines = start.splitlines(keepends=True) if b"\n" not in start else start.split(b"\n")
    if b"\n" in start:
        lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    return lines[:count]
