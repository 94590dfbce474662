"""The ledger: every run as balanced postings, append-only, posted once, corrected by reversal.

:mod:`~maxbooster_kernel.royalties.postings` says which accounts there are and what a run moves. The database refuses
a transaction that does not sum to zero in every currency.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session, aliased

from maxbooster_kernel.catalogue import models_money as mm
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.postings import Posting, Standing, resumed, run_postings

if TYPE_CHECKING:  # payouts must not load the compiled kernels
    from maxbooster_kernel.royalties.result import RoyaltyResult

_LOCK = 0x6D61_7861  # PostgreSQL advisory lock: one row of the audit log at a time


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
    """Post a run (see :func:`put_run`) and return the ids of its transactions; the same run again changes nothing."""
    with catalogue.session() as session:
        return put_run(session, result, now=now)


def put_run(
    session: Session,
    result: RoyaltyResult,
    *,
    later: Mapping[tuple[str, str], Standing] | None = None,
    again: str = "",
    now: datetime | None = None,
) -> list[str]:
    """Post a run within a database session, a transaction each for what it opens with, earned, converted and settled.

    Parameters
    ----------
    session
        Database session.
    result
        A run.
    later
        Where recipients stand by (recipient, currency) after periods that follow the run's and are published already:
        what the run has moved then ends there.
    again
        What sets a run apart that is posted once more after it was reversed.
    now
        Time of posting.
    """
    lock(session)
    name, after = f"{result.run_id}{again}", later or {}
    if before := [txn for txn, memo in run_transactions(session, result.run_id) if memo.endswith(f" {name}")]:
        return before
    posted = []
    for memo, rows in run_postings(result, session_balances(session), frozenset(after)):
        posted.append(put(session, rows, memo=f"{memo} {name}", now=now))
    if rows := resumed(after, session_balances(session)):
        posted.append(put(session, rows, memo=f"resumed {name}", now=now))
    return posted


def run_transactions(session: Session, run: str) -> list[tuple[str, str]]:
    """Return id and memo of every transaction of a run that is not reversed, in the order of posting."""
    t, other, entry = mm.LedgerTransaction, aliased(mm.LedgerTransaction), mm.LedgerEntry
    undone = select(other.id).where(other.reverses == t.id).exists()
    first = select(func.min(entry.id)).where(entry.txn_id == t.id).scalar_subquery()
    query = select(t.id, t.memo).where(t.memo.contains(run), t.reverses.is_(None), ~undone).order_by(first)
    return [(txn, memo) for txn, memo in session.execute(query)]


def lock(session: Session) -> None:
    """Let one process at a time post, where the database does not do so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def balances(catalogue: Catalogue) -> dict[tuple[str, str], int]:
    """Return nanos by (account, currency)."""
    with catalogue.session() as session:
        return session_balances(session)


def session_balances(session: Session) -> dict[tuple[str, str], int]:
    """Return nanos by (account, currency) within a database session."""
    entry = mm.LedgerEntry
    query = select(entry.account, entry.currency, func.sum(entry.nanos)).group_by(entry.account, entry.currency)
    return {(account, code): int(nanos) for account, code, nanos in session.execute(query)}


def audit(catalogue: Catalogue, action: str, data: dict[str, Any], *, now: datetime | None = None) -> str:
    """Append a row to the audit log, sealed by the hash of the row before it."""
    with catalogue.session() as session:
        return put_audit(session, action, data, now=now)


def put_audit(session: Session, action: str, data: dict[str, Any], *, now: datetime | None = None) -> str:
    """Append a row to the audit log within a database session: it is there if, and only if, the rest is."""
    when = now or datetime.now(UTC)
    lock(session)
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
