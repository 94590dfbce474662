"""The messages around a batch: valid against DDEX's schemas, read back as written, refused when damaged."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from maxbooster_kernel.ddex.choreography import (
    INGESTED,
    KEYS,
    LIVE,
    REFUSED,
    Acknowledgement,
    BatchMessage,
    Manifest,
    read_acknowledgement,
    read_manifest,
    write_acknowledgement,
    write_manifest,
)
from maxbooster_kernel.ddex.structure import check_structure
from maxbooster_kernel.ddex.tables import table
from maxbooster_kernel.ddex.tree import MessageTree
from maxbooster_kernel.errors import MessageError

PARTIES = {"sender": "PADPIDA2014122301Q", "recipient": "PADPIDA2013020802I"}
TIME = "2026-11-22T10:00:00Z"
MESSAGES = tuple(
    BatchMessage(message_id=f"M{n}", url=f"70000000000{n}/70000000000{n}.xml", icpn=f"70000000000{n}", md5="0" * 32)
    for n in (1, 2)
)


def manifest(version, messages=MESSAGES):
    return Manifest(version=version, created=TIME, test=True, batch="20261122100000001", messages=messages, **PARTIES)


def answer(version, **changes):
    facts = {
        "version": version,
        "created": TIME,
        "message_id": "ACK-1" if version == "1.8" else "",
        "icpn": "700000000009",
        "batch": "20261122100000001" if version == "1.8" else "",
        "answered_id": "M1" if version == "1.8" else "",
        "accepted": True,
        "codes": ("FileOK",),
        "status": INGESTED if version == "1.8" else "",
    }
    return Acknowledgement(**(PARTIES | facts | changes))


REFUSAL = {"accepted": False, "codes": ("ResourceMissing",), "text": "1 <file> is missing", "proposal": "ResendXmlOnly"}


@pytest.fixture(scope="module")
def judges(test_data):
    folder = test_data / "ddex/xsd/ern-c-sftp"
    return {
        version: etree.XMLSchema(etree.parse(folder / key / "ern-choreography-sftp.xsd"))
        for version, key in KEYS.items()
    }


@pytest.mark.parametrize("version", KEYS)
def test_manifests_are_valid_and_read_back(judges, version):
    for messages in (MESSAGES, MESSAGES[:1]):
        written = write_manifest(manifest(version, messages))
        root = etree.fromstring(written)
        assert judges[version].validate(root), judges[version].error_log.last_error
        assert check_structure(MessageTree.of(root), table(f"choreography-{KEYS[version]}"), "ManifestMessage") == []
        assert read_manifest(written) == manifest(version, messages)


@pytest.mark.parametrize("version", KEYS)
@pytest.mark.parametrize("changes", [{}, REFUSAL], ids=["accepted", "refused"])
def test_acknowledgements_are_valid_and_read_back(judges, version, changes):
    facts = dict(changes)
    if version == "1.8" and changes:
        facts["status"] = REFUSED
    said = answer(version, **facts)
    written = write_acknowledgement(said)
    root = etree.fromstring(written)
    assert judges[version].validate(root), judges[version].error_log.last_error
    assert read_acknowledgement(written) == said


def test_that_it_is_live_is_said_too(judges):
    said = answer("1.8", status=LIVE)
    assert judges["1.8"].validate(etree.fromstring(write_acknowledgement(said)))
    assert read_acknowledgement(write_acknowledgement(said)).status == LIVE


@pytest.mark.parametrize("name", ["manifest16_lab.xml", "manifest18_lab.xml"])
def test_manifests_of_others_are_read(test_data, name):
    found = read_manifest((test_data / "ddex/samples" / name).read_bytes())
    assert found.messages
    assert found.messages[0].url


def test_a_manifest_that_miscounts_is_refused():
    wrong = write_manifest(manifest("1.8")).replace(b"<NumberOfMessages>2<", b"<NumberOfMessages>3<")
    with pytest.raises(MessageError, match="states 3 messages and lists 2"):
        read_manifest(wrong)


@given(st.data())
def test_damaged_ones_are_read_or_refused(data):
    version = data.draw(st.sampled_from(sorted(KEYS)))
    read, written = data.draw(
        st.sampled_from(
            [
                (read_manifest, write_manifest(manifest(version))),
                (read_acknowledgement, write_acknowledgement(answer(version))),
            ]
        )
    )
    root = etree.fromstring(written)
    for _ in range(data.draw(st.integers(1, 4))):
        node = data.draw(st.sampled_from(list(root.iter())))
        if node.getparent() is not None and data.draw(st.booleans()):
            node.getparent().remove(node)
        else:
            node.text = data.draw(st.sampled_from(["", "x", "-1", "../..", "9" * 50]))
    with contextlib.suppress(MessageError):
        read(etree.tostring(root))
