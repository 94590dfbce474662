"""How smooth a large session is in the studio: time between frames and work a frame in a real Chromium.

Run: ``python tests/bench/bench_studio.py [TRACKS]``. Four situations of two to four seconds each: nothing happens, it
plays, a fader is dragged while it plays, and a clip is dragged while it plays. Work is the main thread's (script,
style, layout, painting), from Chromium's own counters; late frames are those that came more than a half too late.
At last, with everything stopped: processor time of all of Chromium's processes while the sound is awake and asleep, and
how long a start takes from either, from the click to the first sample.
"""

# ruff: noqa: E402 - its own folder comes first

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

sys.path[:0] = [str(Path(__file__).parents[1] / "browser")]

from lab import FLAGS, running_lab, write_stems
from stage import open_stage

BEGIN = """() => {
    const gaps = window.gaps = [];
    let last = performance.now();
    window.measuring = true;
    const step = (now) => {
        gaps.push(now - last);
        last = now;
        if (window.measuring) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
}"""
END = "() => { window.measuring = false; return window.gaps.slice(1); }"
START = """async () => {
    const { engine: { context, player } } = window.seat;
    const pause = () => new Promise((resolve) => setTimeout(resolve, 0));
    const clicked = performance.now();
    document.querySelector('[aria-label="Play"]').click();
    while (player.state !== 'playing') await pause();
    while (context.currentTime * context.sampleRate < player.origin.contextFrame) await pause();
    const sounds = performance.now();
    player.stop();
    return sounds - clicked;
}"""
COUNTERS = (
    "TaskDuration",
    "ScriptDuration",
    "RecalcStyleDuration",
    "LayoutDuration",
    "LayoutCount",
    "RecalcStyleCount",
)


def write_session(folder: Path, tracks: int) -> None:
    """Write a session of many tracks over four stems of half a minute."""
    stems = write_stems(folder / "stems", 30.0)
    listed = [
        {
            "id": f"t{index}",
            "name": f"Track {index + 1}",
            "clips": [{"id": "c", "media": f"stems/{stems[index % 4].name}"}],
        }
        for index in range(tracks)
    ]
    session = {"format": "maxbooster-session", "version": 1, "name": "Large", "tracks": listed}
    (folder / "song.mbsession").write_text(json.dumps(session))


def counters(session: CDPSession) -> dict[str, float]:
    """Return Chromium's counters of the page."""
    found = session.send("Performance.getMetrics")["metrics"]
    return {item["name"]: item["value"] for item in found if item["name"] in COUNTERS}


def report(page: Page, session: CDPSession, name: str, act: Callable[[], None]) -> None:
    """Print one situation's figures."""
    before = counters(session)
    page.evaluate(BEGIN)
    act()
    gaps = sorted(page.evaluate(END))
    after = counters(session)
    frames = max(1, len(gaps))
    work = {key: (after[key] - before[key]) / frames for key in COUNTERS}
    late = sum(gap > 25 for gap in gaps)
    median, high, worst = gaps[frames // 2], gaps[int(frames * 0.95)], gaps[-1]
    print(f"{name:24s} {frames:4d} frames, ms between: {median:.1f}, p95 {high:.1f}, worst {worst:.0f}, {late} late")
    print(
        f"{'':24s} ms of work a frame: {work['TaskDuration'] * 1e3:.2f} (script {work['ScriptDuration'] * 1e3:.2f}, "
        f"style {work['RecalcStyleDuration'] * 1e3:.2f}, layout {work['LayoutDuration'] * 1e3:.2f}), "
        f"styles {work['RecalcStyleCount']:.2f}"
    )


def dragging(page: Page, selector: str, dx: float, dy: float, seconds: float) -> Callable[[], None]:
    """Return what drags an element to and fro for a while."""

    def act() -> None:
        box = page.locator(selector).first.bounding_box()
        assert box
        x, y = box["x"] + min(box["width"] / 2, 90), box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        steps = int(seconds * 50)
        for step in range(steps):
            share = abs((step % 40) - 20) / 20
            page.mouse.move(x + dx * share, y + dy * share)
            page.wait_for_timeout(12)
        page.mouse.up()

    return act


def waiting(page: Page) -> Callable[[], None]:
    """Return what does nothing for a while."""
    return lambda: page.wait_for_timeout(3000)


def stopped(browser: Browser, page: Page, seconds: float = 10.0) -> None:
    """Print what a stopped session costs of a core, before its sound falls asleep and after."""
    session = browser.new_browser_cdp_session()

    def spent() -> float:
        return sum(item["cpuTime"] for item in session.send("SystemInfo.getProcessInfo")["processInfo"])

    page.evaluate("() => window.seat.engine.player.stop()")
    page.wait_for_timeout(2000)
    for name, state in (("awake", "running"), ("asleep", "suspended")):
        page.wait_for_function(f"() => window.seat.engine.context.state === '{state}'", timeout=60_000)
        before = spent()
        page.wait_for_timeout(seconds * 1000)
        assert page.evaluate("() => window.seat.engine.context.state") == state
        print(f"stopped, {name:15s} {(spent() - before) / seconds:.1%} of a core")
        print(f"start, {name:17s} {page.evaluate(START):.0f} ms to the first sample")


def main() -> None:
    """Print the figures of a session of many tracks."""
    tracks = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    chromium = os.environ.get("MAXBOOSTER_CHROMIUM") or shutil.which("chromium")
    root, private = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    write_session(root, tracks)
    with running_lab(root, private) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = open_stage(browser, lab, "song.mbsession")
        page.wait_for_timeout(5000)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        print(f"{tracks} tracks")
        report(page, session, "nothing happens", waiting(page))
        report(page, session, "a fader dragged", dragging(page, ".mb-fader", 0, 60, 2.5))
        page.evaluate("() => window.seat.engine.play()")
        page.wait_for_function("() => window.seat.engine.player.state === 'playing'")
        page.wait_for_timeout(1500)
        report(page, session, "playing", waiting(page))
        report(page, session, "playing, a fader dragged", dragging(page, ".mb-fader", 0, 60, 3.5))
        report(page, session, "playing, a clip dragged", dragging(page, ".mb-clip", 120, 0, 3.5))
        print("gaps in the sound:", page.evaluate("() => window.seat.engine.player.gaps.length"))
        stopped(browser, page)
        browser.close()


if __name__ == "__main__":
    main()
