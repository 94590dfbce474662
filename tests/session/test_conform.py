"""The schema's defaults and errors, as CONTRACT.md words them."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.errors import SessionError, SessionVersionError
from maxbooster_kernel.session.conform import heal, normalize, problems

HEAD = {"format": "maxbooster-session", "version": 1}


def session(**fields):
    return {**HEAD, **fields}


def test_missing_fields_take_the_contracts_values():
    found = normalize(session(tracks=[{"id": "drums", "clips": [{"id": "c1", "media": "stems/drums.wav"}]}]))
    track = found["tracks"][0]
    assert track["eq"] == {
        "enabled": True,
        "bands": [
            {"id": "low", "type": "lowshelf", "frequency": 320, "gain": 0.0},
            {"id": "mid", "type": "peaking", "frequency": 1000, "Q": 1, "gain": 0.0},
            {"id": "high", "type": "highshelf", "frequency": 3200, "gain": 0.0},
        ],
    }
    assert track["compressor"] == {
        "enabled": True, "threshold": -24, "knee": 30, "ratio": 12, "attack": 0.003, "release": 0.25, "key": None,
    }  # fmt: skip
    assert (track["gain"], track["pan"], track["mute"], track["solo"], track["output"]) == (
        1.0,
        0.0,
        False,
        False,
        "master",
    )
    assert track["clips"][0]["duration_s"] is None
    assert found["master"]["limiter"]["threshold"] == -1
    assert found["master"]["compressor"]["ratio"] == 3
    assert (found["sample_rate"], found["tempo_bpm"], found["time_signature"]) == (44100, 120.0, [4, 4])
    assert (found["automation"], found["markers"], found["comments"], found["notes"]) == ({}, [], [], "")


def test_null_leaves_a_stage_out():
    found = normalize(
        session(tracks=[{"id": "a", "eq": None, "compressor": None}], master={"compressor": None, "limiter": None})
    )
    assert found["tracks"][0]["eq"] is None
    assert found["tracks"][0]["compressor"] is None
    assert found["master"]["limiter"] is None


def test_a_stage_that_is_there_without_its_list_has_an_empty_one():
    assert normalize(session(tracks=[{"id": "a", "eq": {}}]))["tracks"][0]["eq"] == {"enabled": True, "bands": []}


def test_unknown_fields_are_kept_everywhere():
    found = normalize(session(studio={"room": 3}, tracks=[{"id": "a", "mood": ["x", 1.5], "eq": {"shape": "warm"}}]))
    assert found["studio"] == {"room": 3}
    assert found["tracks"][0]["mood"] == ["x", 1.5]
    assert found["tracks"][0]["eq"]["shape"] == "warm"


def test_normalizing_twice_changes_nothing():
    once = normalize(session(tracks=[{"id": "a"}], buses=[{"id": "b"}]))
    assert normalize(once) == once


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (session(tracks=[{"id": "a"}, {"id": "b"}, {"id": "c", "pan": "left"}]),
         'tracks[2].pan: expected a number from -1 to 1, got "left"'),
        (session(tracks=[{"id": "a", "gain": math.nan}]), "tracks[0].gain: expected a number of at least 0, got NaN"),
        (session(tracks=[{"id": "a", "pan": 1.5}]), "tracks[0].pan: expected a number from -1 to 1, got 1.5"),
        (session(tracks=[{"id": "a"}, {"id": "a"}]), 'tracks[1].id: the id "a" is used twice'),
        (session(tracks=[{"id": "a"}], buses=[{"id": "a"}]), 'buses[0].id: the id "a" is used by a track too'),
        (session(tracks=[{"id": "a", "mute": 1}]), "tracks[0].mute: expected true or false, got 1"),
        (session(tracks=[{"name": "a"}]), "tracks[0].id: this field is required and missing"),
        (session(tracks=[{"id": "a", "clips": [{"id": "c"}]}]),
         "tracks[0].clips[0].media: this field is required and missing"),
        (session(tracks=[{"id": "a", "clips": [{"id": "c", "media": "../a.wav"}]}]),
         'tracks[0].clips[0].media: expected a path inside the session\'s folder, got "../a.wav"'),
        (session(tracks=[{"id": "a", "output": "b"}]), 'tracks[0].output: no bus is called "b"'),
        (session(tracks=[{"id": "a", "sends": [{"bus": "b"}]}]), 'tracks[0].sends[0].bus: no bus is called "b"'),
        (session(tracks=[{"id": "a", "compressor": {"key": "b"}}]),
         'tracks[0].compressor.key: no track or bus is called "b"'),
        (session(buses=[{"id": "a", "output": "b"}, {"id": "b", "sends": [{"bus": "a"}]}]),
         "buses[1]: the signal runs in a circle: a -> b -> a"),
        (session(tracks=[{"id": "a"}], automation={"b/gain": []}),
         'automation["b/gain"]: no track or bus is called "b"'),
        (session(tracks=[{"id": "a"}], automation={"a/gian": []}), 'automation["a/gian"]: "a" has no parameter "gian"'),
        (session(tracks=[{"id": "a"}], automation={"a/gain": [{"id": "p", "value": "x"}]}),
         'automation["a/gain"][0].value: expected a number, got "x"'),
        (session(tracks={"a": 1}), 'tracks: expected a list, got {"a": 1}'),
        ({"version": 1}, "format: this field is required and missing"),
        ({"format": "other", "version": 1}, 'format: expected "maxbooster-session", got "other"'),
        ({"format": "maxbooster-session"}, "version: this field is required and missing"),
        ([], "session: expected an object, got []"),
        (session(extra={"deep": [math.inf]}), "extra.deep[0]: expected a finite number, got an infinite number"),
    ],
)  # fmt: skip
def test_errors_name_the_place(data, message):
    with pytest.raises(SessionError) as caught:
        normalize(data)
    assert str(caught.value).split(" (and ")[0] == message


def test_a_newer_version_is_refused():
    with pytest.raises(SessionVersionError, match="version 2, this program knows up to 1"):
        normalize({"format": "maxbooster-session", "version": 2})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from(["a", "b", "master", "a/b", "", "verb"])
STRIP = st.fixed_dictionaries(
    {"id": NAMES},
    optional={
        "gain": JSON, "pan": JSON, "output": NAMES, "eq": JSON,
        "compressor": st.fixed_dictionaries({"key": NAMES}) | JSON,
        "sends": st.lists(st.fixed_dictionaries({"bus": NAMES}), max_size=3) | JSON, "clips": JSON, "inserts": JSON,
    },
)  # fmt: skip
SESSIONS = st.fixed_dictionaries(
    {"format": st.just("maxbooster-session"), "version": st.just(1)},
    optional={
        "tracks": st.lists(STRIP, max_size=3) | JSON, "buses": st.lists(STRIP, max_size=3) | JSON, "master": JSON,
        "automation": st.dictionaries(st.sampled_from(["a/gain", "b/pan", "x"]), JSON, max_size=2) | JSON, "x": JSON,
    },
)  # fmt: skip


@given(SESSIONS | JSON)
def test_whatever_comes_is_healed_into_a_valid_session(data):
    healed = heal(data)
    assert problems(healed) == []
    assert heal(healed) == healed
    json.dumps(healed, allow_nan=False)
