"""What a run moves in the ledger: balanced postings, computed from the run and from where the accounts stand.

Accounts: ``receivable`` (what stores owe), ``payable:<recipient>``, ``advance:<recipient>`` (paid and not recouped),
``reserve:<recipient>``, ``unallocated``, ``costs``, ``tax``, ``cash``, ``fx``, ``fx_rounding`` and ``brought_forward``
(balances whose origin the ledger has not seen). Debits are positive.

A run says in its terms what recipients open with. What the accounts do not have yet is posted first: an advance was
paid out of cash, everything else was brought forward. So the accounts say at any time what the statements say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maxbooster_kernel.royalties.periods import period

if TYPE_CHECKING:  # payouts must not load the compiled kernels
    from maxbooster_kernel.royalties.exchange import Conversion
    from maxbooster_kernel.royalties.result import RoyaltyResult
    from maxbooster_kernel.royalties.statements import StatementRows
    from maxbooster_kernel.royalties.sums import Bucket

Party = tuple[str, str]
"""A recipient and a currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An amount in nanos on one account; debits are positive."""

    account: str
    currency: str
    nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a recipient stands, in nanos: what is owed, what is left of advances, what is held in reserve."""

    balance: int = 0
    advance: int = 0
    reserve: int = 0


def standing(party: Party, balances: Mapping[Party, int]) -> Standing:
    """Return where a recipient stands by the accounts."""
    name, code = party
    return Standing(
        balance=-balances.get((f"payable:{name}", code), 0),
        advance=balances.get((f"advance:{name}", code), 0),
        reserve=-balances.get((f"reserve:{name}", code), 0),
    )


def run_postings(
    result: RoyaltyResult, balances: Mapping[Party, int], settled_later: frozenset[Party] = frozenset()
) -> Iterator[tuple[str, list[Posting]]]:
    """Yield memo and postings of every transaction of a run; each sums to zero in every currency.

    Parameters
    ----------
    result
        A run.
    balances
        Nanos by account and currency before it.
    settled_later
        Whom later periods have been settled for already: the advances of such are old ones.
    """
    opening = _opened(result, balances, settled_later)
    if result.statement_parts:
        first = min(part.bucket[0] for part in result.statement_parts)
        yield from _moving(f"opened {period(first)}", opening)
    for bucket in sorted(result.sums.pools):
        yield from _moving(f"earned {period(bucket[0])}", _earned(result, bucket))
    for conversion in result.converted:
        yield from _moving(f"converted {period(conversion.bucket[0])}", _converted(result, conversion))
    for part in result.statement_parts:
        yield from _moving(f"settled {period(part.bucket[0])}", _settled(result, part))


def resumed(later: Mapping[Party, Standing], balances: Mapping[Party, int]) -> list[Posting]:
    """Return what leads from the accounts to where recipients stand after later periods."""
    rows = [row for party, there in sorted(later.items()) for row in _moves(party, standing(party, balances), there)]
    return rows if any(row.nanos for row in rows) else []


def openings(result: RoyaltyResult) -> dict[Party, Standing]:
    """Return what a run's recipients open with: everybody with a statement, or with terms or a reserve."""
    codes = {part.bucket[1] for part in result.statement_parts}
    parties = {
        (result.recipients[number], part.bucket[1])
        for part in result.statement_parts
        for number in part.recipients.tolist()
    }
    held: dict[Party, int] = {}
    for (name, code, _), nanos in result.held.before.items():
        held[name, code] = held.get((name, code), 0) + nanos
    parties |= {party for party in (*result.agreement.terms, *held) if party[1] in codes}
    found = {}
    for party in sorted(parties):
        terms = result.agreement.terms.get(party)
        found[party] = Standing(
            balance=terms.opening if terms else 0, advance=terms.advance if terms else 0, reserve=held.get(party, 0)
        )
    return found


def _opened(result: RoyaltyResult, balances: Mapping[Party, int], settled_later: frozenset[Party]) -> list[Posting]:
    rows = []
    for party, said in openings(result).items():
        here = standing(party, balances)
        paid = 0 if party in settled_later else max(0, said.advance - here.advance)
        rows += [
            Posting(account=f"advance:{party[0]}", currency=party[1], nanos=paid),
            Posting(account="cash", currency=party[1], nanos=-paid),
        ]
        rows += _moves(party, Standing(balance=here.balance, advance=here.advance + paid, reserve=here.reserve), said)
    return rows


def _moves(party: Party, here: Standing, there: Standing) -> list[Posting]:
    name, code = party
    owed, held = there.balance - here.balance, there.reserve - here.reserve
    lent = there.advance - here.advance
    return [
        Posting(account=f"payable:{name}", currency=code, nanos=-owed),
        Posting(account=f"advance:{name}", currency=code, nanos=lent),
        Posting(account=f"reserve:{name}", currency=code, nanos=-held),
        Posting(account="brought_forward", currency=code, nanos=owed + held - lent),
    ]


def _moving(memo: str, rows: list[Posting]) -> Iterator[tuple[str, list[Posting]]]:
    if any(row.nanos for row in rows):
        yield memo, rows


def _earned(result: RoyaltyResult, bucket: Bucket) -> list[Posting]:
    code = bucket[1]
    found = zip(result.recipients, result.earned[bucket].nanos, strict=True)
    rows = [Posting(account=f"payable:{name}", currency=code, nanos=-int(nanos)) for name, nanos in found]
    recovered = sum(recovery.recovered for recovery in result.recovered if recovery.bucket == bucket)
    rows.append(Posting(account="costs", currency=code, nanos=-recovered))
    rows.append(Posting(account="unallocated", currency=code, nanos=-sum(map(int, result.kept[bucket]))))
    return [*rows, Posting(account="receivable", currency=code, nanos=-sum(row.nanos for row in rows))]


def _converted(result: RoyaltyResult, found: Conversion) -> list[Posting]:
    code, rows = found.bucket[1], []
    for number, nanos, converted in zip(found.recipients, found.nanos, found.converted, strict=True):
        account = f"payable:{result.recipients[number]}"
        rows.append(Posting(account=account, currency=code, nanos=int(nanos)))
        rows.append(Posting(account=account, currency=found.to, nanos=-int(converted)))
    gone, come = sum(map(int, found.nanos)), sum(map(int, found.converted))
    return [
        *rows,
        Posting(account="fx", currency=code, nanos=-gone),
        Posting(account="fx", currency=found.to, nanos=come + found.rounding),
        Posting(account="fx_rounding", currency=found.to, nanos=-found.rounding),
    ]


def _settled(result: RoyaltyResult, part: StatementRows) -> list[Posting]:
    rows = []
    for place, number in enumerate(part.recipients.tolist()):
        recouped, gross, tax = int(part.recouped[place]), int(part.gross[place]), int(part.tax[place])
        cost, held = int(part.costs[place]), int(part.reserved[place]) - int(part.released[place])
        name = result.recipients[number]
        amounts = {
            f"payable:{name}": recouped + cost + held + gross,
            f"advance:{name}": -recouped,
            f"reserve:{name}": -held,
            "costs": -cost,
            "tax": -tax,
            "cash": tax - gross,
        }
        rows += [Posting(account=account, currency=part.bucket[1], nanos=n) for account, n in amounts.items()]
    return rows
