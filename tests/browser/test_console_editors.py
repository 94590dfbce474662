"""The studio's editors: clips cut, copied, faded, moved between lanes; bands, sends, inserts and buses added."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lab import Lab, Seen, write_stems
from playwright.sync_api import Browser, Page, expect
from stage import clip, open_stage, pull

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def page(browser: Browser, lab: Lab, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The studio of a new session, on a bare page."""
    folder = lab.root / "editors" / request.node.name
    session = mb.Session.from_stems(write_stems(folder / "stems", 8.0))
    session.save(folder / "song.mbsession")
    page = open_stage(browser, lab, f"editors/{request.node.name}/song.mbsession")
    seen = Seen(page)
    page.get_by_role("button", name="Strip", exact=True).click()
    yield page
    page.context.close()
    assert not seen.errors


def tracks(page: Page) -> dict[str, Any]:
    return {track["id"]: track for track in page.evaluate("() => window.seat.session.snapshot().tracks")}


def undo(page: Page) -> None:
    page.get_by_role("button", name="Undo", exact=True).click()


def test_a_clip_is_cut_at_the_playhead_and_copied(page: Page) -> None:
    page.evaluate("() => window.seat.engine.player.seek(3)")
    clip(page, "bass").press("s")
    first, second = tracks(page)["bass"]["clips"]
    cut = first["duration_s"]
    assert cut == pytest.approx(3, abs=128 / 44100)  # the playhead stands at whole blocks
    assert (first["start_s"], second["start_s"], second["offset_s"]) == (0, cut, cut)
    assert second["duration_s"] == pytest.approx(8 - cut, abs=1e-9)
    expect(clip(page, "bass")).to_have_count(2)
    clip(page, "bass").nth(1).press("Control+d")
    *_, copy = tracks(page)["bass"]["clips"]
    assert (copy["start_s"], copy["offset_s"]) == (pytest.approx(8), cut)
    undo(page)
    undo(page)
    [whole] = tracks(page)["bass"]["clips"]
    assert (whole["start_s"], whole["duration_s"]) == (0, None)


def test_a_clip_goes_to_another_lane_in_one_step(page: Page) -> None:
    bass, lead = (page.locator(f"[data-lane={name}] .mb-lane-body").bounding_box() for name in ("bass", "lead"))
    assert bass
    assert lead
    pull(page, bass, 0, lead["y"] - bass["y"], at=(100, 30))
    expect(clip(page, "lead")).to_have_count(2)
    found = tracks(page)
    assert found["bass"]["clips"] == []
    assert {item["media"] for item in found["lead"]["clips"]} == {"stems/bass.wav", "stems/lead.wav"}
    undo(page)
    found = tracks(page)
    assert [len(found[name]["clips"]) for name in ("bass", "lead")] == [1, 1]


def test_fades_are_pulled_from_the_corners(page: Page) -> None:
    held = clip(page, "chords")
    box = held.bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 30)
    pull(page, box, box["width"] / 4, 0, at=(8, 5))
    [faded] = tracks(page)["chords"]["clips"]
    assert faded["fade_in_s"] == pytest.approx(2.0, abs=0.1)
    pull(page, box, -box["width"] / 2, 0, at=(box["width"] - 9, 5))
    [faded] = tracks(page)["chords"]["clips"]
    assert faded["fade_out_s"] == pytest.approx(4.0, abs=0.1)
    assert faded["start_s"] == 0


def test_the_clip_in_hand_is_a_table_of_numbers(page: Page) -> None:
    clip(page, "drums").focus()
    page.get_by_role("spinbutton", name="Clip length").fill("2.5")
    page.get_by_role("spinbutton", name="Clip length").press("Enter")
    page.get_by_role("spinbutton", name="Clip start").fill("1")
    page.get_by_role("spinbutton", name="Clip start").press("Enter")
    page.get_by_role("spinbutton", name="Clip fade out").fill("9")
    page.get_by_role("spinbutton", name="Clip fade out").press("Enter")
    [changed] = tracks(page)["drums"]["clips"]
    assert (changed["start_s"], changed["duration_s"], changed["fade_out_s"]) == (1, 2.5, 2.5)
    page.get_by_role("slider", name="Clip gain").press("PageDown")
    assert tracks(page)["drums"]["clips"][0]["gain"] == pytest.approx(10 ** (-3 / 20))
    page.get_by_role("button", name="Duplicate").click()
    assert [item["start_s"] for item in tracks(page)["drums"]["clips"]] == [1, 3.5]
    page.get_by_role("button", name="Delete clip").click()
    assert [item["start_s"] for item in tracks(page)["drums"]["clips"]] == [3.5]
    expect(page.get_by_role("spinbutton", name="Clip length")).to_have_count(0)


