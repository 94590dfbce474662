"""The Schematron hook: rules the user has are run and their findings are ours; what is not there is not claimed."""

import os
import sys
from datetime import UTC, datetime

import pytest

from maxbooster_kernel.catalogue import Artist, Deal, MessageParty, ReleaseRecord, RightsLine, Track
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.ddex.schematron import check_schematron, find_rules, read_report
from maxbooster_kernel.ddex.validate import validate_file
from maxbooster_kernel.ddex.write import write_message
from maxbooster_kernel.errors import MessageError

RULES = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:svrl="http://purl.oclc.org/dsdl/svrl">
<xsl:template match="/"><svrl:schematron-output><xsl:if test="not(//MessageId[normalize-space()])">
<svrl:failed-assert role="Fatal Error" location="/*:NewReleaseMessage/*:MessageHeader"><svrl:text>a message has an id
</svrl:text></svrl:failed-assert></xsl:if></svrl:schematron-output></xsl:template></xsl:stylesheet>"""
MESSAGE = b'<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/382"><MessageHeader/></ern:NewReleaseMessage>'


def test_rules_of_the_user_are_run(tmp_path, monkeypatch):
    pytest.importorskip("saxonche")
    folder = tmp_path / "schematron/382"
    folder.mkdir(parents=True)
    (folder / "AudioAlbum.xsl").write_text(RULES)
    monkeypatch.setenv("MAXBOOSTER_DDEX_SCHEMAS", str(tmp_path))
    assert len(find_rules("http://ddex.net/xml/ern/382")) == 1
    (tmp_path / "m.xml").write_bytes(MESSAGE)
    found = [problem for problem in validate_file(tmp_path / "m.xml").problems if problem.code == "schematron"]
    assert [(p.severity, p.where, p.message) for p in found] == [
        ("fatal", "NewReleaseMessage/MessageHeader", "a message has an id")
    ]


GOOD = ReleaseRecord(
    upc="700000000009",
    title="Night",
    label="North Pier",
    artists=(Artist(name="Ada Vale"),),
    genre="Electronic",
    language="en",
    explicit="NotExplicit",
    release_date="2026-12-04",
    p_line=RightsLine(year=2026, text="2026 North Pier"),
    c_line=RightsLine(year=2026, text="2026 North Pier"),
    cover="cover.jpg",
    sender=MessageParty(dpid="PADPIDA2014122301Q", name="North Pier"),
    recipient=MessageParty(dpid="PADPIDA2013020802I", name="A Store"),
    deals=(Deal(commercial_model="SubscriptionModel", use_types=("OnDemandStream",), start="2026-12-04"),),
    tracks=(
        Track(number=1, isrc="USABC2600001", title="Dawn", duration_s=201.4, explicit="NotExplicit", file="1.flac"),
        Track(number=2, isrc="USABC2600002", title="Dusk", duration_s=99.5, explicit="NotExplicit", file="2.flac"),
    ),
)


@pytest.fixture
def complete(tmp_path):
    """Return the file of a complete message."""
    file = tmp_path / "complete.xml"
    file.write_bytes(write_message(GOOD, now=datetime(2026, 11, 22, tzinfo=UTC)))
    return file


def test_a_complete_message_has_no_finding_of_the_rules(tmp_path, monkeypatch, complete, test_data):
    """With rules, schema and our own rules at hand, and only then, the verdict is valid."""
    pytest.importorskip("saxonche")
    rules = tmp_path / "mine/schematron/382"
    rules.mkdir(parents=True)
    (rules / "AudioAlbum.xsl").write_text(RULES)
    places = [str(test_data / "ddex/xsd"), str(tmp_path / "mine")]
    monkeypatch.setenv("MAXBOOSTER_DDEX_SCHEMAS", os.pathsep.join(places))
    result = validate_file(complete)
    assert [problem for problem in result.problems if problem.severity != "info"] == []
    assert result.verdict == "valid"


def test_what_was_not_checked_is_not_called_valid(tmp_path, monkeypatch, complete, capsys):
    monkeypatch.setenv("MAXBOOSTER_DDEX_SCHEMAS", str(tmp_path))
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path))
    assert validate_file(complete).verdict == "no errors found, but not checked: schema"
    assert run(["ern", "validate", str(complete)]) == 0
    shown = capsys.readouterr()
    assert "not checked: schema" in shown.out
    assert ": valid" not in shown.out + shown.err


def test_rules_without_their_engine_are_not_called_valid(tmp_path, monkeypatch, complete, test_data):
    """The rules are there, saxonche is not: said to be not checked, whatever else was found right."""
    rules = tmp_path / "mine/schematron/382"
    rules.mkdir(parents=True)
    (rules / "AudioAlbum.xsl").write_text(RULES)
    places = [str(test_data / "ddex/xsd"), str(tmp_path / "mine")]
    monkeypatch.setenv("MAXBOOSTER_DDEX_SCHEMAS", os.pathsep.join(places))
    monkeypatch.setitem(sys.modules, "saxonche", None)
    assert validate_file(complete).verdict == "no errors found, but not checked: Schematron"


def test_rules_that_cannot_run_are_named(tmp_path):
    pytest.importorskip("saxonche")
    (tmp_path / "bad.xsl").write_text("<a/>")
    with pytest.raises(MessageError):
        check_schematron(MESSAGE, [tmp_path / "bad.xsl"])
    with pytest.raises(MessageError):
        read_report("no report", "x")


def test_without_rules_nothing_is_claimed(tmp_path, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_DDEX_SCHEMAS", str(tmp_path))
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path))
    assert find_rules("http://ddex.net/xml/ern/382") == []
    assert find_rules("urn:other") == []
