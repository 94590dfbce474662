"""Reading and writing: what comes back is what went in, in every format, whole, in part and in blocks."""

import numpy as np
import pytest
import soundfile

import maxbooster_kernel as mb
from maxbooster_kernel.audio.read import read_audio
from maxbooster_kernel.audio.write import AudioWriter
from maxbooster_kernel.errors import AudioError, OutputExistsError

RATE = 44100


def noise(frames=10_000, channels=2, seed=1, level=0.5):
    return (np.random.default_rng(seed).uniform(-level, level, (channels, frames))).astype(np.float32)


def steps(bits, frames=10_000, channels=2):
    full = 2 ** (bits - 1)
    whole = np.random.default_rng(2).integers(-full, full, (channels, frames))
    return (whole / full).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "bit_depth"),
    [("a.wav", 16), ("a.wav", 24), ("a.flac", 16), ("a.flac", 24), ("a.aiff", 16), ("a.aiff", 24), ("a.AIF", 24)],
)
def test_samples_on_the_grid_come_back_exactly(tmp_path, name, bit_depth):
    audio = mb.AudioBuffer(steps(bit_depth), RATE)
    path = audio.write(tmp_path / name, bit_depth=bit_depth)
    back = mb.read_audio(path)
    assert back.sample_rate == RATE
    assert np.array_equal(back.samples, audio.samples)
    assert mb.probe(path).bit_depth == bit_depth


@pytest.mark.parametrize("name", ["a.wav", "a.aiff"])
def test_float_keeps_samples_beyond_full_scale(tmp_path, name):
    audio = mb.AudioBuffer(noise(level=4.0), 48000)
    back = mb.read_audio(audio.write(tmp_path / name, bit_depth="32f"))
    assert np.array_equal(back.samples, audio.samples)


@pytest.mark.parametrize("channels", [1, 2, 3, 5, 6, 8])
def test_every_channel_count_reads_back_and_libsndfile_agrees(tmp_path, channels):
    audio = mb.AudioBuffer(steps(24, 500, channels), 96000)
    path = audio.write(tmp_path / "a.wav")
    assert np.array_equal(mb.read_audio(path).samples, audio.samples)
    theirs, rate = soundfile.read(path, always_2d=True, dtype="float32")
    assert rate == 96000
    assert np.array_equal(theirs.T, audio.samples)


def test_stereo_wav_is_plain_pcm_with_nothing_after_the_audio(tmp_path):
    from maxbooster_kernel.audio.riff import scan_chunks

    path = mb.AudioBuffer(noise(frames=101, channels=1), RATE).write(tmp_path / "a.wav", tags={"title": "Däy"})
    outline = scan_chunks(path)
    assert outline.format_tag == 1
    assert outline.after_data == ()
    assert outline.missing_bytes == 0
    assert soundfile.SoundFile(path).title == "Däy"


def test_equal_audio_gives_equal_bytes(tmp_path):
    audio = mb.AudioBuffer(noise(70_000), RATE)
    for name, depth in [("a.wav", 16), ("b.wav", "32f"), ("c.flac", 24), ("d.aiff", 24), ("e.aiff", "32f")]:
        first = audio.write(tmp_path / f"1{name}", bit_depth=depth).read_bytes()
        assert audio.write(tmp_path / f"2{name}", bit_depth=depth).read_bytes() == first


def test_a_float_aiff_does_not_tell_when_it_was_written(tmp_path):
    from maxbooster_kernel.audio.riff import read_chunk, scan_chunks

    path = mb.AudioBuffer(noise(), RATE).write(tmp_path / "a.aiff", bit_depth="32f")
    assert read_chunk(path, scan_chunks(path).find("PEAK"))[4:8] == bytes(4)


@pytest.mark.parametrize("dither", ["none", "tpdf", "shaped"])
def test_blocks_written_one_by_one_give_the_same_file(tmp_path, dither):
    samples = noise(150_000)
    whole = mb.AudioBuffer(samples, RATE).write(tmp_path / "whole.wav", bit_depth=16, dither=dither)
    with AudioWriter(tmp_path / "parts.wav", RATE, 2, bit_depth=16, dither=dither) as writer:
        for start in range(0, 150_000, 4099):
            writer.write(samples[:, start : start + 4099])
    assert (tmp_path / "parts.wav").read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg"])
def test_blocks_join_to_the_whole(tmp_path, name):
    path = mb.AudioBuffer(noise(50_000), RATE).write(tmp_path / name)
    whole = mb.read_audio(path)
    parts = list(mb.blocks(path, 4096))
    assert all(part.shape == (2, 4096) for part in parts[:-1])
    assert np.array_equal(np.concatenate(parts, axis=1), whole.samples)
    part = mb.read_audio(path, start_frame=12_345, frames=1_000)
    tolerance = 0 if name in ("a.wav", "a.flac") else 2e-2  # a lossy decoder starts from nothing after a seek
    assert np.abs(part.samples - whole.samples[:, 12_345:13_345]).max() <= tolerance


def test_a_part_past_the_end_is_shorter(tmp_path):
    path = mb.AudioBuffer(noise(100), RATE).write(tmp_path / "a.wav")
    assert mb.read_audio(path, start_frame=90, frames=50).frames == 10
    assert mb.read_audio(path, start_frame=500).frames == 0
    with pytest.raises(AudioError, match="at least 0"):
        mb.read_audio(path, start_frame=-1)


