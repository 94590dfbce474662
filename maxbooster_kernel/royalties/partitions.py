"""Write lines into Parquet files by period, in bounded memory, under names that do not count yet."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from maxbooster_kernel.royalties.importer import lines_schema, parquet_writer
from maxbooster_kernel.royalties.manifest import LakeFile, sync_folder
from maxbooster_kernel.royalties.tables import whole_numbers

BUFFERED_ROWS = 1 << 19
"""How many rows wait in memory, over all periods, before the fullest period is written."""
SUSPENSE = "suspense"
SUSPENSE_COLUMNS = ("line", "isrc", "upc", "title", "artist")


def suspense_schema() -> Any:
    """Return the Arrow schema of lines in suspense: normal lines, where they stood, and what they said."""
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    more = [("line", pa.int64()), *((name, text) for name in SUSPENSE_COLUMNS[1:])]
    return pa.schema([*lines_schema(), *(pa.field(name, kind) for name, kind in more)])


class PartitionWriter:
    """Files by period (or ``suspense``) in a temporary folder of the lake, until they are :meth:`placed`."""

    def __init__(self, lake: Path, *, source: str = "") -> None:
        self.lake = lake
        self.source = source
        self._folder = lake / f".import-{os.getpid()}-{id(self):x}"
        self._waiting: dict[str, list[Any]] = {}
        self._rows: dict[str, int] = {}
        self._writers: dict[str, Any] = {}
        self._sums: dict[str, tuple[int, int, dict[str, int]]] = {}

    def __enter__(self) -> Self:
        self._new = not self.lake.exists()
        self._folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        if error is not None and self._new:  # nothing half made is left
            with suppress(OSError):  # unless another import has put something there
                self.lake.rmdir()

    def add(self, table: Any) -> None:
        """Add normal lines; each goes to its period."""
        column = table.column("period").combine_chunks()
        names = column.dictionary.to_pylist()
        codes = whole_numbers(column.indices)
        short = codes.astype(np.int16) if len(names) < 1 << 15 else codes  # these sort in one pass
        order = np.argsort(short, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
        import pyarrow as pa

        sorted_table = table if len(names) == 1 else table.take(pa.array(order))
        for place, name in enumerate(names):
            if edges[place + 1] > edges[place]:
                self._put(name, sorted_table.slice(edges[place], edges[place + 1] - edges[place]))

    def add_suspense(self, table: Any) -> None:
        """Add lines that are kept in suspense."""
        self._put(SUSPENSE, table)

    def placed(self, sha256: str, *, suffix: str = "") -> tuple[list[LakeFile], list[LakeFile]]:
        """Give the files their names in the lake; return those that count and those in suspense, for the manifest."""
        for name in list(self._waiting):
            self._flush(name)
        files: list[LakeFile] = []
        suspense: list[LakeFile] = []
        for name in sorted(self._writers):
            self._writers.pop(name).close()
            path = self._folder / f"{name}.parquet"
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())
            folder = SUSPENSE if name == SUSPENSE else f"period={name}/source={self.source}"
            place = f"{folder}/part-{sha256[:16]}{suffix}.parquet"
            target = self.lake / place
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            sync_folder(target.parent)
            rows, streams, nanos = self._sums[name]
            done = LakeFile(
                path=place,
                sha256=digest,
                rows=rows,
                streams=streams,
                nanos=nanos,
                period="" if name == SUSPENSE else name,
                source=self.source,
                from_sha256=sha256,
            )
            (suspense if name == SUSPENSE else files).append(done)
        return files, suspense

    def _put(self, name: str, table: Any) -> None:
        rows, streams, nanos = self._sums.get(name, (0, 0, {}))
        more_rows, more_streams, more_nanos = totals(table)
        merged = {code: nanos.get(code, 0) + more_nanos.get(code, 0) for code in {**nanos, **more_nanos}}
        self._sums[name] = rows + more_rows, streams + more_streams, merged
        self._waiting.setdefault(name, []).append(table)
        self._rows[name] = self._rows.get(name, 0) + table.num_rows
        while sum(self._rows.values()) > BUFFERED_ROWS:
            self._flush(max(self._rows, key=lambda key: self._rows[key]))

    def _flush(self, name: str) -> None:
        import pyarrow as pa

        schema = suspense_schema() if name == SUSPENSE else lines_schema().remove(4)
        tables = [table.select(schema.names).cast(schema) for table in self._waiting.pop(name)]
        self._rows.pop(name)
        if name not in self._writers:
            self._writers[name] = parquet_writer(self._folder / f"{name}.parquet", schema)
        self._writers[name].write_table(pa.concat_tables(tables).unify_dictionaries().combine_chunks())


def totals(table: Any) -> tuple[int, int, dict[str, int]]:
    """Return rows, streams and nanos by currency of some lines."""
    streams = whole_numbers(_one(table.column("streams")))
    amount, currency = _one(table.column("amount")), _one(table.column("currency"))
    words = np.frombuffer(amount.buffers()[1], np.int64).reshape(-1, 2)[amount.offset : amount.offset + len(amount), 0]
    codes = whole_numbers(currency.indices)
    names = currency.dictionary.to_pylist()
    nanos: dict[str, int] = {}
    for code in np.unique(codes).tolist():
        nanos[names[code]] = nanos.get(names[code], 0) + exact_sum(words[codes == code])
    return table.num_rows, exact_sum(streams), nanos


def exact_sum(values: Any) -> int:
    """Return the sum of int64 values as a Python integer, whatever its size."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def add_totals(files: Iterable[LakeFile]) -> tuple[int, int, dict[str, int]]:
    """Return rows, streams and nanos by currency of some files, as the manifest has them."""
    rows = streams = 0
    nanos: dict[str, int] = {}
    for file in files:
        rows, streams = rows + file.rows, streams + file.streams
        for code, value in file.nanos.items():
            nanos[code] = nanos.get(code, 0) + value
    return rows, streams, nanos


def _one(column: Any) -> Any:
    return column.combine_chunks().chunk(0) if hasattr(column.combine_chunks(), "chunk") else column.combine_chunks()
