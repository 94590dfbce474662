"""DAWproject: valid against the format's own schema, the round trip keeps what the format can say."""

import contextlib
import copy
import io
import math
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import OutputExistsError, SessionError
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.session.dawproject_file import export_dawproject, import_dawproject
from maxbooster_kernel.session.dawproject_ids import path_of, xml_id
from maxbooster_kernel.session.dawproject_points import as_points, as_segments
from maxbooster_kernel.session.dawproject_read import read_project
from maxbooster_kernel.session.dawproject_write import Media, project_xml
from maxbooster_kernel.session.file import write_session

SESSION = {
    "format": "maxbooster-session",
    "version": 1,
    "uuid": "11111111-2222-4333-8444-555555555555",
    "name": "Night Drive",
    "tempo_bpm": 96.5,
    "time_signature": [3, 4],
    "notes": "more air\nin the chorus",
    "tracks": [
        {
            "id": "lead vox",
            "name": "Lead Vox",
            "gain": 0.7,
            "pan": -0.25,
            "output": "verb",
            "clips": [
                {"id": "c1", "media": "stems/a.wav", "start_s": 0.5, "offset_s": 0.125, "gain": 0.5, "fade_in_s": 0.01},
                {"id": "c2", "media": "stems/a.wav", "start_s": 2.0, "duration_s": 0.25, "fade_out_s": 0.02},
            ],
            "eq": {
                "bands": [
                    {"id": "low", "type": "lowshelf", "frequency": 320, "gain": 3.0},
                    {"id": "cut", "type": "highpass", "frequency": 40, "Q": 0.7, "gain": 0.0},
                ]
            },
            "sends": [{"bus": "verb", "gain": 0.3, "pre_fader": True}],
            "inserts": [{"id": "i1", "type": "reverb", "enabled": False, "params": {"wet": 0.3, "dry": 1.0}}],
        },
        {"id": "7.bass", "name": "Bass", "mute": True, "solo": True, "eq": None, "compressor": None, "clips": []},
    ],
    "buses": [{"id": "verb", "name": "Reverb", "compressor": {"enabled": False, "knee": 5, "ratio": 4}}],
    "master": {"gain": 0.9, "compressor": {"ratio": 2}, "limiter": {"threshold": -2}},
    "automation": {
        "lead vox/gain": [
            {"id": "p1", "time_s": 0.0, "value": 0.2, "curve": "set"},
            {"id": "p2", "time_s": 1.3, "value": 0.9, "curve": "linear"},
            {"id": "p3", "time_s": 2.0, "value": 0.4, "curve": "set"},
        ],
        "lead vox/pan": [{"id": "p1", "time_s": 0.5, "value": -0.5, "curve": "set"}],
        "lead vox/eq/low/gain": [{"id": "p1", "time_s": 0.5, "value": -6.0, "curve": "set"}],
        "lead vox/sends/verb/gain": [{"id": "p1", "time_s": 0.5, "value": 0.1, "curve": "set"}],
        "verb/compressor/threshold": [{"id": "p1", "time_s": 0.5, "value": -30.0, "curve": "set"}],
    },
    "markers": [{"id": "m1", "time_s": 16.0, "name": "Chorus"}],
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "stems").mkdir()
    rng = np.random.default_rng(7)
    for name, channels in (("a", 2), ("b", 1)):
        noise = rng.uniform(-0.5, 0.5, (channels, 44100)).astype(np.float32)
        AudioBuffer(noise, 44100).write(tmp_path / "stems" / f"{name}.wav")
    return tmp_path


def comparable(session):
    """Return a session without what names it or its files, and clip media without the archive's folder."""
    session = copy.deepcopy(session)
    for field in ("uuid", "crdt"):
        session.pop(field, None)
    for track in session["tracks"]:
        for clip in track["clips"]:
            clip["media"] = clip["media"].removeprefix("audio/")
            clip["sha256"] = None
    return session


def test_the_round_trip_keeps_the_session(folder, tmp_path):
    session = normalize(SESSION)
    assert export_dawproject(session, folder, tmp_path / "a.dawproject") == []
    again, problems = import_dawproject(tmp_path / "a.dawproject", tmp_path / "new")
    assert problems == []
    assert comparable(again) == comparable(session)
    for name in ("a",):
        copied = tmp_path / "new" / "audio" / "stems" / f"{name}.wav"
        assert copied.read_bytes() == (folder / "stems" / f"{name}.wav").read_bytes()


