"""Rendering sessions from files, and what is said of bad ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.read import read_audio
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import AudioError, OutputExistsError, SampleRateError, SessionError
from maxbooster_kernel.mix.cache import TILE
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.workbench.export import export_session
from maxbooster_kernel.workbench.render import render_session

RNG = np.random.default_rng(0)


def write(folder, name, seconds=0.5, rate=44100, channels=2):
    samples = (0.2 * RNG.standard_normal((channels, int(seconds * rate)))).astype(np.float32)
    AudioBuffer(samples, rate).write(folder / "stems" / f"{name}.wav", bit_depth="32f")
    return samples


def session(*names, **fields):
    tracks = [{"id": name, "clips": [{"id": "c", "media": f"stems/{name}.wav"}]} for name in names]
    return normalize({"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": tracks, **fields})


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "a")
    write(tmp_path, "b", channels=1)
    return tmp_path


def test_a_cached_render_equals_a_fresh_one(folder):
    data = session("a", "b")
    first, again = render_session(data, folder), render_session(data, folder)
    fresh = render_session(data, folder, cache=False)
    assert np.array_equal(first.samples, again.samples)
    assert np.array_equal(first.samples, fresh.samples)


def test_a_changed_file_is_heard(folder):
    before = render_session(session("a"), folder).samples
    write(folder, "a")
    assert not np.array_equal(before, render_session(session("a"), folder).samples)


def test_export_equals_render(folder, tmp_path):
    data = session("a", "b")
    made = export_session(data, folder, tmp_path / "mix.wav", stems=tmp_path / "out", bit_depth="32f")
    assert np.array_equal(read_audio(tmp_path / "mix.wav").samples, render_session(data, folder).samples)
    stems = render_session(data, folder, stems=True)
    for name in ("a", "b"):
        written = read_audio(tmp_path / "out" / f"{name}.wav").samples
        length = min(written.shape[1], stems[name].frames)
        assert np.array_equal(written[:, :length], stems[name].samples[:, :length])
    assert [file["frames"] for file in made["files"]] == [read_audio(tmp_path / "mix.wav").frames] * 3


def test_long_files_are_streamed_from_disk(tmp_path):
    write(tmp_path, "a", seconds=(5 * TILE + 100) / 44100)
    data = session("a")
    export_session(data, tmp_path, tmp_path / "mix.wav", bit_depth="32f")
    assert np.array_equal(read_audio(tmp_path / "mix.wav").samples, render_session(data, tmp_path).samples)


def test_the_same_input_gives_the_same_bytes_and_manifest(folder, tmp_path):
    data = session("a", "b")
    one = export_session(data, folder, tmp_path / "1.wav", bit_depth=16)
    two = export_session(data, folder, tmp_path / "2.wav", bit_depth=16)
    assert (tmp_path / "1.wav").read_bytes() == (tmp_path / "2.wav").read_bytes()
    assert {key: one[key] for key in ("session", "media", "engine")} == {
        key: two[key] for key in ("session", "media", "engine")
    }
    assert set(one["media"]) == {"stems/a.wav", "stems/b.wav"}


def test_another_sample_rate_is_refused_and_converted_when_asked(folder):
    write(folder, "c", rate=48000)
    with pytest.raises(SampleRateError, match=r"tracks\[1\]\.clips\[0\]\.media.*48000 Hz, the session 44100 Hz; give"):
        render_session(session("a", "c"), folder)
    assert render_session(session("a", "c"), folder, sample_rate=44100).sample_rate == 44100
    assert render_session(session("a"), folder, sample_rate=48000).sample_rate == 48000


@pytest.mark.parametrize("seconds", [0.5, 8.0])
def test_nan_is_reported_with_track_and_time(folder, tmp_path, seconds):
    frames = int(seconds * 44100)
    samples = np.zeros((2, frames), np.float32)
    samples[1, frames // 2] = np.nan
    import soundfile

    soundfile.write(folder / "stems" / "n.wav", samples.T, 44100, subtype="FLOAT")
    with pytest.raises(AudioError, match=r'tracks\[0\]\.clips\[0\]\.media: "stems/n\.wav".*got nan at .* in channel 2'):
        render_session(session("n"), folder)
    with pytest.raises(
        AudioError, match=rf'track "n": .*"stems/n\.wav": .*got nan at {seconds / 2:.6f} s in channel 2'
    ):
        export_session(session("n"), folder, tmp_path / "mix.wav")
    assert not (tmp_path / "mix.wav").exists()


def test_a_missing_file_is_named(folder):
    with pytest.raises(SessionError, match=r'tracks\[1\]\.clips\[0\]\.media: .* there is no "stems/gone\.wav"'):
        render_session(session("a", "gone"), folder)


def test_an_existing_output_is_kept(folder, tmp_path):
    (tmp_path / "mix.wav").write_text("precious")
    with pytest.raises(OutputExistsError):
        export_session(session("a"), folder, tmp_path / "mix.wav")
    assert (tmp_path / "mix.wav").read_text() == "precious"


def test_the_command(folder, capsys):
    path = folder / "song.mbsession"
    path.write_text(json.dumps(session("a", "b")))
    mix, stems = folder / "mix.flac", folder / "out"
    arguments = ["render", str(path), "-o", str(mix), "--stems", str(stems), "--bit-depth", "16", "--end", "0.25"]
    assert run([*arguments, "--json", "--threads", "1", "--no-cache"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [file["duration_s"] for file in printed["files"]] == [0.25] * 3
    assert sorted(item.name for item in stems.iterdir()) == ["a.flac", "b.flac"]
    assert run(arguments) == 1
    assert "exists already" in capsys.readouterr().err
    assert run([*arguments, "--force", "--sample-rate", "48000"]) == 0
    assert read_audio(mix).sample_rate == 48000


def test_the_raw_command_writes_float(folder):
    path = folder / "song.mbsession"
    path.write_text(json.dumps(session("a")))
    assert run(["render", str(path), "-o", str(folder / "raw.wav"), "--raw-graph"]) == 0
    written = read_audio(folder / "raw.wav").samples
    assert np.array_equal(written, render_session(session("a"), folder, raw_graph=True).samples)
    assert written.shape[1] == 22050


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--start", "3", "--end", "2"], "at least one frame"), (["--start", "99"], "ends at 0.500 s, got one from 99")],
)
def test_a_selection_without_frames_is_said(folder, capsys, arguments, said):
    path = folder / "song.mbsession"
    path.write_text(json.dumps(session("a")))
    assert run(["render", str(path), "-o", str(folder / "mix.wav"), *arguments]) == 1
    assert said in capsys.readouterr().err
    assert not (folder / "mix.wav").exists()


def test_a_session_without_tracks_is_said(tmp_path, capsys):
    path = tmp_path / "song.mbsession"
    path.write_text(json.dumps(session()))
    assert run(["render", str(path), "-o", str(tmp_path / "mix.wav")]) == 1
    assert "at least one clip" in capsys.readouterr().err
