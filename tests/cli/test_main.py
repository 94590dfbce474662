"""The command line as a whole: exit codes and where things are printed."""

import json
import os
import py_compile
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import maxbooster_kernel
from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.cli import output
from maxbooster_kernel.cli.main import load, run


def test_no_command_prints_the_help_and_is_wrong_usage(capsys):
    assert run([]) == 2
    assert "doctor" in "".join(capsys.readouterr())


def commands(command, words=()):
    for name, below in getattr(command, "commands", {}).items():
        yield [*words, name]
        yield from commands(below, [*words, name])


def test_every_command_has_a_help_that_is_not_cut_off(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    known = list(commands(load([])))
    assert len(known) >= 35
    for words in [[], *known]:
        assert run([*words, "--help"]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        assert "--help" in said.out
        assert "..." not in said.out.partition("Commands:")[2], words
        assert not re.search(r"<(list|str|int|float)\b", said.out), "help names kinds as people do"


@pytest.mark.parametrize("arguments", [["nonsense"], ["doctor", "--nonsense"], ["studio", "--port", "high"]])
def test_wrong_usage_is_two_and_on_stderr(arguments, capsys):
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Error" in captured.err


def test_help_is_zero(capsys):
    assert run(["doctor", "--help"]) == 0
    assert "--json" in capsys.readouterr().out


def test_bad_input_is_one_sentence(capsys, tmp_path):
    assert run(["studio", str(tmp_path / "nowhere")]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "nowhere" in captured.err
    assert "Traceback" not in captured.err


def test_doctor_prints_one_json_list(capsys):
    run(["doctor", "--json"])
    findings = json.loads(capsys.readouterr().out)
    assert {"python", "chromium", "DDEX schemas", "extra sftp"} <= {finding["name"] for finding in findings}
    assert all(finding["advice"] for finding in findings if finding["state"] != "ok")


def test_doctor_never_shows_a_password(capsys, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_DATABASE_URL", "postgresql://ada:Tr0ub4dor@db.example/label")
    run(["doctor"])
    captured = "".join(capsys.readouterr())
    assert "Tr0ub4dor" not in captured
    assert "ada@db.example/label" in captured


def test_json_has_no_nan(capsys):
    output.print_json({"a": float("nan"), "b": [float("-inf"), 1.5]})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5]}


def test_doctor_looks_for_java_where_spark_is(capsys, monkeypatch, tmp_path):
    pytest.importorskip("pyspark")

    def java():
        run(["doctor", "--json"])
        return next(found for found in json.loads(capsys.readouterr().out) if found["name"] == "java")

    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java()["state"] == "broken"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    assert (java()["state"], java()["found"]) == ("ok", str(tmp_path / "bin" / "java"))
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (java()["state"], "default-jre-headless" in java()["advice"]) == ("missing", True)


def test_a_name_that_is_not_utf8_is_printed_wherever_output_is_strict(tmp_path):
    tone = np.full((2, 4410), 0.1, np.float32)
    AudioBuffer(tone, 44100).write(tmp_path / "caf\udce9.wav")
    command = [sys.executable, "-m", "maxbooster_kernel", "loudness", "caf\udce9.wav"]
    strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    told = [
        subprocess.run([*command, *more], cwd=tmp_path, env=strict, capture_output=True, check=True, text=True).stdout
        for more in ([], ["--json"])
    ]
    assert "caf\\udce9.wav" in told[0]
    assert json.loads(told[1])[0]["file"] == "caf\udce9.wav"


def test_the_version_is_told(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"maxbooster {maxbooster_kernel.__version__}\n"


def test_a_program_file_cut_off_is_a_defect_and_no_interrupt(tmp_path):
    source = Path(maxbooster_kernel.__file__).parent / "ddex" / "validate.py"
    compiled = tmp_path / "bytecode" / source.relative_to("/").with_name(f"validate.{sys.implementation.cache_tag}.pyc")
    py_compile.compile(str(source), cfile=str(compiled), doraise=True)
    compiled.write_bytes(compiled.read_bytes()[:100])
    done = subprocess.run(
        [sys.executable, "-m", "maxbooster_kernel", "ern", "validate", "a.xml"],
        env=os.environ | {"PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "unexpected EOFError: marshal data too short (a defect of this program" in done.stderr
    assert "interrupted" not in done.stderr
