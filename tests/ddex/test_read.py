"""Reading: every sample as expected.json says, tolerant of what it does not know, deaf to hostile XML."""

import contextlib
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.ddex.convert import convert
from maxbooster_kernel.ddex.diff import diff_messages
from maxbooster_kernel.ddex.parse import parse_xml
from maxbooster_kernel.ddex.read import read_ern
from maxbooster_kernel.errors import MessageError


def test_every_sample_is_read_as_expected(test_data):
    samples = test_data / "ddex/samples"
    expected = json.loads((samples / "expected.json").read_text())
    wrong, count = [], 0
    for name, facts in expected.items():
        if facts["status"] != "VALID" or "/ern/" not in facts["namespace"]:
            continue
        count += 1
        read = read_ern(samples / name).to_dict()
        wrong += [
            (name, key, read[key], value) for key, value in facts.items() if key != "status" and read[key] != value
        ]
    assert wrong == []
    assert count >= 30


def test_what_is_not_modelled_is_kept(test_data):
    message = read_ern(test_data / "ddex/samples/ern43/1_Audio.xml")
    assert message.release.title == "Yume no Hajmari"
    assert any(path.endswith("CreationDate") for path in message.kept)


def test_old_messages_are_converted(test_data):
    sample = test_data / "ddex/samples/ern43/4_SimpleAudioSingle.xml"
    result = convert(sample, version="3.8.2")
    again = read_ern(bytes(result.message)).release
    assert again.tracks[0].isrc == "GBAYC1700598"
    assert len(again.deals) == 747
    assert result.lost


def test_the_difference_is_said_in_words(test_data):
    folder = test_data / "ddex/samples/audius-lifecycle"
    words = [str(change) for change in diff_messages(folder / "01_delivery.xml", folder / "02_update.xml")]
    assert words == [
        'release: title changed from "Example Album 123" to "Example Album"',
        'track USRC12345678 "Updated Example Song": title changed from "Example Song" to "Updated Example Song"',
    ]


def test_a_foreign_namespace_is_named(test_data):
    with pytest.raises(MessageError, match="expected an ERN message of"):
        read_ern(test_data / "ddex/samples/other/003_version_not_supported.xml")


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/382">&b;</ern:NewReleaseMessage>'
)
HOSTILE = {
    "entities": LAUGHS,
    "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]><a/>',
    "doctype": b"<!DOCTYPE a><a/>",
    "late doctype": b"<?xml version='1.0'?>\n<!-- c -->\n<!DOCTYPE a SYSTEM 'x'><a/>",
    "utf-16 doctype": "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE a><a/>".encode("utf-16"),
    "utf-7": b"<?xml version='1.0' encoding='utf-7'?>+ADwAIQ-DOCTYPE a>+ADw-a/>",
    "xinclude": b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd" parse="text"/></a>',
    "depth": b"<a>" * 100_000 + b"</a>" * 100_000,
    "many elements": b"<a>" + b"<b/>" * 2_000_000 + b"</a>",
    "long text": b"<a>" + b"x" * (12 * 1024 * 1024) + b"</a>",
    "huge": b"<a>" + b"x" * (100 * 1024 * 1024) + b"</a>",
    "nothing": b"",
    "undefined entity": b"<a>&x;</a>",
    "garbage": bytes(range(256)) * 10,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused(name):
    with pytest.raises(MessageError):
        parse_xml(HOSTILE[name], "message")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
def test_a_hostile_file_is_refused_in_little_memory(tmp_path):
    """Measure in a process of its own: the peak on top of a harmless message, over all files."""
    for name, data in HOSTILE.items():
        (tmp_path / f"{name}.xml").write_bytes(data)
    (tmp_path / "harmless.xml").write_bytes(b"<a/>")
    script = (
        "import pathlib, sys\n"
        "from maxbooster_kernel.ddex.parse import read_xml\n"
        "from maxbooster_kernel.errors import MessageError\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "read_xml(folder / 'harmless.xml')\n"
        "def peak():\n"
        "    status = pathlib.Path('/proc/self/status').read_text()\n"
        "    return int(status.split('VmHWM:')[1].split()[0])\n"
        "before = peak()\n"
        "for file in sorted(folder.glob('*.xml')):\n"
        "    try:\n"
        "        read_xml(file)\n"
        "        assert file.name == 'harmless.xml', file\n"
        "    except MessageError:\n"
        "        pass\n"
        "print((peak() - before) / 1024)\n"
    )
    result = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert float(result.stdout) < 50


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"<a>{text}</a>".encode("utf-8", "ignore")))
def test_any_bytes_give_a_tree_or_a_message_error(data):
    with contextlib.suppress(MessageError):
        parse_xml(data, "message")


@given(st.data())
def test_a_message_with_holes_is_read_or_refused(data):
    from lxml import etree

    root = etree.fromstring(TEMPLATE)
    elements = list(root.iter())
    for _ in range(data.draw(st.integers(1, 6))):
        element = data.draw(st.sampled_from(elements))
        action = data.draw(st.sampled_from(["text", "drop", "double"]))
        parent = element.getparent()
        if action == "text" and not len(element):
            element.text = data.draw(st.sampled_from(["", "x", "-1", "A1", "2026-99-99", "PT", "NaN", "9" * 40]))
        elif action == "drop" and parent is not None:
            parent.remove(element)
        elif parent is not None:
            parent.append(etree.fromstring(etree.tostring(element)))
    read_ern(etree.tostring(root))


TEMPLATE = (
    b'<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/432"><MessageHeader><MessageId>1</MessageId>'
    b"</MessageHeader><PartyList><Party><PartyReference>P1</PartyReference><PartyName><FullName>A</FullName></PartyName>"
    b"</Party></PartyList><ResourceList><SoundRecording><ResourceReference>A1</ResourceReference>"
    b"<SoundRecordingEdition><ResourceId><ISRC>USABC2600001</ISRC></ResourceId></SoundRecordingEdition>"
    b"<DisplayTitle><TitleText>T</TitleText></DisplayTitle><DisplayArtist SequenceNumber='1'><ArtistPartyReference>P1"
    b"</ArtistPartyReference></DisplayArtist><ResourceRightsController><RightsControllerPartyReference>P1"
    b"</RightsControllerPartyReference><RightSharePercentage>5</RightSharePercentage></ResourceRightsController>"
    b"<Duration>PT3M</Duration></SoundRecording></ResourceList><ReleaseList><Release><ReleaseReference>R0"
    b"</ReleaseReference><ResourceGroup><ResourceGroup><SequenceNumber>1</SequenceNumber><ResourceGroupContentItem>"
    b"<SequenceNumber>1</SequenceNumber><ReleaseResourceReference>A1</ReleaseResourceReference>"
    b"</ResourceGroupContentItem></ResourceGroup></ResourceGroup></Release></ReleaseList><DealList><ReleaseDeal>"
    b"<DealReleaseReference>R0</DealReleaseReference><Deal><DealTerms><TerritoryCode>US</TerritoryCode><ValidityPeriod>"
    b"<StartDate>2026-01-01</StartDate></ValidityPeriod><PriceInformation><WholesalePricePerUnit CurrencyCode='USD'>1"
    b"</WholesalePricePerUnit></PriceInformation></DealTerms></Deal></ReleaseDeal></DealList></ern:NewReleaseMessage>"
)
