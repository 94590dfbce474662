"""What changed between two messages is said in words, all of it, in the same order every time."""

from dataclasses import replace
from decimal import Decimal

import pytest

from maxbooster_kernel import demo
from maxbooster_kernel.catalogue import ReleaseRecord, Track
from maxbooster_kernel.catalogue.deal import Deal, Price
from maxbooster_kernel.catalogue.party import Artist, ArtistIds, Contributor
from maxbooster_kernel.catalogue.share import RightsShare
from maxbooster_kernel.catalogue.track import RightsLine
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.ddex.diff import diff_messages, diff_releases
from maxbooster_kernel.errors import MessageError
from maxbooster_kernel.workbench.release import Release, ern

DAWN = Track(isrc="USABC2600001", title="Dawn", artists=(Artist(name="Ada Vale"), Artist(name="Ben Oak")))
DUSK = Track(isrc="USABC2600002", number=2, title="Dusk")
SALE = Deal(commercial_model="PayAsYouGoModel", use_types=("PermanentDownload",), price=Price(tier="Front"))
PLAY = Deal(commercial_model="SubscriptionModel", use_types=("OnDemandStream",), territories=("DE", "FR"))
NIGHT = ReleaseRecord(title="Night", genre="Pop", deals=(SALE, PLAY), tracks=(DAWN, DUSK))


def said(**changes):
    return [str(change) for change in diff_releases(NIGHT, replace(NIGHT, **changes))]


def of_dawn(**changes):
    return said(tracks=(replace(DAWN, **changes), DUSK))


def of_a_deal(deal, **changes):
    return said(deals=tuple(replace(one, **changes) if one is deal else one for one in NIGHT.deals))


def test_nothing_changed_says_so():
    assert said() == []
    assert diff_releases(NIGHT, NIGHT)._repr_html_() == "<p>No change.</p>"


def test_fields_are_set_changed_and_removed():
    assert said(label="North Pier") == ['release: label set to "North Pier"']
    assert said(genre=None) == ['release: genre "Pop" removed']
    assert said(p_line=RightsLine(year=2026, text="2026 North Pier")) == [
        'release: P-line set to "2026 North Pier" of 2026'
    ]
    changes = diff_releases(NIGHT, replace(NIGHT, title="Day & <Night>"))
    assert changes._repr_html_() == (
        "<ul><li>release: title changed from &quot;Night&quot; to &quot;Day &amp; &lt;Night&gt;&quot;</li></ul>"
    )


def test_artists_come_go_and_change_places():
    dawn = 'track USABC2600001 "Dawn": '
    ada, ben = DAWN.artists
    assert of_dawn(artists=(ben, ada)) == [dawn + "the order of the artists changed"]
    assert of_dawn(artists=(replace(ada, ids=ArtistIds(isni="0000000121032683")), ben)) == [
        dawn + 'identifiers of "Ada Vale" changed'
    ]
    names = [f"Guest {number}" for number in range(9)]
    guests = tuple(Artist(name=name, role="FeaturedArtist") for name in names)
    assert of_dawn(artists=(*DAWN.artists, *guests)) == [
        f'{dawn}artist "{name}" (FeaturedArtist) added' for name in names
    ]
    assert of_dawn(artists=()) == [f'{dawn}artist "{artist.name}" (MainArtist) removed' for artist in (ada, ben)]


def test_tracks_and_people_come_go_and_move():
    dusk = 'track USABC2600002 "Dusk"'
    assert said(tracks=(DAWN,)) == [f"{dusk} was removed"]
    assert said(tracks=(DAWN, DUSK, Track(number=3, title="Noon"))) == ['track 1-03 "Noon" was added']
    assert said(tracks=(DAWN, replace(DUSK, disc=2, number=1))) == [f"{dusk}: moved from 1-02 to 2-01"]
    assert of_dawn(contributors=(Contributor(name="Cleo", roles=("Composer", "Lyricist")),)) == [
        'track USABC2600001 "Dawn": contributors: "Cleo" (Composer, Lyricist) added'
    ]
    assert of_dawn(rights=(RightsShare(party="North Pier", share=Decimal("12.5")),)) == [
        'track USABC2600001 "Dawn": rights: "North Pier" (RightsController, 12.5 %) added'
    ]


def test_deals_change_where_and_what_they_cost():
    play = "deal SubscriptionModel (OnDemandStream) for the release"
    assert of_a_deal(PLAY, territories=("DE", "IT", "AT")) == [
        f"{play}: covers AT too, covers IT too, covers FR no more"
    ]
    assert of_a_deal(PLAY, start="2026-12-04") == [f'{play}: start set to "2026-12-04"']
    assert of_a_deal(SALE, price=Price(amount=Decimal("0.99"), currency="USD")) == [
        "deal PayAsYouGoModel (PermanentDownload) for the release: price changed from Front to 0.99 USD"
    ]
    assert of_a_deal(PLAY, tracks=("USABC2600001",), pre_order=True) == [
        f"{play} was removed",
        "deal SubscriptionModel (OnDemandStream) for USABC2600001, pre-order was added",
    ]


@pytest.fixture
def messages(tmp_path, monkeypatch):
    """Write a message, one that is converted from it, and one that says something else."""
    monkeypatch.chdir(tmp_path)
    release = Release.from_dict(demo.release(message_id="M1", created="2026-11-23T10:00:00Z"))
    ern(release, version="3.8.2").write(tmp_path / "old.xml")
    ern(release.with_changes(title="Day Drive"), version="4.3.2").write(tmp_path / "new.xml")
    return tmp_path


def test_the_commands_show_compare_and_convert_messages(messages, capsys):
    assert run(["ern", "read", "old.xml"]) == 0
    shown = capsys.readouterr().out
    assert "NewReleaseMessage, ERN 3.8.2, message M1" in shown
    assert "Night Drive by Ada Vale" in shown
    assert "in Worldwide from 2026-12-04" in shown
    assert run(["ern", "diff", "old.xml", "new.xml"]) == 0
    assert 'release: title changed from "Night Drive" to "Day Drive"' in capsys.readouterr().out
    assert run(["ern", "convert", "old.xml", "--version", "4.3", "-o", "as43.xml"]) == 0
    told = capsys.readouterr().err
    assert "as43.xml: ERN 4.3; details that did not come along as they were: 1" in told
    assert "tracks[0].contributors[1].roles[1]" in told, "a Producer of 3.8 is a StudioProducer of 4.3"
    assert run(["ern", "diff", "old.xml", "old.xml"]) == 0
    assert capsys.readouterr() == ("", "the messages say the same\n")


def test_only_messages_of_releases_are_compared(messages):
    purge = ern(Release.from_dict(demo.release()), version="3.8.2", action="purge")
    with pytest.raises(MessageError, match="expected a NewReleaseMessage, got PurgeReleaseMessage"):
        diff_messages("old.xml", bytes(purge))
