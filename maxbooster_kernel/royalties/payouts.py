"""Payouts: plan, preview, execute with the plan's digest, reconcile what is uncertain.

A payout's state is stored before anything is sent (``planned`` -> ``sending`` -> ``paid``, ``failed`` or ``unknown``).
After a crash or a failed answer the provider is asked what it holds before anything is sent again. What was not
answered goes out under the same key, which cannot pay twice; what was answered with a failure under a new key, since
the old one would only replay the failure. Only one process at a time executes payouts of a database.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from maxbooster_kernel.catalogue import models_money as mm
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.ledger import put_audit
from maxbooster_kernel.royalties.payout_lock import alone
from maxbooster_kernel.royalties.periods import BAD, month
from maxbooster_kernel.royalties.providers import (
    Batch,
    Provider,
    Transfer,
    TransferRefusedError,
    TransferUnknownError,
)
from maxbooster_kernel.royalties.tables import Source, read_table, rows

Step = Callable[[str], None]
ANSWERED = "answered"
"""How the message of a payout begins whose provider answered that it failed."""
KEY_LIVES = timedelta(hours=20)
"""How long a key may be used again; a provider may forget it after 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPlan:
    """Transfers to make; ``digest`` names exactly these."""

    transfers: tuple[Transfer, ...]
    digest: str

    def preview(self) -> list[dict[str, str]]:
        """Return the transfers as rows for a person to read."""
        return [
            {"recipient_id": t.recipient_id, "currency": t.currency, "amount": t.amount, "destination": t.destination}
            for t in self.transfers
        ]

    def totals(self) -> dict[str, int]:
        """Return minor units by currency."""
        sums: dict[str, int] = defaultdict(int)
        for transfer in self.transfers:
            sums[transfer.currency] += transfer.amount_minor
        return dict(sums)


def plan(statements: Source, destinations: Mapping[str, str] | None = None, *, period: str | None = None) -> PayoutPlan:
    """Return the transfers that statements ask for.

    Parameters
    ----------
    statements
        Table with ``period, recipient_id, currency, net_paid_minor`` (``statements.csv`` of a run) and optionally
        ``statement_id`` (what ``publish.due`` returns).
    destinations
        Account (IBAN, Stripe account) by recipient.
    period
        Only this period's statements, YYYY-MM.

    Raises
    ------
    RoyaltyError
        The table cannot be read, a sum is no whole number of minor units, or ``period`` is none.
    """
    names = ("period", "recipient_id", "currency", "net_paid_minor")
    if period is not None and month(period) == BAD:
        raise RoyaltyError(f"period: expected YYYY-MM such as 2026-07, got {period!r}")
    table = read_table(statements, name="statements", required=names, optional=("statement_id",))
    transfers = []
    for number, (when, recipient, currency, text, published) in enumerate(rows(table, *names, "statement_id")):
        if not (text.isascii() and text.isdigit()):
            raise RoyaltyError(
                f"statements, row {number}, net_paid_minor: expected 0 or more minor units, got {text!r}"
            )
        if int(text) and period in (None, when):
            facts = [when, recipient, currency, text, *([published] if published else [])]
            statement = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
            transfers.append(
                Transfer(
                    payout_id=statement[:32],
                    recipient_id=recipient,
                    currency=currency,
                    amount_minor=int(text),
                    destination=(destinations or {}).get(recipient, ""),
                    key=f"mb:{statement[:32]}:{currency}",
                    period=when,
                    statement_id=published,
                )
            )
    if len({t.payout_id for t in transfers}) != len(transfers):
        raise RoyaltyError("statements: a recipient has two statements of one period and currency")
    content = [[t.payout_id, t.recipient_id, t.currency, t.amount_minor, t.destination] for t in transfers]
    return PayoutPlan(transfers=tuple(transfers), digest=hashlib.sha256(json.dumps(content).encode()).hexdigest())