def test_the_same_session_gives_the_same_bytes(folder, tmp_path):
    for name in ("a", "b"):
        export_dawproject(normalize(SESSION), folder, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_both_documents_are_valid_against_the_format(folder, tmp_path, test_data):
    export_dawproject(normalize(SESSION), folder, tmp_path / "a.dawproject")
    with zipfile.ZipFile(tmp_path / "a.dawproject") as archive:
        for name, schema in (("project.xml", "Project.xsd"), ("metadata.xml", "MetaData.xsd")):
            xsd = etree.XMLSchema(etree.parse(test_data / "dawproject" / schema))
            xsd.assertValid(etree.parse(archive.open(name)))


def test_what_the_format_cannot_say_is_listed(folder, tmp_path):
    data = copy.deepcopy(SESSION)
    data["tracks"][0]["compressor"] = {"key": "7.bass"}
    data["tracks"][0]["eq"]["bands"].append({"id": "ap", "type": "allpass", "frequency": 500, "Q": 1})
    data["comments"] = [{"id": "k1", "text": "loud", "author": "ada"}]
    data["automation"]["master/gain"] = [
        {"id": "p1", "time_s": 1.0, "value": 0.2, "curve": "target", "time_constant_s": 0.1}
    ]
    found = export_dawproject(normalize(data), folder, tmp_path / "a.dawproject")
    assert [problem.where for problem in found] == [
        "lead vox/eq/ap",
        "lead vox/compressor",
        "master/gain",
        "comments",
    ]
    assert {problem.severity for problem in found} == {"warning"}


def test_a_target_becomes_segments_on_its_curve():
    points = [
        {"time_s": 0.0, "value": 1.0, "curve": "set"},
        {"time_s": 1.0, "value": 0.0, "curve": "target", "time_constant_s": 0.1},
    ]
    segments = as_segments(points)
    assert segments[0] == (0.0, 1.0, "hold")
    for time_s, value, _ in segments[2:]:
        assert value == pytest.approx(math.exp(-(time_s - 1.0) / 0.1))


def test_exponential_ramps_and_value_curves_become_segments_on_their_curve():
    start = {"time_s": 1.0, "value": 0.5, "curve": "set"}
    ramp = as_segments([start, {"time_s": 3.0, "value": 2.0, "curve": "exponential"}])
    assert (ramp[0], ramp[-1]) == ((1.0, 0.5, "linear"), (3.0, 2.0, "hold"))
    for time_s, value, _ in ramp:
        assert value == pytest.approx(0.5 * 4.0 ** ((time_s - 1.0) / 2.0))
    drawn = {"time_s": 4.0, "values": [0.0, 1.0, 0.25], "duration_s": 1.0, "curve": "curve"}
    assert as_segments([start, drawn]) == [
        (1.0, 0.5, "hold"),
        (4.0, 0.0, "linear"),
        (4.5, 1.0, "linear"),
        (5.0, 0.25, "hold"),
    ]


@pytest.mark.parametrize("before", [[], [{"time_s": 1.0, "value": -0.5, "curve": "set"}]])
def test_an_exponential_ramp_that_cannot_run_is_a_step_as_web_audio_has_it(before):
    segments = as_segments([*before, {"time_s": 3.0, "value": 2.0, "curve": "exponential"}])
    assert segments == [*((1.0, -0.5, "hold") for _ in before), (3.0, 2.0, "hold")]


def test_a_target_that_is_reached_at_once_is_a_step():
    target = {"time_s": 1.0, "value": 2.0, "curve": "target", "time_constant_s": 0.0}
    assert as_segments([{"time_s": 0.0, "value": 0.5, "curve": "set"}, target]) == [
        (0.0, 0.5, "hold"),
        (1.0, 2.0, "hold"),
    ]


times = st.lists(st.integers(0, 10_000), min_size=1, max_size=12, unique=True)


@given(times=times, data=st.data())
def test_straight_automation_survives(times, data):
    ordered = sorted(times)
    points = [
        {
            "id": f"p{index + 1}",
            "time_s": time / 100,
            "value": data.draw(st.floats(0, 2)),
            "curve": data.draw(st.sampled_from(["set", "linear"])) if index else "set",
        }
        for index, time in enumerate(ordered)
    ]
    assert as_points(as_segments(points)) == points


@given(
    st.lists(
        st.text(st.characters(blacklist_categories=("Cs",)), min_size=1).filter(lambda s: "/" not in s), min_size=1
    )
)
def test_ids_survive_and_are_xml_ids(parts):
    identifier = xml_id(*parts)
    assert path_of(identifier) == parts
    etree.fromstring(f'<a id="{identifier}"/>')
    assert identifier.replace(".", "").replace("_", "").replace("-", "").isalnum()


names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/"), min_size=1, max_size=6).filter(
    lambda name: name != "master"
)
seconds, gains = st.integers(0, 10_000).map(lambda number: number / 100), st.floats(0, 4)
stages = st.none() | st.fixed_dictionaries(
    {"enabled": st.booleans(), "threshold": st.floats(-100, 0), "knee": st.floats(0, 40), "ratio": st.floats(1, 20),
     "attack": st.floats(0, 1), "release": st.floats(0, 1)}
)  # fmt: skip
bands = st.lists(
    st.fixed_dictionaries(
        {"id": names, "type": st.sampled_from(["lowshelf", "highshelf", "peaking", "lowpass", "highpass", "notch"]),
         "frequency": st.floats(0, 20_000), "gain": st.floats(-40, 40)}
    ), max_size=3, unique_by=lambda band: band["id"],
)  # fmt: skip
inserts = st.lists(
    st.fixed_dictionaries(
        {"id": names, "type": names, "enabled": st.booleans(),
         "params": st.dictionaries(names, st.floats(-9, 9) | st.booleans(), max_size=2)}
    ), max_size=2, unique_by=lambda insert: insert["id"],
)  # fmt: skip
strips = {
    "name": names, "gain": gains, "mute": st.booleans(), "solo": st.booleans(), "compressor": stages,
    "eq": st.none() | st.fixed_dictionaries({"enabled": st.booleans(), "bands": bands}), "inserts": inserts,
}  # fmt: skip


