"""The release of a notebook: read, check, show, write as a message; and the same by command line."""

import json

import pytest
from lxml import etree

import maxbooster_kernel as mb
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import MessageError, ReleaseError

DATA = {
    "upc": "700000000009",
    "title": "Night",
    "type": "Single",
    "label": "North Pier",
    "artists": [{"name": "Ada Vale"}],
    "genre": "Electronic",
    "language": "en",
    "release_date": "2026-12-04",
    "p_line": {"year": 2026, "text": "2026 North Pier"},
    "c_line": {"year": 2026, "text": "2026 North Pier"},
    "cover": "cover.jpg",
    "sender": {"dpid": "PADPIDA2014122301Q", "name": "North Pier"},
    "recipient": {"dpid": "PADPIDA2013020802I", "name": "A Store"},
    "created": "2026-11-22T10:00:00Z",
    "deals": [{"commercial_model": "SubscriptionModel", "use_types": ["OnDemandStream"], "start": "2026-12-04"}],
    "tracks": [
        {
            "number": 1,
            "isrc": "USABC2600001",
            "title": "Night",
            "duration_s": 201.4,
            "explicit": "NotExplicit",
            "file": "01.flac",
        }
    ],
}


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "RELEASE.json"
    path.write_text(json.dumps(DATA))
    return path


def test_a_message_is_built_from_the_data_alone(file):
    release = mb.Release.from_json(file)
    message = mb.ern(release, version="3.8.2")
    assert etree.fromstring(message).tag == "{http://ddex.net/xml/ern/382}NewReleaseMessage"
    assert message == mb.ern(release, version="3.8.2")
    assert "Night" in message._repr_html_()
    assert "Night" in release._repr_html_()
    assert release.to_dict()["upc"] == "700000000009"


def test_missing_files_are_problems_of_the_release(file):
    codes = [problem.code for problem in mb.Release.from_json(file).check()]
    assert codes.count("file_missing") == 1
    assert "cover_file_missing" in codes


def test_a_wrong_check_digit_stops_the_message(file):
    release = mb.Release.from_json(file).with_changes(upc="700000000001")
    with pytest.raises(ReleaseError, match="upc: not a valid UPC or EAN: expected check digit 9, got 1"):
        mb.ern(release)


def test_a_store_knows_its_own_party_id(file):
    release = mb.Release.from_json(file).with_changes(recipient=None)
    assert "recipient_missing" in [problem.code for problem in release.check()]
    assert "recipient_missing" not in [problem.code for problem in release.check(store="spotify")]


def test_release_check_prints_json_and_fails(file, capsys):
    assert run(["release", "check", str(file), "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert {"code", "severity", "where", "message", "fix"} == set(shown[0])


def test_ern_build_and_validate(file, tmp_path, capsys):
    out = tmp_path / "out.xml"
    for version in ("3.8.2", "4.3.2"):
        assert run(["ern", "build", str(file), "--version", version, "-o", str(out), "--force"]) == 0
        assert run(["ern", "validate", str(out), "--json"]) == 0
        (shown,) = json.loads(capsys.readouterr().out)
        assert shown["valid"] is True
    assert run(["ern", "build", str(file), "-o", str(out)]) == 1
    assert "--force" in capsys.readouterr().err


def test_a_schema_that_is_not_at_hand_is_said_to_be_not_checked(file, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("MAXBOOSTER_DDEX_SCHEMAS", raising=False)
    out = tmp_path / "out.xml"
    mb.ern(mb.Release.from_json(file)).write(out)
    run(["ern", "validate", str(out), "--json"])
    (shown,) = json.loads(capsys.readouterr().out)
    assert [problem["code"] for problem in shown["problems"]] == ["not_checked"]


def test_bad_input_is_one_sentence(file, tmp_path, capsys):
    file.write_text("{")
    assert run(["release", "check", str(file)]) == 1
    assert run(["ern", "build", str(file), "-o", str(tmp_path / "x.xml")]) == 1
    assert run(["release", "check", str(tmp_path / "none.json")]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "x.xml").exists()


def test_deliver_and_status(file, tmp_path, capsys, monkeypatch):
    import numpy as np
    from PIL import Image

    monkeypatch.setenv("MAXBOOSTER_DATABASE_URL", f"sqlite:///{tmp_path / 'c.sqlite'}")
    data = DATA | {"tracks": [DATA["tracks"][0] | {"duration_s": 1.0}]}
    file.write_text(json.dumps(data))
    mb.AudioBuffer(np.full((2, 44100), 0.1, np.float32), 44100).write(tmp_path / "01.flac")
    Image.new("RGB", (1500, 1500)).save(tmp_path / "cover.jpg")
    arguments = ["deliver", str(file), "--store", "sandbox", "--to", str(tmp_path / "store"), "--json"]
    assert run(arguments) == 0
    first = json.loads(capsys.readouterr().out)
    assert len(first["sent"]) == 4
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["sent"] == []
    assert run(["deliver", str(file), "--status", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["state"] == "committed"
    assert entry["status"] == "processing"


def test_an_unknown_action_is_refused(file):
    with pytest.raises(MessageError, match="expected an action of"):
        mb.ern(mb.Release.from_json(file), action="burn")
