"""Batches on a Dask cluster by configuration: the same table, nothing lost with a worker, nothing done twice."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import soundfile

from maxbooster_kernel.analysis import batch

distributed = pytest.importorskip("distributed", reason="needs the extra dask")
KEYED = batch._keyed  # the worker's own function, which the tests below wrap


@pytest.fixture
def songs(tmp_path, monkeypatch) -> list[Path]:
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))
    paths = []
    for k, seconds in enumerate((0.4, 0.4, 0.4, 2.0)):  # too short for music, so that workers start at once, but one
        t = np.arange(round(seconds * 8000)) / 8000
        paths.append(tmp_path / f"song{k}.wav")
        soundfile.write(paths[-1], 0.2 * np.sin(2 * np.pi * (220 + 30 * k) * t) * ((t % 0.5) < 0.2), 8000)
    return paths


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    local = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50)
    with local, distributed.Client(local), joblib.parallel_config(backend="dask"):
        yield local


def dies_once(path: str, sha256: str, layout: str | None) -> tuple[str, dict]:
    """Note each call, and kill the worker the first time it is given the second song."""
    mark = Path(path).with_suffix(".died")
    if path.endswith("song1.wav") and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    with Path(path).with_suffix(".calls").open("a") as calls:
        calls.write(".")
    return KEYED(path, sha256, layout)


def test_a_cluster_makes_the_same_table_and_a_killed_worker_loses_nothing(songs, tmp_path, monkeypatch, cluster):
    journal = tmp_path / "journal.jsonl"
    monkeypatch.setattr(batch, "_keyed", dies_once)
    found = batch.analyze_files(songs[:3], journal=journal)
    assert (tmp_path / "song1.died").exists()
    assert len({json.loads(line)["report"]["sha256"] for line in journal.read_text().splitlines()}) == 3
    for calls in tmp_path.glob("*.calls"):
        calls.unlink()
    again = batch.analyze_files([*songs, songs[0]], journal=journal)  # only what is not known by hash and parameters
    assert [path.name for path in tmp_path.glob("*.calls")] == ["song3.calls"]
    monkeypatch.undo()
    with joblib.parallel_config(backend="sequential"):
        alone = batch.analyze_files([*songs, songs[0]])
    assert again == alone
    assert found == alone[:3]
