"""Kept beats: where they lie, and that analyses of the file take them and say so."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from maxbooster_kernel.analysis.batch import analyze_files
from maxbooster_kernel.analysis.report import analyze_file
from maxbooster_kernel.analysis.truth import find_truth, keep_beats, truth_path, truth_places
from maxbooster_kernel.audio import MediaIndex
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import AnalysisError

BEATS = np.arange(12) * 0.5 + 0.1


@pytest.fixture
def audio(tmp_path, monkeypatch):
    """Return a recording in the media folder of a session, with another folder to work in."""
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "project" / "stems").mkdir(parents=True)
    (tmp_path / "project" / "song.mbsession").write_text("{}")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    path = tmp_path / "project" / "stems" / "drums.wav"
    t = np.arange(7 * 8000) / 8000
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 330 * t) * np.exp(-((t % 0.4) / 0.05)), 8000)
    return path


def test_kept_beside_the_audio_in_its_session_or_where_one_works(audio, tmp_path):
    places = truth_places(audio)
    assert [place.parent for place in places] == [audio.parent, tmp_path / "project", tmp_path / "work"]
    for taken, place in enumerate(places):
        assert keep_beats(audio, BEATS) == place
        place.unlink()
        place.mkdir()  # from now on no file can be written here
        assert [other.is_dir() for other in places] == [k <= taken for k in range(3)]
    with pytest.raises(AnalysisError, match="say where"):
        keep_beats(audio, BEATS)
    assert keep_beats(audio, BEATS, to=tmp_path) == tmp_path / "drums.wav.beats.json"
    found = find_truth(audio, MediaIndex().sha256(audio), also=tmp_path)
    assert found is not None
    np.testing.assert_array_equal(found[1].beats_s, BEATS)


def test_an_analysis_of_the_file_takes_them_and_says_so(audio, tmp_path):
    heard = analyze_file(audio)
    keep_beats(audio, BEATS)
    kept = analyze_file(audio)
    assert (heard.beats_from, kept.beats_from) == (None, str(truth_path(audio)))
    assert kept.bpm == pytest.approx(120.0)
    np.testing.assert_array_equal(kept.beats_s, BEATS)
    assert "tapped by a person" in kept._repr_html_()
    assert analyze_file(audio, beats="found").bpm == heard.bpm
    assert kept.to_dict().keys() == heard.to_dict().keys()
    reports = analyze_files([audio], journal=tmp_path / "journal.jsonl")
    assert reports == json.loads(json.dumps([kept.to_dict()]))
    truth_path(audio).unlink()
    assert analyze_files([audio], journal=tmp_path / "journal.jsonl") == json.loads(json.dumps([heard.to_dict()]))


def test_beats_of_other_audio_are_passed_over_and_a_damaged_file_is_named(audio):
    keep_beats(audio, BEATS)
    soundfile.write(audio, np.zeros(8000), 8000)
    assert analyze_file(audio).beats_from is None
    truth_path(audio).write_text("[]")
    with pytest.raises(AnalysisError, match=r"drums\.wav\.beats\.json"):
        analyze_file(audio)
    assert "beats.json" in analyze_files([audio])[0]["error"]


@pytest.mark.parametrize("beats", [[1.0, 2.0], [-1.0, 0.0, 1.0], [0.0, np.nan, 1.0], []])
def test_too_few_or_impossible_beats_are_refused(audio, beats):
    with pytest.raises(AnalysisError, match="at least 3"):
        keep_beats(audio, beats)


def test_the_command_says_whose_beats_they_are(audio, capsys):
    keep_beats(audio, BEATS)
    assert run(["analyze", str(audio), "--json"]) == 0
    printed = capsys.readouterr()
    assert "as a person set them" in printed.err
    assert json.loads(printed.out)[0]["bpm"] == pytest.approx(120.0)