def execute(
    catalogue: Catalogue,
    chosen: PayoutPlan,
    provider: Provider | Batch | None = None,
    *,
    confirm: str,
    retry: bool = False,
    step: Step = lambda name: None,  # noqa: ARG005 - a step is called with its name
) -> dict[str, int]:
    """Make the transfers of a plan, each once, however often this is called.

    Parameters
    ----------
    catalogue
        Where the states are kept.
    chosen
        The plan.
    provider
        What sends; None is a dry run, which stores and sends nothing.
    confirm
        The plan's digest, to prove that this plan was looked at.
    retry
        Whether to send once more what the provider refused.
    step
        Called before each step with its name.

    Returns
    -------
    dict
        How many payouts are in each state.

    Raises
    ------
    RoyaltyError
        ``confirm`` is not the plan's digest, a payout of the plan belongs to another plan, or another process is
        executing payouts.
    """
    if confirm != chosen.digest:
        raise RoyaltyError(
            f"payouts: expected the digest {chosen.digest[:12]}... as confirmation, got {confirm[:12]!r}"
        )
    if provider is None:
        return {"planned": len(chosen.transfers)}
    if not chosen.transfers:
        return {}
    provider.check(chosen.transfers, chosen.digest)
    with alone(catalogue):
        step("store")
        _store(catalogue, chosen, provider.name, retry=retry)
        if isinstance(provider, Batch):
            _send_batch(catalogue, chosen, provider, step)
        else:
            _reconcile(catalogue, provider, chosen.digest, step)
            for transfer in chosen.transfers:
                _send(catalogue, transfer, chosen.digest, provider, step)
        found = states(catalogue, chosen.digest)
        if set(found) <= {"paid", "failed"}:
            _finish(catalogue, chosen.digest)
        return found


def reconcile(catalogue: Catalogue, provider: Provider, digest: str) -> dict[str, int]:
    """Ask the provider about payouts that may or may not have gone, and store what it says."""
    with alone(catalogue):
        return _reconcile(catalogue, provider, digest, lambda name: None)  # noqa: ARG005 - a step is called with its name


def _reconcile(catalogue: Catalogue, provider: Provider, digest: str, step: Step) -> dict[str, int]:
    row = mm.Payout
    with catalogue.session() as session:
        query = select(row.id, row.attempt, row.message, row.updated_at).where(row.run_id == digest)
        doubtful = session.execute(query.where(row.state.in_(("sending", "unknown")))).all()
    if doubtful:
        step("find")
        found = provider.find(digest)
        for payout, attempt, message, when in doubtful:
            if payout in found:
                _set(catalogue, payout, "paid", provider_ref=found[payout])
            elif message.startswith(ANSWERED) or datetime.now(UTC) - when > KEY_LIVES:
                _set(catalogue, payout, "planned", attempt=attempt + 1, message="not found at the provider")
            else:
                _set(catalogue, payout, "planned", message="not answered; to be sent under the same key")
    return states(catalogue, digest)


def states(catalogue: Catalogue, digest: str) -> dict[str, int]:
    """Return how many payouts of a plan are in each state."""
    counts: dict[str, int] = defaultdict(int)
    with catalogue.session() as session:
        for state in session.scalars(select(mm.Payout.state).where(mm.Payout.run_id == digest)):
            counts[state] += 1
    return dict(counts)


def _store(catalogue: Catalogue, chosen: PayoutPlan, provider: str, *, retry: bool) -> None:
    """Store every payout of a plan before anything is sent, in one transaction with its line in the audit log."""
    with catalogue.session() as session:
        run = session.get(mm.PayoutRun, chosen.digest)
        if run is not None and run.provider != provider:
            raise RoyaltyError(f"payouts: this plan is being executed with {run.provider}, not {provider}")
        if run is None:
            session.add(mm.PayoutRun(id=chosen.digest, provider=provider, state="executing"))
            session.flush()
            for transfer in chosen.transfers:
                _store_one(session, transfer, chosen.digest)
            facts = {"digest": chosen.digest, "totals": chosen.totals(), "provider": provider}
            put_audit(session, "payouts planned", facts)
        elif retry:
            failed = select(mm.Payout).where(mm.Payout.run_id == chosen.digest, mm.Payout.state == "failed")
            for row in session.scalars(failed):
                row.state, row.attempt, run.state = "planned", row.attempt + 1, "executing"
                put_audit(session, "payout planned again", {"payout": row.id, "attempt": str(row.attempt)})
        session.flush()
        stored = select(mm.Payout.currency, func.sum(mm.Payout.amount_minor)).where(mm.Payout.run_id == chosen.digest)
        totals = {code: int(total) for code, total in session.execute(stored.group_by(mm.Payout.currency))}
        if totals != chosen.totals():
            raise RoyaltyError(
                f"payouts: expected {chosen.totals()} in all, the database holds {totals}; nothing is sent"
            )


