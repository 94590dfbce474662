"""The guard between a room's history and its file."""

import json

import pytest

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session.file import dumps, loads
from maxbooster_kernel.session.guard import covers, digest, read_state
from maxbooster_kernel.session.merge import three_way
from maxbooster_kernel.session.ydoc import YMixSession

SONG = loads(
    json.dumps({"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": [{"id": "drums"}, {"id": "bass"}]})
)


def room(text=None):
    made = YMixSession()
    made.set(dumps(SONG) if text is None else text)
    return made


def gain(made, track="drums"):
    return made.document.get(("tracks", track, "gain"))


def edited(text, track, value):
    data = json.loads(text)
    next(item for item in data["tracks"] if item["id"] == track)["gain"] = value
    return dumps(data)


def restarted(made, text):
    """Return the room as it is rebuilt after a crash from its stored updates, and then shown the file."""
    new = YMixSession()
    new.document.receive(made.ydoc.get_update())
    new.set(text)
    return new


def test_the_file_carries_the_state_and_a_digest_of_its_content():
    made = room()
    data = loads(made.get())
    mark = data.pop("crdt")
    assert mark["sha"] == digest(data)
    assert data == SONG


def test_a_room_rebuilt_from_its_store_keeps_what_was_not_saved():
    made = room()
    saved = made.get()
    made.document.set(("tracks", "drums", "gain"), 0.5)
    assert gain(restarted(made, saved)) == 0.5


def test_a_file_edited_after_the_crash_wins_and_leaves_the_rest():
    made, memory = room(), []
    made.guard.remember = memory.append
    made.document.set(("tracks", "bass", "pan"), 0.5)
    saved = made.get()
    made.hash = "x"
    made.document.set(("tracks", "drums", "gain"), 0.5)
    new = YMixSession()
    new.document.receive(made.ydoc.get_update())
    new.guard.recall(memory[-1])
    new.set(edited(saved, "bass", 0.25))
    assert (gain(new), gain(new, "bass")) == (0.5, 0.25)


def test_without_a_memory_an_edited_file_wins_whole():
    made = room()
    saved = made.get()
    made.document.set(("tracks", "drums", "gain"), 0.5)
    new = restarted(made, edited(saved, "bass", 0.25))
    assert (gain(new), gain(new, "bass")) == (1.0, 0.25)


def test_a_file_of_another_session_counts_whole_and_what_it_took_the_place_of_is_handed_over():
    made, handed = room(), []
    made.guard.set_aside = lambda content, replaced: handed.append((content, replaced))
    made.guard.live = True
    made.get()
    made.hash = "1"
    made.document.set(("tracks", "drums", "gain"), 0.5)
    held = made.document.snapshot()
    other = {**SONG, "uuid": "v", "tracks": [{**SONG["tracks"][1], "id": "choir"}]}
    made.set(dumps(other))
    assert made.document.snapshot() == other
    assert handed == [(held, True)]
    made.set(dumps({**other, "uuid": "w"}))  # nothing was unsaved, so nothing is lost
    made.document.set(("tracks", "choir", "gain"), 0.5)
    made.set(dumps({**other, "uuid": "w", "name": "by hand"}))  # in sight of everyone, and nothing gives way
    assert (gain(made, "choir"), made.document.snapshot()["name"]) == (0.5, "by hand")
    assert len(handed) == 1


def test_an_older_file_of_the_rooms_own_put_back_by_hand_is_an_edit():
    made = room()
    first = made.get()
    made.hash = "1"
    made.document.set(("tracks", "drums", "gain"), 0.5)
    made.get()
    made.hash = "2"
    made.set(first)
    assert gain(made) == 1.0


def test_a_save_that_may_not_have_reached_the_disk_is_old_news_both_ways():
    made, memory = room(), []
    made.guard.remember = memory.append
    before = made.get()
    made.hash = "1"
    made.document.set(("tracks", "drums", "gain"), 0.5)
    after = made.get()
    made.document.set(("tracks", "drums", "gain"), 0.75)
    for text in (before, after):
        new = YMixSession()
        new.document.receive(made.ydoc.get_update())
        new.guard.recall(json.loads(json.dumps(memory[-1])))
        new.set(text)
        assert gain(new) == 0.75


