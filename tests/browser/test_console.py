"""The console in real JupyterLab: two browsers and two kernels as equal peers of one session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, Seen, open_notebook, write_notebook, write_stems
from playwright.sync_api import Browser, Locator, Page, expect

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server]

JOIN = "import maxbooster_kernel as mb\nsession = mb.Session.join('console/song.mbsession')"

SEAT = "document.querySelector('.mb-studio').seat.session"
ALONE = "alone = mb.Session.open('song.mbsession')\nalone.studio()"


class Pages:
    """The pages of two people in two notebooks on one session, and the errors they logged."""

    def __init__(self, ada: Page, ben: Page, folder: Path) -> None:
        self.ada, self.ben, self.folder = ada, ben, folder
        self.seen = [Seen(ada), Seen(ben)]


@pytest.fixture(scope="module")
def pages(lab: Lab, browser: Browser) -> Iterator[Pages]:
    folder = lab.root / "console"
    session = mb.Session.from_stems(write_stems(folder / "stems"))
    session.name = "Night Drive"
    session.save(folder / "song.mbsession")
    write_notebook(folder / "ada.ipynb", JOIN, "session.studio()", ALONE)
    write_notebook(folder / "ben.ipynb", JOIN, "session.studio()")
    ada = open_notebook(browser, lab, "console/ada.ipynb", workspace="ada")
    ben = open_notebook(browser, lab, "console/ben.ipynb", workspace="ben", dark=True)
    yield Pages(ada, ben, folder)
    for page in (ada, ben):
        page.context.close()


def slider(page: Page, name: str) -> Locator:
    return page.locator(".mb-studio").first.get_by_role("slider", name=name, exact=True)


def button(page: Page, name: str) -> Locator:
    return page.locator(".mb-studio").first.get_by_role("button", name=name, exact=True)


def shows(locator: Locator, value: float) -> None:
    expect(locator).to_have_attribute("aria-valuenow", re.compile(rf"^{re.escape(f'{value:g}')}$"))


def run(page: Page, code: str) -> str:
    """Run code in the page's kernel, as a cell of another frontend would, and return what it prints."""
    return page.evaluate(
        """async (code) => {
            const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
            const future = kernel.requestExecute({ code, store_history: false });
            let text = '';
            future.onIOPub = ({ header, content }) => {
                if (header.msg_type === 'stream') text += content.text;
                if (header.msg_type === 'error') text += content.traceback.join('\\n');
            };
            await future.done;
            return text;
        }""",
        code,
    )


def test_a_fader_moved_in_one_browser_moves_in_the_other(pages: Pages) -> None:
    mine, theirs = slider(pages.ada, "drums gain"), slider(pages.ben, "drums gain")
    mine.focus()
    mine.press("ArrowDown")
    shows(mine, -0.5)
    shows(theirs, -0.5)
    theirs.focus()
    theirs.press("PageDown")
    shows(mine, -3.5)
    mine.press("Delete")
    shows(theirs, 0)


def test_a_drag_arrives_as_one_undo_step(pages: Pages) -> None:
    fader = slider(pages.ada, "bass gain")
    box = fader.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    pages.ada.mouse.move(x, y)
    pages.ada.mouse.down()
    for step in range(1, 13):
        pages.ada.mouse.move(x, y + 4 * step)
    pages.ada.mouse.up()
    value = fader.get_attribute("aria-valuenow")
    assert value
    assert float(value) < -6
    shows(slider(pages.ben, "bass gain"), float(value))
    button(pages.ada, "Undo").click()
    shows(fader, 0)
    button(pages.ada, "Redo").click()
    shows(slider(pages.ben, "bass gain"), float(value))
    fader.dblclick()
    shows(slider(pages.ben, "bass gain"), 0)


def test_undo_takes_back_ones_own_edits_only(pages: Pages) -> None:
    slider(pages.ada, "lead pan").press("ArrowRight")
    shows(slider(pages.ben, "lead pan"), 0.05)
    slider(pages.ben, "chords pan").press("ArrowLeft")
    shows(slider(pages.ada, "chords pan"), -0.05)
    button(pages.ada, "Undo").click()
    shows(slider(pages.ben, "lead pan"), 0)
    shows(slider(pages.ben, "chords pan"), -0.05)
    button(pages.ben, "Undo").click()
    shows(slider(pages.ada, "chords pan"), 0)


