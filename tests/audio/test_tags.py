"""Tags: written, read back, the audio untouched; damaged ones are refused in one sentence."""

import io
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.audio import AudioBuffer, Picture, Tags, audio_hash, read_audio, read_tags, write_tags
from maxbooster_kernel.audio.flac_metadata import read_blocks, write_flac_tags
from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.errors import AudioError

RATE = 44100
FULL = Tags(
    title="Nächte",
    artist="Ada Vale",
    album="Night Drive",
    album_artist="Ada Vale",
    composer="Ben Oak",
    genre="Electronic",
    date="2026-12-04",
    comment="one; two",
    copyright="2026 North Pier",
    track=2,
    track_total=3,
    disc=1,
    disc_total=1,
)


def jpeg(side=32):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (side, side), "purple").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def noise():
    return AudioBuffer(np.random.default_rng(1).uniform(-0.5, 0.5, (2, 5000)).astype(np.float32), RATE)


def aac(path, audio):
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray(audio.samples, format="fltp", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def test_flac_tags_come_back_and_the_audio_is_untouched(tmp_path, noise):
    from dataclasses import replace

    path = noise.write(tmp_path / "a.flac", tags={"title": "old"})
    before = audio_hash(path)
    tags = replace(
        FULL, isrc="USABC2600001", upc="0123456789012", pictures=(Picture(mime_type="image/jpeg", data=jpeg()),)
    )
    write_tags(path, tags)
    assert read_tags(path) == tags
    assert audio_hash(path) == before
    write_tags(path, Tags(title="b"))
    assert read_tags(path) == Tags(title="b")
    with path.open("rb") as stream:
        assert [kind for kind, _ in read_blocks(stream, "a")[0]][:2] == [0, 4]


def test_an_aac_file_is_as_long_as_what_was_encoded_to_the_millisecond(tmp_path, noise):
    path = aac(tmp_path / "a.m4a", noise)
    assert 0 <= read_audio(path).frames - noise.frames <= RATE // 1000
    assert abs(probe(path).frames - noise.frames) <= RATE // 1000


def test_mp4_tags_come_back_and_the_audio_is_untouched(tmp_path, noise):
    from dataclasses import replace

    path = aac(tmp_path / "a.m4a", noise)
    before = read_audio(path).samples
    write_tags(path, replace(FULL, pictures=(Picture(mime_type="image/jpeg", data=jpeg()),)))
    back = read_tags(path)
    assert replace(back, pictures=(), disc=1, disc_total=1, copyright=None) == replace(FULL, copyright=None)
    assert back.pictures[0].data == jpeg()
    assert np.array_equal(read_audio(path).samples, before)
    assert probe(path).subtype == "AAC"


def test_a_picture_that_is_none_leaves_the_mp4_as_it_was(tmp_path, noise):
    path = aac(tmp_path / "a.m4a", noise)
    before = path.read_bytes()
    with pytest.raises(AudioError, match="cover is no JPEG or PNG"):
        write_tags(path, Tags(title="x", pictures=(Picture(mime_type="image/jpeg", data=b"no picture"),)))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.m4a"]


def test_tags_of_wav_and_mp3_are_read(tmp_path, noise):
    assert read_tags(
        noise.write(tmp_path / "a.wav", tags={"title": "T", "artist": "A", "isrc": "US-ABC-26-00001"})
    ) == (Tags(title="T", artist="A", isrc="USABC2600001"))
    assert read_tags(noise.write(tmp_path / "a.mp3", tags={"title": "T"})).title == "T"
    assert read_tags(noise.write(tmp_path / "b.wav")) == Tags()


def test_writing_into_a_wav_is_refused(tmp_path, noise):
    with pytest.raises(AudioError, match=r"AudioBuffer\.write instead"):
        write_tags(noise.write(tmp_path / "a.wav"), FULL)


def test_what_is_no_flac_is_refused(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(b"ID3 nonsense")
    with pytest.raises(AudioError, match="starts with fLaC"):
        write_tags(path, FULL)
    with pytest.raises(AudioError, match="plain letters"):
        write_flac_tags(_flac(tmp_path), [("NO=GOOD", "x")])


def test_facts_as_json():
    assert Tags(title="x", pictures=(Picture(mime_type="image/png", data=b"123"),)).to_dict()["pictures"] == [
        {"mime_type": "image/png", "bytes": 3}
    ]


def _flac(folder):
    return AudioBuffer(np.zeros((1, 100), np.float32), RATE).write(folder / "z.flac")


@given(data=st.data())
def test_damaged_metadata_never_breaks_the_readers(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    kind = data.draw(st.sampled_from([".flac", ".wav", ".mp3"]))
    path = AudioBuffer(np.zeros((1, 400), np.float32), RATE).write(
        folder / f"a{kind}", tags={"title": "T", "artist": "A"}
    )
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, min(len(content) - 1, 300)))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with suppress(AudioError):
        assert isinstance(read_tags(path), Tags)
    if kind == ".flac":
        with suppress(AudioError):
            write_tags(path, FULL)


@given(comments=st.lists(st.tuples(st.text("ABCDEFG_", min_size=1, max_size=8), st.text(max_size=40)), max_size=6))
def test_any_text_survives_in_a_flac(tmp_path_factory, comments):
    path = _flac(tmp_path_factory.mktemp("text"))
    write_flac_tags(path, comments)
    with path.open("rb") as stream:
        body = dict(read_blocks(stream, "z")[0])[4]
    expected = [f"{name}={value}".encode() for name, value in comments]
    assert all(entry in body for entry in expected)
    assert read_audio(path).frames == 100
