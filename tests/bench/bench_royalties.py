"""The royalty run over a lake of Parquet, beside an Arrow decode and DuckDB SQL doing the same.

    python tests/bench/bench_royalties.py lake --lines 150000000 --folder /tmp/lake
    python tests/bench/bench_royalties.py frame --lines 10000000

Every contender runs in its own process, one after the other, several rounds; ratios are of medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

PLATFORMS = ["spotify", "appleMusic", "amazonMusic", "youtubeMusic"]
COUNTRIES = ["US", "UK", "CA", "IN", "BR", "DE", "FR", "JP", "MX", "ES", "IT", "NL", "SE", "AU", "KR", "NO"]
PERIODS = [f"{2024 + i // 12}-{i % 12 + 1:02d}" for i in range(24)]


class Clock:
    """Wall time, and processor time of all threads: the second hardly depends on what else the machine does."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        self._wall, self._cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu

    def measured(self) -> dict[str, Any]:
        return {"seconds": self._wall, "cpu": self._cpu}


def columns(count: int, tracks: int, seed: int) -> dict[str, Any]:
    """Return random lines of one period as NumPy columns."""
    rng = np.random.default_rng(seed)
    return {
        "track_id": (tracks * rng.random(count, np.float32) ** 2).astype(np.int32) % tracks,
        "platform": rng.choice(4, count, p=[0.5, 0.25, 0.15, 0.1]).astype(np.int8),
        "country": rng.integers(0, len(COUNTRIES), count, np.int8),
        "streams": (rng.pareto(1.2, count) * 20 + 1).clip(0, 2e6).astype(np.int32),
    }


def make_lake(folder: Path, lines: int, tracks: int) -> None:
    """Write the lake, unless it is there."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if (folder / f"made-{lines}-{tracks}").exists():
        return
    for number, period in enumerate(PERIODS):
        part = folder / f"period={period}"
        part.mkdir(parents=True, exist_ok=True)
        data = columns(lines // len(PERIODS), tracks, number)
        table = pa.table(
            {
                "track_id": data["track_id"],
                "platform": pa.DictionaryArray.from_arrays(data["platform"].astype(np.int32), PLATFORMS),
                "country": pa.DictionaryArray.from_arrays(data["country"].astype(np.int32), COUNTRIES),
                "streams": data["streams"],
            }
        )
        pq.write_table(
            table, part / "part-0.parquet", compression="zstd", row_group_size=1 << 20,
            use_dictionary=["platform", "country"],
        )  # fmt: skip
    (folder / f"made-{lines}-{tracks}").touch()


def make_splits(path: Path, tracks: int) -> None:
    """Write three splits a track."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)
    people = [f"r{n:05d}" for n in range(20_000)]
    percent = np.array(["70", "20", "10", "33.3333", "33.3334", "12.5"])
    kinds = np.where(rng.random(tracks)[:, None] < 0.5, [[0, 1, 2]], [[3, 3, 4]])
    table = pa.table(
        {
            "track_id": np.repeat(np.arange(tracks, dtype=np.int32), 3),
            "recipient_id": pa.array(people).take(pa.array(rng.integers(0, len(people), 3 * tracks))),
            "percentage": pa.array(percent).take(pa.array(kinds.ravel())),
        }
    )
    pq.write_table(table, path)


def contender_maxbooster(folder: Path, splits: Path) -> dict[str, Any]:
    import pyarrow.compute as pc
    import pyarrow.parquet  # noqa: F401 - loaded before the clock runs

    from maxbooster_kernel import royalties

    royalties.run({name: [] for name in ("track_id", "platform", "country", "streams", "period")}, splits)
    clock = Clock()
    result = royalties.run(folder, splits)
    payouts, statements = result.arrow("payouts"), result.arrow("statements")
    clock.stop()
    total = int(pc.sum(payouts["amount"]).as_py().scaleb(9))
    return {**clock.measured(), "payouts": str(total), "rows": payouts.num_rows + statements.num_rows}


