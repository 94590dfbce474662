"""The release form in a real browser, joined to its real kernel half: findings renewed, text kept, saved when asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab import Lab, Seen, open_notebook, write_notebook
from playwright.sync_api import Browser, Page, expect

import maxbooster_kernel as mb
from maxbooster_kernel.widgets import release_form

pytestmark = pytest.mark.browser

DRAFT = {
    "upc": "9520000260019",
    "title": "Night",
    "artists": [{"name": "Ada Vale", "role": "MainArtist"}],
    "p_line": {"year": 2026, "text": "2026 North Pier"},
    "tracks": [{"title": "Dawn", "duration_s": 60.5}, {"title": "Dusk", "isrc": "USABC2600002", "duration_s": 80}],
}


def test_a_draft_is_repaired_field_by_field_and_saved(show: Callable[[Any, Path], Page], tmp_path: Path) -> None:
    path = mb.Release.from_dict(DRAFT).to_json(tmp_path / "RELEASE.json")
    before = path.read_bytes()
    form = mb.Release.from_json(path).form()
    page = show(form, release_form.BUNDLE)
    left, state = page.get_by_role("status", name="Left to do"), page.get_by_role("status", name="State")
    expect(left).to_have_text(form.view["left"])
    expect(state).to_have_text("Saved in RELEASE.json.")
    label, year = page.get_by_label("Label", exact=True), page.get_by_label("P-line year")
    expect(label).to_have_accessible_description("Error: the release has no label (name the label, or yourself)")
    expect(label).to_have_attribute("aria-invalid", "true")
    label.fill("North Pier")
    label.press("Enter")  # the keyboard alone
    expect(label).to_have_accessible_description("")
    expect(label).to_have_attribute("aria-invalid", "false")
    expect(left).to_have_text(form.view["left"])
    expect(state).to_have_text("Not saved: RELEASE.json is as it was.")
    assert path.read_bytes() == before

    year.fill("MMXXVI")
    year.press("Tab")
    expect(year).to_have_accessible_description('Not taken: p_line.year: expected a whole number, got "MMXXVI"')
    expect(state).to_contain_text("1 field is not taken")
    isrc = page.get_by_role("textbox", name="ISRC 1-01")
    isrc.fill("USABC2600002")
    isrc.press("Tab")
    expect(page.get_by_role("textbox", name="ISRC 1-02")).to_have_accessible_description(
        "Error: USABC2600002 is also the ISRC of tracks[0] (one a recording)"
    )
    expect(year).to_have_value("MMXXVI")
    assert form.release.to_dict()["p_line"]["year"] == 2026
    explicit = page.get_by_role("combobox", name="Explicit 1-02")
    explicit.select_option("NotExplicit")
    expect(explicit).to_have_accessible_description("")
    year.fill("2025")
    isrc.fill("USABC2600001")
    page.get_by_role("button", name="Save").click()
    expect(state).to_have_text("Saved in RELEASE.json.")
    saved = mb.Release.from_json(path)
    assert saved == form.release
    assert (saved.record.label, saved.tracks[0].isrc) == ("North Pier", "USABC2600001")
    assert saved.to_dict()["p_line"]["year"] == 2025

    mb.Release.from_dict(DRAFT).to_json(path)
    label.fill("South Pier")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("changed by others")
    assert path.read_bytes() == before


def test_in_lab_it_is_filled_in_by_keyboard_alone(browser: Browser, lab: Lab) -> None:
    path = mb.Release.from_dict(DRAFT).to_json(lab.root / "release_form.json")
    cell = 'import maxbooster_kernel as mb\n\nmb.Release.from_json("release_form.json").form()'
    write_notebook(lab.root / "release_form.ipynb", cell)
    page = open_notebook(browser, lab, "release_form.ipynb", workspace="release_form", shows=".mb-form", dark=True)
    seen = Seen(page)
    form = page.get_by_role("form", name="Release")
    label = form.get_by_label("Label", exact=True)
    label.focus()
    page.keyboard.type("bad add")  # letters that are Lab's shortcuts outside of a field
    page.keyboard.press("Enter")
    expect(label).to_have_accessible_description("")
    expect(form.get_by_role("status", name="State")).to_have_text("Not saved: release_form.json is as it was.")
    form.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    expect(form.get_by_role("status", name="State")).to_have_text("Saved in release_form.json.")
    assert mb.Release.from_json(path).record.label == "bad add"
    assert page.locator(".jp-Cell").count() == 1
    assert seen.errors == []
    page.context.close()
