"""Sales files of every built-in format become exact lines; damaged ones are refused with row and column."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel import royalties
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import MaxBoosterError, OutputExistsError, RoyaltyError
from maxbooster_kernel.royalties.formats import FORMATS, SalesFormat, recognise
from maxbooster_kernel.royalties.numbers import read_month, read_number

DISTROKID = [
    *("Date Inserted", "Reporting Date", "Sale Month", "Store", "Artist", "Title", "ISRC", "UPC", "Quantity"),
    *("Team Percentage", "Source Type", "Country of Sale", "Songwriter Royalties Withheld (USD)"),
    *("Earnings (USD)", "Recoup (USD)"),
]
CELLS = {"month": "2026-07", "platform": "Spotify", "country": "GB", "isrc": "US-ABC-26-00001", "upc": "012345678905"}


def file_of(form: SalesFormat, rows: list[dict[str, str]], delimiter: str = ",") -> str:
    """Return a file of a format; a row gives cells by role."""
    header = sorted({*form.fingerprint, *form.columns.values()})
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    for row in rows:
        cells = {form.columns[role]: text for role, text in row.items() if role in form.columns}
        writer.writerow([cells.get(name, "x") for name in header])
    return out.getvalue()


def distrokid(*rows: tuple[str, str], **cells: str) -> str:
    form = next(form for form in FORMATS if form.name == "distrokid")
    return file_of(form, [{**CELLS, "quantity": quantity, "amount": amount, **cells} for quantity, amount in rows])


def lines_of(path: Path) -> list[dict[str, object]]:
    return pq.read_table(path).to_pylist()


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_every_format_is_recognised_and_read(form: SalesFormat, tmp_path: Path) -> None:
    row = {**CELLS, "quantity": "1,200", "amount": "3.50", "currency": "EUR"}
    refund = {**row, "quantity": "-2", "amount": "(1.25)"}
    (tmp_path / "sales").write_text(file_of(form, [row, refund], "\t"))
    done = royalties.import_sales(tmp_path / "sales", tmp_path / "lines.parquet")
    assert done.source == form.name
    code = "EUR" if "currency" in form.columns else "USD"
    assert done.total == {code: "2.25"}
    first = lines_of(tmp_path / "lines.parquet")[0]
    assert first["track_id"] == "USABC2600001"
    assert first["platform"] == (form.platform or "spotify")
    assert first["country"] == ("UK" if "country" in form.columns else "")
    assert first["streams"] == (1200 if "quantity" in form.columns else 0)
    assert (first["period"], first["amount"], first["currency"]) == ("2026-07", Decimal("3.5"), code)


def test_the_newer_distrokid_header_is_its_own() -> None:
    form = recognise(DISTROKID)
    assert form is not None
    assert form.name == "distrokid"


def test_amounts_finer_than_a_nano_lose_nothing(tmp_path: Path) -> None:
    amounts = ["0.0000000014", "0.0000000015", "0.0000000025", "0.00000000049", "-0.0000000005", "0.123456789012345678"]
    (tmp_path / "s.csv").write_text(distrokid(*[("1", amount) for amount in amounts] * 100))
    done = royalties.import_sales(tmp_path / "s.csv", tmp_path / "lines.parquet")
    exact = sum(map(Decimal, amounts * 100))
    assert Decimal(done.total["USD"]) == exact
    total = sum(row["amount"] for row in lines_of(tmp_path / "lines.parquet"))
    assert abs(total - exact) <= Decimal("5e-10")
    assert lines_of(tmp_path / "lines.parquet")[-1]["platform"] == "rounding"
    assert done.rounding == {"USD": "0.000000040"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_and_preambles(tmp_path: Path, encoding: str) -> None:
    text = "Report of Müller\r\n\r\n" + distrokid(("10", "0.05"), platform="Läden")
    (tmp_path / "s.csv").write_bytes(text.encode(encoding))
    royalties.import_sales(tmp_path / "s.csv", tmp_path / "lines.parquet")
    assert lines_of(tmp_path / "lines.parquet")[0]["platform"] == "Läden"


def test_mixed_encodings_are_refused(tmp_path: Path) -> None:
    good, bad = (
        distrokid(("1", "1"), platform="Läden"),
        distrokid(("1", "1"), platform="Läden").splitlines(keepends=True)[1],
    )
    (tmp_path / "s.csv").write_bytes(good.encode() + bad.encode("latin-1"))
    with pytest.raises(RoyaltyError, match="line 3: the file mixes UTF-8"):
        royalties.import_sales(tmp_path / "s.csv", tmp_path / "lines.parquet")


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"upc": "1.23457E+11"}, "line 3, column UPC: expected a UPC .* spreadsheet"),
        ({"month": "2026-13"}, "column Sale Month: expected a month"),
        ({"amount": "abc"}, "column Earnings"),
        ({"amount": ""}, "column Earnings"),
        ({"amount": "NaN"}, "column Earnings"),
        ({"quantity": "1.5"}, "column Quantity: expected a whole number"),
    ],
)
def test_damaged_cells_are_refused_with_their_place(tmp_path: Path, cells: dict[str, str], sentence: str) -> None:
    form = next(form for form in FORMATS if form.name == "distrokid")
    good = {**CELLS, "quantity": "1", "amount": "0.1"}
    (tmp_path / "s.csv").write_text(file_of(form, [good, {**good, **cells}]))
    with pytest.raises(RoyaltyError, match=sentence):
        royalties.import_sales(tmp_path / "s.csv", tmp_path / "lines.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]


def test_a_wrong_column_count_in_the_middle_is_refused(tmp_path: Path) -> None:
    text = distrokid(*[("1", "0.1")] * 5).splitlines(keepends=True)
    text[3] = text[3].rsplit(",", 1)[0] + "\n"
    (tmp_path / "s.csv").write_text("".join(text))
    with pytest.raises(
        RoyaltyError, match=r"line 4: expected a cell for every column of the header, got 12 of 13 \[bad_columns\]"
    ):
        royalties.import_sales(tmp_path / "s.csv", tmp_path / "lines.parquet")


@pytest.mark.parametrize(("count", "fine"), [(2, True), (3, False)])
def test_apples_trailer_counts_the_rows(tmp_path: Path, count: int, fine: bool) -> None:
    form = next(form for form in FORMATS if form.name == "apple_s1")
    row = {**CELLS, "month": "07/01/2026", "quantity": "5", "amount": "0.5", "currency": "USD"}
    (tmp_path / "s.txt").write_text(file_of(form, [row, row], "\t") + f"Total_Rows\t{count}\n")
    if fine:
        assert royalties.import_sales(tmp_path / "s.txt", tmp_path / "lines.parquet").rows == 2
    else:
        with pytest.raises(RoyaltyError, match="line 4: its last lines say 3 rows, it has 2"):
            royalties.import_sales(tmp_path / "s.txt", tmp_path / "lines.parquet")


def test_a_template_describes_any_file(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        "name: amuse\ncurrency: EUR\ndecimal_comma: true\n"
        "columns: {month: Monat, platform: Laden, quantity: Menge, amount: Betrag, isrc: ISRC}\n"
    )
    (tmp_path / "s.csv").write_text("Monat;Laden;Menge;Betrag;ISRC\n2026-07;Deezer;1.200;1.234,56;\n")
    done = royalties.import_sales(tmp_path / "s.csv", tmp_path / "lines.parquet", template=tmp_path / "t.yaml")
    assert (done.source, done.total, done.without_isrc) == ("amuse", {"EUR": "1234.56"}, 1)
    (tmp_path / "bad.yaml").write_text("columns: {moon: x}")
    with pytest.raises(RoyaltyError, match="expected columns"):
        royalties.import_sales(tmp_path / "s.csv", tmp_path / "l.parquet", template=tmp_path / "bad.yaml")


def test_the_command_and_the_run_after_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.csv").write_text(
        distrokid(("10", "0.05"), ("3", "0.02")) + distrokid(("1", "1"), isrc="").split("\n")[1]
    )
    arguments = ["royalties", "import", str(tmp_path / "s.csv"), "--out", str(tmp_path / "lines.parquet")]
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == {"USD": "1.07"}
    assert run(arguments) == 1
    (tmp_path / "splits.csv").write_text("track_id,recipient_id,percentage\nUSABC2600001,ada,100\n")
    result = royalties.run(tmp_path / "lines.parquet", tmp_path / "splits.csv")
    assert [str(value) for value in result.payouts["amount"]] == ["0.070000000"]
    assert result.unallocated["track_id"].tolist() == ["UPC:012345678905"]
    with pytest.raises(OutputExistsError):
        royalties.import_sales(tmp_path / "s.csv", tmp_path / "lines.parquet")


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(distrokid(*[(str(i), f"0.0{i}1") for i in range(50)]))
    for name in ("a", "b"):
        royalties.import_sales(tmp_path / "s.csv", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**6), max_value=10**6))
def test_numbers_as_people_write_them(value: Decimal) -> None:
    assert read_number(f"{value:,f}") == value
    assert read_number(f" {value:f} ") == value
    assert read_number(f"{value:,f}".translate(str.maketrans(",.", ".,")), decimal_comma=True) == value


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "s.csv").write_bytes(distrokid(("1", "0.1")).encode() + data)
    message = ""
    try:
        royalties.import_sales(folder / "s.csv", folder / "lines.parquet")
    except MaxBoosterError as error:
        message = str(error)
    assert "\n" not in message
    assert (folder / "lines.parquet").exists() == (message == "")


@given(st.text(max_size=20))
def test_any_text_is_a_month_or_none(text: str) -> None:
    found = read_month(text)
    assert found is None or len(found) == 7
