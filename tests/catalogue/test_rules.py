"""Every rule fires on its error, at its place, and a right release has no finding above information."""

from dataclasses import replace

import pytest

from maxbooster_kernel.catalogue import check_release, loads_release, release_from_dict, release_to_dict
from maxbooster_kernel.problems import blocking

GOOD = loads_release(
    """{"upc": "700000000009", "title": "Night", "type": "Album", "label": "North Pier",
 "artists": [{"name": "Ada Vale"}], "genre": "Electronic", "language": "en", "explicit": "NotExplicit",
 "release_date": "2026-12-04", "p_line": {"year": 2026, "text": "2026 North Pier"},
 "c_line": {"year": 2026, "text": "2026 North Pier"}, "cover": "cover.jpg",
 "sender": {"dpid": "PADPIDA2014122301Q", "name": "North Pier"},
 "recipient": {"dpid": "PADPIDA2013020802I", "name": "A Store"},
 "deals": [{"commercial_model": "SubscriptionModel", "use_types": ["OnDemandStream"], "start": "2026-12-04"}],
 "tracks": [
  {"number": 1, "isrc": "USABC2600001", "title": "Dawn", "duration_s": 201.4, "explicit": "NotExplicit",
   "file": "audio/01.flac", "contributors": [{"name": "Ben Oak", "roles": ["Composer"]}],
   "rights": [{"party": "North Pier", "share": "100"}]},
  {"number": 2, "isrc": "USABC2600002", "title": "Dusk", "duration_s": 99.5, "explicit": "NotExplicit",
   "file": "audio/02.flac", "contributors": [{"name": "Ben Oak", "roles": ["Composer"]}]}]}"""
)


def test_a_right_release_has_no_findings():
    assert check_release(GOOD) == []


CASES = [
    ("upc", None, "upc_missing", "error"),
    ("upc", "700000000001", "upc_check_digit", "error"),
    ("upc", "70000000000", "upc_invalid", "error"),
    ("grid", "A12425GABC1234002X", "grid_invalid", "error"),
    ("title", " ", "title_missing", "fatal"),
    ("label", "", "label_missing", "error"),
    ("genre", None, "genre_missing", "error"),
    ("language", "english", "language_invalid", "error"),
    ("explicit", "Yes", "explicit_unknown", "error"),
    ("release_date", None, "release_date_missing", "error"),
    ("release_date", "2026-13-45", "date_invalid", "error"),
    ("release_date", "2026-02-29", "date_invalid", "error"),
    ("original_release_date", "2027-01-01", "original_date_later", "error"),
    ("cover", "../cover.jpg", "path_unsafe", "error"),
    ("sender", None, "sender_missing", "error"),
    ("recipient.dpid", "SPOTIFY", "dpid_invalid", "error"),
    ("recipient.dpid", "PADPIDA2013020802X", "dpid_check", "warning"),
    ("p_line", None, "p_line_missing", "error"),
    ("c_line.text", "", "c_line_missing", "error"),
    ("p_line.year", 2027, "line_year_later", "error"),
    ("artists", [], "artist_missing", "error"),
    ("artists.0.name", "", "artist_name_missing", "error"),
    ("artists.0.ids", {"isni": "0000000121032684"}, "isni_invalid", "error"),
    ("title", "a\u0000b", "text_control_character", "fatal"),
    ("tracks", [], "tracks_missing", "fatal"),
    ("tracks.1.isrc", "USABC2600001", "isrc_duplicate", "error"),
    ("tracks.1.isrc", "US-ABC-26-00001", "isrc_duplicate", "error"),
    ("tracks.1.isrc", "USABC260000", "isrc_invalid", "error"),
    ("tracks.1.isrc", None, "isrc_missing", "error"),
    ("tracks.1.iswc", "T0345246802", "iswc_invalid", "error"),
    ("tracks.1.number", 3, "track_sequence", "error"),
    ("tracks.1.number", 1, "track_sequence", "error"),
    ("tracks.1.disc", 3, "disc_sequence", "error"),
    ("tracks.1.title", "", "track_title_missing", "error"),
    ("tracks.1.title", "dawn", "title_duplicate", "warning"),
    ("tracks.1.duration_s", None, "duration_missing", "error"),
    ("tracks.1.duration_s", 0.0, "duration_invalid", "error"),
    ("tracks.1.duration_s", -1, "duration_invalid", "error"),
    ("tracks.1.explicit", "Explicit", "explicit_mismatch", "error"),
    ("tracks.1.file", "/etc/passwd", "path_unsafe", "error"),
    ("tracks.1.file", "audio/01.flac", "file_duplicate", "error"),
    ("tracks.0.rights.0.share", "170", "share_invalid", "error"),
    ("tracks.0.rights.0.share", "99.99", "share_sum", "error"),
    ("tracks.0.publishing", [{"party": "A", "share": "60"}, {"party": "B", "share": "60"}], "share_sum", "error"),
    ("deals", [], "deals_missing", "warning"),
    ("deals.0.territories", ["Worldwide", "US"], "territory_mixed", "error"),
    ("deals.0.territories", ["XX"], "territory_invalid", "error"),
    ("deals.0.territories", [], "territory_missing", "error"),
    ("deals.0.end", "2026-12-03", "period_reversed", "error"),
    ("deals.0.start", "2026-12-45", "date_invalid", "error"),
    ("deals.0.start", "2026-12-01", "deal_before_release", "error"),
    ("deals.0.use_types", [], "use_types_missing", "error"),
    ("deals.0.commercial_model", "Barter", "commercial_model_unknown", "warning"),
    ("deals.0.tracks", ["USABC2699999"], "deal_track_unknown", "error"),
    ("deals.0.price", {"amount": "-1", "currency": "USD"}, "price_invalid", "error"),
    ("deals.0.price", {"amount": "1", "currency": "XXY"}, "currency_invalid", "error"),
    ("deals.0.price", {}, "price_empty", "error"),
]


@pytest.mark.parametrize(("path", "value", "code", "severity"), CASES)
def test_an_error_is_found_at_its_place(path, value, code, severity):
    data = release_to_dict(GOOD)
    at, steps = data, path.split(".")
    for step in steps[:-1]:
        at = at[int(step)] if isinstance(at, list) else at[step]
    key = int(steps[-1]) if isinstance(at, list) else steps[-1]
    at[key] = value
    problems = check_release(release_from_dict(data))
    assert all(problem.message and problem.fix for problem in problems), problems
    matching = [problem for problem in problems if problem.code == code]
    assert matching, [str(problem) for problem in problems]
    assert matching[0].severity == severity
    assert matching[0].where.split(".")[0].split("[")[0] in {steps[0], "explicit"}


def test_an_album_of_one_track_is_a_warning_only():
    assert blocking(check_release(replace(GOOD, tracks=GOOD.tracks[:1]))) == []
