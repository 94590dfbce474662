"""The ledger: every run as balanced postings, append-only, posted once, corrected by reversal.

Accounts: ``receivable`` (what stores owe), ``payable:<recipient>``, ``advance:<recipient>``, ``unallocated``,
``tax``, ``cash``. Debits are positive. The database refuses a transaction that does not sum to zero.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select

from maxbooster_kernel.catalogue import models_money as mm
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.periods import period
from maxbooster_kernel.royalties.result import RoyaltyResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An amount in nanos on one account; debits are positive."""

    account: str
    currency: str
    nanos: int


def post(
    catalogue: Catalogue,
    postings: Iterable[Posting],
    *,
    memo: str,
    reverses: str | None = None,
    now: datetime | None = None,
) -> str:
    """Post one transaction and return its id, the hash of memo and postings; the same again changes nothing.

    Raises
    ------
    CatalogueError
        The postings do not sum to zero in every currency.
    """
    rows = sorted((p.account, p.currency, p.nanos) for p in postings if p.nanos)
    if not rows:
        raise RoyaltyError(f"ledger: expected postings for {memo!r}, got none")
    identity = hashlib.sha256(json.dumps([memo, reverses, rows]).encode()).hexdigest()
    with catalogue.session() as session:
        if session.get(mm.LedgerTransaction, identity) is not None:
            return identity
        values = [{"txn_id": identity, "account": a, "currency": c, "nanos": n} for a, c, n in rows]
        session.execute(insert(mm.LedgerEntry), values)
        done = {"id": identity, "memo": memo, "reverses": reverses, "posted_at": now or datetime.now(UTC)}
        session.execute(insert(mm.LedgerTransaction), [done])
    return identity


def reverse(catalogue: Catalogue, transaction: str, *, memo: str, now: datetime | None = None) -> str:
    """Post the opposite of a transaction; a transaction can be reversed once."""
    with catalogue.session() as session:
        rows = session.scalars(select(mm.LedgerEntry).where(mm.LedgerEntry.txn_id == transaction)).all()
        postings = [Posting(account=row.account, currency=row.currency, nanos=-row.nanos) for row in rows]
    if not postings:
        raise RoyaltyError(f"ledger: there is no transaction {transaction!r} to reverse")
    return post(catalogue, postings, memo=memo, reverses=transaction, now=now)


def post_run(catalogue: Catalogue, result: RoyaltyResult, *, now: datetime | None = None) -> list[str]:
    """Post what a run found: one transaction a period and currency for earnings, one for what is settled."""
    posted = []
    for bucket in sorted(result.sums.pools):
        month, code = bucket
        earned, kept = result.earned[bucket], result.kept[bucket]
        rows = [
            Posting(account=f"payable:{name}", currency=code, nanos=-int(nanos))
            for name, nanos in zip(result.recipients, earned.nanos, strict=False)
        ]
        rows.append(Posting(account="unallocated", currency=code, nanos=-sum(map(int, kept))))
        rows.append(Posting(account="receivable", currency=code, nanos=-sum(row.nanos for row in rows)))
        if any(row.nanos for row in rows):
            posted.append(post(catalogue, rows, memo=f"earned {period(month)} {result.run_id}", now=now))
    for part in result.statement_parts:
        month, code = part.bucket
        rows = []
        for place, number in enumerate(part.recipients.tolist()):
            recouped, gross, tax = int(part.recouped[place]), int(part.gross[place]), int(part.tax[place])
            name = result.recipients[number]
            amounts = {
                f"payable:{name}": recouped + gross,
                f"advance:{name}": -recouped,
                "tax": -tax,
                "cash": tax - gross,
            }
            rows += [Posting(account=account, currency=code, nanos=nanos) for account, nanos in amounts.items()]
        if any(row.nanos for row in rows):
            posted.append(post(catalogue, rows, memo=f"settled {period(month)} {result.run_id}", now=now))
    return posted


def balances(catalogue: Catalogue) -> dict[tuple[str, str], int]:
    """Return nanos by (account, currency)."""
    entry = mm.LedgerEntry
    query = select(entry.account, entry.currency, func.sum(entry.nanos)).group_by(entry.account, entry.currency)
    with catalogue.session() as session:
        return {(account, code): int(nanos) for account, code, nanos in session.execute(query)}


def audit(catalogue: Catalogue, action: str, data: dict[str, Any], *, now: datetime | None = None) -> str:
    """Append a row to the audit log, sealed by the hash of the row before it."""
    when = now or datetime.now(UTC)
    with catalogue.session() as session:
        previous = session.scalar(select(mm.AuditLog.hash).order_by(mm.AuditLog.id.desc()).limit(1)) or ""
        seal = _seal(previous, when, action, data)
        session.add(mm.AuditLog(at=when, action=action, data=data, previous=previous, hash=seal))
    return seal


def verify_audit(catalogue: Catalogue) -> int:
    """Check the seals of the whole audit log and return how many rows it has.

    Raises
    ------
    RoyaltyError
        A row was changed, removed or put in.
    """
    previous = ""
    with catalogue.session() as session:
        rows = session.scalars(select(mm.AuditLog).order_by(mm.AuditLog.id)).all()
        for row in rows:
            if row.previous != previous or row.hash != _seal(previous, row.at, row.action, row.data):
                raise RoyaltyError(f"audit log, row {row.id}: its seal does not fit; the log was changed")
            previous = row.hash
        return len(rows)


def _seal(previous: str, when: datetime, action: str, data: dict[str, Any]) -> str:
    text = json.dumps([previous, when.astimezone(UTC).isoformat(), action, data], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
