"""Tables both ways, and style."""

from decimal import Decimal

import pandas as pd
import pytest

from maxbooster_kernel.catalogue import Artist, Deal, ReleaseRecord, RightsShare, Track
from maxbooster_kernel.catalogue.frames import from_frames, to_frames
from maxbooster_kernel.catalogue.style_rules import check_style
from maxbooster_kernel.errors import ReleaseError

RELEASE = ReleaseRecord(
    title="Night",
    tracks=(
        Track(number=1, isrc="USABC2600001", title="Dawn", duration_s=1.5, artists=(Artist(name="Ada"),)),
        Track(
            number=2, title="Dusk", rights=(RightsShare(party="A", share=Decimal("33.333333")), RightsShare(party="B"))
        ),
    ),
    deals=(Deal(commercial_model="SubscriptionModel", use_types=("Stream", "OnDemandStream"), tracks=None),),
)


def test_tables_and_back():
    frames = to_frames(RELEASE)
    assert list(frames["tracks"]["title"]) == ["Dawn", "Dusk"]
    assert frames["deals"]["use_types"][0] == "Stream; OnDemandStream"
    assert from_frames(RELEASE, frames) == RELEASE


def test_an_edit_in_a_table_changes_the_record():
    frames = to_frames(RELEASE)
    frames["tracks"].loc[0, "title"] = "Morning"
    assert from_frames(RELEASE, {"tracks": frames["tracks"]}).tracks[0].title == "Morning"


def test_a_wrong_row_is_named():
    rights = pd.DataFrame([{"disc": 1, "number": 9, "party": "A", "share": "1"}])
    with pytest.raises(ReleaseError, match="rights, row 0"):
        from_frames(RELEASE, {"rights": rights})
    with pytest.raises(ReleaseError, match="share: expected text"):
        from_frames(RELEASE, {"rights": pd.DataFrame([{"disc": 1, "number": 1, "party": "A", "share": 12.5}])})


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("NIGHT DRIVE", "style_capitals"),
        ("Dawn ft. Cy", "style_featuring"),
        ("Dawn (Feat. Cy)", "style_featuring"),
        ("Dawn (Original Mix)", "style_words"),
        ("Track 7", "style_generic"),
        ("Dawn Volume 2", "style_volume"),
    ],
)
def test_style_of_titles(title, code):
    assert code in [problem.code for problem in check_style(ReleaseRecord(title=title))]


@pytest.mark.parametrize("title", ["Dawn (feat. Cy)", "Night Drive", "Déjà Vu, Vol. 2", "夜", "R.E.M."])
def test_good_titles_pass(title):
    assert check_style(ReleaseRecord(title=title)) == []


def test_style_of_names():
    assert "style_compound" in [p.code for p in check_style(ReleaseRecord(title="A", artists=(Artist(name="A & B"),)))]