@given(
    ids=st.lists(names, min_size=3, max_size=3, unique=True),
    given=st.tuples(*[st.fixed_dictionaries(strips)] * 3),
    master=st.fixed_dictionaries({"gain": gains, "compressor": stages, "limiter": stages, "inserts": inserts}),
    markers=st.lists(st.tuples(seconds, names), max_size=3),
)
def test_every_session_comes_back_as_it_was(ids, given, master, markers):
    tracks = [{"id": name, **fields} for name, fields in zip(ids[:2], given, strict=False)]
    tracks[0] |= {"output": ids[2], "sends": [{"bus": ids[2], "gain": 0.5}]}
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": tracks, "master": master}
    marked = [{"id": f"m{k}", "time_s": at, "name": name} for k, (at, name) in enumerate(sorted(markers), 1)]
    wanted = normalize({**head, "buses": [{"id": ids[2], **given[2]}], "markers": marked})
    found, problems = read_project(etree.fromstring(project_xml(wanted, {}, application_version="0")))
    assert problems == []
    assert comparable(normalize(found)) == comparable(wanted)


FOREIGN = b"""<?xml version="1.0" encoding="UTF-8"?>
<Project version="1.0"><Application name="Other" version="5"/>
<Transport><Tempo unit="bpm" value="60" id="t"/><TimeSignature numerator="4" denominator="4"/></Transport>
<Structure>
 <Track contentType="tracks" name="Group" id="g"><Channel role="submix" id="gc" destination="mc">
   <Pan unit="normalized" value="0.5"/></Channel>
  <Track contentType="audio" name="Gtr 1" color="#a2eabf" id="x1">
   <Channel role="regular" id="x2" destination="gc">
   <Devices><Vst3Plugin deviceName="Magic" deviceRole="audioFX"/></Devices>
   <Mute value="true"/><Pan unit="normalized" value="0.75" id="x3"/>
   <Volume unit="decibel" value="-6" id="x4"/></Channel></Track></Track>
 <Track name="Master" id="m"><Channel role="master" id="mc"><Volume unit="linear" value="0.5"/></Channel></Track>
</Structure>
<Arrangement><Lanes timeUnit="beats">
 <Lanes track="x1"><Clips>
   <Clip time="4" duration="2" playStart="1" contentTimeUnit="seconds"
    fadeTimeUnit="beats" fadeInTime="0.5">
    <Audio channels="1" sampleRate="44100" duration="30"><File path="audio/g.wav"/></Audio></Clip>
   <Clip time="9" duration="2"><Notes/></Clip></Clips>
  <Points unit="linear"><Target parameter="x4"/><RealPoint time="0" value="0.1" interpolation="linear"/>
   <RealPoint time="2" value="0.2"/></Points>
 </Lanes></Lanes><Markers><Marker time="8" name="Verse"/></Markers></Arrangement></Project>"""


