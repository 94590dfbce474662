"""Reserves: what is held back against returns, and when it is released."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import minor_digits, to_nanos
from maxbooster_kernel.royalties import periods
from maxbooster_kernel.royalties.tables import Source, read_table, rows


@dataclass(slots=True, kw_only=True)
class Reserves:
    """What is held: nanos by recipient, currency and the month in which they are released."""

    before: Mapping[tuple[str, str, int], int] = field(default_factory=dict)
    """What earlier runs hold."""
    after: dict[tuple[str, str, int], int] = field(default_factory=dict)
    """What is still held when the run is done."""

    def recipients(self) -> set[str]:
        """Return everybody for whom something is held."""
        return {name for name, _, _ in self.before}

    def waiting(self, currency: str, number: Mapping[str, int]) -> list[tuple[int, int, int]]:
        """Return (recipient number, month, nanos) of what earlier runs hold in a currency."""
        return [(number[name], month, nanos) for (name, code, month), nanos in self.before.items() if code == currency]

    def keep(self, currency: str, recipients: list[str], due: Mapping[int, Any]) -> None:
        """Remember what is still held in a currency."""
        for month in sorted(due):
            for place, nanos in enumerate(due[month].tolist()):
                if nanos:
                    self.after[recipients[place], currency, month] = nanos

    def keep_rest(self, settled: set[str]) -> None:
        """Remember what is held in currencies that this run did not touch."""
        self.after |= {key: nanos for key, nanos in self.before.items() if key[1] not in settled}


def read_reserves(source: Source | None, *, currency: str) -> Reserves:
    """Return what earlier runs hold: a table ``recipient_id, release, amount, currency`` (their ``reserves``).

    Raises
    ------
    RoyaltyError
        An amount is negative or a release is no period.
    """
    if source is None:
        return Reserves()
    names = ("recipient_id", "release", "amount")
    table = read_table(source, name="reserves", required=names, optional=("currency",), money=("amount",))
    before: dict[tuple[str, str, int], int] = {}
    for number, (recipient, release, amount, code) in enumerate(rows(table, *names, "currency")):
        where = f"reserves, row {number}"
        month = periods.month(release)
        if month == periods.BAD or not recipient:
            raise RoyaltyError(
                f"{where}: expected a recipient_id and a release YYYY-MM, got {recipient!r}, {release!r}"
            )
        minor_digits(code or currency)
        nanos = to_nanos(amount, what=f"{where}, amount")
        if nanos < 0:
            raise RoyaltyError(f"{where}, amount: expected 0 or more, got {amount}")
        key = (recipient, code or currency, month)
        before[key] = before.get(key, 0) + nanos
    return Reserves(before=before)
