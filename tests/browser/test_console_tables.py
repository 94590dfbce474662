"""The session as tables: cells edited in place, in step with the studio of another page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from lab import Lab, Seen, write_stems
from playwright.sync_api import Browser, Locator, Page, expect
from stage import open_stage

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def pages(browser: Browser, lab: Lab) -> Iterator[tuple[Page, Page]]:
    folder = lab.root / "tables"
    mb.Session.from_stems(write_stems(folder / "stems", 2.0)).save(folder / "song.mbsession")
    tables = open_stage(browser, lab, "tables/song.mbsession", view="tables")
    studio = open_stage(browser, lab, "tables/song.mbsession")
    seen = [Seen(page) for page in (tables, studio)]
    yield tables, studio
    assert [error for page in seen for error in page.errors] == []
    for page in (tables, studio):
        page.context.close()


def cell(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def test_tracks_are_edited_in_cells(pages: tuple[Page, Page]) -> None:
    tables, studio = pages
    gain = cell(tables, "drums Gain (dB)")
    expect(gain).to_have_value("0")
    gain.fill("-4,5")
    gain.press("Enter")
    expect(studio.get_by_role("slider", name="drums gain", exact=True)).to_have_attribute("aria-valuenow", "-4.5")
    gain.fill("loud")
    gain.press("Enter")
    expect(gain).to_have_value("-4.5")
    gain.press("ArrowUp")
    expect(studio.get_by_role("slider", name="drums gain", exact=True)).to_have_attribute("aria-valuenow", "-4")
    cell(tables, "bass Pan").fill("9")
    cell(tables, "bass Pan").press("Enter")
    expect(cell(tables, "bass Pan")).to_have_value("1")
    tables.get_by_role("checkbox", name="lead Mute", exact=True).check()
    expect(studio.get_by_role("button", name="lead mute", exact=True)).to_have_attribute("aria-pressed", "true")
    cell(tables, "lead Name").fill("Lead Vocal")
    cell(tables, "lead Name").press("Enter")
    expect(studio.get_by_role("slider", name="Lead Vocal gain", exact=True)).to_have_count(1)
    cell(tables, "Lead Vocal Name").press("Control+z")
    expect(studio.get_by_role("slider", name="lead gain", exact=True)).to_have_count(1)


def test_a_change_of_another_page_shows_in_the_cell(pages: tuple[Page, Page]) -> None:
    tables, studio = pages
    chords = studio.get_by_role("slider", name="chords gain", exact=True)
    chords.press("PageDown")
    expect(cell(tables, "chords Gain (dB)")).to_have_value("-3")
    typed = cell(tables, "bass Gain (dB)")
    typed.fill("-7")
    for shown in ("-6", "-9"):
        chords.press("PageDown")
        expect(cell(tables, "chords Gain (dB)")).to_have_value(shown)
    typed.press("Enter")
    expect(studio.get_by_role("slider", name="bass gain", exact=True)).to_have_attribute("aria-valuenow", "-7")


def test_clips_and_markers_are_edited_added_and_deleted(pages: tuple[Page, Page]) -> None:
    tables, studio = pages
    tables.get_by_role("tab", name="Clips").click()
    start = tables.get_by_role("textbox", name=re.compile(r"^drums .* Start \(s\)$"))
    start.fill("1.25")
    start.press("Enter")
    expect(studio.get_by_role("button", name=re.compile(r"^drums clip drums\.wav at 00:01\.250$"))).to_have_count(1)
    tables.get_by_role("tab", name="Markers").click()
    tables.get_by_role("button", name="Add marker").click()
    cell(tables, "Marker 1 Name").fill("Chorus")
    cell(tables, "Marker 1 Name").press("Enter")
    cell(tables, "Chorus Time (s)").fill("1.5")
    cell(tables, "Chorus Time (s)").press("Enter")
    snapshot = studio.evaluate("() => window.seat.session.snapshot()")
    studio.wait_for_function("() => window.seat.session.snapshot().markers[0]?.time_s === 1.5")
    assert snapshot["tracks"][0]["clips"][0]["start_s"] == 1.25
    tables.get_by_role("button", name="Delete Chorus").click()
    studio.wait_for_function("() => window.seat.session.snapshot().markers.length === 0")


def test_ten_thousand_rows_are_scrolled_sorted_and_copied(browser: Browser, lab: Lab) -> None:
    comments = [{"id": f"k{n}", "time_s": n / 10, "author": "Ada", "text": f"take {n}"} for n in range(10_000)]
    session = {"format": "maxbooster-session", "version": 1, "comments": comments}
    (lab.root / "tables").mkdir(exist_ok=True)
    (lab.root / "tables" / "many.mbsession").write_text(json.dumps(session))
    page = open_stage(browser, lab, "tables/many.mbsession", view="tables", ready=False)
    expect(page.get_by_text("No tracks yet")).to_be_visible()
    page.get_by_role("tab", name="Comments").click()
    rows = page.locator(".mb-sheet tbody tr[aria-rowindex]")
    expect(page.get_by_role("table", name="Comments")).to_have_attribute("aria-rowcount", "10001")
    expect(rows.first.locator("td").nth(3).locator("input")).to_have_value("take 0")
    assert rows.count() < 100
    page.locator(".mb-sheet").evaluate("(sheet) => { sheet.scrollTop = sheet.scrollHeight; }")
    last = page.locator('tr[aria-rowindex="10001"] .mb-cell-text input')
    expect(last).to_have_value("take 9999")
    assert rows.count() < 100
    last.fill("the one")
    page.locator(".mb-sheet").evaluate("(sheet) => { sheet.scrollTop = 0; }")
    expect(rows.first.locator(".mb-cell-text input")).to_have_value("take 0")
    page.wait_for_function("() => window.seat.session.snapshot().comments.at(-1).text === 'the one'")
    page.get_by_role("button", name="Time (s)").click()
    page.get_by_role("button", name="Time (s)").click()
    expect(rows.first.locator(".mb-cell-text input")).to_have_value("the one")
    rows.first.locator(".mb-cell-text input").press("Enter")
    expect(rows.nth(1).locator(".mb-cell-text input")).to_be_focused()
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    page.get_by_role("button", name="Copy as CSV").click()
    expect(page.get_by_text("Copied 10000 rows")).to_be_visible()
    assert page.evaluate("() => window.copied.split('\\r\\n')[1]") == "999.9,,Ada,the one,no"
    page.context.close()