def test_a_kernel_sees_edits_of_browsers_and_they_see_its_own(pages: Pages) -> None:
    button(pages.ben, "lead mute").click()
    expect(button(pages.ada, "lead mute")).to_have_attribute("aria-pressed", "true")
    slider(pages.ben, "chords low").press("ArrowUp")
    shows(slider(pages.ada, "chords low"), 0.5)
    told = "print(session.tracks['lead'].mute, session.tracks['chords'].eq['low'].gain)"
    assert run(pages.ada, told).split() == ["True", "0.5"]
    run(pages.ada, "session.tracks['lead'].mute = False; session.tracks['drums'].gain_db = -6.0")
    expect(button(pages.ben, "lead mute")).to_have_attribute("aria-pressed", "false")
    shows(slider(pages.ben, "drums gain"), -6)
    button(pages.ben, "drums solo").click()
    expect(button(pages.ada, "drums solo")).to_have_attribute("aria-pressed", "true")
    button(pages.ada, "drums solo").click()
    expect(button(pages.ben, "drums solo")).to_have_attribute("aria-pressed", "false")


def test_faders_work_while_a_cell_runs(pages: Pages) -> None:
    flag = pages.folder / "go-on"
    pages.ada.evaluate(
        """(code) => {
            const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
            window.busy = kernel.requestExecute({ code, store_history: false }).done.then(() => 'done');
        }""",
        f"import pathlib, time\nwhile not pathlib.Path({str(flag)!r}).exists(): time.sleep(0.02)",
    )
    slider(pages.ada, "chords gain").press("End")
    shows(slider(pages.ben, "chords gain"), 12)
    slider(pages.ben, "chords gain").press("Home")
    shows(slider(pages.ada, "chords gain"), -72)
    expect(slider(pages.ada, "chords gain")).to_have_attribute("aria-valuetext", "-∞ dB")
    slider(pages.ben, "chords gain").press("Delete")
    shows(slider(pages.ada, "chords gain"), 0)
    flag.touch()
    assert pages.ada.evaluate("() => window.busy") == "done"


def test_names_and_roles_are_those_of_the_contract(pages: Pages) -> None:
    studio = pages.ada.locator(".mb-studio").first
    for track in ("drums", "bass", "chords", "lead"):
        for parameter in ("gain", "pan", "low", "mid", "high"):
            expect(slider(pages.ada, f"{track} {parameter}")).to_have_count(1)
        for switch in ("mute", "solo"):
            expect(button(pages.ada, f"{track} {switch}")).to_have_attribute("aria-pressed", re.compile("true|false"))
        expect(studio.get_by_role("meter", name=f"{track} level", exact=True)).to_have_count(1)
    for name in ("Play", "Pause", "Stop", "Loop", "Add track"):
        expect(button(pages.ada, name)).to_have_count(1)
    expect(slider(pages.ada, "Master gain")).to_have_count(1)
    expect(studio.get_by_role("meter", name="Master level", exact=True)).to_have_count(1)
    expect(studio.get_by_role("timer")).to_have_count(1)
    people = studio.get_by_role("list", name="People")
    expect(people.get_by_role("listitem")).to_have_count(4)


def test_every_control_is_reached_by_the_tab_key(pages: Pages) -> None:
    studio = pages.ada.locator(".mb-studio").first
    button(pages.ada, "Play").focus()
    wanted = {"drums gain", "drums pan", "drums low", "drums mute", "Master gain", "Add track"}
    reached: list[str] = []
    while wanted - set(reached) and len(reached) < 80:
        pages.ada.keyboard.press("Tab")
        reached.append(pages.ada.evaluate("() => document.activeElement.getAttribute('aria-label') ?? ''"))
    assert wanted <= set(reached), reached
    assert studio.count() == 1


def test_the_tools_of_the_view_are_one_stop_of_the_tab_key_and_arrows_go_on(pages: Pages) -> None:
    name = "() => document.activeElement.getAttribute('aria-label')"
    button(pages.ada, "Zoom out").focus()
    reached = []
    for key in ("ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home", "ArrowRight", "Tab", "Shift+Tab"):
        pages.ada.keyboard.press(key)
        reached.append(pages.ada.evaluate(name))
    assert reached == ["Zoom in", "Taller lanes", "Zoom out", "Taller lanes", "Zoom out", "Zoom in", "Snap", "Zoom out"]


def test_a_new_track_appears_everywhere(pages: Pages) -> None:
    button(pages.ada, "Add track").click()
    expect(slider(pages.ben, "Track 5 gain")).to_have_count(1)
    assert run(pages.ben, "print([track.name for track in session.tracks][-1])").strip() == "Track 5"
    button(pages.ada, "Undo").click()
    expect(slider(pages.ben, "Track 5 gain")).to_have_count(0)


