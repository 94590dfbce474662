"""Costs, reserves, contract types, escalations, eligibility, currencies: each by hand, and all of it conserved."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel import royalties
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties import Eligibility, min_streams_12m

JULY, AUGUST, SEPTEMBER = "2026-07", "2026-08", "2026-09"


def lines(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Return lines of Spotify in the US: 4 milli a stream, so that 1000 streams are 4.00."""
    rows = tuple((track, "spotify", "US", streams, period) for track, streams, period in rows)
    return pd.DataFrame(rows, columns=["track_id", "platform", "country", "streams", "period"])


def money(*rows: tuple[Any, ...]) -> pd.DataFrame:
    rows = tuple((track, "shop", "US", 1, period, amount, code) for track, period, amount, code in rows)
    return pd.DataFrame(rows, columns=["track_id", "platform", "country", "streams", "period", "amount", "currency"])


def splits(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["track_id", "recipient_id", "percentage"])


def table(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def short(frame: pd.DataFrame, column: str) -> list[str]:
    """Return amounts without the zeros at their end."""
    return [format(value.normalize() + 0, "f") for value in frame[column]]


ALL = splits(("t", "ada", "100"))


def test_costs_come_before_the_payment_and_may_leave_a_debt() -> None:
    costs = table(period=[JULY, JULY, AUGUST], recipient_id=["ada"] * 3, amount=["1.5", "5", "-0.25"])
    result = royalties.run(lines(("t", 1000, JULY), ("t", 1000, AUGUST)), ALL, costs=costs)
    assert short(result.statements, "costs") == ["6.5", "-0.25"]
    assert short(result.statements, "closing") == ["-2.5", "0"]
    assert result.statements["net_paid_minor"].tolist() == [0, 175]


def test_a_cost_in_a_period_without_earnings_has_a_statement() -> None:
    costs = table(period=[AUGUST], recipient_id=["cy"], amount=["2"])
    result = royalties.run(lines(("t", 1000, JULY)), ALL, costs=costs)
    assert result.statements[["period", "recipient_id"]].to_numpy().tolist() == [[JULY, "ada"], [AUGUST, "cy"]]
    assert short(result.statements, "closing") == ["0", "-2"]


def test_the_order_of_a_period() -> None:
    """Opening 1 + earned 40 - recouped 10 (25 %) - costs 2 - reserved 7.5 (25 % of the rest) = 21.5; 15 % tax."""
    terms = table(
        recipient_id=["ada"], advance=["100"], recoup_rate=["25"], withholding=["15"], opening=["1"],
        reserve_rate=["25"], reserve_months=["2"],
    )  # fmt: skip
    costs = table(period=[JULY], recipient_id=["ada"], amount=["2"])
    row = royalties.run(lines(("t", 10_000, JULY)), ALL, terms=terms, costs=costs).statements.iloc[0]
    expected = {
        "opening": "1", "earned": "40", "recouped": "10", "costs": "2", "reserved": "7.5", "released": "0",
        "gross_paid": "21.5", "tax_withheld": "3.22", "closing": "0", "advance_left": "90", "reserve_held": "7.5",
    }  # fmt: skip
    assert {name: Decimal(value) for name, value in expected.items()} == {name: row[name] for name in expected}
    assert row["net_paid_minor"] == 1828  # 21.50 - 3.225, halves to even


def test_reserves_are_held_released_and_handed_on() -> None:
    terms = table(recipient_id=["ada"], reserve_rate=["50"], reserve_months=["1"])
    months = [("t", 1000, JULY), ("t", 500, AUGUST)]
    result = royalties.run(lines(*months), ALL, terms=terms)
    assert short(result.statements, "reserved") == ["2", "1"]
    assert short(result.statements, "released") == ["0", "2"]
    assert short(result.statements, "reserve_held") == ["2", "1"]
    assert result.statements["net_paid_minor"].tolist() == [200, 300]
    assert result.reserves.to_numpy().tolist() == [["ada", SEPTEMBER, "USD", Decimal(1)]]
    after = royalties.run(lines(("t", 0, SEPTEMBER)), ALL, terms=terms, reserves=result.reserves)
    assert after.statements["net_paid_minor"].tolist() == [100]
    assert after.reserves.empty
    idle = royalties.run(money(("t", JULY, "1", "EUR")), ALL, reserves=result.reserves)
    assert idle.reserves.to_numpy().tolist() == result.reserves.to_numpy().tolist()


def test_statements_without_costs_and_reserves_have_the_plain_columns() -> None:
    columns = list(royalties.run(lines(("t", 1, JULY)), ALL).statements.columns)
    assert columns == [
        *("period", "recipient_id", "currency", "opening", "earned", "recouped", "gross_paid", "tax_withheld"),
        *("net_paid_minor", "closing", "advance_left"),
    ]


def test_profit_share_recovers_its_costs_first_and_royalty_does_not() -> None:
    """Costs of 10: July earns 4 + 2, all recovered; August earns 12 + 4, of which 4 are; then 12 are shared."""
    contracts = table(
        track_id=["t", "u", "v"], type=["profit_share", "profit_share", "royalty"], contract_id=["p"] * 2 + [""]
    )
    rows = [("t", 1000, JULY), ("u", 500, JULY), ("v", 250, JULY), ("t", 3000, AUGUST), ("u", 1000, AUGUST)]
    shares = splits(("t", "ada", "50"), ("u", "ada", "50"), ("v", "ada", "50"))
    costs = table(period=[JULY], contract_id=["p"], amount=["10"])
    result = royalties.run(lines(*rows), shares, contracts=contracts, costs=costs)
    assert short(result.payouts, "amount") == ["0.5", "6"]
    assert result.recoveries[["period", "contract_id"]].to_numpy().tolist() == [[JULY, "p"], [AUGUST, "p"]]
    assert [short(result.recoveries, c) for c in ("opening", "added", "recovered", "closing")] == [
        ["0", "4"], ["10", "0"], ["6", "4"], ["4", "0"],
    ]  # fmt: skip
    assert short(result.unallocated, "amount") == ["0.5", "4.5", "1.5"]  # v in July; t 12 - 3 and u 4 - 1 in August
    assert short(result.tracks, "earnings") == ["4", "2", "1", "12", "4"]
    assert result.summary()["totals"]["USD"]["recovered"] == "10.000000000"


def test_escalation_divides_the_period_that_crosses_the_threshold() -> None:
    """From 1500 streams on ada has 60 %: July 1000 at 50 %, August 500 at 50 % and 500 at 60 %, September at 60 %."""
    escalations = table(track_id=["t"], recipient_id=["ada"], from_streams=["1500"], percentage=["60"])
    rows = lines(("t", 1000, JULY), ("t", 1000, AUGUST), ("t", 1000, SEPTEMBER))
    shares = splits(("t", "ada", "50"), ("t", "ben", "40"))
    result = royalties.run(rows, shares, escalations=escalations)
    ada = result.payouts[result.payouts["recipient_id"] == "ada"]
    assert short(ada, "amount") == ["2", "2.2", "2.4"]
    assert short(result.unallocated, "amount") == ["0.4", "0.2"]
    had = royalties.run(rows[:1], shares, escalations=escalations.assign(streams_before="1500"))
    assert short(had.payouts, "amount") == ["2.4", "1.6"]


def test_returned_streams_go_back_through_the_tiers_they_came_by() -> None:
    escalations = table(track_id=["t"], recipient_id=["ada"], from_streams=["500"], percentage=["100"])
    rows = lines(("t", 1000, JULY), ("t", -1000, AUGUST))
    result = royalties.run(rows, splits(("t", "ada", "50")), escalations=escalations)
    assert short(result.payouts, "amount") == ["3", "-3"]


def test_an_escalation_beyond_100_percent_is_an_error_of_the_track() -> None:
    escalations = table(track_id=["t"], recipient_id=["ada"], from_streams=["500"], percentage=["70"])
    shares = splits(("t", "ada", "50"), ("t", "ben", "40"))
    result = royalties.run(lines(("t", 1000, JULY)), shares, escalations=escalations)
    assert result.errors["error"].tolist() == ["splits_exceed_100"]
    assert short(result.unallocated, "amount") == ["4"]


def test_eligibility_leaves_out_what_a_platform_does_not_pay_and_says_so() -> None:
    rows = pd.concat([
        lines(("t", 600, "2025-07"), ("t", 500, JULY), ("u", 400, "2025-08"), ("u", 600, JULY), ("u", 1, AUGUST)),
        lines(("t", 500, JULY)).assign(platform="appleMusic"),
    ])  # fmt: skip
    shares = splits(("t", "ada", "100"), ("u", "ada", "100"))
    result = royalties.run(rows, shares, eligibility={"spotify": min_streams_12m(1000, since="2026-01")})
    columns = ["track_id", "period", "streams", "streams_in_window", "amount"]
    assert result.ineligible[columns].to_numpy().tolist() == [
        ["t", JULY, 500, 500, Decimal(2)],  # the 600 of July 2025 are no longer in the twelve months
        ["u", AUGUST, 1, 601, Decimal("0.004")],
    ]
    assert short(result.tracks, "earnings") == ["2.4", "1.6", "3.1", "2.4", "0"]
    assert result.breakdown["platform"].tolist() == ["spotify", "spotify", "appleMusic", "spotify"]
    assert sum(result.breakdown["earnings"]) == sum(result.tracks["earnings"]) == sum(result.payouts["amount"])


def test_eligibility_is_exact_beyond_64_bits() -> None:
    huge = 4 * 10**17
    rows = lines(*[("t", huge, JULY)] * 5, ("t", huge, AUGUST))
    policy = Eligibility(minimum_streams=5 * huge, months=1)
    result = royalties.run(rows, ALL, eligibility={"spotify": policy})
    assert result.ineligible["period"].tolist() == [AUGUST]
    assert result.ineligible["amount"][0] == Decimal(huge * 4) / 1000
    assert sum(result.payouts["amount"]) == Decimal(5 * huge * 4) / 1000


def test_conversion_is_dated_sourced_and_rounded_once() -> None:
    rows = money(("t", JULY, "1.000000001", "EUR"), ("t", JULY, "2", "USD"), ("t", AUGUST, "100", "JPY"))
    exchange = table(
        currency=["EUR", "EUR", "JPY"], to=["USD"] * 3, period=[JULY, "", ""], rate=["1.0825", "9", "0.0065"],
        source=["ECB", "ECB", "BoJ"],
    )  # fmt: skip
    shares = splits(("t", "ada", "50"), ("t", "ben", "50"))
    result = royalties.run(rows, shares, exchange=exchange, pay_in={"ada": "USD"})
    assert result.conversions.drop(columns=["recipient_id", "to"]).to_numpy().tolist() == [
        [JULY, "EUR", Decimal("0.500000001"), "1.0825", "ECB", Decimal("0.541250001")],
        [AUGUST, "JPY", Decimal(50), "0.0065", "BoJ", Decimal("0.325")],
    ]
    ada = result.statements[result.statements["recipient_id"] == "ada"]
    assert ada["currency"].tolist() == ["USD", "USD"]
    assert short(ada, "earned") == ["1.541250001", "0.325"]
    ben = result.statements[result.statements["recipient_id"] == "ben"]
    assert ben["currency"].tolist() == ["EUR", "USD", "JPY"]
    everyone = royalties.run(rows, shares, exchange=exchange, pay_in="USD")
    assert set(everyone.statements["currency"]) == {"USD"}
    assert everyone.payouts.equals(result.payouts)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"costs": table(period=["July"], recipient_id=["a"], amount=["1"])}, "costs, row 0, period: expected YYYY-MM"),
        ({"costs": table(period=[JULY], amount=["1"])}, "costs, row 0: expected a recipient_id or a contract_id"),
        ({"costs": table(period=[JULY], contract_id=["c"], amount=["1"])}, "no profit-share contract"),
        ({"contracts": table(track_id=["t"], type=["rent"])}, "contracts, row 0, type: expected royalty or"),
        ({"contracts": table(track_id=["t", "t"], type=["royalty"] * 2)}, "contracts, row 1, track_id: expected each"),
        ({"terms": table(recipient_id=["a"], reserve_rate=["5"])}, "terms, row 0, reserve_months"),
        ({"terms": table(recipient_id=["a"], reserve_rate=["101"], reserve_months=["1"])}, "at most 100 percent"),
        ({"reserves": table(recipient_id=["a"], release=["x"], amount=["1"])}, "reserves, row 0: expected"),
        ({"reserves": table(recipient_id=["a"], release=[JULY], amount=["-1"])}, "reserves, row 0, amount"),
        ({"pay_in": "EUR"}, "expected a rate from USD to EUR for 2026-07"),
        ({"pay_in": "EUR", "terms": table(recipient_id=["ada"], currency=["USD"])}, "terms: 'ada' is paid in EUR"),
        ({"exchange": table(currency=["EUR"], to=["USD"], rate=["0"], source=["x"])}, "exchange, row 0, rate"),
        ({"exchange": table(currency=["EUR"], to=["USD"], rate=["1"], source=[""])}, "exchange, row 0, source"),
        ({"escalations": table(track_id=["x"], recipient_id=["ada"], from_streams=["1"], percentage=["1"])}, "'x'"),
        ({"escalations": table(track_id=["t"], recipient_id=["cy"], from_streams=["1"], percentage=["1"])}, "'cy'"),
        ({"escalations": table(track_id=["t"], recipient_id=["ada"], from_streams=["-1"], percentage=["1"])}, "whole"),
    ],
)  # fmt: skip
def test_every_violation_has_its_place_and_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RoyaltyError, match=sentence):
        royalties.run(lines(("t", 1000, JULY)), ALL, **options)


