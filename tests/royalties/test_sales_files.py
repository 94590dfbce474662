"""The headers of real sales files, Parquet, and files that are damaged in every way we know."""

from __future__ import annotations

import csv
import gzip
import io
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel import royalties
from maxbooster_kernel.errors import FloatMoneyError, MaxBoosterError, RoyaltyError
from maxbooster_kernel.royalties.blocks import SalesFile
from maxbooster_kernel.royalties.numbers import mangled, read_month, read_number
from maxbooster_kernel.royalties.template import read_template

HEADERS = {
    "distrokid_tsv": (
        "Reporting Date, Sale Month, Store, Artist, Title, ISRC, UPC, Quantity, Team Percentage, Song/Album, "
        "Country of Sale, Songwriter Royalties Withheld, Earnings (USD)"
    ),
    "distrokid": (
        "Date Inserted, Reporting Date, Sale Month, Store, Artist, Title, ISRC, UPC, Quantity, Team "
        "Percentage, Source Type, Country of Sale, Songwriter Royalties Withheld (USD), Earnings (USD), "
        "Recoup (USD)"
    ),
    "tunecore": (
        "Sales Period, Posted Date, Store Name, Country of Sale, Artist, Release Type, Release Title, Song "
        "Title, Label, UPC, Optional UPC, TC Song ID, Optional ISRC, Sales Type, # Units Sold, Per Unit "
        "Price, Net Sales, Net Sales Currency, Exchange Rate, Total Earned, Currency"
    ),
    "believe": (
        "Reporting month, Sales Month, Platform, Country / Region, Label Name, Artist Name, Release title, "
        "Track title, UPC, ISRC, Release Catalog nb, Streaming Subscription Type, Release type, Sales Type, "
        "Quantity, Client Payment Currency, Unit Price, Mechanical Fee, Gross Revenue, Client share rate, Net "
        "Revenue"
    ),
    "apple_s1": (
        "Start Date, End Date, UPC, ISRC/ISBN, Vendor Identifier, Quantity, Partner Share, Extended Partner "
        "Share, Partner Share Currency, Sales or Return, Apple Identifier, Artist/Show/Developer/Author, "
        "Title, Label/Studio/Network/Developer/Publisher, Grid, Product Type Identifier, ISAN/Other "
        "Identifier, Country Of Sale, Pre-order Flag, Promo Code, Customer Price, Customer Currency"
    ),
    "youtube": (
        "Adjustment Type, Country, Day, Video ID, Video Channel ID, Asset ID, Asset Channel ID, Asset Title, "
        "Asset Labels, Asset Type, Custom ID, ISRC, UPC, GRID, Artist, Album, Label, Claim Type, Content "
        "Type, Offer, Owned Views, Monetized Views : Audio, Monetized Views : Audio Visual, Monetized Views, "
        "YouTube Revenue Split, Partner Revenue : Pro Rata, Partner Revenue : Per Sub Min, Partner Revenue"
    ),
    "soundcloud": (
        "Artist(s), Reporting Period, Accounting Period, Partner, Release, Track, ISRC, UPC, Country, Units, "
        "Revenue (USD), Revenue Share (%), Split Pay Share (%)"
    ),
    "fuga": (
        "Reporting Month, Digital Service Provider, Territory, Track Artist, Track Title, ISRC Code, UPC "
        "Code, Units, Net Amount"
    ),
    "orchard": (
        "Period, Digital Store, Country of Sale, Track Artist, Track Title, ISRC, Product UPC, Stream Count, "
        "Label Share Net Receipts"
    ),
    "ascap_us": ("Work Title, Number of Plays, Dollars, Performance Quarter"),
    "ascap_international": ("Work Title, Licensor, $ Amount, Revenue Class Description, Performance Quarter"),
}
"""The header rows as they are seen in public (facts on sales files)."""
CELLS = {
    "Sale Month": "2026-07", "Sales Period": "2026-07-01", "Sales Month": "2026/07", "Start Date": "07/01/2026",
    "Day": "2026-07-15", "Reporting Period": "Jul 2026", "Reporting Month": "Jul-26", "Period": "2026-07",
    "Performance Quarter": "3Q2026", "ISRC": "US-ABC-26-00001", "Optional ISRC": "USABC2600001",
    "ISRC/ISBN": "USABC2600001", "ISRC Code": "USABC2600001", "Client Payment Currency": "EUR", "Currency": "EUR",
    "Partner Share Currency": "EUR", "Sales or Return": "S", "Work Title": "Night Drive",
}  # fmt: skip
AMOUNTS = {
    *("Earnings (USD)", "Total Earned", "Net Revenue", "Extended Partner Share", "Partner Revenue", "Revenue (USD)"),
    *("Net Amount", "Label Share Net Receipts", "Dollars", "$ Amount"),
}
COUNTS = {"Quantity", "# Units Sold", "Owned Views", "Units", "Stream Count", "Number of Plays"}


