"""From gross to payout: where a run's money went, step by step, adding up to the nano."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from maxbooster_kernel.errors import RoyaltyError, expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.money import EXACT, add_up, minor_digits
from maxbooster_kernel.royalties.result import RoyaltyResult

STEPS = (
    ("opening", "carried in", 1),
    ("recouped", "recouped", -1),
    ("costs", "costs", -1),
    ("reserved", "held in reserve", -1),
    ("released", "released from reserve", 1),
)
"""Columns of statements between what was earned and what could be paid, what they are called, and their sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: an amount that is added (or taken), or, of kind ``level``, what is there by then."""

    name: str
    amount: Decimal
    kind: str


@checked
def waterfall(result: RoyaltyResult, *, currency: str | None = None) -> list[Step]:
    """Return a run's way from gross to what was paid.

    Parameters
    ----------
    result
        The run.
    currency
        None takes the only one of its statements, or the one that earned the most.

    Returns
    -------
    list of Step
        Levels ``gross``, ``payable``, ``paid`` with what lies between them.

    Raises
    ------
    RoyaltyError
        The steps do not lead from one level to the next.
    """
    expect(result, RoyaltyResult, "a RoyaltyResult", "make one: mb.royalties.run(lines, splits)")
    statements, tracks = result.arrow("statements"), result.arrow("tracks")
    sums = _by_currency(tracks, "earnings")
    code = currency or max(sums, key=lambda name: abs(sums[name]), default="")
    mine = statements.filter(_is(statements, code))
    gross = sums.get(code, Decimal(0))
    kept = _by_currency(result.arrow("unallocated"), "amount").get(code, Decimal(0))
    steps = [
        Step(name="gross", amount=gross, kind="level"),
        Step(name="unallocated", amount=EXACT.minus(kept), kind="change"),
    ]
    for column, name, sign in STEPS:
        if column not in mine.column_names:
            continue
        amount = _total(mine, column) if column != "opening" else _ends(mine, "opening", reverse=False)
        steps.append(Step(name=name, amount=EXACT.multiply(Decimal(sign), amount), kind="change"))
    carried = _ends(mine, "closing", reverse=True)
    steps.append(Step(name="carried on", amount=EXACT.minus(carried), kind="change"))
    payable = _total(mine, "gross_paid")
    reached = add_up(step.amount for step in steps)
    if reached != payable:
        raise RoyaltyError(
            f"the steps from {gross} {code} gross add up to {reached}, not to the "
            f"{payable} that were paid; the tables are not of one run"
        )
    tax = _total(mine, "tax_withheld")
    net = (
        Decimal(sum(mine.column("net_paid_minor").to_pylist())).scaleb(-minor_digits(code), EXACT)
        if mine.num_rows
        else Decimal(0)
    )
    if EXACT.subtract(payable, tax) != net:
        raise RoyaltyError(f"{payable} {code} less {tax} of tax is not the {net} that were paid")
    return [
        *(step for step in steps if step.amount or step.kind == "level"),
        Step(name="payable", amount=payable, kind="level"),
        *([Step(name="tax withheld", amount=-tax, kind="change")] if tax else []),
        Step(name="paid", amount=net, kind="level"),
    ]


def _is(table: Any, code: str) -> Any:
    import pyarrow.compute as pc

    return pc.equal(table.column("currency"), code)


def _by_currency(table: Any, column: str) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    grouped = table.select(["currency", column]).group_by("currency").aggregate([(column, "sum")])
    for row in grouped.to_pylist():
        sums[row["currency"]] = row[f"{column}_sum"]
    return sums


def _total(table: Any, column: str) -> Decimal:
    import pyarrow.compute as pc

    return pc.sum(table.column(column)).as_py() or Decimal(0)


def _ends(table: Any, column: str, *, reverse: bool) -> Decimal:
    """Return what recipients had when their first statement began, or have left after their last."""
    rows = sorted(table.select(["period", "recipient_id", column]).to_pylist(), key=lambda row: row["period"])
    ends: dict[str, Decimal] = {}
    for row in reversed(rows) if reverse else rows:
        ends.setdefault(row["recipient_id"], row[column])
    return add_up(ends.values())
