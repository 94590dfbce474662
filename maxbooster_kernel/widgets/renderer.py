"""The kernel's half of rendering to a file from the studio: renders what a page orders, one after the other.

Messages are the widget's own. A page sends ``{"type": "render", "token": ..., "order": {...}}`` (the order is that of
``workbench.ordered``) and is told at once ``{"type": "rendering", "token": ...}``, again with ``text`` when something
takes its time; then comes ``"rendered"`` with what was made, or ``"refused"`` with ``text``, one line of what speaks
against it, and ``exists`` where it is only that the file is there already. The page's half is
``widgets/src/rendering.ts``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from maxbooster_kernel.errors import OutputExistsError, words_of

Progress = Callable[[str], None]
RenderFile = Callable[[Mapping[str, Any], Progress], Mapping[str, Any]]
Send = Callable[[Mapping[str, Any]], None]


class Renderer:
    """Renders to files in threads of their own, one at a time, so that the kernel goes on.

    Parameters
    ----------
    render
        Renders an order and returns what to tell the page; its second argument is called with messages for whoever
        waits.
    send
        Sends a message to the pages.
    """

    def __init__(self, render: RenderFile, send: Send) -> None:
        self._render, self._send = render, send
        self._turn = threading.Lock()

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take a page's order."""
        token, order = str(message.get("token", "")), message.get("order")
        if not isinstance(order, Mapping):
            return
        self._send({"type": "rendering", "token": token})
        threading.Thread(target=self._work, args=(token, order), name="maxbooster-render", daemon=True).start()

    def _work(self, token: str, order: Mapping[str, Any]) -> None:
        with self._turn:
            answer = self._answer(order, lambda text: self._send({"type": "rendering", "token": token, "text": text}))
        self._send({**answer, "token": token})

    def _answer(self, order: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        try:
            return {"type": "rendered", **self._render(order, progress)}
        except OutputExistsError as error:
            return {"type": "refused", "text": str(error), "exists": True}
        except OSError as error:
            return {"type": "refused", "text": f"{error.filename or 'the file'}: {words_of(error)}", "exists": False}
        except Exception as error:  # noqa: BLE001 - a plugin is anybody's code, and the page must be told
            return {"type": "refused", "text": words_of(error), "exists": False}
