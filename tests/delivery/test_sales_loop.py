"""What the practice store reports is paid out: the lesson's loop, from the delivery to a payout, nothing outside."""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from maxbooster_kernel.cli.main import run
from maxbooster_kernel.delivery.deliver import deliver
from maxbooster_kernel.delivery.sandbox import SandboxStore
from maxbooster_kernel.royalties import run as run_royalties
from maxbooster_kernel.royalties.importer import import_sales

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
SPLITS = (
    "track_id,recipient_id,percentage,valid_from,valid_to\n"
    "USABC2600001,ada,60,2020-01,\nUSABC2600001,ben,40,2020-01,\nUSABC2600002,ada,100,2020-01,\n"
)


@pytest.fixture
def reports(release, journal, tmp_path):
    """Deliver, have it published, and return what the store reports: the CSV and the sales report of DDEX."""
    store = SandboxStore(tmp_path / "store")
    store.prepare()
    deliver(release, to=store.inbox, journal=journal, now=NOW)
    (receipt,) = store.process(now=NOW)
    assert receipt.accepted
    (tmp_path / "splits.csv").write_text(SPLITS)
    return store.report("2026-12", streams=50_000, seed=3)


def streams_of(path):
    return sum(int(row["streams"]) for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_the_csv_is_paid_out_to_the_nano(reports, tmp_path):
    result = run_royalties(reports[0], tmp_path / "splits.csv")
    paid = {row.recipient_id: Decimal(row.amount) for row in result.payouts.itertuples()}
    earned = sum(Decimal(row.earnings) for row in result.tracks.itertuples())
    assert set(paid) == {"ada", "ben"}
    assert sum(paid.values()) == earned > 0
    assert sum(int(row.streams) for row in result.tracks.itertuples()) == streams_of(reports[0])


def test_the_sales_report_is_imported_and_pays_the_same(reports, tmp_path):
    lines = tmp_path / "lines.parquet"
    found = import_sales(reports[1], lines)
    assert found.streams == streams_of(reports[0])
    assert found.without_isrc == 0
    table = pq.read_table(lines).to_pydict()
    assert set(table["track_id"]) == {"USABC2600001", "USABC2600002"}
    assert set(table["period"]) == {"2026-12"}
    (platform,) = set(table["platform"])
    (tmp_path / "rates.csv").write_text(f"platform,period,rate\n{platform},,0.004\n")
    result = run_royalties(lines, tmp_path / "splits.csv", rates=tmp_path / "rates.csv")
    assert list(result.rejected.itertuples()) == []
    assert sum(int(row.streams) for row in result.tracks.itertuples()) == found.streams
    assert sum(Decimal(row.amount) for row in result.payouts.itertuples()) > 0


def test_the_same_on_the_command_line(reports, tmp_path, capsys):
    out = tmp_path / "out"
    splits = str(tmp_path / "splits.csv")
    assert run(["royalties", "run", "--lines", str(reports[0]), "--splits", splits, "--out", str(out)]) == 0
    capsys.readouterr()
    assert (out / "payouts.csv").is_file()
    assert run(["sandbox", str(reports[0].parent.parent), "--report", "2027-01", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
