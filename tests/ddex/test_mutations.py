"""A right message, broken in one place at a time: our own rules find it, by the right code at the right place."""

import contextlib
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from maxbooster_kernel.catalogue import loads_release
from maxbooster_kernel.ddex.media import MediaFacts
from maxbooster_kernel.ddex.structure import check_structure
from maxbooster_kernel.ddex.tree import MessageTree
from maxbooster_kernel.ddex.validate import validate_root
from maxbooster_kernel.ddex.versions import VERSIONS, WRITTEN, version_of_namespace
from maxbooster_kernel.ddex.write import write_message
from maxbooster_kernel.problems import blocking

RELEASE = loads_release(
    """{"upc": "700000000009", "title": "Night", "type": "Album", "label": "North Pier",
 "artists": [{"name": "Ada Vale", "ids": {"isni": "0000000121032683", "ipi": "00014107338"}},
             {"name": "Cy", "role": "FeaturedArtist"}],
 "genre": "Electronic", "language": "en", "explicit": "NotExplicit", "release_date": "2026-12-04",
 "original_release_date": "2026-12-01", "p_line": {"year": 2026, "text": "2026 North Pier"},
 "c_line": {"year": 2026, "text": "2026 North Pier"}, "cover": "cover.jpg",
 "grid": "A12425GABC1234002M",
 "sender": {"dpid": "PADPIDA2014122301Q", "name": "North Pier"},
 "recipient": {"dpid": "PADPIDA2013020802I", "name": "A Store"},
 "deals": [{"commercial_model": "SubscriptionModel", "use_types": ["OnDemandStream"], "start": "2026-12-04",
            "end": "2030-12-04"},
  {"commercial_model": "PayAsYouGoModel", "use_types": ["PermanentDownload"], "start": "2026-12-04",
   "territories": ["US", "GB"], "price": {"amount": "0.99", "currency": "USD"}}],
 "tracks": [
  {"number": 1, "isrc": "USABC2600001", "iswc": "T0345246801", "title": "Dawn", "duration_s": 201.4, "language": "en",
   "explicit": "NotExplicit", "file": "audio/01.flac",
   "contributors": [{"name": "Ben Oak", "roles": ["Composer", "Mixer", "Whistler"]}],
   "rights": [{"party": "North Pier", "share": "60"}, {"party": "Ben Oak", "share": "40"}]},
  {"number": 2, "isrc": "USABC2600002", "title": "Dusk", "duration_s": 99.5, "explicit": "NotExplicit",
   "file": "audio/02.flac", "contributors": [{"name": "Ben Oak", "roles": ["Composer"]}]}]}"""
)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FACTS = MediaFacts(channels=2, sample_rate=44100, bit_depth=24, size=10, md5="0" * 32)
MEDIA = {"audio/01.flac": FACTS, "audio/02.flac": FACTS}
MEDIA["cover.jpg"] = MediaFacts(codec="JPEG", width=3000, height=3000, md5="1" * 32)

SR, MAIN, TRACK = "ResourceList/SoundRecording[1]", "ReleaseList/Release[1]", "ReleaseList/Release[2]"
SRD, RD = f"{SR}/SoundRecordingDetailsByTerritory", f"{MAIN}/ReleaseDetailsByTerritory"
TECH, DEAL = f"{SRD}/TechnicalSoundRecordingDetails", "DealList/ReleaseDeal/Deal[1]/DealTerms"
SALE, IMG = "DealList/ReleaseDeal/Deal[2]/DealTerms", "ResourceList/Image"

