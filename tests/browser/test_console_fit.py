"""The studio in small and large windows: timeline, mixer and an open panel are seen together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab import Lab, Seen, write_stems
from playwright.sync_api import Browser, Page, expect
from stage import open_stage

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server]

BOX = "(element) => { const { top, bottom } = element.getBoundingClientRect(); return [top, bottom]; }"


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """A session of twelve tracks, the last with five bands."""
    folder = lab.root / "fit"
    session = mb.Session.from_stems(write_stems(folder / "stems", 2.0))
    for number in range(5, 13):
        session.tracks.add(f"Track {number}", track_id=f"t{number}")
    session.save(folder / "song.mbsession")
    page = open_stage(browser, lab, "fit/song.mbsession")
    seen = Seen(page)
    yield page
    assert not seen.errors
    page.context.close()


def test_a_small_window_holds_timeline_mixer_and_panel_with_the_track_in_hand(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("[data-strip=t12] .mb-name").click()
    page.locator(".mb-studio").press("1")
    expect(page.get_by_role("combobox", name="Track 12 add band")).to_be_in_viewport(ratio=1)
    for _ in range(2):
        page.get_by_role("combobox", name="Track 12 add band").select_option("peaking")
    expect(page.locator(".mb-studio")).to_have_class("mb-studio mb-low")
    for place in (".mb-transport", ".mb-ruler-row", "[data-lane=t12]", "[data-strip=t12] .mb-output"):
        expect(page.locator(place)).to_be_in_viewport(ratio=1)
    for control in ("Track 12 gain", "Track 12 pan", "Track 12 low", "Track 12 compressor ratio"):
        expect(page.get_by_role("slider", name=control, exact=True)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("combobox", name="Track 12 add band")).to_be_in_viewport(ratio=1)
    (top, bottom), (end, _) = (page.locator(name).evaluate(BOX) for name in (".mb-lane-scroll", ".mb-mixer"))
    assert bottom - top > 100
    assert bottom <= end
    page.locator(".mb-studio").press("1")
    expect(page.locator(".mb-studio")).to_have_class("mb-studio")


def test_a_large_window_is_filled(page: Page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1200})
    page.locator(".mb-studio").press("1")
    plot = page.get_by_role("group", name="Equalizer curve")
    page.wait_for_function(
        "(plot) => plot.clientWidth > plot.closest('.mb-section').clientWidth - 40", arg=plot.element_handle()
    )
    page.wait_for_function("() => document.querySelector('.mb-studio').getBoundingClientRect().bottom > 1170")
    handle = page.get_by_role("slider", name="Track 12 mid band")
    around, at = plot.bounding_box(), handle.bounding_box()
    assert around
    assert at
    share = (at["x"] + at["width"] / 2 - around["x"]) / around["width"]
    assert share == pytest.approx(0.566, abs=0.01)  # 1 kHz of 20 Hz to 20 kHz; new bands lie elsewhere
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(around["x"] + around["width"] * 0.9, around["y"] + 20, steps=4)
    page.mouse.up()
    [*_, track] = page.evaluate("() => window.seat.session.snapshot().tracks")
    frequency = next(band["frequency"] for band in track["eq"]["bands"] if band["id"] == "mid")
    assert frequency == pytest.approx(20 * 1000**0.9, rel=0.05)
    page.locator(".mb-studio").press("1")


def test_the_list_of_shortcuts_is_seen_whole(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator(".mb-studio").press("?")
    listed = page.get_by_role("dialog", name="Keyboard shortcuts")
    assert listed.evaluate("(element) => element.scrollHeight - element.clientHeight") == 0
    page.set_viewport_size({"width": 800, "height": 500})
    listed.evaluate("(element) => element.scrollTo(0, 1e6)")
    expect(listed.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
