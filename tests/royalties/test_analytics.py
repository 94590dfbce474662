"""The tables of money add up exactly; what stands out is found with its evidence; forecasts are judged on the past."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel import royalties
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties import analytics, anomalies
from maxbooster_kernel.royalties.forecast import forecast
from maxbooster_kernel.royalties.periods import period
from maxbooster_kernel.royalties.rates import price_book
from maxbooster_kernel.royalties.waterfall import waterfall

COLUMNS = ["track_id", "platform", "country", "period", "currency", "streams", "earnings"]
SMALL = pd.DataFrame(
    [
        ("a", "spotify", "US", "2025-07", "USD", 1000, Decimal(4)),
        ("a", "spotify", "US", "2026-06", "USD", 1000, Decimal(4)),
        ("a", "spotify", "US", "2026-07", "USD", 1500, Decimal(6)),
        ("a", "deezer", "DE", "2026-07", "USD", 1000, Decimal("1.000000001")),
        ("b", "spotify", "UK", "2026-07", "USD", 500, Decimal("0.95")),
        ("b", "spotify", "UK", "2026-07", "EUR", 500, Decimal("0.9")),
        ("c", "deezer", "DE", "2026-07", "USD", -10, Decimal("-0.5")),
    ],
    columns=COLUMNS,
)


def test_trends_are_exact() -> None:
    table = analytics.trend(SMALL, by="platform")
    rows = {(row["period"], row["platform"]): row for row in table.to_dict("records")}
    july = rows["2026-07", "spotify"]
    assert (july["streams"], july["revenue"], july["per_1000"]) == (2000, Decimal("6.95"), Decimal("3.475"))
    assert july["cumulative"] == Decimal("14.95")
    assert july["growth_month"] == pytest.approx(6.95 / 4 - 1)
    assert july["growth_year"] == pytest.approx(6.95 / 4 - 1)
    assert july["share"] == pytest.approx(6.95 / 7.450000001)
    assert rows["2026-07", "deezer"]["per_1000"] == Decimal("0.505050506")
    assert math.isnan(rows["2026-06", "spotify"]["growth_month"])
    assert table.attrs["currency"] == "USD"
    assert analytics.trend(SMALL, by=None, currency="EUR")["revenue"].tolist() == [Decimal("0.9")]


def test_the_top_and_the_others_are_everything() -> None:
    table = analytics.top(SMALL, count=1)
    assert table["track_id"].tolist() == ["a", "other"]
    assert sum(table["revenue"]) == Decimal("15.450000001")
    assert analytics.top(SMALL, by="platform")["per_1000"].tolist()[1] == Decimal("0.505050506")


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(-(10**12), 10**13)), min_size=1, max_size=30))
def test_every_table_keeps_every_nano(cells: list[tuple[str, int]]) -> None:
    rows = [(name, "p", "US", "2026-07", "USD", 1, Decimal(nanos).scaleb(-9)) for name, nanos in cells]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    exact = Decimal(sum(nanos for _, nanos in cells)).scaleb(-9)
    for table in (analytics.trend(frame, by="track_id"), analytics.top(frame, count=2), analytics.pareto(frame)):
        assert sum(table["revenue"], Decimal(0)) == exact
    assert sum(analytics.catalogue_age(frame)[["new", "back"]].sum()) == exact


def test_pareto_and_concentration() -> None:
    rows = [(f"t{n:03d}", "p", "US", "2026-07", "USD", 1, Decimal(100 if n < 2 else 1)) for n in range(202)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    shares = analytics.concentration(frame)
    assert shares["top_1_percent"] == pytest.approx((200 + 1) / 400)
    table = analytics.pareto(frame)
    assert table["cumulative_share"].iloc[-1] == 1.0
    assert table["cumulative_share"].is_monotonic_increasing


def test_new_and_back_catalogue() -> None:
    table = analytics.catalogue_age(SMALL, released={"a": "2020-01"}, new_months=12)
    july = table[table["period"] == "2026-07"].iloc[0]
    assert (july["new"], july["back"]) == (Decimal("0.45"), Decimal("7.000000001"))


def test_earnings_beside_the_price_book() -> None:
    table = analytics.against_rates(SMALL, price_book())
    rows = {(row["period"], row["platform"], row["country"]): row for row in table.to_dict("records")}
    assert rows["2026-07", "spotify", "UK"]["expected"] == Decimal("1.9")
    assert rows["2026-07", "spotify", "UK"]["residual"] == Decimal("-0.95")
    assert rows["2026-07", "deezer", "DE"]["expected"] is None


def test_two_runs_reconciled() -> None:
    before = pd.DataFrame({"period": ["2026-07"], "recipient_id": ["ada"], "currency": ["USD"], "amount": [Decimal(2)]})
    after = before.assign(amount=[Decimal("2.5")])
    table = analytics.reconcile(before, after)
    assert table.to_numpy().tolist() == [
        ["2026-07", "ada", "USD", "amount", Decimal(2), Decimal("2.5"), Decimal("0.5")]
    ]
    assert len(analytics.reconcile(after, after)) == 0


def test_inexact_tables_are_refused() -> None:
    with pytest.raises(RoyaltyError, match="binary floats"):
        analytics.trend(SMALL.assign(earnings=1.5))
    with pytest.raises(RoyaltyError, match="missing"):
        analytics.trend(SMALL.drop(columns="country"))


def test_the_waterfall_leads_from_gross_to_what_was_paid() -> None:
    lines = pd.DataFrame(
        {
            "track_id": ["a", "b"],
            "platform": "spotify",
            "country": "US",
            "streams": [10_000, 5000],
            "period": ["2026-06", "2026-07"],
        }
    )
    splits = {"track_id": ["a", "b"], "recipient_id": ["ada", "ben"], "percentage": ["80", "100"]}
    terms = {
        "recipient_id": ["ada", "ben"],
        "advance": ["5", "0"],
        "withholding": ["0", "30"],
        "minimum_payout": ["0", "0"],
        "opening": ["1.005", "0"],
    }
    steps = waterfall(royalties.run(lines, splits, terms=terms))
    told = {step.name: step.amount for step in steps}
    assert told["gross"] == 60
    assert told["unallocated"] == -8
    assert told["carried in"] == Decimal("1.005")
    assert told["recouped"] == -5
    assert told["tax withheld"] == -6
    assert told["carried on"] == Decimal("-0.005")
    assert told["payable"] + told["tax withheld"] == told["paid"] == 42
    assert [step.name for step in steps if step.kind == "level"] == ["gross", "payable", "paid"]


def year(
    streams: dict[int, int], *, track: str = "a", platform: str = "spotify", country: str = "US", price: str = "0.004"
) -> list[tuple[object, ...]]:
    return [
        (track, platform, country, period(24312 + number), "USD", count, Decimal(price) * count)
        for number, count in streams.items()
    ]


def quiet() -> list[tuple[object, ...]]:
    rows = []
    for track in "abcd":
        for platform in ("spotify", "deezer"):
            for country in ("US", "DE"):
                rows += year(
                    {n: 5000 + 37 * ((n * 7 + ord(track)) % 11) for n in range(12)},
                    track=track,
                    platform=platform,
                    country=country,
                )
    return rows


def test_a_quiet_catalogue_has_no_flags() -> None:
    assert anomalies.flags(pd.DataFrame(quiet(), columns=COLUMNS)) == []


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        (year({11: 400_000}), "spike", "times as many"),
        (year({11: 90_000}, country="VN"), "new_territory", "VN has"),
        (year(dict.fromkeys(range(12), 5000), track="e"), "one_platform", "are on spotify"),
        (year({11: 50_000}, track="a", price="0.04"), "price", "a thousand streams earned"),
    ],
)
def test_what_stands_out_is_flagged_with_evidence(rows: list[tuple[object, ...]], code: str, words: str) -> None:
    found = anomalies.flags(pd.DataFrame(quiet() + rows, columns=COLUMNS))
    [flag, *_] = [flag for flag in found if flag.code == code]
    assert words in flag.evidence
    assert "fraud" not in flag.evidence
    assert flag.track_id == rows[0][0]
    assert set(anomalies.table(found).columns) >= {"code", "evidence", "score"}


def series(months: int, *, trend: float = 0.02, noise: float = 0.02, seed: int = 1) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    swing = 1.0 + 0.3 * np.sin(2 * np.pi * np.arange(months) / 12)
    values = 1000 * np.exp(trend * np.arange(months)) * swing * np.exp(rng.normal(0, noise, months))
    return {period(24000 + number): float(value) for number, value in enumerate(values)}


def test_a_trend_beats_the_seasonal_naive_forecast() -> None:
    made = forecast(series(48), months=6)
    assert made.method == "damped_trend"
    assert made.mase["damped_trend"] < made.mase["seasonal_naive"]
    assert made.mase["damped_trend"] < 1.0
    assert made.covered[0.8] >= 0.79
    assert made.covered[0.95] >= made.covered[0.8]
    truth = np.array([1000 * np.exp(0.02 * n) * (1 + 0.3 * np.sin(2 * np.pi * n / 12)) for n in range(48, 54)])
    assert np.abs(made.middle / truth - 1).max() < 0.15
    assert (made.low[0.95] < made.low[0.8]).all()
    assert (made.high[0.8] < made.high[0.95]).all()
    assert made.table()["period"].tolist() == [period(24048 + n) for n in range(6)]


def test_where_it_is_no_better_the_seasonal_naive_forecast_is_taken() -> None:
    exact = {period(24000 + n): 100.0 + 10 * (n % 12) for n in range(48)}
    made = forecast(exact)
    assert made.method == "seasonal_naive"
    assert made.middle.tolist() == pytest.approx([100.0 + 10 * n for n in range(6)])


def test_short_histories_are_carried_on_and_shorter_ones_refused() -> None:
    made = forecast({"2026-01": 5.0, "2026-02": 7.0, "2026-04": 6.0}, months=2)
    assert (made.method, made.history, made.middle.tolist()) == (
        "naive",
        ("2026-01", "2026-02", "2026-03", "2026-04"),
        [6.0, 6.0],
    )
    with pytest.raises(RoyaltyError, match="three months"):
        forecast({"2026-01": 5.0})
    with pytest.raises(RoyaltyError, match="needs 24 months"):
        forecast(series(12), method="damped_trend")
