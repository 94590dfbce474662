"""The demo release: right codes, no problems worth a word, and files that are named where they lie."""

import json

import numpy as np
import pytest

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.demo.release import isrc, release, release_of
from maxbooster_kernel.errors import ReleaseError
from maxbooster_kernel.identifiers import dpid_problem, isrc_problem, upc_problem


def test_codes_are_right_by_their_check_digits():
    facts = release()
    assert upc_problem(facts["upc"]) is None
    assert [isrc_problem(track["isrc"]) for track in facts["tracks"]] == [None]
    assert dpid_problem(facts["sender"]["dpid"]) is None
    assert dpid_problem(facts["recipient"]["dpid"]) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_to_three_tracks_with_versions(count):
    facts = release([{"file": f"audio/{n}.flac", "duration_s": 60} for n in range(count)])
    assert [track["version"] for track in facts["tracks"]] == [None, "Instrumental", "A Cappella"][:count]
    assert [track["isrc"] for track in facts["tracks"]] == [isrc(n + 1) for n in range(count)]
    for track in facts["tracks"]:
        assert sum(int(item["share"]) for item in track["publishing"]) == 100
        assert sum(int(item["share"]) for item in track["rights"]) == 100
    json.dumps(facts)


def test_nothing_speaks_against_it():
    from maxbooster_kernel.catalogue.release_file import release_from_dict
    from maxbooster_kernel.catalogue.rules import check_release
    from maxbooster_kernel.problems import blocking

    record = release_from_dict(release([{"file": f"audio/{n}.flac", "duration_s": 60} for n in range(3)]))
    assert blocking(check_release(record)) == []


def test_lengths_are_read_from_the_files(tmp_path):
    paths = [
        AudioBuffer(np.zeros((2, 44100 * n), np.float32), 44100).write(tmp_path / "audio" / f"{n}.flac") for n in (1, 2)
    ]
    facts = release_of(paths, tmp_path, test=False, message_id="M1", created="2026-11-22T12:00:00Z")
    assert [(track["file"], track["duration_s"]) for track in facts["tracks"]] == [
        ("audio/1.flac", 1.0),
        ("audio/2.flac", 2.0),
    ]
    assert (facts["test"], facts["message_id"], facts["created"]) == (False, "M1", "2026-11-22T12:00:00Z")


def test_fresh_every_time():
    release()["tracks"][0]["contributors"][0]["roles"].append("x")
    assert "x" not in release()["tracks"][0]["contributors"][0]["roles"]


@pytest.mark.parametrize("count", [0, 4])
def test_too_few_or_many_tracks(count):
    with pytest.raises(ReleaseError, match="one to 3 tracks"):
        release([{"file": "a.flac", "duration_s": 60}] * count)
