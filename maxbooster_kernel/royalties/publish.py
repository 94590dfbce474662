"""Publish statements: stored once, never changed, corrected by reversal.

A statement's id is the hash of everything it was computed from. A run that was published says the same thing again and
changes nothing; a run with other numbers for a published period is refused, unless it is meant as a correction.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from maxbooster_kernel.catalogue import models_money as mm
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import EXACT, format_nanos, from_nanos, to_nanos
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.royalties import ledger
from maxbooster_kernel.royalties.periods import period
from maxbooster_kernel.royalties.postings import Standing, standing

if TYPE_CHECKING:
    import pandas as pd

    from maxbooster_kernel.royalties.result import RoyaltyResult

MONEY = {
    "opening": "opening",
    "earned": "earned",
    "recouped": "recouped",
    "costs": "costs",
    "reserved": "reserved",
    "released": "released",
    "gross_paid": "gross",
    "tax_withheld": "tax",
    "closing": "closing",
    "advance_left": "advance_left",
    "reserve_held": "held",
}
"""Columns of a statement in the database and in a run."""
Key = tuple[str, str, str]
"""Period, recipient and currency of a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What publishing did: ids of the statements in force, of those that were reversed, and of ledger transactions."""

    statements: tuple[str, ...]
    reversed: tuple[str, ...]
    transactions: tuple[str, ...]


def publish(
    catalogue: Catalogue, result: RoyaltyResult, *, correction: bool = False, now: datetime | None = None
) -> Published:
    """Publish the statements of a run and post it to the ledger, all or nothing.

    Parameters
    ----------
    catalogue
        Where to.
    result
        A run.
    correction
        Whether other statements of the same periods are reversed, with all that their runs posted.
    now
        Time of posting.

    Returns
    -------
    Published
        The ids; for a run that was published before, the same ones.

    Raises
    ------
    RoyaltyError
        Another run's statement of a period is in force and this is no correction, or the correction leaves out a
        period of the run that it replaces.
    """
    fresh = dict(_statements(result))
    with catalogue.session() as session:
        revisions, live = _revisions(session), _live(session)
        if fresh and all(key in live and live[key].run_id == result.run_id for key in fresh):
            return Published(statements=tuple(live[key].id for key in fresh), reversed=(), transactions=())
        taken = sorted({live[key].run_id for key in fresh if key in live})
        if taken and not correction:
            key = next(key for key in sorted(fresh) if key in live)
            raise RoyaltyError(
                f"publish: the statement of {key[1]!r} for {key[0]} in {key[2]} is published by run "
                f"{live[key].run_id[:12]}...; what is published is never changed, publish a correction"
            )
        old = [row for row in live.values() if row.run_id in taken]
        _check_cover(old, {key[0] for key in fresh})
        undone = [_reverse(session, row, revisions, result.run_id) for row in old]
        moved = [_undo(session, run, result.run_id, now) for run in taken]
        ids = []
        for key, values in fresh.items():
            revision = revisions[key] = revisions[key] + 1
            ids.append(_identity(result.run_id, key, revision))
            session.add(mm.Statement(id=ids[-1], run_id=result.run_id, revision=revision, **values))
        session.flush()
        turn = max((revisions[key] for key in fresh), default=1)
        again = f" revision {turn}" if turn > 1 else ""
        later = _later(live, {key for key, row in live.items() if row.run_id in taken} | set(fresh))
        posted = ledger.put_run(session, result, later=later, again=again, now=now)
        facts = {"run": result.run_id, "statements": len(ids), "reversed": len(undone), "replaces": taken}
        ledger.put_audit(session, "statements published", facts, now=now)
    return Published(
        statements=tuple(ids), reversed=tuple(undone), transactions=(*(t for found in moved for t in found), *posted)
    )


def published(catalogue: Catalogue, *, when: str | None = None) -> pd.DataFrame:
    """Return the statements in force, of one period or of all, as a table like ``result.statements`` with their ids."""
    import pandas as pd

    names = ("period", "recipient_id", "currency", *MONEY, "net_paid_minor", "revision", "run_id")
    with catalogue.session() as session:
        rows = [
            {"statement_id": row.id, **{name: getattr(row, name) for name in names}}
            for key, row in sorted(_live(session).items())
            if when in (None, key[0])
        ]
    return pd.DataFrame(rows, columns=["statement_id", *names])


def carried(catalogue: Catalogue) -> pd.DataFrame:
    """Return what recipients carry on from their last statements in force, as columns of the next run's terms.

    Columns ``recipient_id, currency, opening, advance``; a recipient without either is left out.
    """
    import pandas as pd

    names = ["recipient_id", "currency", "opening", "advance"]
    with catalogue.session() as session:
        last = _last(_live(session))
        rows = [(*party, row.closing, row.advance_left) for party, row in last.items()]
    return pd.DataFrame([row for row in rows if row[2] or row[3]], columns=names)


def check_ledger(catalogue: Catalogue) -> list[Problem]:
    """Return where the accounts of the ledger are not what recipients' last statements in force say."""
    with catalogue.session() as session:
        accounts, last = ledger.session_balances(session), _last(_live(session))
        pairs = [(party, _standing(row), standing(party, accounts), row.period) for party, row in last.items()]
    problems = []
    for (name, code), said, have, when in pairs:
        for what in ("balance", "advance", "reserve"):
            mine, theirs = getattr(said, what), getattr(have, what)
            if mine != theirs:
                problems.append(
                    Problem(
                        code="ledger_differs",
                        severity="error",
                        where=f"{name}, {code}",
                        message=f"{what}: the statement of {when} says {format_nanos(mine)}, the ledger "
                        f"{format_nanos(theirs)}",
                        fix="publish the statement's run again, or post what is missing",
                    )
                )
    return problems


