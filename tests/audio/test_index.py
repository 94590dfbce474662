"""The media index: one read a file, right hashes, never stale, never an error of its own."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.audio import AudioBuffer, MediaIndex
from maxbooster_kernel.audio import index as module
from maxbooster_kernel.errors import AudioError


@pytest.fixture
def song(tmp_path):
    samples = np.random.default_rng(3).uniform(-1, 1, (2, 4410)).astype(np.float32)
    path = AudioBuffer(samples, 44100).write(tmp_path / "song.wav")
    age(path)
    return path


def age(path, seconds=3600):
    """Set the file's time back, so that the index takes it for settled."""
    facts = path.stat()
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns - seconds * 10**9))


@pytest.fixture
def reads(monkeypatch):
    """Return the list of files that were read for their hashes."""
    seen = []
    real = module._digests

    def counted(path, *digests):
        seen.append(path)
        return real(path, *digests)

    monkeypatch.setattr(module, "_digests", counted)
    return seen


def test_the_hashes_are_those_of_hashlib(tmp_path, song):
    entry = MediaIndex(tmp_path / "i.sqlite").entry(song)
    data = song.read_bytes()
    assert entry.md5 == hashlib.md5(data).hexdigest()
    assert entry.sha1 == hashlib.sha1(data).hexdigest()
    assert entry.sha256 == hashlib.sha256(data).hexdigest()
    assert (entry.size, entry.frames, entry.channels, entry.sample_rate) == (len(data), 4410, 2, 44100)
    assert entry.duration_s == 0.1


def test_a_file_is_read_once_also_over_processes(tmp_path, song, reads):
    index = MediaIndex(tmp_path / "i.sqlite")
    first = index.entry(song)
    assert index.entry(song) == first
    assert MediaIndex(tmp_path / "i.sqlite").entry(song) == first
    assert len(reads) == 1


def test_a_print_is_enough_for_a_render_and_an_entry_for_both(tmp_path, song, reads):
    index = MediaIndex(tmp_path / "i.sqlite")
    first = index.fingerprint(song)
    assert first.sha256 == hashlib.sha256(song.read_bytes()).hexdigest()
    assert MediaIndex(tmp_path / "i.sqlite").known(song) == index.fingerprint(song) == first
    assert len(reads) == 1
    entry = MediaIndex(tmp_path / "i.sqlite").entry(song)
    assert entry.md5 == hashlib.md5(song.read_bytes()).hexdigest()
    assert (entry.sha256, entry.frames, len(reads)) == (first.sha256, first.frames, 2)
    assert MediaIndex(tmp_path / "i.sqlite").fingerprint(song) == entry
    assert len(reads) == 2


def test_a_file_whose_name_is_not_utf8_is_remembered_too(tmp_path, song, reads):
    named = song.rename(tmp_path / "caf\udce9.wav")
    first = MediaIndex(tmp_path / "index.sqlite").entry(named)
    assert MediaIndex(tmp_path / "index.sqlite").entry(named) == first
    assert len(reads) == 1


def test_a_changed_file_is_read_again(tmp_path, song, reads):
    index = MediaIndex(tmp_path / "i.sqlite")
    before = index.entry(song)
    data = bytearray(song.read_bytes())
    times = song.stat()
    data[-1] ^= 1
    song.write_bytes(data)
    os.utime(song, ns=(times.st_atime_ns, times.st_mtime_ns))  # size and time as before: the change time tells
    assert index.entry(song).sha256 == hashlib.sha256(data).hexdigest() != before.sha256
    assert len(reads) == 2


def test_a_file_written_this_instant_is_not_remembered(tmp_path, song, reads, monkeypatch):
    monkeypatch.setattr(module, "CLOCK_GRAIN_NS", 10**15)
    index = MediaIndex(tmp_path / "i.sqlite")
    assert index.entry(song) == index.entry(song)
    assert len(reads) == 2


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_cache_is_rebuilt(tmp_path, song, reads, content):
    base = tmp_path / "i.sqlite"
    base.write_bytes(content)
    entry = MediaIndex(base).entry(song)
    assert MediaIndex(base).entry(song) == entry
    assert len(reads) == 1


def test_a_cache_with_wrong_columns_or_values_is_not_believed(tmp_path, song):
    import sqlite3

    base = tmp_path / "i.sqlite"
    good = MediaIndex(base).entry(song)
    with sqlite3.connect(base) as connection:
        connection.execute("UPDATE media SET sha256='short'")
    connection.close()
    assert MediaIndex(base).entry(song) == good
    with sqlite3.connect(base) as connection:
        connection.execute("ALTER TABLE media RENAME COLUMN sha1 TO other")
    connection.close()
    assert MediaIndex(base).entry(song) == good


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, song):
    blocker = tmp_path / "file"
    blocker.write_text("no folder")
    assert MediaIndex(blocker / "i.sqlite").entry(song).frames == 4410


def test_two_processes_share_one_cache(tmp_path, song):
    code = (
        "import sys; from maxbooster_kernel.audio import MediaIndex\n"
        "from pathlib import Path\n"
        "index = MediaIndex(sys.argv[1])\n"
        "print(index.entries(sorted(Path(sys.argv[2]).glob('*.wav')))[0].sha256)\n"
    )
    for copy in range(12):
        target = tmp_path / f"copy{copy}.wav"
        target.write_bytes(song.read_bytes() + bytes(copy))
        age(target)
    command = [sys.executable, "-c", code, str(tmp_path / "i.sqlite"), str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in running]
    assert all(process.returncode == 0 for process in running), outputs
    assert outputs[0][0] == outputs[1][0]


def test_entries_keep_their_order(tmp_path, song):
    other = AudioBuffer(np.zeros((1, 10), np.float32), 8000).write(tmp_path / "b.wav")
    entries = MediaIndex(tmp_path / "i.sqlite").entries([other, song, other])
    assert [entry.sample_rate for entry in entries] == [8000, 44100, 8000]
    assert MediaIndex(tmp_path / "i.sqlite").entries([]) == []


def test_clear_forgets(tmp_path, song, reads):
    index = MediaIndex(tmp_path / "i.sqlite")
    index.entry(song)
    index.clear()
    index.entry(song)
    assert len(reads) == 2


def test_no_audio_is_said(tmp_path):
    path = tmp_path / "a.wav"
    path.write_text("words")
    with pytest.raises(AudioError, match="not an audio file"):
        MediaIndex(tmp_path / "i.sqlite").entry(path)


def test_the_cache_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path))
    assert MediaIndex().path == tmp_path / "media.sqlite"


@given(data=st.data())
def test_any_damage_to_the_cache_never_shows(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    path = AudioBuffer(np.zeros((1, 50), np.float32), 44100).write(folder / "a.wav")
    age(path)
    base = folder / "i.sqlite"
    good = MediaIndex(base).entry(path)
    content = bytearray(base.read_bytes())
    for _ in range(data.draw(st.integers(1, 30))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    base.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    assert MediaIndex(base).entry(path) == good