# The nine planted errors of the schema trial, then kinds of our own: (what, path, argument, code).
NINE = [
    ("set", f"{MAIN}/ReleaseResourceReferenceList/ReleaseResourceReference[1]", "A99", "reference_dangling"),
    ("set", "DealList/ReleaseDeal/DealReleaseReference[1]", "R77", "reference_dangling"),
    ("set", "ResourceList/SoundRecording[2]/ResourceReference", "A1", "reference_duplicate"),
    ("set", f"{SR}/SoundRecordingId/ISRC", "US-BAD", "isrc_invalid"),
    ("set", f"{MAIN}/ReleaseId/ICPN", "700000000001", "upc_check_digit"),
    ("set", f"{SALE}/TerritoryCode[1]", "Worldwide", "territory_mixed"),
    ("set", f"{DEAL}/ValidityPeriod/StartDate", "2026-13-45", "date_invalid"),
    ("set", f"{SR}/Duration", "PT181S", "duration_overflow"),
    ("set", f"{SRD}/RightsController[1]/RightSharePercentage", "170", "share_invalid"),
]
THREE = [
    # structure: order, cardinality, unknown names, attributes, texts in the wrong place
    ("drop", "MessageHeader/MessageId", None, "structure"),
    ("drop", "MessageHeader/MessageRecipient", None, "structure"),
    ("drop", "MessageHeader/MessageCreatedDateTime", None, "structure"),
    ("drop", "MessageHeader", None, "structure"),
    ("drop", "ResourceList", None, "structure"),
    ("drop", "ReleaseList", None, "structure"),
    ("drop", f"{SR}/ResourceReference", None, "structure"),
    ("drop", f"{SR}/ReferenceTitle", None, "structure"),
    ("drop", f"{SR}/Duration", None, "structure"),
    ("drop", SRD, None, "structure"),
    ("drop", f"{SRD}/TerritoryCode", None, "structure"),
    ("drop", f"{SR}/SoundRecordingId", None, "structure"),
    ("drop", f"{MAIN}/ReleaseId", None, "structure"),
    ("drop", f"{MAIN}/ReferenceTitle/TitleText", None, "structure"),
    ("drop", f"{DEAL}/Usage", None, "structure"),
    ("drop", f"{DEAL}/TerritoryCode", None, "structure"),
    ("drop", f"{DEAL}/ValidityPeriod", None, "structure"),
    ("drop", f"{TECH}/TechnicalResourceDetailsReference", None, "structure"),
    ("drop", f"{TECH}/File/HashSum/HashSum", None, "structure"),
    ("drop", f"{IMG}/ImageId", None, "structure"),
    ("drop", f"{RD}/DisplayArtist[1]/ArtistRole", None, "structure"),
    ("twice", "MessageHeader/MessageId", None, "structure"),
    ("twice", f"{SR}/Duration", None, "structure"),
    ("twice", f"{SR}/ReferenceTitle", None, "structure"),
    ("twice", f"{DEAL}/Usage", None, "reference_none"),
    ("first", f"{SR}/Duration", None, "structure_order"),
    ("first", f"{MAIN}/ReleaseType", None, "structure_order"),
    ("first", f"{DEAL}/ValidityPeriod", None, "structure_order"),
    ("first", f"{SRD}/PLine", None, "structure_order"),
    ("first", "ReleaseList", None, "structure_order"),
    ("add", SR, "FakeTag", "structure_unknown"),
    ("add", "MessageHeader", "FakeTag", "structure_unknown"),
    ("add", DEAL, "FakeTag", "structure_unknown"),
    ("rename", f"{SRD}/LabelName", "Label", "structure_unknown"),
    ("rename", f"{MAIN}/ReleaseType", "Type", "structure_unknown"),
    ("attribute", MAIN, ("Colour", "red"), "structure_attribute"),
    ("attribute", SR, ("IsUpdated", "maybe"), "structure_value"),
    ("attribute", f"{MAIN}/ReleaseId/ICPN", ("IsEan", "perhaps"), "structure_value"),
    (
        "attribute",
        f"{MAIN}/ReleaseResourceReferenceList/ReleaseResourceReference[1]",
        ("ReleaseResourceType", "Main"),
        "value",
    ),
    ("unattribute", ".", "MessageSchemaVersionId", "structure_attribute"),
    ("text", SR, "loose", "structure_text"),
    ("nest", f"{SR}/Duration", "Sub", "structure_children"),
    # values of the allowed-value lists and of the text types
    ("set", f"{DEAL}/CommercialModelType", "Barter", "value_not_allowed"),
    ("set", f"{DEAL}/Usage/UseType", "Listening", "value_not_allowed"),
    ("set", f"{SRD}/ParentalWarningType", "Rude", "value_not_allowed"),
    ("set", f"{RD}/DisplayArtist[1]/ArtistRole", "Star", "value_not_allowed"),
    ("set", f"{TECH}/AudioCodecType", "TAPE", "value_not_allowed"),
    ("set", f"{IMG}/ImageType", "Cover", "value_not_allowed"),
    ("set", "MessageHeader/MessageControlType", "Rehearsal", "value_not_allowed"),
    ("set", f"{SALE}/TerritoryCode[2]", "XX", "value_not_allowed"),
    ("set", f"{SR}/LanguageOfPerformance", "english", "value_not_allowed"),
    ("set", f"{TECH}/File/HashSum/HashSumAlgorithmType", "ROT13", "value_not_allowed"),
    ("set", f"{MAIN}/ReleaseType", "Bundle2", "value_not_allowed"),
    ("set", f"{SR}/SoundRecordingType", "Song", "value_not_allowed"),
    ("set", f"{SR}/ResourceReference", "1", "structure_value"),
    ("set", f"{MAIN}/ReleaseReference", "Main", "structure_value"),
    ("set", f"{SR}/Duration", "3:21", "structure_value"),
    ("set", "MessageHeader/MessageCreatedDateTime", "yesterday", "structure_value"),
    ("set", f"{TECH}/NumberOfChannels", "two", "structure_value"),
    ("set", f"{TECH}/IsPreview", "no", "structure_value"),
    ("set", f"{SRD}/PLine/Year", "26", "structure_value"),
    ("set", f"{SRD}/RightsController[1]/RightSharePercentage", "half", "structure_value"),
    # references
    (
        "set",
        f"{RD}/ResourceGroup/ResourceGroup/ResourceGroupContentItem[1]/ReleaseResourceReference",
        "A55",
        "reference_dangling",
    ),
    ("set", "ReleaseList/Release[3]/ReleaseReference", "R1", "reference_duplicate"),
    ("set", "ResourceList/SoundRecording[2]//TechnicalResourceDetailsReference", "T1", "reference_duplicate"),
    ("drop", SR, None, "reference_dangling"),
    ("drop", IMG, None, "reference_dangling"),
    ("drop", TRACK, None, "reference_dangling"),
    ("twice", SR, None, "reference_duplicate"),
    ("twice", TRACK, None, "reference_duplicate"),
    ("drop", "DealList/ReleaseDeal/DealReleaseReference[2]", None, "release_without_deal"),
    # identifiers
    ("set", f"{SR}/SoundRecordingId/ISRC", "USABC2600002", "isrc_duplicate"),
    ("set", f"{SR}/SoundRecordingId/ISRC", "US-ABC-26-00001", "isrc_form"),
    ("set", f"{SR}/SoundRecordingId/ISRC", "", "isrc_invalid"),
    ("set", f"{TRACK}/ReleaseId/ISRC", "USABC2600009", "isrc_mismatch"),
    ("set", f"{MAIN}/ReleaseId/ICPN", "70000000000A", "upc_invalid"),
    ("set", f"{MAIN}/ReleaseId/ICPN", "70000000009", "upc_invalid"),
    ("attribute", f"{MAIN}/ReleaseId/ICPN", ("IsEan", "true"), "is_ean"),
    ("set", f"{MAIN}/ReleaseId/GRid", "A12425GABC1234002X", "grid_invalid"),
    ("set", f"{SR}/IndirectSoundRecordingId/ISWC", "T0345246802", "iswc_invalid"),
    ("set", f"{RD}/DisplayArtist[1]/PartyId[1]", "0000000121032684", "isni_invalid"),
    ("set", "MessageHeader/MessageSender/PartyId", "NORTHPIER", "dpid_invalid"),
    ("set", "MessageHeader/MessageSender/PartyId", "PADPIDA2014122301R", "dpid_check"),
    ("set", "MessageHeader/MessageId", "", "message_id_missing"),
    # dates, durations, shares, territories
    ("set", f"{RD}/ReleaseDate", "2026-02-30", "date_invalid"),
    ("set", f"{RD}/OriginalReleaseDate", "2027-01-01", "original_date_later"),
    ("set", f"{DEAL}/ValidityPeriod/EndDate", "2026-12-03", "period_reversed"),
    ("set", f"{MAIN}/PLine/Year", "2027", "line_year_later"),
    ("set", f"{MAIN}/CLine/Year", "2031", "line_year_later"),
    ("set", f"{SR}/Duration", "PT0S", "duration_zero"),
    ("set", f"{SR}/Duration", "PT2M75S", "duration_overflow"),
    ("set", f"{TRACK}/Duration", "PT9M", "duration_mismatch"),
    ("set", f"{SRD}/RightsController[1]/RightSharePercentage", "60.01", "share_sum"),
    ("set", f"{SRD}/RightsController[1]/RightSharePercentage", "-5", "share_invalid"),
    ("set", f"{SALE}/TerritoryCode[2]", "US", "territory_duplicate"),
    ("rename", f"{DEAL}/TerritoryCode", "ExcludedTerritoryCode", "territory_excludes_all"),
    # profile: main release, texts, cover, sequences, lists, files, prices
    ("unattribute", MAIN, "IsMainRelease", "main_release_missing"),
    ("attribute", TRACK, ("IsMainRelease", "true"), "main_release_many"),
    ("set", f"{MAIN}/ReferenceTitle/TitleText", "", "title_missing"),
    ("set", f"{SR}/ReferenceTitle/TitleText", "", "title_missing"),
    ("set", f"{RD}/DisplayArtist[1]/PartyName/FullName", "", "artist_name_missing"),
    ("drop", f"{RD}/LabelName", None, "label_missing"),
    ("drop", f"{RD}/Genre", None, "genre_missing"),
    ("drop", f"{MAIN}/PLine", None, "p_line_missing"),
    ("drop", f"{MAIN}/CLine", None, "c_line_missing"),
    ("drop", f"{RD}/ParentalWarningType", None, "explicit_missing"),
    ("set", f"{IMG}/ImageType", "BackCoverImage", "cover_missing"),
    ("attribute", f"{RD}/DisplayArtist[2]", ("SequenceNumber", "3"), "artist_sequence"),
    ("set", f"{RD}/ResourceGroup/ResourceGroup/ResourceGroupContentItem[2]/SequenceNumber", "1", "track_sequence"),
    ("set", f"{RD}/ResourceGroup/ResourceGroup/SequenceNumber", "2", "group_sequence"),
    ("drop", f"{RD}/ResourceGroup/ResourceGroup/ResourceGroupContentItem[2]", None, "resource_list_mismatch"),
    ("unattribute", f"{SRD}/ResourceContributor/ResourceContributorRole[2]", "UserDefinedValue", "user_defined"),
    ("set", f"{TECH}/File/FilePath", "../../", "path_unsafe"),
    ("set", f"{TECH}/File/FileName", "/etc/passwd", "path_unsafe"),
    ("set", f"{TECH}/File/HashSum/HashSum", "abc", "hash_invalid"),
    ("set", f"{TECH}/NumberOfChannels", "0", "technical_invalid"),
    ("set", f"{IMG}//ImageWidth", "-3000", "technical_invalid"),
    ("set", f"{SALE}/PriceInformation/WholesalePricePerUnit", "-1", "price_invalid"),
    ("attribute", f"{SALE}/PriceInformation/WholesalePricePerUnit", ("CurrencyCode", "XXY"), "currency_invalid"),
    ("drop", f"{DEAL}/CommercialModelType", None, "commercial_model_missing"),
]
THREE = [case for case in THREE if case[3] != "reference_none"]
FOUR = [
    ("set", "PartyList/Party[1]/PartyReference", "P99", "reference_dangling"),
    ("set", "PartyList/Party[2]/PartyReference", "P1", "reference_duplicate"),
    ("set", f"{SR}/DisplayArtist[1]/ArtistPartyReference", "P88", "reference_dangling"),
    ("set", "ReleaseList/TrackRelease[1]/ReleaseResourceReference", "A9", "reference_dangling"),
    ("set", f"{SR}/SoundRecordingEdition/ResourceId/ISRC", "USABC2600002", "isrc_duplicate"),
    ("set", "PartyList/Party/PartyId/ISNI", "0000000121032684", "isni_invalid"),
    ("set", "PartyList/Party/PartyId/IpiNameNumber", "00014107339", "ipi_invalid"),
    ("set", "MessageHeader/MessageSender/PartyId", "NORTHPIER", "structure_value"),
    ("drop", f"{MAIN}/ReleaseLabelReference", None, "structure"),
    ("drop", f"{MAIN}/DisplayGenre", None, "structure"),
    ("first", f"{SR}/Duration", None, "structure_order"),
    ("set", f"{SR}/Contributor[1]/Role[1]/Value", "Wizard", "value_not_allowed"),
    ("set", f"{MAIN}/ReleaseId/ICPN", "700000000001", "upc_check_digit"),
    ("set", f"{SR}/ResourceRightsController[1]/RightSharePercentage", "170", "share_invalid"),
    ("unattribute", ".", "AvsVersionId", "structure_attribute"),
    ("unattribute", ".", "LanguageAndScriptCode", "structure_attribute"),
    ("set", f"{DEAL}/ValidityPeriod/StartDate", "2026-13-45", "date_invalid"),
    ("set", f"{MAIN}/ResourceGroup/ResourceGroup/ResourceGroupContentItem[1]/SequenceNumber", "5", "track_sequence"),
]