def test_bands_come_in_all_types_and_go(page: Page) -> None:
    page.locator("[data-lane=lead] .mb-name").click()
    page.get_by_role("combobox", name="lead add band").select_option("highpass")
    *_, band = tracks(page)["lead"]["eq"]["bands"]
    assert (band["type"], band["frequency"], band["Q"]) == ("highpass", 80, -3.01)
    for kind in ("lowpass", "bandpass", "lowshelf", "highshelf", "peaking", "notch", "allpass"):
        page.get_by_role("combobox", name=f"lead {band['id']} type").select_option(kind)
        assert tracks(page)["lead"]["eq"]["bands"][-1]["type"] == kind
    page.get_by_role("button", name=f"Remove lead {band['id']}").click()
    assert [item["id"] for item in tracks(page)["lead"]["eq"]["bands"]] == ["low", "mid", "high"]


def test_a_bus_with_a_reverb_is_built_and_sent_to_without_a_kernel(page: Page) -> None:
    page.get_by_role("button", name="Add bus", exact=True).click()
    [bus] = page.evaluate("() => window.seat.session.snapshot().buses")
    page.get_by_role("combobox", name="Bus 1 add insert").select_option("reverb")
    page.get_by_role("slider", name="Bus 1 reverb dry").press("Home")
    page.locator("[data-lane=lead] .mb-name").click()
    page.get_by_role("combobox", name="lead add send").select_option(bus["id"])
    page.get_by_role("button", name="lead send to Bus 1 before the fader").click()
    [send] = tracks(page)["lead"]["sends"]
    assert (send["bus"], send["pre_fader"]) == (bus["id"], True)
    [bus] = page.evaluate("() => window.seat.session.snapshot().buses")
    [insert] = bus["inserts"]
    assert insert["params"] == {"wet": 0.3, "dry": 0, "feedback": 0.84}
    page.wait_for_function(
        f"() => window.seat.engine.graph.nodes.some(n => n.id === '{bus['id']}/inserts/{insert['id']}')"
    )
    page.get_by_role("button", name="Remove lead send to Bus 1").click()
    assert tracks(page)["lead"]["sends"] == []


def test_a_compressor_that_is_not_there_is_added(page: Page) -> None:
    left_out = "(edit) => edit.set(['tracks', 'lead', 'compressor'], 'left_out', true)"
    page.evaluate(f"() => window.seat.session.edit({left_out})")
    page.locator("[data-lane=lead] .mb-name").click()
    page.get_by_role("button", name="lead add compressor").click()
    assert tracks(page)["lead"]["compressor"]["ratio"] == 12
    page.get_by_role("slider", name="lead compressor ratio").press("Home")
    assert tracks(page)["lead"]["compressor"]["ratio"] == 1


def test_markers_are_set_named_moved_and_removed(page: Page) -> None:
    page.evaluate("() => window.seat.engine.player.seek(2)")
    page.get_by_role("button", name="Add marker", exact=True).click()
    flag = page.get_by_role("button", name=re.compile("^Marker "))
    flag.dblclick()
    page.get_by_role("textbox", name="Marker name").fill("Chorus")
    page.get_by_role("textbox", name="Marker name").press("Enter")
    chorus = page.get_by_role("button", name=re.compile(r"^Marker Chorus at 00:0"))
    box, lane = chorus.bounding_box(), page.locator("[data-lane=lead] .mb-lane-body").bounding_box()
    assert box
    assert lane
    pull(page, box, lane["width"] / 4, 0, at=(6, 6))
    [marker] = page.evaluate("() => window.seat.session.snapshot().markers")
    assert marker["name"] == "Chorus"
    assert marker["time_s"] == pytest.approx(4.0, abs=0.2)
    chorus.press("Delete")
    expect(chorus).to_have_count(0)


def test_undo_and_redo_are_grey_where_there_is_nothing_to_do(page: Page) -> None:
    back, again = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    expect(back).to_be_disabled()
    page.get_by_role("button", name="lead mute", exact=True).click()
    expect(back).to_be_enabled()
    expect(again).to_be_disabled()
    back.click()
    expect(back).to_be_disabled()
    expect(again).to_be_enabled()
