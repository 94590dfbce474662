"""Small questions to an XML tree, answered tolerantly: blanks stripped, the default or worldwide variant preferred."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from lxml import etree

from maxbooster_kernel.catalogue.territory import WORLDWIDE


def children_of(element: etree._Element) -> list[etree._Element]:
    """Return an element's children: a slice is one call, six times faster than asking an iterator for one tag."""
    any_element: Any = element
    children: list[etree._Element] = any_element[:]
    return children


def found_at(element: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements of a path of names, ``*`` for any, in document order."""
    found: Any = [element]
    for name in path.split("/") if "/" in path else (path,):
        if name == "*":
            found = [child for parent in found for child in parent[:] if isinstance(child.tag, str)]
        else:
            found = [child for parent in found for child in parent[:] if child.tag == name]
    elements: list[etree._Element] = found
    return elements


def first_at(element: etree._Element, path: str) -> etree._Element | None:
    """Return the first element of a path of names; None if there is none."""
    found = found_at(element, path)
    return found[0] if found else None


def text_of(element: etree._Element | None, *paths: str) -> str | None:
    """Return the text of the first path that has one; None if none has."""
    if element is None:
        return None
    for path in paths:
        for found in found_at(element, path):
            text = found.text
            if text and (text := text.strip()):
                return text
    return None


def texts_of(element: etree._Element, path: str) -> tuple[str, ...]:
    """Return the texts of all elements of a path."""
    return tuple([text for found in found_at(element, path) if (text := (found.text or "").strip())])


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
    return next((value for path in paths for found in found_at(element, path) if (value := coded_text(found))), None)


def best(elements: Iterable[etree._Element]) -> etree._Element | None:
    """Return the default among variants by territory or language: IsDefault, then Worldwide, then the first."""
    found = list(elements)
    for element in found:
        if element.get("IsDefault") in ("true", "1"):
            return element
    for element in found:
        codes = [(code.text or "").strip() for code in found_at(element, "TerritoryCode")]
        if WORLDWIDE in (*codes, element.get("ApplicableTerritoryCode")) and not element.get("LanguageAndScriptCode"):
            return element
    return found[0] if found else None


def best_text(element: etree._Element | None, path: str) -> str | None:
    """Return the text of the default variant of a path."""
    found = None if element is None else best(found_at(element, path))
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
