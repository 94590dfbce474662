"""The public session: what CONTRACT.md promises to scripts."""

import math

import numpy as np
import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.errors import MaxBoosterError, SampleRateError, SessionError


@pytest.fixture
def stems(tmp_path):
    for name in ("drums", "bass"):
        mb.AudioBuffer(np.zeros((2, 4410), np.float32), 44100).write(tmp_path / "stems" / f"{name}.wav")
    return sorted((tmp_path / "stems").glob("*.wav"))


def test_from_stems_to_file_and_back(stems, tmp_path):
    session = mb.Session.from_stems(stems, name="Night Drive")
    assert [track.id for track in session.tracks] == ["bass", "drums"]
    path = session.save(tmp_path / "song.mbsession")
    opened = mb.Session.open(path)
    assert opened.snapshot() == session.snapshot()
    assert opened.tracks["drums"].clips["c1"].media == "stems/drums.wav"
    assert len(opened.tracks["drums"].clips["c1"].sha256) == 64


def test_values_by_name_and_in_decibels(stems):
    session = mb.Session.from_stems(stems)
    drums = session.tracks["drums"]
    drums.gain_db = -6.0
    assert drums.gain == pytest.approx(0.501187, abs=1e-6)
    drums.gain = 0.0
    assert drums.gain_db == -math.inf
    drums.pan, drums.mute, drums.solo = -0.5, True, True
    drums.eq["low"].gain = 3
    drums.compressor.threshold = -30
    found = session.snapshot()["tracks"][1]
    assert (found["pan"], found["mute"], found["solo"]) == (-0.5, True, True)
    assert found["eq"]["bands"][0]["gain"] == 3.0
    assert found["compressor"]["threshold"] == -30


def test_buses_sends_inserts_clips_automation_markers_comments(stems):
    session = mb.Session.from_stems(stems)
    session.buses.add("Reverb", bus_id="verb").inserts.add("reverb", insert_id="r", wet=0.3)
    drums = session.tracks["drums"]
    drums.sends.add("verb", gain=0.5)
    drums.output = "verb"
    drums.clips.add("stems/bass.wav", clip_id="c2", start_s=2.0)
    drums.compressor.key = "bass"
    lane = session.automation["drums/gain"]
    lane.set(0.0, 1.0)
    lane.linear(1.0, 0.5)
    lane.set(1.0, 0.2)
    lane.target(2.0, 0.0, time_constant_s=0.1)
    lane.follow(3.0, [0, 1], duration_s=1.0)
    session.automation["verb/inserts/r/wet"].exponential(1.0, 0.6)
    session.markers.add(16.0, "Chorus")
    comment = session.comments.add("too loud", time_s=2.0, track="drums", author="ada")
    comment.resolved = True
    session.notes = "Größe"
    session.tempo_bpm, session.time_signature = 96, (3, 4)
    found = session.snapshot()
    assert [point["curve"] for point in found["automation"]["drums/gain"]] == [
        "set",
        "linear",
        "set",
        "target",
        "curve",
    ]
    assert found["automation"]["verb/inserts/r/wet"][0]["value"] == 0.6
    assert found["comments"][0] == {
        "id": comment.id, "time_s": 2.0, "track": "drums", "author": "ada", "text": "too loud", "resolved": True,
    }  # fmt: skip
    assert (found["tempo_bpm"], found["time_signature"], found["notes"]) == (96.0, [3, 4], "Größe")
    assert found["tracks"][1]["sends"] == [{"bus": "verb", "gain": 0.5, "pre_fader": False}]
    session.automation["drums/gain"].clear()
    assert "drums/gain" not in session.automation


def test_stages_can_be_left_out_and_put_back(stems):
    session = mb.Session.from_stems(stems)
    eq = session.tracks["drums"].eq
    eq.leave_out()
    assert session.snapshot()["tracks"][1]["eq"] is None
    with pytest.raises(SessionError, match="restore"):
        eq["low"].gain = 1.0
    eq.restore()
    assert eq.bands.ids == ["low", "mid", "high"]
    eq.add("air", type="peaking", frequency=500)
    assert eq["air"].frequency == 500.0
    eq.leave_out()
    eq.leave_out()
    eq.restore()
    assert eq["air"].frequency == 500.0
    session.master.limiter.enabled = False
    assert session.snapshot()["master"]["limiter"]["enabled"] is False


