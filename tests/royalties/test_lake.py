"""A lake takes each file once, says when files overlap, keeps unknown tracks in suspense, and says what it did."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from maxbooster_kernel import royalties
from maxbooster_kernel.catalogue.release_file import release_from_dict
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties import Known, Lake
from maxbooster_kernel.royalties.import_files import record_imports
from maxbooster_kernel.royalties.manifest import NAME
from tests.royalties.lake_sales import CATALOGUE, DRIVE, FOAM, money, row, sales


def test_a_file_counts_once(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    path = sales(tmp_path, row(), row("0.25", "2026-08"))
    first = lake.add(path)
    assert (first.done, first.record.total) == ("imported", {"USD": "0.75"})
    assert sorted(file.path.split("/")[0] for file in lake.manifest.files) == ["period=2026-07", "period=2026-08"]
    before = (lake.folder / NAME).read_bytes()
    assert lake.add(path).done == "already"
    path.rename(tmp_path / "renamed.tsv")
    assert lake.add(tmp_path / "renamed.tsv").done == "already"
    assert (lake.folder / NAME).read_bytes() == before
    assert money(lake) == {DRIVE.isrc: Decimal("0.75")}


def test_a_corrected_file_supersedes_by_choice(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    lake.add(sales(tmp_path, row("0.5")))
    corrected = sales(tmp_path, row("0.4"), name="corrected.tsv")
    with pytest.raises(RoyaltyError, match=r"has already given distrokid_tsv of 2026-07; .*\[overlap\]"):
        lake.add(corrected)
    assert money(lake) == {DRIVE.isrc: Decimal("0.5")}
    assert lake.add(corrected, supersedes="sales.tsv").done == "superseded"
    assert money(lake) == {DRIVE.isrc: Decimal("0.4")}
    lake.add(sales(tmp_path, row("1"), name="account2.tsv"), beside=True)
    assert money(lake) == {DRIVE.isrc: Decimal("1.4")}
    with pytest.raises(RoyaltyError, match="expected the name or the hash of one import"):
        lake.add(sales(tmp_path, row("2"), name="x.tsv"), supersedes="nothing")
    assert len(lake.clean()) == 1
    assert money(lake) == {DRIVE.isrc: Decimal("1.4")}


def test_unknown_tracks_wait_in_suspense_until_the_catalogue_learns_them(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    rows = (
        row("1"),
        row("2", isrc="USABC2600009", title="Later"),
        row("4", "2026-08", isrc="USABC2600009", title="Later"),
    )
    done = lake.add(sales(tmp_path, *rows), known=CATALOGUE)
    assert done.suspense_rows == 2
    assert money(lake) == {DRIVE.isrc: Decimal(1)}
    [item] = lake.suspense(CATALOGUE).to_pylist()
    assert (item["track_id"], item["title"], item["lines"], item["amount"]) == ("USABC2600009", "Later", 2, Decimal(6))
    assert (item["first_period"], item["last_period"]) == ("2026-07", "2026-08")
    assert lake.release(CATALOGUE) == {}
    learned = [*CATALOGUE, Known(isrc="USABC2600009", title="Later")]
    assert lake.release(learned) == {"USABC2600009": 2}
    assert lake.release(learned) == {}
    assert money(lake) == {DRIVE.isrc: Decimal(1), "USABC2600009": Decimal(6)}
    assert lake.suspense(learned).num_rows == 0


@pytest.mark.parametrize(
    ("cells", "suggestion", "why"),
    [
        ({"isrc": "USABC26OOOO1", "title": "?"}, None, None),
        ({"isrc": "USABC260000I", "title": "?"}, DRIVE.isrc, "the ISRC differs in one place"),
        ({"isrc": "USABC2600010", "title": "?"}, DRIVE.isrc, "the ISRC differs in one place"),
        ({"isrc": "XX1234567890", "title": "Night Drive (Remastered)"}, DRIVE.isrc, "title and artist are alike"),
        (
            {"isrc": "", "upc": "700000000008", "title": "?"},
            DRIVE.isrc,
            "the UPC's check digit is wrong, one digit differs",
        ),
        ({"isrc": "", "upc": "7E+11", "title": "?"}, DRIVE.isrc, "a spreadsheet has rounded this UPC"),
        ({"isrc": "", "upc": "12345678905", "title": "Foam"}, FOAM.isrc, "the UPC has lost its leading zeros"),
        ({"isrc": "", "upc": "012345678905", "title": "Foam"}, FOAM.isrc, "it is on the release with this UPC"),
        ({"isrc": "", "upc": "", "title": "Nigth Drive"}, DRIVE.isrc, "title and artist are alike"),
    ],
)
def test_suspense_comes_with_suggestions(
    tmp_path: Path, cells: dict[str, str], suggestion: str | None, why: str | None
) -> None:
    lake = Lake.open(tmp_path / "lake")
    lake.add(sales(tmp_path, row("3", **cells)), known=CATALOGUE, quarantine=True)
    [item] = lake.suspense(CATALOGUE).to_pylist()
    assert item["suggestion"] == (suggestion or "")
    assert (why or "") in item["why"]
    assert lake.manifest.files == ()
    lake.assign(item["track_id"], DRIVE.isrc)
    assert lake.release(CATALOGUE) == {item["track_id"]: 1}
    assert money(lake) == {DRIVE.isrc: Decimal(3)}
    lake.add(sales(tmp_path, row("5", "2026-09", **cells), name="next.tsv"), known=CATALOGUE, quarantine=True)
    assert money(lake) == {DRIVE.isrc: Decimal(8)}


def test_a_upc_of_one_recording_is_that_recording(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    lake.add(sales(tmp_path, row(isrc="", upc="0700000000009")), known=CATALOGUE)
    assert money(lake) == {DRIVE.isrc: Decimal("0.5")}


def test_damaged_rows_are_kept_apart_with_code_line_and_sentence(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    bad = [
        row("x"),
        row(month="2026-13"),
        row().replace("\t10\t", "\t1.5\t"),
        row().replace("\tUS\t", "\tUS\t\t"),
        row(isrc="", upc="1.2E+11"),
    ]
    done = lake.add(sales(tmp_path, row(), *bad, row("=1+1")), quarantine=True)
    assert done.record.damaged == {
        "bad_amount": 2,
        "bad_month": 1,
        "bad_quantity": 1,
        "bad_columns": 1,
        "mangled_upc": 1,
    }
    text = (lake.folder / done.record.quarantine).read_text()
    assert text.splitlines()[0] == "line,code,column,sentence,row"
    assert [line.split(",")[:2] for line in text.splitlines()[1:]] == [
        ["3", "bad_amount"],
        ["4", "bad_month"],
        ["5", "bad_quantity"],
        ["6", "bad_columns"],
        ["7", "mangled_upc"],
        ["8", "bad_amount"],
    ]
    assert money(lake) == {DRIVE.isrc: Decimal("0.5")}


def test_rounding_is_booked_in_the_lake(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    done = lake.add(
        sales(tmp_path, *[row("0.0000000004", f"2026-{month:02d}") for month in range(1, 13)]), known=CATALOGUE
    )
    assert done.record.rounding == {"USD": "0.000000005"}
    assert money(lake) == {DRIVE.isrc: Decimal(0), "ROUNDING": Decimal("0.000000005")}


def test_a_lake_tells_what_is_damaged(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    lake.add(sales(tmp_path, row(), row(isrc="USABC2600009")), known=CATALOGUE)
    (lake.folder / lake.manifest.files[0].path).write_bytes(b"PAR1 and no more")
    (lake.folder / lake.manifest.suspense[0].path).unlink()
    assert [problem.code for problem in lake.check()] == ["lake_file_changed", "lake_file_missing"]
    with pytest.raises(RoyaltyError, match="there is no file"):
        lake.suspense(CATALOGUE)
    for text in (
        "{",
        "[]",
        '{"format": "maxbooster-lake", "version": 2}',
        '{"format": "maxbooster-lake", "version": 1}',
    ):
        (lake.folder / NAME).write_text(text)
        with pytest.raises(RoyaltyError):
            lake.manifest  # noqa: B018 - reading it is the test


def test_the_catalogue_records_what_was_imported(tmp_path: Path) -> None:
    from sqlalchemy import select

    from maxbooster_kernel.catalogue.models_money import ImportFile

    catalogue = Catalogue.open(tmp_path / "catalogue.sqlite")
    lake = Lake.open(tmp_path / "lake")
    lake.add(sales(tmp_path, row()))
    assert record_imports(catalogue, lake.manifest) == 1
    assert record_imports(catalogue, lake.manifest) == 0
    lake.add(sales(tmp_path, row("0.7"), name="b.tsv"), supersedes="sales.tsv")
    assert record_imports(catalogue, lake.manifest) == 1
    with catalogue.session() as session:
        rows = {
            one.name: (one.rows, one.totals["total"], bool(one.totals["superseded_by"]))
            for one in session.scalars(select(ImportFile))
        }
    assert rows == {"sales.tsv": (1, {"USD": "0.5"}, True), "b.tsv": (1, {"USD": "0.7"}, False)}


def test_the_catalogue_gives_its_recordings(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path / "catalogue.sqlite")
    track = {
        "disc": 1,
        "number": 1,
        "isrc": DRIVE.isrc,
        "title": DRIVE.title,
        "artists": [{"name": "Ada Vale", "role": "MainArtist"}],
        "duration_s": 200.0,
        "file": "a.flac",
    }
    release = {"upc": "700000000009", "title": "Night Drive", "artists": track["artists"], "tracks": [track]}
    catalogue.save_release(release_from_dict(release))
    assert royalties.catalogue_tracks(catalogue) == [DRIVE]


def test_the_commands_tell_what_they_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalogue, lake = str(tmp_path / "catalogue.sqlite"), str(tmp_path / "lake")
    artists = [{"name": "Ada Vale", "role": "MainArtist"}]
    track = {"disc": 1, "number": 1, "isrc": DRIVE.isrc, "title": DRIVE.title, "artists": artists, "duration_s": 200.0}
    release = {
        "upc": "700000000009",
        "title": "Night Drive",
        "artists": artists,
        "tracks": [{**track, "file": "a.flac"}],
    }
    Catalogue.open(catalogue).save_release(release_from_dict(release))
    path = str(sales(tmp_path, row(), row("2", isrc="USABC260000I")))
    add = ["royalties", "import", path, "--lake", lake, "--catalogue", catalogue]
    assert run([*add, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["suspense_rows"] == 1
    assert run(add) == 0
    assert "has already been imported as sales.tsv" in capsys.readouterr().err
    assert run(["royalties", "suspense", lake, "--catalogue", catalogue]) == 0
    assert "the ISRC differs in one place" in capsys.readouterr().out
    decide = ["royalties", "suspense", lake, "--catalogue", catalogue, "--assign", f"USABC260000I={DRIVE.isrc}"]
    assert run([*decide, "--release", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == []
    assert "released 1 lines of USABC260000I" in captured.err
    assert money(Lake.open(lake)) == {DRIVE.isrc: Decimal("2.5")}
    assert run(["royalties", "import", path]) == 2
    other = str(sales(tmp_path, row("9"), name="b.tsv"))
    assert run(["royalties", "import", other, "--lake", lake]) == 1
    assert "[overlap]" in capsys.readouterr().err


def test_a_currency_that_nobody_names_is_said_and_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, lake, out = tmp_path / "fuga.csv", str(tmp_path / "lake"), tmp_path / "out"
    file.write_text(
        f"Reporting Month,Digital Service Provider,ISRC Code,UPC Code,Net Amount\n2026-07,x,{DRIVE.isrc},,1.5\n"
    )
    assert run(["royalties", "import", str(file), "--lake", lake]) == 0
    assert "assumed: currency USD, as nobody has said it; say it with --currency" in capsys.readouterr().err
    assert Lake.open(lake).manifest.imports[0].assumed == ("currency USD",)
    splits, rates = tmp_path / "splits.csv", tmp_path / "rates.csv"
    splits.write_text(f"track_id,recipient_id,percentage\n{DRIVE.isrc},ada,100\n")
    paid = ["royalties", "run", "--lines", lake, "--splits", str(splits), "--out", str(out)]
    assert run(paid) == 0
    assert "assumed: currency USD (fuga.csv)" in capsys.readouterr().err
    assert json.loads((out / "summary.json").read_text())["assumed"] == ["currency USD (fuga.csv)"]
    lines = tmp_path / "lines.csv"
    lines.write_text(f"track_id,platform,country,streams,period\n{DRIVE.isrc},spotify,US,1000,2026-07\n")
    rates.write_text("platform,period,rate\nspotify,,0.004\n")
    priced = [
        "royalties",
        "run",
        "--lines",
        str(lines),
        "--splits",
        str(splits),
        "--out",
        str(out),
        "--force",
        "--json",
    ]
    for more, assumed in (
        ([], None),
        (["--rates", str(rates)], ["currency USD (of the rates)"]),
        (["--rates", str(rates), "--currency", "USD"], None),
    ):
        assert run([*priced, *more]) == 0
        assert json.loads(capsys.readouterr().out).get("assumed") == assumed


def test_a_refused_file_leaves_no_lake(tmp_path, capsys):
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert run(["royalties", "import", str(tmp_path / "notes.csv"), "--lake", str(tmp_path / "lake")]) == 1
    assert "no known sales format" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.csv"]
    (tmp_path / "lake").mkdir()
    assert run(["royalties", "import", str(tmp_path / "notes.csv"), "--lake", str(tmp_path / "lake")]) == 1
    assert (tmp_path / "lake").is_dir()  # what was there stays
