"""Time from an edit on one page to its arrival on another: two real browser pages in one room of real JupyterLab.

Run: ``python tests/bench/bench_widgets.py [EDITS]``. Both pages live in one Chromium, so they share a clock.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from lab import FLAGS, running_lab, write_stems
from stage import open_stage

import maxbooster_kernel as mb

WATCH = """() => {
    window.arrived = [];
    let last = 0;
    window.seat.session.watch(() => {
        const { name } = window.seat.session.snapshot().tracks[0];
        const sent = Number(name);
        if (!(sent > last)) return;
        last = sent;
        window.arrived.push(performance.timeOrigin + performance.now() - sent);
    });
}"""
EDIT = """async (count) => {
    for (let i = 0; i < count; i++) {
        const now = performance.timeOrigin + performance.now();
        window.seat.session.edit((edit) => edit.set(['tracks', 'drums'], 'name', String(now)));
        await new Promise((resolve) => setTimeout(resolve, 33));
    }
}"""


def main() -> None:
    """Print the percentiles of the time an edit takes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    chromium = os.environ.get("MAXBOOSTER_CHROMIUM") or shutil.which("chromium")
    root, private = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    mb.Session.from_stems(write_stems(root / "stems", 1.0)).save(root / "song.mbsession")
    with running_lab(root, private) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        ada, ben = (open_stage(browser, lab, "song.mbsession") for _ in range(2))
        ben.evaluate(WATCH)
        ada.evaluate(EDIT, count)
        ben.wait_for_function("(count) => window.arrived.length >= count", arg=count, timeout=20_000)
        times = np.array(ben.evaluate("() => window.arrived"))
        browser.close()
    p50, p99 = np.percentile(times, [50, 99])
    print(f"{len(times)} of {count} edits arrived; p50 {p50:.1f} ms, p99 {p99:.1f} ms, most {times.max():.1f} ms")


if __name__ == "__main__":
    main()
