"""DAWproject files from outside: damaged, hostile or foreign ones are one sentence, and nothing half written."""

from __future__ import annotations

import io
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import OutputExistsError, SessionError
from maxbooster_kernel.session import dawproject_file
from maxbooster_kernel.session.conform import normalize, problems
from maxbooster_kernel.session.dawproject_file import export_dawproject, import_dawproject

PROJECT = """<?xml version="1.0" encoding="{encoding}"?>
<Project version="1.0"><Application name="Other" version="5"/>
<Transport><Tempo unit="bpm" value="60" id="t"/></Transport>
<Structure>{structure}
 <Track name="Gtr" id="x1"><Channel role="regular" id="x2">{devices}<Volume unit="linear" value="{volume}" id="v"/>
 </Channel></Track></Structure>
<Arrangement><Lanes timeUnit="seconds"><Lanes track="x1"><Clips>
 <Clip time="0" duration="1"><Audio channels="1" sampleRate="8000" duration="1"><File path="{media}"/></Audio></Clip>
 {clips}</Clips></Lanes></Lanes></Arrangement></Project>"""


def project(encoding="UTF-8", **fields):
    given = {"structure": "", "devices": "", "volume": "1", "clips": "", "media": "audio/g.wav", **fields}
    return PROJECT.format(encoding=encoding, **given).encode(encoding)


