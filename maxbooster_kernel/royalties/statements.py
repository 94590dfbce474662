"""Statements: what each recipient had, earned, paid back, was paid, and carries on.

Order of a period: opening + earned - recouped = balance; a balance of at least the minimum payout is paid,
cut toward zero to the currency's minor unit; tax is withheld from what is paid; the rest is carried.
Negative balances are carried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.money import WHOLE, minor_unit
from maxbooster_kernel.royalties.sums import Bucket
from maxbooster_kernel.royalties.terms import Terms

Amounts = NDArray[Any]
LIMIT = 1 << 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What recipients earned in one bucket: nanos by recipient number, and who has a row."""

    nanos: Amounts
    named: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRows:
    """The statements of one bucket as columns; money in nanos, ``net_minor`` in minor units."""

    bucket: Bucket
    recipients: NDArray[np.intp]
    opening: Amounts
    earned: Amounts
    recouped: Amounts
    gross: Amounts
    tax: Amounts
    net_minor: Amounts
    closing: Amounts
    advance_left: Amounts


def per_million(amounts: Amounts, ppm: Amounts) -> Amounts:
    """Return ``floor(amounts * ppm / 1e6)`` of amounts >= 0 without a product beyond the type."""
    high, low = amounts // WHOLE, amounts % WHOLE
    return np.asarray(high * ppm + low * ppm // WHOLE)


def per_million_half_even(amounts: Amounts, ppm: Amounts) -> Amounts:
    """Return ``amounts * ppm / 1e6`` of amounts >= 0 rounded to whole numbers, halves to even."""
    high, low = amounts // WHOLE, amounts % WHOLE
    whole = high * ppm + low * ppm // WHOLE
    twice = low * ppm % WHOLE * 2
    up = (twice > WHOLE) | ((twice == WHOLE) & (whole % 2 == 1))
    return np.asarray(whole + up.astype(whole.dtype))


def statement_rows(
    earned: Mapping[Bucket, Earned], recipients: list[str], terms: Mapping[tuple[str, str], Terms]
) -> Iterator[StatementRows]:
    """Yield the statements of every bucket, each currency in order of its periods.

    ``recipients`` holds the ids by number; it must contain everyone named in ``terms``.
    """
    number = {recipient: place for place, recipient in enumerate(recipients)}
    for currency in sorted({code for _, code in earned}):
        mine = [(number[name], term) for (name, code), term in terms.items() if code == currency]
        months = sorted(month for month, code in earned if code == currency)
        kind = _kind([earned[month, currency].nanos for month in months], [term for _, term in mine])
        columns: dict[str, Amounts] = {
            name: np.full(len(recipients), getattr(Terms(), name), kind) for name in Terms.__slots__
        }
        for place, term in mine:
            for name, column in columns.items():
                column[place] = getattr(term, name)
        unit = minor_unit(currency)
        opening, advance = columns["opening"], columns["advance"]
        for month in months:
            here = earned[month, currency]
            gain: Amounts = np.zeros(len(recipients), kind)
            gain[: here.nanos.size] = here.nanos
            recouped = np.minimum(advance, per_million(np.maximum(gain, 0), columns["recoup_rate"]))
            balance = opening + gain - recouped
            pays = (balance > 0) & (balance >= columns["minimum_payout"])
            minor = np.where(pays, balance, 0) // unit
            tax = per_million_half_even(minor, columns["withholding"])
            gross = minor * unit
            closing, advance = balance - gross, advance - recouped
            shown = (opening != 0).astype(bool)
            shown[here.named] = True
            rows = np.flatnonzero(shown)
            yield StatementRows(
                bucket=(month, currency),
                recipients=rows,
                opening=opening[rows],
                earned=gain[rows],
                recouped=recouped[rows],
                gross=gross[rows],
                tax=(tax * unit)[rows],
                net_minor=(minor - tax)[rows],
                closing=closing[rows],
                advance_left=advance[rows],
            )
            opening = closing


def _kind(pools: list[Amounts], terms: list[Terms]) -> type:
    """Return int64 if every balance fits, else object for Python integers."""
    if any(pool.dtype == object for pool in pools):
        return object
    top = sum(int(np.abs(pool).max(initial=0)) for pool in pools)
    top += max((max(abs(term.opening), term.advance, term.minimum_payout) for term in terms), default=0)
    return np.int64 if top < LIMIT else object