@pytest.mark.parametrize("options", [(0, 12, ""), (1, 0, ""), (1, 12, "spring")])
def test_a_policy_that_says_nothing_is_refused(options: tuple[int, int, str]) -> None:
    with pytest.raises(RoyaltyError, match="eligibility"):
        Eligibility(minimum_streams=options[0], months=options[1], since=options[2])


def test_the_command_takes_every_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = {
        "lines": lines(("t", 2000, JULY), ("u", 900, JULY)),
        "splits": splits(("t", "ada", "50"), ("u", "ada", "50")),
        "terms": table(recipient_id=["ada"], reserve_rate=["10"], reserve_months=["3"], currency=["EUR"]),
        "contracts": table(track_id=["t"], type=["profit_share"]),
        "costs": table(period=[JULY], contract_id=["t"], amount=["1"]),
        "reserves": table(recipient_id=["ada"], release=[JULY], amount=["1"], currency=["EUR"]),
        "escalations": table(track_id=["t"], recipient_id=["ada"], from_streams=["1000"], percentage=["100"]),
        "exchange": table(currency=["USD"], to=["EUR"], rate=["0.5"], source=["ECB"]),
        "pay-in": table(recipient_id=["ada"], currency=["EUR"]),
    }
    command = ["royalties", "run", "--out", str(tmp_path / "out"), "--min-streams", "spotify=1000", "--pages", "--json"]
    for name, frame in tables.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        command += [f"--{name}", str(tmp_path / f"{name}.csv")]
    assert run(command) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["USD"]["recovered"] == "1.000000000"
    statement = pd.read_csv(tmp_path / "out" / "statements.csv", dtype=str).iloc[0]
    assert statement["currency"] == "EUR"
    assert statement["earned"] == "2.625000000"  # (8 - 1) x (50 % of one half, 100 % of the other) x 0.5
    assert statement["reserved"] == "0.262500000"
    assert statement["net_paid_minor"] == "336"
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    assert names >= {"ineligible", "recoveries", "conversions", "reserves", "pages", "statements"}
    assert (tmp_path / "out" / "pages" / "ada.html").read_text().count("<section>") == 1
    capsys.readouterr()
    assert run(command) == 1  # the tables are there
    assert run([*command[:4], "--lines", "x", "--splits", "x", "--min-streams", "spotify"]) == 2


