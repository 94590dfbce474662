"""The shared document: equal with the file, minimal in its edits, undone per user."""

import threading

import pytest
from pycrdt import Decoder, Doc

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.guard import load

DATA = {
    "format": "maxbooster-session", "version": 1, "uuid": "u", "name": "Night Drive", "studio": {"big": 1394958676900},
    "tracks": [
        {"id": "drums", "clips": [{"id": "c2", "media": "b.wav"}, {"id": "c1", "media": "a.wav"}],
         "sends": [{"bus": "verb"}],
         "inserts": [{"id": "i", "params": {"wet": 1, "mode": "hall", "on": True}}], "mood": ["x", 1]},
        {"id": "bass", "eq": None, "compressor": None},
    ],
    "buses": [{"id": "verb"}],
    "automation": {
        "drums/gain": [
            {"id": "z", "time_s": 0, "value": 1}, {"id": "b", "time_s": 1, "value": 0.5, "curve": "linear"},
            {"id": "a", "time_s": 1, "value": 0.25},
            {"id": "c", "time_s": 2, "curve": "curve", "values": [0, 1, 0.5], "duration_s": 1},
        ]
    },
    "markers": [{"id": "m", "time_s": 16, "name": "Chorus"}],
    "comments": [{"id": "k", "track": "drums", "text": "snare ♪"}],
    "notes": "Größe: 5\nzwei",
}  # fmt: skip


def make(data=DATA):
    document = SessionDocument()
    document.apply(data)
    return document


def twin(document):
    other = SessionDocument()
    other.receive(document.doc.get_update())
    return other


def test_the_document_says_what_the_file_says():
    assert make().snapshot() == normalize(DATA)


def test_a_second_peer_sees_the_same():
    document = make()
    assert twin(document).snapshot() == document.snapshot()


def test_numbers_are_floats_for_browsers_and_in_the_files_form_in_snapshots():
    document = make()
    assert type(document.get(("tracks", "drums", "eq", "bands", "low", "frequency"))) is float
    track = document.snapshot()["tracks"][0]
    assert type(track["eq"]["bands"][0]["frequency"]) is int
    assert type(track["gain"]) is float
    assert document.snapshot()["studio"] == {"big": 1394958676900}


def changed(document, edit):
    updates = []
    end = document.observe(lambda event: updates.append(event.update))
    edit()
    end()
    return updates


def test_applying_the_same_again_writes_nothing():
    document = make()
    state = document.doc.get_state()
    document.apply(DATA)
    assert document.doc.get_state() == state


def test_an_edit_is_one_small_update():
    document = make()
    updates = changed(document, lambda: document.set(("tracks", "drums", "gain"), 0.123))
    assert len(updates) == 1
    assert len(updates[0]) <= 60


def test_applying_touches_only_what_differs():
    document = make()
    data = document.snapshot()
    data["tracks"][0]["gain"] = 0.5
    data["notes"] = data["notes"].replace("zwei", "zwo")
    data["tracks"].reverse()
    (update,) = changed(document, lambda: document.apply(data))
    assert len(update) <= 200
    assert document.snapshot() == normalize(data)


def test_undo_takes_back_only_ones_own_steps():
    ada, ben = make(), None
    ben = twin(ada)
    ada.set(("tracks", "drums", "gain"), 0.5)
    ben.receive(ada.doc.get_update(ben.doc.get_state()))
    ben.set(("tracks", "bass", "gain"), 0.25)
    ada.receive(ben.doc.get_update(ada.doc.get_state()))
    assert ada.undo()
    assert ada.get(("tracks", "drums", "gain")) == 1.0
    assert ada.get(("tracks", "bass", "gain")) == 0.25
    assert not ben.redo()
    assert ada.redo()
    assert ada.get(("tracks", "drums", "gain")) == 0.5


def test_a_block_is_one_step():
    document = make()
    with document.editing("louder"):
        document.set(("tracks", "drums", "gain"), 0.5)
        with document.editing():
            document.remove(("tracks", "bass"))
    before = normalize(DATA)
    assert document.undo()
    assert document.snapshot() == before
    assert document.redo()
    assert [track["id"] for track in document.snapshot()["tracks"]] == ["drums"]


def test_a_block_that_fails_leaves_no_trace():
    document = make()
    document.set(("tracks", "drums", "gain"), 0.5)

    def fail():
        with document.editing():
            document.set(("tracks", "drums", "gain"), 0.1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert document.get(("tracks", "drums", "gain")) == 0.5
    assert not document.redo()
    assert document.undo()
    assert document.get(("tracks", "drums", "gain")) == 1.0


def test_an_edit_that_fails_before_it_wrote_leaves_the_step_before_it():
    document = make()
    document.set(("tracks", "drums", "gain"), 0.5)
    with pytest.raises(SessionError):
        document.set(("tracks", "gone", "gain"), 0.1)
    assert document.get(("tracks", "drums", "gain")) == 0.5


def test_writing_into_what_is_gone_is_an_error():
    document = make()
    document.remove(("tracks", "drums"))
    with pytest.raises(SessionError, match="tracks/drums/gain: not in the session"):
        document.set(("tracks", "drums", "gain"), 0.5)
    document.remove(("tracks", "drums"))


def test_a_refused_snapshot_changes_nothing():
    document = make()
    state = document.doc.get_state()
    with pytest.raises(SessionError):
        document.apply({**DATA, "tracks": [{"id": "a", "pan": 9}]})
    assert document.doc.get_state() == state


def test_edits_of_two_threads_do_not_mix():
    document, peer = SessionDocument(), make()
    document.receive(peer.doc.get_update())
    remote = changed(peer, lambda: [peer.set(("tracks", "bass", "gain"), value / 300) for value in range(300)])
    sent = []
    receiving = threading.Event()
    document.observe(lambda event: None if receiving.is_set() else sent.append(event.update))

    def network():
        for update in remote:
            with document.lock:
                receiving.set()
                document.receive(update)
                receiving.clear()

    thread = threading.Thread(target=network)
    thread.start()
    for value in range(300):
        document.set(("tracks", "drums", "gain"), value / 300)
    thread.join()
    assert len(sent) == 300
    for update in sent:
        peer.receive(update)
    assert peer.snapshot() == document.snapshot()


def test_loading_one_content_twice_is_one_history():
    one, other = Doc(), Doc()
    load(one, normalize(DATA))
    load(other, normalize(DATA))
    assert one.get_state() == other.get_state()
    one.apply_update(other.get_update())
    assert SessionDocument(one).snapshot() == normalize(DATA)


def test_loading_two_contents_merges_without_doubling_the_notes():
    one, other = Doc(), Doc()
    load(one, normalize(DATA))
    load(other, normalize({**DATA, "name": "Other"}))
    one.apply_update(other.get_update())
    other.apply_update(one.get_update())
    found = SessionDocument(one).snapshot()
    assert found == SessionDocument(other).snapshot()
    assert found["notes"] == DATA["notes"]
    assert len(found["tracks"]) == 2


def test_client_ids_stay_readable_by_browsers():
    doc = Doc()
    load(doc, normalize(DATA))
    decoder = Decoder(doc.get_state())
    assert all(
        0 < author < 2**32 for author in [decoder.read_var_uint() for _ in range(decoder.read_var_uint() * 2)][::2]
    )
