"""What one stream earns: rates by platform and period, multipliers by country, exact in nanos.

The built-in tables are those of the founding document (per-stream averages of 2025, US dollars).
A unit price is rate x multiplier, computed once in Decimal; it must be a whole number of nanos.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from maxbooster_kernel.errors import MoneyError, RoyaltyError
from maxbooster_kernel.money import EXACT, to_decimal, to_nanos
from maxbooster_kernel.royalties import periods
from maxbooster_kernel.royalties.tables import Source, read_table, rows

SEED_RATES: Mapping[str, str] = {
    "spotify": "0.004",
    "appleMusic": "0.0062",
    "amazonMusic": "0.0088",
    "youtubeMusic": "0.0048",
}
SEED_MULTIPLIERS: Mapping[str, str] = {"US": "1.0", "UK": "0.95", "CA": "0.90", "IN": "0.30", "BR": "0.35"}
DEFAULT_MULTIPLIER = "0.5"
HOME = "USD"
"""The currency of the built-in rates, and of money whose currency nobody names; results say so."""
ALWAYS = -2
"""The period number of a rate that holds whenever no other does."""


@lru_cache(maxsize=65536)
def unit_price(rate: Decimal, multiplier: Decimal) -> int | None:
    """Return ``rate * multiplier`` in nanos, or None if that is not a whole number of nanos.

    >>> unit_price(Decimal("0.0062"), Decimal("0.95"))
    5890000
    """
    try:
        return to_nanos(EXACT.multiply(rate, multiplier))
    except (MoneyError, ArithmeticError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """Rates and multipliers of one run.

    Parameters
    ----------
    rates
        Rate of one stream by (platform, month number); month ``ALWAYS`` holds when no dated rate does.
    multipliers
        Factor by country; 0 is 0.
    default
        Factor of every country that is not named, the empty one included.
    """

    rates: Mapping[tuple[str, int], Decimal]
    multipliers: Mapping[str, Decimal]
    default: Decimal
    platforms: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "platforms", frozenset(platform for platform, _ in self.rates))

    def rate(self, platform: str, month: int) -> Decimal | None:
        """Return the rate of a platform in a month, or None."""
        dated = self.rates.get((platform, month))
        return dated if dated is not None else self.rates.get((platform, ALWAYS))

    def multiplier(self, country: str) -> Decimal:
        """Return the factor of a country."""
        return self.multipliers.get(country, self.default)

    def to_dict(self) -> dict[str, object]:
        """Return the book as plain text values in a stable order."""
        rates = sorted((p, "" if m == ALWAYS else periods.period(m), str(r)) for (p, m), r in self.rates.items())
        factors = sorted((country, str(factor)) for country, factor in self.multipliers.items())
        return {"rates": rates, "multipliers": factors, "default": str(self.default)}


def price_book(rates: Source | None = None, multipliers: Source | None = None) -> PriceBook:
    """Return the price book of two tables; None takes the built-in one.

    Parameters
    ----------
    rates
        Table ``platform, period, rate`` (period empty = always), or a mapping platform -> rate.
    multipliers
        Table ``country, multiplier`` (country empty = the default), or a mapping.

    Examples
    --------
    >>> price_book().rate("spotify", 24318)
    Decimal('0.004')
    """
    book: dict[tuple[str, int], Decimal] = {}
    for row, (platform, text, rate) in enumerate(_rows(rates, "rates", ("platform", "period", "rate"), SEED_RATES)):
        where = f"rates, row {row}"
        key = (platform, periods.bound(text, empty=ALWAYS, where=where))
        if key in book:
            raise RoyaltyError(f"{where}: the rate of {platform!r} for {text or 'always'} is given twice")
        book[key] = _not_negative(rate, where)
    factors: dict[str, Decimal] = {}
    columns = ("country", "", "multiplier")
    for row, (country, _, factor) in enumerate(_rows(multipliers, "multipliers", columns, SEED_MULTIPLIERS)):
        where = f"multipliers, row {row}"
        if country in factors:
            raise RoyaltyError(f"{where}: the multiplier of {country or 'the default'!r} is given twice")
        factors[country] = _not_negative(factor, where)
    default = factors.get("", Decimal(DEFAULT_MULTIPLIER))
    return PriceBook(rates=book, multipliers=factors, default=default)


def _not_negative(text: str, where: str) -> Decimal:
    number = to_decimal(text, what=where)
    if number < 0:
        raise RoyaltyError(f"{where}: expected 0 or more, got {number}; what is taken back has negative streams")
    return number


def _rows(
    source: Source | None, name: str, columns: tuple[str, str, str], seed: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    if source is None:
        source = seed
    key, period, value = columns
    if isinstance(source, Mapping):
        return [(str(item), "", worth) for item, worth in source.items()]
    table = read_table(source, name=name, required=(key, value), optional=(period,) if period else (), money=(value,))
    return [(name, text, worth) for name, text, worth in rows(table, key, period, value)]
