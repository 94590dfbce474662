"""Previews in consumer formats, Apple's package, and identifiers that are never given out twice."""

import hashlib
import threading
from dataclasses import replace

import pytest
from lxml import etree
from PIL import Image

from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.catalogue.allocate import Allocator
from maxbooster_kernel.delivery.itmsp import NAMESPACE, write_itmsp
from maxbooster_kernel.delivery.previews import make_previews
from maxbooster_kernel.delivery.transcode import transcode
from maxbooster_kernel.errors import CatalogueError, DeliveryError, OutputExistsError
from maxbooster_kernel.identifiers import isrc_problem, upc_problem


@pytest.mark.parametrize(("name", "subtype"), [("a.ogg", "VORBIS"), ("a.m4a", "AAC")])
def test_previews_are_what_their_name_says(release, tmp_path, name, subtype):
    source = release.folder / "audio/01.flac"
    whole = probe(transcode(source, tmp_path / name))
    assert (whole.subtype, whole.sample_rate, whole.channels) == (subtype, 44100, 2)
    assert whole.duration_s == pytest.approx(1.0, abs=0.1)  # AAC adds its priming frames
    short = probe(transcode(source, tmp_path / f"short_{name}", preview_s=0.5))
    assert short.duration_s == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("store", "subtype", "size"),
    [("spotify", "VORBIS", (640, 640)), ("apple", "AAC", (640, 640)), ("youtube", "AAC", (1280, 720))],
)
def test_previews_are_what_a_stores_listeners_get(release, tmp_path, store, subtype, size):
    made = make_previews(release.record, release.folder, tmp_path / "previews", store=store, preview_s=0.5)
    assert [probe(path).subtype for path in made[:2]] == [subtype, subtype]
    assert all(probe(path).duration_s == pytest.approx(0.5, abs=0.1) for path in made[:2])
    with Image.open(made[2]) as picture:
        assert (picture.size, picture.format, picture.mode) == (size, "JPEG", "RGB")
    bad = replace(release.record, cover="../cover.jpg")
    with pytest.raises(DeliveryError, match="correct the release"):
        make_previews(bad, release.folder, tmp_path / "previews", store=store, preview_s=0.5)


def test_other_endings_are_refused(release, tmp_path):
    with pytest.raises(DeliveryError, match="expected an ending"):
        transcode(release.folder / "audio/01.flac", tmp_path / "a.mp3")
    (tmp_path / "b.ogg").write_bytes(b"x")
    with pytest.raises(OutputExistsError):
        transcode(release.folder / "audio/01.flac", tmp_path / "b.ogg", force=False)
    assert (tmp_path / "b.ogg").read_bytes() == b"x"


def test_apples_package_holds_what_it_says(release, tmp_path):
    package = write_itmsp(release.record, release.folder, tmp_path)
    assert package.name == "700000000009.itmsp"
    root = etree.parse(package / "metadata.xml").getroot()
    for node in root.iter(f"{{{NAMESPACE}}}audio_file", f"{{{NAMESPACE}}}file"):
        file = package / node.findtext(f"{{{NAMESPACE}}}file_name")
        assert node.findtext(f"{{{NAMESPACE}}}size") == str(file.stat().st_size)
        assert node.findtext(f"{{{NAMESPACE}}}checksum") == hashlib.md5(file.read_bytes()).hexdigest()
    assert len(list(package.iterdir())) == 4
    with pytest.raises(OutputExistsError):
        write_itmsp(release.record, release.folder, tmp_path)
    with pytest.raises(DeliveryError, match="vendor id"):
        write_itmsp(release.record, release.folder, tmp_path, vendor_id="a/b")


def test_identifiers_are_given_out_once_by_many_at_once(tmp_path):
    place = tmp_path / "book.sqlite"
    Allocator.open(place).close()
    found = []

    def work():
        book = Allocator.open(place)
        found.extend(book.isrc("USABC", 2026) for _ in range(10))
        book.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 40
    assert all(isrc_problem(isrc) is None for isrc in found)


def test_a_number_given_out_elsewhere_is_skipped(tmp_path):
    book = Allocator.open(tmp_path / "book.sqlite")
    book.take("upc", "700000000009", purpose="an old release")
    assert book.upc("7000000") == "700000000016"
    assert upc_problem(book.upc("7000000")) is None
    with pytest.raises(CatalogueError, match="before"):
        book.take("upc", "700000000009")
    with pytest.raises(CatalogueError, match="prefix"):
        book.isrc("U$", 2026)
