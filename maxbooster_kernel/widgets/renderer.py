"""The kernel's half of rendering to a file from the studio: renders what pages order, one after the other.

Messages are the widget's own. A page sends ``{"type": "render", "token": ..., "order": {...}}`` (the order is that of
``workbench.ordered``) and is told at once ``{"type": "rendering", "token": ...}``, again with ``text`` when something
takes its time or another render comes first, and with ``share``, from 0 to 1, a few times a second. Then comes
``"rendered"`` with what was made, or ``"refused"`` with ``text``, one line of what speaks against it, and ``exists``
where it is only that the file is there already. ``{"type": "stop render", "token": ...}`` takes an order back: the
answer is ``"stopped"``, and nothing was written, or ``"rendered"`` where it came too late. A page that comes later, as
one that was reloaded does, asks ``{"type": "renders?"}`` and is told ``{"type": "renders", "orders": [...]}``: token,
output and what was said last of each order that is being made or waits. The page's half is
``widgets/src/rendering.ts``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from maxbooster_kernel.errors import OutputExistsError, RenderCancelledError, words_of

TELL_S = 0.1

Say = Callable[[str], None]
Watch = Callable[[float | None], None]
RenderFile = Callable[[Mapping[str, Any], Say, Watch], Mapping[str, Any]]
Send = Callable[[Mapping[str, Any]], None]


class Line:
    """Orders in the order they came: the first is being made, the others wait."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._orders: list[object] = []
        self._stopped: set[object] = set()

    def join(self, order: object) -> int:
        """Put an order at the end; return how many come before it."""
        with self._moved:
            self._orders.append(order)
            return len(self._orders) - 1

    def wait(self, order: object) -> None:
        """Wait until an order is the first; raise :class:`RenderCancelledError` when it is stopped before that."""
        with self._moved:
            self._moved.wait_for(lambda: self._orders[0] == order or order in self._stopped)
        self.check(order)

    def check(self, order: object) -> None:
        """Raise :class:`RenderCancelledError` when an order was stopped."""
        if order in self._stopped:
            raise RenderCancelledError("cancelled")

    def stop(self, order: object) -> None:
        """Take an order back, if it is in the line."""
        with self._moved:
            if order in self._orders:
                self._stopped.add(order)
                self._moved.notify_all()

    def leave(self, order: object) -> None:
        """Take an order that is done out of the line."""
        with self._moved:
            self._orders.remove(order)
            self._stopped.discard(order)
            self._moved.notify_all()


LINE = Line()


class Renderer:
    """Renders to files in threads of their own, one at a time in this kernel, so that the kernel goes on.

    Parameters
    ----------
    render
        Renders an order and returns what to tell the page; it calls its second argument with messages for whoever
        waits, and its third again and again with the share that is done or None, which raises when it is to stop.
    send
        Sends a message to the pages.
    """

    def __init__(self, render: RenderFile, send: Send) -> None:
        self._render, self._send = render, send
        self._lock = threading.Lock()
        self._told: dict[str, dict[str, Any]] = {}
        """By token, what a page that comes later is told of an order."""

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take a page's order, or take it back, or say what there is of them."""
        token, order = str(message.get("token", "")), message.get("order")
        kind = message.get("type")
        if kind == "renders?":
            with self._lock:
                orders = [dict(told) for told in self._told.values()]
            self._send({"type": "renders", "orders": orders})
        elif kind == "stop render":
            LINE.stop((id(self), token))
        elif isinstance(order, Mapping) and token not in self._told:
            with self._lock:
                self._told[token] = {"token": token, "output": str(order.get("output", ""))}
            before = LINE.join((id(self), token))
            self._tell(token, **({"text": "Waiting for another render to end…"} if before else {}))
            threading.Thread(target=self._work, args=(token, order), name="maxbooster-render", daemon=True).start()

    def close(self) -> None:
        """Stop what is being rendered, and what waits."""
        for token in list(self._told):
            LINE.stop((id(self), token))

    def _tell(self, token: str, **news: Any) -> None:
        """Say how an order comes on, and keep it for whoever asks later."""
        with self._lock:
            self._told[token] = {"token": token, "output": self._told[token]["output"], **news}
        self._send({"type": "rendering", "token": token, **news})

    def _work(self, token: str, order: Mapping[str, Any]) -> None:
        try:
            answer = self._answer(token, order)
        finally:
            LINE.leave((id(self), token))
            with self._lock:
                del self._told[token]
        self._send({**answer, "token": token})

    def _answer(self, token: str, order: Mapping[str, Any]) -> dict[str, Any]:
        told = -TELL_S

        def say(text: str) -> None:
            self._tell(token, text=text)

        def watch(share: float | None) -> None:
            nonlocal told
            LINE.check((id(self), token))
            now = time.monotonic()
            if share and (now - told >= TELL_S or share >= 1.0):
                told = now
                self._tell(token, share=share)

        try:
            LINE.wait((id(self), token))
            return {"type": "rendered", **self._render(order, say, watch)}
        except RenderCancelledError:
            return {"type": "stopped"}
        except OutputExistsError as error:
            return {"type": "refused", "text": str(error), "exists": True}
        except OSError as error:
            return {"type": "refused", "text": f"{error.filename or 'the file'}: {words_of(error)}", "exists": False}
        except Exception as error:  # noqa: BLE001 - a plugin is anybody's code, and the page must be told
            return {"type": "refused", "text": words_of(error), "exists": False}
