"""What was agreed with each recipient: advance, recoupment, withholding tax, minimum payout, opening balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import WHOLE, minor_digits, to_nanos, to_ppm
from maxbooster_kernel.royalties.tables import Source, read_table, rows

MONEY = ("advance", "minimum_payout", "opening")
RATES = ("recoup_rate", "withholding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One recipient's terms in one currency, money in nanos and rates in ppm."""

    advance: int = 0
    recoup_rate: int = WHOLE
    withholding: int = 0
    minimum_payout: int = 0
    opening: int = 0


def read_terms(source: Source | None, *, currency: str) -> Mapping[tuple[str, str], Terms]:
    """Return terms by (recipient, currency).

    Parameters
    ----------
    source
        Table ``recipient_id, advance, recoup_rate, withholding, minimum_payout, opening, currency``; all columns but
        the first are optional. None is no terms at all.
    currency
        What an empty currency stands for.

    Raises
    ------
    RoyaltyError
        Terms are given twice, negative where they cannot be, or beyond 100 %.
    """
    if source is None:
        return {}
    table = read_table(
        source, name="terms", required=("recipient_id",), optional=(*MONEY, *RATES, "currency"), money=MONEY
    )
    terms: dict[tuple[str, str], Terms] = {}
    for number, row in enumerate(rows(table, "recipient_id", *MONEY, *RATES, "currency")):
        where = f"terms, row {number}"
        recipient, texts, code = row[0], dict(zip((*MONEY, *RATES), row[1:], strict=False)), row[-1] or currency
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
        if (recipient, code) in terms:
            raise RoyaltyError(f"{where}: the terms of {recipient!r} in {code} are given twice")
        terms[recipient, code] = Terms(**values)
    return terms
