"""Releases, splits, analyses and royalties survive the database unchanged."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from maxbooster_kernel.catalogue import release_from_dict
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.catalogue.store_engine import database_url
from maxbooster_kernel.errors import CatalogueError

RELEASE: dict[str, Any] = {
    "upc": "0123456789012",
    "title": "Night Drive",
    "label": "North Pier",
    "artists": [{"name": "Ada Vale", "role": "MainArtist"}],
    "release_date": "2026-12-04",
    "cover": "cover.jpg",
    "tracks": [
        {"number": 1, "isrc": "USABC2600001", "title": "Night Drive", "duration_s": 201.4, "file": "audio/01.flac"},
        {"number": 2, "isrc": "US-ABC-26-00002", "title": "Dawn", "duration_s": 100.0},
    ],
}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.open(tmp_path / "c.sqlite")


def test_a_release_comes_back_as_it_was(catalogue: Catalogue) -> None:
    record = release_from_dict(RELEASE)
    number = catalogue.save_release(record)
    assert catalogue.load_release("0123456789012") == record
    assert catalogue.load_release(number) == record
    assert [row["title"] for row in catalogue.releases()] == ["Night Drive"]


def test_saving_again_replaces(catalogue: Catalogue) -> None:
    first = catalogue.save_release(release_from_dict(RELEASE))
    changed = release_from_dict({**RELEASE, "title": "Day Drive", "tracks": RELEASE["tracks"][::-1]})
    assert catalogue.save_release(changed, status="live") == first
    assert catalogue.load_release(first).title == "Day Drive"
    assert catalogue.releases()[0]["status"] == "live"


def test_a_recording_may_be_on_two_releases(catalogue: Catalogue) -> None:
    catalogue.save_release(release_from_dict(RELEASE))
    catalogue.save_release(release_from_dict({**RELEASE, "upc": "0123456789029"}))
    assert len(catalogue.releases()) == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"upc": "0123456789013"}, "check digit"),
        ({"upc": None}, "UPC"),
        ({"tracks": [{"title": "x", "duration_s": 1.0}]}, "ISRC"),
        ({"tracks": [{"title": "x", "isrc": "USABC2600001"}]}, "duration_s"),
    ],
)
def test_a_bad_release_is_refused_whole(catalogue: Catalogue, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CatalogueError, match=sentence):
        catalogue.save_release(release_from_dict({**RELEASE, **change}))
    assert catalogue.releases() == []


def test_splits_change_from_a_period_on(catalogue: Catalogue) -> None:
    catalogue.save_release(release_from_dict(RELEASE))
    catalogue.set_splits("USABC2600001", {"ada": "70", "ben": "30"})
    catalogue.set_splits("USABC2600001", {"ada": "20", "ben": Decimal(80)}, valid_from="2026-08")
    rows = [(r["recipient_id"], r["percentage"], r["valid_from"], r["valid_to"]) for r in catalogue.splits()]
    assert sorted(rows) == [
        ("ada", "20.0000", "2026-08", ""),
        ("ada", "70.0000", "", "2026-08"),
        ("ben", "30.0000", "", "2026-08"),
        ("ben", "80.0000", "2026-08", ""),
    ]
    with pytest.raises(CatalogueError, match="exceed 100"):
        catalogue.set_splits("USABC2600001", {"ada": "60", "ben": "60"}, valid_from="2026-09")
    assert len(catalogue.splits()) == 4


def test_an_analysis_is_saved_once_for_each_audio(catalogue: Catalogue) -> None:
    catalogue.save_release(release_from_dict(RELEASE))
    report = {
        "sha256": "0" * 64,
        "bpm": 120.004,
        "key": "C",
        "scale": "minor",
        "duration_s": 60.2,
        "beats_s": [0.5, 1.0],
    }
    catalogue.save_analysis("USABC2600001", {**report, "loudness": {"integrated_lufs": -14.004}})
    catalogue.save_analysis("USABC2600001", {**report, "bpm": 121.0})
    loaded = catalogue.load_analysis("USABC2600001")
    assert loaded is not None
    assert loaded["bpm"] == 121.0
    assert catalogue.load_analysis("USABC2600002") is None


def test_royalties_replace_their_period(catalogue: Catalogue) -> None:
    catalogue.save_release(release_from_dict(RELEASE))
    row = {"track_id": "USABC2600001", "platform": "spotify", "country": "US", "period": "2026-07", "currency": "USD"}
    rows = [{**row, "streams": 1000, "earnings": Decimal("4.000000000")}]
    assert catalogue.save_royalties(rows, source="run") == 1
    assert catalogue.save_royalties(rows, source="run") == 1
    assert catalogue.royalties() == rows
    with pytest.raises(CatalogueError, match="no recording"):
        catalogue.save_royalties([{**rows[0], "track_id": "USABC2699999"}])


def test_where_the_database_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAXBOOSTER_DATABASE_URL", "postgresql://u@127.0.0.1:1/x")
    assert database_url().drivername == "postgresql+psycopg"
    monkeypatch.delenv("MAXBOOSTER_DATABASE_URL")
    assert database_url().get_backend_name() == "sqlite"
    with pytest.raises(CatalogueError, match="in UTF-8"):
        database_url("caf\udce9.sqlite")
    with pytest.raises(CatalogueError, match="SQLite or PostgreSQL"):
        database_url("mysql://x/y")
    with pytest.raises(CatalogueError, match="cannot be opened"):
        Catalogue.open("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    (tmp_path / "text").write_text("this is no database, but it is long enough to look like a file with a header " * 20)
    with pytest.raises(CatalogueError, match="not a database"):
        Catalogue.open(tmp_path / "text")
