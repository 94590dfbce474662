"""Differences in words."""

from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.words import changes

SONG = normalize(
    {
        "format": "maxbooster-session", "version": 1, "uuid": "u",
        "tracks": [{"id": "d", "name": "Drums", "clips": [{"id": "c", "media": "a.wav"}],
                    "inserts": [{"id": "i", "type": "reverb", "params": {"wet": 0.3}}]}, {"id": "b", "name": "Bass"}],
        "buses": [{"id": "v", "name": "Verb"}],
    }
)  # fmt: skip


def said(edit, authors=None):
    import copy

    new = copy.deepcopy(SONG)
    edit(new)
    return [str(change) for change in changes(SONG, normalize(new), authors)]


def test_nothing():
    assert said(lambda s: None) == []


def test_a_fader_with_its_author():
    def edit(session):
        session["tracks"][0]["gain"] = 10 ** (-4.5 / 20)

    assert said(edit, {"tracks/d/gain": "ada"}) == ["Drums gain 0.0 -> -4.5 dB (ada)"]


def test_everything_has_words():
    def edit(session):
        drums, bass = session["tracks"]
        drums["eq"]["bands"][0]["gain"] = 3
        drums["compressor"] = None
        drums["mute"] = True
        drums["gain"] = 0
        drums["sends"] = [{"bus": "v"}]
        drums["clips"] = [{**drums["clips"][0], "start_s": 2}, {"id": "c2", "media": "b.wav"}]
        drums["inserts"][0]["params"]["wet"] = 0.5
        bass["name"] = "Double bass"
        session["tracks"].reverse()
        session["tracks"].append({"id": "k", "name": "Keys"})
        session["master"]["limiter"]["threshold"] = -2
        session["automation"] = {"d/pan": [{"id": "p", "value": 0}, {"id": "q", "value": 1}]}
        session["markers"] = [{"id": "m", "time_s": 16, "name": "Chorus"}]
        session["comments"] = [{"id": "k", "text": "too loud"}]
        session["notes"] = "x"
        session["tempo_bpm"] = 96
        session["mood"] = "dark"

    assert sorted(said(edit)) == sorted(
        [
            "tempo 120 -> 96 BPM",
            "Double bass name Bass -> Double bass",
            "Drums eq low gain 0 -> 3 dB",
            "Drums compressor left out",
            "Drums mute off -> on",
            "Drums gain 0.0 -> -∞ dB",
            "Drums send to Verb added",
            "Drums clip a.wav start 0 -> 2 s",
            "Drums clip b.wav added",
            "Drums reverb wet 0.3 -> 0.5",
            "Keys added",
            "tracks in another order: Double bass, Drums, Keys",
            "Master limiter threshold -1 -> -2 dB",
            "Drums pan automation: 2 points added",
            "marker Chorus added",
            "comment too loud added",
            "notes edited",
            "mood none -> dark",
        ]
    )


def test_what_is_gone():
    def edit(session):
        session["tracks"] = session["tracks"][1:]
        session["buses"] = []

    assert sorted(said(edit)) == ["Drums removed", "Verb removed"]


def test_points_and_orders_are_credited_to_all_who_made_them():
    session = normalize({"format": "maxbooster-session", "version": 1, "tracks": [{"id": "d"}, {"id": "e"}]})
    document = SessionDocument()
    document.apply(session)
    for name in ("p", "q"):
        document.add(("automation", "d/gain", name), "point", {"time_s": 0.0, "value": 1.0, "curve": "set"})
    document.leave_out(("tracks", "d", "eq"))
    document.move(("tracks", "d"), 9.0)
    authors = {
        "automation/d/gain/p": "ada", "automation/d/gain/q/value": "ben", "automation/d/gainer/q": "eve",
        "tracks/d/eq/left_out": "ada", "tracks/d/pos": "ben", "tracks/d/gain": "eve",
    }  # fmt: skip
    assert [str(change) for change in changes(session, document.snapshot(), authors)] == [
        "d eq left out (ada)",
        "tracks in another order: e, d (ben)",
        "d gain automation: 2 points added (ada, ben)",
    ]
