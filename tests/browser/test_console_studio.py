"""The whole studio on two pages: timeline, automation, comments, notes, follow mode, rights."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lab import Lab, Seen, write_stems
from playwright.sync_api import Browser, Locator, Page, expect
from stage import open_stage, pull

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server]


@dataclass(frozen=True, slots=True)
class Two:
    """Two people's pages on one session, without a kernel between them."""

    ada: Page
    ben: Page
    path: Path
    seen: list[Seen]

    def snapshot(self) -> dict[str, Any]:
        return self.ada.evaluate("() => window.seat.session.snapshot()")


@pytest.fixture(scope="module")
def two(browser: Browser, lab: Lab) -> Iterator[Two]:
    folder = lab.root / "studio"
    session = mb.Session.from_stems(write_stems(folder / "stems", 8.0))
    session.name = "Night Drive"
    session.save(folder / "song.mbsession")
    pages = [open_stage(browser, lab, "studio/song.mbsession") for _ in range(2)]
    yield Two(*pages, folder / "song.mbsession", [Seen(page) for page in pages])
    for page in pages:
        page.context.close()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def drag(page: Page, locator: Locator, dx: float, dy: float, *, at: tuple[float, float] | None = None) -> None:
    """Drag from the middle of an element, or from a place in it, in small steps."""
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    assert box
    pull(page, dict(box), dx, dy, at or (box["width"] / 2, box["height"] / 2))


def test_waveforms_are_drawn_and_clips_named(two: Two) -> None:
    for name in ("drums", "bass", "chords", "lead"):
        clip = two.ada.get_by_role("button", name=re.compile(rf"^{name} clip {name}\.wav at 00:00\.000$"))
        expect(clip).to_have_count(1)
    two.ada.wait_for_function(
        "() => document.querySelector('[data-lane=drums] .mb-wave g path').getAttribute('d').split('L').length > 500"
    )


def test_a_clip_is_dragged_trimmed_moved_by_key_and_removed(two: Two) -> None:
    clip = two.ada.get_by_role("button", name=re.compile("^bass clip"))
    width = clip.bounding_box()["width"]
    drag(two.ada, clip, width / 4, 0)
    [moved] = two.snapshot()["tracks"][1]["clips"]
    assert moved["start_s"] == pytest.approx(2.0, abs=0.05)
    expect(two.ben.get_by_role("button", name=re.compile(r"^bass clip .* at 00:0(2\.0|1\.9)"))).to_have_count(1)
    clip.press("ArrowLeft")
    [moved] = two.snapshot()["tracks"][1]["clips"]
    assert moved["start_s"] == pytest.approx(1.5, abs=0.05)
    box = clip.bounding_box()
    drag(two.ada, clip, -box["width"] / 2, 0, at=(box["width"] - 2, 30))
    [trimmed] = two.snapshot()["tracks"][1]["clips"]
    assert trimmed["duration_s"] == pytest.approx(4.0, abs=0.2)
    box = clip.bounding_box()
    drag(two.ada, clip, box["width"] / 4, 0, at=(2, 30))
    [trimmed] = two.snapshot()["tracks"][1]["clips"]
    assert trimmed["offset_s"] == pytest.approx(1.0, abs=0.1)
    clip.press("Delete")
    expect(two.ben.get_by_role("button", name=re.compile("^bass clip"))).to_have_count(0)
    for _ in range(5):
        button(two.ada, "Undo").click()
    [back] = two.snapshot()["tracks"][1]["clips"]
    assert (back["start_s"], back["offset_s"], back["duration_s"]) == (0, 0, None)


