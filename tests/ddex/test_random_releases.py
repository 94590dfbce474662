"""Random releases without errors: every version written is valid, and reading gives back what was written.

The long form is ``HYPOTHESIS_PROFILE=long`` (2,000 examples a version).
"""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from maxbooster_kernel.catalogue import (
    Artist,
    ArtistIds,
    Contributor,
    Deal,
    MessageParty,
    Price,
    PublishingShare,
    ReleaseRecord,
    RightsLine,
    RightsShare,
    Track,
    check_release,
    in_normal_form,
    release_from_dict,
    release_to_dict,
)
from maxbooster_kernel.catalogue.rules_deals import COMMERCIAL_MODELS, USE_TYPES
from maxbooster_kernel.catalogue.territory import countries
from maxbooster_kernel.ddex.carried import carried
from maxbooster_kernel.ddex.convert import convert
from maxbooster_kernel.ddex.media import MediaFacts
from maxbooster_kernel.ddex.message_rules import check_message
from maxbooster_kernel.ddex.read import read_ern
from maxbooster_kernel.ddex.structure import check_structure
from maxbooster_kernel.ddex.tables import table
from maxbooster_kernel.ddex.tree import MessageTree
from maxbooster_kernel.ddex.versions import VERSIONS, WRITTEN
from maxbooster_kernel.ddex.write import ACTIONS, write_message
from maxbooster_kernel.identifiers import gtin_check_digit, mod_37_36_check
from maxbooster_kernel.problems import blocking

NOW = datetime(2027, 1, 1, 10, 0, tzinfo=UTC)
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
texts = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp", "Co"]), min_size=1, max_size=24)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text.strip() and text.isprintable())
)
names = texts | st.sampled_from(["Ada Vale", "Ben Oak", "Ćirić & Söhne", "宇多田ヒカル", "AC/DC", "!!!", "<&>"])
publishers = {"MusicPublisher", "SubPublisher", "OriginalPublisher", "SubstitutedPublisher"}
roles4 = sorted(table("ern-432").values["ContributorRole"] - {"UserDefined", "Unknown"} - publishers)
writer_roles = ["Composer", "Lyricist", "ComposerLyricist", "Arranger"]
dates = st.dates(date(2000, 1, 1), date(2035, 12, 31))


def bare(alphabet, size):
    return st.text(alphabet=alphabet, min_size=size, max_size=size)


upcs = st.sampled_from([11, 12]).flatmap(lambda size: bare("0123456789", size)).map(lambda b: b + gtin_check_digit(b))
dpids = bare("ABCDEFGHIJ0123456789", 10).map(lambda b: "PADPIDA" + b + mod_37_36_check("PADPIDA" + b))


def isni(body):
    total = 0
    for digit in body:
        total = (total + int(digit)) * 2
    return body + "0123456789X"[(12 - total % 11) % 11]


def iswc(body):
    return "T" + body + str(-(1 + sum(i * int(d) for i, d in enumerate(body, 1))) % 10)


def ipi(body):
    rest = sum((10 - index) * int(digit) for index, digit in enumerate(body)) % 101
    return body + f"{(101 - rest) % 101 % 100:02d}"


ids = st.builds(
    ArtistIds,
    isni=st.none() | bare("0123456789", 15).map(isni),
    ipi=st.none() | bare("0123456789", 9).map(ipi),
    spotify=st.none() | bare("abcdef0123456789", 22),
    apple=st.none() | bare("0123456789", 9),
)


def artists(roles):
    rest = st.builds(Artist, name=names, role=st.sampled_from(roles), ids=ids)
    main = st.builds(Artist, name=names, role=st.just("MainArtist"), ids=ids)
    return st.tuples(main, st.lists(rest, max_size=3)).map(
        lambda pair: tuple({(a.name.strip(), a.role): a for a in [*pair[1][:1], pair[0], *pair[1][1:]]}.values())
    )


def contributors():
    roles = st.lists(st.sampled_from(roles4) | st.just("Whistler"), min_size=1, max_size=4, unique=True)
    one = st.builds(Contributor, name=names, roles=roles.map(lambda r: tuple(sorted(r))), ids=ids)
    return st.lists(one, max_size=4, unique_by=lambda person: person.name).map(tuple)