def contender_arrow(folder: Path, splits: Path) -> dict[str, Any]:
    """Decode the same columns with the same row groups in as many threads; nothing else."""
    import os

    import pyarrow.parquet as pq

    clock = Clock()
    jobs = []
    for path in sorted(folder.rglob("*.parquet")):
        metadata = pq.read_metadata(path)
        jobs += [(path, metadata, group) for group in range(metadata.num_row_groups)]

    def decode(job: Any) -> int:
        path, metadata, group = job
        with pq.ParquetFile(path, metadata=metadata) as file:
            names = ["track_id", "platform", "country", "streams"]
            return file.read_row_group(group, columns=names, use_threads=False).num_rows

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = sum(pool.map(decode, jobs))
    clock.stop()
    return {**clock.measured(), "rows": rows}


def contender_duckdb(folder: Path, splits: Path) -> dict[str, Any]:
    """Do the same in SQL: exact nanos, splits by largest remainder, payouts by period and recipient."""
    import duckdb

    from maxbooster_kernel.royalties import price_book
    from maxbooster_kernel.royalties.rates import unit_price

    book = price_book()
    prices = [(p, c, unit_price(book.rate(p, 24318), book.multiplier(c))) for p in PLATFORMS for c in COUNTRIES]
    clock = Clock()
    con = duckdb.connect()
    con.execute("CREATE TABLE prices (platform VARCHAR, country VARCHAR, unit BIGINT)")
    con.executemany("INSERT INTO prices VALUES (?, ?, ?)", prices)
    query = f"""
    WITH pools AS (
        SELECT period, track_id, sum(streams::BIGINT * unit) AS nanos
        FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true, hive_types = {{'period': VARCHAR}})
        JOIN prices USING (platform, country) GROUP BY period, track_id
    ), shares AS (
        SELECT track_id, recipient_id, (percentage::DECIMAL(9, 4) * 10000)::BIGINT AS ppm,
               row_number() OVER (PARTITION BY track_id) AS place FROM read_parquet('{splits}')
    ), parts AS (
        SELECT period, track_id, recipient_id, place, nanos, nanos * ppm // 1000000 AS q, nanos * ppm % 1000000 AS rest
        FROM pools JOIN shares USING (track_id)
    ), ranked AS (
        SELECT *, nanos - sum(q) OVER one AS spare,
               row_number() OVER (PARTITION BY period, track_id ORDER BY rest DESC, place) AS rank
        FROM parts WINDOW one AS (PARTITION BY period, track_id)
    )
    SELECT period, recipient_id, sum(q + CASE WHEN rank <= spare THEN 1 ELSE 0 END) AS nanos
    FROM ranked GROUP BY ALL ORDER BY ALL
    """
    rows = con.execute(query).fetchall()
    clock.stop()
    return {**clock.measured(), "payouts": str(sum(int(row[2]) for row in rows)), "rows": len(rows)}


def make_frame(lines: int, tracks: int) -> Any:
    """Return lines as a pandas DataFrame with text platforms, countries and periods."""
    import pandas as pd
    import pyarrow as pa

    data = columns(lines, tracks, 3)
    periods = np.random.default_rng(4).integers(0, 12, lines).astype(np.int8)
    text = {
        "platform": pa.array(PLATFORMS).take(pa.array(data["platform"])),
        "country": pa.array(COUNTRIES).take(pa.array(data["country"])),
        "period": pa.array(PERIODS[:12]).take(pa.array(periods)),
    }
    frame = pd.DataFrame({"track_id": data["track_id"], "streams": data["streams"]})
    for name, values in text.items():
        frame[name] = pd.Series(values, dtype="str")
    return frame


RATES = {"spotify": 0.004, "appleMusic": 0.0062, "amazonMusic": 0.0088, "youtubeMusic": 0.0048}
FACTORS = {"US": 1.0, "UK": 0.95, "CA": 0.90, "IN": 0.30, "BR": 0.35}


def frame_maxbooster(frame: Any, splits: Path) -> Any:
    from maxbooster_kernel import royalties

    return royalties.run(frame, splits).payouts


