"""The kernel's half of strips that a page cannot play: renders what a page asks for, one after the other, and answers.

Messages are the widget's own. A page sends ``{"type": "freeze", "token": ..., "graph": ...}`` and is told at once
``{"type": "freezing", "token": ...}``, again whenever it asks ``{"type": "frozen?", "token": ...}`` while it waits;
then comes what was rendered (``"stem"``, see ``workbench.frozen.render_stem``) or what speaks against it
(``"trouble"``, with ``insert``, the insert it is about, where that is known). The page's half is
``widgets/src/freezer.ts``; samples never travel here: the server hands out tiles by name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from maxbooster_kernel.errors import PluginError

Render = Callable[[Mapping[str, Any]], Mapping[str, Any]]
Send = Callable[[Mapping[str, Any]], None]


class Freezer:
    """Renders stems in a thread of its own, so that the kernel goes on.

    Parameters
    ----------
    render
        Renders a graph and returns what to tell the page.
    send
        Sends a message to the pages.
    """

    def __init__(self, render: Render, send: Send) -> None:
        self._render, self._send = render, send
        self._waiting: dict[str, Mapping[str, Any]] = {}
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take a page's message."""
        token, graph = str(message.get("token", "")), message.get("graph")
        with self._change:
            if message.get("type") == "freeze" and isinstance(graph, Mapping) and not self._closed:
                self._waiting.setdefault(token, graph)
                self._change.notify()
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="maxbooster-freezer", daemon=True)
                    self._thread.start()
            known = token in self._waiting
        if known:
            self._send({"type": "freezing", "token": token})

    def close(self) -> None:
        """Render nothing more; what is being rendered is thrown away."""
        with self._change:
            self._closed = True
            self._waiting.clear()
            self._change.notify()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            token, graph = job
            answer = self._answer(graph)
            with self._change:
                wanted = self._waiting.pop(token, None) is not None
            if wanted:
                self._send({**answer, "token": token})

    def _next(self) -> tuple[str, Mapping[str, Any]] | None:
        """Wait for something to render; None when nothing will be."""
        with self._change:
            self._change.wait_for(lambda: self._closed or self._waiting)
            return None if self._closed else next(iter(self._waiting.items()))

    def _answer(self, graph: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {"type": "stem", **self._render(graph)}
        except PluginError as error:
            return {"type": "trouble", "text": str(error), "insert": error.insert}
        except Exception as error:  # noqa: BLE001 - a plugin is anybody's code, and the page must be told
            return {"type": "trouble", "text": str(error) or type(error).__name__, "insert": ""}