def sheet(kind: str, *rows: dict[str, str], delimiter: str = ",") -> str:
    header = HEADERS[kind].split(", ")
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    for row in rows or ({},):
        known = {**CELLS, **dict.fromkeys(AMOUNTS, "1.25"), **dict.fromkeys(COUNTS, "1,200"), **row}
        writer.writerow([known.get(name, "") for name in header])
    return out.getvalue()


def imported(
    folder: Path, content: str | bytes, **options: object
) -> tuple[royalties.Imported, list[dict[str, object]]]:
    path = folder / "sales"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = royalties.import_sales(path, folder / "lines.parquet", force=True, **options)
    return done, pq.read_table(folder / "lines.parquet").to_pylist()


@pytest.mark.parametrize("kind", HEADERS)
@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_each_header_of_the_facts_is_read(tmp_path: Path, kind: str, delimiter: str) -> None:
    quarter = kind.startswith("ascap")
    row = dict.fromkeys(COUNTS, "1200") if delimiter == ";" else {}
    done, [line] = imported(tmp_path, sheet(kind, row, delimiter=delimiter))
    assert done.source == kind
    assert line["amount"] == Decimal("1.25")
    assert line["period"] == ("2026-09" if quarter else "2026-07")
    assert line["track_id"] == ("TITLE: / Night Drive" if quarter else "USABC2600001")
    assert line["streams"] == (0 if kind == "ascap_international" else 1200)
    euros = {"tunecore", "believe", "apple_s1"}
    assert line["currency"] == ("EUR" if kind in euros else "USD")
    assert done.assumed == (("currency USD",) if kind in {"youtube", "fuga", "orchard"} else ())
    assert imported(tmp_path, sheet(kind, row, delimiter=delimiter), currency="GBP")[0].assumed == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_line_ends_and_packing(tmp_path: Path, encoding: str, ends: str) -> None:
    text = "Bericht für\n\n" + sheet(
        "distrokid", {"Store": "Läden", "Title": 'A "big"\nnight, and day'}, {"Store": "Läden"}
    )
    data = text.replace("\n", ends).encode(encoding)
    for content in (data, gzip.compress(data)):
        done, lines = imported(tmp_path, content)
        assert done.rows == 2
        assert {line["platform"] for line in lines} == {"Läden"}


def test_a_cut_off_package_is_refused(tmp_path: Path) -> None:
    data = gzip.compress(sheet("distrokid", *[{}] * 500).encode())
    with pytest.raises(RoyaltyError, match="cannot be unpacked"):
        imported(tmp_path, data[:-30])


def test_quoted_rows_across_blocks_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"Title": f'"{number}"\nsecond line, with comma' * 3, "Earnings (USD)": f"0.{number:04d}"}
        for number in range(1, 300)
    ]
    monkeypatch.setattr(SalesFile.__init__, "__kwdefaults__", {"block_bytes": 700, "progress": None})
    done, lines = imported(tmp_path, sheet("distrokid", *rows))
    assert done.rows == 299
    assert [line["amount"] for line in lines] == [Decimal(row["Earnings (USD)"]) for row in rows]


def test_an_open_quote_is_refused_at_its_line(tmp_path: Path) -> None:
    text = sheet("distrokid", *[dict.fromkeys(COUNTS, "12")] * 5).splitlines(keepends=True)
    text[3] = '"' + text[3]
    with pytest.raises(RoyaltyError, match=r"line 4: a quote is opened and never closed"):
        imported(tmp_path, "".join(text))


@pytest.mark.parametrize(
    ("kind", "cells", "code"),
    [
        ("distrokid", {"Sale Month": "2026-13"}, "bad_month"),
        ("distrokid", {"Quantity": "1.5"}, "bad_quantity"),
        ("distrokid", {"Earnings (USD)": "1.2.3"}, "bad_amount"),
        ("distrokid", {"Earnings (USD)": ""}, "bad_amount"),
        ("distrokid", {"Earnings (USD)": "nan"}, "bad_amount"),
        ("distrokid", {"Earnings (USD)": "0.1234567890123456789"}, "bad_amount"),
        ("distrokid", {"UPC": "1.23457E+11"}, "mangled_upc"),
        ("distrokid", {"UPC": "12345678905.0"}, "mangled_upc"),
        ("distrokid", {"ISRC": "1.2E+11"}, "mangled_isrc"),
        ("believe", {"Client Payment Currency": "EURO"}, "bad_currency"),
        ("believe", {"Client Payment Currency": ""}, "bad_currency"),
        ("apple_s1", {"Sales or Return": "R"}, "bad_sign"),
    ],
)
def test_every_damage_has_its_code_line_and_sentence(
    tmp_path: Path, kind: str, cells: dict[str, str], code: str
) -> None:
    text = sheet(kind, {}, cells, {})
    with pytest.raises(RoyaltyError, match=rf"sales, line 3, column .*: expected .*, got .*\[{code}\]"):
        imported(tmp_path, text)
    assert not (tmp_path / "lines.parquet").exists()
    done, lines = imported(tmp_path, text, quarantine=tmp_path / "bad.csv")
    kept = code == "mangled_upc"  # the ISRC beside it is sound
    assert done.damaged == ({} if kept else {code: 1})
    assert len(lines) == (3 if kept else 2)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "bad.csv").read_text())))
    assert [(row["line"], row["code"]) for row in rows] == ([] if kept else [("3", code)])


