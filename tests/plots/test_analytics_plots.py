"""Plots of what the money says show the tables they are drawn from, in both themes."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

from matplotlib import pyplot as plt

from maxbooster_kernel import plots, royalties
from maxbooster_kernel.plots import theme
from maxbooster_kernel.royalties import analytics, anomalies
from maxbooster_kernel.royalties.forecast import forecast
from maxbooster_kernel.royalties.periods import period
from maxbooster_kernel.royalties.waterfall import waterfall


@pytest.fixture(scope="module")
def result() -> royalties.RoyaltyResult:
    rows = [
        (
            f"t{track:02d}",
            platform,
            country,
            (1000 + 10 * month) // (track + 1) * (60 if (track, month) == (2, 20) else 1),
            period(24288 + month),
        )
        for track in range(15)
        for month in range(30)
        for platform in ("spotify", "appleMusic")
        for country in ("US", "UK")
    ]
    lines = pd.DataFrame(rows, columns=["track_id", "platform", "country", "streams", "period"])
    splits = {"track_id": ["t00", "t01"], "recipient_id": ["ada", "ada"], "percentage": ["100", "50"]}
    return royalties.run(lines, splits, terms={"recipient_id": ["ada"], "withholding": ["30"]})


@pytest.fixture(autouse=True, params=["light", "dark"])
def look(request: pytest.FixtureRequest) -> object:
    with theme.theme(request.param) as colours:
        yield colours
    plt.close("all")


def test_the_heat_map_has_a_row_a_country_and_a_column_a_month(result: royalties.RoyaltyResult) -> None:
    axes = plots.territories(result.breakdown)
    assert axes.images[0].get_array().shape == (2, 30)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["US", "UK"]
    assert len(axes.get_xticks()) <= 14


def test_the_lag_map_adds_up_to_every_month() -> None:
    rows = [("a", "spotify", "US", 1, period(24288 + n), "0.5", "USD", period(24290 + n)) for n in range(5)]
    rows.append(("a", "spotify", "US", 1, period(24288), "0.25", "USD", period(24295)))
    names = ["track_id", "platform", "country", "streams", "period", "amount", "currency", "reported"]
    table = royalties.lag.sales_lag(pd.DataFrame(rows, columns=names))
    axes = plots.sales_lag(table)
    shares = axes.images[0].get_array()
    assert shares.shape == (6, 5)
    assert shares.sum(axis=0).tolist() == pytest.approx([1.0] * 5)
    assert [text.get_text() for text in axes.texts] == ["67%", *["100%"] * 4, "33%"]


def test_bars_show_everyone(result: royalties.RoyaltyResult) -> None:
    axes = plots.top(result.breakdown, count=4)
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(float(result.breakdown["earnings"].sum()))
    assert axes.get_yticklabels()[0].get_text() == "other"


def test_the_curve_ends_at_everything(result: royalties.RoyaltyResult) -> None:
    line = plots.pareto(result.breakdown).lines[1]
    assert line.get_xydata()[-1].tolist() == [100.0, 100.0]
    assert (np.diff(line.get_ydata()) >= 0).all()


def test_a_line_a_platform(result: royalties.RoyaltyResult) -> None:
    axes = plots.per_thousand(result.breakdown)
    table = analytics.trend(result.breakdown)
    drawn = {line.get_label(): line.get_ydata().tolist() for line in axes.lines}
    assert drawn["spotify"] == [float(value) for value in table[table["platform"] == "spotify"]["per_1000"]]


def test_places_are_those_of_the_last_month(result: royalties.RoyaltyResult) -> None:
    axes = plots.ranks(result.breakdown, count=3)
    assert [text.get_text().strip() for text in axes.texts] == ["t00", "t01", "t02"]
    assert [line.get_ydata()[-1] for line in axes.lines] == [1.0, 2.0, 3.0]
    assert axes.lines[2].get_ydata()[20] == 1.0


def test_the_bars_of_the_waterfall_hang_together(result: royalties.RoyaltyResult) -> None:
    steps = waterfall(result)
    axes = plots.waterfall(steps, currency="USD")
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([float(step.amount) for step in steps])
    tops = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in axes.patches]
    for (_, before), (base, _), step in zip(tops, tops[1:], steps[1:], strict=False):
        assert base == pytest.approx(before if step.kind == "change" else 0.0)
    assert max(top for _, top in tops) < axes.get_ylim()[1]


def test_the_fan_opens(result: royalties.RoyaltyResult) -> None:
    made = forecast(analytics.trend(result.breakdown, by=None))
    axes = plots.forecast(made, currency="USD")
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["95% interval", "80% interval", made.method.replace("_", " "), "revenue"]
    assert "MASE" in axes.get_title(loc="left")


def test_what_stands_out_is_marked(result: royalties.RoyaltyResult) -> None:
    found = anomalies.flags(result.breakdown)
    axes = plots.flagged(result.breakdown, found)
    assert axes.get_title(loc="left") == "What stands out in t02"
    assert any("times as many" in text.get_text() for text in axes.texts)
    assert plots.flagged(result.breakdown, []).get_title(loc="left") == "Nothing stands out"
