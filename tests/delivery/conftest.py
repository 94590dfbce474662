"""A small real release with audio and a cover, and a journal of its own."""

import numpy as np
import pytest
from PIL import Image

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.catalogue import loads_release, write_release
from maxbooster_kernel.delivery.journal import Journal
from maxbooster_kernel.workbench.release import Release

RECORD = """{"upc": "700000000009", "title": "Night", "type": "Album", "label": "North Pier",
 "artists": [{"name": "Ada Vale"}], "genre": "Electronic", "language": "en", "explicit": "NotExplicit",
 "release_date": "2026-12-04", "p_line": {"year": 2026, "text": "2026 North Pier"},
 "c_line": {"year": 2026, "text": "2026 North Pier"}, "cover": "cover.jpg",
 "sender": {"dpid": "PADPIDA2014122301Q", "name": "North Pier"},
 "deals": [{"commercial_model": "SubscriptionModel", "use_types": ["OnDemandStream"], "start": "2026-12-04"}],
 "tracks": [
  {"number": 1, "isrc": "USABC2600001", "title": "Dawn", "duration_s": 1.0, "explicit": "NotExplicit",
   "file": "audio/01.flac", "contributors": [{"name": "Ben Oak", "roles": ["Composer"]}]},
  {"number": 2, "isrc": "USABC2600002", "title": "Dusk", "duration_s": 1.0, "explicit": "NotExplicit",
   "file": "audio/02.flac", "contributors": [{"name": "Ben Oak", "roles": ["Composer"]}]}]}"""


@pytest.fixture(autouse=True)
def _own_places(tmp_path, monkeypatch):
    """Keep caches and databases of the tests apart from the user's."""
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MAXBOOSTER_DATABASE_URL", f"sqlite:///{tmp_path / 'catalogue.sqlite'}")


@pytest.fixture
def release(tmp_path):
    """Return a release whose files are there."""
    folder = tmp_path / "release"
    (folder / "audio").mkdir(parents=True)
    rng = np.random.default_rng(7)
    for number in (1, 2):
        samples = (0.1 * rng.standard_normal((2, 44100))).astype(np.float32)
        AudioBuffer(samples, 44100).write(folder / f"audio/0{number}.flac")
    Image.new("RGB", (1500, 1500), (20, 60, 90)).save(folder / "cover.jpg")
    write_release(folder / "RELEASE.json", loads_release(RECORD))
    return Release.from_json(folder / "RELEASE.json")


@pytest.fixture
def journal(tmp_path):
    """Return a journal in a database of its own."""
    log = Journal.open(tmp_path / "journal.sqlite")
    yield log
    log.close()