@pytest.fixture(scope="module")
def wav(tmp_path_factory):
    path = tmp_path_factory.mktemp("wav") / "g.wav"
    AudioBuffer(np.linspace(-0.5, 0.5, 8000, dtype=np.float32)[np.newaxis], 8000).write(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def exported(wav, tmp_path_factory):
    folder = tmp_path_factory.mktemp("song")
    (folder / "g.wav").write_bytes(wav)
    tracks = [{"id": "g", "clips": [{"id": "c", "media": "g.wav", "gain": 0.5}]}]
    data = {"format": "maxbooster-session", "version": 1, "uuid": "u", "sample_rate": 8000, "tracks": tracks}
    export_dawproject(normalize(data), folder, folder / "a.dawproject")
    return (folder / "a.dawproject").read_bytes()


def archive(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names used twice
        for name, data in members:
            made.writestr(name, data)
    return path


def refused(path, folder, capsys):
    """Import by the command line; return the one sentence it says."""
    assert run(["session", "import", str(path), str(folder / "new" / "song.mbsession")]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert not (folder / "new").exists()
    return line


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([], "no item named 'project.xml'"),
        ([("project.xml", b"")], "well-formed XML"),
        ([("project.xml", b"<Song/>")], "expected the element Project, got Song"),
        ([("project.xml", project("UTF-8").replace(b"Gtr", b"\xff\xfe"))], "well-formed XML"),
        ([("project.xml", b"<Project>" * 300)], "well-formed XML"),
        ([("project.xml", project())], "no item named 'audio/g.wav'"),
        ([("project.xml", project()), ("audio/g.wav", b"no sound")], "audio/g.wav: expected an audio file"),
        ([("project.xml", project(volume="loud"))], 'Volume/@value: expected a number, got "loud"'),
        ([("project.xml", project(volume="nan"))], 'expected a number, got "nan"'),
        ([("project.xml", project(structure="<Track name='a'><Channel/></Track>" * 5000))], "at most 4096 tracks"),
        ([("project.xml", project(media="audio/../../g.wav"))], "a path outside it"),
        ([("project.xml", project(media="C:/g.wav"))], "a path outside it"),
    ],
)
def test_what_is_no_project_is_one_sentence(tmp_path, capsys, members, said):
    line = refused(archive(tmp_path / "a.dawproject", members), tmp_path, capsys)
    assert said in line
    assert str(tmp_path / "a.dawproject") in line


def test_no_archive_at_all_is_one_sentence(tmp_path, capsys, exported):
    (tmp_path / "a.dawproject").write_bytes(b"RIFF")
    assert "not a zip file" in refused(tmp_path / "a.dawproject", tmp_path, capsys)
    (tmp_path / "a.dawproject").write_bytes(exported[: len(exported) // 2])
    assert "not a zip file" in refused(tmp_path / "a.dawproject", tmp_path, capsys)
    assert "No such file" in refused(tmp_path / "gone.dawproject", tmp_path, capsys)
    assert "Is a directory" in refused(tmp_path, tmp_path, capsys)


def test_an_archive_that_unpacks_to_more_than_the_disk_holds_is_refused_before_it_is_written(
    tmp_path, capsys, monkeypatch
):
    path = archive(tmp_path / "a.dawproject", [("project.xml", project()), ("audio/g.wav", bytes(30 << 20))])
    assert path.stat().st_size < 1 << 20
    assert "expected an audio file" in refused(path, tmp_path, capsys)
    usage = dawproject_file.shutil.disk_usage(tmp_path)._replace(free=20 << 20)
    monkeypatch.setattr(dawproject_file.shutil, "disk_usage", lambda _: usage)
    assert "unpack to 30 MiB" in refused(path, tmp_path, capsys)


def test_a_project_larger_than_any_is_refused_unread(tmp_path, capsys):
    path = archive(tmp_path / "a.dawproject", [("project.xml", bytes(65 << 20))])
    assert "at most 64 MiB" in refused(path, tmp_path, capsys)


def test_another_encoding_is_read(tmp_path, wav):
    path = archive(tmp_path / "a.dawproject", [("project.xml", project("UTF-16")), ("audio/g.wav", wav)])
    session, found = import_dawproject(path, tmp_path / "new")
    assert (session["tracks"][0]["name"], session["sample_rate"], found) == ("Gtr", 8000, [])


def test_what_a_session_cannot_hold_is_a_warning_and_the_rest_is_read(tmp_path, wav):
    fields = {
        "structure": "<Track name='Bus'><Channel role='effect' id='b'/></Track><Track name='Folder'/>",
        "devices": "<Devices><Vst2Plugin deviceName='Magic'/><Equalizer><Band type='bell'>"
        "<Freq unit='hertz' value='-3'/></Band></Equalizer></Devices>",
        "volume": "-2",
        "clips": "<Clip time='2' duration='1'><Notes/></Clip>",
    }
    path = archive(tmp_path / "a.dawproject", [("project.xml", project(**fields)), ("audio/g.wav", wav)])
    session, found = import_dawproject(path, tmp_path / "new")
    assert problems(session) == []
    assert {problem.severity for problem in found} == {"warning"}
    said = [str(problem) for problem in found]
    for part in ("Folder", "Magic", "holds no audio", "bands[0].frequency", "tracks[0].gain: expected a number"):
        assert any(part in line for line in said), (part, said)
    assert (session["tracks"][0]["gain"], len(session["tracks"][0]["clips"])) == (0.0, 1)
    assert (tmp_path / "new" / "audio" / "g.wav").read_bytes() == wav


def test_a_file_of_the_same_name_is_kept(tmp_path, wav, capsys):
    path = archive(tmp_path / "a.dawproject", [("project.xml", project()), ("audio/g.wav", wav)])
    mine = tmp_path / "new" / "audio" / "g.wav"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(wav[:-2] + b"\1\2")
    kept = mine.read_bytes()
    with pytest.raises(OutputExistsError, match=r"g\.wav exists already"):
        import_dawproject(path, tmp_path / "new")
    assert mine.read_bytes() == kept
    command = ["session", "import", str(path), str(tmp_path / "new" / "song.mbsession")]
    assert run(command) == 1
    assert run([*command, "--force"]) == 0
    assert mine.read_bytes() == wav
    before = mine.stat().st_mtime_ns
    import_dawproject(path, tmp_path / "new")
    assert mine.stat().st_mtime_ns == before
    capsys.readouterr()


def valid_or_refused(path, folder):
    try:
        session, _ = import_dawproject(path, folder)
    except SessionError as error:
        said = str(error)
    else:
        assert problems(session) == []
        return
    assert "\n" not in said
    assert not folder.exists()


@given(data=st.data())
def test_a_damaged_archive_is_refused_or_read_and_nothing_else(tmp_path_factory, exported, data):
    damaged = bytearray(exported)
    for _ in range(data.draw(st.integers(1, 3))):
        # Where the zip format's own words are: the headers before each member, and the directory at the end.
        at = data.draw(st.one_of(st.integers(0, 1200), st.integers(len(damaged) - 400, len(damaged) - 1)))
        damaged[at] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "a.dawproject").write_bytes(bytes(damaged))
    valid_or_refused(folder / "a.dawproject", folder / "new")


@given(
    tag=st.sampled_from(["Track", "Channel", "Volume", "Clip", "Audio", "File", "Lanes", "Clips", "Tempo"]),
    attribute=st.sampled_from(["value", "time", "duration", "role", "unit", "id", "track", "path", "timeUnit", "name"]),
    value=st.one_of(
        st.sampled_from(["", "-1", "1e400", "1e300", "master", "x1", "seconds", "../x", "mb.track.master", "0"]),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
    ),
)
def test_foreign_values_are_refused_or_made_a_valid_session(tmp_path_factory, wav, tag, attribute, value):
    from lxml import etree

    tree = etree.parse(io.BytesIO(project()))
    for element in tree.iter(tag):
        element.set(attribute, value)
    folder = tmp_path_factory.mktemp("foreign")
    members = [("project.xml", etree.tostring(tree)), ("audio/g.wav", wav)]
    valid_or_refused(archive(folder / "a.dawproject", members), folder / "new")