def test_quarantined_rows_are_safe_in_a_spreadsheet(tmp_path: Path) -> None:
    text = sheet("distrokid", {"Date Inserted": "=cmd()", "Earnings (USD)": "@SUM(A1)"})
    imported(tmp_path, text, quarantine=tmp_path / "bad.csv")
    [row] = csv.DictReader(io.StringIO((tmp_path / "bad.csv").read_text()))
    assert row["row"].startswith("'=cmd()")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_commas_that_mean_either_are_refused_until_somebody_says(tmp_path: Path) -> None:
    text = sheet("believe", {"Net Revenue": "1,234", "Quantity": "10"}, delimiter=";")
    with pytest.raises(RoyaltyError, match=r"say whether a comma or a point .*\[ambiguous_number\]"):
        imported(tmp_path, text)
    assert imported(tmp_path, text, decimal="comma")[0].total == {"EUR": "1.234"}
    assert imported(tmp_path, text, decimal="point")[0].total == {"EUR": "1234.0"}


def test_apples_totals_must_be_its_rows(tmp_path: Path) -> None:
    text = sheet("apple_s1", {"Quantity": "2"}, {"Quantity": "3"}, delimiter="\t")
    done, _ = imported(tmp_path, text + "Total_Rows\t2\nTotal_Amount\t2.50\nTotal_Units\t5\n")
    assert (done.rows, done.streams) == (2, 5)
    for wrong in ("Total_Rows\t3\n", "Total_Amount\t2.51\n", "Total_Units\t4\n", "Total_Rows\tx\n"):
        with pytest.raises(RoyaltyError, match="control_total"):
            imported(tmp_path, text + wrong)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = sheet("distrokid").replace("Recoup (USD)", "Earnings (USD)")
    with pytest.raises(RoyaltyError, match="stands 2 times"):
        imported(tmp_path, text)


@pytest.mark.parametrize("kind", ["text", "decimal", "float", "corrupt"])
def test_sales_saved_as_parquet(tmp_path: Path, kind: str) -> None:
    header = HEADERS["distrokid"].split(", ")
    columns = {name: [CELLS.get(name, "")] * 3 for name in header} | {"Quantity": [1, 2, 3]}
    amounts = {"text": ["0.1"] * 3, "decimal": [Decimal("0.1")] * 3, "float": [0.1] * 3, "corrupt": ["0.1"] * 3}
    pq.write_table(pa.table({**columns, "Earnings (USD)": amounts[kind]}), tmp_path / "s")
    data = bytearray((tmp_path / "s").read_bytes())
    if kind == "corrupt":
        data[20:200] = b"\0" * 180
    if kind in ("text", "decimal"):
        assert imported(tmp_path, bytes(data))[0].total == {"USD": "0.3"}
        return
    error, words = (FloatMoneyError, "float_money") if kind == "float" else (RoyaltyError, "cannot be read")
    with pytest.raises(error, match=words):
        imported(tmp_path, bytes(data))
    assert not (tmp_path / "lines.parquet").exists()


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=6))
def test_any_damage_in_the_middle_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, data: bytes
) -> None:
    text = sheet("tunecore", *[{}] * 12).encode()
    _fuzz(tmp_path_factory, text[:place] + data + text[place + len(data) :])


@given(st.integers(0, 2000), st.binary(min_size=1, max_size=6))
def test_any_damaged_parquet_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, data: bytes
) -> None:
    out = io.BytesIO()
    header = HEADERS["fuga"].split(", ")
    pq.write_table(pa.table({name: [CELLS.get(name, "1")] * 9 for name in header}), out)
    content = out.getvalue()
    place %= len(content)
    _fuzz(tmp_path_factory, content[:place] + data + content[place + len(data) :])


