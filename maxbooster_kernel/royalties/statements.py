"""Statements: what each recipient had, earned, paid back, was paid, and carries on.

Order of a period: opening + earned - recouped - costs - reserved + released = balance; a balance of at least the
minimum payout is paid, cut toward zero to the currency's minor unit; tax is withheld from what is paid; the rest is
carried. Negative balances are carried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.money import WHOLE, minor_unit
from maxbooster_kernel.royalties.reserves import Reserves
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
    costs: Amounts
    reserved: Amounts
    released: Amounts
    gross: Amounts
    tax: Amounts
    net_minor: Amounts
    closing: Amounts
    advance_left: Amounts
    held: Amounts


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
    earned: Mapping[Bucket, Earned],
    recipients: list[str],
    terms: Mapping[tuple[str, str], Terms],
    costs: Mapping[Bucket, Mapping[str, int]] | None = None,
    reserves: Reserves | None = None,
) -> Iterator[StatementRows]:
    """Yield the statements of every bucket, each currency in order of its periods.

    Parameters
    ----------
    earned
        What recipients earned, in the currency of their payout.
    recipients
        The ids by number; everyone who is named in ``terms``, ``costs`` and ``reserves`` is among them.
    terms
        Terms by recipient and currency.
    costs
        Recipients' own costs by bucket; a period in which nothing was earned has statements for them, too.
    reserves
        What is held back; what earlier runs hold is in it, and what this run holds is put in.
    """
    number = {recipient: place for place, recipient in enumerate(recipients)}
    charged = costs or {}
    held_back = reserves if reserves is not None else Reserves()
    for currency in sorted({code for _, code in (*earned, *charged)}):
        mine = [(number[name], term) for (name, code), term in terms.items() if code == currency]
        months = sorted({month for month, code in (*earned, *charged) if code == currency})
        own = {month: charged.get((month, currency), {}) for month in months}
        waiting = held_back.waiting(currency, number)
        amounts = [earned[month, currency].nanos for month in months if (month, currency) in earned]
        others = [*(nanos for found in own.values() for nanos in found.values()), *(n for _, _, n in waiting)]
        kind = _kind(amounts, [term for _, term in mine], others)
        columns: dict[str, Amounts] = {
            name: np.full(len(recipients), getattr(Terms(), name), kind) for name in Terms.__slots__
        }
        for place, term in mine:
            for name, column in columns.items():
                column[place] = getattr(term, name)
        unit = minor_unit(currency)
        opening, advance = columns["opening"], columns["advance"]
        nobody = Earned(nanos=np.zeros(0, kind), named=np.zeros(0, np.int32))
        held, due = _held(waiting, len(recipients), kind)
        for month in months:
            here = earned.get((month, currency), nobody)
            gain: Amounts = np.zeros(len(recipients), kind)
            gain[: here.nanos.size] = here.nanos
            cost: Amounts = np.zeros(len(recipients), kind)
            for name, nanos in own[month].items():
                cost[number[name]] += nanos
            recouped = np.minimum(advance, per_million(np.maximum(gain, 0), columns["recoup_rate"]))
            reserved = per_million(np.maximum(gain - recouped, 0), columns["reserve_rate"])
            for after in np.unique(columns["reserve_months"][reserved != 0]).tolist():
                due[month + after] = due.get(month + after, 0) + np.where(
                    columns["reserve_months"] == after, reserved, 0
                )
            released: Amounts = np.zeros(len(recipients), kind)
            for when in [when for when in due if when <= month]:
                released = released + due.pop(when)
            held = held + reserved - released
            balance = opening + gain - recouped - cost - reserved + released
            pays = (balance > 0) & (balance >= columns["minimum_payout"])
            minor = np.where(pays, balance, 0) // unit
            tax = per_million_half_even(minor, columns["withholding"])
            gross = minor * unit
            closing, advance = balance - gross, advance - recouped
            shown = ((opening != 0) | (cost != 0) | (held != 0) | (released != 0)).astype(bool)
            shown[here.named] = True
            rows = np.flatnonzero(shown)
            yield StatementRows(
                bucket=(month, currency),
                recipients=rows,
                opening=opening[rows],
                earned=gain[rows],
                recouped=_picked(recouped, rows),
                costs=_picked(cost, rows),
                reserved=_picked(reserved, rows),
                released=_picked(released, rows),
                gross=gross[rows],
                tax=_picked(tax * unit, rows),
                net_minor=(minor - tax)[rows],
                closing=closing[rows],
                advance_left=_picked(advance, rows),
                held=_picked(held, rows),
            )
            opening = closing
        held_back.keep(currency, recipients, due)
    held_back.keep_rest({code for _, code in (*earned, *charged)})


def _picked(column: Amounts, rows: NDArray[np.intp]) -> Amounts:
    """Return some rows of a column; nothing but zeros takes no memory."""
    return column[rows] if column.any() else np.broadcast_to(np.zeros(1, column.dtype), rows.shape)


def _held(waiting: list[tuple[int, int, int]], count: int, kind: type) -> tuple[Amounts, dict[int, Amounts]]:
    """Return what is held for everybody, and what falls due by month."""
    held: Amounts = np.zeros(count, kind)
    due: dict[int, Amounts] = {}
    for place, month, nanos in waiting:
        due.setdefault(month, np.zeros(count, kind))[place] += nanos
        held[place] += nanos
    return held, due


def _kind(pools: list[Amounts], terms: list[Terms], others: list[int]) -> type:
    """Return int64 if every balance fits, else object for Python integers."""
    if any(pool.dtype == object for pool in pools):
        return object
    top = sum(int(np.abs(pool).max(initial=0)) for pool in pools) + sum(map(abs, others))
    top += max((max(abs(term.opening), term.advance, term.minimum_payout) for term in terms), default=0)
    return np.int64 if top < LIMIT else object