def test_automation_is_drawn_by_hand_and_shared(two: Two) -> None:
    choice = two.ada.get_by_role("combobox", name="lead automation")
    choice.select_option("lead/gain")
    lane = two.ada.locator("[data-lane=lead] .mb-automation")
    lane.wait_for()
    box = lane.bounding_box()
    two.ada.mouse.dblclick(box["x"] + box["width"] * 0.25, box["y"] + 40)
    two.ada.mouse.dblclick(box["x"] + box["width"] * 0.5, box["y"] + 20)
    points = two.ada.get_by_role("slider", name=re.compile("^lead Volume point at"))
    expect(points).to_have_count(2)
    first, second = two.snapshot()["automation"]["lead/gain"]
    assert (first["curve"], second["curve"]) == ("set", "linear")
    assert first["time_s"] < second["time_s"]
    assert first["value"] < second["value"]
    drag(two.ada, points.nth(0), 0, -15)
    raised = two.snapshot()["automation"]["lead/gain"][0]
    assert raised["value"] > first["value"]
    points.nth(1).press("ArrowDown")
    assert two.snapshot()["automation"]["lead/gain"][1]["value"] < second["value"]
    two.ben.get_by_role("combobox", name="lead automation").select_option("lead/gain")
    expect(two.ben.get_by_role("slider", name=re.compile("^lead Volume point at"))).to_have_count(2)
    points.nth(1).press("Delete")
    points.nth(0).press("Delete")
    expect(two.ben.get_by_role("slider", name=re.compile("^lead Volume point at"))).to_have_count(0)
    for page in (two.ada, two.ben):
        page.get_by_role("combobox", name="lead automation").select_option("")


def test_a_hand_on_a_fader_is_seen_in_its_colour(two: Two) -> None:
    box = two.ada.get_by_role("slider", name="chords gain", exact=True).bounding_box()
    two.ada.mouse.move(box["x"] + 10, box["y"] + 50)
    two.ada.mouse.down()
    touched = two.ben.locator('[data-strip="chords"] .mb-touched')
    expect(touched).to_have_count(1)
    name = two.ada.locator(".mb-people .mb-hidden").first.inner_text().removesuffix(" (you)")
    expect(touched).to_have_attribute("data-peer", name)
    two.ada.mouse.up()
    expect(touched).to_have_count(0)


def test_comments_are_pinned_resolved_and_removed(two: Two) -> None:
    two.ada.evaluate("() => window.seat.engine.player.seek(2.5)")
    two.ada.locator('[data-strip="drums"] .mb-name').click()
    button(two.ada, "Comments").click()
    two.ada.get_by_role("textbox", name="New comment").fill("snare too loud")
    two.ada.get_by_role("textbox", name="New comment").press("Enter")
    button(two.ben, "Comments").click()
    item = two.ben.locator(".mb-comment")
    expect(item).to_contain_text("snare too loud")
    expect(item).to_contain_text("drums")
    expect(two.ben.get_by_role("button", name=re.compile("^Comment by .* at 00:02.4"))).to_have_count(1)
    two.ben.get_by_role("button", name=re.compile("^Resolve comment by")).click()
    expect(two.ada.locator(".mb-comment.mb-resolved")).to_have_count(1)
    [comment] = two.snapshot()["comments"]
    assert (comment["track"], comment["resolved"], comment["text"]) == ("drums", True, "snare too loud")
    two.ada.get_by_role("button", name=re.compile("^Delete comment by")).click()
    expect(two.ben.locator(".mb-comment")).to_have_count(0)


def test_two_people_type_into_the_notes_at_once(two: Two) -> None:
    for page in (two.ada, two.ben):
        button(page, "Notes").click()
    mine, theirs = (page.get_by_role("textbox", name="Session notes") for page in (two.ada, two.ben))
    mine.press_sequentially("verse one")
    expect(theirs).to_have_value("verse one")
    theirs.press("Home")
    theirs.press_sequentially("A: ")
    mine.press("End")
    mine.press_sequentially("!")
    expect(mine).to_have_value("A: verse one!")
    expect(theirs).to_have_value("A: verse one!")
    for page in (two.ada, two.ben):
        button(page, "Notes").click()


