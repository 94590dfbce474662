"""The same nanos from the local kernels and from databases through one Ibis expression."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from maxbooster_kernel import royalties
from maxbooster_kernel.errors import MoneyError, RoyaltyError
from maxbooster_kernel.royalties.warehouse import DIALECTS
from tests.conftest import REQUIRED, missing

ibis = pytest.importorskip("ibis")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")

SPLITS = pd.DataFrame(
    {
        "track_id": ["t1", "t1", "t2", "t3"],
        "recipient_id": ["ada", "ben", "ada", "cy"],
        "percentage": ["33.3333", "66.6667", "12.5", "150"],
    }
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    count = 3000
    return pd.DataFrame(
        {
            "track_id": rng.choice(["t1", "t2", "t3", "t4"], count),
            "platform": rng.choice(["spotify", "appleMusic", "amazonMusic", "tidal"], count),
            "country": rng.choice(["US", "GB", "UK", "DE", None], count),
            "streams": rng.integers(-(10**6), 10**9, count),
            "period": rng.choice(["2026-01", "2026-02", "2026-14"], count),
        }
    )


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Start Spark on this machine, with PySpark and Debian's Java."""
    sql = pytest.importorskip("pyspark.sql") if not REQUIRED else importlib.import_module("pyspark.sql")
    if not shutil.which("java"):
        missing("no Java: install it (Debian: apt-get install default-jre-headless)")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "512m",
        "spark.sql.ansi.enabled": "false",  # what must be exact even where overflows wrap
        "spark.sql.warehouse.dir": tempfile.mkdtemp(prefix="mbspark"),
    }
    builder = sql.SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield ibis.pyspark.connect(session)
    session.stop()


class Lake:
    """Tables of Spark are Parquet files."""

    def __init__(self, connected: Any, folder: Path) -> None:
        self._connected, self._folder = connected, folder

    def create_table(self, name: str, frame: pd.DataFrame, *, overwrite: bool) -> Any:
        assert overwrite
        path = self._folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
        return self._connected.read_parquet(path)


@pytest.fixture(params=["duckdb", "postgres", "spark"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "spark":
        yield Lake(request.getfixturevalue("spark"), tmp_path)
        return
    if request.param == "duckdb":
        connected = ibis.duckdb.connect()
    else:
        pytest.importorskip("psycopg")
        connected = ibis.connect(request.getfixturevalue("postgres").replace("postgresql+psycopg", "postgres"))
    yield connected
    connected.disconnect()


def test_databases_give_the_same_nanos(connection: Any, frame: pd.DataFrame, independent: Any) -> None:
    lines = connection.create_table("royalty_lines", frame, overwrite=True)
    there = royalties.run(lines, SPLITS, country_alias={"GB": "UK"})
    here = royalties.run(frame, SPLITS, country_alias={"GB": "UK"})
    for name in ("tracks", "payouts", "breakdown", "unallocated", "errors", "statements"):
        assert independent.rows(there, name) == independent.rows(here, name), name
    assert there.summary()["rejected"] == here.summary()["rejected"]
    assert there.summary()["totals"] == here.summary()["totals"]


def test_every_rule_gives_the_same_on_a_database(frame: pd.DataFrame, independent: Any) -> None:
    connected = ibis.duckdb.connect()
    rules: dict[str, Any] = {
        "eligibility": {"spotify": royalties.min_streams_12m(150_000_000_000)},
        "escalations": pd.DataFrame(
            {"track_id": ["t2"], "recipient_id": ["ada"], "from_streams": ["90000000000"], "percentage": ["20"]}
        ),
        "contracts": pd.DataFrame({"track_id": ["t1"], "type": ["profit_share"]}),
        "costs": pd.DataFrame({"period": ["2026-01"], "contract_id": ["t1"], "amount": ["12345.678"]}),
        "exchange": pd.DataFrame({"currency": ["USD"], "to": ["EUR"], "rate": ["0.91"], "source": ["ECB"]}),
        "pay_in": {"ada": "EUR"},
    }
    there = royalties.run(connected.create_table("royalty_lines", frame), SPLITS, **rules)
    here = royalties.run(frame, SPLITS, **rules)
    for name in ("tracks", "payouts", "unallocated", "statements", "ineligible", "recoveries", "conversions"):
        assert here.arrow(name).num_rows, name
        assert independent.rows(there, name) == independent.rows(here, name), name
    assert str(there.explain("ada", "2026-02")) == str(here.explain("ada", "2026-02"))
    connected.disconnect()


def test_sums_beyond_64_bits_are_exact(connection: Any) -> None:
    streams = [4 * 10**9] * 4
    frame = pd.DataFrame(
        {"track_id": "t1", "platform": "spotify", "country": "US", "streams": streams, "period": "2026-01"}
    )
    lines = connection.create_table("large_lines", frame, overwrite=True)
    result = royalties.run(lines, SPLITS, {"spotify": "1"})
    assert result.tracks["earnings"][0] == Decimal(16 * 10**9)


def test_a_line_beyond_64_bits_is_refused_not_wrapped(connection: Any) -> None:
    frame = pd.DataFrame(
        {"track_id": ["t1"], "platform": "spotify", "country": "US", "streams": 10**13, "period": "2026-01"}
    )
    lines = connection.create_table("huge_lines", frame, overwrite=True)
    with pytest.raises(RoyaltyError, match="beyond the 64 bits"):
        royalties.run(lines, SPLITS, {"spotify": "1"})


def test_a_price_finer_than_a_nano_is_refused(connection: Any, frame: pd.DataFrame) -> None:
    lines = connection.create_table("fine_lines", frame, overwrite=True)
    with pytest.raises(MoneyError, match="nine decimals"):
        royalties.run(lines, SPLITS, {"spotify": "0.000000001"})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_expression_compiles_without_division_or_floats(dialect: str) -> None:
    sql = royalties.warehouse_sql(dialect, table="sales").upper()
    assert "/" not in sql
    assert "DOUBLE" not in sql
    assert "FLOAT" not in sql
    assert "SUM(" in sql
    assert "SALES" in sql
    print(f"-- {dialect}\n{sql}")


def test_an_unknown_dialect_is_named() -> None:
    with pytest.raises(RoyaltyError, match="'dbase'"):
        royalties.warehouse_sql("dbase")


def test_redshift_runs_the_postgresql_text(postgres: str) -> None:
    """Redshift is not at hand; its text is PostgreSQL's, which runs, read back the same way."""
    import sqlglot

    back = sqlglot.transpile(royalties.warehouse_sql("redshift"), read="redshift", write="postgres")[0]
    connected = ibis.connect(postgres.replace("postgresql+psycopg", "postgres"))
    rows = {"track_id": ["t"], "platform": ["spotify"], "country": ["US"], "streams": [7], "period": ["2026-01"]}
    connected.create_table("royalty_lines", pd.DataFrame(rows), overwrite=True)
    unit = {"platform": ["spotify"], "country": ["US"], "period": ["2026-01"], "unit": [4_000_000]}
    connected.create_table("prices", pd.DataFrame(unit), overwrite=True)
    with connected.raw_sql(back) as cursor:
        assert cursor.fetchall() == [("t", "2026-01", 7, 28_000_000)]
    connected.disconnect()
