"""Rendering straight into files: what is written beside the sound, and what happens when something goes wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from maxbooster_kernel.audio.bext import decode_bext
from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.read import read_audio
from maxbooster_kernel.audio.riff import read_chunk, scan_chunks
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import AudioError, RenderError
from maxbooster_kernel.loudness.report import measure_loudness
from maxbooster_kernel.mix.cache import TILE
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.workbench import fingerprints
from maxbooster_kernel.workbench.export import export_session
from maxbooster_kernel.workbench.media_stream import MediaStream
from maxbooster_kernel.workbench.render import render_session
from maxbooster_kernel.workbench.session import Session
from maxbooster_kernel.workbench.write_behind import WriteBehind

RNG = np.random.default_rng(0)


def write(folder, name, seconds=0.5, rate=44100, channels=2):
    samples = (0.2 * RNG.standard_normal((channels, int(seconds * rate)))).astype(np.float32)
    AudioBuffer(samples, rate).write(folder / "stems" / f"{name}.wav", bit_depth="32f")
    return samples


def session(*names, **fields):
    tracks = [{"id": name, "clips": [{"id": "c", "media": f"stems/{name}.wav"}]} for name in names]
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u", "name": "Night Drive"}
    return normalize({**head, "tracks": tracks, **fields})


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "a", seconds=2.0)
    write(tmp_path, "b", channels=1)
    return tmp_path


def broadcast(path):
    return decode_bext(read_chunk(path, scan_chunks(path).find("bext")))


@pytest.mark.parametrize("rate", [None, 48000])
def test_a_wav_mix_carries_its_loudness(folder, rate):
    made = export_session(
        session("a", "b"), folder, folder / "mix.wav", start_s=0.25, sample_rate=rate, bit_depth="32f"
    )
    mix = read_audio(folder / "mix.wav")
    measured = measure_loudness(mix)
    chunk = broadcast(folder / "mix.wav")
    assert chunk.integrated_lufs == pytest.approx(measured.integrated_lufs, abs=0.006)
    assert chunk.true_peak_dbtp == pytest.approx(measured.true_peak_dbtp, abs=0.006)
    assert chunk.momentary_max_lufs == pytest.approx(measured.momentary_max_lufs, abs=0.006)
    assert (chunk.description, chunk.originator) == ("Night Drive", "Max Booster")
    assert chunk.time_reference == mix.sample_rate // 4
    assert made["files"][0]["loudness"]["integrated_lufs"] == pytest.approx(measured.integrated_lufs)
    assert mix.frames == made["files"][0]["frames"]


def test_the_session_exports_itself(folder):
    path = folder / "song.mbsession"
    path.write_text(json.dumps(session("a")))
    made = Session.open(path).export(folder / "mix.flac", bit_depth=16)
    assert made["files"][0]["file"] == str(folder / "mix.flac")
    assert -60.0 < made["files"][0]["loudness"]["integrated_lufs"] < 0.0


def test_a_converted_export_is_the_converted_render(folder):
    data = session("a", "b")
    export_session(data, folder, folder / "mix.wav", sample_rate=48000, bit_depth="32f", stems=folder / "out")
    expected = render_session(data, folder, sample_rate=48000)
    written = read_audio(folder / "mix.wav")
    assert (written.frames, written.sample_rate) == (expected.frames, 48000)
    assert np.abs(written.samples - expected.samples).max() < 1e-6
    assert read_audio(folder / "out" / "b.wav").frames == expected.frames


def test_exported_stems_sum_to_the_mix_before_the_master_bit_for_bit(tmp_path):
    names = [f"t{k}" for k in range(11)]  # more than eight: summed in pairs
    for name in names:
        write(tmp_path, name, seconds=0.3)
    data = session(*names, master={"compressor": None, "limiter": None})
    export_session(data, tmp_path, tmp_path / "mix.wav", bit_depth="32f", stems=tmp_path / "out")
    sums = [read_audio(tmp_path / "out" / f"{name}.wav").samples for name in names]
    while len(sums) > 1:
        sums = [sum(sums[at + 1 : at + 2], sums[at]) for at in range(0, len(sums), 2)]
    assert np.array_equal(read_audio(tmp_path / "mix.wav").samples, sums[0])


def test_known_stems_are_not_read_for_their_hashes_again(folder, tmp_path, monkeypatch):
    from maxbooster_kernel.audio import index

    monkeypatch.setattr(fingerprints, "INDEX", index.MediaIndex(tmp_path / "index.sqlite"))
    for path in (folder / "stems").iterdir():
        os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns - 10**9))
    counted = []
    plain = index._digests
    monkeypatch.setattr(index, "_digests", lambda path, *kinds: counted.append(path) or plain(path, *kinds))
    first = export_session(session("a", "b"), folder, tmp_path / "1.wav")
    assert len(counted) == 2
    assert export_session(session("a", "b"), folder, tmp_path / "2.wav")["media"] == first["media"]
    render_session(session("a", "b"), folder)
    assert len(counted) == 2


@pytest.mark.parametrize(
    ("output", "options", "said"),
    [
        ("stems/a.wav", {}, "one of the session's own media"),
        ("mix.wav", {"stems": "stems"}, "one of the session's own media"),
        ("mix.wav", {"stems": ".", "manifest": "stems/../stems/b.wav"}, "one of the session's own media"),
        ("a.wav", {"stems": "."}, "two outputs have this name"),
        ("mix.wav", {"manifest": "mix.wav"}, "two outputs have this name"),
        ("mix.wav", {"manifest": "song.mbsession"}, "got that of a session"),
        ("mix.wav", {"stems": "none\0at all"}, "expected a name that a file can have"),
    ],
)
def test_no_output_takes_the_place_of_what_it_is_made_from(folder, monkeypatch, output, options, said):
    monkeypatch.chdir(folder)
    Path("song.mbsession").write_text("mine")
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    with pytest.raises(RenderError, match=said):
        export_session(session("a", "b"), folder, output, force=True, **options)
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_the_manifest_is_a_file_if_wanted(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    Path("song.mbsession").write_text(json.dumps(session("a")))
    command = ["render", "song.mbsession", "-o", "mix.wav", "--manifest", "mix.json", "--json"]
    assert run(command) == 0
    assert json.loads(Path("mix.json").read_text()) == json.loads(capsys.readouterr().out)
    Path("mix.wav").unlink()
    assert run(command) == 1
    assert not Path("mix.wav").exists()
    assert "mix.json exists already" in capsys.readouterr().err


def test_the_dither_is_chosen(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    Path("song.mbsession").write_text(json.dumps(session("a")))
    errors = {}
    wanted = render_session(session("a"), folder).samples.astype(np.float64)
    for dither in ("none", "tpdf", "shaped"):
        command = ["render", "song.mbsession", "-o", f"{dither}.flac", "--bit-depth", "16", "--dither", dither]
        assert run(command) == 0
        steps = (read_audio(f"{dither}.flac").samples - np.clip(wanted, -1, 1)) * 2**15
        errors[dither] = np.abs(np.fft.rfft(steps[0][np.abs(wanted[0]) < 0.9])) ** 2
    # The variance of the error is 1/12 of a step rounded, three times that with TPDF dither;
    # shaping puts more than nine tenths of it into the octave below Nyquist's frequency.
    assert errors["tpdf"].mean() / errors["none"].mean() == pytest.approx(3.0, rel=0.05)
    half = len(errors["shaped"]) // 2
    assert errors["shaped"][half:].sum() > 0.9 * errors["shaped"].sum()
    assert run(["render", "song.mbsession", "-o", "x.flac", "--dither", "loud"]) == 2
    capsys.readouterr()


def test_a_clip_longer_than_its_stem_is_said(folder, capsys):
    data = session("a", "b")
    data["tracks"][1]["clips"][0] |= {"offset_s": 0.1, "duration_s": 3.0}
    said = []
    made = export_session(data, folder, folder / "mix.wav", progress=said.append)
    assert [problem["code"] for problem in made["problems"]] == ["clip_past_media"]
    wanted = 'tracks[1].clips[0]: track "b" plays "stems/b.wav" from 0.100 s to 3.100 s, but the file has 0.500 s'
    assert any(wanted in message for message in said)
    with pytest.warns(UserWarning, match='track "b" plays'):
        mix = render_session(data, folder)
    assert mix.frames == made["files"][0]["frames"]


def test_a_removed_file_is_named(folder):
    render_session(session("a", "b"), folder)
    (folder / "stems" / "b.wav").unlink()
    with pytest.raises(Exception, match=r'track "b": tracks\[1\]\.clips\[0\]\.media: .* there is no "stems/b\.wav"'):
        render_session(session("a", "b"), folder)


@pytest.mark.parametrize("change", ["written again", "removed"])
def test_a_file_that_changes_while_it_is_rendered_is_named(tmp_path, monkeypatch, change):
    write(tmp_path, "a", seconds=5 * TILE / 44100)
    path = tmp_path / "stems" / "a.wav"
    plain = MediaStream.piece

    def piece(self, name, start, stop):
        if start >= 2 * TILE and path.exists():
            path.unlink()
            if change == "written again":
                write(tmp_path, "a", seconds=5 * TILE / 44100)
        return plain(self, name, start, stop)

    monkeypatch.setattr(MediaStream, "piece", piece)
    with pytest.raises(AudioError, match=r"has changed while it was rendered|is gone|there is no audio file"):
        export_session(session("a"), tmp_path, tmp_path / "mix.wav", stems=tmp_path / "out")
    assert sorted(item.name for item in tmp_path.iterdir() if item.is_file()) == []
    assert not (tmp_path / "out").exists()


FULL = """
import resource, signal, sys
from maxbooster_kernel.cli.main import run
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize("name", ["mix.wav", "mix.flac"])
def test_a_disk_that_fills_up_while_streaming_is_one_sentence(tmp_path, name):
    pytest.importorskip("resource", reason="limits of this kind are POSIX's")
    write(tmp_path, "a", seconds=6.0)
    path = tmp_path / "song.mbsession"
    path.write_text(json.dumps(session("a")))
    command = [
        sys.executable,
        "-B",  # half bytecode is kept
        "-c",
        FULL,
        "render",
        str(path),
        "-o",
        str(tmp_path / name),
        "--stems",
        str(tmp_path / "o"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("cannot be written") == 1
    assert "Traceback" not in done.stderr
    assert sorted(item.name for item in tmp_path.iterdir() if item.is_file()) == ["song.mbsession"]
    assert not (tmp_path / "o").exists()


def test_a_small_disk_is_one_sentence(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("mounting a small disk needs rights that this user does not have")
    try:
        write(tmp_path, "a", seconds=6.0)
        with pytest.raises(AudioError, match=r"mix\.wav cannot be written .*No space left"):
            export_session(session("a"), tmp_path, disk / "mix.wav")
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_an_interrupt_while_streaming_leaves_nothing(tmp_path):
    write(tmp_path, "a", seconds=60.0)
    tracks = [{"id": f"t{k}", "clips": [{"id": "c", "media": "stems/a.wav"}]} for k in range(64)]
    path = tmp_path / "song.mbsession"
    path.write_text(json.dumps(normalize({**session(), "tracks": tracks})))
    output = tmp_path / "out" / "mix.wav"
    command = [sys.executable, "-m", "maxbooster_kernel", "render", str(path), "-o", str(output)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while running.poll() is None and not _growing(output.parent):
        pass
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert said.strip().splitlines()[-1] == "interrupted; nothing half written was left"
    assert not output.parent.exists()


def _put_all(behind, items):
    with behind:
        for item in items:
            behind.put(item)


def _growing(folder: Path) -> bool:
    return any(item.stat().st_size > 100_000 for item in folder.glob(".mix.*"))


def test_what_writing_raises_is_raised_where_it_is_put():
    def refuse(item):
        raise OSError(item)

    behind = WriteBehind(refuse)
    with pytest.raises(OSError, match="first"):
        _put_all(behind, ("first", "second", "third", "fourth"))
    done = []
    with pytest.raises(KeyboardInterrupt), WriteBehind(done.append) as behind:
        raise KeyboardInterrupt
    assert done == []