@st.composite
def rights(draw):
    parties = draw(st.lists(names, max_size=4, unique=True))
    if not parties:
        return ()
    parts = [draw(st.integers(0, 10_000 // len(parties))) for _ in parties[1:]]
    shares = [Decimal(part) / 100 for part in parts]
    return tuple(
        RightsShare(party=party, share=share)
        for party, share in zip(parties, [Decimal(100) - sum(shares), *shares], strict=True)
    )


@st.composite
def publishing(draw, taken):
    parties = draw(st.lists(names.filter(lambda name: name not in taken), max_size=2, unique=True))
    return tuple(
        PublishingShare(
            party=party,
            role=draw(st.sampled_from(["MusicPublisher", "SubPublisher", "OriginalPublisher"])),
            share=draw(st.none() | st.integers(0, 5000).map(lambda n: Decimal(n) / 100)),
        )
        for party in parties
    )


def lines(released):
    return st.builds(RightsLine, year=st.none() | st.integers(1900, released.year), text=texts)


@st.composite
def deals(draw, released, isrcs):
    model = draw(st.sampled_from(sorted(COMMERCIAL_MODELS)))
    kind = draw(st.sampled_from(["world", "some", "not"]))
    codes = tuple(draw(st.lists(st.sampled_from(sorted(countries())), min_size=1, max_size=5, unique=True)))
    start = released + timedelta(days=draw(st.integers(0, 400)))
    end = draw(st.none() | st.integers(0, 2000).map(lambda days: start + timedelta(days=days)))
    timed = draw(st.booleans())
    tier = st.builds(Price, tier=texts)
    amount = st.builds(
        Price,
        amount=st.integers(0, 99_999).map(lambda n: Decimal(n) / 100),
        currency=st.sampled_from(["USD", "EUR", "JPY"]),
    )
    return Deal(
        commercial_model=model,
        use_types=tuple(draw(st.lists(st.sampled_from(sorted(USE_TYPES)), min_size=1, max_size=4, unique=True))),
        territories={"world": ("Worldwide",), "some": codes, "not": ()}[kind],
        excluded_territories=codes if kind == "not" else (),
        start=f"{start}T00:00:00" if timed else str(start),
        end=None if end is None else f"{end}T23:59:59" if timed else str(end),
        price=draw(st.none() | tier | amount),
        tracks=draw(st.none() | st.lists(st.sampled_from(isrcs), min_size=1, max_size=3, unique=True).map(tuple)),
        pre_order=draw(st.booleans()),
        rights_claim_policy="Monetize" if model == "RightsClaimModel" else None,
    )


@st.composite
def tracks(draw, count, released, artist_roles):
    discs = draw(st.integers(1, min(3, count)))
    found = []
    for index in range(count):
        disc = 1 + index * discs // count
        number = 1 + sum(track.disc == disc for track in found)
        people = draw(contributors())
        found.append(
            Track(
                disc=disc,
                number=number,
                isrc=f"{draw(st.sampled_from(['USABC', 'DEZ99', 'GBAAA']))}26{index:05d}",
                iswc=draw(st.none() | bare("0123456789", 9).map(iswc)),
                title=draw(texts),
                version=draw(st.none() | texts),
                artists=draw(artists(artist_roles)),
                contributors=people,
                publishing=draw(publishing({person.name for person in people})),
                duration_s=draw(st.integers(1, 7_200_000)) / 1000,
                explicit=draw(st.sampled_from(["Explicit", "NotExplicit", "ExplicitContentEdited"])),
                language=draw(st.none() | st.sampled_from(["en", "de", "ja"])),
                genre=draw(st.none() | texts),
                p_line=draw(st.none() | lines(released)),
                file=f"audio/{index:03d}.flac",
                rights=draw(rights()),
            )
        )
    return tuple(found)


@st.composite
def releases(draw):
    released = draw(dates)
    count = draw(st.integers(1, 6) | st.just(1) | (st.sampled_from([40, 200]) if LONG else st.just(12)))
    roles = ["MainArtist", "FeaturedArtist", "Composer", "Conductor", "Orchestra"]
    if count > 12:  # one drawn track, many times: the size matters here, not the variety
        one = draw(tracks(1, released, roles))[0]
        made = tuple(
            replace(one, number=n, isrc=f"USABC26{n:05d}", file=f"audio/{n}.flac") for n in range(1, count + 1)
        )
    else:
        made = draw(tracks(count, released, roles))
    isrcs = [track.isrc for track in made]
    explicit = "Explicit" if any(track.explicit == "Explicit" for track in made) else "NotExplicit"
    return ReleaseRecord(
        upc=draw(upcs),
        title=draw(texts),
        version=draw(st.none() | texts),
        type=draw(st.sampled_from(["Album", "Single", "EP", "Compilation", "ClassicalAlbum", "StemBundle"])),
        label=draw(names),
        artists=draw(artists(roles)),
        genre=draw(texts),
        subgenre=draw(st.none() | texts),
        language=draw(st.sampled_from(["en", "de", "pt-BR", "zh-Hans"])),
        explicit=explicit,
        release_date=str(released),
        original_release_date=draw(st.none() | st.dates(date(1950, 1, 1), released).map(str)),
        p_line=draw(lines(released)),
        c_line=draw(lines(released)),
        cover="cover.jpg",
        sender=MessageParty(dpid=draw(dpids), name=draw(st.just("") | texts)),
        recipient=MessageParty(dpid=draw(dpids), name=draw(st.just("") | texts)),
        message_id=draw(st.just("M1") | bare("ABC123-", 12)),
        test=draw(st.booleans()),
        deals=tuple(draw(st.lists(deals(released, isrcs), max_size=6))),
        tracks=made,
        grid=draw(st.none() | bare("ABC0123456789", 15).map(lambda b: "A1" + b + mod_37_36_check("A1" + b))),
        catalog_number=draw(st.none() | bare("ABC-0123456789", 8)),
        compilation=draw(st.none() | st.booleans()),
    )


MEDIA = {"cover.jpg": MediaFacts(codec="JPEG", width=3000, height=3000, size=123, md5="0" * 32)}
facts = st.builds(
    MediaFacts,
    codec=st.sampled_from(["FLAC", "PCM", "Opus"]),
    channels=st.sampled_from([1, 2, 6]),
    sample_rate=st.sampled_from([44100, 96000]),
    bit_depth=st.none() | st.sampled_from([16, 24]),
    size=st.integers(0, 10**10),
    md5=st.just("a" * 32),
)
quick = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
few = quick if LONG else settings(quick, max_examples=10)


@pytest.fixture(scope="module")
def judges(test_data):
    folder = test_data / "ddex/xsd/ern"
    return {
        name: etree.XMLSchema(etree.parse(folder / VERSIONS[name].key / "release-notification.xsd")) for name in WRITTEN
    }


@few
@given(release=releases(), action=st.sampled_from(ACTIONS), fact=facts)
def test_every_version_follows_its_structure(release, action, fact):
    assert blocking(check_release(release)) == []
    media = MEDIA | {track.file: fact for track in release.tracks}
    for version in WRITTEN:
        root = etree.fromstring(write_message(release, version=version, action=action, now=NOW, media=media))
        kind = etree.QName(root).localname
        assert check_structure(MessageTree.of(root), VERSIONS[version].rules(), kind) == []
        assert blocking(check_message(MessageTree.of(root))) == []


@quick
@given(release=releases(), action=st.sampled_from(ACTIONS), fact=facts)
def test_every_version_is_valid_against_its_schema(judges, release, action, fact):
    media = MEDIA | {track.file: fact for track in release.tracks}
    for version, judge in judges.items():
        root = etree.fromstring(write_message(release, version=version, action=action, now=NOW, media=media))
        assert judge.validate(root), judge.error_log.last_error


@few
@given(release=releases())
def test_what_was_written_is_read_back(release):
    for version in WRITTEN:
        read = read_ern(write_message(release, version=version, now=NOW)).release
        expected = carried(release, VERSIONS[version])
        assert in_normal_form(replace(read, created=None)) == expected


@few
@given(release=releases())
def test_conversion_up_and_down_gives_the_same(release):
    first = write_message(release, version="3.8.2", now=NOW)
    up = convert(first, version="4.3.2").message
    down = convert(up, version="3.8.2").message
    again = read_ern(down).release
    assert again == read_ern(first).release
    assert down == convert(first, version="3.8.2").message


@few
@given(release=releases())
def test_the_normal_form_is_stable(release):
    normal = in_normal_form(release)
    assert in_normal_form(normal) == normal
    assert release_from_dict(release_to_dict(release)) == release
