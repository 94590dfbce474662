"""The history in the page: versions listed, kept, told apart in words, restored; undo of one's own steps alone."""

from __future__ import annotations

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
    folder = lab.root / "history"
    mb.Session.from_stems(write_stems(folder / "stems", 1.0)).save(folder / "song.mbsession")
    ada, ben = (open_stage(browser, lab, "history/song.mbsession") for _ in range(2))
    seen = [Seen(page) for page in (ada, ben)]
    yield ada, ben
    assert [error for page in seen for error in page.errors] == []
    for page in (ada, ben):
        page.context.close()


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name, exact=True)


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("button", name=name, exact=isinstance(name, str))


def shows(page: Page, name: str, value: str) -> None:
    expect(slider(page, name)).to_have_attribute("aria-valuenow", value)


def test_versions_are_kept_compared_in_words_and_restored(pages: tuple[Page, Page]) -> None:
    ada, ben = pages
    button(ada, "History").click()
    expect(ada.get_by_role("list", name="Versions").locator(".mb-automatic")).not_to_have_count(0)
    ada.get_by_role("textbox", name="Version name").fill("rough mix")
    ada.get_by_role("textbox", name="Version name").press("Enter")
    kept = ada.get_by_role("button", name="rough mix", exact=True)
    expect(kept).to_be_visible()
    slider(ada, "drums gain").press("PageDown")
    slider(ben, "bass gain").press("PageDown")
    shows(ada, "bass gain", "-3")
    shows(ben, "drums gain", "-3")
    kept.click()
    words = ada.locator(".mb-changes:not([hidden]) li")
    expect(words).to_have_count(2)
    expect(words.nth(0)).to_have_text(re.compile(r"^drums gain 0\.0 -> -3\.0 dB \(.+\)$"))
    expect(words.nth(1)).to_have_text(re.compile(r"^bass gain 0\.0 -> -3\.0 dB \(.+\)$"))
    button(ada, re.compile("^Restore rough mix")).click()
    for page in pages:
        shows(page, "drums gain", "0")
        shows(page, "bass gain", "0")
    expect(ada.locator(".mb-said")).to_contain_text("Undo takes that back")
    button(ada, "Undo").click()
    for page in pages:
        shows(page, "drums gain", "-3")
        shows(page, "bass gain", "-3")


def test_undo_takes_back_ones_own_steps_alone(pages: tuple[Page, Page]) -> None:
    ada, ben = pages
    slider(ada, "lead gain").press("PageDown")
    shows(ben, "lead gain", "-3")
    slider(ben, "chords gain").press("PageDown")
    shows(ada, "chords gain", "-3")
    button(ada, "Undo").click()
    shows(ben, "lead gain", "0")
    shows(ben, "chords gain", "-3")
    button(ben, "Undo").click()
    shows(ada, "chords gain", "0")
    button(ada, "Redo").click()
    shows(ben, "lead gain", "-3")
    shows(ben, "chords gain", "0")