def mutate(root, what, path, argument):
    node = root if path == "." else root.find(path)
    assert node is not None, path
    parent = node.getparent()
    if what == "set":
        node.text = argument
    elif what == "drop":
        parent.remove(node)
    elif what == "twice":
        node.addnext(deepcopy(node))
    elif what == "first":
        parent.insert(0, node)
    elif what == "add":
        etree.SubElement(node, argument).text = "x"
    elif what == "rename":
        node.tag = argument
    elif what == "attribute":
        node.set(*argument)
    elif what == "unattribute":
        del node.attrib[argument]
    elif what == "text":
        node.text = argument
    elif what == "nest":
        etree.SubElement(node, argument)


def is_at(where, case):
    """Return whether a finding names the broken element, its parent, or (for a broken reference) the reference."""
    what, path, argument, code = case
    steps = [step.split("[")[0].lstrip("@") for step in where.split("/")]
    if code.startswith(("reference_", "release_without_deal")):
        return steps[-1].endswith("Reference")
    if code == "resource_list_mismatch":  # said of the list, whichever of the two lacks the recording
        return steps[-1] == "ReleaseResourceReferenceList"
    own = [step.split("[")[0] for step in path.split("/") if step and step != "."] or ["NewReleaseMessage"]
    ends = {own[-1], own[-2] if len(own) > 1 else "NewReleaseMessage"}
    if what in ("rename", "add"):
        ends.add(argument)
    if what in ("attribute", "unattribute"):
        ends.add(argument if isinstance(argument, str) else argument[0])
    return bool(ends & set(steps[-2:]))


