"""Statements are published once, never change, and are corrected by reversal; the ledger balances throughout."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

from maxbooster_kernel import royalties
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import CatalogueError, RoyaltyError
from maxbooster_kernel.royalties import ledger, payouts, publish
from maxbooster_kernel.royalties.providers import CsvFile

JULY, AUGUST = "2026-07", "2026-08"
SPLITS = {"track_id": ["t", "t"], "recipient_id": ["ada", "ben"], "percentage": ["70", "20"]}


def run(july: int, august: int | None = None, **options: Any) -> royalties.RoyaltyResult:
    months = [(JULY, july)] + ([(AUGUST, august)] if august is not None else [])
    rows = [("t", "spotify", "US", streams, month) for month, streams in months]
    lines = pd.DataFrame(rows, columns=["track_id", "platform", "country", "streams", "period"])
    return royalties.run(lines, SPLITS, **options)


def test_the_same_inputs_give_the_same_id_and_bytes(tmp_path: Any) -> None:
    one, two = run(1000, 2000), run(1000, 2000)
    assert one.run_id == two.run_id
    one.write(tmp_path / "one", pages=True)
    two.write(tmp_path / "two", pages=True)
    for path in sorted((tmp_path / "one").rglob("*.*")):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
    terms = pd.DataFrame({"recipient_id": ["ada"], "withholding": ["1"]})
    others = [run(1001, 2000), run(1000, 2000, rates={"spotify": "0.005"}), run(1000, 2000, terms=terms)]
    assert len({one.run_id, *(other.run_id for other in others)}) == 4


def test_publishing_again_changes_nothing(catalogue: Catalogue) -> None:
    result = run(1000, 2000)
    first = publish.publish(catalogue, result)
    assert len(first.statements) == 4
    again = publish.publish(catalogue, run(1000, 2000))
    assert again.statements == first.statements
    assert (again.reversed, again.transactions) == ((), ())
    found = publish.published(catalogue, when=JULY)
    assert found["statement_id"].tolist() == list(first.statements[:2])
    assert found["net_paid_minor"].tolist() == [280, 80]
    assert ledger.balances(catalogue)["receivable", "USD"] == 12_000_000_000
    assert ledger.verify_audit(catalogue) == 1


def test_what_is_published_is_never_changed(catalogue: Catalogue) -> None:
    publish.publish(catalogue, run(1000))
    for statement in ("UPDATE statements SET earned = 0", "DELETE FROM statements"):
        with pytest.raises(CatalogueError, match="never changed"), catalogue.session() as session:
            session.execute(text(statement))
    with pytest.raises(RoyaltyError, match="is published by run"):
        publish.publish(catalogue, run(1001))
    assert publish.published(catalogue)["earned"].tolist() == [Decimal("2.8"), Decimal("0.8")]


def test_a_correction_reverses_and_publishes_anew(catalogue: Catalogue) -> None:
    wrong, right = run(1000, 2000), run(1500, 2000)
    publish.publish(catalogue, wrong)
    done = publish.publish(catalogue, right, correction=True)
    assert len(done.reversed) == len(done.statements) == 4
    found = publish.published(catalogue)
    assert found["earned"].tolist() == [Decimal("4.2"), Decimal("1.2"), Decimal("5.6"), Decimal("1.6")]
    assert set(found["revision"]) == {3}
    with catalogue.session() as session:
        total = session.execute(text("SELECT sum(earned), count(*) FROM statements WHERE period = '2026-07'")).one()
    assert tuple(map(int, total)) == (5_400_000_000, 6)
    only = Catalogue.open(str(catalogue.engine.url.render_as_string(hide_password=False)))
    balances = ledger.balances(only)
    only.engine.dispose()
    assert balances["receivable", "USD"] == 14_000_000_000
    assert sum(balances.values()) == 0
    publish.publish(catalogue, wrong, correction=True)  # and back again
    assert publish.published(catalogue)["earned"].tolist()[0] == Decimal("2.8")
    assert ledger.balances(catalogue)["receivable", "USD"] == 12_000_000_000


def test_a_correction_covers_what_it_replaces(catalogue: Catalogue) -> None:
    publish.publish(catalogue, run(1000, 2000))
    with pytest.raises(RoyaltyError, match="2026-08 is missing"):
        publish.publish(catalogue, run(1500), correction=True)
    assert ledger.verify_audit(catalogue) == 1


def test_two_writers_publish_once(catalogue: Catalogue) -> None:
    barrier, outcomes = threading.Barrier(2), []

    def write(streams: int) -> None:
        result = run(streams)
        barrier.wait()
        try:
            publish.publish(catalogue, result)
            outcomes.append("in")
        except (RoyaltyError, CatalogueError):
            outcomes.append("refused")

    threads = [threading.Thread(target=write, args=(streams,)) for streams in (1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "refused"]
    assert len(publish.published(catalogue)) == 2


def test_what_is_due_is_paid_once_and_corrections_are_set_off(catalogue: Catalogue, tmp_path: Any) -> None:
    def pay(name: str) -> list[tuple[str, int]]:
        plan = payouts.plan(publish.due(catalogue))
        if plan.transfers:
            payouts.execute(catalogue, plan, CsvFile(tmp_path / f"{name}.csv"), confirm=plan.digest)
        return [(transfer.recipient_id, transfer.amount_minor) for transfer in plan.transfers]

    publish.publish(catalogue, run(1000))
    assert pay("a") == [("ada", 280), ("ben", 80)]
    assert pay("b") == []
    publish.publish(catalogue, run(1500), correction=True)
    assert pay("c") == [("ada", 140), ("ben", 40)]
    publish.publish(catalogue, run(500), correction=True)
    assert pay("d") == []  # 280 and 80 too much: carried, never taken back
    publish.publish(catalogue, run(500, 2000), correction=True)
    assert pay("e") == [("ada", 700 - 420), ("ben", 200 - 120)]


def test_every_rule_is_posted_and_balances(catalogue: Catalogue) -> None:
    options: dict[str, Any] = {
        "terms": pd.DataFrame(
            {"recipient_id": ["ada"], "advance": ["1"], "recoup_rate": ["50"], "withholding": ["15"],
             "reserve_rate": ["10"], "reserve_months": ["2"], "currency": ["EUR"]}
        ),
        "contracts": pd.DataFrame({"track_id": ["t"], "type": ["profit_share"]}),
        "costs": pd.DataFrame(
            {"period": [JULY, JULY], "amount": ["1.5", "0.3"], "contract_id": ["t", ""], "recipient_id": ["", "ada"],
             "currency": ["USD", "EUR"]}
        ),
        "exchange": pd.DataFrame({"currency": ["USD"], "to": ["EUR"], "rate": ["0.923456789"], "source": ["ECB"]}),
        "pay_in": "EUR",
    }  # fmt: skip
    result = run(1777, 2333, **options)
    publish.publish(catalogue, result)
    balances = ledger.balances(catalogue)
    for code in ("USD", "EUR"):
        assert sum(nanos for (_, currency), nanos in balances.items() if currency == code) == 0
    last = result.statements[result.statements["period"] == AUGUST].set_index("recipient_id")
    for name in ("ada", "ben"):
        assert -balances["payable:" + name, "EUR"] == int(last["closing"][name].scaleb(9))
        assert balances.get(("payable:" + name, "USD"), 0) == 0
    assert -balances["reserve:ada", "EUR"] == int(last["reserve_held"]["ada"].scaleb(9))
    assert -balances["costs", "USD"] == 1_500_000_000
    assert -balances["costs", "EUR"] == 300_000_000
    assert -balances["fx_rounding", "EUR"] == sum(found.rounding for found in result.converted)
    assert publish.published(catalogue)["costs"].tolist()[0] == Decimal("0.3")