def _store_one(session: Session, t: Transfer, digest: str) -> None:
    same = mm.Payout.recipient_id == t.recipient_id, mm.Payout.currency == t.currency, mm.Payout.period == t.period
    others = session.scalars(select(mm.Payout).where(*same, mm.Payout.state != "failed", mm.Payout.id != t.payout_id))
    other = session.get(mm.Payout, t.payout_id) or (None if t.statement_id else others.first())
    if other is not None and other.state != "failed":
        raise RoyaltyError(
            f"payouts: {t.recipient_id!r} is paid for this period by plan {other.run_id[:12]}... ({other.state}); "
            "finish that plan, or publish a correction and pay what is due"
        )
    row = other if other is not None and other.id == t.payout_id else mm.Payout(id=t.payout_id, attempt=0)
    row.run_id, row.statement_id, row.recipient_id = digest, t.statement_id or t.payout_id, t.recipient_id
    row.currency, row.amount_minor, row.destination, row.period = t.currency, t.amount_minor, t.destination, t.period
    row.attempt, row.state = row.attempt + 1, "planned"
    row.idempotency_key = _key(t, row.attempt)
    session.add(row)


def _key(transfer: Transfer, attempt: int) -> str:
    return transfer.key if attempt == 1 else f"{transfer.key}:attempt{attempt}"


def _finish(catalogue: Catalogue, digest: str) -> None:
    with catalogue.session() as session:
        run = session.get(mm.PayoutRun, digest)
        assert run is not None
        run.state = "done"


def _send(catalogue: Catalogue, transfer: Transfer, digest: str, provider: Provider, step: Step) -> None:
    with catalogue.session() as session:
        row = session.get(mm.Payout, transfer.payout_id, with_for_update=True)
        assert row is not None
        if row.state != "planned":
            return
        key = _key(transfer, row.attempt)
        row.state, row.idempotency_key, row.updated_at = "sending", key, datetime.now(UTC)
    step("send")
    try:
        reference = provider.send(replace(transfer, key=key), digest)
    except TransferRefusedError as error:
        _set(catalogue, transfer.payout_id, "failed", message=str(error))
    except TransferUnknownError as error:
        text = f"{ANSWERED}: {error}" if error.answered else str(error)
        _set(catalogue, transfer.payout_id, "unknown", message=text)
    else:
        step("sent")
        _set(catalogue, transfer.payout_id, "paid", provider_ref=reference)


def _send_batch(catalogue: Catalogue, chosen: PayoutPlan, provider: Batch, step: Step) -> None:
    step("send")
    reference = provider.send_all(chosen.transfers, chosen.digest)
    step("sent")
    for transfer in chosen.transfers:
        _set(catalogue, transfer.payout_id, "paid", provider_ref=reference)


def _set(catalogue: Catalogue, payout: str, state: str, **values: Any) -> None:
    with catalogue.session() as session:
        row = session.get(mm.Payout, payout, with_for_update=True)
        assert row is not None
        if row.state == state:
            return
        row.state, row.updated_at = state, datetime.now(UTC)
        for name, value in values.items():
            setattr(row, name, value)
        put_audit(session, f"payout {state}", {"payout": payout, **{k: str(v) for k, v in values.items()}})
