"""Covers: facts, faults with their codes, derived sizes, and bombs that never go off."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from maxbooster_kernel.audio import derive_artwork, inspect_artwork, probe_artwork
from maxbooster_kernel.errors import ArtworkError, OutputExistsError


def picture(folder, name="cover.jpg", size=(3000, 3000), mode="RGB", **options):
    path = folder / name
    Image.new(mode, size).save(path, **options)
    return path


def codes(path, **options):
    return {problem.code for problem in inspect_artwork(path, **options)}


def test_a_good_cover_has_no_problems(tmp_path):
    path = picture(tmp_path)
    assert inspect_artwork(path) == []
    info = probe_artwork(path)
    assert (info.width, info.height, info.mode, info.format, info.square) == (3000, 3000, "RGB", "JPEG", True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"size": (640, 640)}, {"artwork_size"}),
        ({"size": (3200, 3000)}, {"artwork_square"}),
        ({"mode": "CMYK"}, {"artwork_mode"}),
        ({"mode": "L"}, {"artwork_mode"}),
        ({"mode": "RGBA", "name": "c.png"}, {"artwork_alpha"}),
        ({"name": "c.webp", "mode": "RGB"}, {"artwork_format"}),
    ],
)
def test_each_fault_has_its_code(tmp_path, options, expected):
    assert codes(picture(tmp_path, **options)) == expected


def test_a_store_may_ask_for_less(tmp_path):
    assert codes(picture(tmp_path, size=(640, 640)), least_side=640) == set()


def test_animation_is_found(tmp_path):
    frames = [Image.new("RGB", (3000, 3000), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    assert codes(tmp_path / "a.png") == {"artwork_animated"}


def test_a_damaged_picture_is_found(tmp_path):
    path = picture(tmp_path, "c.png")
    path.write_bytes(path.read_bytes()[:2000])
    assert "artwork_damaged" in codes(path)


def test_what_is_no_picture(tmp_path):
    (tmp_path / "a.jpg").write_text("words")
    assert codes(tmp_path / "a.jpg") == codes(tmp_path / "none.jpg") == codes(tmp_path) == {"artwork_unreadable"}
    with pytest.raises(ArtworkError, match="there is no picture"):
        probe_artwork(tmp_path / "none.jpg")


def test_a_bomb_is_refused_by_its_header(tmp_path):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10_000))))
    assert codes(path) == {"artwork_unreadable"}
    with pytest.raises(ArtworkError):
        derive_artwork(path, tmp_path / "small.jpg", (100, 100))


def test_derived_sizes_are_cut_to_shape_and_never_enlarged(tmp_path):
    source = picture(tmp_path)
    with Image.open(derive_artwork(source, tmp_path / "video.jpg", (1280, 720))) as made:
        assert (made.size, made.mode) == ((1280, 720), "RGB")
    small = picture(tmp_path, "small.png", size=(400, 400), mode="RGBA")
    with Image.open(derive_artwork(small, tmp_path / "b.png", (1280, 720))) as made:
        assert made.size == (400, 225)
        assert made.getpixel((0, 0)) == (255, 255, 255)
    with pytest.raises(OutputExistsError):
        derive_artwork(source, tmp_path / "b.png", (10, 10), force=False)
    with pytest.raises(ArtworkError, match="ending"):
        derive_artwork(source, tmp_path / "b.gif", (10, 10))


@given(
    data=st.binary(max_size=300),
    head=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"GIF89a"]),
)
def test_any_bytes_are_judged_without_a_crash(tmp_path_factory, data, head):
    path = tmp_path_factory.mktemp("fuzz") / "a.jpg"
    path.write_bytes(head + data)
    assert inspect_artwork(path)
