"""The sales lag: imported lines say when a sale was accounted for, through files, lakes and tables alike."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxbooster_kernel import royalties
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties import Known, Lake
from maxbooster_kernel.royalties.lag import late, sales_lag
from maxbooster_kernel.royalties.manifest import NAME
from maxbooster_kernel.royalties.periods import month, period

COLUMNS = ["track_id", "platform", "country", "streams", "period", "amount", "currency", "reported"]
DISTROKID = "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\t"
DISTROKID += "Country of Sale\tSongwriter Royalties Withheld\tEarnings (USD)\n"
TEMPLATE = "name: mine\ncurrency: USD\ncolumns: {month: Monat, reported: Bericht, amount: Betrag}\n"


def distrokid(folder: Path, *rows: tuple[str, str, str], name: str = "sales.tsv", isrc: str = "USABC2600001") -> Path:
    lines = [f"{told}\t{sold}\tSpotify\tA\tT\t{isrc}\t\t10\t100\tSong\tUS\t0\t{cash}\n" for told, sold, cash in rows]
    (folder / name).write_text(DISTROKID + "".join(lines))
    return folder / name


def test_a_lake_tells_when_sales_were_accounted_for(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    first = distrokid(tmp_path, ("2026-07-14", "2026-05", "0.75"), ("2026-07-14", "2026-06", "0.1"))
    assert lake.add(first).record.reported == ("2026-07",)
    second = distrokid(tmp_path, ("2026-09-02", "2026-05", "0.25"), ("soon", "2026-06", "0.3"), name="more.tsv")
    lake.add(second, beside=True)
    table = sales_lag(lake.folder)
    assert table.columns.tolist() == ["period", "reported", "lag_months", "streams", "revenue", "share",
                                      "cumulative_share"]  # fmt: skip
    rows = [tuple(None if value is pd.NA else value for value in row) for row in table.itertuples(index=False)]
    assert rows == [
        ("2026-05", "2026-07", 2, 10, Decimal("0.75"), 0.75, 0.75),
        ("2026-05", "2026-09", 4, 10, Decimal("0.25"), 0.25, 1.0),
        ("2026-06", "", None, 10, Decimal("0.3"), pytest.approx(0.75), pytest.approx(0.75)),
        ("2026-06", "2026-07", 1, 10, Decimal("0.1"), pytest.approx(0.25), 1.0),
    ]


def test_lines_keep_their_report_in_suspense(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    lake.add(distrokid(tmp_path, ("2026-07-14", "2026-05", "0.75")), known=[])
    assert lake.manifest.files == ()
    lake.release([Known(isrc="USABC2600001", title="T", artist="A")])
    assert sales_lag(lake.folder)["reported"].tolist() == ["2026-07"]


def test_lakes_written_before_lines_said_it_are_read(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    lake.add(distrokid(tmp_path, ("2026-07-14", "2026-05", "0.75")))
    (file,) = lake.manifest.files
    pq.write_table(
        pq.read_table(lake.folder / file.path, partitioning=None).drop(["reported"]), lake.folder / file.path
    )
    text = (lake.folder / NAME).read_text()
    (lake.folder / NAME).write_text(text.replace('"reported": [\n    "2026-07"\n   ],\n', ""))
    assert lake.manifest.imports[0].reported == ()
    with pytest.raises(RoyaltyError, match="expected imported lines with the columns amount, currency and reported"):
        sales_lag(lake.folder)
    lake.add(distrokid(tmp_path, ("2026-08-14", "2026-06", "0.5"), name="b.tsv"))
    assert sales_lag(lake.folder)["reported"].tolist() == ["", "2026-08"]


@pytest.mark.parametrize(
    ("header", "row", "reported"),
    [
        ("Sales Period,Posted Date,Store Name,TC Song ID,# Units Sold,Total Earned",
         "2026-05,07/15/2026,x,1,1,1", "2026-07"),
        ("Reporting month;Sales Month;Platform;Client share rate;Net Revenue", "2026-07;2026-05;x;1;1", "2026-07"),
        ("Artist(s),Reporting Period,Accounting Period,Partner,Revenue (USD),Split Pay Share (%)",
         "a,2026-05,Jul 2026,SoundCloud,1,100", "2026-07"),
        ("Period,Digital Store,Product UPC,Label Share Net Receipts", "2026-05,x,012345678905,1", ""),
        ("Monat,Bericht,Betrag", "2026-05,2026-07-31,1", "2026-07"),
    ],
    ids=["tunecore", "believe", "soundcloud", "orchard", "template"],
)  # fmt: skip
def test_formats_that_say_it(tmp_path: Path, header: str, row: str, reported: str) -> None:
    (tmp_path / "sales.csv").write_text(f"{header}\n{row}\n")
    (tmp_path / "mine.yaml").write_text(TEMPLATE)
    template = tmp_path / "mine.yaml" if header.startswith("Monat") else None
    done = royalties.import_sales(tmp_path / "sales.csv", tmp_path / "out.parquet", template=template)
    assert done.reported == ((reported,) if reported else ())
    (line,) = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert (line["period"], line["reported"]) == ("2026-05", reported)


cells = st.tuples(st.sampled_from("ab"), st.sampled_from(["spotify", "Tidal"]), st.integers(0, 5), st.integers(-1, 8),
                  st.integers(-10**18, 10**18))  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(cells, min_size=1, max_size=30))
def test_the_table_is_the_sum_of_the_lines(rows: list[tuple[str, str, int, int, int]]) -> None:
    lines = pd.DataFrame(
        [
            (
                track,
                platform,
                "US",
                3,
                period(24300 + when),
                Decimal(nanos).scaleb(-9),
                "USD",
                period(24300 + when + lag),
            )
            for track, platform, when, lag, nanos in rows
        ],
        columns=COLUMNS,
    )
    table = sales_lag(lines, by="platform")
    want: dict[tuple[str, str, str], int] = {}
    for _, platform, when, lag, nanos in rows:
        key = (period(24300 + when), platform, period(24300 + when + lag))
        want[key] = want.get(key, 0) + nanos
    found = table.to_dict("records")
    got = {(row["period"], row["platform"], row["reported"]): int(row["revenue"].scaleb(9)) for row in found}
    assert got == want
    assert all(row["lag_months"] == month(row["reported"]) - month(row["period"]) for row in found)


def test_money_that_comes_late_is_flagged() -> None:
    rows = [("a", "spotify", "US", 1, period(24300 + n), "1.0", "USD", period(24302 + n)) for n in range(6)]
    assert late(pd.DataFrame(rows, columns=COLUMNS)) == []
    rows.append(("a", "spotify", "US", 1, period(24301), "0.5", "USD", period(24310)))
    rows.append(("a", "Tidal", "US", 1, period(24305), "0.5", "USD", period(24304)))
    delayed, early = late(pd.DataFrame(rows, columns=COLUMNS))
    assert (delayed.code, delayed.period, delayed.seen, delayed.usual) == ("lag", period(24301), 9.0, 2.0)
    assert "33% of the month's revenue on spotify (0.500000000)" in delayed.evidence
    assert "9 months later, where 2 are usual" in delayed.evidence
    assert "1 months before it was sold" in early.evidence


def test_inexact_lines_are_refused() -> None:
    line = ("a", "spotify", "US", 1, "2026-13", "1.0", "USD", "2026-07")
    with pytest.raises(RoyaltyError, match="line 0: expected a period, streams and an exact amount"):
        sales_lag(pd.DataFrame([line], columns=COLUMNS))
