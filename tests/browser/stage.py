"""The studio on a bare page of a running Jupyter server: same bundle, same rooms, without Lab around it."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from lab import Lab
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, Route

from maxbooster_kernel.widgets.console import BUNDLE, Studio

PAGE = """<!doctype html><meta charset="utf-8"><title>Studio</title><body></body>
<script type="module">
import widget, * as studio from "/stage/console.js";
const handles = HANDLES;
const listeners = new Set();
const model = {
    get: (name) => handles[name] ?? "",
    send: (content) => void window.kernel?.(content),
    on: (event, callback) => listeners.add(callback),
    off: (event, callback) => listeners.delete(callback),
};
const listen = async () => {
    for (const message of await window.kernel(null)) listeners.forEach((callback) => callback(message, []));
    setTimeout(listen, 20);
};
if (window.kernel) void listen();
window.studio = studio;
window.close_studio = widget.render({ model, el: document.body });
window.seat = studio.seatOf(document.querySelector(".mb-studio"));
</script>"""

RECORD = """async ({ from, seconds, edit, edit_s }) => {
    const { engine, session } = window.seat;
    const live = await engine.prepare();
    engine.player.seek(from);
    const recorder = await window.studio.Recorder.on(live.output);
    await engine.play();
    const { frame, contextFrame } = engine.player.origin;
    const first = contextFrame + engine.graph.latency;
    const wanted = Math.round(seconds * engine.player.sampleRate);
    if (edit) {
        while (engine.player.position() < edit_s) await new Promise((resolve) => setTimeout(resolve, 10));
        session.edit(new Function("edit", edit));
    }
    while (recorder.until < first + wanted) await new Promise((resolve) => setTimeout(resolve, 20));
    const recording = recorder.stop();
    const gaps = [...engine.player.gaps, ...recording.gaps];
    engine.player.stop();
    const channels = recording.channels.map((samples) => {
        const bytes = new Uint8Array(samples.slice(first - recording.frame, first - recording.frame + wanted).buffer);
        let text = "";
        for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
        return btoa(text);
    });
    return { frame, channels, gaps };
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What was heard from a session frame on, and the gaps the player or the recorder knows of."""

    frame: int
    samples: NDArray[np.float32]
    gaps: list[object]


class Kernel(Studio):
    """The kernel's half of the studio for a page of its own: what it says waits until the page asks for it."""

    def __init__(self, **given: Any) -> None:
        self.said: SimpleQueue[object] = SimpleQueue()
        super().__init__(**given)

    def send(self, content: object, buffers: object = None) -> None:
        """Keep a message for the page."""
        self.said.put(content)

    def hear(self, content: object) -> list[object]:
        """Take a page's message, or return all that was said since."""
        if content is not None:
            self._receive(self, content, [])
            return []
        return [self.said.get() for _ in range(self.said.qsize())]


def open_stage(
    browser: Browser,
    lab: Lab,
    path: str,
    *,
    view: str = "studio",
    kernel: Kernel | None = None,
    ready: bool = True,
) -> Page:
    """Show the studio, or the tables, of a session on a bare page; the caller closes the page's context.

    ``kernel`` is the widget's half in the kernel, which otherwise answers nothing. ``ready`` waits until there is
    something to play, which an empty session never has.
    """
    found = lab.api(f"api/collaboration/session/{path}", "PUT", {"format": "text", "type": "mbsession"})
    assert isinstance(found, dict)
    handles = {
        "room": f"text:mbsession:{found['fileId']}",
        "session_id": found["sessionId"],
        "path": path,
        "base_url": lab.url,
        "view": view,
        "user": {"name": "Test"},
    }

    def serve(route: Route) -> None:
        if route.request.url.endswith("/stage/console.js"):
            route.fulfill(body=Path(BUNDLE).read_text("utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body=PAGE.replace("HANDLES", json.dumps(handles)), content_type="text/html")

    page = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
    if kernel is not None:
        page.expose_function("kernel", kernel.hear)
    page.goto(lab.address("api/status"))
    page.request.get(f"{lab.url}lab")  # gives the page the cookie that writing asks for
    page.route("**/stage/*", serve)
    page.goto(f"{lab.url}stage/index.html")
    page.locator('.mb-studio[data-status="synced"]').wait_for()
    if ready:
        page.wait_for_function("() => window.seat.engine.graph?.length > 0")
    return page


def record(page: Page, *, start_s: float = 0.0, seconds: float, edit: str = "", edit_s: float = 0.0) -> Take:
    """Play a session live from a position and record it sample by sample; ``edit`` is done to it at ``edit_s``."""
    found = page.evaluate(RECORD, {"from": start_s, "seconds": seconds, "edit": edit, "edit_s": edit_s})
    channels = [np.frombuffer(base64.b64decode(text), np.float32) for text in found["channels"]]
    return Take(frame=found["frame"], samples=np.stack(channels), gaps=found["gaps"])


def clip(page: Page, track: str) -> Locator:
    """Return the clips of a track."""
    return page.get_by_role("button", name=re.compile(f"^{track} clip"))


def pull(page: Page, box: dict[str, float], dx: float, dy: float, at: tuple[float, float]) -> None:
    """Drag from a place in a box."""
    x, y = box["x"] + at[0], box["y"] + at[1]
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x + dx * step / 8, y + dy * step / 8)
    page.mouse.up()
