"""The ledger says what the statements say: advances, reserves, costs, tax and what is carried, month after month."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maxbooster_kernel import royalties
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.royalties import ledger, publish
from maxbooster_kernel.royalties.periods import period
from maxbooster_kernel.royalties.postings import Posting

SPLITS = {"track_id": ["t", "t", "u"], "recipient_id": ["ada", "ben", "cy"], "percentage": ["70", "20", "33.3333"]}
JANUARY = 24312
WHO = ("ada", "ben", "cy")


def month_run(number: int, lines: list[tuple[str, int, str]], **options: Any) -> royalties.RoyaltyResult:
    rows = [
        (track, "x", "US", 1, period(JANUARY + number), str(Decimal(nanos).scaleb(-9)), code)
        for track, nanos, code in lines
    ]
    names = ["track_id", "platform", "country", "streams", "period", "amount", "currency"]
    return royalties.run(pd.DataFrame(rows, columns=names), SPLITS, **options)


def money(catalogue: Catalogue, account: str, code: str) -> int:
    return ledger.balances(catalogue).get((account, code), 0)


def test_an_advance_is_paid_out_and_recouped_in_the_ledger(catalogue: Catalogue) -> None:
    terms = pd.DataFrame({"recipient_id": ["ada"], "advance": ["10"]})
    first = month_run(0, [("t", 8_857_142_858, "USD")], terms=terms)  # 70 percent are 6.20
    publish.publish(catalogue, first)
    assert money(catalogue, "advance:ada", "USD") == 3_800_000_000 - 1  # 0.6 of a nano more than 6.20
    assert money(catalogue, "cash", "USD") == -10_000_000_000 - 1_770_000_000  # the advance, and what ben is paid
    before = ledger.balances(catalogue)
    assert publish.publish(catalogue, first).transactions == ()
    ledger.post_run(catalogue, first)
    assert ledger.balances(catalogue) == before
    assert publish.carried(catalogue).to_dict("records")[0] == {
        "recipient_id": "ada", "currency": "USD", "opening": Decimal(0), "advance": Decimal("3.799999999"),
    }  # fmt: skip
    second = month_run(1, [("t", 8_857_142_858, "USD")], terms=publish.carried(catalogue))
    publish.publish(catalogue, second)
    assert money(catalogue, "advance:ada", "USD") == 0
    (statement,) = (row for row in second.statements.to_dict("records") if row["recipient_id"] == "ada")
    assert -money(catalogue, "payable:ada", "USD") == int(statement["closing"].scaleb(9))
    assert statement["gross_paid"] == Decimal("2.40")
    assert money(catalogue, "brought_forward", "USD") == 0
    assert publish.check_ledger(catalogue) == []


def test_what_the_ledger_has_not_seen_is_brought_forward(catalogue: Catalogue) -> None:
    terms = pd.DataFrame({"recipient_id": ["ada", "cy"], "opening": ["5", "-2"], "minimum_payout": ["100", "0"]})
    publish.publish(catalogue, month_run(0, [("t", 1_000_000_000, "USD")], terms=terms))
    assert money(catalogue, "brought_forward", "USD") == 3_000_000_000
    assert money(catalogue, "payable:ada", "USD") == -5_700_000_000
    assert publish.check_ledger(catalogue) == []


def test_a_ledger_that_differs_is_noticed(catalogue: Catalogue) -> None:
    publish.publish(catalogue, month_run(0, [("t", 1_234_567, "USD")]))
    rows = [Posting(account=a, currency="USD", nanos=n) for a, n in (("payable:ada", 7), ("cash", -7))]
    ledger.post(catalogue, rows, memo="by hand")
    (problem,) = publish.check_ledger(catalogue)
    assert (problem.code, problem.where) == ("ledger_differs", "ada, USD")
    assert problem.message == "balance: the statement of 2026-01 says 0.000864197, the ledger 0.000864190"


amounts = st.integers(-(10**11), 10**12)
lines = st.lists(st.tuples(st.sampled_from("tu"), amounts, st.sampled_from(["USD", "EUR"])), min_size=1, max_size=4)
percents = st.sampled_from(["0", "10", "33.3333", "100"])
agreed = st.fixed_dictionaries(
    {"advance": st.sampled_from(["0", "10", "250.5"]), "recoup_rate": percents, "withholding": percents,
     "reserve_rate": st.sampled_from(["0", "10", "25"]), "minimum_payout": st.sampled_from(["0", "50"])}
)  # fmt: skip
charges = st.dictionaries(st.sampled_from(WHO), st.integers(1, 10**10), max_size=2)
months = st.lists(st.tuples(lines, charges, st.booleans()), min_size=1, max_size=4)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(months=months, terms=st.lists(agreed, min_size=3, max_size=3))
@pytest.mark.parametrize("pay_in", [None, "EUR"])
def test_the_ledger_reconciles_over_any_months(
    fresh_place: Callable[[], str], months: list[Any], terms: list[dict[str, str]], pay_in: str | None
) -> None:
    catalogue = Catalogue.open(fresh_place())
    codes = ("EUR",) if pay_in else ("EUR", "USD")
    said = {
        (name, code): {"recipient_id": name, "currency": code, "opening": "0", "reserve_months": "1", **row}
        for name, row in zip(WHO, terms, strict=True)
        for code in codes
    }
    held, past = None, publish.published(catalogue)
    for number, (rows, costs, corrected) in enumerate(months):
        if number:
            fresh = {
                (row["recipient_id"], row["currency"]): row for row in publish.carried(catalogue).to_dict("records")
            }
            nothing = {"opening": "0", "advance": "0"}
            for key, row in said.items():
                seen = any(key == (r.recipient_id, r.currency) for r in past.itertuples())
                row |= {k: str(v) for k, v in fresh[key].items()} if key in fresh else nothing if seen else {}
        charged = [(period(JANUARY + number), name, str(Decimal(n).scaleb(-9)), "EUR") for name, n in costs.items()]
        options: dict[str, Any] = {
            "terms": pd.DataFrame(said.values()),
            "costs": pd.DataFrame(charged, columns=["period", "recipient_id", "amount", "currency"]),
            "reserves": held,
            "exchange": pd.DataFrame({"currency": ["USD"], "to": ["EUR"], "rate": ["0.923456789"], "source": ["ECB"]}),
            **({"pay_in": pay_in} if pay_in else {}),
        }
        if corrected:
            publish.publish(catalogue, month_run(number, [*rows, ("t", 999, "EUR"), ("u", 1, "USD")], **options))
        result = month_run(number, rows, **options)
        if corrected and len(result.statements) == 0:
            return
        publish.publish(catalogue, result, correction=corrected)
        held, past = result.reserves, publish.published(catalogue)
        assert publish.check_ledger(catalogue) == []
        balances = ledger.balances(catalogue)
        for code in ("EUR", "USD"):
            assert sum(nanos for (_, currency), nanos in balances.items() if currency == code) == 0
            mine = past[past["currency"] == code]
            assert -balances.get(("tax", code), 0) == int(sum(mine["tax_withheld"], Decimal(0)).scaleb(9))
            assert -balances.get(("costs", code), 0) == int(sum(mine["costs"], Decimal(0)).scaleb(9))
            paid = int(sum(mine["gross_paid"] - mine["tax_withheld"], Decimal(0)).scaleb(9))
            advanced = -balances.get(("cash", code), 0) - paid
            lent = int(sum(mine["recouped"], Decimal(0)).scaleb(9))
            assert advanced == lent + sum(n for (a, c), n in balances.items() if a[:7] == "advance" and c == code)
    catalogue.engine.dispose()


@pytest.mark.parametrize("order", [(1, 0), (0, 1)])
def test_months_published_in_any_order_end_at_the_last_statement(catalogue: Catalogue, order: tuple[int, ...]) -> None:
    for number in order:
        terms = pd.DataFrame({"recipient_id": ["ada"], "opening": ["0.004" if number else "0"]})
        publish.publish(catalogue, month_run(number, [("t", 5_714_286, "USD")], terms=terms))
    assert publish.check_ledger(catalogue) == []
    again = month_run(0, [("t", 9_000_000, "USD")], terms=pd.DataFrame({"recipient_id": ["ada"], "advance": ["1"]}))
    publish.publish(catalogue, again, correction=True)
    assert publish.check_ledger(catalogue) == []
    last = month_run(1, [("t", 9_000_000, "USD")], terms=publish.carried(catalogue))
    publish.publish(catalogue, last, correction=True)
    assert publish.check_ledger(catalogue) == []
