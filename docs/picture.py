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
from maxbooster_kernel.demo.song import DemoSong

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "browser"))

from lab import FLAGS, open_notebook, running_lab, write_notebook  # noqa: E402 - the tests' own JupyterLab

JOIN = "import maxbooster_kernel as mb\n\nsession = mb.Session.join('song/night-drive.mbsession')\nsession.studio()"
SIZE = {"width": 1480, "height": 1180}


def mixed(song: DemoSong) -> mb.Session:
    """Return the demo song as a session that somebody has worked on."""
    session = mb.Session.from_stems(song.stems.values(), name=song.title, tempo_bpm=song.truth["tempo"])
    session.tracks["arp"].pan = 0.35
    session.tracks["percussion"].pan = -0.3
    session.tracks["pad"].gain_db = -4.0
    session.tracks["voice"].eq["high"].gain = 2.0
    session.tracks["voice"].eq["low"].gain = -3.0
    session.tracks["drums"].eq["low"].gain = 2.5
    plate = session.buses.add("Plate", bus_id="plate")
    plate.inserts.add("reverb", wet=0.35, dry=0.0)
    session.tracks["voice"].sends.add("plate", gain=0.4)
    session.tracks["lead"].sends.add("plate", gain=0.25)
    for start_s, _, name in song.truth["sections"]:
        session.markers.add(start_s, name.capitalize())
    fade = session.automation["pad/gain"]
    fade.set(0.0, 0.25)
    for time_s, value in ((14.0, 0.7), (40.0, 0.45), (55.0, 0.7)):
        fade.linear(time_s, value)
    return session


def main() -> None:
    """Make the song, open it as two people, play a few seconds, and take the picture."""
    with tempfile.TemporaryDirectory() as name:
        root, private = Path(name) / "root", Path(name) / "private"
        song = mb.demo.make(root / "song")
        mixed(song).save(root / "song" / "night-drive.mbsession")
        for person in ("ada", "ben"):
            write_notebook(root / "song" / f"{person}.ipynb", JOIN)
        with running_lab(root, private) as lab, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            open_notebook(browser, lab, "song/ben.ipynb", workspace="ben")
            page = open_notebook(browser, lab, "song/ada.ipynb", workspace="ada", dark=True)
            page.set_viewport_size(SIZE)
            studio = page.locator(".mb-studio").first
            studio.get_by_role("combobox", name="pad automation").select_option("pad/gain")
            studio.get_by_role("button", name="Metronome", exact=True).click()
            for key in (".", "[", ".", "]", "l", ","):  # the verse as a range that does not loop, and to its begin
                studio.press(key)
            studio.get_by_role("button", name="Play", exact=True).click()
            page.wait_for_timeout(9000)
            studio.screenshot(path=str(HERE / "studio.png"))
            browser.close()


if __name__ == "__main__":
    main()
