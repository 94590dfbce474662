"""The README's words are true: its code runs, its commands exist, its pictures and links are there."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.cli.main import COMMANDS, run
from maxbooster_kernel.demo.cover import write_cover

ROOT = Path(mb.__file__).parent.parent
README = ROOT / "README.md"

pytestmark = pytest.mark.skipif(not README.is_file(), reason="the README is not installed with the package")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    rng = np.random.default_rng(3)
    (tmp_path / "stems").mkdir()
    for name in ("drums", "bass"):
        noise = rng.normal(0, 0.1, (2, 4 * 44100)).astype(np.float32)
        mb.AudioBuffer(noise, 44100).write(tmp_path / "stems" / f"{name}.wav")
    stems = sorted((tmp_path / "stems").glob("*.wav"))
    mb.Session.from_stems(stems, name="Night Drive").save(tmp_path / "night-drive.mbsession")
    mb.demo.write_sales(tmp_path / "royalties" / "sales", lines=500, tracks=1)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def demo(folder):
    """Make a small folder of the shape that the demo leaves: short stems, a release of half a minute, few sales."""
    project = folder / "maxbooster-demo"
    project.mkdir()
    for name in ("stems", "night-drive.mbsession", "royalties"):
        (folder / name).rename(project / name)
    write_cover(project / "cover.jpg", side=3000)
    tone = 0.2 * np.sin(np.arange(35 * 44100) * 0.05, dtype=np.float32)
    mb.AudioBuffer(np.stack([tone, tone]), 44100).write(project / "master" / "night-drive.flac")
    record = mb.demo.release_of([project / "master" / "night-drive.flac"], project)
    (project / "release.json").write_text(json.dumps(record), encoding="utf-8")


ELSEWHERE = {
    "git clone ...": "needs the network, and a place to clone from",
    "python3 -m pip install uv": "needs the network; the gate does it",
    "uv run maxbooster demo": "takes a minute; tests/cli/test_demo.py runs it",
    "uv run pytest": "is what runs this",
}


def commands(page):
    fenced = [block.partition("\n") for block in page.read_text(encoding="utf-8").split("```")[1::2]]
    lines = [line for language, _, text in fenced if language in ("", "console") for line in text.splitlines()]
    return [command.strip() for line in lines for command in line.split("&&")]


def test_the_commands_of_the_pages_run(demo, monkeypatch, capsys):
    found = [command for name in ("README.md", "CONTRIBUTING.md") for command in commands(ROOT / name)]
    assert set(ELSEWHERE) <= set(found), "a reason for a command that no page shows"
    ran = 0
    for command in found:
        program, *arguments = shlex.split(command)
        if command in ELSEWHERE or command == "cd maxbooster":
            continue
        if program == "cd":
            monkeypatch.chdir(arguments[0])
            continue
        assert program == "maxbooster", f"{command}: run it here, or say where it is run"
        assert run(arguments) == 0, (command, capsys.readouterr().err)
        ran += 1
    assert ran >= 9
    assert {"mix.wav", "strips", "master.wav", "message.xml", "statements", "night-drive.dawproject"} <= {
        path.name for path in Path.cwd().iterdir()
    }
    capsys.readouterr()


def test_the_code_of_the_readme_runs(folder, capsys):
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)
    assert "LUFS" in capsys.readouterr().out
    assert mb.measure_loudness(mb.read_audio(folder / "master.flac")).integrated_lufs == pytest.approx(-14.0, abs=0.1)
    assert isinstance(names["result"].payouts, pd.DataFrame)


def test_every_command_of_the_readme_exists(capsys):
    named = set()
    for row in re.findall(r"^\| (`maxbooster .*?) \| ", README.read_text(encoding="utf-8"), re.MULTILINE):
        for words in re.findall(r"`(?:maxbooster )?(.*?)`", row):
            group, *names = re.findall(r"[a-z]+", words.replace("\\|", "|"))
            below = names if "|" in words or group in ("release", "schemas") else [None]
            for name in below:
                assert run([*filter(None, (group, name)), "--help"]) == 0, words
            named.add(group)
    capsys.readouterr()
    assert named == {name.partition("_")[0] for name in COMMANDS}
    assert len(COMMANDS) == len(set(COMMANDS))


def test_links_and_pictures_are_there():
    for page in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (ROOT / target).exists(), f"{page} names {target}"


def test_every_file_that_the_architecture_names_is_there():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:[\w./-]*/)?([\w-]+\.(?:py|ts|txt))", page))
    tops = ("maxbooster_kernel", "widgets/src", "tests")
    there = {path.name for top in tops for path in (ROOT / top).rglob("*.*")} | {"hatch_build.py"}
    assert len(named) > 80
    assert sorted(named - there) == []


def test_the_constraints_are_exact_and_hold_all_that_is_needed():
    pinned = (ROOT / "binder" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in pinned if not re.fullmatch(r"[a-z0-9._-]+==[0-9][0-9a-z.+!]*( ; .*)?", line)] == []
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower().replace("_", "-") for line in needed}
    assert names <= {line.partition("==")[0].replace("_", "-") for line in pinned}


def test_every_extra_is_named():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    page = README.read_text(encoding="utf-8")
    (listed,) = re.findall(r"extras by name:\n(.*?)\n", page)
    assert sorted(re.findall(r"`(\w+)`", listed)) == sorted(extras)
