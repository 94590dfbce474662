"""The kernel's half of rendering to a file: told at once, one at a time, always answered."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import SimpleQueue

import pytest

from maxbooster_kernel.errors import OutputExistsError, RenderError
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.widgets.console import Studio
from maxbooster_kernel.widgets.renderer import Renderer

WAIT_S = 20


def test_a_page_is_told_at_once_and_renders_take_turns():
    said, go_on, now = SimpleQueue(), threading.Event(), threading.Semaphore(1)

    def render(order, say, watch):
        assert now.acquire(blocking=False)
        say("compiling")
        go_on.wait(WAIT_S)
        now.release()
        return {"file": order["output"]}

    renderer = Renderer(render, said.put)
    for token in ("p", "q"):
        renderer.receive({"type": "render", "token": token, "order": {"output": token}})
    renderer.receive({"type": "render", "token": "r"})
    told = [said.get(timeout=WAIT_S) for _ in range(3)]
    assert {(message["token"], message.get("text")) for message in told} == {
        ("p", None),
        ("p", "compiling"),
        ("q", "Waiting for another render to end…"),
    }
    go_on.set()
    rest = [said.get(timeout=WAIT_S) for _ in range(3)]
    assert [message["type"] for message in rest] == ["rendered", "rendering", "rendered"]
    assert [message.get("file") for message in rest] == ["p", None, "q"]


def test_what_is_stopped_ends_at_its_next_word_and_what_waits_is_never_begun():
    said, begun = SimpleQueue(), threading.Event()

    def render(order, say, watch):
        begun.set()
        while True:
            watch(0.25)

    first, second = Renderer(render, said.put), Renderer(render, said.put)  # two widgets of one kernel
    first.receive({"type": "render", "token": "p", "order": {}})
    assert begun.wait(WAIT_S)
    second.receive({"type": "render", "token": "q", "order": {}})
    second.receive({"type": "render", "token": "q", "order": {}})  # a page that says it twice orders it once
    second.receive({"type": "stop render", "token": "p"})  # another widget's token means nothing here
    told = []
    while not told or told[-1]["type"] != "stopped":
        if told and told[-1]["token"] == "q":
            second.receive({"type": "stop render", "token": "q"})
        told.append(said.get(timeout=WAIT_S))
    assert told[-1] == {"type": "stopped", "token": "q"}
    assert {"type": "rendering", "token": "p", "share": 0.25} in told
    first.close()
    while (answer := said.get(timeout=WAIT_S))["type"] != "stopped":
        assert answer["token"] == "p"
    assert answer == {"type": "stopped", "token": "p"}


def test_a_page_that_comes_later_is_told_what_is_being_rendered():
    said, go_on = SimpleQueue(), threading.Event()

    def render(order, say, watch):
        watch(0.25)
        go_on.wait(WAIT_S)
        return {"file": order["output"]}

    renderer = Renderer(render, said.put)
    renderer.receive({"type": "renders?"})
    assert said.get(timeout=WAIT_S) == {"type": "renders", "orders": []}
    for token in ("p", "q"):
        renderer.receive({"type": "render", "token": token, "order": {"output": f"{token}.wav"}})
    told = [said.get(timeout=WAIT_S) for _ in range(3)]
    assert {"type": "rendering", "token": "p", "share": 0.25} in told
    renderer.receive({"type": "renders?"})
    assert said.get(timeout=WAIT_S) == {
        "type": "renders",
        "orders": [
            {"token": "p", "output": "p.wav", "share": 0.25},
            {"token": "q", "output": "q.wav", "text": "Waiting for another render to end…"},
        ],
    }
    go_on.set()
    while (answer := said.get(timeout=WAIT_S))["type"] != "rendered" or answer["token"] != "q":
        pass
    renderer.receive({"type": "renders?"})
    assert said.get(timeout=WAIT_S) == {"type": "renders", "orders": []}


@pytest.mark.parametrize(
    ("error", "text", "exists"),
    [
        (OutputExistsError("a.wav"), "a.wav exists already", True),
        (RenderError("nothing to render"), "nothing to render", False),
        (OSError(28, "No space left on device", "a.wav"), "a.wav: No space left on device", False),
        (KeyError("half a knob"), "half a knob", False),
    ],
)
def test_whatever_is_raised_is_said_in_one_line(error, text, exists):
    said = SimpleQueue()

    def render(order, say, watch):
        raise error

    Renderer(render, said.put).receive({"type": "render", "token": "p", "order": {}})
    assert said.get(timeout=WAIT_S) == {"type": "rendering", "token": "p"}
    answer = said.get(timeout=WAIT_S)
    assert (answer["type"], answer["token"], answer["exists"]) == ("refused", "p", exists)
    assert text in answer["text"]
    assert "\n" not in answer["text"]


def test_the_studio_hands_orders_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    said = SimpleQueue()
    monkeypatch.setattr(Studio, "send", lambda _, content, buffers=None: said.put(content))
    studio = Studio(document=SessionDocument(), render_file=lambda order, *_: {"file": order["output"]})
    studio._receive(studio, {"type": "render", "token": "p", "order": {"output": "a.wav"}}, [])
    kinds = [message["type"] for message in (said.get(timeout=WAIT_S) for _ in range(2))]
    assert kinds == ["rendering", "rendered"]
    studio.close()
