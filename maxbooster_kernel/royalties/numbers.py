"""Numbers, months and identifiers as people write them in sales files."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from maxbooster_kernel.royalties.periods import month

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: place for place, name in enumerate(_NAMES, 1)}
_SPACES = re.compile(r"[\s\u00a0\u202f']")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_MANGLED = re.compile(r"\d([.,]\d+)?[eE]\+?\d+|\d+[.,]0+")
_NUMERIC = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def read_number(text: str, *, decimal_comma: bool = False) -> Decimal | None:
    """Return a number as written in a sales file, or None if it is none.

    >>> [read_number(text) for text in ("1,200", "(3.50)", "$1.5", "1.2e-5", "x")]
    [Decimal('1200'), Decimal('-3.50'), Decimal('1.5'), Decimal('0.000012'), None]
    >>> read_number("1.234,56", decimal_comma=True)
    Decimal('1234.56')
    """
    plain = _SPACES.sub("", text).strip("$€£")
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1] if negative else plain
    if decimal_comma:
        plain = plain.replace(".", "").replace(",", ".")
    elif _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMERIC.fullmatch(plain):
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return -value if negative else value


def read_month(text: str) -> str | None:
    """Return ``YYYY-MM`` for a month as written in a sales file, or None.

    >>> [read_month(t) for t in ("2026-07", "2026-07-15", "2026/07", "07/15/2026", "Jul 2026", "Jul-26", "2Q2025")]
    ['2026-07', '2026-07', '2026-07', '2026-07', '2026-07', '2026-07', '2025-06']
    """
    plain = text.strip()
    found = None
    if match := re.fullmatch(r"(\d{4})[-/](\d{1,2})([-/]\d{1,2})?([T ].*)?", plain):
        found = f"{match[1]}-{int(match[2]):02d}"
    elif match := re.fullmatch(r"(\d{1,2})/\d{1,2}/(\d{4})", plain):
        found = f"{match[2]}-{int(match[1]):02d}"
    elif match := re.fullmatch(r"([A-Za-z]{3})[a-z]*[ -](\d{4}|\d{2})", plain):
        number = _MONTHS.get(match[1].lower(), 0)
        found = f"{match[2] if len(match[2]) == 4 else '20' + match[2]}-{number:02d}"
    elif match := re.fullmatch(r"([1-4])Q(\d{4})|(\d{4})-?Q([1-4])", plain):
        found = f"{match[2] or match[3]}-{3 * int(match[1] or match[4]):02d}"
    return found if found and month(found) >= 0 else None


def read_isrc(text: str) -> str:
    """Return an ISRC without hyphens in capitals.

    >>> read_isrc("us-abc-26-00001")
    'USABC2600001'
    """
    return text.replace("-", "").replace(" ", "").upper()


def read_upc(text: str) -> str:
    """Return a UPC without blanks and hyphens.

    >>> read_upc(" 0-12345-67890-5")
    '012345678905'
    """
    return text.replace("-", "").replace(" ", "").strip()


def mangled(text: str) -> bool:
    """Return whether a spreadsheet has turned a code into a number (``1.23E+11``, ``12345678905.0``).

    >>> mangled("1.23457E+11"), mangled("12345678905.0"), mangled("0123456789012")
    (True, True, False)
    """
    return _MANGLED.fullmatch(text.strip()) is not None
