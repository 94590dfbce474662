"""Our decoder of plain WAV against libsndfile's: bit for bit, in any block size, from any frame."""

import struct
from contextlib import suppress

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.audio import AudioBuffer, blocks, read_audio
from maxbooster_kernel.audio.pcm_layout import pcm_layout
from maxbooster_kernel.audio.riff import scan_chunks
from maxbooster_kernel.errors import AudioError


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_the_samples_are_those_of_libsndfile(tmp_path, subtype, channels):
    path = tmp_path / "a.wav"
    samples = np.random.default_rng(1).uniform(-1, 1, (4001, channels))
    soundfile.write(path, samples, 44100, subtype=subtype)
    assert pcm_layout(path, scan_chunks(path)).frames == 4001
    expected = soundfile.read(path, dtype="float32", always_2d=True)[0].T
    assert np.array_equal(read_audio(path).samples, expected)
    assert np.array_equal(np.concatenate(list(blocks(path, 333, start_frame=10)), axis=1), expected[:, 10:])
    assert np.array_equal(read_audio(path, start_frame=4000, frames=9).samples, expected[:, 4000:])


@pytest.mark.parametrize(
    ("subtype", "options"),
    [("PCM_U8", {}), ("PCM_32", {}), ("DOUBLE", {}), ("ULAW", {}), ("PCM_24", {"format": "WAVEX"})],
)
def test_other_codings_are_left_to_libsndfile(tmp_path, subtype, options):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.random.default_rng(1).uniform(-1, 1, (500, 2)), 44100, subtype=subtype, **options)
    assert pcm_layout(path, scan_chunks(path)) is None
    expected = soundfile.read(path, dtype="float32")[0].T
    assert np.array_equal(read_audio(path).samples, expected)


def test_extremes_of_24_bit(tmp_path):
    steps = np.array([[-(2**23), -1, 0, 1, 2**23 - 1]])
    path = AudioBuffer((steps / 2**23).astype(np.float32), 44100).write(tmp_path / "a.wav", bit_depth=24)
    assert (read_audio(path).samples * 2**23).tolist() == steps.tolist()


@given(data=st.data())
def test_where_both_decode_a_damaged_header_they_agree(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "a.wav"
    samples = np.random.default_rng(1).uniform(-1, 1, (2, 60)).astype(np.float32)
    AudioBuffer(samples, 44100).write(path, bit_depth=data.draw(st.sampled_from([16, 24, "32f"])))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, 110))
        size = data.draw(st.sampled_from([1, 2, 4]))
        value = data.draw(st.one_of(st.integers(0, 64), st.integers(0, 2 ** (8 * size) - 1))) % 2 ** (8 * size)
        content[place : place + size] = struct.pack("<I", value)[:size]
    path.write_bytes(content)
    with suppress(AudioError, soundfile.LibsndfileError):
        ours = read_audio(path)
        theirs, rate = soundfile.read(path, dtype="float32", always_2d=True)
        if ours.samples.shape == theirs.T.shape:
            assert np.array_equal(ours.samples, theirs.T, equal_nan=True)
            assert ours.sample_rate == rate
