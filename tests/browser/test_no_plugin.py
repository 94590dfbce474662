"""The studio plays in a browser with nothing added to it: no extension, no plug-in, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import Lab, write_stems
from playwright.sync_api import Browser
from stage import open_stage

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server]

PLAY = """async () => {
    const { engine } = window.seat;
    await engine.prepare();
    await engine.play();
    const begun = engine.player.position();
    while (engine.player.position() < begun + 0.1) await new Promise((resolve) => setTimeout(resolve, 10));
    engine.player.stop();
    return {
        embedded: document.querySelectorAll("object, embed, applet").length,
        plugins: [...navigator.plugins].map((plugin) => plugin.filename),
        elsewhere: performance.getEntriesByType("resource").map((entry) => new URL(entry.name).origin)
            .filter((origin) => origin !== location.origin && origin !== "null"),
    };
}"""


def command_lines():
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield process.read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended
            continue


def test_the_studio_plays_in_a_browser_without_extension_or_plugin(browser: Browser, lab: Lab):
    folder = lab.root / "bare"
    stems = write_stems(folder / "stems", 1.0)
    mb.Session.from_stems(stems).save(folder / "song.mbsession")
    page = open_stage(browser, lab, "bare/song.mbsession")
    found = page.evaluate(PLAY)
    page.context.close()
    assert found["embedded"] == 0
    assert set(found["plugins"]) <= {"internal-pdf-viewer"}, "Chromium names its own viewer of PDF files, and no other"
    assert found["elsewhere"] == []
    started = [words for words in command_lines() if "--remote-debugging-pipe" in words]
    assert started, "Playwright's browser is told to listen on a pipe"
    assert all("--disable-extensions" in words for words in started)
