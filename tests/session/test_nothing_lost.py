"""Peers begin the same things at once, cut off from each other: what was set is there, unless somebody deleted it."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pycrdt import Doc

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session.conform import normalize, problems
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.guard import load

BARE = normalize(
    {
        "format": "maxbooster-session", "version": 1, "uuid": "u", "master": {"compressor": None, "limiter": None},
        "tracks": [{"id": "a", "eq": None, "compressor": None}, {"id": "b", "eq": None, "compressor": None}],
        "buses": [{"id": "x", "eq": None, "compressor": None}],
    }
)  # fmt: skip
OWN = ("threshold", "knee", "ratio", "attack", "release")  # each peer turns a knob of its own
BANDS = ("low", "mid", "high")
TARGETS = st.sampled_from(["a/gain", "b/gain", "a/eq/low/gain", "master/gain"])
STRIPS = st.sampled_from([("tracks", "a"), ("tracks", "b"), ("buses", "x"), ("master",)])
NUMBERS = st.floats(0.0, 1.0, allow_subnormal=False)
EDITS = st.one_of(
    st.tuples(st.just("point"), TARGETS, NUMBERS),
    st.tuples(st.just("clear"), TARGETS),
    st.tuples(st.just("on"), STRIPS),
    st.tuples(st.just("off"), STRIPS),
    st.tuples(st.just("knob"), STRIPS, NUMBERS),
    st.tuples(st.just("band"), STRIPS, NUMBERS),
    st.tuples(st.just("send"), STRIPS),
    st.tuples(st.just("level"), STRIPS, NUMBERS),
    st.tuples(st.just("delete"), STRIPS),
)
STEPS = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, 4), EDITS),
    st.tuples(st.just("meet"), st.integers(0, 4), st.integers(0, 4)),
)


class Peers:
    """Peers, and a book of what each has set."""

    def __init__(self, count):
        self.documents = [
            SessionDocument(Doc(client_id=number + 1, allow_multithreading=True)) for number in range(count)
        ]
        for document in self.documents:
            load(document.doc, BARE)
        self.points, self.fields, self.deleted = {}, {}, set()

    def meet(self, one, other):
        first, second = self.documents[one], self.documents[other]
        first.receive(second.doc.get_update(first.doc.get_state()))
        second.receive(first.doc.get_update(second.doc.get_state()))

    def meet_all(self):
        for _ in range(2):
            for number in range(len(self.documents)):
                self.meet(number, (number + 1) % len(self.documents))

    def edit(self, who, edit):
        try:
            getattr(self, edit[0])(who, self.documents[who], *edit[1:])
        except SessionError:
            assert problems(self.documents[who].snapshot()) == []

    def set(self, document, path, value):
        document.set(path, value)
        self.fields[path] = value

    def point(self, who, document, target, value):
        name = f"p{who}-{len(self.points)}"
        document.add(("automation", target, name), "point", {"time_s": 0.0, "value": value, "curve": "set"})
        self.points[target, name] = value

    def clear(self, who, document, target):
        self.deleted.update((target, name) for name in document.names(("automation", target)))
        document.remove(("automation", target))

    def on(self, who, document, strip):
        for stage in ("eq", "compressor", "limiter"):
            if document.has((*strip, stage)):
                document.put_back((*strip, stage))

    def off(self, who, document, strip):
        document.leave_out((*strip, "compressor"))

    def knob(self, who, document, strip, value):
        self.set(document, (*strip, "compressor", OWN[who]), value)

    def band(self, who, document, strip, value):
        if who < len(BANDS):
            self.set(document, (*strip, "eq", "bands", BANDS[who], "gain"), value)

    def send(self, who, document, strip):
        if strip[0] == "tracks" and not document.has((*strip, "sends", "x")):
            document.add((*strip, "sends", "x"), "send", {"gain": 0.25, "pre_fader": False}, pos=1.0)

    def level(self, who, document, strip, value):
        if who == 0:
            self.set(document, (*strip, "sends", "x", "gain"), value)
        elif who == 1:
            self.set(document, (*strip, "sends", "x", "pre_fader"), value > 0.5)

    def delete(self, who, document, strip):
        if strip[0] != "master":
            document.remove(strip)
            self.deleted.add(strip)


FIRST = [("edit", who, ("point", "a/gain", who / 2)) for who in range(3)]
SWITCHED = [
    ("edit", who, edit) for who in range(3) for edit in (("on", ("tracks", "a")), ("knob", ("tracks", "a"), 0.5))
]
EQUALISED = [
    ("edit", who, edit) for who in range(3) for edit in (("on", ("tracks", "a")), ("band", ("tracks", "a"), 0.5))
]
SENT = [
    ("edit", who, edit) for who in range(2) for edit in (("send", ("tracks", "a")), ("level", ("tracks", "a"), 0.75))
]


@settings(max_examples=max(100, settings().max_examples))
@given(st.integers(2, 5), st.lists(STEPS, max_size=40))
@example(3, FIRST)
@example(3, SWITCHED)
@example(3, EQUALISED)
@example(2, SENT)
@example(2, [*SENT, ("edit", 1, ("delete", ("buses", "x")))])
@example(3, [*FIRST, ("edit", 0, ("delete", ("tracks", "a")))])
def test_what_was_set_is_there_unless_somebody_deleted_it(count, steps):
    peers = Peers(count)
    for what, who, step in steps:
        if what == "edit":
            peers.edit(who % count, step)
        else:
            peers.meet(who % count, step % count)
    peers.meet_all()
    snapshots = [document.snapshot() for document in peers.documents]
    assert all(snapshot == snapshots[0] for snapshot in snapshots)
    document, found = peers.documents[0], peers.documents[0].raw()["automation"]
    points = {(target, point["id"]): point["value"] for target, lane in found.items() for point in lane}
    assert points == {place: value for place, value in peers.points.items() if place not in peers.deleted}
    for path, value in peers.fields.items():
        if path[:2] not in peers.deleted:
            assert document.get(path) == value
    for strip in [*snapshots[0]["tracks"], *snapshots[0]["buses"]]:
        kept = {name for target, name in points if target == f"{strip['id']}/gain"}
        assert {point["id"] for point in snapshots[0]["automation"].get(f"{strip['id']}/gain", [])} == kept


def test_a_stage_two_switch_on_has_the_settings_of_both():
    peers = Peers(2)
    for who, ratio in enumerate((0.5, 0.25)):
        peers.edit(who, ("on", ("tracks", "a")))
        peers.edit(who, ("knob", ("tracks", "a"), ratio))
    peers.meet_all()
    compressor = peers.documents[0].snapshot()["tracks"][0]["compressor"]
    assert compressor["enabled"]
    assert peers.documents[1].get(("tracks", "a", "compressor", "threshold")) == 0.5
    assert peers.documents[0].get(("tracks", "a", "compressor", "knee")) == 0.25


def test_leaving_a_stage_out_wins_over_turning_it_and_undoing_it_brings_back_both():
    peers = Peers(2)
    peers.edit(0, ("on", ("tracks", "a")))
    peers.meet_all()
    peers.edit(0, ("off", ("tracks", "a")))
    peers.edit(1, ("knob", ("tracks", "a"), 0.25))
    peers.meet_all()
    assert peers.documents[1].snapshot()["tracks"][0]["compressor"] is None
    assert peers.documents[0].undo()
    peers.meet_all()
    assert peers.documents[1].snapshot()["tracks"][0]["compressor"]["knee"] == 0.25


def test_a_send_removed_while_another_turns_it_is_gone_and_a_new_one_is_as_asked():
    peers = Peers(2)
    peers.edit(0, ("send", ("tracks", "a")))
    peers.meet_all()
    peers.documents[1].remove(("tracks", "a", "sends", "x"))
    peers.edit(0, ("level", ("tracks", "a"), 0.75))
    peers.meet_all()
    assert peers.documents[0].snapshot()["tracks"][0]["sends"] == []
    peers.edit(1, ("send", ("tracks", "a")))
    assert peers.documents[1].snapshot()["tracks"][0]["sends"] == [{"bus": "x", "gain": 0.25, "pre_fader": False}]


def test_undo_takes_back_only_ones_own_first_point():
    peers = Peers(2)
    for who in range(2):
        peers.edit(who, ("point", "a/gain", 0.5))
    peers.meet_all()
    assert peers.documents[0].undo()
    peers.meet_all()
    (point,) = peers.documents[1].snapshot()["automation"]["a/gain"]
    assert point["id"].startswith("p1")
    assert peers.documents[0].redo()
    peers.meet_all()
    assert len(peers.documents[1].snapshot()["automation"]["a/gain"]) == 2
