"""Currencies: what was earned in one is paid out in another at a dated rate with a named source.

Lines, pools and shares keep the currency the money came in. A statement's earnings are converted once per recipient,
period and currency, rounded half to even to a nano; what the parts and their sum differ by is posted to
``fx_rounding``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import half_even, minor_digits, to_decimal
from maxbooster_kernel.royalties import periods
from maxbooster_kernel.royalties.rates import ALWAYS
from maxbooster_kernel.royalties.statements import Earned
from maxbooster_kernel.royalties.sums import Bucket
from maxbooster_kernel.royalties.tables import Source, read_table, rows
from maxbooster_kernel.royalties.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one unit of a currency is worth in another, and who says so."""

    rate: Decimal
    source: str

    def convert(self, nanos: int) -> int:
        """Return nanos of the other currency, halves to even.

        >>> Rate(rate=Decimal("1.0825"), source="ECB").convert(1_000_000_001)
        1082500001
        """
        top, bottom = self.rate.as_integer_ratio()
        return half_even(nanos * top, bottom)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What recipients' earnings of one bucket became in another currency, in nanos by recipient number."""

    bucket: Bucket
    to: str
    rate: Rate
    recipients: NDArray[np.intp]
    nanos: NDArray[Any]
    converted: NDArray[Any]

    @property
    def rounding(self) -> int:
        """Return by how much the sum, converted at once, exceeds the sum of what was converted."""
        return self.rate.convert(sum(map(int, self.nanos))) - sum(map(int, self.converted))


Exchange = Mapping[tuple[str, str, int], Rate]
"""Rates by currency, other currency and month."""


def read_exchange(source: Source | None) -> Exchange:
    """Return the rates of a table ``currency, to, period, rate, source`` (period empty = always).

    Raises
    ------
    RoyaltyError
        A rate is not positive, given twice, or names no source.
    """
    if source is None:
        return {}
    names = ("currency", "to", "rate", "source")
    table = read_table(source, name="exchange", required=names, optional=("period",), money=("rate",))
    found: dict[tuple[str, str, int], Rate] = {}
    for number, (code, other, text, named, when) in enumerate(rows(table, *names, "period")):
        where = f"exchange, row {number}"
        minor_digits(code)
        minor_digits(other)
        rate = to_decimal(text, what=f"{where}, rate")
        if rate <= 0:
            raise RoyaltyError(f"{where}, rate: expected more than 0, got {text}")
        if not named:
            raise RoyaltyError(f"{where}, source: expected who says so, such as ECB, got nothing")
        key = (code, other, periods.bound(when, empty=ALWAYS, where=f"{where}, period"))
        if key in found:
            raise RoyaltyError(f"{where}: the rate from {code} to {other} for {when or 'always'} is given twice")
        found[key] = Rate(rate=rate, source=named)
    return found


def read_pay_in(source: Any) -> Mapping[str, str] | str:
    """Return the payout currency of everybody, or of the recipients of a mapping or table ``recipient_id, currency``.

    An empty text is nobody's: everything is paid as it was earned.
    """
    if source is None:
        return ""
    if isinstance(source, str) and len(source) == 3 and source.isupper():
        minor_digits(source)
        return source
    if isinstance(source, Mapping) and not {"recipient_id", "currency"} <= set(source):
        pairs = [(str(name), str(code)) for name, code in source.items()]
    else:
        table = read_table(source, name="pay_in", required=("recipient_id", "currency"))
        pairs = [(name, code) for name, code in rows(table, "recipient_id", "currency")]
    for _, code in pairs:
        minor_digits(code)
    return dict(pairs)


def convert(
    earned: Mapping[Bucket, Earned], recipients: list[str], exchange: Exchange, pay_in: Mapping[str, str] | str
) -> tuple[dict[Bucket, Earned], list[Conversion]]:
    """Return what is settled by bucket, everybody's earnings in the currency of their payout, and the conversions.

    Raises
    ------
    RoyaltyError
        A rate is missing for a period.
    """
    if not pay_in:
        return dict(earned), []
    homes = [pay_in if isinstance(pay_in, str) else pay_in.get(name, "") for name in recipients]
    codes = np.array(homes)
    gains: dict[Bucket, NDArray[Any]] = {}
    named: dict[Bucket, list[NDArray[np.int32]]] = defaultdict(list)
    done = []
    for bucket in sorted(earned):
        month, code = bucket
        here = earned[bucket]
        nanos = here.nanos.astype(object)
        moving = (codes != "") & (codes != code)
        mine = np.zeros(len(recipients), object)
        mine[: nanos.size] = np.where(moving[: nanos.size], 0, nanos)
        gains[bucket] = gains.get(bucket, 0) + mine
        named[bucket].append(here.named[~moving[here.named]])
        for home in sorted(set(codes[here.named[moving[here.named]]].tolist())):
            who = here.named[moving[here.named] & (codes[here.named] == home)]
            rate = exchange.get((code, home, month)) or exchange.get((code, home, ALWAYS))
            if rate is None:
                raise RoyaltyError(
                    f"exchange: expected a rate from {code} to {home} for {periods.period(month)}, got none; add a row"
                )
            converted = np.array([rate.convert(int(value)) for value in nanos[who]], object)
            fresh = np.zeros(len(recipients), object)
            fresh[who] = converted
            target = (month, home)
            gains[target] = gains.get(target, 0) + fresh
            named[target].append(who)
            done.append(
                Conversion(
                    bucket=bucket, to=home, rate=rate, recipients=who.astype(np.intp), nanos=nanos[who],
                    converted=converted,
                )
            )  # fmt: skip
    settled = {
        bucket: Earned(nanos=_narrow(nanos), named=np.unique(np.concatenate(named[bucket])))
        for bucket, nanos in gains.items()
    }
    return settled, done


def check_terms(terms: Mapping[tuple[str, str], Terms], pay_in: Mapping[str, str] | str) -> None:
    """Refuse terms in a currency in which the recipient has no statements."""
    for name, code in terms:
        home = pay_in if isinstance(pay_in, str) else pay_in.get(name, "")
        if home and home != code:
            raise RoyaltyError(f"terms: {name!r} is paid in {home}, got terms in {code}; give them in {home}")


def _narrow(nanos: NDArray[Any]) -> NDArray[Any]:
    wide = any(abs(int(value)) >= 1 << 62 for value in nanos)
    return nanos if wide else nanos.astype(np.int64)
