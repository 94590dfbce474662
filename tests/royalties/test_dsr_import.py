"""DDEX sales reports become exact lines: with money or, where they only count uses, lines for the price tables."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel import royalties
from maxbooster_kernel.ddex.dsr import SalesReport, UsageLine, write_dsr
from maxbooster_kernel.errors import MaxBoosterError, RoyaltyError


def imported(folder: Path, content: str | bytes) -> tuple[royalties.Imported, list[dict[str, object]]]:
    path = folder / "report.tsv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = royalties.import_sales(path, folder / "lines.parquet", force=True)
    return done, pq.read_table(folder / "lines.parquet").to_pylist()


SY10 = ["SY10.01", "S1", *[""] * 10, "DE", *[""] * 8, "EUR", *[""] * 15, "3.750000001"]


def sr08(
    amount: str, *, isrc: str = "USABC2600001", uses: str = "100", returns: str = "10", net: str = "90"
) -> list[str]:
    row = [""] * 48
    row[0], row[3], row[13], row[20], row[22], row[24] = (
        "SR08.01",
        "700000000009",
        isrc,
        "Night Drive",
        "Ada Vale",
        "S1",
    )
    row[25], row[26], row[27], row[28], row[46] = "2026-07-03", uses, returns, net, amount
    return row


def dsr(*records: list[str], foot: str = "FOOT") -> str:
    head = [
        "HEAD",
        "dsrf/1.4/1.4/4.3",
        "FinancialReportingToRecordCompaniesProfile",
        "1.4",
        "M1",
        "2026-08-01T00:00:00",
        "1",
        "1",
    ]
    rows = [[*head, "2026-07-01", "2026-07-31", "PADPIDA1", "Store", "Spotify", "PADPIDA2", "Label", ""], *records]
    count = str(len(rows) + 1)
    return "#a heading\n" + "".join("\t".join(row) + "\n" for row in [*rows, [foot, count, count, "1"]])


@pytest.mark.parametrize("foot", ["FOOT", "SRFO"])
def test_a_financial_report_to_record_companies(tmp_path: Path, foot: str) -> None:
    text = dsr(SY10, sr08("1.25"), sr08("2.500000001", isrc="", net=""), foot=foot)
    for content in (text.encode(), text.replace("\n", "\r\n").encode(), gzip.compress(text.encode())):
        done, lines = imported(tmp_path, content)
        assert (done.source, done.total, done.streams) == ("ddex_dsr", {"EUR": "3.750000001"}, 180)
        assert [line["track_id"] for line in lines] == ["USABC2600001", "UPC:700000000009"]
        assert {(line["platform"], line["country"], line["period"]) for line in lines} == {("spotify", "DE", "2026-07")}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (dsr(SY10, sr08("1.25")), "its summary S1 says 3.750000001, its lines add up to 1.25"),
        (dsr(sr08("1")), "expected a summary record before it"),
        (dsr(SY10, sr08("x")), "expected an amount"),
        (dsr(SY10, sr08("1")[:20]), "at least 47 cells"),
        (dsr(SY10, ["SR03.01", *[""] * 40]), "expected sales records SR08, SU03, SU01, SU02, got SR03.01"),
        (dsr(SY10, ["SU04.01", *[""] * 40]), "expected sales records SR08, SU03, SU01, SU02, got SU04.01"),
        (dsr().replace("FOOT\t2", "FOOT\t9"), "the 9 records the FOOT record counts"),
        (dsr().rsplit("FOOT")[0], "expected a FOOT record"),
        (dsr() + "SY10.01\n", "nothing after the FOOT"),
    ],
)
def test_damaged_reports_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(RoyaltyError, match=sentence):
        imported(tmp_path, text)
    assert not (tmp_path / "lines.parquet").exists()


def test_user_generated_content_carries_money(tmp_path: Path) -> None:
    block = [
        ["SY02.03", "S1", *[""] * 4, "BR", "", "", "", "USD"],
        ["AS01.02", "B1", "A1", "D1", "USABC2600001", "Night Drive", "", "Ada Vale"],
        ["SU03.02", "B1", "T1", "S1", "D1", "1000", "0.5"],
    ]
    done, [line] = imported(tmp_path, dsr(*block))
    assert (done.total, line["track_id"], line["streams"], line["country"]) == (
        {"USD": "0.5"},
        "USABC2600001",
        1000,
        "BR",
    )


def test_downloads_are_counted_less_what_came_back(tmp_path: Path) -> None:
    def sold(release: str, resource: str, uses: str, returns: str) -> list[str]:
        return [
            "SU01.02",
            "B1",
            "S1",
            "T1",
            release,
            resource,
            "true",
            "false",
            uses,
            returns,
            "0.99",
            "",
            "PermanentDownload",
        ]

    block = [
        ["SY01.02", "S1", *[""] * 4, "GB", "", "", "", "GBP"],
        ["RE01.02", "B1", "R1", "", "", "", "700000000009", "Night Drive"],
        ["AS01.02", "B1", "A1", "D1", "USABC2600001", "Night Drive", "", "Ada Vale"],
        ["AS01.02", "B1", "A2", "D2", "USABC2600002", "Slow Tide", "", "Ada Vale"],
        sold("R1", "A2", "12", "2"),
        sold("R1", "", "5", ""),
    ]
    done, (track, album) = imported(tmp_path, dsr(*block))
    assert (done.total, done.streams, done.reported) == ({}, 15, ("2026-08",))
    assert (track["track_id"], track["streams"], track["country"]) == ("USABC2600002", 10, "UK")
    assert (album["track_id"], album["streams"], album["period"]) == ("UPC:700000000009", 5, "2026-07")
    with pytest.raises(RoyaltyError, match="expected a recording of block 'B1', got none named 'A9'"):
        imported(tmp_path, dsr(*block[:3], sold("R1", "A9", "1", "")))
    with pytest.raises(RoyaltyError, match="expected counts of uses and returns, got 'x' and '1'"):
        imported(tmp_path, dsr(*block[:3], sold("R1", "A1", "x", "1")))


def test_reports_of_uses_are_priced_by_the_run(tmp_path: Path) -> None:
    usage = [
        UsageLine(upc="700000000009", isrc=f"USABC260000{n}", title="x", artist="y", country="US", streams=500 * n)
        for n in (1, 2)
    ]
    report = SalesReport(
        message_id="M", created="2026-08-01T00:00:00", start="2026-07-01", end="2026-07-31", sender="PADPIDA1",
        sender_name="s", recipient="PADPIDA2", recipient_name="r", service="Spotify", lines=tuple(usage),
    )  # fmt: skip
    done, lines = imported(tmp_path, write_dsr(report))
    assert (done.streams, done.total, sorted(lines[0])) == (
        1500,
        {},
        ["country", "period", "platform", "reported", "streams", "track_id"],
    )
    splits = {"track_id": ["USABC2600001"], "recipient_id": ["ada"], "percentage": ["100"]}
    assert [str(v) for v in royalties.run(tmp_path / "lines.parquet", splits).payouts["amount"]] == ["2.000000000"]
    (tmp_path / "report.tsv").write_text(write_dsr(report))
    with pytest.raises(RoyaltyError, match="carries no money"):
        royalties.Lake.open(tmp_path / "lake").add(tmp_path / "report.tsv")


@given(st.lists(st.lists(st.text(alphabet="HEADFOTSYRU0812.\t ", max_size=8), max_size=50), max_size=5))
def test_any_report_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, records: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    message = ""
    try:
        imported(folder, dsr(SY10, sr08("3.750000001"), *records))
    except MaxBoosterError as error:
        message = str(error)
    assert "\n" not in message
    assert (folder / "lines.parquet").exists() == (message == "")