def due(catalogue: Catalogue) -> pd.DataFrame:
    """Return what published statements promise and no payout has paid, by recipient and currency.

    Corrections count: what was paid too much is set off against what comes later, and never asked back as a transfer.
    The table is one for ``payouts.plan``.
    """
    import pandas as pd

    statement, payout = mm.Statement, mm.Payout
    with catalogue.session() as session:
        promised = select(statement.recipient_id, statement.currency, func.sum(statement.net_paid_minor))
        owed: dict[tuple[str, str], int] = defaultdict(int)
        for recipient, code, minor in session.execute(promised.group_by(statement.recipient_id, statement.currency)):
            owed[recipient, code] = int(minor)
        sent = select(payout.recipient_id, payout.currency, func.sum(payout.amount_minor))
        sent = sent.where(payout.state != "failed").group_by(payout.recipient_id, payout.currency)
        for recipient, code, minor in session.execute(sent):
            owed[recipient, code] -= int(minor)
        last = _last(_live(session))
        rows = [
            (last[key].period, *key, minor, last[key].id)
            for key, minor in sorted(owed.items())
            if minor > 0 and key in last
        ]
    return pd.DataFrame(rows, columns=["period", "recipient_id", "currency", "net_paid_minor", "statement_id"])


def _statements(result: RoyaltyResult) -> Iterator[tuple[Key, dict[str, Any]]]:
    for part in result.statement_parts:
        month, code = part.bucket
        for place, number in enumerate(part.recipients.tolist()):
            key = (period(month), result.recipients[number], code)
            values: dict[str, Any] = dict(zip(("period", "recipient_id", "currency"), key, strict=True))
            values |= {name: from_nanos(int(getattr(part, of)[place])) for name, of in MONEY.items()}
            yield key, {**values, "net_paid_minor": int(part.net_minor[place])}


def _live(session: Session) -> dict[Key, mm.Statement]:
    """Return the statements in force: those that neither reverse nor are reversed."""
    other = aliased(mm.Statement)
    undone = select(other.id).where(other.reverses == mm.Statement.id).exists()
    rows = session.scalars(select(mm.Statement).where(mm.Statement.reverses.is_(None), ~undone))
    return {(row.period, row.recipient_id, row.currency): row for row in rows}


def _last(live: Mapping[Key, mm.Statement]) -> dict[tuple[str, str], mm.Statement]:
    """Return everybody's last statement in force, by recipient and currency in order."""
    last = {(key[1], key[2]): live[key] for key in sorted(live)}
    return {party: last[party] for party in sorted(last)}


def _revisions(session: Session) -> dict[Key, int]:
    s = mm.Statement
    query = select(s.period, s.recipient_id, s.currency, func.max(s.revision))
    found = session.execute(query.group_by(s.period, s.recipient_id, s.currency))
    return defaultdict(int, {(when, recipient, code): int(last) for when, recipient, code, last in found})


def _check_cover(old: list[mm.Statement], periods: set[str]) -> None:
    left = sorted({row.period for row in old} - periods)
    if left:
        raise RoyaltyError(
            f"publish: expected a correction of every period of the run that it replaces, {left[0]} is missing; "
            "run it over the same periods"
        )


def _reverse(session: Session, row: mm.Statement, revisions: dict[Key, int], run: str) -> str:
    """Put in the opposite of a statement and return the id of the statement."""
    key = (row.period, row.recipient_id, row.currency)
    revisions[key] += 1
    values = {name: EXACT.minus(Decimal(getattr(row, name))) for name in MONEY}
    session.add(
        mm.Statement(
            id=hashlib.sha256(f"reversal of {row.id}".encode()).hexdigest(),
            run_id=run,
            period=row.period,
            recipient_id=row.recipient_id,
            currency=row.currency,
            revision=revisions[key],
            reverses=row.id,
            net_paid_minor=-row.net_paid_minor,
            **values,
        )
    )
    return row.id


def _undo(session: Session, run: str, by: str, now: datetime | None) -> list[str]:
    """Reverse every ledger transaction of a run that still stands."""
    found = ledger.run_transactions(session, run)
    return [ledger.put_back(session, txn, memo=f"corrected by {by}: {memo}", now=now) for txn, memo in found]


def _later(live: Mapping[Key, mm.Statement], touched: set[Key]) -> dict[tuple[str, str], Standing]:
    """Return where recipients stand by statements in force that follow those that are published or reversed."""
    last = {(key[1], key[2]): key[0] for key in sorted(touched)}
    found: dict[tuple[str, str], Standing] = {}
    for key in sorted(set(live) - touched):
        if key[0] > last.get((key[1], key[2]), key[0]):
            found[key[1], key[2]] = _standing(live[key])
    return found


def _standing(row: mm.Statement) -> Standing:
    return Standing(
        balance=to_nanos(row.closing), advance=to_nanos(row.advance_left), reserve=to_nanos(row.reserve_held)
    )


def _identity(run: str, key: Key, revision: int) -> str:
    facts = [run, *key] if revision == 1 else [run, *key, revision]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
