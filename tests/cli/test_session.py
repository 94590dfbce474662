"""``maxbooster session``."""

import json

import numpy as np
import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.cli.main import run


@pytest.fixture
def stems(tmp_path):
    for name in ("drums", "bass"):
        mb.AudioBuffer(np.zeros((2, 441), np.float32), 44100).write(tmp_path / "stems" / f"{name}.wav")
    return [str(path) for path in sorted((tmp_path / "stems").glob("*.wav"))]


def test_new_and_show(stems, tmp_path, capsys):
    file = str(tmp_path / "song.mbsession")
    assert run(["session", "new", file, *stems]) == 0
    capsys.readouterr()
    assert run(["session", "show", file, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(track["id"], track["name"]) for track in found["tracks"]] == [("bass", "bass"), ("drums", "drums")]
    assert found["tracks"][0]["clips"][0]["media"] == "stems/bass.wav"
    assert run(["session", "show", file]) == 0
    assert "Master" in capsys.readouterr().out
    assert run(["session", "new", file, *stems]) == 1
    assert "exists already; give --force" in capsys.readouterr().err
    assert run(["session", "new", file, *stems, "--force"]) == 0


def test_show_names_the_place_of_a_mistake(tmp_path, capsys):
    file = tmp_path / "bad.mbsession"
    file.write_text('{"format": "maxbooster-session", "version": 1, "tracks": [{"id": "a", "pan": "left"}]}')
    assert run(["session", "show", str(file), "--json"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f'maxbooster: {file}: tracks[0].pan: expected a number from -1 to 1, got "left"\n'


def test_share_without_a_server(stems, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    file = str(tmp_path / "song.mbsession")
    assert run(["session", "new", file, *stems]) == 0
    assert run(["session", "share", file, "ada", "owner"]) == 0
    capsys.readouterr()
    assert run(["session", "share", file, "ben", "viewer", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ada": "owner", "ben": "viewer"}
    assert run(["session", "share", file, "ada", "viewer"]) == 1
    assert "the only owner" in capsys.readouterr().err
    assert run(["session", "share", file, "ben", "king"]) == 2
    assert "expected one of owner, editor, viewer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["song.txt", "stems/drums.wav"], "song.txt: expected the name of a file to make, NAME.mbsession"),
        (["song.mbsession", "stems/drums.wav", "--name", " "], "expected a name for the session, got an empty one"),
        (["song.mbsession", "stems/caf\udce9.wav"], "expected stems whose names are UTF-8, as sessions are"),
    ],
)
def test_new_refuses_names_that_no_session_can_have(arguments, said, stems, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stems" / "caf\udce9.wav").write_bytes((tmp_path / "stems" / "drums.wav").read_bytes())
    assert run(["session", "new", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["stems"]
