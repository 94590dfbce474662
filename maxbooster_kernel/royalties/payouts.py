"""Payouts: plan, preview, execute with the plan's digest, reconcile what is uncertain.

A payout's state is stored before anything is sent (``planned`` -> ``sending`` -> ``paid``, ``failed`` or ``unknown``).
After a crash or a failed answer the provider is asked what it holds before anything is sent again, and then under a
new key: the old one would only replay the failure.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from maxbooster_kernel.catalogue import models_money as mm
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.ledger import audit
from maxbooster_kernel.royalties.providers import (
    Batch,
    Provider,
    Transfer,
    TransferRefusedError,
    TransferUnknownError,
)
from maxbooster_kernel.royalties.tables import Source, read_table, rows

Step = Callable[[str], None]


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
        Table with ``period, recipient_id, currency, net_paid_minor`` (``statements.csv`` of a run).
    destinations
        Account (IBAN, Stripe account) by recipient.
    period
        Only this period's statements.
    """
    names = ("period", "recipient_id", "currency", "net_paid_minor")
    table = read_table(statements, name="statements", required=names)
    transfers = []
    for number, (when, recipient, currency, text) in enumerate(rows(table, *names)):
        if not text.lstrip("-").isdigit() or int(text) < 0:
            raise RoyaltyError(
                f"statements, row {number}, net_paid_minor: expected 0 or more minor units, got {text!r}"
            )
        if int(text) and period in (None, when):
            statement = hashlib.sha256(json.dumps([when, recipient, currency, text]).encode()).hexdigest()
            transfers.append(
                Transfer(
                    payout_id=statement[:32],
                    recipient_id=recipient,
                    currency=currency,
                    amount_minor=int(text),
                    destination=(destinations or {}).get(recipient, ""),
                    key=f"mb:{statement[:32]}:{currency}",
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
    step: Step = lambda name: None,  # noqa: ARG005
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
    step
        Called before each step with its name.

    Returns
    -------
    dict
        How many payouts are in each state.

    Raises
    ------
    RoyaltyError
        ``confirm`` is not the plan's digest, or a payout of the plan belongs to another plan.
    """
    if confirm != chosen.digest:
        raise RoyaltyError(
            f"payouts: expected the digest {chosen.digest[:12]}... as confirmation, got {confirm[:12]!r}"
        )
    if provider is None:
        return {"planned": len(chosen.transfers)}
    step("store")
    _store(catalogue, chosen, provider.name)
    if isinstance(provider, Batch):
        _send_batch(catalogue, chosen, provider, step)
    else:
        reconcile(catalogue, provider, chosen.digest, step=step)
        for transfer in chosen.transfers:
            _send(catalogue, transfer, chosen.digest, provider, step)
    return states(catalogue, chosen.digest)


def reconcile(
    catalogue: Catalogue,
    provider: Provider,
    digest: str,
    *,
    step: Step = lambda name: None,  # noqa: ARG005
) -> dict[str, int]:
    """Ask the provider about payouts that may or may not have gone, and store what it says."""
    with catalogue.session() as session:
        query = select(mm.Payout.id, mm.Payout.attempt).where(mm.Payout.run_id == digest)
        doubtful = session.execute(query.where(mm.Payout.state.in_(("sending", "unknown")))).all()
    if doubtful:
        step("find")
        found = provider.find(digest)
        for payout, attempt in doubtful:
            if payout in found:
                _set(catalogue, payout, "paid", provider_ref=found[payout])
            else:
                _set(catalogue, payout, "planned", attempt=attempt + 1, message="not found at the provider")
    return states(catalogue, digest)


def states(catalogue: Catalogue, digest: str) -> dict[str, int]:
    """Return how many payouts of a plan are in each state."""
    counts: dict[str, int] = defaultdict(int)
    with catalogue.session() as session:
        for state in session.scalars(select(mm.Payout.state).where(mm.Payout.run_id == digest)):
            counts[state] += 1
    return dict(counts)


def _store(catalogue: Catalogue, chosen: PayoutPlan, provider: str) -> None:
    with catalogue.session() as session:
        run = session.get(mm.PayoutRun, chosen.digest)
        if run is not None:
            if run.provider != provider:
                raise RoyaltyError(f"payouts: this plan is being executed with {run.provider}, not {provider}")
            return
        session.add(mm.PayoutRun(id=chosen.digest, provider=provider, state="executing"))
        session.flush()
        for t in chosen.transfers:
            other = session.get(mm.Payout, t.payout_id)
            if other is not None:
                raise RoyaltyError(
                    f"payouts: {t.recipient_id!r} is paid for this period by plan {other.run_id[:12]}..."
                )
            session.add(
                mm.Payout(
                    id=t.payout_id,
                    run_id=chosen.digest,
                    statement_id=t.payout_id,
                    recipient_id=t.recipient_id,
                    currency=t.currency,
                    amount_minor=t.amount_minor,
                    destination=t.destination,
                    idempotency_key=t.key,
                )
            )
    audit(catalogue, "payouts planned", {"digest": chosen.digest, "totals": chosen.totals(), "provider": provider})


def _send(catalogue: Catalogue, transfer: Transfer, digest: str, provider: Provider, step: Step) -> None:
    with catalogue.session() as session:
        row = session.get(mm.Payout, transfer.payout_id, with_for_update=True)
        assert row is not None
        if row.state != "planned":
            return
        key = transfer.key if row.attempt == 1 else f"{transfer.key}:attempt{row.attempt}"
        row.state, row.idempotency_key, row.updated_at = "sending", key, datetime.now(UTC)
    step("send")
    try:
        reference = provider.send(replace(transfer, key=key), digest)
    except TransferRefusedError as error:
        _set(catalogue, transfer.payout_id, "failed", message=str(error))
    except TransferUnknownError as error:
        _set(catalogue, transfer.payout_id, "unknown", message=str(error))
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
    audit(catalogue, f"payout {state}", {"payout": payout, **{k: str(v) for k, v in values.items()}})
