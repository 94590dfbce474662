"""The ledger: every run as balanced postings, append-only, posted once, corrected by reversal.

Accounts: ``receivable`` (what stores owe), ``payable:<recipient>``, ``advance:<recipient>``, ``reserve:<recipient>``,
``unallocated``, ``costs``, ``tax``, ``cash``, ``fx`` and ``fx_rounding``. Debits are positive. The database refuses a
transaction that does not sum to zero in every currency.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from maxbooster_kernel.catalogue import models_money as mm
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.periods import period

if TYPE_CHECKING:  # payouts must not load the compiled kernels
    from maxbooster_kernel.royalties.exchange import Conversion
    from maxbooster_kernel.royalties.result import RoyaltyResult
    from maxbooster_kernel.royalties.statements import StatementRows
    from maxbooster_kernel.royalties.sums import Bucket

_LOCK = 0x6D61_7861  # PostgreSQL advisory lock: one row of the audit log at a time


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
    with catalogue.session() as session:
        return put(session, postings, memo=memo, reverses=reverses, now=now)


def put(
    session: Session,
    postings: Iterable[Posting],
    *,
    memo: str,
    reverses: str | None = None,
    now: datetime | None = None,
) -> str:
    """Post one transaction within a database session (see :func:`post`)."""
    rows = sorted((p.account, p.currency, p.nanos) for p in postings if p.nanos)
    if not rows:
        raise RoyaltyError(f"ledger: expected postings for {memo!r}, got none")
    identity = hashlib.sha256(json.dumps([memo, reverses, rows]).encode()).hexdigest()
    if session.get(mm.LedgerTransaction, identity) is None:
        values = [{"txn_id": identity, "account": a, "currency": c, "nanos": n} for a, c, n in rows]
        session.execute(insert(mm.LedgerEntry), values)
        done = {"id": identity, "memo": memo, "reverses": reverses, "posted_at": now or datetime.now(UTC)}
        session.execute(insert(mm.LedgerTransaction), [done])
    return identity


def reverse(catalogue: Catalogue, transaction: str, *, memo: str, now: datetime | None = None) -> str:
    """Post the opposite of a transaction; a transaction can be reversed once."""
    with catalogue.session() as session:
        return put_back(session, transaction, memo=memo, now=now)


def put_back(session: Session, transaction: str, *, memo: str, now: datetime | None = None) -> str:
    """Post the opposite of a transaction within a database session."""
    rows = session.scalars(select(mm.LedgerEntry).where(mm.LedgerEntry.txn_id == transaction)).all()
    postings = [Posting(account=row.account, currency=row.currency, nanos=-row.nanos) for row in rows]
    if not postings:
        raise RoyaltyError(f"ledger: there is no transaction {transaction!r} to reverse")
    return put(session, postings, memo=memo, reverses=transaction, now=now)


def post_run(catalogue: Catalogue, result: RoyaltyResult, *, now: datetime | None = None) -> list[str]:
    """Post what a run found: what was earned, converted and settled, a transaction each a period and currency."""
    with catalogue.session() as session:
        return [put(session, rows, memo=memo, now=now) for memo, rows in run_postings(result)]


def run_postings(result: RoyaltyResult) -> Iterator[tuple[str, list[Posting]]]:
    """Yield memo and postings of every transaction of a run; each sums to zero in every currency."""
    for bucket in sorted(result.sums.pools):
        yield from _moving(f"earned {period(bucket[0])}", result, _earned(result, bucket))
    for conversion in result.converted:
        yield from _moving(f"converted {period(conversion.bucket[0])}", result, _converted(result, conversion))
    for part in result.statement_parts:
        yield from _moving(f"settled {period(part.bucket[0])}", result, _settled(result, part))


def _moving(what: str, result: RoyaltyResult, rows: list[Posting]) -> Iterator[tuple[str, list[Posting]]]:
    if any(row.nanos for row in rows):
        yield f"{what} {result.run_id}", rows


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


def balances(catalogue: Catalogue) -> dict[tuple[str, str], int]:
    """Return nanos by (account, currency)."""
    entry = mm.LedgerEntry
    query = select(entry.account, entry.currency, func.sum(entry.nanos)).group_by(entry.account, entry.currency)
    with catalogue.session() as session:
        return {(account, code): int(nanos) for account, code, nanos in session.execute(query)}


def audit(catalogue: Catalogue, action: str, data: dict[str, Any], *, now: datetime | None = None) -> str:
    """Append a row to the audit log, sealed by the hash of the row before it."""
    with catalogue.session() as session:
        return put_audit(session, action, data, now=now)


def put_audit(session: Session, action: str, data: dict[str, Any], *, now: datetime | None = None) -> str:
    """Append a row to the audit log within a database session: it is there if, and only if, the rest is."""
    when = now or datetime.now(UTC)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    previous = session.scalar(select(mm.AuditLog.hash).order_by(mm.AuditLog.id.desc()).limit(1)) or ""
    seal = _seal(previous, when, action, data)
    session.add(mm.AuditLog(at=when, action=action, data=data, previous=previous, hash=seal))
    session.flush()
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
