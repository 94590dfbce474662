"""The broadcast chunk: what is written comes back, in a file that everybody reads."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.audio import AudioBuffer, read_audio
from maxbooster_kernel.audio.bext import SIZE, BroadcastInfo, decode_bext, encode_bext
from maxbooster_kernel.audio.riff import read_chunk, scan_chunks
from maxbooster_kernel.errors import AudioError

INFO = BroadcastInfo(
    description="Night Drive, mix",
    originator="North Pier",
    originator_reference="NP-0001",
    date="2026-11-22",
    time="15:00:00",
    time_reference=44100 * 3600,
    integrated_lufs=-14.03,
    range_lu=5.2,
    true_peak_dbtp=-1.0,
    momentary_max_lufs=-9.5,
    short_term_max_lufs=-11.25,
    coding_history="A=PCM,F=44100,W=24,M=stereo,T=Max Booster\r\n",
)


def test_all_fields_come_back_from_a_file(tmp_path):
    audio = AudioBuffer(np.zeros((2, 100), np.float32), 44100)
    path = audio.write(tmp_path / "a.wav", bext=encode_bext(INFO))
    outline = scan_chunks(path)
    assert [chunk.name for chunk in outline.chunks] == ["JUNK", "bext", "fmt ", "data"]
    assert decode_bext(read_chunk(path, outline.find("bext"))) == INFO
    assert read_audio(path).frames == 100


def test_the_layout_is_that_of_tech_3285():
    body = encode_bext(INFO)
    assert SIZE == 602
    assert body[256:266] == b"North Pier"
    assert body[320:330] == b"2026-11-22"
    assert body[330:338] == b"15:00:00"
    assert int.from_bytes(body[338:346], "little") == INFO.time_reference
    assert int.from_bytes(body[346:348], "little") == 2
    assert int.from_bytes(body[412:414], "little", signed=True) == -1403
    assert int.from_bytes(body[416:418], "little", signed=True) == -100
    assert body[602:].startswith(b"A=PCM")


@pytest.mark.parametrize("value", [None, float("-inf"), float("nan")])
def test_a_value_that_is_not_known_is_not_given(value):
    assert decode_bext(encode_bext(BroadcastInfo(integrated_lufs=value))).integrated_lufs is None


def test_version_1_has_no_loudness():
    body = bytearray(encode_bext(INFO))
    body[346] = 1
    assert decode_bext(bytes(body)).range_lu is None


def test_wrong_values_are_named():
    with pytest.raises(AudioError, match="originator: expected at most 32"):
        encode_bext(BroadcastInfo(originator="x" * 33))
    with pytest.raises(AudioError, match="time reference"):
        encode_bext(BroadcastInfo(time_reference=-1))
    with pytest.raises(AudioError, match="at least 602"):
        decode_bext(b"short")


@given(st.binary(max_size=800))
def test_any_bytes_are_decoded_or_refused(body):
    with suppress(AudioError):
        assert isinstance(decode_bext(body), BroadcastInfo)
