"""``maxbooster loudness`` and ``maxbooster analyze``: the JSON of the contract, exit codes, bad files."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
import soundfile

from maxbooster_kernel.cli.main import run

LOUDNESS_KEYS = {
    "integrated_lufs",
    "momentary_max_lufs",
    "short_term_max_lufs",
    "range_lu",
    "true_peak_dbtp",
    "sample_peak_dbfs",
    "needs_normalization",
    "targets",
}
ANALYSIS_KEYS = {
    *("file", "sha256", "duration_s", "sample_rate", "channels", "loudness", "energy", "danceability"),
    *("bpm", "bpm_confidence", "bpm_alternatives", "tempo_curve", "beats_s", "downbeats_s", "time_signature"),
    *("key", "scale", "key_strength", "tuning_hz", "chords"),
    *("dynamic_complexity", "spectral_centroid_hz", "spectral_rolloff_hz"),
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def tone(tmp_path):
    t = np.arange(5 * 44100) / 44100
    sine = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * t)
    soundfile.write(tmp_path / "tone.wav", np.stack([sine, sine], axis=1), 44100, subtype="PCM_24")
    return tmp_path / "tone.wav"


@pytest.fixture
def silence(tmp_path):
    soundfile.write(tmp_path / "silence.flac", np.zeros((44100, 2)), 44100)
    return tmp_path / "silence.flac"


def test_loudness_prints_the_list_of_the_contract(tone, silence, capsys):
    assert run(["loudness", str(tone), str(silence), "--json"]) == 0
    captured = capsys.readouterr()
    loud, quiet = json.loads(captured.out)
    assert set(loud) == LOUDNESS_KEYS | {"file"}
    assert loud["file"] == str(tone)
    assert loud["integrated_lufs"] == pytest.approx(-23.0, abs=0.1)
    assert loud["needs_normalization"] is False
    assert loud["targets"]["spotify"]["gain_db"] == pytest.approx(9.0, abs=0.1)
    assert quiet["integrated_lufs"] is None
    assert "2/2 silence.flac" in captured.err


@pytest.mark.parametrize("batch", [[], ["--journal", "journal.jsonl"]])
def test_analyze_takes_a_layout_as_loudness_does(tone, batch, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    found = []
    for command in (["loudness"], ["analyze", *batch]):
        assert run([*command, str(tone), "--layout", "Ls Rs", "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out)[0])
    assert found[1]["loudness"]["integrated_lufs"] == found[0]["integrated_lufs"]
    assert found[0]["integrated_lufs"] == pytest.approx(-23.0 + 1.5, abs=0.1)
    assert run(["analyze", str(tone), "--layout", "L R C", *batch]) == 1
    assert "layout" in capsys.readouterr().err


def test_analyze_prints_every_field(tone, silence, capsys):
    assert run(["analyze", str(tone), str(silence), "--json"]) == 0
    sounding, silent = json.loads(capsys.readouterr().out)
    assert set(sounding) == set(silent) == ANALYSIS_KEYS
    assert set(sounding["loudness"]) == LOUDNESS_KEYS
    assert len(sounding["sha256"]) == 64
    assert sounding["spectral_centroid_hz"] == pytest.approx(1000, rel=0.05)
    assert silent["bpm"] is silent["key"] is silent["chords"] is None


def test_a_bad_file_is_one_sentence_and_the_others_are_done(tone, tmp_path, capsys):
    (tmp_path / "text.wav").write_text("not audio")
    for command in ("loudness", "analyze"):
        assert run([command, str(tmp_path / "text.wav"), str(tone), "--json"]) == 1
        captured = capsys.readouterr()
        assert len(json.loads(captured.out)) == 1
        assert "text.wav" in captured.err
        assert "Traceback" not in captured.err


def test_a_layout_that_does_not_fit_is_bad_input(tone, capsys):
    assert run(["loudness", str(tone), "--layout", "5.1"]) == 1
    assert "2 channels" in capsys.readouterr().err


def test_tables_are_for_people(tone, capsys):
    assert run(["loudness", str(tone)]) == 0
    assert "Spotify raises it by" in capsys.readouterr().out
    assert run(["analyze", str(tone)]) == 0
    assert "tone.wav" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros(44100), "nothing is heard: silence"),
        (np.full(44100, 0.3), "nothing is heard: a constant (DC)"),
        (np.full(4410, 0.3), "shorter than 1 s, too short for tempo and key"),
        (np.where(np.arange(44100) == 7, np.nan, 0.1), "samples that are not finite (NaN or infinite): 1; "),
    ],
    ids=["silence", "dc", "short", "nan"],
)
def test_why_nothing_is_said_is_said(samples, words, tmp_path, capsys):
    soundfile.write(tmp_path / "odd.wav", samples, 44100, subtype="FLOAT")
    assert run(["analyze", str(tmp_path / "odd.wav")]) == 0
    assert f"odd.wav: {words}" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "-2"])
def test_a_number_of_processes_that_is_none_is_wrong_usage(jobs, capsys):
    assert run(["analyze", "song.wav", "--jobs", jobs]) == 2
    assert "expected -1, or 1 and more" in capsys.readouterr().err


def test_a_file_that_is_no_journal_is_not_written_to(tone, tmp_path, capsys):
    song = tmp_path / "song.mbsession"
    song.write_text('{\n  "format": "maxbooster-session"\n}', encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    audio = (tmp_path / "tone.wav").read_bytes()
    for name in ("song.mbsession", "tone.wav", "pipe", "."):
        assert run(["analyze", str(tmp_path / "tone.wav"), "--journal", str(tmp_path / name)]) == 1
        said = capsys.readouterr()
        assert "expected " in said.err
        assert said.err.count("\n") == 1
    assert song.read_text(encoding="utf-8").endswith("}")
    assert (tmp_path / "tone.wav").read_bytes() == audio


def test_a_journal_is_continued_also_one_cut_short(tone, tmp_path, capsys):
    journal = tmp_path / "journal"
    command = ["analyze", str(tmp_path / "tone.wav"), "--journal", str(journal), "--json"]
    assert run(command) == 0
    first = capsys.readouterr().out
    for kept in (None, 5, 0):
        journal.write_bytes(journal.read_bytes()[:kept])
        assert run(command) == 0
        assert capsys.readouterr().out == first