def test_the_strip_panel_edits_bands_and_compressor(two: Two) -> None:
    two.ada.locator('[data-strip="drums"] .mb-name').click()
    button(two.ada, "Strip").click()
    handle = two.ada.get_by_role("slider", name="drums mid band", exact=True)
    drag(two.ada, handle, 40, -30)
    band = next(item for item in two.snapshot()["tracks"][0]["eq"]["bands"] if item["id"] == "mid")
    assert band["frequency"] > 1200
    assert band["gain"] > 5
    expect(two.ben.get_by_role("slider", name="drums mid", exact=True)).to_have_attribute(
        "aria-valuenow", f"{band['gain']:g}"
    )
    two.ada.get_by_role("slider", name="drums compressor ratio", exact=True).press("PageDown")
    assert two.snapshot()["tracks"][0]["compressor"]["ratio"] == 11
    two.ada.get_by_role("combobox", name="drums key").select_option("bass")
    assert two.snapshot()["tracks"][0]["compressor"]["key"] == "bass"
    button(two.ada, "drums EQ on").click()
    assert two.snapshot()["tracks"][0]["eq"]["enabled"] is False
    for _ in range(4):
        button(two.ada, "Undo").click()
    assert two.snapshot()["tracks"][0]["compressor"] | {"key": None} == two.snapshot()["tracks"][0]["compressor"]
    button(two.ada, "Strip").click()


def test_a_panel_that_opens_below_a_small_window_comes_into_view(two: Two) -> None:
    page = two.ben
    page.set_viewport_size({"width": 1200, "height": 500})
    page.evaluate("() => scrollTo(0, 0)")
    page.locator('[data-strip="drums"] .mb-name').dispatch_event("click")
    button(page, "Strip").click()
    page.wait_for_function(
        "() => document.querySelector('.mb-drawer').getBoundingClientRect().bottom <= innerHeight + 1"
    )
    button(page, "Strip").click()
    page.set_viewport_size({"width": 1200, "height": 900})


def test_a_track_is_made_named_filled_and_deleted(two: Two) -> None:
    button(two.ada, "Add track").click()
    two.ada.locator(".mb-strip .mb-name", has_text="Track 5").click()
    button(two.ada, "Strip").click()
    name = two.ada.get_by_role("textbox", name="Track 5 name")
    name.fill("Shaker")
    name.press("Enter")
    two.ada.get_by_role("combobox", name="Shaker add clip").select_option("stems/drums.wav")
    expect(two.ben.get_by_role("button", name=re.compile(r"^Shaker clip drums\.wav"))).to_have_count(1)
    track = two.snapshot()["tracks"][-1]
    assert (track["name"], track["clips"][0]["media"]) == ("Shaker", "stems/drums.wav")
    button(two.ada, "Delete Shaker").click()
    expect(two.ben.get_by_role("slider", name="Shaker gain", exact=True)).to_have_count(0)
    button(two.ada, "Strip").click()


def test_the_ruler_seeks_and_sets_the_loop_and_play_stays_in_it(two: Two) -> None:
    ruler = two.ada.locator(".mb-ruler")
    box = ruler.bounding_box()
    ruler.click(position={"x": box["width"] / 2, "y": 25})
    expect(two.ada.get_by_role("timer")).to_have_text(re.compile(r"^00:04\.0"))
    drag(two.ada, ruler, box["width"] / 8.16, 0, at=(2, 25))
    loop = two.ada.evaluate("() => window.seat.engine.player.loopSeconds")
    assert loop["from"] == 0
    assert loop["to"] == pytest.approx(1.0, abs=0.05)
    two.ada.evaluate("() => window.seat.engine.player.seek(0.5)")
    button(two.ada, "Play").click()
    seen = two.ada.evaluate(
        """() => new Promise((resolve) => {
            const { player } = window.seat.engine;
            const seen = [];
            const look = () => {
                seen.push(player.position());
                const jumps = seen.filter((at, i) => i > 0 && at < seen[i - 1] - 0.3).length;
                if (jumps >= 2) resolve({ most: Math.max(...seen), gaps: player.gaps.length });
                else requestAnimationFrame(look);
            };
            look();
        })"""
    )
    assert seen["most"] <= loop["to"]
    button(two.ada, "Stop").click()
    button(two.ada, "Loop").click()
    expect(button(two.ada, "Loop")).to_have_attribute("aria-pressed", "false")
    two.ada.evaluate("() => window.seat.engine.player.seek(0)")


