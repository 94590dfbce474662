"""The kernel halves of the statement explorer and the split editor: exact text, checked again, never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel import royalties
from maxbooster_kernel.catalogue.release_file import release_from_dict
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import MaxBoosterError, RoyaltyError
from maxbooster_kernel.widgets import splits, statements
from maxbooster_kernel.widgets.splits import SplitEditor, check_shares
from maxbooster_kernel.widgets.statements import StatementExplorer

TABLE = {"track_id": ["a", "a"], "recipient_id": ["ada", "<b>"], "percentage": ["70", "30"]}
LINES = {"track_id": ["a"], "platform": ["spotify"], "country": ["US"], "streams": [1000], "period": ["2026-07"]}


def asked(widget: Any, message: dict[str, Any]) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []
    widget.send = lambda content, buffers=None: sent.append(content)
    widget._receive(widget, {"request": 7, **message}, [])
    [answer] = sent
    assert answer["request"] == 7
    return answer


def test_rows_are_exact_text() -> None:
    explorer = StatementExplorer(royalties.run(LINES, TABLE))
    answer = asked(explorer, {"type": "find", "search": "AD", "page": 5})
    assert (answer["count"], answer["page"], answer["pages"]) == (1, 0, 1)
    assert answer["rows"][0]["earned"] == "2.800000000"
    assert answer["rows"][0]["opening"] == "0.000000000"
    assert answer["rows"][0]["net_paid"] == "2.80"
    assert asked(explorer, {"type": "find", "currency": "EUR"})["count"] == 0


def test_costs_and_reserves_are_shown_where_there_are_some() -> None:
    assert "costs" not in asked(StatementExplorer(royalties.run(LINES, TABLE)), {"type": "find"})["rows"][0]
    charged = {"period": ["2026-07"], "recipient_id": ["ada"], "amount": ["0.5"]}
    [_, row] = asked(StatementExplorer(royalties.run(LINES, TABLE, costs=charged)), {"type": "find"})["rows"]
    assert (row["earned"], row["costs"], row["reserved"]) == ("2.800000000", "0.500000000", "0.000000000")
    assert (row["gross_paid"], row["closing"]) == ("2.300000000", "0.000000000")
    refused = asked(StatementExplorer(royalties.run(LINES, TABLE)), {"type": "find", "page": "x"})
    assert refused["type"] == "refused"


def test_an_explanation_or_one_sentence() -> None:
    explorer = StatementExplorer(royalties.run(LINES, TABLE))
    told = asked(explorer, {"type": "open", "recipient": "ada", "period": "2026-07"})
    assert any(line["amount"] == "2.800000000" for step in told["steps"] for line in step["lines"])
    refused = asked(explorer, {"type": "open", "recipient": "eve", "period": "2026-07"})
    assert (refused["type"], "eve" in refused["message"]) == ("refused", True)


def test_a_saved_notebook_shows_tables_without_a_kernel() -> None:
    for widget in (StatementExplorer(royalties.run(LINES, TABLE)), SplitEditor(TABLE)):
        data, _ = widget._repr_mimebundle_()
        assert "&lt;b&gt;" in data["text/html"]
        assert "<b>" not in data["text/html"]
        assert "application/vnd.jupyter.widget-view+json" in data


def test_a_missing_bundle_says_how_to_make_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(splits, "BUNDLE", tmp_path / "splits.js")
    monkeypatch.setattr(statements, "BUNDLE", tmp_path / "statements.js")
    for make in (lambda: SplitEditor(TABLE), lambda: StatementExplorer(royalties.run(LINES, TABLE))):
        with pytest.raises(MaxBoosterError, match="hatch_build"):
            make()


@pytest.mark.parametrize(
    ("shares", "options", "sentence"),
    [
        ([("ada", "99.9999")], {}, "expected 100 % in all, got 99.9999 %"),
        ([("ada", "60"), ("ben", "60")], {"rest_unallocated": True}, "expected 100 % in all, got 120 %"),
        ([("ada", "50"), ("ada", "50")], {}, "got 'ada' twice"),
        ([("", "100")], {}, "recipient: expected"),
        ([("ada", "0"), ("ben", "100")], {}, "more than 0"),
        ([("ada", "33.33333"), ("ben", "66.66667")], {}, "at most 4 decimals"),
        ([("ada", "x")], {}, "expected a decimal number"),
        ([("ada", "100")], {"valid_from": "2026-7"}, "expected a month"),
    ],
)
def test_the_kernel_refuses_what_does_not_add_up(
    shares: list[tuple[str, str]], options: dict[str, Any], sentence: str
) -> None:
    editor = SplitEditor(TABLE)
    before = editor.splits
    with pytest.raises(RoyaltyError, match=sentence.replace("(", r"\(")):
        editor.save("a", shares, **options)
    assert editor.splits.equals(before)
    message = {"type": "save", "shares": [{"recipient": r, "percentage": p} for r, p in shares], **options}
    assert asked(editor, message)["type"] == "refused"


def test_a_message_without_shares_is_refused() -> None:
    assert "reload" in asked(SplitEditor(TABLE), {"type": "save"})["message"]


@given(st.lists(st.tuples(st.text(max_size=3), st.text(alphabet="0123456789.-e", max_size=8)), max_size=4))
def test_any_shares_are_right_or_refused(shares: list[tuple[str, str]]) -> None:
    try:
        check_shares(shares, valid_from="", rest_unallocated=False)
    except MaxBoosterError:
        return
    assert sum(splits.to_ppm(percentage) for _, percentage in shares) == 1_000_000


def test_the_past_stays_as_it_was() -> None:
    editor = SplitEditor(TABLE)
    editor.save("a", [("ada", "100")], valid_from="2026-08")
    editor.save("a", [("ada", "50")], valid_from="2026-07", rest_unallocated=True)
    rows = [tuple(row) for row in editor.splits.to_numpy().tolist()]
    assert rows == [
        ("a", "ada", "70", "", "2026-07"),
        ("a", "<b>", "30", "", "2026-07"),
        ("a", "ada", "50", "2026-07", ""),
    ]


def test_the_catalogue_takes_the_change(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path / "catalogue.sqlite")
    artists = [{"name": "Ada", "role": "MainArtist"}]
    track = {"disc": 1, "number": 1, "isrc": "USABC2600001", "title": "x", "artists": artists, "duration_s": 9.0}
    catalogue.save_release(
        release_from_dict({"upc": "700000000009", "title": "x", "artists": artists, "tracks": [track]})
    )
    catalogue.set_splits("USABC2600001", {"ada": "100"})
    editor = SplitEditor(pd_rows(catalogue), catalogue=catalogue)
    editor.save("USABC2600001", [("ada", "25"), ("ben", "75")], valid_from="2026-08")
    stored = {
        (r["recipient_id"], r["percentage"].rstrip("0").rstrip("."), r["valid_from"], r["valid_to"])
        for r in catalogue.splits()
    }
    assert stored == {("ada", "100", "", "2026-08"), ("ada", "25", "2026-08", ""), ("ben", "75", "2026-08", "")}


def pd_rows(catalogue: Catalogue) -> dict[str, list[str]]:
    rows = catalogue.splits()
    return {name: [row[name] for row in rows] for name in rows[0]}
