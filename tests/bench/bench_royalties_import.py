"""Import of a DistroKid file to exact Parquet lines, beside DuckDB's CSV reader alone on the same file.

python tests/bench/bench_royalties_import.py --lines 1000000
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import numpy as np

HEADER = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\t"
    "Country of Sale\tSongwriter Royalties Withheld\tEarnings (USD)\n"
)
STORES = ["Spotify", "Apple Music", "Amazon Unlimited (Streaming)", "YouTube (Ads)", "Deezer", "Tidal"]


def make(path: Path, lines: int) -> Decimal:
    """Write the file and return the exact sum of its amounts."""
    rng = np.random.default_rng(5)
    units = rng.integers(1, 3_000_000_000_000, lines)
    months, tracks = rng.integers(1, 13, lines), rng.integers(0, 20_000, lines)
    stores, counts = rng.integers(0, len(STORES), lines), rng.integers(1, 5000, lines)
    with path.open("w") as file:
        file.write(HEADER)
        for month, track, store, count, unit in zip(months, tracks, stores, counts, units, strict=True):
            file.write(
                f"2026-09-14\t2026-{month:02d}\t{STORES[store]}\tAda Vale\tSong number {track}\tUSABC26{track:05d}\t"
                f"01234567{track:05d}\t{count}\t100\tSong\tUS\t0\t{unit // 10**12}.{unit % 10**12:012d}\n"
            )
    return Decimal(int(units.sum())).scaleb(-12)


def main() -> None:
    import duckdb

    from maxbooster_kernel import royalties

    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "sales.tsv", Path(folder) / "lines.parquet"
        exact = make(path, options.lines)
        times: dict[str, list[tuple[float, float]]] = {"ours": [], "duckdb": []}
        for _ in range(options.rounds + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            done = royalties.import_sales(path, out, force=True)
            times["ours"].append((time.perf_counter() - wall, time.process_time() - cpu))
            assert Decimal(done.total["USD"]) == exact
            wall, cpu = time.perf_counter(), time.process_time()
            with duckdb.connect() as con:
                con.sql(f"SELECT * FROM read_csv('{path}', delim='\t', all_varchar=true)").to_arrow_table()
            times["duckdb"].append((time.perf_counter() - wall, time.process_time() - cpu))
        ours, theirs = (
            [statistics.median(column) for column in zip(*rounds[1:], strict=True)] for rounds in times.values()
        )
        print(f"{options.lines} lines, {path.stat().st_size / 1e6:.0f} MB, total exact {exact}")
        print(f"import to Parquet {ours[0]:.2f} s (processor {ours[1]:.2f} s)")
        print(f"DuckDB read_csv   {theirs[0]:.2f} s (processor {theirs[1]:.2f} s)")
        print(f"ratio {ours[0] / theirs[0]:.2f} wall, {ours[1] / theirs[1]:.2f} processor")


if __name__ == "__main__":
    main()
