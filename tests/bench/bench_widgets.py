"""Time from an edit in one browser to its arrival in another: two notebooks with two kernels in a real JupyterLab.

Run: ``python tests/bench/bench_widgets.py [EDITS]``. In the same run, in turns of 30 edits, two pages with nothing but
y-websocket do the same through a y-websocket server. All pages live in one Chromium, so they share a clock.
"""

# ruff: noqa: E402 - its own folder comes first

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "browser")]

import peers
from lab import FLAGS, open_notebook, running_lab, write_notebook, write_stems
from wire import percentiles

import maxbooster_kernel as mb

TURN = 30
JOIN = "import maxbooster_kernel as mb\nsession = mb.Session.join('song.mbsession')\nsession.studio()"
STUDIO = """() => {
    const { session } = document.querySelector('.mb-studio').seat;
    window.move = (value) => session.edit((edit) => edit.set(['tracks', 'drums'], 'gain', value));
    window.watch = (seen) => session.watch(() => seen(session.snapshot().tracks[0].gain));
}"""
PLAIN = """() => { window.move = window.plain.move; window.watch = window.plain.watch; }"""
WATCH = """() => {
    window.arrived = {};
    window.watch((value) => { window.arrived[value] ??= performance.timeOrigin + performance.now(); });
}"""
EDIT = """async ({ from, count }) => {
    const sent = {};
    for (let i = from; i < from + count; i++) {
        const value = 0.25 + i / 65536;
        sent[value] = performance.timeOrigin + performance.now();
        window.move(value);
        await new Promise((resolve) => setTimeout(resolve, 33));
    }
    return sent;
}"""


def bundle(folder: Path) -> str:
    """Return the script of a page with nothing but y-websocket."""
    shutil.copy(Path(__file__).with_name("plain_page.mjs"), folder)
    command = [str(peers.WIDGETS / "node_modules" / ".bin" / "esbuild"), "plain_page.mjs", "--bundle", "--format=iife"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def plain_page(browser: Browser, script: str, url: str) -> Page:
    """Open a page with nothing but y-websocket."""
    page = browser.new_context().new_page()
    page.add_script_tag(content=script)
    page.evaluate("(url) => window.join(url)", url.removesuffix("/bench"))
    return page


def main() -> None:
    """Print the percentiles of the time an edit takes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    chromium = os.environ.get("MAXBOOSTER_CHROMIUM") or shutil.which("chromium")
    root, private = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    mb.Session.from_stems(write_stems(root / "stems", 1.0)).save(root / "song.mbsession")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(peers.node_folder())
        url = stack.enter_context(peers.y_websocket(folder))
        lab = stack.enter_context(running_lab(root, private))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=chromium, args=FLAGS)
        stack.callback(browser.close)
        script = bundle(folder)
        pairs: dict[str, list[Page]] = {"the studio": [], "y-websocket": []}
        for name in ("ada", "ben"):
            write_notebook(root / f"{name}.ipynb", JOIN)
            pairs["the studio"].append(open_notebook(browser, lab, f"{name}.ipynb", workspace=name))
            pairs["y-websocket"].append(plain_page(browser, script, url))
        for name, pages in pairs.items():
            for page in pages:
                page.evaluate(STUDIO if name == "the studio" else PLAIN)
            pages[1].evaluate(WATCH)
        sent: dict[str, dict[str, Any]] = {name: {} for name in pairs}
        for start in range(0, count, TURN):
            for name, pages in pairs.items():
                sent[name] |= pages[0].evaluate(EDIT, {"from": start, "count": min(TURN, count - start)})
        for name, pages in pairs.items():
            pages[1].wait_for_timeout(1000)
            arrived = pages[1].evaluate("() => window.arrived")
            times = [(arrived[value] - at) / 1e3 for value, at in sent[name].items() if value in arrived]
            print(f"browser {name:12} {len(times)} of {len(sent[name])} arrived  {percentiles(times)}")


if __name__ == "__main__":
    main()
