"""The checks before delivery: each fault is found with its code, a clean file has none."""

import numpy as np
import pytest
import soundfile

from maxbooster_kernel.audio import AudioBuffer, audio_hash, inspect_audio, validate_audio
from maxbooster_kernel.errors import AudioError

RATE = 44100


@pytest.fixture
def tone():
    time = np.arange(RATE) / RATE
    return np.stack([0.5 * np.sin(2 * np.pi * 440 * time), 0.4 * np.sin(2 * np.pi * 550 * time)]).astype(np.float32)


def codes(path):
    return {problem.code: problem.severity for problem in inspect_audio(path)}


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
@pytest.mark.parametrize("bit_depth", [16, 24])
def test_a_clean_file_has_no_problems(tmp_path, tone, name, bit_depth):
    path = AudioBuffer(tone, RATE).write(tmp_path / name, bit_depth=bit_depth)
    assert inspect_audio(path) == []
    info = validate_audio(path)
    assert (info.sample_rate, info.bit_depth, info.duration_s) == (RATE, bit_depth, 1.0)


def test_mp3_passes_with_a_warning(tmp_path, tone):
    path = AudioBuffer(tone, RATE).write(tmp_path / "a.mp3")
    assert codes(path) == {"lossy": "warning"}
    assert validate_audio(path).bit_depth is None


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("a.ogg", {"format": "OGG"}, "format"),
        ("a.aiff", {"format": "AIFF", "subtype": "PCM_24"}, "format"),
        ("a.wav", {"subtype": "PCM_U8"}, "bit_depth"),
        ("a.flac", {"subtype": "PCM_S8"}, "bit_depth"),
    ],
)
def test_format_and_depth(tmp_path, tone, name, options, code):
    path = tmp_path / name
    soundfile.write(path, tone.T, RATE, **options)
    assert codes(path)[code] == "error"
    with pytest.raises(AudioError, match="expected"):
        validate_audio(path)


def test_a_low_sample_rate(tmp_path, tone):
    assert codes(AudioBuffer(tone, 32000).write(tmp_path / "a.wav")) == {"sample_rate": "error"}


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_truncated_file(tmp_path, name, part):
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, RATE)).astype(np.float32)
    path = AudioBuffer(noise, RATE).write(tmp_path / name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    assert set(codes(path)) & {"truncated", "damaged"}


def test_damage_inside_a_flac_is_found(tmp_path):
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 10 * RATE)).astype(np.float32)
    path = AudioBuffer(noise, RATE).write(tmp_path / "a.flac")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(data)
    assert set(codes(path)) & {"truncated", "damaged"}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinity_are_reported_with_channel_and_time(tmp_path, tone, bad):
    tone[1, 11025] = bad
    soundfile.write(tmp_path / "a.wav", tone.T, RATE, subtype="FLOAT")
    (problem,) = (found for found in inspect_audio(tmp_path / "a.wav") if found.code == "not_finite")
    assert problem.severity == "error"
    assert "channel 2 at 0.250 s" in problem.message


def test_clipping_runs_are_counted_also_over_block_borders(tmp_path, tone):
    tone[0, 100:102] = 1.0  # two samples: not a run
    tone[0, 200:205] = -1.0
    longer = np.concatenate([tone, tone], axis=1)
    longer[1, 65533:65539] = 1.0  # crosses the reading block of 65536 frames
    path = AudioBuffer(longer, RATE).write(tmp_path / "a.wav")
    (problem,) = inspect_audio(path)
    assert problem.code == "clipping"
    assert problem.severity == "warning"
    assert problem.message.startswith("3 runs")
    assert "first at 0.005 s" in problem.message


def test_levels_beyond_full_scale(tmp_path, tone):
    assert codes(AudioBuffer(4 * tone, RATE).write(tmp_path / "a.wav", bit_depth="32f")) == {
        "over_full_scale": "warning"
    }


def test_silence_one_silent_channel_and_dual_mono(tmp_path, tone):
    assert codes(AudioBuffer(0 * tone, RATE).write(tmp_path / "a.wav")) == {"silence": "error"}
    tone[1] = 0
    assert codes(AudioBuffer(tone, RATE).write(tmp_path / "b.wav")) == {"silent_channel": "warning"}
    tone[1] = tone[0]
    assert codes(AudioBuffer(tone, RATE).write(tmp_path / "c.wav")) == {"dual_mono": "info"}
    assert codes(AudioBuffer(tone[:, :0], RATE).write(tmp_path / "d.wav")) == {"silence": "error"}


def test_headers_some_stores_refuse(tmp_path, tone):
    soundfile.write(tmp_path / "a.wav", tone.T, RATE, subtype="PCM_24", format="WAVEX")
    assert codes(tmp_path / "a.wav") == {"wave_extensible": "info"}
    path = AudioBuffer(tone, RATE).write(tmp_path / "b.wav")
    path.write_bytes(path.read_bytes() + b"id3 \x04\0\0\0abcd")
    assert codes(path) == {"trailing_chunks": "info"}


def test_what_is_no_audio_at_all(tmp_path):
    (tmp_path / "text.wav").write_text("this is a text\n" * 20)
    (tmp_path / "empty.wav").touch()
    assert codes(tmp_path / "text.wav") == {"not_audio": "fatal"}
    assert codes(tmp_path / "empty.wav") == {"file_empty": "fatal"}
    assert codes(tmp_path / "none.wav") == {"file_missing": "fatal"}
    assert codes(tmp_path) == {"not_audio": "fatal"}


def test_the_audio_hash_does_not_see_the_container(tmp_path, tone):
    audio = AudioBuffer(tone, RATE)
    wav = audio.write(tmp_path / "a.wav", bit_depth=16, dither="none")
    same = audio_hash(audio.write(tmp_path / "a.flac", bit_depth=16, dither="none", tags={"title": "x"}))
    assert audio_hash(wav) == same
    soundfile.write(tmp_path / "wide.wav", soundfile.read(wav, dtype="int16")[0], RATE, subtype="PCM_24")
    assert audio_hash(tmp_path / "wide.wav") == same
    tone[0, 500] += 2**-10
    assert audio_hash(AudioBuffer(tone, RATE).write(tmp_path / "c.wav", bit_depth=16, dither="none")) != same
    assert audio_hash(audio.write(tmp_path / "d.wav")) != same
