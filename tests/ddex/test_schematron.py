"""The Schematron hook: rules the user has are run and their findings are ours; what is not there is not claimed."""

import pytest

from maxbooster_kernel.ddex.schematron import check_schematron, find_rules, read_report
from maxbooster_kernel.ddex.validate import validate_file
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
