"""Every cent can be explained, and statements are pages to print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maxbooster_kernel import royalties
from maxbooster_kernel.errors import RoyaltyError

JULY, AUGUST = "2026-07", "2026-08"


@pytest.fixture
def result() -> Any:
    """Return a run that uses every rule."""
    lines = pd.DataFrame(
        [
            ("one", "spotify", "US", 1000, JULY), ("one", "appleMusic", "UK", 7, JULY),
            ("one", "spotify", None, 10, JULY),
            ("two", "spotify", "DE", 500, JULY), ("one", "spotify", "US", 900, AUGUST), ("two", "tidal", "US", 5, JULY),
            ("film", "spotify", "US", 5000, AUGUST), ("film", "amazonMusic", "US", -100, JULY),
        ],
        columns=["track_id", "platform", "country", "streams", "period"],
    )  # fmt: skip
    return royalties.run(
        lines,
        pd.DataFrame(
            [("one", "ada", "33.3333"), ("one", "band", "50"), ("two", "band", "100"), ("film", "ada", "50")],
            columns=["track_id", "recipient_id", "percentage"],
        ),
        sub_splits=pd.DataFrame({"recipient_id": ["band", "ben"], "to": ["ben", "ada"], "percentage": ["60", "10"]}),
        terms=pd.DataFrame(
            {"recipient_id": ["ada"], "currency": ["EUR"], "advance": ["0.5"], "recoup_rate": ["40"],
             "withholding": ["15"], "reserve_rate": ["10"], "reserve_months": ["1"], "opening": ["0.25"]}
        ),
        escalations=pd.DataFrame(
            {"track_id": ["one"], "recipient_id": ["ada"], "from_streams": ["1500"], "percentage": ["40"]}
        ),
        contracts=pd.DataFrame({"track_id": ["film"], "type": ["profit_share"]}),
        costs=pd.DataFrame(
            {"period": [JULY, AUGUST], "amount": ["10", "0.05"], "contract_id": ["film", ""],
             "recipient_id": ["", "ada"], "currency": ["USD", "EUR"]}
        ),
        exchange=pd.DataFrame(
            {"currency": ["USD"], "to": ["EUR"], "period": [""], "rate": ["0.9237"], "source": ["ECB"]}
        ),
        pay_in={"ada": "EUR"},
    )  # fmt: skip


def test_the_hand_worked_split_is_explained_to_the_nano() -> None:
    lines = {"track_id": ["t"], "platform": ["appleMusic"], "country": ["UK"], "streams": [7], "period": [JULY]}
    shares = {"track_id": ["t"] * 3, "recipient_id": list("abc"), "percentage": ["33.3333", "33.3333", "33.3334"]}
    text = str(royalties.run(lines, shares).explain("b", JULY))
    rows = [(line[:-20].strip(), line[-20:].strip()) for line in text.split("\n")]
    assert ("appleMusic UK: 7 streams x 0.0062 x 0.95", "0.041230000") in rows
    assert ("pool of t", "0.041230000") in rows
    assert ("b: 33.3333 % of 0.041230000 = 13743319 nanos and 0.59 (cut)", "0.013743319") in rows
    assert ("gross: the balance cut to 2 decimals of USD", "0.010000000") in rows
    assert ("carried on", "0.003743319") in rows
    first = str(royalties.run(lines, shares).explain("a", JULY))
    assert "13743319 nanos and 0.59 (one of the largest remainders: up)" in first


@pytest.mark.parametrize("period", [JULY, AUGUST])
@pytest.mark.parametrize("recipient", ["ada", "ben", "band"])
def test_what_is_explained_is_what_was_computed(result: Any, recipient: str, period: str) -> None:
    found = result.explain(recipient, period)
    payouts = result.payouts
    mine = payouts[(payouts["recipient_id"] == recipient) & (payouts["period"] == period)]
    assert sum(trace.part for trace in found.tracks) == sum(int(value.scaleb(9)) for value in mine["amount"])
    statements = result.statements
    row = statements[(statements["recipient_id"] == recipient) & (statements["period"] == period)].iloc[0]
    last = {line.text.split(":")[0]: line.nanos for line in found.steps[-1].lines}
    assert last["carried on"] == int(row["closing"].scaleb(9))
    assert last["earned"] == int(row["earned"].scaleb(9))
    assert last.get(f"paid in {row['currency']}", 0) == row["net_paid_minor"] * 10**7


def test_every_rule_is_named(result: Any) -> None:
    text = str(result.explain("ada", AUGUST))
    for words in (
        "spotify US: 5000 streams x 0.004 x 1.0", "costs of contract film recovered", "profit to share",
        "483 of 900 streams, below 1500 streams (1017 before)", "417 of 900 streams, from 1500 streams on",
        "ada: 40 % of 1.668000000", "band: 50 % of", "ben: 60 % of", "ada: 10 % of", "6.419199356 USD x 0.9237 (ECB)",
        "recouped: the lesser of the advance left, 0.095205516, and 40 %", "costs  ", "reserved: 10 %",
        "released from reserve", "tax: 15 %", "carried on", "held in reserve",
    ):  # fmt: skip
        assert words in text, words
    assert "ben passes on 10 % to ada, and keeps" in str(result.explain("ben", JULY))
    assert "spotify (no country): 10 streams x 0.004 x 0.5" in str(result.explain("ada", JULY))


def test_imported_money_is_explained_as_it_came() -> None:
    money = {
        "track_id": ["t"], "platform": ["shop"], "country": [""], "streams": [3], "period": [JULY], "amount": ["1.25"],
        "currency": ["USD"],
    }  # fmt: skip
    found = royalties.run(money, {"track_id": ["t"], "recipient_id": ["a"], "percentage": ["100"]}).explain("a", JULY)
    assert "shop (no country): 3 streams, as the statement says" in str(found)


@pytest.mark.parametrize(("recipient", "period"), [("nobody", JULY), ("ada", "2026-09"), ("ada", "July")])
def test_what_is_not_there_cannot_be_explained(result: Any, recipient: str, period: str) -> None:
    with pytest.raises(RoyaltyError, match="explain"):
        result.explain(recipient, period)


def test_lines_that_changed_since_are_noticed(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"track_id": ["t"], "platform": ["spotify"], "country": ["US"], "streams": ["10"], "period": [JULY]}
    )
    rows.to_csv(tmp_path / "l.csv", index=False)
    shares = {"track_id": ["t"], "recipient_id": ["a"], "percentage": ["100"]}
    found = royalties.run(tmp_path / "l.csv", shares)
    rows.assign(streams="11000").to_csv(tmp_path / "l.csv", index=False)
    with pytest.raises(RoyaltyError, match="changed"):
        found.explain("a", JULY)


def test_pages_are_written_for_everybody(result: Any, tmp_path: Path) -> None:
    result.write(tmp_path, pages=True)
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["ada.html", "band.html", "ben.html"]
    page = (tmp_path / "pages" / "ada.html").read_text()
    assert page == result.page("ada")
    assert "Payable" in page
    assert JULY in page
    for value in result.statements[result.statements["recipient_id"] == "ada"]["closing"]:
        assert format(value, "f") in page
    assert {path.stem for path in tmp_path.glob("*.csv")} >= {"recoveries", "conversions", "reserves"}


def test_names_cannot_put_markup_into_a_page() -> None:
    lines = {"track_id": ["<b>t"], "platform": ["spotify"], "country": ["US"], "streams": [7], "period": [JULY]}
    found = royalties.run(lines, {"track_id": ["<b>t"], "recipient_id": ["<i>a"], "percentage": ["100"]})
    assert "<b>t" not in found.page("<i>a")
    assert "<i>a" not in found.page("<i>a")
    assert "<i>" not in found.explain("<i>a", JULY)._repr_html_()
