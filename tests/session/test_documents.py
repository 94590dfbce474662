"""Documents kept from before: both shapes are read, the old one is brought into today's; the browser reads them too."""

import base64
import json
from pathlib import Path

import pytest

from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.reshape import reshape
from maxbooster_kernel.workbench.handle import Collection, Handle

FOLDER = Path(__file__).parent / "documents"


def golden(name):
    data = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    document = SessionDocument()
    document.receive(base64.b64decode(data["update"]))
    return document, data


def plain(document):
    return {name: json.loads(str(root)) for name, root in {**document.roots, "master": document.master}.items()}


@pytest.mark.parametrize("name", ["flat", "nested"])
def test_a_document_says_what_it_said(name):
    document, data = golden(name)
    assert document.snapshot() == data["session"]


def test_what_the_document_says_already_is_not_written_again():
    document, data = golden("flat")
    document.observe(lambda _: pytest.fail("nothing is to be written"))
    document.apply(data["session"])
    assert not reshape(document)


def test_an_edit_writes_what_the_browsers_edit_writes():
    document, data = golden("flat")
    for edit in data["edits"]:
        ((what, (path, *rest)),) = edit.items()
        if what == "put":
            Collection(document, tuple(path), Handle).insert(*rest, ordered="time_s" not in rest[-1])
        elif what == "set":
            document.set((*path, rest[0]), rest[1])
        else:
            getattr(document, what)((*path, rest[0]))
    assert plain(document) == data["after"]
    assert document.snapshot() == data["edited"]


def test_the_shape_before_is_rewritten_in_one_way_on_every_server():
    one, data = golden("nested")
    other, _ = golden("nested")
    assert reshape(one)
    assert reshape(other)
    assert one.snapshot() == data["session"]
    assert one.doc.get_update() == other.doc.get_update()
    assert not reshape(one)
    assert one.get(("automation", "drums/pan", "n1", "value")) == -0.5
    one.put_back(("tracks", "bass", "compressor"))
    one.set(("tracks", "bass", "sends", "verb", "gain"), 0.5)
    assert one.snapshot()["tracks"][1]["sends"] == [{"bus": "verb", "gain": 0.5, "pre_fader": True}]


def test_servers_that_hold_different_histories_of_the_shape_before_end_equal():
    one, data = golden("nested")
    other, _ = golden("nested")
    other.set(("tracks", "drums", "gain"), 0.5)
    for document in (one, other):
        reshape(document)
    one.receive(other.doc.get_update())
    other.receive(one.doc.get_update())
    assert one.snapshot() == other.snapshot()
    assert one.snapshot()["automation"] == data["session"]["automation"]
