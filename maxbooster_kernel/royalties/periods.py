"""Accounting periods: months as ``YYYY-MM`` text outside, as whole numbers inside."""

from __future__ import annotations

import re

from maxbooster_kernel.errors import RoyaltyError

BAD = -1
"""The number of a text that is not a period."""
EVER = 120_000
"""A month later than every period."""

_PERIOD = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


def month(period: str) -> int:
    """Return a period as months since year 0, or ``BAD``.

    >>> month("2026-07"), month("2026-13")
    (24318, -1)
    """
    found = _PERIOD.fullmatch(period)
    return int(found[1]) * 12 + int(found[2]) - 1 if found else BAD


def period(number: int) -> str:
    """Return the text of a month number.

    >>> period(24318)
    '2026-07'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def bound(text: str, *, empty: int, where: str) -> int:
    """Return one end of a half-open range of periods; empty text is ``empty``."""
    if not text:
        return empty
    number = month(text)
    if number == BAD:
        raise RoyaltyError(f"{where}: expected a period YYYY-MM or nothing, got {text!r}")
    return number
