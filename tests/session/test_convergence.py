"""Two to five peers edit one session at once, cut off from each other now and then: all end up equal, and valid."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pycrdt import Doc

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session import shared
from maxbooster_kernel.session.conform import conform_record, normalize, problems
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.guard import load, read_state
from maxbooster_kernel.session.order import order, place

START = normalize(
    {
        "format": "maxbooster-session", "version": 1, "uuid": "u", "notes": "one two three",
        "tracks": [{"id": "a", "clips": [{"id": "c", "media": "a.wav"}], "sends": [{"bus": "x"}]},
                   {"id": "b"}, {"id": "c"}],
        "buses": [{"id": "x"}, {"id": "y"}],
        "automation": {"a/gain": [{"id": "p", "value": 1.0}]},
    }
)  # fmt: skip
STRIPS = st.sampled_from(["a", "b", "c", "x", "y"])
NUMBERS = st.floats(0.0, 1.0, allow_subnormal=False)
EDITS = st.one_of(
    st.tuples(st.just("set"), STRIPS, st.sampled_from(["gain", "pan"]), NUMBERS),
    st.tuples(st.just("mute"), STRIPS),
    st.tuples(st.just("band"), STRIPS, st.sampled_from(["low", "mid", "high"]), NUMBERS),
    st.tuples(st.just("stage"), STRIPS, st.sampled_from(["eq", "compressor"]), st.booleans()),
    st.tuples(st.just("delete"), STRIPS),
    st.tuples(st.just("add"), STRIPS),
    st.tuples(st.just("move"), st.sampled_from("abc"), st.sampled_from(["a", "b", "c", None])),
    st.tuples(st.just("output"), STRIPS, st.sampled_from(["master", "x", "y"])),
    st.tuples(st.just("send"), STRIPS, st.sampled_from(["x", "y"])),
    st.tuples(st.just("unsend"), STRIPS, st.sampled_from(["x", "y"])),
    st.tuples(st.just("key"), STRIPS, STRIPS),
    st.tuples(st.just("point"), st.sampled_from(["a/gain", "b/pan", "x/gain"]), NUMBERS),
    st.tuples(st.just("clear"), st.sampled_from(["a/gain", "b/pan", "x/gain"])),
    st.tuples(st.just("notes"), st.integers(0, 20), st.text("xyz♪", min_size=1, max_size=4)),
    st.tuples(st.just("snapshot"), STRIPS, NUMBERS),
    st.tuples(st.just("junk"), STRIPS, st.sampled_from(["left", None, True, 99.0, {"a": 1}])),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
)
STEPS = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, 4), EDITS),
    st.tuples(st.just("meet"), st.integers(0, 4), st.integers(0, 4)),
)


class Peers:
    """Peers of one session that exchange what they lack only when told to."""

    def __init__(self, count):
        self.count = count
        self.new = 0
        self.documents = []
        for number in range(count):
            document = SessionDocument(Doc(client_id=number + 1, allow_multithreading=True))
            load(document.doc, START)
            self.documents.append(document)

    def meet(self, one, other):
        first, second = self.documents[one % self.count], self.documents[other % self.count]
        first.receive(second.doc.get_update(first.doc.get_state()))
        second.receive(first.doc.get_update(second.doc.get_state()))

    def meet_all(self):
        for _ in range(2):
            for number in range(self.count):
                self.meet(number, number + 1)

    def edit(self, who, edit):
        document = self.documents[who % self.count]
        try:
            getattr(self, f"do_{edit[0]}")(document, *edit[1:])
        except SessionError:
            assert problems(document.snapshot()) == []

    @staticmethod
    def root(strip):
        return "tracks" if strip in "abc" else "buses"

    def do_set(self, document, strip, name, value):
        document.set((self.root(strip), strip, name), value)

    def do_mute(self, document, strip):
        document.set((self.root(strip), strip, "mute"), not document.get((self.root(strip), strip, "mute")))

    def do_band(self, document, strip, band, value):
        document.set((self.root(strip), strip, "eq", "bands", band, "gain"), value)

    def do_stage(self, document, strip, stage, there):
        change = document.put_back if there else document.leave_out
        change((self.root(strip), strip, stage))

    def do_delete(self, document, strip):
        document.remove((self.root(strip), strip))

    def do_add(self, document, strip):
        kind = "track" if strip in "abc" else "bus"
        document.add((self.root(strip), strip), kind, conform_record(kind, {"id": strip}, strip), pos=9.0)

    def do_move(self, document, strip, before):
        names = [name for name in document.names(("tracks",)) if name != strip]
        if document.has(("tracks", strip)) and (before is None or before in names):
            names.insert(names.index(before) if before else len(names), strip)
            positions = {name: order(document.get(("tracks", name)))[1] for name in names}
            with document.editing():
                for name, position in place(names, positions).items():
                    document.move(("tracks", name), position)
            assert document.names(("tracks",)) == names

    def do_output(self, document, strip, output):
        document.set((self.root(strip), strip, "output"), output)

    def do_send(self, document, strip, bus):
        document.add((self.root(strip), strip, "sends", bus), "send", {"gain": 0.5, "pre_fader": False}, pos=1.0)

    def do_unsend(self, document, strip, bus):
        document.remove((self.root(strip), strip, "sends", bus))

    def do_key(self, document, strip, key):
        document.set((self.root(strip), strip, "compressor", "key"), key)

    def do_point(self, document, target, value):
        self.new += 1
        point = {"time_s": round(value, 1), "value": value, "curve": "set"}
        document.add(("automation", target, f"n{self.new}"), "point", point)

    def do_clear(self, document, target):
        document.remove(("automation", target))

    def do_notes(self, document, where, text):
        with document.editing():
            old = str(document.notes)
            cut = min(where, len(old))
            shared.reconcile_text(document.notes, old[:cut] + text + old[cut:])

    def do_snapshot(self, document, strip, value):
        data = document.snapshot()
        for track in data["tracks"]:
            track["gain"] = value if track["id"] == strip else track["gain"]
        data["tracks"].reverse()
        document.apply(data)
        assert document.snapshot() == normalize(data)

    def do_junk(self, document, strip, value):
        document.set((self.root(strip), strip, "gain"), value)

    def do_undo(self, document):
        document.undo()

    def do_redo(self, document):
        document.redo()


@settings(max_examples=max(100, settings().max_examples))
@given(st.integers(2, 5), st.lists(STEPS, max_size=40))
@example(2, [("edit", 0, ("delete", "x")), ("edit", 1, ("send", "b", "x")), ("edit", 1, ("output", "c", "x"))])
@example(2, [("edit", 0, ("output", "x", "y")), ("edit", 1, ("output", "y", "x"))])
@example(2, [("edit", 0, ("delete", "a")), ("edit", 1, ("move", "a", None)), ("edit", 1, ("set", "a", "gain", 0.5))])
def test_all_peers_end_equal_and_valid(count, steps):
    peers = Peers(count)
    for step in steps:
        if step[0] == "edit":
            peers.edit(step[1], step[2])
        else:
            peers.meet(step[1], step[2])
    peers.meet_all()
    snapshots = [document.snapshot() for document in peers.documents]
    assert all(snapshot == snapshots[0] for snapshot in snapshots)
    assert problems(snapshots[0]) == []
    states = [read_state(document.doc.get_state()) for document in peers.documents]
    assert all(state == states[0] for state in states)
    ids = [track["id"] for track in snapshots[0]["tracks"]]
    assert len(ids) == len(set(ids))


@given(st.permutations(range(6)), st.lists(EDITS, min_size=6, max_size=6))
def test_updates_commute_and_repeat(order, edits):
    source = Peers(1).documents[0]
    updates = []
    source.observe(lambda event: updates.append(event.update))
    peers = Peers(1)
    peers.documents = [source]
    for edit in edits:
        peers.edit(0, edit)
    straight, shuffled = SessionDocument(), SessionDocument()
    for document in (straight, shuffled):
        load(document.doc, START)
    for update in updates:
        straight.receive(update)
    for number in [*order, *order]:
        if number < len(updates):
            shuffled.receive(updates[number])
    for update in updates:
        shuffled.receive(update)
    assert straight.snapshot() == shuffled.snapshot() == source.snapshot()


def both(edit_one, edit_other):
    peers = Peers(2)
    peers.edit(0, edit_one)
    peers.edit(1, edit_other)
    peers.meet_all()
    found = peers.documents[0].snapshot()
    assert found == peers.documents[1].snapshot()
    return found


def test_different_fields_both_live():
    found = both(("set", "a", "gain", 0.5), ("set", "a", "pan", 0.25))
    assert (found["tracks"][0]["gain"], found["tracks"][0]["pan"]) == (0.5, 0.25)


def test_of_one_field_one_writer_wins():
    assert both(("set", "a", "gain", 0.5), ("set", "a", "gain", 0.25))["tracks"][0]["gain"] in (0.5, 0.25)


def test_text_written_in_one_place_by_two_is_kept_twice():
    found = both(("notes", 3, "XX"), ("notes", 3, "YY"))
    assert found["notes"].replace("XX", "").replace("YY", "") == "one two three"
    assert "XX" in found["notes"]
    assert "YY" in found["notes"]


def test_deleting_wins_over_moving_and_setting():
    assert [t["id"] for t in both(("delete", "a"), ("move", "a", None))["tracks"]] == ["b", "c"]
    assert [t["id"] for t in both(("delete", "a"), ("set", "a", "gain", 0.5))["tracks"]] == ["b", "c"]


def test_a_send_to_a_bus_deleted_meanwhile_is_silent_until_the_bus_is_back():
    peers = Peers(2)
    peers.edit(0, ("delete", "x"))
    peers.edit(1, ("output", "b", "x"))
    peers.meet_all()
    found = peers.documents[1].snapshot()
    assert [track["output"] for track in found["tracks"]] == ["master"] * 3
    assert found["tracks"][0]["sends"] == []
    peers.edit(0, ("undo",))
    peers.meet_all()
    found = peers.documents[1].snapshot()
    assert found["tracks"][1]["output"] == "x"
    assert found["tracks"][0]["sends"][0]["bus"] == "x"


def test_two_outputs_that_close_a_circle_are_cut_in_one_place():
    found = both(("output", "x", "y"), ("output", "y", "x"))
    assert {bus["id"]: bus["output"] for bus in found["buses"]} == {"x": "y", "y": "master"}


def test_two_reorderings_keep_every_track_once():
    found = both(("move", "c", "a"), ("move", "a", None))
    assert sorted(track["id"] for track in found["tracks"]) == ["a", "b", "c"]
