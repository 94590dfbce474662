"""Batches: nothing is done twice, a killed worker loses nothing, a bad file is reported and the others are done."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from maxbooster_kernel.analysis import batch
from maxbooster_kernel.errors import AnalysisError


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def songs(tmp_path) -> list[Path]:
    paths = []
    for k in range(4):
        t = np.arange(2 * 8000) / 8000
        samples = 0.2 * np.sin(2 * np.pi * (220 + 30 * k) * t) * ((t % 0.5) < 0.2)
        paths.append(tmp_path / f"song{k}.wav")
        soundfile.write(paths[-1], samples, 8000)
    return paths


def lines(journal: Path) -> list[dict]:
    return [json.loads(line) for line in journal.read_text().splitlines()]


def test_results_come_in_order_and_are_kept(songs, tmp_path):
    journal = tmp_path / "journal.jsonl"
    seen = []
    reports = batch.analyze_files(songs, journal=journal, progress=lambda *step: seen.append(step[:2]))
    assert [Path(report["file"]) for report in reports] == songs
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert len(lines(journal)) == 4


def test_a_second_run_computes_nothing_and_a_cut_line_is_done_again(songs, tmp_path, monkeypatch):
    journal = tmp_path / "journal.jsonl"
    first = batch.analyze_files(songs, journal=journal)
    journal.write_text(journal.read_text()[:-40])
    computed = []
    original = batch.analyze_one
    monkeypatch.setattr(batch, "analyze_one", lambda *args: computed.append(args[0]) or original(*args))
    assert batch.analyze_files(songs, journal=journal) == first
    assert computed == [str(songs[-1])]
    computed.clear()
    assert batch.analyze_files(songs, journal=journal) == first
    assert computed == []


def test_equal_content_is_analysed_once(songs, tmp_path):
    twin = tmp_path / "twin.wav"
    twin.write_bytes(songs[0].read_bytes())
    journal = tmp_path / "journal.jsonl"
    reports = batch.analyze_files([songs[0], twin], journal=journal)
    assert len(lines(journal)) == 1
    assert reports[1] == {**reports[0], "file": str(twin)}


def test_bad_files_are_reported_and_the_others_done(songs, tmp_path):
    (tmp_path / "text.wav").write_text("no audio")
    reports = batch.analyze_files([songs[0], tmp_path / "text.wav", tmp_path / "none.wav"], jobs=1)
    assert "error" not in reports[0]
    assert "text.wav" in reports[1]["error"]
    assert "none.wav" in reports[2]["error"]


def dies_once(path: str, sha256: str, layout: str | None) -> tuple[str, dict]:
    """Kill the worker the first time it is given the second song."""
    mark = Path(path).with_suffix(".died")
    if path.endswith("song1.wav") and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return sha256, batch.analyze_one(path, sha256, layout)


def dies_always(path: str, sha256: str, layout: str | None) -> tuple[str, dict]:
    if path.endswith("song3.wav"):
        os.kill(os.getpid(), signal.SIGKILL)
    return sha256, batch.analyze_one(path, sha256, layout)


def test_results_of_another_layout_are_others(tmp_path):
    tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(16000) / 8000)
    soundfile.write(tmp_path / "two.wav", np.stack([tone, tone], axis=1), 8000)
    paths, journal = [tmp_path / "two.wav"], tmp_path / "journal.jsonl"
    front = batch.analyze_files(paths, journal=journal)[0]["loudness"]["integrated_lufs"]
    rear = batch.analyze_files(paths, journal=journal, layout="Ls Rs")[0]["loudness"]["integrated_lufs"]
    assert rear - front == pytest.approx(10 * np.log10(1.41), abs=1e-6)
    assert batch.analyze_files(paths, journal=journal)[0]["loudness"]["integrated_lufs"] == front
    assert len(lines(journal)) == 2
    assert "layout" in batch.analyze_files(paths, layout="L C R")[0]["error"]


@pytest.mark.filterwarnings("ignore:A worker stopped while some jobs were given")
def test_a_killed_worker_loses_nothing(songs, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "_keyed", dies_once)
    journal = tmp_path / "journal.jsonl"
    reports = batch.analyze_files(songs, jobs=2, journal=journal)
    assert all("error" not in report for report in reports)
    assert len({entry["report"]["sha256"] for entry in lines(journal)}) == 4


@pytest.mark.filterwarnings("ignore:A worker stopped while some jobs were given")
def test_workers_that_keep_dying_are_an_error_and_the_journal_stays(songs, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "_keyed", dies_always)
    journal = tmp_path / "journal.jsonl"
    with pytest.raises(AnalysisError, match="start it again"):
        batch.analyze_files(songs, jobs=2, journal=journal)
    monkeypatch.undo()
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))
    assert len(batch.analyze_files(songs, journal=journal)) == 4
