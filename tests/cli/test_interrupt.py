"""Ctrl-C while a command is loaded and while it runs: one line, exit code 130, nothing half written."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.files import uninterrupted

CODE = """
import signal, sys
where = sys.argv.pop(1)
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == where:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from maxbooster_kernel.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("module", "command"),
    [
        ("maxbooster_kernel.cli.interrupt", "render"),
        ("typer", "render"),
        ("maxbooster_kernel.cli.render", "render"),
        ("numpy", "render"),
        ("numpy._core.multiarray", "render"),
        ("maxbooster_kernel.loudness.meter", "render"),
        ("jupyterlab.labapp", "studio"),
    ],
)
def test_ctrl_c_while_something_is_loaded_is_one_line(module, command, tmp_path):
    AudioBuffer(np.full((2, 441), 0.1, np.float32), 44100).write(tmp_path / "a.wav")
    song = tmp_path / "song.mbsession"
    tracks = [{"id": "a", "clips": [{"id": "c", "media": "a.wav"}]}]
    song.write_text(json.dumps({"format": "maxbooster-session", "version": 1, "tracks": tracks}), encoding="utf-8")
    rest = ["-o", str(tmp_path / "mix.wav"), "--stems", str(tmp_path / "stems")] if command == "render" else []
    arguments = [sys.executable, "-c", CODE, module, command, str(song), *rest]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=False)
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("serving ")]
    assert (ended.returncode, lines, ended.stdout) == (130, ["interrupted; nothing half written was left"], "")
    assert {path.name for path in tmp_path.iterdir()} == {"a.wav", "song.mbsession"}


def test_an_interrupt_waits_until_files_that_belong_together_are_there(tmp_path):
    def write_both():
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            (tmp_path / "a").write_text("whole", encoding="utf-8")
            (tmp_path / "b").write_text("whole", encoding="utf-8")

    with pytest.raises(KeyboardInterrupt):
        write_both()
    assert len(list(tmp_path.iterdir())) == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
