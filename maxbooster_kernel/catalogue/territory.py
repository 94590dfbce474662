"""Territories, languages and currencies: ISO lists as sets, read once."""

from __future__ import annotations

import re
from functools import cache

WORLDWIDE = "Worldwide"
_LANGUAGE_TAG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z]+)?(-[a-zA-Z]{2}|-[0-9]{3})?(-[a-zA-Z][a-zA-Z0-9]{4,})?")
# Registrants' prefixes that are no ISO 3166-1 countries (ISRC Handbook 3.5, and the agencies' published list).
ISRC_PREFIXES = frozenset(
    {"QM", "QZ", "QT", "FX", "YU", "TP", "CS", "DG", "UK", "BX", "BC", "BK", "BP", "CP", "XK", "ZZ"}
)


@cache
def countries() -> frozenset[str]:
    """Return the ISO 3166-1 alpha-2 codes."""
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def currencies() -> frozenset[str]:
    """Return the ISO 4217 codes."""
    import pycountry

    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


@cache
def languages() -> frozenset[str]:
    """Return the ISO 639 codes of two and of three letters."""
    import pycountry

    found = {language.alpha_3 for language in pycountry.languages}
    return frozenset(found | {language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2")})


def is_territory(code: str) -> bool:
    """Return whether a code names a territory of a deal."""
    return code == WORLDWIDE or code in countries()


def is_language(tag: str) -> bool:
    """Return whether a tag is well-formed BCP 47 (as messages take it) and its language exists.

    Examples
    --------
    >>> is_language("en"), is_language("pt-BR"), is_language("english"), is_language("xx")
    (True, True, False, False)
    """
    return _LANGUAGE_TAG.fullmatch(tag) is not None and tag.split("-", maxsplit=1)[0].lower() in languages()