def test_a_project_of_another_studio_in_beats_and_decibels():
    session, problems = read_project(etree.fromstring(FOREIGN))
    (track,) = session["tracks"]
    assert (track["id"], track["output"], track["mute"], track["pan"]) == ("gtr-1", "group", True, 0.5)
    assert track["gain"] == pytest.approx(10 ** (-6 / 20))
    (clip,) = track["clips"]
    assert (clip["start_s"], clip["offset_s"], clip["duration_s"], clip["fade_in_s"]) == (4.0, 1.0, 2.0, 0.5)
    assert session["automation"]["gtr-1/gain"][1]["time_s"] == 2.0
    assert session["markers"][0]["time_s"] == 8.0
    assert session["master"]["gain"] == 0.5
    assert any("Magic" in problem.message for problem in problems)


def archive_of(path, project, **members):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.xml", project)
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_media_outside_the_archive_are_refused(tmp_path):
    for bad in (b"../../evil.wav", b"/etc/passwd", b"..\\evil.wav"):
        path = archive_of(tmp_path / "a.dawproject", FOREIGN.replace(b"audio/g.wav", bad))
        with pytest.raises(SessionError, match="outside"):
            import_dawproject(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_entities_and_document_types_are_refused(tmp_path):
    bomb = b'<!DOCTYPE Project [<!ENTITY a "aaaa">]><Project version="1.0">&a;</Project>'
    with pytest.raises(SessionError, match="document type"):
        import_dawproject(archive_of(tmp_path / "a.dawproject", bomb), tmp_path)


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_in_one_sentence(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "a.dawproject").write_bytes(data)
    with pytest.raises(SessionError, match="expected"):
        import_dawproject(folder / "a.dawproject", folder)


@given(position=st.integers(0, len(FOREIGN) - 1), byte=st.integers(0, 255))
def test_a_damaged_project_never_raises_anything_else(position, byte):
    from maxbooster_kernel.session.dawproject_read import parse

    damaged = FOREIGN[:position] + bytes([byte]) + FOREIGN[position + 1 :]
    with contextlib.suppress(SessionError):
        read_project(parse(damaged, "project.xml"))


def test_the_command_line_exports_and_imports(folder, capsys):
    write_session(folder / "song.mbsession", normalize(SESSION))
    assert run(["session", "export", str(folder / "song.mbsession")]) == 0
    assert run(["session", "export", str(folder / "song.dawproject")]) == 1
    assert "--force" in capsys.readouterr().err
    assert run(["session", "import", str(folder / "song.dawproject"), str(folder / "back.mbsession"), "--json"]) == 0
    assert capsys.readouterr().out.strip() == "[]"
    assert (folder / "back.mbsession").exists()


def test_an_existing_file_is_kept(folder, tmp_path):
    (tmp_path / "a.dawproject").write_bytes(b"mine")
    with pytest.raises(OutputExistsError):
        export_dawproject(normalize(SESSION), folder, tmp_path / "a.dawproject")
    assert (tmp_path / "a.dawproject").read_bytes() == b"mine"


def test_project_xml_parses_back_from_memory():
    media = {"stems/a.wav": Media(channels=2, sample_rate=44100, duration_s=1.0, path="audio/a.wav")}
    xml = project_xml(normalize(SESSION), media, application_version="0")
    session, problems = read_project(etree.parse(io.BytesIO(xml)).getroot())
    assert problems == []
    assert [track["id"] for track in session["tracks"]] == ["lead vox", "7.bass"]
