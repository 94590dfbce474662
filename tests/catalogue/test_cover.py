"""What stores say of a cover, each on a picture that has just that."""

import numpy as np
import pytest
from PIL import Image

from maxbooster_kernel.catalogue.cover import MAX_BYTES, check_cover, read_cover
from maxbooster_kernel.catalogue.findings import Findings
from maxbooster_kernel.errors import ReleaseError


def codes(path):
    found = Findings()
    info = check_cover(path, "cover", found)
    return info, {(problem.severity, problem.code) for problem in found.problems}


@pytest.mark.parametrize(
    ("name", "mode", "size", "expected"),
    [
        ("a.jpg", "RGB", (3000, 3000), set()),
        ("a.jpg", "RGB", (1500, 1500), {("warning", "cover_small")}),
        ("a.jpg", "RGB", (600, 600), {("error", "cover_too_small")}),
        ("a.png", "RGB", (3200, 3000), {("error", "cover_not_square")}),
        ("a.gif", "P", (3000, 3000), {("error", "cover_format"), ("warning", "cover_mode")}),
        ("a.jpg", "CMYK", (3000, 3000), {("error", "cover_mode")}),
        ("a.png", "RGBA", (3000, 3000), {("error", "cover_alpha")}),
        ("a.tif", "L", (3000, 3000), {("warning", "cover_mode")}),
    ],
)
def test_each_finding_on_a_picture_that_has_it(tmp_path, name, mode, size, expected):
    Image.new(mode, size).save(tmp_path / name)
    info, found = codes(tmp_path / name)
    assert found == expected
    assert (info.width, info.height, info.mode) == (*size, mode)


def test_what_is_no_picture_is_one_sentence(tmp_path):
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)).save(whole)
    for name, data, words in (
        ("text.jpg", b"no picture", "expected a picture"),
        ("cut.png", whole.read_bytes()[:6000], "cannot be read"),
        ("gone.jpg", None, r"cannot be read \(No such file"),
    ):
        if data is not None:
            (tmp_path / name).write_bytes(data)
        assert codes(tmp_path / name) == (None, {("error", "cover_unreadable")})
        with pytest.raises(ReleaseError, match=words):
            read_cover(tmp_path / name)
    with (tmp_path / "large.jpg").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ReleaseError, match=f"expected a picture of at most {MAX_BYTES} bytes, got {MAX_BYTES + 1}"):
        read_cover(tmp_path / "large.jpg")
    Image.new("1", (8001, 8000)).save(tmp_path / "wide.png")
    with pytest.raises(ReleaseError, match="expected at most 64000000 pixels, got 8001x8000"):
        read_cover(tmp_path / "wide.png")