NANOS = st.integers(-(10**13), 10**13)
ROW = st.tuples(st.sampled_from("tuv"), st.sampled_from([JULY, AUGUST, SEPTEMBER]), NANOS, st.integers(-500, 900))
TERM = st.integers(0, 10**12).map(lambda nanos: str(Decimal(nanos).scaleb(-9)))


@given(
    st.lists(ROW, min_size=1, max_size=12),
    st.lists(st.tuples(st.sampled_from(["ada", "ben"]), TERM), max_size=3),
    TERM, st.integers(0, 100), st.integers(0, 100), st.integers(1, 3), st.integers(0, 600), TERM,
)  # fmt: skip
def test_nothing_is_lost_whatever_was_agreed(
    rows: Any, costs: Any, advance: str, recoup: int, reserve: int, months: int, edge: int, budget: str
) -> None:
    """Money in = shares + what is kept + recovered; and a balance moves only by what its statement says."""
    frame = pd.DataFrame(
        [(t, "shop", "US", str(s), p, str(Decimal(n).scaleb(-9)), "USD") for t, p, n, s in rows],
        columns=["track_id", "platform", "country", "streams", "period", "amount", "currency"],
    )
    result = royalties.run(
        frame,
        splits(("t", "ada", "33.3333"), ("t", "ben", "41.7"), ("u", "ada", "100"), ("v", "ben", "12.5")),
        terms=table(
            recipient_id=["ada", "ben"], advance=[advance, "0"], recoup_rate=[str(recoup), "100"],
            reserve_rate=[str(reserve), "10"], reserve_months=[str(months), "1"],
        ),
        costs=pd.DataFrame(
            [(JULY, name, "", amount) for name, amount in costs] + [(AUGUST, "", "u", budget)],
            columns=["period", "recipient_id", "contract_id", "amount"], dtype="str",
        ),
        contracts=table(track_id=["u"], type=["profit_share"]),
        escalations=table(track_id=["t"], recipient_id=["ada"], from_streams=[str(edge)], percentage=["58.3"]),
    )  # fmt: skip
    came_in = sum(result.tracks["earnings"])
    assert came_in == sum(Decimal(n).scaleb(-9) for _, _, n, _ in rows)
    left = sum(result.unallocated["amount"]) + sum(result.recoveries["recovered"])
    assert came_in == sum(result.payouts["amount"]) + left
    frame = result.statements
    if "costs" not in frame:
        frame = frame.assign(costs=Decimal(0), reserved=Decimal(0), released=Decimal(0), reserve_held=Decimal(0))
    for _, mine in frame.groupby("recipient_id"):
        held = before = Decimal(0)
        for row in mine.itertuples():
            assert row.opening == before
            moved = row.earned - row.recouped - row.costs - row.reserved + row.released - row.gross_paid
            assert row.closing == row.opening + moved
            assert row.gross_paid - row.tax_withheld == Decimal(row.net_paid_minor).scaleb(-2)
            held += row.reserved - row.released
            assert row.reserve_held == held >= 0
            before = row.closing
        assert held == sum(result.reserves[result.reserves["recipient_id"] == mine["recipient_id"].iloc[0]]["amount"])
