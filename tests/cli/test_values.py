"""The words of a command line as values, whether Typer or this package reads them."""

from typing import get_args

import pytest

from maxbooster_kernel.cli import choices
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.collab.roles import ROLES
from maxbooster_kernel.ddex.versions import WRITTEN
from maxbooster_kernel.ddex.write import ACTIONS
from maxbooster_kernel.delivery.sandbox import FAULTS
from maxbooster_kernel.dsp.dither import DITHERS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["studio", "--port", "high"], "expected a whole number, got 'high'"),
        (["studio", "--port", "0"], "expected a whole number from 1 to 65535, got 0"),
        (["render", "a.mbsession", "-o", "b.wav", "--threads", "0"], "expected a whole number from 1 to 256, got 0"),
        (["render", "a.mbsession", "-o", "b.wav", "--start", "soon"], "expected a number, got 'soon'"),
        (["render", "a.mbsession", "-o", "b.wav", "--bit-depth", "7"], "expected one of 16, 24, 32f, got '7'"),
        (["session", "new", "a.mbsession", "b.wav", "--tempo", "nan"], "expected a number from 1.0 to 1000.0, got nan"),
    ],
)
def test_a_value_that_cannot_be_is_wrong_usage_and_says_what_was_expected(arguments, message, capsys):
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


CHOOSING = {
    "ern build r.json -o a.xml --version": (choices.Version, WRITTEN),
    "ern build r.json -o a.xml --action": (choices.Action, ACTIONS),
    "ern convert a.xml -o b.xml --version": (choices.Version, WRITTEN),
    "deliver r.json --to store --version": (choices.Version, WRITTEN),
    "deliver r.json --to store --action": (choices.Action, ACTIONS),
    "sandbox store --once --fault": (choices.Fault, FAULTS),
    "session share a.mbsession ada": (choices.Role, ROLES),
    "render a.mbsession -o a.wav --bit-depth": (choices.BitDepth, ("16", "24", "32f")),
    "render a.mbsession -o a.wav --dither": (choices.Dither, DITHERS),
    "master a.wav -o b.wav --bit-depth": (choices.BitDepth, ("16", "24", "32f")),
    "payouts execute s.csv --confirm x --provider": (choices.Provider, ("dry-run", "csv", "pain001", "stripe")),
    "royalties import a.csv --out a.parquet --decimal": (choices.DecimalMark, ("point", "comma")),
    "royalties import a.csv --lake lake --damaged": (choices.Damaged, ("refuse", "quarantine")),
}


@pytest.mark.parametrize("command", CHOOSING)
def test_a_word_that_is_no_choice_is_wrong_usage_everywhere(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    listed, known = CHOOSING[command]
    assert get_args(listed) == tuple(known)
    assert run([*command.split(), "king"]) == 2
    captured = capsys.readouterr()
    assert f"expected one of {', '.join(known)}, got 'king'" in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_several_words_of_one_parameter_come_as_a_list(capsys, tmp_path):
    assert run(["loudness", str(tmp_path / "a.wav"), str(tmp_path / "b.wav")]) == 1
    assert capsys.readouterr().err.count("there is no audio file") == 2