def frame_pandas(frame: Any, splits: Path) -> Any:
    import pandas as pd

    earned = frame["streams"] * frame["platform"].map(RATES) * frame["country"].map(FACTORS).fillna(0.5)
    pools = earned.groupby([frame["period"], frame["track_id"]]).sum().rename("amount").reset_index()
    parts = pools.merge(pd.read_parquet(splits), on="track_id")
    parts["amount"] *= parts["percentage"].astype(float) / 100
    return parts.groupby(["period", "recipient_id"])["amount"].sum()


def frame_polars(frame: Any, splits: Path) -> Any:
    """Start from Polars' own DataFrame, converted before the clock runs."""
    import polars as pl

    rates = pl.DataFrame({"platform": list(RATES), "rate": list(RATES.values())})
    factors = pl.DataFrame({"country": list(FACTORS), "factor": list(FACTORS.values())})
    lines = frame.lazy().join(rates.lazy(), on="platform").join(factors.lazy(), on="country", how="left")
    earned = lines.with_columns(amount=pl.col("streams") * pl.col("rate") * pl.col("factor").fill_null(0.5))
    pools = earned.group_by("period", "track_id").agg(pl.col("amount").sum())
    parts = pools.join(pl.scan_parquet(splits), on="track_id").with_columns(
        part=pl.col("amount") * pl.col("percentage").cast(pl.Float64) / 100
    )
    return parts.group_by("period", "recipient_id").agg(pl.col("part").sum()).collect()


def frame_round(name: str, lines: int, tracks: int, splits: Path) -> dict[str, Any]:
    frame = make_frame(lines, tracks)
    if name == "polars":
        import polars as pl

        frame = pl.from_pandas(frame)
    work = {"maxbooster": frame_maxbooster, "pandas": frame_pandas, "polars": frame_polars}[name]
    work(frame[:1000], splits)  # imports and compiled code are loaded before the clock runs
    clock = Clock()
    work(frame, splits)
    clock.stop()
    return clock.measured()


def child(arguments: list[str]) -> dict[str, Any]:
    """Run one contender in a process of its own and return what it measured, with its peak memory."""
    output = subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True)
    return json.loads(output.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["lake", "frame"])
    parser.add_argument("--lines", type=int, default=15_000_000)
    parser.add_argument("--tracks", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/maxbooster-lake"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], help="contenders to leave out")
    parser.add_argument("--contender")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    splits = options.folder / f"splits-{options.tracks}.pq"
    lake = options.folder / f"lake-{options.lines}"
    if options.contender:
        if options.what == "frame":
            measured = frame_round(options.contender, options.lines, options.tracks, splits)
        else:
            measured = globals()[f"contender_{options.contender}"](lake, splits)
        peak = next(row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmHWM"))
        print(json.dumps({**measured, "peak_mib": int(peak.split()[1]) / 1024}))
        return
    make_splits(splits, options.tracks)
    if options.what == "lake":
        make_lake(lake, options.lines, options.tracks)
    names = ["arrow", "maxbooster", "duckdb"] if options.what == "lake" else ["maxbooster", "polars", "pandas"]
    names = [name for name in names if name not in options.without]
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            rounds[name].append(child([*sys.argv[1:], "--contender", name]))
    medians = {name: statistics.median(r["seconds"] for r in rounds[name]) for name in names}
    cpu = {name: statistics.median(r["cpu"] for r in rounds[name]) for name in names}
    for name in names:
        first, ratio = rounds[name][0], medians[name] / medians["maxbooster"]
        times = " ".join(f"{r['seconds']:.2f}" for r in rounds[name])
        print(
            f"{name:12s} median {medians[name]:7.2f} s ({times})  {ratio:6.2f} x ours  "
            f"processor {cpu[name]:7.2f} s, {cpu[name] / cpu['maxbooster']:6.2f} x ours  "
            f"peak {max(r['peak_mib'] for r in rounds[name]):.0f} MiB  {first.get('payouts', '')}"
        )


if __name__ == "__main__":
    main()
