"""Plots of money show the table's sums, in both themes."""

from __future__ import annotations

import matplotlib as mpl
import pandas as pd
import pytest

mpl.use("Agg")

from matplotlib import pyplot as plt

from maxbooster_kernel import plots, royalties
from maxbooster_kernel.plots import theme


@pytest.fixture(scope="module")
def result() -> royalties.RoyaltyResult:
    countries = [f"C{i}" for i in range(12)]
    rows = [("t", "spotify", c, 1000 * (i + 1), f"2026-0{m}") for i, c in enumerate(countries) for m in (1, 2)]
    rows.append(("t", "appleMusic", "US", -100, "2026-02"))
    lines = pd.DataFrame(rows, columns=["track_id", "platform", "country", "streams", "period"])
    splits = pd.DataFrame({"track_id": ["t", "t"], "recipient_id": ["ada", "ben"], "percentage": ["70", "30"]})
    terms = pd.DataFrame({"recipient_id": ["ben"], "minimum_payout": ["1000"]})
    return royalties.run(lines, splits, terms=terms)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_bars_add_up_to_the_revenue(result: royalties.RoyaltyResult, name: str) -> None:
    with theme.theme(name):
        axes = plots.revenue(result.breakdown, by="country")
    heights = sum(bar.get_height() for bar in axes.patches)
    assert heights == pytest.approx(float(result.breakdown["earnings"].sum()))
    assert [text.get_text() for text in axes.get_legend().get_texts()][-1] == "other"
    plt.close(axes.figure)


def test_payouts_tell_paid_from_carried(result: royalties.RoyaltyResult) -> None:
    axes = plots.payouts(result.statements)
    widths = sorted(round(bar.get_width(), 2) for bar in axes.patches)
    paid = result.statements.groupby("recipient_id")["gross_paid"].sum()
    assert paid["ben"] == 0
    assert round(float(paid["ada"]), 2) in widths
    plt.close(axes.figure)


def test_an_empty_table_draws_nothing(result: royalties.RoyaltyResult) -> None:
    axes = plots.revenue(result.breakdown[:0])
    assert not axes.patches
    plt.close(axes.figure)
