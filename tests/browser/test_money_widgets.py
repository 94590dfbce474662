"""The statement explorer and the split editor in a real browser, each joined to its real kernel half."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from maxbooster_kernel import royalties
from maxbooster_kernel.widgets import splits, statements

pytestmark = pytest.mark.browser

Show = Callable[[Any, Path], Page]


def run(splits_table: Any, count: int = 30) -> royalties.RoyaltyResult:
    lines = pd.DataFrame(
        {
            "track_id": [f"t{number:02d}" for number in range(count)],
            "platform": "spotify",
            "country": "US",
            "streams": [1000 * (number + 1) for number in range(count)],
            "period": "2026-07",
        }
    )
    return royalties.run(lines, splits_table)


def test_a_statement_is_found_and_explained(show: Show) -> None:
    table = {
        "track_id": [f"t{number:02d}" for number in range(30)],
        "recipient_id": [f"person {number:02d}" for number in range(30)],
        "percentage": ["60"] * 30,
    }
    page = show(statements.StatementExplorer(run(table)), statements.BUNDLE)
    expect(page.get_by_role("status")).to_have_text("30 statements, page 1 of 2")
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_role("status")).to_have_text("30 statements, page 2 of 2")
    expect(page.get_by_role("row")).to_have_count(11)
    page.get_by_label("Search recipients").fill("PERSON 07")
    expect(page.get_by_role("status")).to_have_text("1 statement, page 1 of 1")
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("19.20")
    row.press("Enter")
    told = page.get_by_role("region", name="Explanation")
    expect(told).to_contain_text("earned by person 07 in USD")
    expect(told).to_contain_text("19.200000000")
    page.get_by_label("Search recipients").fill("nobody")
    expect(page.get_by_role("status")).to_have_text("no statements")


def test_shares_are_edited_to_100_percent_and_dated(show: Show) -> None:
    table = {
        "track_id": ["t00", "t00", "t01"],
        "recipient_id": ["ada", "ben", "ada"],
        "percentage": ["70", "30", "100"],
    }
    editor = splits.SplitEditor(table)
    page = show(editor, splits.BUNDLE)
    total, save = page.get_by_role("status", name="Total"), page.get_by_role("button", name="Save")
    expect(total).to_have_text("100 %")
    page.get_by_label("Percentage of ada").fill("60")
    expect(total).to_have_text("90 %: 10 % missing.")
    expect(save).to_be_disabled()
    page.get_by_role("button", name="Add share").click()
    page.keyboard.type("cy")
    page.get_by_label("Percentage of cy").fill("10.00001")
    expect(total).to_contain_text("at most four decimals")
    page.get_by_label("Percentage of cy").fill("10.0001")
    expect(total).to_have_text("100.0001 %: 0.0001 % too much.")
    page.get_by_label("Percentage of cy").fill("10")
    expect(total).to_have_text("100 %")
    page.get_by_label("Valid from").fill("2026-08")
    save.click()
    expect(page.get_by_role("alert")).to_have_text("Saved.")
    expect(page.get_by_role("region", name="Agreements")).to_contain_text("2026-08 on: ada 60 %, ben 30 %, cy 10 %")
    expect(page.get_by_role("region", name="Agreements")).to_contain_text(
        "since ever until before 2026-08: ada 70 %, ben 30 %"
    )
    assert editor.splits.to_numpy().tolist() == [
        ["t00", "ada", "70", "", "2026-08"],
        ["t00", "ben", "30", "", "2026-08"],
        ["t00", "ada", "60", "2026-08", ""],
        ["t00", "ben", "30", "2026-08", ""],
        ["t00", "cy", "10", "2026-08", ""],
        ["t01", "ada", "100", "", ""],
    ]
    paid = {row["recipient_id"]: row["amount"] for row in run(editor.splits, 2).payouts.to_dict("records")}
    assert paid == {"ada": Decimal("10.8"), "ben": Decimal("1.2")}
    page.get_by_role("button", name="Split evenly").click()
    expect(page.get_by_label("Percentage of ada")).to_have_value("33.3334")
    expect(total).to_have_text("100 %")
    page.get_by_label("Recording").select_option("t01")
    expect(page.get_by_label("Percentage of ada")).to_have_value("100")
