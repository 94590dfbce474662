"""Automation recorded by riding a fader while the studio plays, seen and heard by another page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from lab import Lab, Seen, write_stems
from playwright.sync_api import Browser, Page, expect
from stage import open_stage

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.quiet]
MOST_A_SECOND = 30


@pytest.fixture(scope="module")
def pages(browser: Browser, lab: Lab) -> Iterator[tuple[Page, Page]]:
    folder = lab.root / "recording"
    mb.Session.from_stems(write_stems(folder / "stems", 24.0)).save(folder / "song.mbsession")
    ada, ben = (open_stage(browser, lab, "recording/song.mbsession") for _ in range(2))
    seen = [Seen(page) for page in (ada, ben)]
    yield ada, ben
    assert [error for page in seen for error in page.errors] == []
    for page in (ada, ben):
        page.context.close()


def lane(page: Page) -> list[dict[str, Any]]:
    return page.evaluate("() => window.seat.session.snapshot().automation['drums/gain'] ?? []")


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def test_a_fader_ridden_while_it_plays_is_automation(pages: tuple[Page, Page]) -> None:
    ada, ben = pages
    record = button(ada, "Record automation")
    expect(record).to_have_attribute("aria-pressed", "false")
    record.click()
    expect(record).to_have_attribute("aria-pressed", "true")
    button(ada, "Play").click()
    ada.wait_for_function("() => window.seat.engine.player.position() > 0.5")
    ada.evaluate(
        """() => {
            window.sent = 0;
            window.seat.session.doc.on('update', () => { window.sent++; });
            window.gapsBefore = window.seat.engine.player.gaps.length;
        }"""
    )
    fader = ada.get_by_role("slider", name="drums gain", exact=True)
    box = fader.bounding_box()
    ada.mouse.move(box["x"] + 10, box["y"] + 50)
    began = ada.evaluate("() => window.seat.engine.player.position()")
    ada.mouse.down()
    for step in range(0, 40, 3):
        ada.mouse.move(box["x"] + 10, box["y"] + 50 + step)
    lowest = float(fader.get_attribute("aria-valuenow"))
    still = ada.evaluate("() => window.seat.engine.player.position()")
    ada.wait_for_function("(still) => window.seat.engine.player.position() > still + 0.8", arg=still)
    ada.mouse.up()
    ended, sent, gaps = ada.evaluate(
        "() => [window.seat.engine.player.position(), window.sent, window.seat.engine.player.gaps.length]"
    )
    assert gaps == ada.evaluate("() => window.gapsBefore")
    assert 2 < sent <= MOST_A_SECOND * (ended - began) + 3
    points = lane(ada)
    assert points[0]["curve"] == "set"
    assert all(before["time_s"] < after["time_s"] for before, after in pairwise(points))
    assert began - 0.2 < points[0]["time_s"] < points[-1]["time_s"] < ended + 0.2
    assert points[-1]["value"] == pytest.approx(10 ** (lowest / 20), rel=1e-3)
    assert points[-1]["time_s"] - points[-2]["time_s"] > 0.3, "a fader held still is one line"
    assert len(points) < 30
    assert ada.evaluate("() => window.seat.session.snapshot().tracks[0].gain") == 1
    button(ada, "Stop").click()
    ben.wait_for_function("(count) => window.seat.session.snapshot().automation['drums/gain']?.length === count",
                          arg=len(points))  # fmt: skip
    assert lane(ben) == points


def test_the_ride_is_one_undo_step_and_is_heard_on_the_other_page(pages: tuple[Page, Page]) -> None:
    ada, ben = pages
    points = lane(ada)
    button(ada, "Undo").click()
    ben.wait_for_function("() => (window.seat.session.snapshot().automation['drums/gain'] ?? []).length === 0")
    button(ada, "Redo").click()
    ben.wait_for_function("(count) => window.seat.session.snapshot().automation['drums/gain']?.length === count",
                          arg=len(points))  # fmt: skip
    button(ben, "Play").click()
    fader = ben.get_by_role("slider", name="drums gain", exact=True)
    ben.wait_for_function("(end) => window.seat.engine.player.position() > end", arg=points[-1]["time_s"] + 0.1)
    level = ben.evaluate(
        "() => Number(document.querySelector('[data-strip=drums] [role=slider][aria-label=\"drums gain\"]')"
        ".getAttribute('aria-valuenow'))"
    )
    assert 10 ** (level / 20) == pytest.approx(points[-1]["value"], rel=0.02)
    button(ben, "Stop").click()
    expect(fader).to_have_attribute("aria-valuenow", "0")


def test_not_armed_a_fader_is_just_a_fader(pages: tuple[Page, Page]) -> None:
    ada, _ = pages
    before = lane(ada)
    button(ada, "Record automation").click()
    button(ada, "Play").click()
    ada.wait_for_function("() => window.seat.engine.player.position() > 0.2")
    ada.get_by_role("slider", name="bass gain", exact=True).press("ArrowDown")
    assert ada.evaluate("() => window.seat.session.snapshot().automation['bass/gain'] ?? []") == []
    expect(ada.get_by_role("slider", name="bass gain", exact=True)).to_have_attribute("aria-valuenow", "-0.5")
    button(ada, "Stop").click()
    assert lane(ada) == before
