"""A process that is killed at any step leaves nothing half visible, and the next run makes one complete batch of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from maxbooster_kernel.delivery.receive import receive_batch

pytestmark = pytest.mark.server
LAST = 20  # four steps for each of five files
# The first file at each of its steps, the message and the manifest; other transports where they differ.
FOLDER_STEPS, OTHER_STEPS = (1, 2, 3, 4, 13, 15, 17, 19, 20, 21), (3, 4, 19)
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"  # then every step of every transport


@pytest.fixture(params=["folder", "sftp", "http", "s3"])
def place(request, tmp_path, monkeypatch):
    """Return a store's base URL and its folder on this disk (None for S3)."""
    if request.param == "folder":
        return (tmp_path / "store").as_uri(), tmp_path / "store"
    if request.param == "s3":
        request.getfixturevalue("bucket")
        return "s3://store/killed", None
    if request.param == "http":
        web = request.getfixturevalue("web")
        web.faults.plan(None)
        return f"http://127.0.0.1:{web.server_port}", Path(web.folder)
    sftp = request.getfixturevalue("sftp")
    sftp.faults.plan(None)
    monkeypatch.setenv("MAXBOOSTER_SFTP_PASSWORD", "secret")
    monkeypatch.setenv("MAXBOOSTER_SFTP_KNOWN_HOSTS", str(sftp.known_hosts(tmp_path / "known_hosts")))
    return f"sftp://ada@127.0.0.1:{sftp.port}", Path(sftp.folder)


def test_killed_at_every_step_it_ends_as_one_complete_batch(release, place, tmp_path):
    url, folder = place
    steps = FOLDER_STEPS if url.startswith("file") else OTHER_STEPS
    if LONG:
        steps = tuple(range(1, LAST + 2))
    script = Path(__file__).with_name("mortal.py")
    arguments = [release.folder / "RELEASE.json", tmp_path / "journal.sqlite", url, *steps]
    made = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)], capture_output=True, text=True, timeout=900, check=False
    )
    assert made.returncode == 0, made.stderr
    found = [json.loads(line) for line in made.stdout.splitlines()]
    assert [facts["step"] for facts in found] == list(steps)
    for facts in found:
        assert facts["killed"] == (facts["step"] <= LAST), facts
        assert facts["second"] == 0
        assert facts["state"] == "committed"
        manifests = [path for path in facts["stored"] if "BatchComplete" in path]
        assert not manifests or len(facts["stored"]) == 5
        assert not set(facts["stored"]) & set(facts["again"]), "a finished file was sent again"
        assert len(facts["sent"]) + len(facts["kept"]) == 5
        if folder is not None:
            local = folder / f"step{facts['step']}"
            assert len(list(local.rglob("BatchComplete*"))) == 1
            assert not list(local.rglob("*.part"))
            (receipt,) = receive_batch(local / facts["batch"])
            assert receipt.accepted
