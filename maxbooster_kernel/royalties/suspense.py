"""Lines in suspense: money whose recording is not known, what it might be, and how it gets out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from maxbooster_kernel.money import from_nanos
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.royalties.encode import to_amounts
from maxbooster_kernel.royalties.importer import lines_schema
from maxbooster_kernel.royalties.manifest import LakeFile, Manifest
from maxbooster_kernel.royalties.match import Index
from maxbooster_kernel.royalties.normal import Identity
from maxbooster_kernel.royalties.partitions import SUSPENSE_COLUMNS, PartitionWriter, exact_sum, suspense_schema
from maxbooster_kernel.royalties.tables import unreadable

MOST_SUGGESTED = 5000
"""How many tracks in suspense come with a suggestion, the ones with the most money."""
NOBODY = Identity(isrc="", upc="", title="", artist="")


def with_identities(table: Any, tracks: Mapping[str, Identity], lines: Any) -> Any:
    """Return lines with where they stood in their file and what it said about their tracks."""
    import pyarrow as pa

    column = table.column("track_id").combine_chunks()
    names = column.dictionary.to_pylist()
    for field in SUSPENSE_COLUMNS:
        if field == "line":
            table = table.append_column(field, lines)
            continue
        values = [getattr(tracks.get(name, NOBODY), field) for name in names]
        places = {value: place for place, value in enumerate(dict.fromkeys(values))}
        codes = np.array([places[value] for value in values], np.int32)[column.indices.to_numpy()]
        table = table.append_column(field, pa.DictionaryArray.from_arrays(codes, pa.array(list(places), pa.string())))
    return table


def read_lines(folder: Path, file: LakeFile) -> Iterator[Any]:
    """Yield the lines of one of the lake's files, row group by row group; the period of its folder is a column.

    Raises
    ------
    RoyaltyError
        It is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / file.path
    try:
        with pq.ParquetFile(path) as data:
            schema = suspense_schema() if "line" in data.schema_arrow.names else lines_schema()
            for group in range(data.num_row_groups):
                table = data.read_row_group(group)
                if file.period:
                    table = table.append_column("period", pa.repeat(file.period, table.num_rows))
                if "reported" not in table.column_names:  # written before lines had it
                    table = table.append_column("reported", pa.repeat("", table.num_rows))
                yield table.select(schema.names).cast(schema)
    except (pa.ArrowException, OSError, KeyError, UnicodeDecodeError) as error:
        raise unreadable(path, "lake", error if not isinstance(error, KeyError) else ValueError(str(error))) from None


def suspended(folder: Path, files: Sequence[LakeFile], index: Index) -> Any:
    """Return what is in suspense, one row a track and currency, the most money first."""
    import pyarrow as pa

    sums: dict[tuple[str, ...], list[Any]] = {}
    for file in files:
        for table in read_lines(folder, file):
            _add_up(table, sums)
    rows = sorted(sums.items(), key=lambda item: (-abs(item[1][2]), item[0]))
    columns: dict[str, list[Any]] = {name: [] for name in suspended_schema().names}
    for place, ((track, currency), (lines, streams, nanos, first, last, identity)) in enumerate(rows):
        told = dict(zip(SUSPENSE_COLUMNS[1:], identity, strict=True))
        found = index.suggest(**told) if place < MOST_SUGGESTED else []
        best = found[0] if found else None
        values = (
            *(track, *identity, lines, streams, nanos, currency, first, last),
            *((best.isrc, best.why, best.score) if best else ("", "", 0.0)),
        )
        for name, value in zip(columns, values, strict=True):
            columns[name].append(value)
    columns["amount"] = [from_nanos(nanos) for nanos in columns["amount"]]
    return pa.table(columns, schema=suspended_schema())


def suspended_schema() -> Any:
    """Return the Arrow schema of what is in suspense."""
    import pyarrow as pa

    text, whole = pa.string(), pa.int64()
    fields = [(name, text) for name in ("track_id", "isrc", "upc", "title", "artist")]
    fields += [("lines", whole), ("streams", whole), ("amount", pa.decimal128(38, 9)), ("currency", text)]
    fields += [(name, text) for name in ("first_period", "last_period", "suggestion", "why")]
    return pa.schema([*fields, ("score", pa.float64())])


