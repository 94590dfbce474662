"""Outputs that cannot be written: every command that writes says so in one line, with 1, and leaves nothing behind."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.cli.main import run
from tests.workbench.test_release import DATA

TRACK = {"duration_s": 30.5, "file": "a.wav", "rights": [{"party": "North Pier", "share": "100"}]}
RELEASE = DATA | {"tracks": [DATA["tracks"][0] | TRACK]}
LINES = "track_id,platform,country,streams,period\nt1,spotify,US,100,2026-01\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(22_050) / 44_100)
    AudioBuffer(np.stack([tone, tone]).astype(np.float32), 44_100).write(tmp_path / "a.wav")
    (tmp_path / "release.json").write_text(json.dumps(RELEASE), encoding="utf-8")
    (tmp_path / "lines.csv").write_text(LINES, encoding="utf-8")
    (tmp_path / "splits.csv").write_text("track_id,recipient_id,percentage,valid_from,valid_to\nt1,ada,100,,\n")
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["session", "new", "a.mbsession", "a.wav"]) == 0
    assert run(["ern", "build", "release.json", "--version", "4.3.2", "-o", "a.xml"]) == 0
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "demo file/demo",
        "render a.mbsession -o file/a.wav",
        "render a.mbsession -o b.wav --stems file",
        "master a.wav --target=-14 -o file/a.wav",
        "ern build release.json --version 4.3.2 -o file/a.xml",
        "ern convert a.xml --version 3.8.2 -o file/b.xml",
        "session export a.mbsession file/a.dawproject",
        "deliver release.json --store generic --to file/store",
        "royalties run --lines lines.csv --splits splits.csv --out file/out",
        "royalties run --lines lines.csv --splits splits.csv --out file",
        "schemas import file/schemas.zip",
    ],
)
def test_what_cannot_be_written_is_one_line(command, folder, capfd):
    before = {path for path in folder.rglob("*") if path.suffix not in (".sqlite", ".sqlite-wal", ".sqlite-shm")}
    capfd.readouterr()
    assert run(command.split()) == 1
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("maxbooster: ")]
    assert len(lines) == 1
    assert "file" in lines[0]
    assert "unexpected" not in lines[0]
    assert "Traceback" not in lines[0]
    left = {path for path in folder.rglob("*") if path.suffix not in (".sqlite", ".sqlite-wal", ".sqlite-shm")}
    assert left - before == set()


def test_the_demo_takes_the_empty_folder_it_stands_in(tmp_path, monkeypatch):
    """The name of ``.`` is empty; the folder beside which the work is done must be found all the same."""
    from maxbooster_kernel.cli import demo

    monkeypatch.setattr(demo, "execute_notebook", lambda path: path)  # what it makes is another test
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    stands = (tmp_path / "here").stat().st_ino
    demo.make(demo.Path())
    assert (tmp_path / "here").stat().st_ino == stands
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["tour.ipynb"]
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_a_disk_that_is_full_is_said_of_the_file_and_leaves_no_folder(folder):
    """A write that fails names no file of its own; the limit stands in for the disk."""
    command = "royalties run --lines lines.csv --splits splits.csv --out made"
    limited = f"ulimit -f 0; exec '{sys.executable}' -B -m maxbooster_kernel {command}"
    done = subprocess.run(["/bin/sh", "-c", limited], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("maxbooster: made/payouts.csv cannot be read or written: ")
    assert done.stderr.count("\n") == 1
    assert not (folder / "made").exists()


@pytest.mark.parametrize(
    "command", ["session export a.mbsession made/a.dawproject", "session import big.dawproject made/a.mbsession"]
)
def test_an_exchange_that_finds_the_disk_full_leaves_nothing(command, folder):
    sound = np.random.default_rng(0).uniform(-1, 1, (2, 44_100)).astype(np.float32)
    AudioBuffer(sound, 44_100).write(folder / "big.wav")
    assert run(["session", "new", "big.mbsession", "big.wav"]) == 0
    assert run(["session", "export", "big.mbsession"]) == 0
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    words = command.replace("a.mbsession", "big.mbsession")
    limited = f"ulimit -f 64; exec '{sys.executable}' -B -m maxbooster_kernel {words}"  # -B: half bytecode is kept
    done = subprocess.run(["/bin/sh", "-c", limited], capture_output=True, text=True, check=False)
    written = "made/a.dawproject" if "export" in command else str((folder / "made/audio/big.wav").resolve())
    said = "File too large; check the path, its rights and the disk"
    assert done.stderr == f"maxbooster: {written} cannot be read or written: {said}\n"
    assert done.returncode == 1
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert not (folder / "made").exists()


@pytest.mark.parametrize(
    "command",
    [
        "session export a.mbsession a.mbsession",
        "session export a.mbsession other.mbsession",
        "session import a.dawproject a.dawproject",
        "session import a.dawproject other.dawproject",
    ],
)
def test_an_exchange_does_not_take_the_place_of_what_it_reads(command, folder, capfd):
    assert run(["session", "export", "a.mbsession"]) == 0
    for name in ("other.mbsession", "other.dawproject"):
        (folder / name).write_text("mine", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    capfd.readouterr()
    assert run([*command.split(), "--force"]) == 1
    assert "expected the name of a file to make" in capfd.readouterr().err
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    "command",
    [
        "master a.wav -o a.wav",
        "ern build release.json -o release.json",
        "ern convert a.xml --version 3.8.2 -o a.xml",
        "royalties import lines.csv --out lines.csv",
        "royalties import lines.csv --out b.parquet --quarantine lines.csv",
        "ingest . -o a.wav",
        "render a.mbsession -o a.wav",
        "render a.mbsession -o a.mbsession",
        "session new a.wav a.wav",
        "session export a.mbsession a.wav",
        "session import a.dawproject a.wav",
    ],
)
def test_no_command_replaces_what_it_reads(command, folder, capfd):
    assert run(["session", "export", "a.mbsession"]) == 0
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    capfd.readouterr()
    assert run([*command.split(), *(["--force"] if "quarantine" not in command else [])]) == 1
    said = capfd.readouterr().err
    assert said.startswith("maxbooster: ")
    assert said.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_an_import_whose_session_cannot_be_written_leaves_no_media(folder, capfd):
    assert run(["session", "export", "a.mbsession"]) == 0
    (folder / "made" / "a.mbsession").mkdir(parents=True)
    capfd.readouterr()
    assert run(["session", "import", "a.dawproject", "made/a.mbsession", "--force"]) == 1
    assert capfd.readouterr().err.count("\n") == 1
    assert [path.name for path in (folder / "made").iterdir()] == ["a.mbsession"]


def test_a_device_is_not_replaced_by_a_file(folder, capfd):
    os.mkfifo(folder / "pipe.wav")
    assert run(["render", "a.mbsession", "-o", "pipe.wav", "--force"]) == 1
    assert "pipe.wav cannot be read or written: it is there already, and no file" in capfd.readouterr().err
    assert (folder / "pipe.wav").is_fifo()