def test_enter_takes_what_was_typed_in_a_notebook_too(pages: Pages) -> None:
    studio = pages.ada.locator(".mb-studio").first
    button(pages.ada, "Comments").click()
    field = studio.get_by_role("textbox", name="New comment")
    field.fill("voice too dry")
    field.press("Enter")
    expect(studio.locator(".mb-comment")).to_contain_text("voice too dry")
    expect(field).to_have_value("")
    button(pages.ada, "Undo").click()
    expect(studio.locator(".mb-comment")).to_have_count(0)
    button(pages.ada, "History").click()
    name = studio.get_by_role("textbox", name="Version name")
    name.fill("rough mix")
    name.press("Enter")
    expect(studio.get_by_role("button", name="rough mix", exact=True)).to_have_count(1)
    button(pages.ada, "History").click()
    fader = slider(pages.ada, "lead gain")
    fader.press("Enter")
    studio.get_by_role("textbox", name="lead gain value").fill("-4 dB")
    pages.ada.keyboard.press("Enter")
    shows(slider(pages.ben, "lead gain"), -4)
    fader.press("Delete")


def test_play_moves_the_clock_and_the_meters(pages: Pages) -> None:
    studio = pages.ada.locator(".mb-studio").first
    timer = studio.get_by_role("timer")
    expect(timer).to_have_text("00:00.000")
    button(pages.ada, "Play").click()
    expect(button(pages.ada, "Play")).to_have_attribute("aria-pressed", "true")
    expect(timer).to_have_text(re.compile(r"^00:0[1-5]\.\d{3}$"))
    for name in ("drums level", "Master level"):
        meter = studio.get_by_role("meter", name=name, exact=True)
        expect(meter).not_to_have_attribute("aria-valuenow", "-60")
    button(pages.ada, "Pause").click()
    expect(button(pages.ada, "Play")).to_have_attribute("aria-pressed", "false")
    paused = timer.inner_text()
    assert paused > "00:01.000"
    button(pages.ada, "Play").click()
    expect(timer).not_to_have_text(paused)
    assert timer.inner_text() > paused
    button(pages.ada, "Stop").click()
    expect(timer).to_have_text(paused)


def carry(page: Page, name: str, lane: str, share: float) -> None:
    """Drag a file from Lab's file browser to a place on a lane."""
    item = page.locator(".jp-DirListing-item", has_text=re.compile(rf"^\s*{re.escape(name)}"))
    body = page.locator(".mb-studio").first.locator(f"[data-lane={lane}] .mb-lane-body")
    body.scroll_into_view_if_needed()
    source, target = item.bounding_box(), body.bounding_box()
    assert source
    assert target
    page.mouse.move(source["x"] + 40, source["y"] + source["height"] / 2)
    page.mouse.down()
    page.mouse.move(source["x"] + 60, source["y"] + 40, steps=4)
    page.mouse.move(target["x"] + target["width"] * share, target["y"] + target["height"] / 2, steps=8)
    expect(page.locator(".mb-timeline").first).to_have_class(re.compile("mb-drop"))
    page.mouse.up()


def test_files_are_dragged_from_labs_file_browser_onto_lanes(pages: Pages, lab: Lab) -> None:
    elsewhere = lab.root / "elsewhere"
    [*_, lead] = write_stems(elsewhere, 1.0)
    lead.rename(elsewhere / "hit.wav")
    (elsewhere / "notes.txt").write_text("no sound")
    page = pages.ada
    page.evaluate("() => window.jupyterapp.commands.execute('filebrowser:open-path', {path: 'console/stems'})")
    page.evaluate("() => window.jupyterapp.commands.execute('filebrowser:activate')")
    carry(page, "bass.wav", "drums", 0.5)
    clips = f"() => {SEAT}.snapshot().tracks.find(({{ id }}) => id === 'drums').clips"
    page.wait_for_function(f"() => ({clips})().length === 2")
    [_, laid] = page.evaluate(clips)
    assert laid["media"] == "stems/bass.wav"
    assert laid["start_s"] == pytest.approx(3.0, abs=0.1)
    page.evaluate("() => window.jupyterapp.commands.execute('filebrowser:go-to-path', {path: 'elsewhere'})")
    carry(page, "hit.wav", "drums", 0.25)
    page.wait_for_function(f"() => ({clips})().length === 3")
    assert page.evaluate(clips)[2]["media"] == "stems/hit.wav"
    assert (pages.folder / "stems" / "hit.wav").read_bytes() == (elsewhere / "hit.wav").read_bytes()
    carry(page, "notes.txt", "bass", 0.25)
    expect(page.locator(".mb-import-faults").first).to_have_text(re.compile("^notes.txt is no audio file"))
    page.get_by_role("button", name="Dismiss import").first.click()
    for _ in range(2):
        button(page, "Undo").click()
    assert len(page.evaluate(clips)) == 1
    assert run(pages.ben, "print(len(session.tracks['drums'].clips))").strip() == "1"
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")


