"""A browser, a bare page for one widget, and a JupyterLab with a session in it, for all browser tests of a run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from lab import FLAGS, Lab, running_lab

expect.set_options(timeout=15_000)  # all hold within 10 s on a machine busy with other runs
ADDRESS = "http://widget.invalid/"
PAGE = """<!doctype html><meta charset="utf-8"><title>Widget</title><body></body><script type="module">
import widget from "./widget.js";
const traits = await window.kernel(null);
const listeners = new Map();
const tell = (event, ...values) => [...(listeners.get(event) ?? [])].forEach((callback) => callback(...values));
const model = {
  get: (name) => traits.traits[name],
  async send(content) {
    const answer = await window.kernel(content);
    Object.assign(traits.traits, answer.traits);
    for (const name of answer.changed) tell(`change:${name}`);
    for (const message of answer.messages) tell("msg:custom", message, []);
  },
  on: (event, callback) => listeners.set(event, [...(listeners.get(event) ?? []), callback]),
  off: (event, callback) => listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== callback)),
};
widget.render({ model, el: document.body });
</script>"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A real Chromium; one a module, because Playwright runs once at a time."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A real JupyterLab with collaboration, on an empty folder."""
    with running_lab(tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("private")) as running:
        yield running


@pytest.fixture
def show(browser: Browser) -> Iterator[Callable[[Any, Path], Page]]:
    """Return a function that shows a widget on a bare page, with its kernel half behind it."""
    contexts = []

    def open_page(widget: Any, bundle: Path) -> Page:
        context = browser.new_context(viewport={"width": 1000, "height": 720})
        contexts.append(context)
        page = context.new_page()
        messages: list[Any] = []
        widget.send = lambda content, buffers=None: messages.append(content)
        names = [name for name in widget.trait_names(sync=True) if not name.startswith("_")]

        def kernel(content: Any) -> dict[str, Any]:
            before = {name: getattr(widget, name) for name in names}
            messages.clear()
            if content is not None:
                widget._receive(widget, content, [])
            after = {name: getattr(widget, name) for name in names}
            told = {name: value for name, value in after.items() if isinstance(value, str | list | dict)}
            return {"traits": told, "changed": [n for n in told if told[n] != before[n]], "messages": list(messages)}

        page.expose_function("kernel", kernel)

        def serve(route: Route) -> None:
            script = route.request.url.endswith("widget.js")
            body = bundle.read_text("utf-8") if script else PAGE
            route.fulfill(body=body, content_type="text/javascript" if script else "text/html")

        page.route(f"{ADDRESS}**", serve)
        page.goto(ADDRESS)
        return page

    yield open_page
    for context in contexts:
        context.close()
