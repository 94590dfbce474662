"""Durations as xs:duration: ``PT3M21S``, ``PT1H2M3.456S``."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

_WIDE = Context(prec=60)
_PATTERN = re.compile(r"P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


def format_duration(seconds: float) -> str:
    """Return a duration rounded half up to milliseconds; minutes and seconds stay below 60.

    Examples
    --------
    >>> format_duration(201.4), format_duration(3723.4565), format_duration(59.9996)
    ('PT3M21.4S', 'PT1H2M3.457S', 'PT1M')
    """
    total = int(Decimal(repr(float(seconds))).scaleb(3, _WIDE).to_integral_value(ROUND_HALF_UP, _WIDE))
    minutes, rest = divmod(total, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, thousandths = divmod(rest, 1000)
    text = "PT"
    if hours:
        text += f"{hours}H"
    if minutes:
        text += f"{minutes}M"
    if thousandths:
        text += f"{whole}.{thousandths:03d}".rstrip("0") + "S"
    elif whole or text == "PT":
        text += f"{whole}S"
    return text


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> float | None:
    """Return the seconds of an xs:duration without years and months; None if it is none.

    Examples
    --------
    >>> parse_duration("PT3M21.4S"), parse_duration("3:21")
    (201.4, None)
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        return None
    days, hours, minutes, seconds = match.groups()
    rest = 60 * int(minutes or 0) + 3600 * int(hours or 0) + 86400 * int(days or 0)
    return float(_WIDE.add(Decimal(seconds or 0), rest))