def found(version, case):
    what, path, argument, code = case
    root = etree.fromstring(write_message(RELEASE, version=version, now=NOW, media=MEDIA))
    mutate(root, what, path, argument)
    problems = [problem for problem in validate_root(root) if problem.code != "not_checked"]
    assert all(problem.message and problem.fix and problem.where for problem in problems), problems
    return any(problem.code.startswith(code) and is_at(problem.where, case) for problem in problems)


@pytest.fixture(autouse=True)
def _own_rules_only(monkeypatch, tmp_path):
    monkeypatch.delenv("MAXBOOSTER_DDEX_SCHEMAS", raising=False)
    monkeypatch.setenv("MAXBOOSTER_CACHE", str(tmp_path))


@pytest.mark.parametrize("version", ["3.8.2", "4.3.2"])
def test_the_message_itself_is_right(version):
    root = etree.fromstring(write_message(RELEASE, version=version, now=NOW, media=MEDIA))
    problems = validate_root(root)
    assert blocking(problems) == []
    assert [problem for problem in problems if problem.severity == "warning"] == []


@pytest.mark.parametrize("case", NINE, ids=lambda case: case[3])
def test_the_nine_planted_errors_are_found(case):
    assert found("3.8.2", case)


def test_more_than_a_hundred_kinds_of_errors_are_found():
    cases = [*(("3.8.2", case) for case in THREE), *(("4.3.2", case) for case in FOUR)]
    missed = [(version, case) for version, case in cases if not found(version, case)]
    assert len(cases) >= 120
    assert missed == []


