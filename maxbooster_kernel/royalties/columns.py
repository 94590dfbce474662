"""Put result columns together as sorted Arrow tables, and write them as the CSV of the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.files import writing
from maxbooster_kernel.money import exact_nanos
from maxbooster_kernel.royalties.periods import period
from maxbooster_kernel.royalties.sums import Bucket
from maxbooster_kernel.royalties.tables import whole_numbers
from maxbooster_kernel.royalties.text import format_nanos

FORMULA = r"^[=+\-@\t\r]"
"""How text begins that a spreadsheet would run."""
SPECIAL = r"[,\"\n\r]"
NUMBER = r"^[+\-]?[0-9]+(\.[0-9]+)?$"


Part = tuple[Bucket, NDArray[Any], Mapping[str, Callable[[], Any]]]
"""Rows of one bucket: numbers of their ids, and functions that make the other columns."""


class Ids:
    """Texts by number, and the place of each in sorted order (by code point)."""

    def __init__(self, values: Any) -> None:
        import pyarrow as pa

        self.values = values if isinstance(values, pa.Array) else pa.array(values, pa.string())

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """Return each number's place in sorted order."""
        import pyarrow.compute as pc

        order = whole_numbers(pc.sort_indices(self.values))
        rank = np.empty(order.size, np.int64)
        rank[order] = np.arange(order.size)
        return rank

    def sorted(self, numbers: NDArray[Any]) -> NDArray[np.intp]:
        """Return the order that sorts different numbers by their texts, without comparing them again."""
        place = np.full(self.rank.size, -1, np.intp)
        place[self.rank[numbers]] = np.arange(numbers.size)
        return place[place >= 0]

    def take(self, numbers: NDArray[Any]) -> Any:
        """Return the texts of numbers."""
        import pyarrow as pa

        return self.values.take(pa.array(numbers))


def text(values: Sequence[str]) -> Any:
    """Return an Arrow text array."""
    import pyarrow as pa

    return pa.array(values, pa.string())


def joined_table(parts: Sequence[Part], ids: Ids, id_name: str, names: Sequence[str]) -> Any:
    """Return one table of all buckets' rows, sorted by period, then id, then currency.

    Parameters
    ----------
    parts
        Rows by bucket; only one month's columns are in memory at a time.
    ids
        The texts of the numbers.
    id_name
        Name of the id column.
    names
        All columns in order.
    """
    import pyarrow as pa

    months = sorted({bucket[0] for bucket, _, _ in parts})
    tables = []
    for month in months:
        here = sorted((part for part in parts if part[0][0] == month), key=lambda part: part[0][1])
        numbers = np.concatenate([part[1] for part in here])
        order = ids.sorted(numbers) if len(here) == 1 else np.argsort(ids.rank[numbers], kind="stable")
        columns: dict[str, Any] = {id_name: ids.take(numbers[order]), "period": pa.repeat(period(month), numbers.size)}
        columns["currency"] = pa.concat_arrays([pa.repeat(part[0][1], part[1].size) for part in here]).take(order)
        for name in here[0][2]:
            arrays = [part[2][name]() for part in here]
            kind = max((array.type for array in arrays), key=pa.types.is_decimal)
            one = arrays[0] if len(arrays) == 1 else pa.concat_arrays([array.cast(kind) for array in arrays])
            columns[name] = one.take(order)
        tables.append(pa.table({name: columns[name] for name in names}))
    if not tables:
        return pa.table({name: pa.array([], _kind(name)) for name in names})
    return pa.concat_tables(tables, promote_options="permissive")


def _kind(name: str) -> Any:
    import pyarrow as pa

    if name in {"track_id", "recipient_id", "period", "currency", "platform", "country", "error"}:
        return pa.string()
    return pa.int64() if name in {"streams", "net_paid_minor"} else pa.decimal128(38, 9)


def write_csv(table: Any, path: Path) -> None:
    """Write a table as CSV with a heading, money with nine places, and no text that a spreadsheet would run."""
    import pyarrow.compute as pc

    with writing(path) as temporary, temporary.open("wb") as file:
        file.write((",".join(table.column_names) + "\n").encode())
        for batch in table.to_batches(max_chunksize=1 << 18):
            if batch.num_rows:
                *cells, last = map(_csv_text, batch.columns)
                lines = pc.binary_join_element_wise(*cells, pc.binary_join_element_wise(last, "\n", ""), ",")
                file.write(lines.buffers()[2])


def _csv_text(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_decimal(column.type):
        return _money(column)
    if not pa.types.is_string(column.type):
        return column.cast(pa.string())
    risky = pc.and_not(pc.match_substring_regex(column, FORMULA), pc.match_substring_regex(column, NUMBER))
    if pc.any(risky).as_py():
        column = pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)
    special = pc.match_substring_regex(column, SPECIAL)
    if pc.any(special).as_py():
        quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
        column = pc.if_else(special, quoted, column)
    return column


def _money(chunk: Any) -> Any:
    if chunk.type.scale == 0:
        return text([str(value) for value in chunk.to_pylist()])
    words = np.frombuffer(chunk.buffers()[1], np.int64).reshape(-1, 2)[chunk.offset : chunk.offset + len(chunk)]
    if np.array_equal(words[:, 1], words[:, 0] >> 63):
        return format_nanos(words[:, 0].copy())
    return format_nanos(np.array([exact_nanos(value) for value in chunk.to_pylist()], object))