@given(st.text(alphabet="namecolus:{}[]-, 0123'\"\n", max_size=60))
def test_any_template_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "t.yaml"
    path.write_text("columns: {month: M, amount: A}\n" + text)
    try:
        read_template(path)
    except MaxBoosterError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it need not be refused


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none(text: str) -> None:
    number = read_number(text)
    assert number is None or number.is_finite()
    assert read_month(text) is None or len(read_month(text) or "") == 7
    assert mangled(text) in (True, False)


@pytest.mark.parametrize("place", [0, 40, 400])
def test_a_lone_carriage_return_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, place: int) -> None:
    text = sheet("tunecore", *[{}] * 3).encode()
    _fuzz(tmp_path_factory, text[:place] + b"\r" + text[place:])
    _fuzz(tmp_path_factory, text.replace(b"EUR", b'"EUR"\rx"y"'))


def _fuzz(factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = factory.mktemp("fuzz")
    for options in ({}, {"quarantine": folder / "bad.csv"}):
        message = ""
        (folder / "lines.parquet").unlink(missing_ok=True)
        try:
            imported(folder, content, **options)
        except MaxBoosterError as error:
            message = str(error)
        assert "\n" not in message
        assert (folder / "lines.parquet").exists() == (message == "")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", 'q"q', "x,y", "l\nl", "", "=1", "ä"]),
            st.decimals(-5, 5, places=3),
            st.integers(0, 99),
        ),
        min_size=1, max_size=40,
    ),
    st.integers(60, 400),
)  # fmt: skip
def test_rows_and_blocks_of_any_shape_add_up(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, Decimal, int]], block: int
) -> None:
    folder = tmp_path_factory.mktemp("shape")
    path = folder / "s.csv"
    cells = [{"Title": t, "Store": t, "Earnings (USD)": str(a), "Quantity": str(n)} for t, a, n in rows]
    path.write_text(sheet("distrokid", *cells), encoding="utf-8", newline="")
    before = SalesFile.__init__.__kwdefaults__
    SalesFile.__init__.__kwdefaults__ = {**before, "block_bytes": block}
    try:
        done = royalties.import_sales(path, folder / "lines.parquet")
    finally:
        SalesFile.__init__.__kwdefaults__ = before
    assert done.rows == len(rows)
    assert Decimal(done.total["USD"]) == sum(a for _, a, _ in rows)
    assert done.streams == sum(n for _, _, n in rows)
    lines = pq.read_table(folder / "lines.parquet").to_pylist()
    assert [line["platform"] for line in lines] == [t.strip() for t, _, _ in rows]


@pytest.mark.parametrize(
    ("encoding", "data", "platform"),
    [
        ("latin-1", "Ã¤ und ä".encode("latin-1"), "Ã¤ und ä"),
        ("utf-16", "Läden".encode("utf-16-le"), "Läden"),
        ("utf-8", "Läden".encode(), "Läden"),
        ("utf-8", "Läden".encode("latin-1"), None),
    ],
)
def test_a_template_says_which_encoding(tmp_path: Path, encoding: str, data: bytes, platform: str | None) -> None:
    (tmp_path / "t.yaml").write_text(f"columns: {{month: M, platform: P, amount: A}}\nencoding: {encoding}\n")
    wide = "utf-16-le" if encoding == "utf-16" else "ascii"
    content = "M,P,A\n2026-07,".encode(wide) + data + ",1\n".encode(wide)
    if platform is None:
        with pytest.raises(RoyaltyError, match="mixed_encodings"):
            imported(tmp_path, content, template=tmp_path / "t.yaml")
    else:
        assert imported(tmp_path, content, template=tmp_path / "t.yaml")[1][0]["platform"] == platform


def test_a_template_says_how_a_file_is_laid_out(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        "name: ditto\ncurrency: SEK\nheader_row: 3\ndelimiter: '|'\nvalues: {Spot: spotify}\ntrailers: {Sum: amount}\n"
        "columns: {month: M, platform: Shop, amount: A, title: T}\n"
    )
    text = "x\ny|z\nM|Shop|A|T\n2026-07|Spot|1.5|Night\n2026-07|Other|2|\nSum|3.5\n"
    done, lines = imported(tmp_path, text, template=tmp_path / "t.yaml")
    assert done.total == {"SEK": "3.5"}
    assert [(line["platform"], line["track_id"]) for line in lines] == [
        ("spotify", "TITLE: / Night"),
        ("Other", "UPC:"),
    ]
    for bad in (
        "name: 5",
        "header_row: 0x",
        "delimiter: '&'",
        "trailers: {Sum: money}",
        "values: {1: x}",
        "columns: []",
    ):
        (tmp_path / "bad.yaml").write_text("columns: {month: M, amount: A}\n" + bad + "\n")
        with pytest.raises(RoyaltyError, match="template"):
            read_template(tmp_path / "bad.yaml")
