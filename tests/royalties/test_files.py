"""Line files of every kind give the same tables; the CSV files and the command keep the contract."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from maxbooster_kernel import royalties
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import OutputExistsError, RoyaltyError

SPLITS = pd.DataFrame(
    {
        "track_id": ["1", "1", "12", "2"],
        "recipient_id": ["ada", "=ben", "ada", 'cy, "the" third'],
        "percentage": ["70", "30", "50", "100"],
        "valid_from": ["", "", "", "2026-02"],
        "valid_to": ["", "", "", ""],
    }
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    count = 5000
    return pd.DataFrame(
        {
            "track_id": rng.choice([1, 2, 12, 3], count),
            "platform": rng.choice(["spotify", "appleMusic", "tidal"], count),
            "country": rng.choice(["US", "UK", "NA", ""], count),
            "streams": rng.integers(-5, 1000, count),
            "period": rng.choice(["2026-01", "2026-02"], count),
        }
    )


def tables(result: royalties.RoyaltyResult, folder: Path) -> dict[str, str]:
    result.write(folder)
    return {path.name: path.read_text() for path in folder.glob("*.csv")}


@pytest.fixture(scope="module")
def expected(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return tables(royalties.run(frame, SPLITS), tmp_path_factory.mktemp("frame"))


@pytest.mark.parametrize("kind", ["csv", "two csv", "parquet", "text parquet", "categories", "arrow", "object"])
def test_every_source_gives_the_same_bytes(
    frame: pd.DataFrame, expected: dict[str, str], tmp_path: Path, kind: str
) -> None:
    lines: object
    if kind == "csv":
        lines = tmp_path / "lines.csv"
        frame.to_csv(lines, index=False)
    elif kind == "two csv":
        lines = [tmp_path / "a.csv", tmp_path / "b.csv"]
        frame[:2000].to_csv(lines[0], index=False)
        frame[2000:].to_csv(lines[1], index=False)
    elif kind == "parquet":
        lines = tmp_path / "lines.parquet"
        frame.to_parquet(lines, row_group_size=700)
    elif kind == "text parquet":
        lines = tmp_path / "lines.parquet"
        frame.astype(str).to_parquet(lines, row_group_size=700)
    elif kind == "categories":
        lines = frame.astype(dict.fromkeys(["track_id", "platform", "country", "period"], "category"))
    elif kind == "arrow":
        lines = pa.table(frame)
    else:
        lines = frame.astype(object)
    assert tables(royalties.run(lines, SPLITS, threads=3), tmp_path / "out") == expected


def test_folders_by_period_give_the_same_money(frame: pd.DataFrame, expected: dict[str, str], tmp_path: Path) -> None:
    pq.write_to_dataset(pa.table(frame), tmp_path / "lake", partition_cols=["period"], max_rows_per_group=900)
    found = tables(royalties.run(tmp_path / "lake", SPLITS, threads=2), tmp_path / "out")
    for name in ("payouts", "tracks", "breakdown", "unallocated", "errors", "statements"):
        assert found[f"{name}.csv"] == expected[f"{name}.csv"], name


def test_csv_files_are_the_contract(expected: dict[str, str]) -> None:
    assert expected["payouts.csv"].startswith("period,recipient_id,currency,amount\n2026-01,'=ben,USD,")
    assert '2026-02,"cy, ""the"" third",USD,' in expected["payouts.csv"]
    headings = {name: text.split("\n", 1)[0] for name, text in expected.items()}
    assert headings["tracks.csv"] == "track_id,period,currency,streams,earnings"
    assert headings["breakdown.csv"] == "track_id,platform,country,period,currency,streams,earnings"
    assert headings["unallocated.csv"] == "track_id,period,currency,amount"
    assert headings["rejected.csv"] == "line,reason"
    assert headings["errors.csv"] == "track_id,period,error"
    assert headings["statements.csv"] == (
        "period,recipient_id,currency,opening,earned,recouped,gross_paid,tax_withheld,net_paid_minor,closing,advance_left"
    )
    rows = list(csv.DictReader(expected["tracks.csv"].splitlines()))
    assert [(row["period"], row["track_id"]) for row in rows] == sorted(
        (row["period"], row["track_id"]) for row in rows
    )
    assert all(len(row["earnings"].split(".")[1]) == 9 for row in rows)


def test_an_empty_file_is_an_empty_run(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text("track_id,platform,country,streams,period\n")
    found = tables(royalties.run(tmp_path / "lines.csv", SPLITS), tmp_path / "out")
    assert all(text.count("\n") == 1 for text in found.values())


def command(tmp_path: Path, *extra: str) -> list[str]:
    SPLITS.to_csv(tmp_path / "splits.csv", index=False)
    return [
        "royalties",
        "run",
        "--lines",
        str(tmp_path / "lines.csv"),
        "--splits",
        str(tmp_path / "splits.csv"),
        *extra,
    ]


def test_the_command_writes_every_table(
    frame: pd.DataFrame, expected: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame.to_csv(tmp_path / "lines.csv", index=False)
    assert run(command(tmp_path, "--out", str(tmp_path / "out"), "--json")) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert {name: (tmp_path / "out" / name).read_text() for name in expected} == expected
    assert summary["rejected"]["unknown_platform"]["lines"] == int((frame["platform"] == "tidal").sum())
    assert run(command(tmp_path, "--out", str(tmp_path / "out"))) == 1
    assert "--force" in capsys.readouterr().err


def test_several_files_may_follow_lines(frame: pd.DataFrame, expected: dict[str, str], tmp_path: Path) -> None:
    frame[:2000].to_csv(tmp_path / "lines.csv", index=False)
    frame[2000:].to_csv(tmp_path / "more.csv", index=False)
    arguments = command(tmp_path, "--out", str(tmp_path / "out"))
    arguments.insert(4, str(tmp_path / "more.csv"))
    assert run(arguments) == 0
    assert (tmp_path / "out" / "rejected.csv").read_text() == expected["rejected.csv"]


HEADER = "track_id,platform,country,streams,period\n"
LINE = "t,spotify,US,1,2026-07\n"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("lines.csv", b"track_id,platform\n1,spotify\n", "country, streams, period missing"),
        ("lines.csv", (HEADER + LINE * 3 + "t,spotify,US,1\n" + LINE).encode(), "Expected 5 columns, got 4"),
        ("lines.csv", (HEADER + LINE).encode("utf-16"), "UTF-8"),
        ("lines.csv", (HEADER + LINE).encode() + b"\xff\xfe,spotify,US,1,2026-07\n", "UTF-8"),
        ("lines.parquet", b"PAR1 and then nothing", "cannot be read"),
        ("lines.csv", b"", "missing"),
    ],
)
def test_an_unreadable_input_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    arguments = [a.replace("lines.csv", name) for a in command(tmp_path, "--out", str(tmp_path / "out"))]
    assert run(arguments) == 1
    message = capsys.readouterr().err
    assert sentence in message
    assert message.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_corrupt_page_in_parquet_is_refused(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "lines.parquet"
    frame.to_parquet(path, row_group_size=1000)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 200] = b"\x00" * 200
    path.write_bytes(data)
    with pytest.raises(RoyaltyError, match="cannot be read"):
        royalties.run(path, SPLITS)


def test_missing_file_and_existing_output(frame: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(RoyaltyError, match="no file"):
        royalties.run(tmp_path / "none.csv", SPLITS)
    result = royalties.run(frame, SPLITS)
    result.write(tmp_path)
    with pytest.raises(OutputExistsError):
        result.write(tmp_path)
    result.write(tmp_path, force=True)


def test_the_run_id_names_the_inputs(frame: pd.DataFrame) -> None:
    first = royalties.run(frame, SPLITS).run_id
    assert royalties.run(frame, SPLITS, threads=1).run_id == first
    assert royalties.run(frame, SPLITS, currency="EUR").run_id != first
    assert royalties.run(frame, SPLITS[1:]).run_id != first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["run", "--lines", "twice.csv", "--splits", "splits.csv", "--out", "out"],
            "lines (twice.csv): the column 'streams' stands twice",
        ),
        (["run", "--lines", "lines.csv", "--splits", ".", "--out", "out"], "splits: . cannot be read: Is a directory"),
        (
            ["run", "--lines", "lines.csv", "--splits", "splits.csv", "--rates", "rates.csv", "--out", "out"],
            "expected 0 or more, got -1",
        ),
        (
            [
                "run",
                "--lines",
                "lines.csv",
                "--splits",
                "splits.csv",
                "--out",
                "out",
                "--publish",
                "--database",
                "x://",
            ],
            "expected SQLite",
        ),
        (["suspense", "nowhere"], "nowhere: there is no lake"),
        (
            ["import", "lines.csv", "--out", "l.parquet", "--template", "no.yaml"],
            "cannot be read: No such file or directory",
        ),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    line = "track_id,platform,country,streams,period\nt,spotify,US,5,2026-07\n"
    Path("lines.csv").write_text(line)
    Path("twice.csv").write_text(line.replace("period\n", "period,streams\n").replace("-07\n", "-07,5\n"))
    Path("splits.csv").write_text("track_id,recipient_id,percentage\nt,ada,100\n")
    Path("rates.csv").write_text("platform,period,rate\nspotify,,-1\n")
    before = sorted(tmp_path.iterdir())
    assert run(["royalties", *words]) == 1
    assert said in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