def test_follow_mode_does_what_the_other_does_until_the_own_hand_moves(two: Two) -> None:
    two.ben.locator(".mb-avatar:not(:disabled)").click()
    expect(two.ben.locator('.mb-avatar[aria-pressed="true"]')).to_have_count(1)
    two.ada.evaluate("() => window.seat.engine.player.seek(3)")
    expect(two.ben.get_by_role("timer")).to_have_text(re.compile(r"^00:02\.99|^00:03\.00"))
    button(two.ada, "Play").click()
    expect(button(two.ben, "Play")).to_have_attribute("aria-pressed", "true")
    two.ben.wait_for_function("() => window.seat.engine.player.position() > 3.5")
    button(two.ada, "Pause").click()
    expect(button(two.ben, "Play")).to_have_attribute("aria-pressed", "false")
    expect(two.ben.get_by_role("timer")).to_have_text(two.ada.get_by_role("timer").inner_text())
    button(two.ben, "Stop").click()
    expect(two.ben.locator('.mb-avatar[aria-pressed="true"]')).to_have_count(0)


def test_someone_who_joins_is_seen_at_once_and_who_leaves_is_gone(browser: Browser, lab: Lab, two: Two) -> None:
    count = two.ada.get_by_role("list", name="People").get_by_role("listitem")
    expect(count).to_have_count(2)
    third = open_stage(browser, lab, "studio/song.mbsession")
    expect(count).to_have_count(3, timeout=500)
    expect(third.get_by_role("list", name="People").get_by_role("listitem")).to_have_count(3, timeout=500)
    third.evaluate("() => window.close_studio()")
    expect(count).to_have_count(2, timeout=500)
    third.context.close()


def test_a_viewer_sees_and_hears_but_changes_nothing(browser: Browser, lab: Lab, two: Two) -> None:
    third = open_stage(browser, lab, "studio/song.mbsession")
    me = third.evaluate("async () => (await (await fetch('/api/me')).json()).identity.username")
    lab.api("maxbooster/api/roles/studio/song.mbsession", "PUT", {"username": me, "role": "viewer"})
    expect(third.get_by_role("status")).to_have_text("View only")
    expect(third.get_by_role("slider", name="drums gain", exact=True)).to_have_attribute("aria-disabled", "true")
    expect(button(third, "drums mute")).to_be_disabled()
    expect(button(third, "Add track")).to_be_disabled()
    before = json.dumps(two.snapshot(), sort_keys=True)
    third.get_by_role("slider", name="drums gain", exact=True).press("ArrowDown")
    third.evaluate("() => window.seat.session.edit((edit) => edit.set(['tracks', 'drums'], 'gain', 0.01))")
    slider = two.ben.get_by_role("slider", name="bass gain", exact=True)
    slider.press("ArrowUp")
    expect(two.ada.get_by_role("slider", name="bass gain", exact=True)).to_have_attribute("aria-valuenow", "0.5")
    button(two.ben, "Undo").click()
    expect(two.ada.get_by_role("slider", name="bass gain", exact=True)).to_have_attribute("aria-valuenow", "0")
    assert json.dumps(two.snapshot(), sort_keys=True) == before
    button(third, "Play").click()
    third.wait_for_function("() => window.seat.engine.player.position() > 0.2")
    third.context.close()


def test_a_missing_file_is_said_and_the_others_play(browser: Browser, lab: Lab, two: Two) -> None:
    data = json.loads(two.path.read_text())
    data["uuid"], data["tracks"][0]["clips"][0]["media"] = "other", "stems/gone.wav"
    data.pop("crdt", None)
    (two.path.parent / "broken.mbsession").write_text(json.dumps(data))
    page = open_stage(browser, lab, "studio/broken.mbsession")
    expect(page.get_by_role("status")).to_have_text("Files are missing")
    expect(page.get_by_role("alert")).to_have_text(
        "stems/gone.wav is not there: put the file back beside the session, or delete its clips."
    )
    expect(page.locator(".mb-clip-broken")).to_have_count(1)
    button(page, "Play").click()
    meter = page.get_by_role("meter", name="Master level", exact=True)
    expect(meter).not_to_have_attribute("aria-valuenow", "-60")
    page.context.close()


def test_the_pages_logged_no_errors(two: Two) -> None:
    assert [error for seen in two.seen for error in seen.errors] == []
