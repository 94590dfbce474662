"""Take the README's picture: the demo song in the studio of a real JupyterLab, with two people in the session.

Run it from a clone with Chromium installed: ``uv run python docs/picture.py``. It writes ``docs/studio.png``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import maxbooster_kernel as mb

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "browser"))

from lab import FLAGS, open_notebook, running_lab, write_notebook  # noqa: E402 - the tests' own JupyterLab

JOIN = "import maxbooster_kernel as mb\n\nsession = mb.Session.join('song/night-drive.mbsession')\nsession.studio()"
SIZE = {"width": 1480, "height": 1000}


def main() -> None:
    """Make the song, open it as two people, play a few seconds, and take the picture."""
    with tempfile.TemporaryDirectory() as name:
        root, private = Path(name) / "root", Path(name) / "private"
        song = mb.demo.make(root / "song")
        session = mb.Session.from_stems(song.stems.values(), name=song.title, tempo_bpm=song.truth["tempo"])
        session.tracks["arp"].pan = 0.35
        session.tracks["percussion"].pan = -0.3
        session.tracks["pad"].gain_db = -4.0
        session.tracks["voice"].eq["high"].gain = 2.0
        session.save(root / "song" / "night-drive.mbsession")
        for person in ("ada", "ben"):
            write_notebook(root / "song" / f"{person}.ipynb", JOIN)
        with running_lab(root, private) as lab, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            open_notebook(browser, lab, "song/ben.ipynb", workspace="ben")
            page = open_notebook(browser, lab, "song/ada.ipynb", workspace="ada", dark=True)
            page.set_viewport_size(SIZE)
            studio = page.locator(".mb-studio").first
            studio.get_by_role("button", name="Play", exact=True).click()
            page.wait_for_timeout(9000)
            studio.screenshot(path=str(HERE / "studio.png"))
            browser.close()


if __name__ == "__main__":
    main()
