"""The kernel half of the release form: the record's own reader takes or refuses, the check alone judges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import maxbooster_kernel as mb
from maxbooster_kernel.catalogue.release_file import release_from_dict, release_to_dict
from maxbooster_kernel.errors import MaxBoosterError, ReleaseError
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.widgets import release_form
from maxbooster_kernel.widgets.release_fields import RELEASE_FIELDS, TRACK_FIELDS, form_view, text_at, with_text

ADA = {"name": "Ada Vale", "role": "MainArtist", "ids": {"isni": "0000000121032683"}}
GUEST = {"name": "Cy", "role": "FeaturedArtist"}
DRAFT: dict[str, Any] = {
    "upc": "9520000260014",
    "title": "Night",
    "artists": [ADA, GUEST],
    "p_line": {"year": 2026, "text": "2026 North Pier"},
    "tracks": [{"title": "Dawn", "duration_s": 60.5, "mood": "blue"}, {"title": "Dusk", "explicit": "Loud"}],
}
RECORD = release_from_dict(DRAFT)
PATHS = [one.path for one in RELEASE_FIELDS] + [f"tracks[{n}].{one.path}" for n in (0, 1) for one in TRACK_FIELDS]


def asked(form: Any, message: dict[str, Any]) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []
    form.send = lambda content, buffers=None: sent.append(content)
    form._receive(form, {"request": "a:7", **message}, [])
    [answer] = sent
    assert answer["request"] == "a:7"
    return answer


def field(form: Any, path: str) -> dict[str, Any]:
    rows = [*form.view["fields"], *(one for track in form.view["tracks"] for one in track["fields"])]
    return next(one for one in rows if one["path"] == path)


def test_every_finding_of_the_check_stands_in_the_form_once() -> None:
    release = mb.Release.from_dict(DRAFT)
    view = release.form().view
    shown = [*view["rest"], *(problem for one in view["fields"] for problem in one["problems"])]
    for track in view["tracks"]:
        shown += [*track["problems"], *(problem for one in track["fields"] for problem in one["problems"])]
    assert sorted(map(repr, shown)) == sorted(repr(problem.to_dict()) for problem in release.check())
    codes = {one["path"]: [problem["code"] for problem in one["problems"]] for one in view["fields"]}
    assert codes["label"] == ["label_missing"]
    assert codes["c_line.text"] == ["c_line_missing"]
    assert next(problem["code"] for problem in view["tracks"][1]["problems"]) == "duration_missing"


def test_a_change_renews_the_findings_and_leaves_the_release_that_was_given() -> None:
    release = mb.Release.from_dict(DRAFT)
    form = release.form()
    before = form.view["left"]
    assert asked(form, {"type": "set", "path": "label", "text": "North Pier"})["type"] == "taken"
    assert (field(form, "label")["value"], field(form, "label")["problems"]) == ("North Pier", [])
    assert int(form.view["left"].split()[0]) == int(before.split()[0]) - 1
    assert (form.release.record.label, release.record.label) == ("North Pier", "")
    asked(form, {"type": "set", "path": "tracks[1].isrc", "text": "USABC26"})
    assert [problem["code"] for problem in field(form, "tracks[1].isrc")["problems"]] == ["isrc_invalid"]
    assert form.release.tracks[0].extra == {"mood": "blue"}


def test_what_the_record_refuses_changes_nothing() -> None:
    form = mb.Release.from_dict(DRAFT).form()
    before = form.release
    for path, text, words in (
        ("p_line.year", "MMXXVI", 'p_line.year: expected a whole number, got "MMXXVI"'),
        ("title", "\ud83c", "half a character"),
        ("tracks[2].title", "x", "a field of the form"),
        ("sender.dpid", "x", "a field of the form"),
        ("tracks[0].title.x", "x", "a field of the form"),
    ):
        answer = asked(form, {"type": "set", "path": path, "text": text})
        assert answer["type"] == "refused"
        assert words in answer["message"]
        assert "\n" not in answer["message"]
    assert form.release is before
    assert field(form, "p_line.year")["value"] == "2026"


def test_identifiers_stay_with_their_artist() -> None:
    form = mb.Release.from_dict(DRAFT).form()
    form.set("artists", "Ben Oak; Ada Vale")
    ben, ada, guest = form.release.record.artists
    assert (ben.name, bool(ben.ids), ada.ids.isni, guest.name) == ("Ben Oak", False, "0000000121032683", "Cy")
    form.set("artists", "Ada Veil")
    assert not form.release.record.artists[0].ids
    form.set("artists", "Ada Vale")
    assert form.release.record == RECORD


def test_a_line_without_year_and_text_is_none() -> None:
    form = mb.Release.from_dict(DRAFT).form()
    form.set("p_line.year", "")
    form.set("p_line.text", "")
    assert form.release.record.p_line is None


def test_it_is_saved_whole_to_its_file_and_only_when_asked(tmp_path: Path) -> None:
    path = mb.Release.from_dict(DRAFT).to_json(tmp_path / "RELEASE.json")
    before = path.read_bytes()
    form = mb.Release.from_json(path).form()
    assert form.stored == {"file": "RELEASE.json", "changed": False}
    form.set("label", "North Pier")
    assert (form.stored["changed"], path.read_bytes()) == (True, before)
    assert asked(form, {"type": "save"})["type"] == "taken"
    assert form.stored["changed"] is False
    assert mb.Release.from_json(path) == form.release
    form.set("label", "South Pier")
    assert asked(form, {"type": "save"})["type"] == "taken"
    mb.Release.from_dict(DRAFT).to_json(path)
    form.set("label", "West Pier")
    assert "changed by others" in asked(form, {"type": "save"})["message"]
    assert (path.read_bytes(), form.stored["changed"]) == (before, True)


def test_without_a_file_it_says_how_to_write_one(tmp_path: Path) -> None:
    form = mb.Release.from_dict(DRAFT).form()
    assert form.stored["file"] == ""
    assert "form.release.to_json(path)" in asked(form, {"type": "save"})["message"]
    path = mb.Release.from_dict(DRAFT).to_json(tmp_path / "release" / "RELEASE.json")
    form = mb.Release.from_json(path).form()
    path.unlink()
    path.mkdir()
    assert asked(form, {"type": "save"})["type"] == "refused"


def test_a_store_has_wishes_of_its_own() -> None:
    release = mb.Release.from_dict(DRAFT)
    with pytest.raises(MaxBoosterError, match="nowhere"):
        release.form(store="nowhere")
    assert release.form(store="sandbox").view == form_view(release.record, release.check("sandbox"))


def test_a_saved_notebook_shows_the_release_and_a_missing_bundle_says_how_to_make_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    form = mb.Release.from_dict({"title": "<b>", "tracks": []}).form()
    data, _ = form._repr_mimebundle_()
    assert "&lt;b&gt;" in data["text/html"]
    assert repr(form).startswith("ReleaseForm('<b>', '")
    monkeypatch.setattr(release_form, "BUNDLE", tmp_path / "release_form.js")
    with pytest.raises(MaxBoosterError, match="hatch_build"):
        mb.Release.from_dict(DRAFT).form()


@given(st.sampled_from(PATHS), st.text(max_size=12))
def test_any_text_is_taken_as_written_or_refused_and_can_be_taken_back(path: str, text: str) -> None:
    kind = "names" if path.endswith("artists") else "text"
    try:
        record = with_text(RECORD, path, text)
    except ReleaseError:
        return
    if kind == "text" and not path.endswith("year") and path != "type":
        assert text_at(release_to_dict(record), path) == text
    before = text_at(release_to_dict(RECORD), path, kind)
    assert with_text(record, path, before, earlier=RECORD) == RECORD
    assert form_view(record, [Problem(code="a", severity="error", where=path, message="m")])["rest"] == []
