"""Lanes and strips arranged by hand: heights, order, names, copies, gain on clips, and files brought in."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import Lab, Seen, write_stems
from playwright.sync_api import Browser, Page, expect
from stage import clip, open_stage, pull

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server]

DROP = """({ files, selector, x }) => {
    const data = new DataTransfer();
    for (const { name, content } of files)
        data.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
    const target = document.querySelector(selector);
    const box = target.getBoundingClientRect();
    const at = { clientX: box.left + x, clientY: box.top + 5, dataTransfer: data, bubbles: true, cancelable: true };
    for (const kind of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(kind, at));
}"""


@pytest.fixture(scope="module")
def folder(lab: Lab) -> Path:
    """A folder with a session of four stems."""
    folder = lab.root / "arrange"
    session = mb.Session.from_stems(write_stems(folder / "stems", 4.0))
    session.buses.add("Plate", bus_id="plate")
    session.buses.add("Drum bus", bus_id="drumbus")
    session.save(folder / "song.mbsession")
    return folder


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab, folder: Path) -> Iterator[Page]:
    page = open_stage(browser, lab, f"{folder.name}/song.mbsession")
    seen = Seen(page)
    yield page
    assert not seen.errors
    page.context.close()


def snapshot(page: Page) -> dict[str, Any]:
    return page.evaluate("() => window.seat.session.snapshot()")


def order(page: Page, kind: str = "tracks") -> list[str]:
    return [strip["id"] for strip in snapshot(page)[kind]]


def seen_order(page: Page, attribute: str, group: str) -> list[str]:
    return page.eval_on_selector_all(
        f"{group} > [{attribute}]", f"(all) => all.map((e) => e.getAttribute('{attribute}'))"
    )


def undo(page: Page) -> None:
    page.locator(".mb-studio").press("Control+z")


def height(page: Page, track: str) -> float:
    box = page.locator(f"[data-lane={track}]").bounding_box()
    assert box
    return box["height"]


def drop(page: Page, files: dict[str, bytes], selector: str, x: float = 0) -> None:
    """Let files fall on an element."""
    listed = [{"name": name, "content": base64.b64encode(content).decode()} for name, content in files.items()]
    page.evaluate(DROP, {"files": listed, "selector": selector, "x": x})


def test_a_lanes_edge_sets_its_height_and_keys_that_of_all(page: Page) -> None:
    edge = page.get_by_role("separator", name="bass lane height")
    wave = page.locator("[data-lane=bass] .mb-wave")
    box = edge.bounding_box()
    assert box
    pull(page, dict(box), 0, 60, at=(40, 2))
    expect(edge).to_have_attribute("aria-valuenow", "106")
    expect(wave).to_have_attribute("height", "106")
    assert height(page, "bass") == 106
    assert height(page, "drums") == 46
    edge.press("ArrowUp")
    expect(wave).to_have_attribute("height", "98")
    page.locator(".mb-studio").press("Control+ArrowDown")
    expect(wave).to_have_attribute("height", "123")
    assert height(page, "drums") == 58
    page.get_by_role("combobox", name="bass automation").select_option("bass/gain")
    line = page.locator("[data-lane=bass] .mb-automation")
    expect(line).to_have_attribute("height", "123")
    page.get_by_role("combobox", name="bass automation").select_option("")
    page.reload()
    page.wait_for_function("() => document.querySelector('[data-lane=bass]')?.offsetHeight === 123")
    assert height(page, "drums") == 58
    page.locator(".mb-studio").press("h")
    expect(page.locator("[data-lane=drums] .mb-wave")).to_have_attribute("height", "46")
    assert "lane" not in json.dumps(snapshot(page))


def test_tracks_are_put_in_another_order_by_hand_and_by_key(page: Page) -> None:
    before = order(page)
    assert before == ["drums", "bass", "chords", "lead"]
    head, goal = (page.locator(f"[data-lane={name}] .mb-lane-head").bounding_box() for name in ("lead", "bass"))
    assert head
    assert goal
    pull(page, dict(head), 0, goal["y"] - head["y"] - 10, at=(30, 12))
    assert order(page) == ["drums", "lead", "bass", "chords"]
    expect(page.locator(".mb-lanes > [data-lane]").nth(1)).to_have_attribute("data-lane", "lead")
    assert seen_order(page, "data-strip", "[aria-label=Tracks]") == order(page)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_have_attribute("title", "Undo: lead order")
    undo(page)
    assert order(page) == before
    expect(page.locator(".mb-aside")).to_have_text("Undone: lead order")
    page.locator("[data-lane=drums] .mb-name").click()
    page.locator(".mb-studio").press("Alt+ArrowDown")
    assert order(page) == ["bass", "drums", "chords", "lead"]
    page.locator(".mb-studio").press("Alt+ArrowUp")
    page.locator(".mb-studio").press("Alt+ArrowUp")
    assert order(page) == before
    expect(page.locator(".mb-aside")).to_have_text("drums is first already")


def test_buses_are_put_in_another_order_in_the_mixer(page: Page) -> None:
    head, goal = (page.locator(f"[data-strip={name}] > header").bounding_box() for name in ("drumbus", "plate"))
    assert head
    assert goal
    pull(page, dict(head), goal["x"] - head["x"] - 30, 0, at=(60, 8))
    assert order(page, "buses") == ["drumbus", "plate"]
    assert seen_order(page, "data-strip", "[aria-label=Buses]") == ["drumbus", "plate"]
    undo(page)
    assert order(page, "buses") == ["plate", "drumbus"]


def test_names_are_typed_where_they_stand(page: Page) -> None:
    page.locator("[data-lane=chords] .mb-name").dblclick()
    field = page.get_by_role("textbox", name="chords new name")
    field.fill("Rhodes")
    field.press("Enter")
    expect(page.locator("[data-strip=chords] .mb-name")).to_have_text("Rhodes")
    page.locator(".mb-studio").press("F2")
    page.get_by_role("textbox", name="Rhodes new name").press("Escape")
    page.locator("[data-strip=plate] .mb-name").dblclick()
    page.get_by_role("textbox", name="Plate new name").fill("Hall")
    page.keyboard.press("Enter")
    assert snapshot(page)["buses"][0]["name"] == "Hall"
    for _ in range(2):
        undo(page)
    assert snapshot(page)["tracks"][2]["name"] == "chords"
    page.locator(".mb-title").dblclick()
    page.get_by_role("textbox", name="Session name").fill("Night Drive")
    page.keyboard.press("Enter")
    expect(page.locator(".mb-title")).to_have_text("Night Drive")


def test_a_track_is_copied_with_its_automation_and_deleted_by_key(page: Page) -> None:
    page.evaluate("""() => window.seat.session.edit((edit) =>
        edit.put(['automation', 'bass/pan'], 'point', 'p1', { time_s: 1, value: 0.5, curve: 'set' }))""")
    page.locator("[data-lane=bass] .mb-name").click()
    page.locator(".mb-studio").press("Control+Shift+d")
    found = snapshot(page)
    copy = found["tracks"][2]
    assert [track["name"] for track in found["tracks"]] == ["drums", "bass", "bass copy", "chords", "lead"]
    assert copy["clips"] == found["tracks"][1]["clips"]
    [point] = found["automation"][f"{copy['id']}/pan"]
    assert (point["time_s"], point["value"]) == (1, 0.5)
    page.locator(".mb-studio").press("Shift+Delete")
    assert order(page) == ["drums", "bass", "chords", "lead"]
    undo(page)
    assert len(order(page)) == 5
    undo(page)
    assert order(page) == ["drums", "bass", "chords", "lead"]


def test_a_clips_handle_sets_its_gain(page: Page) -> None:
    lead = clip(page, "lead")
    lead.hover()
    handle = page.locator("[data-lane=lead] .mb-clip-level")
    box = handle.bounding_box()
    assert box
    pull(page, dict(box), 0, 12, at=(6, 3))
    assert snapshot(page)["tracks"][3]["clips"][0]["gain"] == pytest.approx(10 ** (-3 / 20))
    expect(page.locator("[data-lane=lead] .mb-clip-name")).to_have_text("lead.wav  -3.0 dB")
    handle.dblclick()
    assert snapshot(page)["tracks"][3]["clips"][0]["gain"] == 1


def test_a_menu_offers_what_the_keyboard_can(page: Page) -> None:
    page.locator("[data-lane=bass] .mb-name").click(button="right")
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert snapshot(page)["tracks"][1]["color"] == "#5c6b73"
    expect(menu).to_have_count(0)
    undo(page)
    clip(page, "chords").first.click(button="right", position={"x": 300, "y": 30})
    menu.get_by_role("menuitem", name="Copy clips right behind themselves").click()
    expect(page.locator("[data-lane=chords] .mb-clip")).to_have_count(2)
    undo(page)
    expect(page.locator("[data-lane=chords] .mb-clip")).to_have_count(1)
    clip(page, "chords").press("Shift+F10")
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)


def test_the_right_button_takes_a_clip_in_hand_and_moves_no_playhead(page: Page) -> None:
    page.evaluate("() => window.seat.engine.player.seek(1)")
    before = page.evaluate("() => window.seat.engine.player.position()")
    body = page.locator("[data-lane=bass] .mb-lane-body")
    box = body.bounding_box()
    assert box
    body.click(button="right", position={"x": box["width"] - 4, "y": 20})
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem", name="Paste at the playhead")).to_have_count(1)
    page.keyboard.press("Escape")
    for target, place in ((clip(page, "lead").first, (40, 30)), (page.locator(".mb-ruler"), (box["width"] / 2, 40))):
        target.click(button="right", position={"x": place[0], "y": place[1]})
        expect(menu).to_have_count(1)
        page.keyboard.press("Escape")
    expect(clip(page, "lead").first).to_have_class(re.compile("mb-clip-held"))
    assert page.evaluate("() => window.seat.engine.player.position()") == before


def test_lanes_have_mute_and_solo_of_their_own_in_step_with_the_mixers(page: Page) -> None:
    page.get_by_role("button", name="Mute bass", exact=True).click()
    expect(page.get_by_role("button", name="bass mute", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-lane=bass]")).to_have_class(re.compile("mb-silent"))
    page.get_by_role("button", name="lead solo", exact=True).click()
    expect(page.get_by_role("button", name="Solo lead", exact=True)).to_have_attribute("aria-pressed", "true")
    undo(page)
    expect(page.get_by_role("button", name="Solo lead", exact=True)).to_have_attribute("aria-pressed", "false")
    undo(page)
    for name in ("Mute bass", "bass mute"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "false")


def test_the_lanes_switches_are_one_stop_of_the_tab_key_and_arrows_go_on(page: Page) -> None:
    assert page.locator(".mb-lane-switches [tabindex='0']").count() == 1
    page.get_by_role("button", name="Mute drums", exact=True).focus()
    reached = []
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "End", "ArrowLeft", "Home"):
        page.keyboard.press(key)
        reached.append(page.evaluate("() => document.activeElement.getAttribute('aria-label')"))
    assert reached == ["Mute bass", "Solo bass", "Solo bass", "Solo lead", "Mute lead", "Mute drums"]
    page.keyboard.press("End")
    page.keyboard.press("Space")
    assert snapshot(page)["tracks"][3]["mute"] is True
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "Mute lead"
    assert page.locator(".mb-lane-switches [tabindex='0']").count() == 1
    undo(page)


def test_the_wheel_scrolls_lanes_that_do_not_fit_and_then_the_page(page: Page) -> None:
    page.set_viewport_size({"width": 1200, "height": 700})
    page.evaluate("() => { document.body.style.paddingBottom = '600px'; }")
    for _ in range(4):
        page.locator(".mb-studio").press("Control+ArrowDown")
    lanes = page.locator(".mb-lane-scroll")
    page.wait_for_function("() => document.querySelector('.mb-lanes').offsetHeight > 400")
    page.evaluate("() => { scrollTo(0, 0); document.querySelector('.mb-lane-scroll').scrollTop = 0; }")
    box = lanes.bounding_box()
    assert box
    page.mouse.move(box["x"] + 600, box["y"] + 60)
    page.mouse.wheel(3, 60)
    page.wait_for_function("() => document.querySelector('.mb-lane-scroll').scrollTop === 60")
    assert page.evaluate("() => scrollY") == 0
    page.locator(".mb-studio").press("h")
    page.wait_for_function("() => document.querySelector('.mb-lanes').offsetHeight < 200")
    page.mouse.wheel(0, 60)
    page.wait_for_function("() => scrollY === 60")
    page.evaluate("() => { scrollTo(0, 0); document.body.style.paddingBottom = ''; }")
    page.set_viewport_size({"width": 1200, "height": 900})


def test_files_are_dropped_on_lanes_and_beside_them(page: Page, folder: Path) -> None:
    stem = (folder / "stems" / "drums.wav").read_bytes()
    drop(page, {"drums.wav": stem}, "[data-lane=bass] .mb-lane-body", 300)
    expect(page.locator("[data-lane=bass] .mb-clip")).to_have_count(2)
    added = snapshot(page)["tracks"][1]["clips"][1]
    assert added["media"] == "stems/drums 2.wav"
    assert added["start_s"] > 0.5
    assert (folder / "stems" / "drums 2.wav").read_bytes() == stem
    undo(page)
    drop(page, {"kick.wav": stem, "letter.txt": b"Dear Ada", "torn.wav": b"RIFF" + bytes(200)}, ".mb-ruler")
    faults = page.locator(".mb-import-faults li")
    expect(faults).to_have_count(2)
    expect(faults.nth(0)).to_have_text("letter.txt is no audio file: choose WAV, FLAC, MP3, OGG or M4A.")
    expect(faults.nth(1)).to_contain_text("torn.wav: expected a RIFF/WAVE file")
    assert [track["name"] for track in snapshot(page)["tracks"]][4:] == ["kick"]
    assert sorted(path.name for path in (folder / "stems").iterdir() if path.suffix == ".part") == []
    page.get_by_role("button", name="Dismiss import").click()
    expect(faults.nth(0)).to_be_hidden()
    undo(page)


def test_an_empty_session_says_what_to_do_first(browser: Browser, lab: Lab, folder: Path) -> None:
    path = folder / "empty.mbsession"
    path.write_text(json.dumps({"format": "maxbooster-session", "version": 1, "name": "Empty"}))
    page = open_stage(browser, lab, f"{folder.name}/empty.mbsession", ready=False)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose audio files").click()
    chooser.value.set_files([folder / "stems" / "bass.wav", folder / "stems" / "lead.wav"])
    expect(page.get_by_role("button", name=re.compile("^(bass|lead) clip"))).to_have_count(2)
    expect(page.get_by_role("button", name="Choose audio files")).to_be_hidden()
    assert [track["clips"][0]["start_s"] for track in snapshot(page)["tracks"]] == [0, 0]
    page.context.close()


def test_who_may_only_look_is_told_so_and_changes_nothing(page: Page, lab: Lab, folder: Path) -> None:
    me = page.evaluate("async () => (await (await fetch('/api/me')).json()).identity.username")
    lab.api(f"maxbooster/api/roles/{folder.name}/song.mbsession", "PUT", {"username": me, "role": "viewer"})
    expect(page.locator(".mb-status")).to_have_text("View only")
    before = snapshot(page)
    assert page.get_by_role("button", name="Import audio").is_disabled()
    assert "View only" in (page.get_by_role("button", name="Import audio").get_attribute("title") or "")
    head = page.locator("[data-lane=lead] .mb-lane-head").bounding_box()
    assert head
    pull(page, dict(head), 0, -100, at=(30, 12))
    page.locator("[data-lane=lead] .mb-name").dblclick()
    for keys in ("Alt+ArrowUp", "F2", "Control+Shift+d", "Shift+Delete"):
        page.locator(".mb-studio").press(keys)
    expect(page.locator(".mb-aside")).to_have_text("View only: you may look and listen, not edit")
    expect(page.locator(".mb-aside")).to_be_hidden()
    mute = page.get_by_role("button", name="lead mute", exact=True).bounding_box()
    assert mute
    page.mouse.click(mute["x"] + 5, mute["y"] + 5)
    expect(page.locator(".mb-aside")).to_have_text("View only: you may look and listen, not edit")
    drop(page, {"x.wav": b"RIFF"}, ".mb-ruler")
    assert snapshot(page) == before
    expect(page.locator(".mb-entry")).to_have_count(0)