def test_what_another_server_saved_of_the_same_history_is_old_news_until_someone_puts_it_back():
    one, other = room(), YMixSession()
    other.document.receive(one.ydoc.get_update())
    other.set(one.get())
    one.hash = "1"
    one.document.set(("tracks", "drums", "gain"), 0.5)
    saved = one.get()
    other.document.receive(one.ydoc.get_update())
    other.document.set(("tracks", "drums", "gain"), 0.75)
    other.set(saved)
    assert gain(other) == 0.75
    later = other.get()
    other.hash = "2"
    other.document.set(("tracks", "drums", "gain"), 0.8)
    other.get()
    other.hash = "3"
    other.set(later)
    assert gain(other) == 0.75


def test_a_mark_with_another_digest_or_nonsense_is_ignored():
    made = room()
    data = json.loads(made.get())
    made.document.set(("tracks", "drums", "gain"), 0.5)
    for mark in (
        {"sv": data["crdt"]["sv"], "sha": "0" * 64},
        {"sv": "?", "sha": data["crdt"]["sha"]},
        7,
        {"sv": 1},
        [],
    ):
        assert gain(restarted(made, dumps({**data, "crdt": mark}))) == 1.0


def test_a_live_edit_of_the_file_merges_with_what_is_not_saved_yet():
    made = room()
    saved = made.get()
    made.hash = "1"
    made.document.set(("tracks", "drums", "gain"), 0.5)
    made.set(edited(saved, "bass", 0.25))
    assert (gain(made), gain(made, "bass")) == (0.5, 0.25)


def test_a_bus_deleted_in_the_file_takes_the_sends_to_it_that_the_room_has_not_saved():
    made = room(dumps(SONG | {"buses": [{"id": "verb"}]}))
    made.document.set(("tracks", "drums", "sends", "verb"), {"bus": "verb"})
    made.set(dumps(SONG))
    snapshot = loads(made.get())
    assert (snapshot["buses"], snapshot["tracks"][0]["sends"]) == ([], [])


def test_a_broken_file_is_handed_over_and_the_room_goes_on():
    made = room()
    with pytest.raises(SessionError):
        made.set("{")
    kept = []
    made.on_broken = lambda text, error: kept.append((text, str(error)))
    made.set("{")
    assert kept[0][0] == "{"
    assert gain(made) == 1.0


def test_state_vectors():
    assert read_state(b"") == {}
    assert read_state(bytes([2, 1, 5, 2, 7])) == {1: 5, 2: 7}
    assert covers(bytes([2, 1, 5, 2, 7]), bytes([1, 1, 5]))
    assert not covers(bytes([1, 1, 4]), bytes([1, 1, 5]))
    assert not covers(bytes([1, 1, 4]), None)
    assert not covers(bytes([1, 1, 4]), bytes([9, 1]))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ({"a": 1}, {"a": 2}, {"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": 2}, {"a": 3}, {"a": 3}),
        ({"a": 1}, {"a": 1, "b": 2}, {}, {"b": 2}),
        ({"a": {"x": 1}}, {"a": {"x": 2}}, {}, {}),
        (
            [{"id": "a"}],
            [{"id": "a"}, {"id": "b"}],
            [{"id": "c"}, {"id": "a"}],
            [{"id": "c"}, {"id": "a"}, {"id": "b"}],
        ),
        ([{"id": "a", "v": 1}], [{"id": "a", "v": 2}], [], []),
        ([1, 2], [1, 3], [2], [2]),
        (None, {"a": 1, "b": 1}, {"a": 2}, {"a": 2, "b": 1}),
    ],
)
def test_three_way(base, ours, theirs, merged):
    assert three_way(base, ours, theirs) == merged
