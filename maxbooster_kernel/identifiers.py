"""Identifiers of the music business: normal form, check digits, printed form.

Every ``*_problem`` function takes the identifier in normal form and returns None when it is right, else a
sentence that says what is wrong. :func:`normalise` strips blanks and hyphens and upper-cases.

References: GS1 General Specifications 7.9 (mod 10), ISO 3901 (ISRC), ISO 15707 (ISWC), IFPI GRid Standard 2.1 and
ISO 7064 (mod 37,36 and mod 11,2), ISO 27729 (ISNI), CISAC IPI, DDEX Party Identifier Standard.
"""

from __future__ import annotations

import re

_BLANKS = re.compile(r"[\s\-.\u2010-\u2015]+")
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SCHEME_HEADS = frozenset({"ISRC", "ISWC", "GRID", "ISNI", "ICPN"})
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_ISWC = re.compile(r"T[0-9]{10}")
_GRID = re.compile(r"A1[A-Z0-9]{16}")
_DPID = re.compile(r"PADPIDA[A-Z0-9]{11}")
_ISNI = re.compile(r"[0-9]{15}[0-9X]")
_IPI = re.compile(r"[0-9]{11}")


def normalise(text: str) -> str:
    """Return an identifier as messages carry it: no blanks, hyphens or points, upper case, without its scheme.

    Examples
    --------
    >>> normalise("us-abc-26-00001"), normalise("ISRC USABC2600001"), normalise("T-034.524.680-1")
    ('USABC2600001', 'USABC2600001', 'T0345246801')
    """
    if (
        text.isalnum()
        and text[:4] not in _SCHEME_HEADS
        and text[:3] not in ("UPC", "EAN")
        and text.isascii()
        and text.upper() == text
    ):
        return text
    bare = _BLANKS.sub("", text.strip()).upper()
    for scheme in ("ISRC", "ISWC", "GRID", "ISNI", "UPC", "EAN", "ICPN"):
        if bare.startswith(scheme) and len(bare) > len(scheme) + 7:
            return bare[len(scheme) :].lstrip(":")
    return bare


def gtin_check_digit(body: str) -> str:
    """Return the GS1 check digit of the digits before it (mod 10, weights 3, 1 from the right).

    Examples
    --------
    >>> gtin_check_digit("70000000000")
    '9'
    """
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(body)))
    return str(-total % 10)


def upc_problem(upc: str) -> str | None:
    """Return what is wrong with a UPC-12, EAN-13, EAN-8 or GTIN-14.

    Examples
    --------
    >>> upc_problem("700000000009") is None
    True
    >>> upc_problem("700000000001")
    'expected check digit 9, got 1'
    """
    if not upc.isascii() or not upc.isdigit() or len(upc) not in (8, 12, 13, 14):
        return f"expected 8, 12, 13 or 14 digits, got {_quote(upc)}"
    expected = gtin_check_digit(upc[:-1])
    return None if upc[-1] == expected else f"expected check digit {expected}, got {upc[-1]}"


def isrc_problem(isrc: str) -> str | None:
    """Return what is wrong with an ISRC (ISO 3901 has no check digit)."""
    if _ISRC.fullmatch(isrc):
        return None
    return f"expected two letters, three letters or digits and seven digits, got {_quote(isrc)}"


def iswc_problem(iswc: str) -> str | None:
    """Return what is wrong with an ISWC in message form, such as ``T0345246801``."""
    if not _ISWC.fullmatch(iswc):
        return f"expected T and ten digits, got {_quote(iswc)}"
    total = 1 + sum(weight * int(digit) for weight, digit in enumerate(iswc[1:10], start=1))
    expected = str(-total % 10)
    return None if iswc[10] == expected else f"expected check digit {expected}, got {iswc[10]}"


def grid_problem(grid: str) -> str | None:
    """Return what is wrong with a GRid of 18 characters."""
    if not _GRID.fullmatch(grid):
        return f"expected A1 and sixteen letters or digits, got {_quote(grid)}"
    expected = mod_37_36_check(grid[:-1])
    return None if grid[-1] == expected else f"expected check character {expected}, got {grid[-1]}"


def dpid_problem(dpid: str) -> str | None:
    """Return what is wrong with a DDEX party id of 18 characters.

    Many ids in use fail the check character, so callers make that a warning.
    """
    if not _DPID.fullmatch(dpid):
        return f"expected PADPIDA and eleven letters or digits, got {_quote(dpid)}"
    expected = mod_37_36_check(dpid[:-1])
    return None if dpid[-1] == expected else f"expected check character {expected}, got {dpid[-1]}"


def isni_problem(isni: str) -> str | None:
    """Return what is wrong with an ISNI of 16 characters (ISO 7064 mod 11,2)."""
    if not _ISNI.fullmatch(isni):
        return f"expected fifteen digits and a digit or X, got {_quote(isni)}"
    total = 0
    for digit in isni[:-1]:
        total = (total + int(digit)) * 2
    value = (12 - total % 11) % 11
    expected = "X" if value == 10 else str(value)
    return None if isni[-1] == expected else f"expected check character {expected}, got {isni[-1]}"


def ipi_problem(ipi: str) -> str | None:
    """Return what is wrong with an IPI name number of eleven digits.

    Examples
    --------
    >>> ipi_problem("00014107338") is None
    True
    """
    if not _IPI.fullmatch(ipi):
        return f"expected eleven digits, got {_quote(ipi)}"
    rest = sum((10 - index) * int(digit) for index, digit in enumerate(ipi[:9])) % 101
    expected = f"{(101 - rest) % 101 % 100:02d}"
    return None if ipi[9:] == expected else f"expected check digits {expected}, got {ipi[9:]}"


def mod_37_36_check(body: str) -> str:
    """Return the ISO 7064 mod 37,36 check character of letters and digits."""
    check = 36
    for character in body:
        check = (check + _ALPHANUMERIC.index(character)) % 36 or 36
        check = check * 2 % 37
    return _ALPHANUMERIC[(1 - check) % 36]


def _quote(text: str) -> str:
    return f'"{text}"' if len(text) <= 40 else f'"{text[:37]}..."'
