"""Session files: stable, whole, and never silently wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.errors import OutputExistsError, SessionError
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.session.file import check_media, dumps, loads, read_session, write_session
from maxbooster_kernel.session.migrations import STEPS, migrate
from maxbooster_kernel.session.schema import version

SONG = normalize(
    {
        "format": "maxbooster-session", "version": 1, "name": "Nachtfahrt ♪", "zz": {"b": 1, "a": [1, {"q": None}]},
        "tracks": [{"id": "drums", "clips": [{"id": "c1", "media": "stems/drums.wav"}]}],
        "automation": {"drums/gain": [{"id": "p", "time_s": 1, "value": 0.5}]},
    }
)  # fmt: skip


def test_what_is_written_is_read_back(tmp_path):
    write_session(tmp_path / "song.mbsession", SONG)
    assert read_session(tmp_path / "song.mbsession") == SONG


def test_one_changed_value_is_one_changed_line():
    before = dumps(SONG).splitlines()
    changed = json.loads(json.dumps(SONG))
    changed["tracks"][0]["gain"] = 0.5
    changed["automation"]["drums/gain"][0]["value"] = 0.25
    after = dumps(changed).splitlines()
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [
        ('      "gain": 1.0,', '      "gain": 0.5,'),
        ('      {"id": "p", "time_s": 1.0, "value": 0.5, "curve": "set"}',
         '      {"id": "p", "time_s": 1.0, "value": 0.25, "curve": "set"}'),
    ]  # fmt: skip


def test_the_order_of_keys_does_not_depend_on_the_input():
    def backwards(value):
        if isinstance(value, dict):
            return {key: backwards(value[key]) for key in reversed(value)}
        return [backwards(item) for item in value] if isinstance(value, list) else value

    assert dumps(normalize(backwards(SONG))) == dumps(SONG)


def test_the_mark_of_the_server_is_not_copied(tmp_path):
    write_session(tmp_path / "copy.mbsession", {**SONG, "crdt": {"sv": "AA==", "sha": "0"}})
    assert "crdt" not in read_session(tmp_path / "copy.mbsession")


def test_an_existing_file_is_kept_unless_forced(tmp_path):
    write_session(tmp_path / "song.mbsession", SONG)
    with pytest.raises(OutputExistsError):
        write_session(tmp_path / "song.mbsession", SONG, force=False)


def test_a_broken_session_leaves_the_old_file(tmp_path):
    write_session(tmp_path / "song.mbsession", SONG)
    before = (tmp_path / "song.mbsession").read_bytes()
    with pytest.raises(SessionError):
        write_session(tmp_path / "song.mbsession", {**SONG, "tracks": [{"id": "a", "pan": 7}]})
    assert (tmp_path / "song.mbsession").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["song.mbsession"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "a fault at line 1, column 2"),
        (b"[1]", "expected the JSON object of a session, got a list"),
        (b"\xff\xfe", "expected text in UTF-8"),
        (b"[" * 100_000, "nested too deeply|a fault at"),
    ],
)
def test_files_that_are_no_sessions(tmp_path, content, message):
    (tmp_path / "bad.mbsession").write_bytes(content)
    with pytest.raises(SessionError, match=message) as caught:
        read_session(tmp_path / "bad.mbsession")
    assert str(caught.value).startswith(str(tmp_path / "bad.mbsession"))


def test_a_missing_file_and_missing_media(tmp_path):
    with pytest.raises(SessionError, match="No such file"):
        read_session(tmp_path / "none.mbsession")
    with pytest.raises(SessionError, match=r'tracks\[0\]\.clips\[0\]\.media: .*"stems/drums.wav"'):
        check_media(SONG, tmp_path)


@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_any_text_is_read_or_refused(text):
    try:
        message = str(loads(text)["name"] and "")
    except SessionError as error:
        message = str(error)
    assert "\n" not in message


def test_every_older_version_has_its_step():
    assert sorted(STEPS) == list(range(1, version()))


def test_migration_runs_the_steps_in_order_and_changes_no_argument():
    def to_two(data):
        tracks = [
            {**{k: v for k, v in track.items() if k != "volume"}, "gain": track["volume"]} for track in data["tracks"]
        ]
        return {**data, "tracks": tracks}

    def to_three(data):
        return {**data, "name": data["name"].upper()}

    old = {"format": "maxbooster-session", "version": 1, "name": "x", "tracks": [{"id": "a", "volume": 0.5}], "own": 1}
    before = json.dumps(old)
    new = migrate(old, steps={1: to_two, 2: to_three}, to_version=3)
    assert new == {**old, "version": 3, "name": "X", "tracks": [{"id": "a", "gain": 0.5}]}
    assert json.dumps(old) == before


def test_migration_says_what_is_wrong():
    with pytest.raises(SessionError, match="no way from version 0"):
        migrate({"version": 0})
    with pytest.raises(SessionError, match="not of version 1, as they say"):
        migrate({"version": 1}, steps={1: lambda data: {"x": data["missing"]}}, to_version=2)
