"""The kernel's half of frozen strips: one stem after the other, beside the kernel's own work, always answered."""

from __future__ import annotations

import threading
from queue import SimpleQueue

import pytest

from maxbooster_kernel.errors import PluginError
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.widgets.console import Studio
from maxbooster_kernel.widgets.freezer import Freezer

WAIT_S = 20


@pytest.fixture
def said():
    return SimpleQueue()


def ask(freezer, token, graph):
    freezer.receive({"type": "freeze", "token": token, "graph": graph})


def test_a_page_is_told_at_once_and_again_until_its_stem_is_there(said):
    go_on, threads = threading.Event(), []

    def render(graph):
        threads.append(threading.current_thread())
        go_on.wait(WAIT_S)
        return {"tiles": [graph["output"]], "frames": 5}

    freezer = Freezer(render, said.put)
    ask(freezer, "p/1", {"output": "a"})
    ask(freezer, "p/2", {"output": "b"})
    ask(freezer, "p/1", {"output": "a"})
    freezer.receive({"type": "frozen?", "token": "p/2"})
    freezer.receive({"type": "frozen?", "token": "never asked"})
    told = [said.get(timeout=WAIT_S) for _ in range(4)]
    assert told == [{"type": "freezing", "token": f"p/{number}"} for number in (1, 2, 1, 2)]
    go_on.set()
    stems = [said.get(timeout=WAIT_S) for _ in range(2)]
    assert stems == [
        {"type": "stem", "token": "p/1", "tiles": ["a"], "frames": 5},
        {"type": "stem", "token": "p/2", "tiles": ["b"], "frames": 5},
    ]
    assert threading.main_thread() not in threads
    freezer.close()


def test_whatever_a_plugin_raises_is_said_and_the_next_stem_is_rendered(said):
    troubles = [PluginError("t/inserts/i: the plugin raised", insert="t/inserts/i"), KeyError("half a knob")]

    def render(graph):
        if graph["trouble"] is not None:
            raise troubles[graph["trouble"]]
        return {"tiles": [], "frames": 0}

    freezer = Freezer(render, said.put)
    for token, trouble in (("1", 0), ("2", 1), ("3", None)):
        ask(freezer, token, {"trouble": trouble})
    answers = {}
    while len(answers) < 3:
        answer = said.get(timeout=WAIT_S)
        if answer["type"] != "freezing":
            answers[answer["token"]] = answer
    assert answers["1"] == {
        "type": "trouble", "token": "1", "text": "t/inserts/i: the plugin raised", "insert": "t/inserts/i",
    }  # fmt: skip
    assert (answers["2"]["text"], answers["2"]["insert"]) == ("'half a knob'", "")
    assert answers["3"]["type"] == "stem"
    freezer.close()


def test_what_is_closed_says_nothing_more(said):
    started, go_on = threading.Event(), threading.Event()

    def render(graph):
        started.set()
        go_on.wait(WAIT_S)
        return {"tiles": [], "frames": 0}

    studio = Studio(document=SessionDocument(), room="r", render_stem=render)
    studio._freezer._send = said.put
    studio._receive(studio, {"type": "freeze", "token": "1", "graph": {}}, [])
    assert said.get(timeout=WAIT_S) == {"type": "freezing", "token": "1"}
    assert started.wait(WAIT_S)
    thread = studio._freezer._thread
    studio.close()
    go_on.set()
    thread.join(WAIT_S)
    assert not thread.is_alive()
    studio._receive(studio, {"type": "freeze", "token": "2", "graph": {}}, [])
    studio._receive(studio, {"type": "freeze", "token": "3", "graph": "no graph"}, [])
    assert said.empty()
