"""``maxbooster master``: writes the master whole, reports it, refuses clearly."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from maxbooster_kernel.cli.main import run


@pytest.fixture
def mix(tmp_path):
    t = np.arange(4 * 44100) / 44100
    sine = 0.1 * np.sin(2 * np.pi * 440 * t) * (1 + 0.5 * np.sin(2 * np.pi * 2 * t))
    soundfile.write(tmp_path / "mix.wav", np.stack([sine, sine], axis=1), 44100, subtype="PCM_24")
    return tmp_path / "mix.wav"


@pytest.mark.parametrize(("target", "lufs"), [("spotify", -14.0), ("-9", -9.0)])
def test_master_is_written_and_reported(mix, tmp_path, target, lufs, capsys):
    out = tmp_path / "master.wav"
    assert run(["master", str(mix), "--target", target, "-o", str(out), "--ceiling", "-1.5", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["after"]["integrated_lufs"] == pytest.approx(lufs, abs=0.1)
    assert report["after"]["true_peak_dbtp"] <= -1.5
    assert soundfile.info(out).subtype == "PCM_24"
    run(["loudness", str(out), "--json"])
    assert json.loads(capsys.readouterr().out)[0]["integrated_lufs"] == pytest.approx(lufs, abs=0.1)


def test_an_existing_output_needs_force(mix, tmp_path, capsys):
    out = tmp_path / "master.flac"
    out.write_bytes(b"kept")
    assert run(["master", str(mix), "-o", str(out)]) == 1
    assert "--force" in capsys.readouterr().err
    assert out.read_bytes() == b"kept"
    assert run(["master", str(mix), "-o", str(out), "--force"]) == 0
    assert "Spotify" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [(["--target", "myspace"], 1, "myspace"), (["--ceiling", "3"], 1, "ceiling"), (["--bit-depth", "8"], 2, "32f")],
)
def test_bad_options_are_clear(mix, tmp_path, options, code, word, capsys):
    assert run(["master", str(mix), "-o", str(tmp_path / "x.wav"), *options]) == code
    assert word in capsys.readouterr().err
    assert not (tmp_path / "x.wav").exists()


def test_silence_is_said_not_hidden(tmp_path, capsys):
    soundfile.write(tmp_path / "silence.wav", np.zeros((44100, 2)), 44100)
    assert run(["master", str(tmp_path / "silence.wav"), "-o", str(tmp_path / "m.wav"), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["reached"] is False
    assert "not reached" in captured.err
    assert run(["master", str(tmp_path / "silence.wav"), "-o", str(tmp_path / "again.wav")]) == 0
    assert capsys.readouterr().out.count("there is no loudness to measure") == 1  # not once a service


def test_what_is_not_finite_is_named_with_its_file_and_not_mastered(tmp_path, capsys):
    samples = np.full((44100, 2), 0.1, np.float32)
    samples[100, 0] = np.nan
    soundfile.write(tmp_path / "torn.wav", samples, 44100, subtype="FLOAT")
    assert run(["master", str(tmp_path / "torn.wav"), "-o", str(tmp_path / "m.wav")]) == 1
    told = capsys.readouterr().err
    assert "torn.wav: samples that are not finite (NaN or infinite): 1; repair" in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "m.wav").exists()


def test_the_loudspeakers_of_a_mix_count_as_they_do_for_loudness(mix, tmp_path, capsys):
    out = tmp_path / "rear.wav"
    assert run(["master", str(mix), "-o", str(out), "--layout", "Ls Rs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["after"]["integrated_lufs"] == pytest.approx(-14.0, abs=0.1)
    assert run(["loudness", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["integrated_lufs"] == pytest.approx(-15.5, abs=0.1)