def test_strips_move_and_go(stems):
    session = mb.Session.from_stems(stems)
    session.tracks.add("Keys", track_id="keys")
    session.tracks.move("keys", before="bass")
    assert session.tracks.ids == ["keys", "bass", "drums"]
    session.tracks.move("keys")
    assert session.tracks.ids == ["bass", "drums", "keys"]
    keys = session.tracks["keys"]
    session.tracks.remove("keys")
    assert not keys.exists
    with pytest.raises(SessionError, match="someone deleted it"):
        _ = keys.gain


def test_a_block_is_one_undo_step_and_a_failing_one_none(stems):
    session = mb.Session.from_stems(stems)
    with session.edit("louder drums"):
        session.tracks["drums"].gain = 2.0
        session.tracks["bass"].gain = 0.5
    assert session.undo()
    assert (session.tracks["drums"].gain, session.tracks["bass"].gain) == (1.0, 1.0)
    assert session.redo()
    assert session.tracks["drums"].gain == 2.0

    def fail():
        with session.edit("wrong"):
            session.tracks["drums"].gain = 3.0
            session.tracks["drums"].pan = 7.0

    with pytest.raises(SessionError):
        fail()
    assert session.tracks["drums"].gain == 2.0


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: s.tracks["drum"], 'there is no "drum"; did you mean drums?'),
        (lambda s: setattr(s.tracks["drums"], "gian", 1), "Track has no 'gian'; did you mean gain?"),
        (lambda s: s.tracks["drums"].gian, "did you mean gain?"),
        (lambda s: setattr(s, "tempo", 1), "did you mean tempo_bpm?"),
        (lambda s: s.trakcs, "did you mean tracks?"),
        (lambda s: setattr(s.tracks["drums"], "pan", "left"), 'expected a number from -1 to 1, got "left"'),
        (lambda s: setattr(s.tracks["drums"], "gain", math.nan), "expected a number of at least 0, got NaN"),
        (lambda s: setattr(s.tracks["drums"], "output", "x"), 'no bus is called "x"'),
        (lambda s: s.tracks["drums"].sends.add("x"), 'no bus is called "x"'),
        (lambda s: s.tracks.add("x", track_id="drums"), 'the id "drums" is used already'),
        (lambda s: s.tracks.add("x", track_id="a/b"), "an id: text without"),
        (lambda s: s.buses.add("B", bus_id="b", output="b"), "the signal runs in a circle: b -> b"),
        (lambda s: s.automation["drums/gian"], "did you mean drums/gain?"),
        (lambda s: s.tracks["drums"].clips.add("../x.wav"), "a path inside the session's folder"),
        (lambda s: s.save(), "the session has no file yet"),
    ],
)
def test_mistakes_are_refused_with_a_hint_and_change_nothing(stems, edit, message):
    session = mb.Session.from_stems(stems)
    before = session.snapshot()
    with pytest.raises((MaxBoosterError, AttributeError)) as caught:
        edit(session)
    assert message in str(caught.value)
    assert session.snapshot() == before


def test_stems_that_do_not_fit(stems, tmp_path):
    with pytest.raises(SessionError, match="at least one stem"):
        mb.Session.from_stems([])
    mb.AudioBuffer(np.zeros((2, 10), np.float32), 48000).write(tmp_path / "keys.wav")
    with pytest.raises(SampleRateError, match=r"44100 Hz, 48000 Hz .keys.wav differs.*mb.resample"):
        mb.Session.from_stems([*stems, tmp_path / "keys.wav"])
    mb.AudioBuffer(np.zeros((2, 10), np.float32), 44100).write(tmp_path / "other" / "bass.wav")
    with pytest.raises(SessionError, match='two stems are called "bass"'):
        mb.Session.from_stems([*stems, tmp_path / "other" / "bass.wav"])


def test_the_file_must_lie_above_its_media(stems, tmp_path):
    session = mb.Session.from_stems(stems)
    with pytest.raises(SessionError, match="in the session file's folder"):
        session.save(tmp_path / "elsewhere" / "song.mbsession")
    assert not (tmp_path / "elsewhere" / "song.mbsession").exists()


def test_missing_media_are_an_error(stems, tmp_path):
    path = mb.Session.from_stems(stems).save(tmp_path / "song.mbsession")
    stems[1].unlink()
    with pytest.raises(SessionError, match=r'tracks\[1\]\.clips\[0\]\.media: .*"stems/drums.wav"'):
        mb.Session.open(path)


def test_the_summary_says_in_words_what_it_shows_in_color(stems):
    session = mb.Session.from_stems(stems, name="Night <Drive>")
    session.tracks["drums"].mute = True
    html = session._repr_html_()
    assert "Night &lt;Drive&gt;" in html
    assert "mute" in html
    assert repr(session).startswith("Session('Night <Drive>', tracks=2, buses=0")
