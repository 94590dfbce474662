"""The guard's judgement of single frames."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import (
    Awareness,
    Doc,
    Map,
    create_awareness_message,
    create_sync_message,
    create_update_message,
    handle_sync_message,
)

from maxbooster_kernel.collab.messages import confirm_request, save_request
from maxbooster_kernel.server.frames import Budget, kind_of, may_send, states


def an_update():
    doc = Doc()
    doc.get("tracks", type=Map)["x"] = 1.0
    return doc.get_update()


GOOD = {
    "question": create_sync_message(Doc()),
    "write": create_update_message(an_update()),
    "awareness": create_awareness_message(Awareness(Doc()).encode_awareness_update([])),
    "save": save_request(7),
    "confirm": confirm_request(7),
}


def test_real_messages_are_known():
    assert {kind: kind_of(frame) for kind, frame in GOOD.items()} == {kind: kind for kind in GOOD}


@pytest.mark.parametrize("role", ["owner", "editor", "viewer", "", "Owner"])
def test_only_owners_and_editors_write(role):
    allowed = {kind for kind in (*GOOD, "other") if may_send(kind, role)}
    assert allowed == ({*GOOD} if role in ("owner", "editor") else {"question", "awareness", "confirm"})


FRAMES = (
    st.binary(max_size=80)
    | st.tuples(st.sampled_from(sorted(GOOD)), st.binary(max_size=8)).map(lambda pair: GOOD[pair[0]] + pair[1])
    | st.tuples(st.sampled_from(sorted(GOOD)), st.integers(0, 60), st.integers(0, 255)).map(
        lambda change: GOOD[change[0]][: change[1]] + bytes([change[2]]) + GOOD[change[0]][change[1] + 1 :]
    )
    | st.tuples(st.integers(0, 255), st.integers(0, 255), st.just(GOOD["write"])).map(
        lambda change: bytes([change[0] | 0x80, change[1]]) + change[2][1:]
    )
    | st.tuples(st.sampled_from([[0, 1], [0, 2], [0, 0], [0x80, 0], [2], [0x82, 0], [0, 0x82, 0]]), st.binary()).map(
        lambda pair: bytes(pair[0]) + pair[1]
    )
)


@settings(max_examples=1000)
@given(FRAMES)
def test_nothing_a_viewer_may_send_can_change_a_document(frame):
    if not may_send(kind_of(frame), "viewer"):
        return
    doc = Doc()
    doc.get("tracks", type=Map)["drums"] = 1.0
    before = doc.get_update()
    if frame[0] == 0:
        handle_sync_message(frame[1:], doc)
    elif kind_of(frame) != "confirm":  # which only asks
        assert frame[0] == 1
        Awareness(doc).apply_awareness_update(frame[2:], "viewer") if states(frame) else None
    assert doc.get_update() == before


@given(st.text())
def test_texts_are_nothing(text):
    assert kind_of(text) == "other"


def test_a_budget_fills_again():
    budget = Budget(rate=10.0, burst=5.0)
    assert [budget.take(1.0, now=0.0) for _ in range(6)] == [True] * 5 + [False]
    assert budget.take(1.0, now=0.1)
    assert not budget.take(10.0, now=100.0)
