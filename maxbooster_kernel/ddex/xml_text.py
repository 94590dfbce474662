"""Small questions to an XML tree, answered tolerantly: blanks stripped, the default or worldwide variant preferred."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from lxml import etree

from maxbooster_kernel.catalogue.territory import WORLDWIDE


def text_of(element: etree._Element | None, *paths: str) -> str | None:
    """Return the text of the first path that has one; None if none has."""
    if element is None:
        return None
    for path in paths:
        # A plain name is asked for in C; only a path of several names or a wildcard needs the search of paths.
        children = element.iterfind(path) if "/" in path or path == "*" else element.iterchildren(path)
        for found in children:
            text = (found.text or "").strip()
            if text:
                return text
    return None


def texts_of(element: etree._Element, path: str) -> tuple[str, ...]:
    """Return the texts of all elements of a path."""
    return tuple(text for found in element.iterfind(path) if (text := (found.text or "").strip()))


def coded_text(element: etree._Element | None) -> str | None:
    """Return the value of an allowed-value element: the user-defined one where it says so."""
    if element is None:
        return None
    text = (element.text or "").strip()
    if text == "UserDefined":
        return element.get("UserDefinedValue") or text
    return text or None


def coded_of(element: etree._Element | None, *paths: str) -> str | None:
    """Return the value of the first allowed-value element of the paths."""
    if element is None:
        return None
    return next((value for path in paths for found in element.iterfind(path) if (value := coded_text(found))), None)


def best(elements: Iterable[etree._Element]) -> etree._Element | None:
    """Return the default among variants by territory or language: IsDefault, then Worldwide, then the first."""
    found = list(elements)
    for element in found:
        if element.get("IsDefault") in ("true", "1"):
            return element
    for element in found:
        codes = [(code.text or "").strip() for code in element.iterfind("TerritoryCode")]
        if WORLDWIDE in (*codes, element.get("ApplicableTerritoryCode")) and not element.get("LanguageAndScriptCode"):
            return element
    return found[0] if found else None


def best_text(element: etree._Element | None, path: str) -> str | None:
    """Return the text of the default variant of a path."""
    found = None if element is None else best(element.iterfind(path))
    return ((found.text or "").strip() or None) if found is not None else None


@lru_cache(maxsize=4096)
def decimal_of(text: str | None) -> Decimal | None:
    """Return a decimal; None if the text is none."""
    try:
        number = Decimal(text.strip()) if text else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def integer_of(text: str | None) -> int | None:
    """Return a whole number; None if the text is none."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
