"""What was agreed with each recipient: advance, recoupment, reserve, withholding tax, minimum payout, opening."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import WHOLE, minor_digits, to_nanos, to_ppm
from maxbooster_kernel.royalties.tables import Source, read_table, rows

MONEY = ("advance", "minimum_payout", "opening")
RATES = ("recoup_rate", "withholding", "reserve_rate")
_REST = ("currency", "reserve_months")
_MOST_MONTHS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One recipient's terms in one currency, money in nanos and rates in ppm.

    ``reserve_rate`` of what is earned and not recouped is held back and released ``reserve_months`` periods later.
    """

    advance: int = 0
    recoup_rate: int = WHOLE
    withholding: int = 0
    minimum_payout: int = 0
    opening: int = 0
    reserve_rate: int = 0
    reserve_months: int = 0


def read_terms(source: Source | None, *, currency: str) -> Mapping[tuple[str, str], Terms]:
    """Return terms by (recipient, currency).

    Parameters
    ----------
    source
        Table ``recipient_id, advance, recoup_rate, withholding, minimum_payout, opening, currency, reserve_rate,
        reserve_months``; all columns but the first are optional. None is no terms at all.
    currency
        What an empty currency stands for.

    Raises
    ------
    RoyaltyError
        Terms are given twice, negative where they cannot be, or beyond 100 %.
    """
    if source is None:
        return {}
    table = read_table(source, name="terms", required=("recipient_id",), optional=(*MONEY, *RATES, *_REST), money=MONEY)
    terms: dict[tuple[str, str], Terms] = {}
    for number, (recipient, *row) in enumerate(rows(table, "recipient_id", *MONEY, *RATES, *_REST)):
        where = f"terms, row {number}"
        texts = dict(zip((*MONEY, *RATES, *_REST), row, strict=True))
        code = texts["currency"] or currency
        if not recipient:
            raise RoyaltyError(f"{where}: expected a recipient_id, got an empty one")
        minor_digits(code)
        values = {name: to_nanos(texts[name] or 0, what=f"{where}, {name}") for name in MONEY}
        values |= {name: to_ppm(texts[name], what=f"{where}, {name}") for name in RATES if texts[name]}
        for name, value in values.items():
            if name != "opening" and value < 0:
                raise RoyaltyError(f"{where}, {name}: expected 0 or more, got {texts[name]}")
            if name in RATES and value > WHOLE:
                raise RoyaltyError(f"{where}, {name}: expected at most 100 percent, got {texts[name]}")
        months = texts["reserve_months"] or "0"
        if not months.isascii() or not months.isdigit() or int(months) > _MOST_MONTHS:
            raise RoyaltyError(f"{where}, reserve_months: expected 0 to {_MOST_MONTHS} months, got {months!r}")
        if values.get("reserve_rate") and not int(months):
            raise RoyaltyError(f"{where}, reserve_months: a reserve is held for at least one month; say for how many")
        values["reserve_months"] = int(months)
        if (recipient, code) in terms:
            raise RoyaltyError(f"{where}: the terms of {recipient!r} in {code} are given twice")
        terms[recipient, code] = Terms(**values)
    return terms
