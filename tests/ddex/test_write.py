"""Messages of one release in every version: structure, schema, determinism, life cycle."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from maxbooster_kernel.catalogue import loads_release
from maxbooster_kernel.ddex.media import MediaFacts
from maxbooster_kernel.ddex.structure import check_structure
from maxbooster_kernel.ddex.tree import MessageTree
from maxbooster_kernel.ddex.versions import VERSIONS, WRITTEN
from maxbooster_kernel.ddex.write import ACTIONS, write_message
from maxbooster_kernel.errors import MessageError

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
RELEASE = loads_release(
    """{"upc": "700000000009", "title": "Night & Day", "version": "Live", "type": "Album", "label": "North Pier",
 "artists": [{"name": "Ada Vale", "ids": {"isni": "0000000121032683", "spotify": "spotify:artist:1"}},
             {"name": "Ben <Oak>", "role": "FeaturedArtist"}],
 "genre": "Electronic", "subgenre": "House", "language": "en", "explicit": "NotExplicit",
 "release_date": "2026-12-04", "original_release_date": "2020-01-01",
 "p_line": {"year": 2026, "text": "2026 North Pier"}, "c_line": {"year": 2026, "text": "2026 North Pier"},
 "cover": "cover.jpg", "sender": {"dpid": "PADPIDA2014122301Q", "name": "North Pier"},
 "recipient": {"dpid": "PADPIDA2011072101T", "name": "A Store"},
 "deals": [{"commercial_model": "SubscriptionModel", "use_types": ["OnDemandStream"], "start": "2026-12-04"},
  {"commercial_model": "PayAsYouGoModel", "use_types": ["PermanentDownload"], "territories": ["US", "GB"],
   "price": {"amount": "0.99", "currency": "USD"}, "tracks": ["USABC2600002"]},
  {"commercial_model": "PayAsYouGoModel", "use_types": ["PermanentDownload"], "price": {"tier": "Mid"},
   "excluded_territories": ["DE"], "end": "2030-01-01"},
  {"commercial_model": "RightsClaimModel", "use_types": ["UserMakeAvailableUserProvided"],
   "rights_claim_policy": "Monetize"}],
 "tracks": [
  {"disc": 1, "number": 1, "isrc": "USABC2600001", "iswc": "T0345246801", "title": "Dawn", "duration_s": 201.4,
   "explicit": "NotExplicit", "language": "en", "file": "audio/01.flac",
   "contributors": [{"name": "Ben Oak", "roles": ["Composer", "Producer", "Mixer"]}],
   "publishing": [{"party": "Oak Songs", "share": "50"}],
   "rights": [{"party": "North Pier", "share": "66.6"}, {"party": "Ben Oak", "share": "33.4"}]},
  {"disc": 2, "number": 1, "isrc": "USABC2600002", "title": "Dusk", "duration_s": 3723.4565, "explicit": "Explicit",
   "file": "audio/02.wav", "genre": "Jazz"}]}"""
)
MEDIA = {
    "audio/01.flac": MediaFacts(channels=2, sample_rate=44100, bit_depth=24, size=1000, md5="0" * 32),
    "cover.jpg": MediaFacts(codec="JPEG", width=3000, height=3000, size=10, md5="1" * 32),
}


def schema(test_data, key):
    return etree.XMLSchema(etree.parse(test_data / "ddex/xsd/ern" / key / "release-notification.xsd"))


@pytest.mark.parametrize("version", WRITTEN)
@pytest.mark.parametrize("action", ACTIONS)
def test_the_message_follows_its_structure(version, action):
    root = etree.fromstring(write_message(RELEASE, version=version, action=action, now=NOW, media=MEDIA))
    kind = "PurgeReleaseMessage" if action == "purge" else "NewReleaseMessage"
    assert etree.QName(root).localname == kind
    assert check_structure(MessageTree.of(root), VERSIONS[version].rules(), kind) == []


@pytest.mark.parametrize("version", WRITTEN)
def test_the_message_is_valid_against_the_schema(version, test_data):
    judge = schema(test_data, VERSIONS[version].key)
    for action in ACTIONS:
        root = etree.fromstring(write_message(RELEASE, version=version, action=action, now=NOW, media=MEDIA))
        assert judge.validate(root), judge.error_log.last_error


@pytest.mark.parametrize("version", WRITTEN)
def test_the_same_release_and_clock_give_the_same_bytes(version):
    first, second = (write_message(RELEASE, version=version, now=NOW, media=MEDIA) for _ in range(2))
    assert first == second
    assert first != write_message(replace(RELEASE, title="Other"), version=version, now=NOW, media=MEDIA)


def test_texts_are_composed_and_escaped():
    xml = write_message(replace(RELEASE, title="Cafe\u0301 <&> \u0338x"), now=NOW).decode()
    assert "Caf\u00e9 &lt;&amp;&gt; \u0338x" in xml


def test_a_control_character_is_refused():
    with pytest.raises(MessageError, match="U\\+0007"):
        write_message(replace(RELEASE, title="a\x07b"), now=NOW)


def test_an_unknown_version_is_refused():
    with pytest.raises(MessageError, match=r"expected an ERN version of 3\.8\.2, 3\.8\.3, 4\.3, 4\.3\.2"):
        write_message(RELEASE, version="3.4.1")


def test_a_role_the_version_lacks_is_user_defined():
    three = etree.fromstring(write_message(RELEASE, version="3.8.2", now=NOW))
    role = three.findall(".//ResourceContributorRole")
    assert [(r.text, r.get("UserDefinedValue")) for r in role] == [("UserDefined", "Mixer"), ("Producer", None)]
    four = etree.fromstring(write_message(RELEASE, version="4.3.2", now=NOW))
    assert [value.text for value in four.findall(".//Contributor/Role/Value")] == [
        "Composer",
        "Mixer",
        "StudioProducer",
        "MusicPublisher",
    ]


def test_a_takedown_ends_every_running_deal():
    late = replace(RELEASE, created="2027-02-03T00:00:00Z")
    root = etree.fromstring(write_message(late, action="takedown"))
    assert {node.text for node in root.iter("EndDate")} == {"2027-02-03"}
    early = etree.fromstring(write_message(RELEASE, action="takedown", now=NOW))
    assert early.find("DealList") is None


def test_discs_restart_their_sequence():
    root = etree.fromstring(write_message(RELEASE, now=NOW))
    groups = root.findall(".//Release[@IsMainRelease='true']//ResourceGroup/ResourceGroup")
    assert [[item.findtext("SequenceNumber") for item in g.findall("ResourceGroupContentItem")] for g in groups] == [
        ["1"],
        ["1"],
    ]