def test_a_session_on_no_server_is_in_step_with_its_kernel_and_plays(pages: Pages) -> None:
    studio = pages.ada.locator(".mb-studio").nth(1)
    fader = studio.get_by_role("slider", name="drums gain", exact=True)
    fader.press("PageUp")
    shows(fader, 3)
    told = "print(round(alone.tracks['drums'].gain_db, 4), round(session.tracks['drums'].gain_db, 4))"
    assert run(pages.ada, told).split() == ["3.0", "-6.0"]
    run(pages.ada, "alone.tracks['drums'].gain_db = -12.0")
    shows(fader, -12)
    studio.get_by_role("button", name="Play", exact=True).click()
    meter = studio.get_by_role("meter", name="Master level", exact=True)
    expect(meter).not_to_have_attribute("aria-valuenow", "-60")
    studio.get_by_role("button", name="Stop", exact=True).click()


PLUGIN = """
from maxbooster_kernel.mix import plugin

class Half:
    latency, tail_s = 0, 0.0

    def __init__(self, sample_rate, params):
        pass

    def process(self, samples):
        return samples / 2

plugin.BUILT_IN = {**plugin.BUILT_IN, 'half': Half}
"""


def test_a_plugin_of_ones_kernel_is_heard_on_ones_own_page_and_said_to_be_missing_on_the_other(pages: Pages) -> None:
    assert run(pages.ada, PLUGIN) == ""
    insert = "{ id: 'h', type: 'half', enabled: true, params: {} }"
    at = "['tracks', 'drums', 'inserts']"
    pages.ada.evaluate(f"() => {SEAT}.edit((edit) => edit.put({at}, 'insert', 'h', {insert}))")
    # The first render of a fresh installation compiles the engine.
    expect(button(pages.ada, "drums half insert")).to_have_text("halffrozen", timeout=90_000)
    expect(button(pages.ben, "drums half insert")).to_have_text("halfnot heard")
    said = pages.ben.locator(".mb-notice-text").first
    expect(said).to_contain_text("half is not heard here")
    expect(said).to_contain_text("no such plugin is installed (known are reverb)")
    pages.ben.evaluate(f"() => {SEAT}.edit((edit) => edit.remove({at}, 'h'))")
    expect(button(pages.ada, "drums half insert")).to_have_count(0)
    expect(said).to_be_hidden()


def test_a_reload_comes_back_to_the_same_session(pages: Pages) -> None:
    slider(pages.ben, "bass gain").press("ArrowUp")
    pages.ada.reload()
    pages.ada.locator('.mb-studio[data-status="synced"]').first.wait_for()
    shows(slider(pages.ada, "bass gain"), 0.5)
    slider(pages.ada, "bass gain").press("Delete")
    shows(slider(pages.ben, "bass gain"), 0)


def test_both_themes_are_readable(pages: Pages, tmp_path: Path) -> None:
    for page, name in ((pages.ada, "light"), (pages.ben, "dark")):
        studio = page.locator(".mb-studio").first
        assert studio.screenshot(path=tmp_path / f"{name}.png")
        text, ground = studio.evaluate(
            """(element) => {
                const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
                return ['color', 'backgroundColor'].map((property) => {
                    context.fillStyle = getComputedStyle(element)[property];
                    context.fillRect(0, 0, 1, 1);
                    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
                });
            }"""
        )
        lights = sorted(luminance(color) for color in (text, ground))
        assert (lights[1] + 0.05) / (lights[0] + 0.05) > 7, (name, text, ground)


def luminance(color: list[int]) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_page_goes_on_while_its_kernel_restarts_and_dies(pages: Pages) -> None:
    people = pages.ben.locator(".mb-studio").first.get_by_role("list", name="People").get_by_role("listitem")
    expect(people).to_have_count(4)
    pages.ada.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()")
    expect(people).to_have_count(3)
    slider(pages.ada, "bass gain").press("PageDown")
    shows(slider(pages.ben, "bass gain"), -3)
    slider(pages.ben, "bass gain").press("Delete")
    shows(slider(pages.ada, "bass gain"), 0)
    assert run(pages.ada, JOIN + "\nprint(session.tracks['bass'].gain)").strip() == "1.0"
    expect(people).to_have_count(4)
    run(pages.ada, "session.tracks['bass'].gain_db = -6.0")
    shows(slider(pages.ada, "bass gain"), -6)
    pages.ada.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.shutdown()")
    expect(people).to_have_count(3)
    slider(pages.ada, "bass gain").press("Delete")
    shows(slider(pages.ben, "bass gain"), 0)


def test_the_pages_logged_no_errors(pages: Pages) -> None:
    assert [error for seen in pages.seen for error in seen.errors] == []
