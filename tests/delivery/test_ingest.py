"""A folder becomes a draft release; schemas are imported from folders and archives, and unsafe archives are refused."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.audio.tags import Tags, write_tags
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.ddex.schema_import import import_schemas
from maxbooster_kernel.ddex.schema_store import find_schema, load_schema
from maxbooster_kernel.delivery.ingest import ingest_folder
from maxbooster_kernel.errors import MessageError, ReleaseError


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "Night Drive"
    (place / "CD2").mkdir(parents=True)
    rng = np.random.default_rng(3)
    for name in ("01 - Dawn.flac", "02_Dusk.wav", "CD2/01 Noon.flac"):
        AudioBuffer((0.1 * rng.standard_normal((2, 22050))).astype(np.float32), 44100).write(place / name)
    tags = Tags(
        title="Dawn (Live)", artist="Ada Vale", album="Night Drive", isrc="US-ABC-26-00001", track=1, genre="Jazz"
    )
    write_tags(place / "01 - Dawn.flac", tags)
    Image.new("RGB", (1500, 1500), (9, 90, 200)).save(place / "cover.jpg")
    return place


def test_tags_and_names_and_audio_make_a_draft(folder):
    found = ingest_folder(folder)
    release = found.release
    assert [(t.disc, t.number, t.title) for t in release.tracks] == [
        (1, 1, "Dawn (Live)"),
        (1, 2, "Dusk"),
        (2, 1, "Noon"),
    ]
    assert (release.title, release.artist_name, release.cover) == ("Night Drive", "Ada Vale", "cover.jpg")
    assert release.tracks[0].isrc == "USABC2600001"
    assert release.tracks[0].duration_s == 0.5
    assert found.provenance["tracks[0].title"] == "tag title"
    assert found.provenance["tracks[1].title"] == "file name"
    assert found.provenance["tracks[0].duration_s"] == "audio"


def test_a_genre_stands_once_at_the_release_and_at_the_tracks_that_differ(folder):
    for name, genre in (("03 Late.flac", "Jazz"), ("CD2/01 Noon.flac", "Ambient")):
        (folder / name).write_bytes((folder / "CD2/01 Noon.flac").read_bytes())
        write_tags(folder / name, Tags(title=Path(name).stem, genre=genre))
    found = ingest_folder(folder)
    assert found.release.genre == "Jazz"
    assert [track.genre for track in found.release.tracks] == [None, None, None, "Ambient"]
    assert [place for place in found.provenance if place.endswith("genre")] == ["genre", "tracks[3].genre"]


def test_the_same_audio_twice_is_found(folder):
    (folder / "03 Copy.flac").write_bytes((folder / "01 - Dawn.flac").read_bytes())
    assert "same_audio" in [problem.code for problem in ingest_folder(folder).problems]


def test_a_text_file_named_wav_is_a_finding(folder):
    (folder / "04 Fake.wav").write_text("no audio")
    found = ingest_folder(folder)
    assert "not_audio" in [problem.code for problem in found.problems]
    assert len(found.release.tracks) == 3


def test_a_file_that_no_release_can_name_is_a_finding(folder, tmp_path_factory):
    """A release names its files in UTF-8 and below its folder."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("04 Else.flac", "front.jpg"):
        (elsewhere / name).write_bytes((folder / "01 - Dawn.flac").read_bytes())
        (folder / name).symlink_to(elsewhere / name)
    (folder / "05 caf\udce9.flac").write_bytes((folder / "01 - Dawn.flac").read_bytes())
    found = ingest_folder(folder)
    assert len(found.release.tracks) == 3
    assert found.release.cover != "front.jpg"
    assert [problem.where for problem in found.problems if problem.code == "file_elsewhere"] == [
        "04 Else.flac",
        "05 caf\\udce9.flac",
    ]


def test_a_folder_without_audio_is_refused(tmp_path):
    with pytest.raises(ReleaseError, match="expected audio files"):
        ingest_folder(tmp_path)


def test_the_command_writes_the_draft_once(folder, capsys):
    out = folder / "RELEASE.json"
    assert run(["ingest", str(folder), "-o", str(out), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["release"]["provenance"]["cover"] == "file name"
    assert run(["ingest", str(folder), "-o", str(out)]) == 1
    assert "--force" in capsys.readouterr().err


XSD = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://ddex.net/xml/ern/999"/>'


def test_schemas_are_found_after_the_import(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("MAXBOOSTER_DDEX_SCHEMAS", raising=False)
    archive = tmp_path / "schemas.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("ern/999/release-notification.xsd", XSD)
    assert run(["schemas", "import", str(archive), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert find_schema("http://ddex.net/xml/ern/999") is not None
    assert load_schema("http://ddex.net/xml/ern/999") is not None
    assert find_schema("http://ddex.net/xml/ern/998") is None
    assert find_schema("file:///etc/passwd") is None


def test_the_real_schemas_are_imported(tmp_path, test_data):
    written = import_schemas(test_data / "ddex/xsd/ern/382", store=tmp_path / "store")
    assert sorted(path.name for path in written) == ["avs_20161006.xsd", "release-notification.xsd"]


@pytest.mark.parametrize("name", ["../evil.xsd", "/etc/evil.xsd", "a/../../evil.xsd", "..\\evil.xsd", "C:/evil.xsd"])
def test_an_archive_that_leads_out_is_refused(tmp_path, name):
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("ern/999/good.xsd", XSD)
        file.writestr(name, XSD)
    with pytest.raises(MessageError, match="leads out"):
        import_schemas(archive, store=tmp_path / "store")
    assert not (tmp_path / "store").exists()
    assert not (tmp_path / "evil.xsd").exists()


def test_a_bomb_and_a_link_are_refused(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.xsd", b"\0" * (31 * 1024 * 1024))
    with pytest.raises(MessageError, match="unpacks to"):
        import_schemas(bomb, store=tmp_path / "store")
    link = tmp_path / "link.zip"
    with zipfile.ZipFile(link, "w") as file:
        info = zipfile.ZipInfo("a.xsd")
        info.external_attr = 0o120777 << 16
        file.writestr(info, "/etc/passwd")
    with pytest.raises(MessageError, match="is a link"):
        import_schemas(link, store=tmp_path / "store")
    (tmp_path / "no.zip").write_bytes(b"PK no")
    with pytest.raises(MessageError):
        import_schemas(tmp_path / "no.zip", store=tmp_path / "store")