def _add_up(table: Any, sums: dict[tuple[str, ...], list[Any]]) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    joined = [table.column(name).combine_chunks().dictionary_decode() for name in ("track_id", "currency")]
    keys = pc.binary_join_element_wise(*joined, "\n").dictionary_encode()
    codes = keys.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(keys.dictionary) + 1))
    streams = table.column("streams").combine_chunks().to_numpy()[order]
    nanos = to_amounts(table.column("amount").combine_chunks())[order]
    periods = table.column("period").combine_chunks()
    months = periods.indices.to_numpy()[order]
    names = periods.dictionary.to_pylist()
    said = table.select(SUSPENSE_COLUMNS[1:]).take(pa.array(order[edges[:-1]])).to_pylist()
    for place, key in enumerate(keys.dictionary.to_pylist()):
        track, _, currency = key.rpartition("\n")
        own = slice(edges[place], edges[place + 1])
        seen = [names[code] for code in np.unique(months[own]).tolist()]
        row = sums.setdefault((track, currency), [0, 0, 0, min(seen), max(seen), tuple(said[place].values())])
        row[0] += int(edges[place + 1] - edges[place])
        row[1] += exact_sum(streams[own])
        row[2] += exact_sum(nanos[own])
        row[3], row[4] = min(row[3], *seen), max(row[4], *seen)


def release_lines(
    folder: Path, manifest: Manifest, index: Index
) -> tuple[tuple[LakeFile, ...], tuple[LakeFile, ...], dict[str, int], list[LakeFile]]:
    """Write the lines that the index knows to new files of their periods, and those that stay to new suspense files.

    Returns
    -------
    tuple
        The files and suspense files of the next manifest, how many lines of which reported track got out, and the
        suspense files that are replaced.
    """
    import pyarrow as pa

    files, suspense = list(manifest.files), []
    released: dict[str, int] = {}
    gone = []
    for old in manifest.suspense:
        with PartitionWriter(folder, source=old.source) as writer:
            mine: dict[str, int] = {}
            for table in read_lines(folder, old):
                column = table.column("track_id").combine_chunks().dictionary_decode().dictionary_encode()
                names, codes = column.dictionary.to_pylist(), column.indices.to_numpy()
                found = [index.match(name) for name in names]
                out = np.array([isrc is not None for isrc in found], np.bool_)[codes]
                for place, count in zip(*np.unique(codes[out], return_counts=True), strict=True):
                    mine[names[place]] = mine.get(names[place], 0) + int(count)
                if out.any():
                    isrcs = pa.array([found[code] for code in codes[out]], pa.string()).dictionary_encode()
                    lines = table.filter(pa.array(out)).select(lines_schema().names)
                    writer.add(lines.set_column(0, "track_id", isrcs).unify_dictionaries())
                if not out.all():
                    writer.add_suspense(table.filter(pa.array(~out)))
            if not mine:
                suspense.append(old)
                continue
            fresh, staying = writer.placed(old.from_sha256, suffix=f"-r{manifest.revision + 1}")
            files += fresh
            suspense += staying
            gone.append(old)
            for name, count in mine.items():
                released[name] = released.get(name, 0) + count
    return tuple(files), tuple(suspense), released, gone


def check_lake(folder: Path, manifest: Manifest) -> list[Problem]:
    """Return what is wrong with a lake's files."""
    problems = []
    for file in (*manifest.files, *manifest.suspense):
        try:
            with (folder / file.path).open("rb") as data:
                digest = hashlib.file_digest(data, "sha256").hexdigest()
        except OSError as error:
            message = f"expected the file of the manifest, got: {error.strerror or error}"
            problems.append(_problem("lake_file_missing", file, message))
            continue
        if digest != file.sha256:
            problems.append(
                _problem("lake_file_changed", file, f"expected the hash {file.sha256[:12]}, got {digest[:12]}")
            )
    return problems


def _problem(code: str, file: LakeFile, message: str) -> Problem:
    fix = "restore it from a copy, or import the sales file again"
    return Problem(code=code, severity="error", where=file.path, message=message, fix=fix)
