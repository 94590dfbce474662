"""No program but Python is needed: commands that decode, render, measure and encode run where no other is found."""

import os
import subprocess
import sys

import numpy as np

from maxbooster_kernel.audio.buffer import AudioBuffer

WORK = """
import maxbooster_kernel as mb
from maxbooster_kernel.cli.main import run
assert run(["session", "new", "a.mbsession", "a.wav"]) == 0
assert run(["render", "a.mbsession", "-o", "mix.wav"]) == 0
assert run(["master", "mix.wav", "--target=-20", "-o", "master.flac"]) == 0
for name in ("a.m4a", "a.ogg"):
    mb.transcode("master.flac", name)
assert run(["loudness", "a.m4a", "a.ogg", "master.flac"]) == 0
"""


def test_audio_is_decoded_rendered_and_encoded_with_no_program_in_reach(tmp_path):
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100)
    AudioBuffer(np.stack([tone, tone]).astype(np.float32), 44_100).write(tmp_path / "a.wav")
    (tmp_path / "nothing").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WORK],
        cwd=tmp_path,
        env={**os.environ, "PATH": str(tmp_path / "nothing")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in ("a.m4a", "a.ogg", "master.flac"))