def test_valid_samples_have_no_false_fatal(test_data):
    import json

    from maxbooster_kernel.ddex.validate import validate_file

    samples = test_data / "ddex/samples"
    expected = json.loads((samples / "expected.json").read_text())
    names = [
        name
        for name, facts in expected.items()
        if facts["status"] == "VALID"
        and "/ern/" in facts["namespace"]
        and "seeded" not in name
        and "violations" not in name
    ]
    fatal = {name: [p for p in validate_file(samples / name).problems if p.severity == "fatal"] for name in names}
    assert len(names) >= 20
    assert {name: problems for name, problems in fatal.items() if problems} == {}


def test_planted_samples_are_found(test_data):
    from maxbooster_kernel.ddex.validate import validate_file

    samples = test_data / "ddex/samples"
    wanted = {
        "dangling_dealreleasereference": "reference_dangling",
        "dangling_releaseresourcereference": "reference_dangling",
        "impossible_date": "date_invalid",
        "share_170_": "share_invalid",
        "worldwide_countries_mixed_in_a_deal": "territory_mixed",
    }
    for name, code in wanted.items():
        assert code in [p.code for p in blocking(validate_file(samples / f"seeded-errors/{name}.xml").problems)]
    for file in (samples / "ern382-rule-violations").glob("*.xml"):
        assert not validate_file(file).valid, file.name


