"""Imports that are killed, interrupted, or run at once lose nothing and leave nothing half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from maxbooster_kernel.royalties import Known, Lake
from maxbooster_kernel.royalties.manifest import read_manifest
from tests.royalties.lake_sales import DRIVE, HEADER, money, row, sales

KILLED = """
import os, sys
from pathlib import Path
from maxbooster_kernel.royalties import Lake, Known
from maxbooster_kernel.royalties import manifest, partitions
at, lake, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
calls = 0
replace = Path.replace
def dying(self, target):
    global calls
    calls += 1
    if calls == at:
        os.kill(os.getpid(), 9)
    return replace(self, target)
Path.replace = dying
known = [Known(isrc="USABC2600001", title="Night Drive")]
if path == "release":
    known.append(Known(isrc="USABC2600009", title="Later"))
    Lake.open(lake).release(known)
else:
    Lake.open(lake).add(path, known=known)
print("done")
"""


@pytest.mark.parametrize("action", ["add", "release"])
def test_a_killed_import_leaves_the_old_manifest_valid(tmp_path: Path, action: str) -> None:
    lake = Lake.open(tmp_path / "lake")
    lake.add(
        sales(tmp_path, row("1"), row("2", isrc="USABC2600009"), row("3", "2026-08", isrc="USABC2600009")),
        known=[DRIVE],
    )
    path = sales(
        tmp_path,
        *[row("4", f"2026-{month}", isrc=isrc) for month in ("10", "11") for isrc in (DRIVE.isrc, "USABC2600009")],
        name="more.tsv",
    )
    argument = "release" if action == "release" else str(path)
    before, deaths = money(lake), 0
    for at in (2, 4 if action == "add" else 3):  # in the middle of the files, and right before the manifest
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(at), str(lake.folder), argument],
            capture_output=True,
            text=True,
            check=False,
        )
        if "done" in done.stdout:
            break
        assert done.returncode == -9, done.stderr
        deaths += 1
        assert money(lake) == before
    assert deaths == 2
    if action == "add":
        assert lake.add(path, known=[DRIVE]).done in {"imported", "already"}
        assert money(lake)[DRIVE.isrc] == Decimal(9)
    else:
        lake.release([DRIVE, Known(isrc="USABC2600009", title="Later")])
        assert money(lake) == {DRIVE.isrc: Decimal(1), "USABC2600009": Decimal(5)}
    lake.clean()
    assert not list(lake.folder.glob(".import-*"))
    wanted = {file.path for file in (*lake.manifest.files, *lake.manifest.suspense)}
    assert {found.relative_to(lake.folder).as_posix() for found in lake.folder.rglob("*.parquet")} == wanted


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize(("sent", "target"), [(signal.SIGINT, "--lake"), (signal.SIGTERM, "--out")])
def test_an_interrupted_import_leaves_nothing(tmp_path: Path, sent: signal.Signals, target: str) -> None:
    content = HEADER + "".join(row("0.5", f"2026-{place % 12 + 1:02d}") for place in range(150_000))
    pipe, into = tmp_path / "sales.tsv", tmp_path / "into"
    os.mkfifo(pipe)
    into.mkdir()
    command = [sys.executable, "-m", "maxbooster_kernel", "royalties", "import", str(pipe)]
    command += [target, str(into if target == "--lake" else into / "lines.parquet")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        with suppress(BrokenPipeError), pipe.open("w") as file:  # the import reads on until the pipe is closed
            file.write(content)
            file.flush()
            assert list(into.glob(".*"))  # it is in the middle of it
            process.send_signal(sent)
            while process.poll() is None:  # a read that the signal has just missed comes back
                file.write(content)
                file.flush()
        assert process.wait(100) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "interrupted; nothing half written was left\n"
    assert list(into.iterdir()) == []
    pipe.unlink()
    (tmp_path / "sales.tsv").write_text(content)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    if target == "--lake":
        assert money(Lake.open(into)) == {DRIVE.isrc: Decimal(75_000)}


def test_two_imports_at_once_lose_nothing(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    paths = [sales(tmp_path, row("1", f"2026-{month:02d}"), name=f"{month}.tsv") for month in (1, 2)]
    script = "import sys; from maxbooster_kernel.royalties import Lake; Lake.open(sys.argv[1]).add(sys.argv[2])"
    running = [subprocess.Popen([sys.executable, "-c", script, str(lake), str(path)]) for path in paths]
    assert [process.wait() for process in running] == [0] * 2
    assert money(Lake.open(lake)) == {DRIVE.isrc: Decimal(2)}
    assert read_manifest(lake).revision == 2
    assert not list(lake.glob(".import-*"))