def test_mp4_is_read_through_ffmpeg(tmp_path):
    import av

    path = tmp_path / "a.m4a"
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("alac", rate=RATE, layout="stereo")
        stream.format = "s16p"
        frame = av.AudioFrame.from_ndarray(
            np.tile((tone * 32767).astype(np.int16), (2, 1)), format="s16p", layout="stereo"
        )
        frame.sample_rate = RATE
        frame.pts = 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    audio = mb.read_audio(path)
    assert (audio.channels, audio.frames, audio.sample_rate) == (2, RATE, RATE)
    assert np.abs(audio.samples[0] - tone).max() < 1e-4
    assert mb.read_audio(path, start_frame=1000, frames=50).samples[1].tolist() == audio.samples[1, 1000:1050].tolist()
    assert np.array_equal(np.concatenate(list(mb.blocks(path, 777)), axis=1), audio.samples)
    info = mb.probe(path)
    assert (info.subtype, info.bit_depth, info.frames, info.lossless) == ("ALAC", 16, RATE, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "there is no audio file"), (b"", "is empty"), (b"hello, I am a text\n" * 50, "is not an audio file")],
)
def test_what_is_no_audio_is_said_in_one_sentence(tmp_path, content, words):
    path = tmp_path / "song.wav"
    if content is not None:
        path.write_bytes(content)
    for use in (mb.read_audio, mb.probe, lambda file: list(mb.blocks(file))):
        with pytest.raises(AudioError, match=words) as caught:
            use(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(AudioError, match="is a folder"):
        mb.read_audio(tmp_path)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff"])
def test_a_file_cut_short_is_refused(tmp_path, name):
    path = mb.AudioBuffer(noise(30_000), RATE).write(tmp_path / name)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(AudioError, match="cut short"):
        mb.read_audio(path)


def test_a_wav_written_by_a_stream_with_unknown_size_is_read(tmp_path):
    path = mb.AudioBuffer(noise(1000), RATE).write(tmp_path / "a.wav")
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[4:8] = data[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert read_audio(path).frames == 1000


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("bit_depth", [16, "32f"])
def test_nan_is_refused_with_its_place_and_leaves_nothing(tmp_path, bad, bit_depth):
    samples = noise(RATE)
    samples[1, 22_050] = bad
    with pytest.raises(AudioError, match=r"channel 2 at 0\.500 s"):
        mb.AudioBuffer(samples, RATE).write(tmp_path / "a.wav", bit_depth=bit_depth)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept_unless_forced(tmp_path):
    path = mb.AudioBuffer(noise(10), RATE).write(tmp_path / "a.wav")
    before = path.read_bytes()
    with pytest.raises(OutputExistsError):
        mb.AudioBuffer(noise(20), RATE).write(path, force=False)
    assert path.read_bytes() == before


def test_an_interrupt_leaves_nothing(tmp_path):
    def work(name):
        with AudioWriter(tmp_path / name, RATE, 2) as writer:
            writer.write(noise(1000))
            raise KeyboardInterrupt

    for name in ("a.wav", "a.flac"):
        with pytest.raises(KeyboardInterrupt):
            work(name)
    assert list(tmp_path.iterdir()) == []


def test_clipped_samples_are_counted(tmp_path):
    samples = np.array([[0.0, 1.5, -2.0, 1.0]], np.float32)
    with AudioWriter(tmp_path / "a.wav", RATE, 1) as writer:
        writer.write(samples)
    assert writer.clipped == 2
    assert mb.read_audio(tmp_path / "a.wav").samples.tolist() == [[0.0, 1 - 2**-23, -1.0, 1 - 2**-23]]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("a.xyz", {}, "expected an ending"),
        ("a.flac", {"bit_depth": "32f"}, "FLAC holds integers"),
        ("a.wav", {"bit_depth": 20}, "bit depth of 16, 24 or 32f"),
        ("a.wav", {"dither": "loud"}, "dither none, tpdf or shaped"),
        ("a.flac", {"bext": b""}, "broadcast chunk"),
    ],
)
def test_wrong_options_are_named(tmp_path, name, options, words):
    with pytest.raises(AudioError, match=words):
        mb.AudioBuffer(noise(10), RATE).write(tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff"])
def test_a_file_that_may_not_grow_is_one_sentence_and_leaves_nothing(tmp_path, name):
    """The real thing, in a process of its own: the system refuses to write more than 100,000 bytes."""
    import subprocess
    import sys

    code = (
        "import resource, signal, sys, numpy as np\n"
        "from maxbooster_kernel.audio import AudioBuffer\n"
        "from maxbooster_kernel.errors import AudioError\n"
        "samples = np.random.default_rng(1).uniform(-1, 1, (2, 200000)).astype(np.float32)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))\n"
        "try:\n"
        "    AudioBuffer(samples, 44100).write(sys.argv[1])\n"
        "except AudioError as error:\n"
        "    print(error)\n"
    )
    pytest.importorskip("resource", reason="limits of this kind are POSIX's")
    command = [sys.executable, "-B", "-c", code, str(tmp_path / name)]  # -B: half bytecode is kept
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "cannot be written" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    from maxbooster_kernel.audio.wav import WavFile

    def full(self, data, frames):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(WavFile, "_append", full)
    with pytest.raises(AudioError, match="No space left on device"):
        mb.AudioBuffer(noise(10), RATE).write(tmp_path / "a.wav")
    assert list(tmp_path.iterdir()) == []
