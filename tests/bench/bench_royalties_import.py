"""Import of a DistroKid file to exact Parquet lines, beside DuckDB's CSV reader alone on the same file.

python tests/bench/bench_royalties_import.py --lines 1000000        speed, interleaved with DuckDB
python tests/bench/bench_royalties_import.py memory --megabytes 3000 peak memory while a file streams in
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np

HEADER = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\t"
    "Country of Sale\tSongwriter Royalties Withheld\tEarnings (USD)\n"
)
STORES = ["Spotify", "Apple Music", "Amazon Unlimited (Streaming)", "YouTube (Ads)", "Deezer", "Tidal"]


def make(path: Path, lines: int, copies: int = 1) -> Decimal:
    """Write the file, the same lines ``copies`` times, and return the exact sum of its amounts."""
    rng = np.random.default_rng(5)
    units = rng.integers(1, 3_000_000_000_000, lines)
    months, tracks = rng.integers(1, 13, lines), rng.integers(0, 20_000, lines)
    stores, counts = rng.integers(0, len(STORES), lines), rng.integers(1, 5000, lines)
    rows = [
        f"2026-09-14\t2026-{month:02d}\t{STORES[store]}\tAda Vale\tSong number {track}\tUSABC26{track:05d}\t"
        f"01234567{track:05d}\t{count}\t100\tSong\tUS\t0\t{unit // 10**12}.{unit % 10**12:012d}\n"
        for month, track, store, count, unit in zip(months, tracks, stores, counts, units, strict=True)
    ]
    text = "".join(rows).encode()
    with path.open("wb") as file:
        file.write(HEADER.encode())
        for _ in range(copies):
            file.write(text)
    return Decimal(int(units.sum())).scaleb(-12) * copies


def speed(lines: int, rounds: int, folder: Path) -> None:
    """Time import to one file, import to a lake, and DuckDB's reader, interleaved."""
    import duckdb

    from maxbooster_kernel import royalties

    path, out = folder / "sales.tsv", folder / "lines.parquet"
    exact = make(path, lines)

    def single() -> None:
        done = royalties.import_sales(path, out, force=True)
        assert Decimal(done.total["USD"]) == exact

    def lake(number: list[int] = []) -> None:  # noqa: B006 - counts the calls
        number.append(0)
        done = royalties.Lake.open(folder / f"lake{len(number)}").add(path)
        assert Decimal(done.record.total["USD"]) == exact

    def reader() -> None:
        with duckdb.connect() as con:
            con.sql(f"SELECT * FROM read_csv('{path}', delim='\t', all_varchar=true)").to_arrow_table()

    tasks: dict[str, Callable[[], None]] = {
        "import to Parquet": single,
        "import to a lake": lake,
        "DuckDB read_csv": reader,
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
    for _ in range(rounds + 1):
        for name, task in tasks.items():
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            task()
            times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    medians = {n: [statistics.median(c) for c in zip(*rows[1:], strict=True)] for n, rows in times.items()}
    wall, cpu = medians["DuckDB read_csv"]
    print(f"{lines} lines, {path.stat().st_size / 1e6:.0f} MB, total exact {exact}")
    for name, (own_wall, own_cpu) in medians.items():
        ratios = f"ratio {own_wall / wall:.2f} wall, {own_cpu / cpu:.2f} processor"
        print(f"{name:18} {own_wall:.2f} s, processor {own_cpu:.2f} s; {ratios}")


def memory(megabytes: int, folder: Path) -> None:
    """Import a large file to a lake and print the peak memory at each tenth of it."""
    from maxbooster_kernel import royalties

    path = folder / "sales.tsv"
    copies = max(1, round(megabytes / 118.9))
    with multiprocessing.get_context("spawn").Pool(1) as other:  # so that its memory is not counted
        exact = other.apply(make, (path, 1_000_000, copies))
    size, shown = path.stat().st_size, [0]
    before = rss()
    start = time.perf_counter()

    def progress(read: int) -> None:
        if read * 10 // size > shown[0]:
            shown[0] = read * 10 // size
            print(
                f"{read / 1e6:8.0f} MB read, {rss():5.0f} MiB resident, {time.perf_counter() - start:6.1f} s",
                flush=True,
            )

    done = royalties.Lake.open(folder / "lake").add(path, progress=progress)
    took = time.perf_counter() - start
    assert Decimal(done.record.total["USD"]) == exact
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size / 1e9:.2f} GB, {copies} million lines, exact; {took:.1f} s, {size / 1e6 / took:.0f} MB/s")
    print(f"resident {before:.0f} MiB before, peak {peak:.0f} MiB")


def rss() -> float:
    """Return this process's resident memory in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="?", choices=("speed", "memory"), default="speed")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=3000)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.what == "speed":
            speed(options.lines, options.rounds, Path(folder))
        else:
            memory(options.megabytes, Path(folder))


if __name__ == "__main__":
    main()
