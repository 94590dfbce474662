"""RELEASE.json: every field of the contract both ways, unknown fields kept, errors that name the place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.catalogue import loads_release, release_from_dict, release_to_dict
from maxbooster_kernel.errors import ReleaseError

CONTRACT = {
    "upc": "0123456789012",
    "title": "Night Drive",
    "version": None,
    "type": "Album",
    "label": "North Pier",
    "artists": [
        {"name": "Ada Vale", "role": "MainArtist", "ids": {"isni": None, "ipi": None, "spotify": "x", "apple": None}}
    ],
    "genre": "Electronic",
    "subgenre": None,
    "language": "en",
    "explicit": "NotExplicit",
    "release_date": "2026-12-04",
    "original_release_date": None,
    "p_line": {"year": 2026, "text": "2026 North Pier"},
    "c_line": {"year": 2026, "text": "2026 North Pier"},
    "cover": "cover.jpg",
    "sender": {"dpid": "PADPIDA2014122301Q", "name": "..."},
    "recipient": {"dpid": "...", "name": "..."},
    "message_id": "M1",
    "created": "2026-11-22T10:00:00Z",
    "test": True,
    "deals": [
        {
            "commercial_model": "SubscriptionModel",
            "use_types": ["OnDemandStream", "NonInteractiveStream"],
            "territories": ["Worldwide"],
            "excluded_territories": [],
            "start": "2026-12-04",
            "end": None,
            "price": {"amount": "0.99", "currency": "USD"},
            "tracks": None,
        }
    ],
    "tracks": [
        {
            "disc": 1,
            "number": 1,
            "isrc": "USABC2600001",
            "iswc": None,
            "title": "Night Drive",
            "version": None,
            "artists": [{"name": "Ada Vale", "role": "MainArtist"}],
            "contributors": [{"name": "Ben Oak", "roles": ["Composer", "Producer"]}],
            "publishing": [{"party": "Oak Songs", "role": "MusicPublisher", "share": "100"}],
            "duration_s": 201.4,
            "explicit": "NotExplicit",
            "language": "en",
            "genre": None,
            "p_line": None,
            "file": "audio/01.flac",
            "rights": [{"party": "North Pier", "share": "33.333333"}],
        }
    ],
}


def test_the_contract_round_trips():
    assert release_to_dict(release_from_dict(CONTRACT)) == CONTRACT
    assert release_to_dict(loads_release(json.dumps(CONTRACT))) == CONTRACT


def test_unknown_fields_are_kept_everywhere():
    value = json.loads(json.dumps(CONTRACT))
    value["mood"] = {"dark": 0.5}
    value["tracks"][0]["bpm"] = 120.25
    value["deals"][0]["note"] = "x"
    value["artists"][0]["ids"]["deezer"] = "7"
    value["tracks"][0]["rights"][0]["since"] = [1, 2]
    assert release_to_dict(loads_release(json.dumps(value))) == value


def test_optional_fields_may_be_missing():
    record = release_from_dict({"title": "X", "tracks": [{"title": "A"}, {"title": "B"}]})
    assert [track.number for track in record.tracks] == [1, 2]
    assert record.test is True


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("title",), 5, "title: expected a string, got 5"),
        (("tracks",), {}, "tracks: expected a list of objects, got {}"),
        (("tracks", 0), "x", 'tracks[0]: expected an object, got "x"'),
        (("tracks", 0, "duration_s"), "long", 'tracks[0].duration_s: expected a number, got "long"'),
        (("tracks", 0, "disc"), True, "tracks[0].disc: expected a whole number, got true"),
        (("tracks", 0, "rights", 0, "share"), 33.3, "tracks[0].rights[0].share: expected a decimal in quotes"),
        (("tracks", 0, "rights", 0, "share"), "a third", "tracks[0].rights[0].share: expected a decimal in quotes"),
        (("tracks", 0, "rights", 0, "share"), "NaN", "tracks[0].rights[0].share: expected a finite decimal"),
        (("deals", 0, "use_types"), ["Stream", 3], "deals[0].use_types[1]: expected a string, got 3"),
        (("test",), "yes", 'test: expected true or false, got "yes"'),
    ],
)
def test_a_wrong_type_names_the_place(path, value, message):
    data = json.loads(json.dumps(CONTRACT))
    at = data
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(ReleaseError) as caught:
        release_from_dict(data)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"title": NaN}', "[" * 100_000])
def test_bad_json_is_one_sentence(text):
    with pytest.raises(ReleaseError):
        loads_release(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CONTRACT, "x", "share"]), inner),
    max_leaves=12,
)


@given(JSON)
def test_any_json_gives_a_record_or_a_release_error(value):
    try:
        record = release_from_dict(value)
    except ReleaseError:
        return
    assert release_from_dict(release_to_dict(record)) == record
