"""Where sales lines come from: files, partitioned folders, DataFrames; read in chunks of bounded size.

A chunk is read where it is needed (in a worker thread), in any order; its first line's number is known beforehand,
so that a rejected line can be named. Folders may be partitioned the Hive way (``period=2026-07/part-0.parquet``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.manifest import find_lake
from maxbooster_kernel.royalties.tables import (
    Source,
    arrow_columns,
    csv_header,
    csv_reader,
    is_parquet,
    twice,
    unreadable,
)

CHUNK_LINES = 1 << 20
REQUIRED = ("track_id", "platform", "country", "streams", "period")
MONEY = ("amount", "currency")
EXTRA = ("artist_id",)
FOLDERS = ("platform", "country", "period", "currency")
"""Columns that may be given by folder names instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some lines that can be read: the number of the first one, what its folder says, and how to read it."""

    start: int
    read: Callable[[], Any]
    constants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSource:
    """All sales lines of a run."""

    columns: frozenset[str]
    chunks: Callable[[], Iterator[Chunk]]
    digest: Callable[[], str]
    by_period: bool = False
    """Whether all lines of a period come together, named by their folder."""
    somewhere: frozenset[str] = frozenset()
    """Columns that at least one of the files has."""
    assumed: tuple[str, ...] = ()
    """What imports had to assume as nobody had said it."""

    @property
    def has_money(self) -> bool:
        """Whether the lines carry their own money instead of being priced."""
        return "amount" in self.columns

    def says(self, column: str) -> bool:
        """Return whether some of the lines have a column."""
        return column in self.columns or column in self.somewhere


def open_lines(lines: Source, *, also: tuple[str, ...] = ()) -> LineSource:
    """Return the source of sales lines given as a path, a folder, several of them, or a table in memory.

    Parameters
    ----------
    lines
        Where the lines are.
    also
        Columns to read besides those of a run, from files that have them.

    Raises
    ------
    RoyaltyError
        A path does not exist or cannot be read, or a column is missing.
    """
    if isinstance(lines, str | os.PathLike):
        lines = [lines]
    if isinstance(lines, list | tuple):
        return _open_files([Path(path) for path in lines], also)
    return _open_table(lines, also)


def _check(columns: frozenset[str], where: str) -> None:
    missing = [column for column in REQUIRED if column not in columns]
    if "amount" in columns and "currency" not in columns:
        missing.append("currency")
    if missing:
        raise RoyaltyError(
            f"{where}: expected the columns {', '.join(REQUIRED)} (and amount, currency for imported money), "
            f"got {', '.join(sorted(columns)) or 'none'}; {', '.join(missing)} missing"
        )


def _wanted(columns: frozenset[str], also: tuple[str, ...]) -> list[str]:
    return [column for column in (*REQUIRED, *MONEY, *EXTRA, *also) if column in columns]


def _open_table(source: Source, also: tuple[str, ...]) -> LineSource:
    import pyarrow as pa

    arrays = arrow_columns(source, "lines")
    columns = frozenset(arrays)
    _check(columns, "lines")
    table = pa.table({column: arrays[column] for column in _wanted(columns, also)})

    def chunks() -> Iterator[Chunk]:
        for start in range(0, table.num_rows, CHUNK_LINES):
            yield Chunk(start=start, read=partial(table.slice, start, CHUNK_LINES))

    def digest() -> str:
        hasher = hashlib.sha256()
        for batch in table.to_batches(max_chunksize=CHUNK_LINES):
            hasher.update(batch.serialize())
        return hasher.hexdigest()

    return LineSource(columns=columns, chunks=chunks, digest=digest)


def _open_files(paths: list[Path], also: tuple[str, ...]) -> LineSource:
    files: list[tuple[Path, dict[str, str]]] = []
    assumed: list[str] = []
    for path in paths:
        if path.is_dir():
            lake = find_lake(path)
            named = path.rglob("*.parquet") if lake is None else [path / file.path for file in lake.files]
            for record in lake.imports if lake else ():
                assumed += [f"{what} ({record.name})" for what in record.assumed if not record.superseded_by]
            parts = [(file, _partition(file, path)) for file in named]
            files += sorted(parts, key=lambda part: (part[1].get("period", ""), part[0]))
        elif path.is_file():
            files.append((path, {}))
        else:
            raise RoyaltyError(f"lines: there is no file {path}")
    if not files:
        raise RoyaltyError(f"lines: no Parquet file in {', '.join(map(str, paths))}")
    seen = [_columns(path) | constants.keys() for path, constants in files]
    for (path, _), columns in zip(files, seen, strict=True):
        _check(frozenset(columns), f"lines ({path})")
        if ("amount" in columns) != ("amount" in seen[0]):
            raise RoyaltyError(f"lines ({path}): some files carry amounts and some do not; run them apart")
    stamps = {path: _stamp(path) for path, _ in files}

    def chunks() -> Iterator[Chunk]:
        start = 0
        for path, constants in files:
            if _stamp(path) != stamps[path]:
                raise RoyaltyError(f"lines: {path} changed while it was being read; run again")
            reader = _parquet_chunks if is_parquet(path) else _csv_chunks
            for chunk, count in reader(path, start, constants, also):
                yield chunk
                start += count

    def digest() -> str:
        hasher = hashlib.sha256()
        for path, _ in files:
            with path.open("rb") as file:
                hasher.update(hashlib.file_digest(file, "sha256").digest())
        return hasher.hexdigest()

    return LineSource(
        columns=frozenset.intersection(*map(frozenset, seen)),
        chunks=chunks,
        digest=digest,
        somewhere=frozenset().union(*seen),
        assumed=tuple(assumed),
        by_period=_grouped([constants.get("period") for _, constants in files]),
    )


def _partition(file: Path, root: Path) -> dict[str, str]:
    parts = (part.partition("=") for part in file.relative_to(root).parts[:-1])
    return {key: value for key, equals, value in parts if equals and key in FOLDERS}


def _grouped(values: list[str | None]) -> bool:
    groups = [value for place, value in enumerate(values) if place == 0 or value != values[place - 1]]
    return None not in groups and len(set(groups)) == len(groups)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _columns(path: Path) -> set[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(path).names if is_parquet(path) else csv_header(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise unreadable(path, "lines", error) from None
    if len(set(names)) < len(names):
        raise twice(f"lines ({path})", names)
    return set(names)


def _csv_chunks(
    path: Path, start: int, constants: Mapping[str, str], also: tuple[str, ...]
) -> Iterator[tuple[Chunk, int]]:
    import pyarrow as pa

    try:
        reader = csv_reader(path, columns=(*REQUIRED, *MONEY, *EXTRA, *also), block_bytes=16 << 20)
        for batch in reader:
            table = pa.Table.from_batches([batch])
            yield Chunk(start=start, read=partial(_given, table), constants=constants), batch.num_rows
            start += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if "Empty CSV file" in str(error):
            return
        raise unreadable(path, "lines", error) from None


def _parquet_chunks(
    path: Path, start: int, constants: Mapping[str, str], also: tuple[str, ...]
) -> Iterator[tuple[Chunk, int]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
            names = [name for name in _wanted(frozenset(schema.names), also) if name not in constants]
            texts = [name for name in names if _is_text(schema.field(name).type)]
            counts = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
            if max(counts, default=0) > 4 * CHUNK_LINES:
                for batch in file.iter_batches(CHUNK_LINES, columns=names):
                    table = pa.Table.from_batches([batch])
                    yield Chunk(start=start, read=partial(_given, table), constants=constants), batch.num_rows
                    start += batch.num_rows
                return
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise unreadable(path, "lines", error) from None

    def read(group: int) -> Any:
        try:
            with pq.ParquetFile(path, metadata=metadata, read_dictionary=texts) as file:
                return file.read_row_group(group, columns=names, use_threads=False)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise unreadable(path, "lines", error) from None

    for group, count in enumerate(counts):
        yield Chunk(start=start, read=partial(read, group), constants=constants), count
        start += count


def _given(table: Any) -> Any:
    return table


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
