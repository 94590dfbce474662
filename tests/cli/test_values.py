"""The words of a command line as values, whether Typer or this package reads them."""

import pytest

from maxbooster_kernel.cli.main import run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["studio", "--port", "high"], "expected a whole number, got 'high'"),
        (["studio", "--port", "0"], "expected a whole number from 1 to 65535, got 0"),
        (["render", "a.mbsession", "-o", "b.wav", "--threads", "0"], "expected a whole number from 1 on, got 0"),
        (["render", "a.mbsession", "-o", "b.wav", "--start", "soon"], "expected a number, got 'soon'"),
        (["render", "a.mbsession", "-o", "b.wav", "--bit-depth", "7"], "'7' is not one of '16', '24', '32f'"),
        (["session", "new", "a.mbsession", "b.wav", "--tempo", "nan"], "expected a number from 1.0 to 1000.0, got nan"),
    ],
)
def test_a_value_that_cannot_be_is_wrong_usage_and_says_what_was_expected(arguments, message, capsys):
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_several_words_of_one_parameter_come_as_a_list(capsys, tmp_path):
    assert run(["loudness", str(tmp_path / "a.wav"), str(tmp_path / "b.wav")]) == 1
    assert capsys.readouterr().err.count("there is no audio file") == 2
