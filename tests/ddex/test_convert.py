"""Conversion up and down: valid in the new version; what the record does not model comes along where it may stand."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from maxbooster_kernel.catalogue import Artist, Contributor, MessageParty, ReleaseRecord, Track
from maxbooster_kernel.ddex.convert import convert
from maxbooster_kernel.ddex.message_rules import check_message
from maxbooster_kernel.ddex.read import read_ern
from maxbooster_kernel.ddex.tree import MessageTree
from maxbooster_kernel.ddex.versions import VERSIONS, WRITTEN
from maxbooster_kernel.ddex.write import write_message
from maxbooster_kernel.errors import MessageError

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SONG = Track(isrc="USABC2600001", title="Dawn", duration_s=200.0, explicit="NotExplicit")
PARTY = MessageParty(dpid="PADPIDA2014122301Q", name="North Pier")
RELEASE = ReleaseRecord(
    upc="700000000009",
    title="Night",
    label="North Pier",
    artists=(Artist(name="Ada Vale"),),
    genre="Electronic",
    language="en",
    release_date="2026-12-04",
    sender=PARTY,
    recipient=PARTY,
    tracks=(SONG,),
)


@pytest.fixture(autouse=True)
def _no_schemas(monkeypatch, tmp_path):
    """Prove validity with no schema at hand: nothing is dropped because a schema said so."""
    monkeypatch.delenv("MAXBOOSTER_DDEX_SCHEMAS", raising=False)
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path))


def test_samples_are_converted_and_keep_what_has_a_place(test_data):
    judges = {
        name: etree.XMLSchema(etree.parse(test_data / "ddex/xsd/ern" / VERSIONS[name].key / "release-notification.xsd"))
        for name in WRITTEN
    }
    done, carried = 0, 0
    for file in sorted((test_data / "ddex/samples").glob("ern[34]*/*.xml")):
        for version, judge in judges.items():
            try:
                result = convert(file, version=version)
            except MessageError:
                continue  # no release message, or one that lacks what the version asks for
            root = etree.fromstring(result.message)
            assert judge.validate(root), (file.name, version, judge.error_log.last_error)
            codes = {problem.code for problem in check_message(MessageTree.of(root))}
            assert not codes & {"reference_dangling", "reference_duplicate"}
            assert set(result.carried) | set(result.lost) >= set(read_ern(file).kept)
            done, carried = done + 1, carried + len(result.carried)
    assert done >= 40
    assert carried >= 500


def test_what_is_carried_stands_where_it_stood(test_data):
    sample = test_data / "ddex/samples/ern43/1_Audio.xml"
    result = convert(sample, version="4.3.2")
    old, new = etree.parse(sample).getroot(), etree.fromstring(result.message)
    for path in ("SoundRecording/CreationDate", "SoundRecording/IsInstrumental"):
        assert [node.text for node in new.iterfind(f"ResourceList/{path}")] == [
            node.text for node in old.iterfind(f"ResourceList/{path}")
        ]
        assert not [name for name in result.lost if name.endswith(path.rpartition("/")[2])]


def test_references_in_what_is_carried_are_those_of_the_new_message():
    message = etree.fromstring(write_message(RELEASE, version="4.3.2", now=NOW))
    recording = message.find("ResourceList/SoundRecording")
    for name in message.iter("ResourceReference", "ReleaseResourceReference"):
        name.text = name.text.replace("A1", "A900")
    related = etree.SubElement(recording, "RelatedResource")
    etree.SubElement(related, "ResourceRelationshipType").text = "HasSimilarContent"
    etree.SubElement(related, "ResourceRelatedResourceReference").text = "A900"
    stray = etree.SubElement(recording, "RelatedResource")
    etree.SubElement(stray, "ResourceRelationshipType").text = "HasSimilarContent"
    etree.SubElement(stray, "ResourceRelatedResourceReference").text = "A77"
    result = convert(etree.tostring(message), version="4.3.2")
    again = etree.fromstring(result.message)
    assert [node.text for node in again.iter("ResourceRelatedResourceReference")] == ["A1"]
    assert any(name.endswith("RelatedResource[2]/ResourceRelatedResourceReference") for name in result.lost)


def test_roles_that_versions_name_differently_come_back_in_the_same_order():
    roles = ("AAndRAdministrator", "ProductionAssistant", "StudioProducer")
    song = replace(SONG, contributors=(Contributor(name="Kim", roles=roles),))
    first = write_message(replace(RELEASE, tracks=(song,)), now=NOW)
    there_and_back = convert(convert(first, version="4.3.2").message, version="3.8.2").message
    assert there_and_back == convert(first, version="3.8.2").message
