"""Render a compiled graph in real Chromium; PCM goes in and out as raw bytes through intercepted requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

HERE = Path(__file__).parent
ORIGIN = "http://localhost:9"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip


class Offline:
    """A page that renders graphs with the browser's own nodes."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self._graph: Mapping[str, Any] = {}
        self._media: Mapping[str, np.ndarray] = {}
        self._impulses: Mapping[str, np.ndarray] = {}
        self._result = b""
        page.route(f"{ORIGIN}/**", self._serve)
        page.goto(f"{ORIGIN}/offline.html")

    def render(self, graph, media, frames, impulses=None, *, awake=True):
        """Return the graph's output, float32 of shape (2, frames)."""
        self.prepare(graph, media, frames, impulses, awake=awake)
        self.start()
        self.page.evaluate("() => sendResult()")
        return np.frombuffer(self._result, np.float32).reshape(2, frames)

    def prepare(self, graph, media, frames, impulses=None, *, awake=True):
        """Build the graph in the page; filters are kept ``awake`` after their sources have ended, or left alone."""
        self._graph, self._media, self._impulses, self._result = graph, media, impulses or {}, b""
        self.page.evaluate("([frames, awake]) => buildGraph(frames, awake)", [frames, awake])

    def start(self):
        """Render what was built."""
        self.page.evaluate("() => startGraph()")

    def _serve(self, route: Any) -> None:
        path = unquote(route.request.url.removeprefix(ORIGIN + "/"))
        head, _, rest = path.partition("/")
        if head in ("offline.html", "offline.js"):
            kind = "text/html" if head.endswith("html") else "text/javascript"
            route.fulfill(body=(HERE / head).read_bytes(), content_type=kind)
        elif head == "graph":
            route.fulfill(body=json.dumps(self._graph), content_type="application/json")
        elif head == "media":
            route.fulfill(body=np.ascontiguousarray(self._media[rest], np.float32).tobytes())
        elif head == "impulse":
            route.fulfill(body=np.ascontiguousarray(self._impulses[rest], np.float32).tobytes())
        elif head == "result":
            self._result = route.request.post_data_buffer
            route.fulfill(body="")
        else:
            route.fulfill(status=404)


@contextmanager
def offline(chromium: str, args: Sequence[str] = ()) -> Iterator[Offline]:
    """Run Chromium and yield a page that renders graphs."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=[*FLAGS, *args])
        try:
            yield Offline(browser.new_page())
        finally:
            browser.close()


def residual_db(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Return peak and rms of the difference in dBFS."""
    difference = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    peak, rms = np.abs(difference).max(), np.sqrt(np.mean(difference**2))
    return 20 * np.log10(max(peak, 1e-30)), 20 * np.log10(max(rms, 1e-30))
