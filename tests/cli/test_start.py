"""What a command loads before it does its work: little."""

import json
import subprocess
import sys

import numpy as np

from maxbooster_kernel.audio.buffer import AudioBuffer

HEAVY = ("pydantic", "soundfile", "scipy", "pandas", "numba", "librosa", "soxr", "av", "matplotlib", "lxml")
CODE = f"""
import sys
from maxbooster_kernel.cli.main import run
code = run(sys.argv[1:])
print(code, *[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


def loaded(arguments):
    """Return the exit code of a command in a process of its own, and which heavy modules it loaded."""
    ended = subprocess.run([sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, check=True)
    code, *names = ended.stderr.splitlines()[-1].split()
    return int(code), names


def test_a_render_loads_neither_pydantic_nor_what_only_other_commands_need(tmp_path):
    sound = np.random.default_rng(0).standard_normal((2, 4410)).astype(np.float32)
    AudioBuffer(0.1 * sound, 44100).write(tmp_path / "a.wav")
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u"}
    tracks = [{"id": "a", "clips": [{"id": "c", "media": "a.wav"}]}]
    song = tmp_path / "song.mbsession"
    song.write_text(json.dumps(head | {"tracks": tracks}), encoding="utf-8")
    arguments = ["render", str(song), "-o", str(tmp_path / "mix.wav"), "--bit-depth", "16", "--threads", "2"]
    assert loaded(arguments) == (0, [])


def test_help_loads_nothing_heavy():
    assert loaded(["--help"]) == (0, [])
    assert loaded(["release", "check", "--help"]) == (0, [])


def test_nothing_is_loaded_before_an_interrupt_is_heard():
    code = "import sys; before = set(sys.modules); import maxbooster_kernel.__main__; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) - {"__future__"} == {
        "maxbooster_kernel",
        "maxbooster_kernel.public_names",
        "maxbooster_kernel.__main__",
    }
