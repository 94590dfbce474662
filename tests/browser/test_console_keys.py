"""The studio by keyboard and by many clips at once: shortcuts, selections, the loop, typed values, the grid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lab import Lab, Seen, write_stems
from playwright.sync_api import Browser, Locator, Page, expect
from stage import clip, open_stage, pull

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def pages(browser: Browser, lab: Lab) -> Iterator[tuple[Page, Page]]:
    """The studio of one session on two pages."""
    folder = lab.root / "keys"
    mb.Session.from_stems(write_stems(folder / "stems", 8.0)).save(folder / "song.mbsession")
    pages = (open_stage(browser, lab, "keys/song.mbsession"), open_stage(browser, lab, "keys/song.mbsession"))
    seen = [Seen(page) for page in pages]
    yield pages
    assert [error for page in seen for error in page.errors] == []
    for page in pages:
        page.context.close()


@pytest.fixture
def page(pages: tuple[Page, Page]) -> Iterator[Page]:
    """The first page, with everything taken back afterwards."""
    page, _ = pages
    studio(page).focus()
    yield page
    page.evaluate("""() => {
        const { session, engine } = window.seat;
        while (session.history.undo) session.undo();
        engine.player.setLoop(null);
        engine.player.seek(0);
    }""")
    studio(page).press("Escape")


def studio(page: Page) -> Locator:
    return page.locator(".mb-studio")


def snapshot(page: Page) -> Any:
    return page.evaluate("() => window.seat.session.snapshot()")


def starts(page: Page) -> dict[str, list[float]]:
    return {track["id"]: [clip["start_s"] for clip in track["clips"]] for track in snapshot(page)["tracks"]}


def position(page: Page) -> float:
    found: float = page.evaluate("() => window.seat.engine.player.position()")
    return found


def loop(page: Page) -> Any:
    return page.evaluate("() => window.seat.engine.player.loopSeconds")


def test_the_list_of_shortcuts_opens_and_closes_by_keyboard(page: Page) -> None:
    studio(page).press("?")
    listed = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(listed).to_be_visible()
    expect(listed).to_contain_text("Cut clips at the playhead")
    page.keyboard.press("m")  # a shortcut of the studio's, not of the list's
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    assert not any(track["mute"] for track in snapshot(page)["tracks"])


def test_tracks_are_chosen_muted_and_soloed_by_keys_and_undone(page: Page) -> None:
    for key in ("ArrowDown", "ArrowDown", "m", "Shift+S"):
        studio(page).press(key)
    second = snapshot(page)["tracks"][1]
    assert (second["mute"], second["solo"]) == (True, True)
    studio(page).press("Control+z")
    assert snapshot(page)["tracks"][1]["solo"] is False
    studio(page).press("Control+Shift+z")
    assert snapshot(page)["tracks"][1]["solo"] is True


def test_the_transport_answers_to_keys(page: Page) -> None:
    studio(page).press("ArrowRight")
    assert position(page) == pytest.approx(0.5, abs=0.01)
    studio(page).press("Shift+ArrowRight")
    assert position(page) == pytest.approx(2.5, abs=0.01)
    studio(page).press("Shift+M")
    studio(page).press("Home")
    assert position(page) == 0
    studio(page).press(".")
    assert position(page) == pytest.approx(2.5, abs=0.01)
    studio(page).press("]")
    studio(page).press("Home")
    assert loop(page) == {"from": 0, "to": pytest.approx(2.5, abs=0.01)}
    studio(page).press("l")
    assert loop(page) is None
    studio(page).press("l")
    assert loop(page)["to"] == pytest.approx(2.5, abs=0.01)
    studio(page).press("End")
    assert position(page) == pytest.approx(8, abs=0.01)


def test_keys_typed_into_a_field_stay_there(page: Page) -> None:
    studio(page).press("3")
    notes = page.get_by_role("textbox", name="Session notes")
    notes.press_sequentially("sml? [x] 1")
    assert snapshot(page)["notes"] == "sml? [x] 1"
    assert loop(page) is None
    assert len(snapshot(page)["tracks"][0]["clips"]) == 1
    page.get_by_role("button", name="Notes", exact=True).click()


def test_many_clips_are_moved_copied_pasted_and_deleted_as_one(page: Page, pages: tuple[Page, Page]) -> None:
    clip(page, "drums").click(position={"x": 60, "y": 30})
    clip(page, "bass").click(position={"x": 60, "y": 30}, modifiers=["Shift"])
    expect(clip(page, "drums")).to_have_attribute("aria-pressed", "true")
    clip(page, "bass").press("ArrowRight")
    assert (starts(page)["drums"], starts(page)["bass"], starts(page)["lead"]) == ([0.5], [0.5], [0])
    expect(clip(pages[1], "drums")).to_have_attribute("aria-label", "drums clip drums.wav at 00:00.500")
    studio(page).press("Control+z")
    assert (starts(page)["drums"], starts(page)["bass"]) == ([0], [0])
    for key in ("Control+c", "End", "Control+v"):
        studio(page).press(key)
    assert starts(page)["drums"] == [0, pytest.approx(8, abs=0.01)]
    assert starts(page)["bass"] == starts(page)["drums"]
    studio(page).press("Delete")
    assert starts(page)["bass"] == [0]
    for _ in range(2):
        studio(page).press("Control+z")
    assert (starts(page)["drums"], starts(page)["bass"]) == ([0], [0])


def test_a_rubber_band_takes_what_it_touches_and_a_drag_moves_it_to_other_lanes(page: Page) -> None:
    page.evaluate("""() => window.seat.session.edit((edit) => {
        for (const id of ['drums', 'bass', 'chords', 'lead']) edit.set(['tracks', id, 'clips', 'c1'], 'start_s', 1);
    })""")
    names = snapshot(page)["tracks"]
    expect(clip(page, names[0]["name"])).to_have_attribute("aria-label", re.compile("at 00:01.000"))
    first, second = (page.locator(f"[data-lane={track['id']}] .mb-lane-body").bounding_box() for track in names[:2])
    assert first
    assert second
    pull(page, first, 160, second["y"] - first["y"], at=(4, 20))
    held = page.locator(".mb-clip-held")
    expect(held).to_have_count(2)
    box = clip(page, names[0]["name"]).bounding_box()
    assert box
    pull(page, box, 0, 2 * (second["y"] - first["y"]), at=(60, 30))
    assert [len(track["clips"]) for track in snapshot(page)["tracks"]] == [0, 0, 2, 2]
    expect(held).to_have_count(2)
    studio(page).press("Control+z")
    assert [len(track["clips"]) for track in snapshot(page)["tracks"]] == [1, 1, 1, 1]


def test_the_grid_decides_where_a_drag_ends(page: Page) -> None:
    page.get_by_role("combobox", name="Snap").select_option("bar")
    box = clip(page, "lead").bounding_box()
    assert box
    pull(page, box, box["width"] * 1.7 / 8, 0, at=(60, 30))
    assert starts(page)["lead"] == [2.0]
    page.get_by_role("combobox", name="Snap").select_option("magnet")


def test_the_loop_is_pulled_on_the_ruler_and_moved_by_keys(page: Page) -> None:
    ruler = page.locator(".mb-ruler").bounding_box()
    assert ruler
    pull(page, ruler, ruler["width"] / 4, 0, at=(ruler["width"] / 4, 40))
    start, end = (page.get_by_role("slider", name=f"Loop {name}") for name in ("start", "end"))
    before = loop(page)
    start.press("ArrowRight")
    assert loop(page)["from"] == pytest.approx(before["from"] + 0.5, abs=0.01)
    bar = page.get_by_role("group", name="Loop", exact=True).bounding_box()
    assert bar
    pull(page, bar, -20, 0, at=(bar["width"] / 2, 8))
    moved = loop(page)
    assert moved["from"] < before["from"] + 0.5
    end.press("Delete")
    assert loop(page) is None


def test_the_range_stays_when_it_does_not_loop_and_is_played_shown_and_taken(page: Page) -> None:
    end = page.get_by_role("slider", name="Loop end")
    page.evaluate("() => window.seat.engine.player.setLoop({ from: 1, to: 2 })")
    studio(page).press("l")
    assert loop(page) is None
    expect(page.get_by_role("group", name="Loop", exact=True)).to_have_class(re.compile("mb-loop-off"))
    end.press("Enter")
    page.get_by_role("textbox", name="Loop end value").fill("1.5")
    page.keyboard.press("Enter")
    expect(end).to_have_attribute("aria-valuetext", "00:01.500")
    assert loop(page) is None
    studio(page).press("Escape")
    studio(page).press("Shift+A")
    expect(page.locator(".mb-clip-held").first).to_be_visible()
    studio(page).press("Escape")
    studio(page).press("Shift+F")
    expect(page.get_by_role("scrollbar", name="Timeline position")).not_to_have_attribute("aria-valuemax", "0")
    studio(page).press("f")
    page.evaluate("""() => {
        const { player } = window.seat.engine;
        window.most = 0;
        const watch = () => {
            window.most = Math.max(window.most, player.position());
            requestAnimationFrame(watch);
        };
        watch();
    }""")
    studio(page).press("Home")
    studio(page).press("Shift+P")
    page.wait_for_function("() => window.seat.engine.player.state === 'playing'")
    page.wait_for_function("() => window.seat.engine.player.state === 'stopped'")
    assert 1.1 < page.evaluate("() => window.most") < 1.51  # a busy machine draws few frames
    assert position(page) == pytest.approx(1.0, abs=0.01)
    studio(page).press("l")
    assert loop(page) == {"from": pytest.approx(1.0, abs=0.01), "to": pytest.approx(1.5, abs=0.01)}
    end.press("Delete")
    expect(end).to_be_hidden()
    assert loop(page) is None


def clock(text: str) -> float:
    """Return seconds of a time such as 01:02.345."""
    minutes, seconds = text.split(":")
    return 60 * int(minutes) + float(seconds)


def test_zoom_and_scroll_answer_to_keys_wheel_and_the_scrollbar(page: Page) -> None:
    bar = page.get_by_role("scrollbar", name="Timeline position")
    expect(bar).to_have_attribute("aria-valuemax", "0")
    for _ in range(4):
        studio(page).press("+")
    expect(bar).not_to_have_attribute("aria-valuemax", "0")
    bar.press("End")
    expect(bar).to_have_attribute("aria-valuenow", bar.get_attribute("aria-valuemax") or "")
    bar.press("Home")
    ruler = page.locator(".mb-ruler").bounding_box()
    assert ruler
    page.mouse.move(ruler["x"] + 200, ruler["y"] + 20)
    under = "() => document.querySelector('.mb-ruler').getBoundingClientRect().width"
    at_pointer = 200 / page.evaluate(under)  # of what is in view, which begins at 0
    seconds = at_pointer * page.evaluate("() => window.seat.engine.player.length") * 1.02
    studio(page).press("f")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(bar).not_to_have_attribute("aria-valuemax", "0")
    begin, end = (clock(text) for text in str(bar.get_attribute("aria-valuetext")).split(" to "))
    assert begin + at_pointer * (end - begin) == pytest.approx(seconds, abs=0.01)  # the place under the pointer stays
    span = end - begin
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 60)
    page.keyboard.up("Shift")
    moved = span * 60 / page.evaluate(under)
    expect(bar).to_have_attribute("aria-valuenow", re.compile(rf"^{begin + moved:.1f}"))
    studio(page).press("f")
    expect(bar).to_have_attribute("aria-valuemax", "0")


def test_values_are_typed_with_their_units(page: Page) -> None:
    gain = page.get_by_role("slider", name="drums gain", exact=True)
    gain.press("-")
    page.get_by_role("textbox", name="drums gain value").press_sequentially("4.5 dB")
    page.keyboard.press("Enter")
    expect(gain).to_have_attribute("aria-valuenow", "-4.5")
    expect(gain).to_be_focused()
    pan = page.get_by_role("slider", name="drums pan", exact=True)
    pan.press("Enter")
    field = page.get_by_role("textbox", name="drums pan value")
    field.fill("much")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("L30")
    field.press("Enter")
    expect(pan).to_have_attribute("aria-valuetext", "L30")
    studio(page).press("Control+z")
    expect(pan).to_have_attribute("aria-valuetext", "C")
    page.locator('[data-strip="drums"] .mb-value').dblclick()
    page.get_by_role("textbox", name="drums gain value").press("Escape")
    expect(gain).to_have_attribute("aria-valuenow", "-4.5")


def test_automation_points_are_added_bent_and_removed_by_keys(page: Page) -> None:
    page.get_by_role("combobox", name="lead automation").select_option("lead/gain")
    lane = page.get_by_role("group", name=re.compile("^lead Volume automation"))
    lane.press("Enter")
    page.evaluate("() => window.seat.engine.player.seek(4)")
    lane.press("Enter")
    points = page.get_by_role("slider", name=re.compile("^lead Volume point"))
    expect(points).to_have_count(2)
    points.nth(1).press("ArrowDown")
    kind = page.get_by_role("combobox", name="lead Volume curve to the point")
    kind.select_option("target")
    first, second = snapshot(page)["automation"]["lead/gain"]
    assert (first["curve"], second["curve"], second["time_constant_s"]) == ("set", "target", 0.1)
    assert second["value"] < 1
    studio(page).press("Control+z")
    assert snapshot(page)["automation"]["lead/gain"][1]["curve"] == "linear"
    points.nth(1).press("Delete")
    expect(points).to_have_count(1)
    page.get_by_role("combobox", name="lead automation").select_option("")


def test_the_strip_shows_and_sets_sends_inserts_and_where_it_goes(page: Page) -> None:
    page.get_by_role("button", name="Add bus", exact=True).click()
    [bus] = snapshot(page)["buses"]
    page.evaluate(
        """(bus) => window.seat.session.edit((edit) => {
            edit.put(['tracks', 'lead', 'sends'], 'send', bus, { bus, gain: 0.5, pre_fader: false });
            const reverb = { id: 'i1', type: 'reverb', enabled: true, params: {} };
            edit.put(['buses', bus, 'inserts'], 'insert', 'i1', reverb);
        })""",
        bus["id"],
    )
    send = page.get_by_role("slider", name="lead to Bus 1 level")
    expect(send).to_have_attribute("aria-valuetext", "-6.0 dB")
    send.press("Home")
    assert snapshot(page)["tracks"][[t["id"] for t in snapshot(page)["tracks"]].index("lead")]["sends"][0]["gain"] == 0
    page.get_by_role("button", name="Bus 1 reverb insert").click()
    assert snapshot(page)["buses"][0]["inserts"][0]["enabled"] is False
    page.get_by_role("combobox", name="lead routing").select_option(bus["id"])
    page.wait_for_function(f"() => window.seat.session.snapshot().tracks.some(t => t.output === '{bus['id']}')")
    page.get_by_role("button", name="lead equalizer").click()
    expect(page.get_by_role("combobox", name="lead add band")).to_be_visible()
    page.get_by_role("button", name="Strip", exact=True).click()
