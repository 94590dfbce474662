"""Reading awareness states, whatever a peer sends."""

from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.collab.peers import Peer, peer, playhead

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
STATES = st.fixed_dictionaries(
    {},
    optional={
        "user": JSON, "kind": JSON, "selection": JSON, "touched": JSON, "follows": JSON,
        "transport": JSON | st.fixed_dictionaries(
            {}, optional={"playing": st.booleans() | JSON, "position_s": JSON, "at": JSON, "loop": JSON}
        ),
    },
)  # fmt: skip


@given(STATES)
def test_any_state_is_read(state):
    found = peer(1, state, now=10.0)
    assert isinstance(found, Peer)
    assert found.name
    assert found.kind in ("browser", "kernel", "script")


def test_a_state_without_user_is_someone():
    assert peer(1, {}).name == "someone"


def test_the_playhead_runs_while_playing_and_turns_in_a_loop():
    assert playhead({"position_s": 4.0}, 100.0) == 4.0
    assert playhead({"playing": True, "position_s": 4.0, "at": 100.0}, 103.0) == 7.0
    assert playhead({"playing": True, "position_s": 4.0, "at": 100.0, "loop": {"from": 2.0, "to": 5.0}}, 103.0) == 4.0
    beyond = {"playing": True, "position_s": 6.0, "at": 100.0, "loop": {"from": 2.0, "to": 5.0}}
    assert playhead(beyond, 103.0) == 9.0
    assert playhead({"playing": True}, 103.0) is None