def test_an_artist_may_be_called_as_a_value_is():
    """``UserDefined`` wants a namespace where it stands for a value, not where it is a name."""
    artists = (replace(RELEASE.artists[0], name="UserDefined"),)
    called = replace(RELEASE, title="UserDefined", label="UserDefined", artists=artists)
    for version in WRITTEN:
        root = etree.fromstring(write_message(called, version=version, now=NOW, media=MEDIA))
        assert blocking(validate_root(root)) == [], version


def test_what_the_schema_accepts_our_own_structure_accepts(test_data):
    """The table is always asked, so it may refuse nothing that the standard allows."""
    accepted = 0
    for version, cases in (("3.8.2", [*NINE, *THREE]), ("4.3.2", FOUR)):
        place = test_data / "ddex/xsd/ern" / VERSIONS[version].key / "release-notification.xsd"
        judge = etree.XMLSchema(etree.parse(place))
        for what, path, argument, _ in cases:
            root = etree.fromstring(write_message(RELEASE, version=version, now=NOW, media=MEDIA))
            mutate(root, what, path, argument)
            if judge.validate(root):
                accepted += 1
                assert check_structure(MessageTree.of(root), VERSIONS[version].rules(), "NewReleaseMessage") == [], (
                    version,
                    path,
                )
    for file in sorted((test_data / "ddex/samples").glob("**/*.xml")):
        with contextlib.suppress(etree.XMLSyntaxError):
            root = etree.parse(file, etree.XMLParser(resolve_entities=False)).getroot()
            version = version_of_namespace(etree.QName(root).namespace)
            if version is not None and version.table is not None:
                place = test_data / "ddex/xsd/ern" / version.key / "release-notification.xsd"
                if etree.XMLSchema(etree.parse(place)).validate(root):
                    accepted += 1
                    assert check_structure(MessageTree.of(root), version.rules(), etree.QName(root).localname) == [], (
                        file.name
                    )
    assert accepted >= 50


def test_with_the_schema_at_hand_the_findings_keep_place_and_code(test_data, monkeypatch):
    """A message that the schema refuses still says what our own table says of it."""
    cases = [*(("3.8.2", case) for case in [*NINE, *THREE]), *(("4.3.2", case) for case in FOUR)]
    monkeypatch.setenv("MAXBOOSTER_DDEX_SCHEMAS", str(test_data / "ddex/xsd"))
    assert [(version, case) for version, case in cases if not found(version, case)] == []
