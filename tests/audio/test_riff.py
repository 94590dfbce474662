"""The chunk walker believes nothing: any bytes give an outline or one clear sentence."""

import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.audio import AudioBuffer, inspect_audio, read_audio
from maxbooster_kernel.audio.riff import is_chunked, read_chunk, scan_chunks
from maxbooster_kernel.audio.wav import WavFile
from maxbooster_kernel.errors import AudioError


def test_the_outline_of_a_wav(tmp_path):
    path = AudioBuffer(np.zeros((2, 10), np.float32), 44100).write(tmp_path / "a.wav", tags={"title": "x"})
    outline = scan_chunks(path)
    assert [chunk.name for chunk in outline.chunks] == ["JUNK", "fmt ", "LIST", "data"]
    assert (outline.container, outline.format_tag, outline.bytes_per_frame) == ("RIFF", 1, 6)
    assert outline.find("data").size == 60
    assert outline.find("none") is None
    assert read_chunk(path, outline.find("LIST"))[:4] == b"INFO"


def test_rf64_is_written_and_read(tmp_path):
    samples = np.random.default_rng(1).uniform(-1, 1, (2, 1001)).astype(np.float32)
    path = tmp_path / "big.wav"
    with WavFile(path, 48000, 2, bits=32, container="rf64") as wav:
        wav.write_floats(samples)
    outline = scan_chunks(path)
    assert outline.container == "RF64"
    assert outline.chunks[0].name == "ds64"
    assert outline.find("data").size == 8008
    assert outline.missing_bytes == 0
    assert np.array_equal(read_audio(path).samples, samples)
    assert inspect_audio(path) == []
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(AudioError, match="cut short"):
        read_audio(path)


def test_a_file_beyond_four_gib_becomes_rf64(tmp_path, monkeypatch):
    from maxbooster_kernel.audio import wav as module

    monkeypatch.setattr(module, "RIFF_LIMIT", 10_000)
    audio = AudioBuffer(np.random.default_rng(1).uniform(-1, 1, (2, 5000)).astype(np.float32), 44100)
    path = audio.write(tmp_path / "a.wav", bit_depth="32f")
    assert path.read_bytes()[:4] == b"RF64"
    assert np.array_equal(read_audio(path).samples, audio.samples)


def test_a_sparse_file_of_five_gib_has_right_sizes(tmp_path):
    """The real limit, without writing 5 GiB: the audio is a hole in the file."""
    path = tmp_path / "huge.wav"
    wav = WavFile(path, 96000, 2, bits=24)
    frames = (5 << 30) // 6
    wav._stream.seek(frames * 6 - 1, 1)
    wav._stream.write(b"\0")
    wav._data_bytes, wav.frames = frames * 6, frames
    wav.close()
    outline = scan_chunks(path)
    assert (outline.container, outline.missing_bytes) == ("RF64", 0)
    assert outline.find("data").size == frames * 6
    assert read_audio(path, start_frame=frames - 10).frames == 10


def test_aiff_is_walked_too(tmp_path):
    path = AudioBuffer(np.zeros((2, 10), np.float32), 44100).write(tmp_path / "a.aiff")
    outline = scan_chunks(path)
    assert outline.container == "FORM"
    assert outline.bytes_per_frame == 6


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"no")
    assert not is_chunked(tmp_path / "a")
    with pytest.raises(AudioError, match="starts with RIFF"):
        scan_chunks(tmp_path / "a")


def test_a_chunk_without_a_name_is_damage(tmp_path):
    path = AudioBuffer(np.zeros((1, 10), np.float32), 44100).write(tmp_path / "a.wav")
    content = bytearray(path.read_bytes())
    content[12:16] = b"\0\1\2\3"
    path.write_bytes(content)
    with pytest.raises(AudioError, match="is not text; the file is damaged"):
        read_audio(path)
    assert [problem.severity for problem in inspect_audio(path)] == ["fatal"]


def test_a_million_empty_chunks_are_refused(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\xff\xff\xff\x7fWAVE" + b"abcd\0\0\0\0" * 100_000)
    with pytest.raises(AudioError, match="more than 4096 chunks"):
        scan_chunks(path)


@given(data=st.data())
def test_any_damage_gives_audio_or_one_sentence(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "a.wav"
    depth = data.draw(st.sampled_from([16, 24, "32f"]))
    AudioBuffer(np.full((2, 300), 0.1, np.float32), 44100).write(path, bit_depth=depth, tags={"title": "x"})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, min(140, len(content) - 5)))
        content[place : place + 4] = struct.pack("<I", data.draw(st.integers(0, 2**32 - 1)))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with suppress(AudioError):
        assert scan_chunks(path).file_size == path.stat().st_size
    with suppress(AudioError):
        assert read_audio(path).channels >= 1
    assert isinstance(inspect_audio(path), list)


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_give_problems_and_no_crash(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "a.wav"
    for head in (b"", b"RIFF\x10\0\0\0WAVE", b"RF64\xff\xff\xff\xffWAVEds64", b"FORM\0\0\0\x20AIFF", b"fLaC\0\0\0\x22"):
        path.write_bytes(head + content)
        assert isinstance(inspect_audio(path), list)
