"""A stretch rendered from the studio's menu: what the page shows, said where, over nothing unasked."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab import Lab, Seen, write_stems
from playwright.sync_api import Browser, expect
from stage import Kernel, open_stage, pull

import maxbooster_kernel as mb
from maxbooster_kernel.audio.read import read_audio
from maxbooster_kernel.widgets.renderer import Say, Watch
from maxbooster_kernel.workbench.ordered import render_ordered

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def folder(lab: Lab) -> Path:
    """A folder with a session of four stems."""
    folder = lab.root / "rendered"
    mb.Session.from_stems(write_stems(folder / "stems", 4.0), name="Night Drive").save(folder / "song.mbsession")
    return folder


def test_the_range_is_rendered_to_a_file_as_the_page_shows_it(browser: Browser, lab: Lab, folder: Path) -> None:
    session = mb.Session.open(folder / "song.mbsession")
    kernel = Kernel(
        document=session.document,
        folder=folder,
        render_file=lambda order, say, watch: render_ordered(order, folder, say, watch),
    )
    page = open_stage(browser, lab, f"{folder.name}/song.mbsession", kernel=kernel)
    seen = Seen(page)
    page.get_by_role("button", name="Mute bass", exact=True).click()
    ruler = page.locator(".mb-ruler")
    box = ruler.bounding_box()
    assert box
    pull(page, dict(box), box["width"] / 4.08, 0, (box["width"] / 4.08, 40))
    ruler.click(button="right", position={"x": box["width"] / 2.8, "y": 40})
    page.get_by_role("menuitem", name=re.compile("^Render")).click()
    dialog = page.get_by_role("dialog", name="Render to a file")
    begins, ends = (dialog.get_by_role("spinbutton", name=name, exact=True) for name in ("From", "To"))
    expect(begins).to_have_value(re.compile(r"^(1|1\.0\d*|0\.9\d+)$"))
    for field, value in ((begins, "1"), (ends, "2")):
        field.fill(value)
    name = dialog.get_by_role("textbox", name="File")
    expect(name).to_have_value("renders/night-drive 1.00-2.00 s.wav")
    expect(dialog.locator(".mb-render-where")).to_have_text("in the session's folder, rendered/")
    name.fill("renders/bar 2")
    dialog.get_by_role("combobox", name="Samples").select_option("32f")
    go = dialog.get_by_role("button", name="Render", exact=True)
    go.click()
    said, fault = dialog.get_by_role("status"), dialog.get_by_role("alert")
    expect(said).to_have_text(
        re.compile(r"^Rendered renders/bar 2\.wav: 1\.00 s, .* LUFS, .* dBTP\. Download$"), timeout=90_000
    )
    session.tracks["bass"].mute = True
    expected = session.render(start_s=1.0, end_s=2.0)
    assert isinstance(expected, mb.AudioBuffer)
    made = folder / "renders" / "bar 2.wav"
    np.testing.assert_array_equal(read_audio(made).samples, expected.samples)
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_bytes() == made.read_bytes()

    before = made.read_bytes()
    ends.fill("1.5")
    go.click()
    expect(fault).to_have_text("renders/bar 2.wav is there already: choose another name, or replace it.")
    assert made.read_bytes() == before
    replace = dialog.get_by_role("button", name="Replace it")
    expect(replace).to_be_focused()
    replace.press("Enter")
    expect(said).to_have_text(re.compile(r"^Rendered renders/bar 2\.wav: 0\.50 s"))
    assert made.read_bytes() != before
    name.fill("../out.wav")
    go.click()
    expect(fault).to_contain_text("expected the name of a file in the session's folder")
    expect(replace).to_be_hidden()
    name.press("Escape")
    expect(dialog).to_be_hidden()
    assert seen.errors == []
    kernel.close()
    page.context.close()


def test_a_render_shows_how_far_it_is_and_is_cancelled_with_nothing_written(
    browser: Browser, lab: Lab, folder: Path
) -> None:
    go_on = threading.Event()

    def render(order: Mapping[str, Any], say: Say, watch: Watch) -> Mapping[str, Any]:
        def held(share: float | None) -> None:
            watch(share)
            if share and not go_on.wait(60):
                raise TimeoutError
            watch(share)

        return render_ordered(order, folder, say, held)

    session = mb.Session.open(folder / "song.mbsession")
    kernel = Kernel(document=session.document, folder=folder, render_file=render)
    page = open_stage(browser, lab, f"{folder.name}/song.mbsession", kernel=kernel)
    seen = Seen(page)
    before = sorted(folder.rglob("*"))
    page.get_by_role("button", name="Render to a file", exact=True).click()
    dialog = page.get_by_role("dialog", name="Render to a file")
    dialog.get_by_role("textbox", name="File").fill("renders/long.wav")
    go, cancel = (dialog.get_by_role("button", name=name, exact=True) for name in ("Render", "Cancel"))
    expect(cancel).to_be_hidden()
    go.click()
    expect(cancel).to_be_focused()
    expect(go).to_be_disabled()
    bar = dialog.get_by_role("progressbar", name="Rendering")
    expect(dialog.locator(".mb-render-share")).to_have_text("37 %")  # a window of 65,536 frames but for the latency
    assert bar.evaluate("(element) => Math.round(element.value * 100)") == 37
    cancel.press("Escape")  # the dialog alone is closed
    line = page.locator(".mb-import").filter(has=page.get_by_role("progressbar", name="Rendering"))
    expect(line.get_by_role("status")).to_have_text("Rendering renders/long.wav: 37 %")
    page.reload()
    expect(line.get_by_role("status")).to_have_text("Rendering renders/long.wav: 37 %")
    expect(line.get_by_role("button", name="Cancel render")).to_be_visible()
    page.get_by_role("button", name="Render to a file", exact=True).click()
    expect(line).to_have_count(0)
    expect(dialog.get_by_role("textbox", name="File")).to_have_value("renders/long.wav")
    expect(cancel).to_be_focused()
    cancel.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Cancelling…")
    go_on.set()
    expect(dialog.get_by_role("status")).to_have_text("Cancelled: nothing was written.")
    expect(go).to_be_focused()
    expect(bar).to_be_hidden()
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == [path for path in before if path.is_file()]
    page.wait_for_function("() => window.seat.engine.graph?.length > 0")
    go_on.clear()
    go.press("Enter")
    page.keyboard.press("Escape")
    go_on.set()
    line = page.locator(".mb-import").filter(has=page.get_by_role("link", name="Download"))
    expect(line).to_have_text(re.compile(r"^Rendered renders/long\.wav: 4.* Download$"), timeout=90_000)
    page.get_by_role("button", name="Dismiss render").click()
    expect(line).to_have_count(0)
    assert seen.errors == []
    kernel.close()
    page.context.close()


def test_a_kernel_that_does_not_answer_is_said_and_nothing_sounds(browser: Browser, lab: Lab, folder: Path) -> None:
    page = open_stage(browser, lab, f"{folder.name}/song.mbsession")
    page.evaluate(
        """() => {
            window.shown = new Set();
            const text = document.querySelector('.mb-reductions');
            new MutationObserver(() => window.shown.add(text.innerText))
                .observe(text, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.get_by_role("button", name="Render to a file", exact=True).click()
    dialog = page.get_by_role("dialog", name="Render to a file")
    expect(dialog.get_by_role("checkbox", name="everything, with its tail")).to_be_checked()
    expect(dialog.get_by_role("spinbutton", name="From", exact=True)).to_be_disabled()
    dialog.get_by_role("button", name="Render", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("The kernel does not answer yet")
    dialog.get_by_role("button", name="Cancel", exact=True).click()
    expect(dialog.get_by_role("status")).to_have_text("Cancelled: nothing was written.")
    expect(dialog.get_by_role("button", name="Render", exact=True)).to_be_focused()
    assert page.evaluate("() => window.seat.engine.live !== null")
    assert page.evaluate("() => [...window.shown]") == []  # compressors that settle turn down nothing that is heard
    page.context.close()


def test_a_viewer_is_told_that_rendering_writes_a_file(browser: Browser, lab: Lab, folder: Path) -> None:
    page = open_stage(browser, lab, f"{folder.name}/song.mbsession")
    page.get_by_role("button", name="Render to a file", exact=True).click()
    dialog = page.get_by_role("dialog", name="Render to a file")
    me = page.evaluate("async () => (await (await fetch('/api/me')).json()).identity.username")
    lab.api(f"maxbooster/api/roles/{folder.name}/song.mbsession", "PUT", {"username": me, "role": "viewer"})
    button = page.get_by_role("button", name="Render to a file", exact=True, include_hidden=True)
    expect(button).to_be_disabled()
    dialog.get_by_role("button", name="Render", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("not write files on the server")
    expect(dialog.get_by_role("progressbar")).to_be_hidden()
    dialog.get_by_role("textbox", name="File").press("Escape")
    page.locator(".mb-studio").press("Shift+R")
    expect(page.locator(".mb-aside")).to_contain_text("View only")
    expect(dialog).to_be_hidden()
    page.context.close()
