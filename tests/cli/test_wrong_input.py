"""What is no file, given to a command that reads one: a line and 1, no wait for a pipe, no read without end."""

import os
import socket
import sys
from pathlib import Path

import pytest

from maxbooster_kernel.cli.main import run
from maxbooster_kernel.files import plain_file
from tests.cli.test_wrong_output import folder  # noqa: F401 - what the commands work on

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices have no names there")

RUN = "royalties run --lines lines.csv --splits splits.csv --out made"
COMMANDS = [
    "session show X",
    "session new b.mbsession X",
    "session export X b.dawproject",
    "session import X b.mbsession",
    "session share X ada viewer",
    "render X -o b.wav",
    "analyze X",
    "analyze a.wav --journal X",
    "loudness a.wav X",
    "master X --target=-14 -o b.wav",
    "ingest X -o b.json",
    "release check X",
    "release check release.json --store X",
    "ern build X --version 4.3.2 -o b.xml",
    "ern read X",
    "ern validate X",
    "ern convert X --version 3.8.2 -o b.xml",
    "ern diff X a.xml",
    "ern diff a.xml X",
    "deliver X --to store",
    "schemas import X",
    "royalties run --lines X --splits splits.csv --out made",
    "royalties run --lines lines.csv --splits X --out made",
    *(
        f"{RUN} --{table} X"
        for table in ("rates", "multipliers", "sub-splits", "terms", "contracts", "costs", "reserves", "escalations")
    ),
    f"{RUN} --exchange X",
    "royalties import X --out b.parquet",
    "royalties import lines.csv --template X --out b.parquet",
    "royalties import lines.csv --lake X",
    "payouts plan X",
    "payouts preview X",
    "payouts execute X --confirm x",
    "studio X --no-browser",
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_device_and_a_pipe_are_no_files(command, folder, capfd):  # noqa: F811 - the fixture
    os.mkfifo("pipe.toml")  # the name of a store's profile, too
    before = set(folder.rglob("*"))
    streams = command == "royalties import X --out b.parquet"  # which a pipe may feed: it is interrupted so in a test
    for name in ("/dev/null", "pipe.toml")[: 1 if streams else 2]:
        capfd.readouterr()
        assert run([word.replace("X", name) if word == "X" else word for word in command.split()]) == 1
        said = capfd.readouterr().err
        assert Path(name).name in said
        assert sum(line.startswith("maxbooster: ") for line in said.splitlines()) == (command != "ern validate X")
        assert "unexpected" not in said
        assert "Traceback" not in said
    made = {path for path in set(folder.rglob("*")) - before if ".sqlite" not in path.name}
    assert made == set()


def test_only_files_and_what_is_not_there_are_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        for name in ("pipe", "link", "socket", "/dev/zero", "/proc/version", "/proc/kcore"):
            if Path(name).exists():
                with pytest.raises(OSError, match="a device, a pipe or a socket, no file"):
                    plain_file(name)
    Path("file").touch()
    assert plain_file("pipe", or_pipe=True) == Path("pipe")
    for name in ("file", "missing", "."):
        assert plain_file(name) == Path(name)
