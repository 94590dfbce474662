"""A catalogue's recordings are analysed and kept; the same again changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from maxbooster_kernel.catalogue import release_from_dict
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.workbench.analyses import analyze_catalogue
from tests.catalogue.test_store import RELEASE


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))
    opened = Catalogue.open(tmp_path / "catalogue.sqlite")
    opened.save_release(release_from_dict(RELEASE))
    return opened


def test_reports_are_in_the_catalogue_and_again_replace(catalogue, tmp_path):
    t = np.arange(4 * 8000) / 8000
    song = tmp_path / "song.wav"
    soundfile.write(song, 0.3 * np.sin(2 * np.pi * 220 * t) * ((t % 0.5) < 0.1), 8000)
    done = analyze_catalogue(catalogue, {"USABC2600001": song})
    kept = catalogue.load_analysis("USABC2600001")
    assert kept["sha256"] == done["USABC2600001"]["sha256"]
    assert kept["duration_s"] == 4.0
    analyze_catalogue(catalogue, {"USABC2600001": song})
    assert catalogue.load_analysis("USABC2600001") == kept


def test_a_missing_file_is_reported_and_not_saved(catalogue, tmp_path):
    done = analyze_catalogue(catalogue, {"USABC2600001": tmp_path / "none.wav"})
    assert "none.wav" in done["USABC2600001"]["error"]
    assert catalogue.load_analysis("USABC2600001") is None
