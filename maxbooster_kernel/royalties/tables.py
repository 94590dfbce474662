"""Read the small tables of a royalty run (splits, rates, terms...) as columns of exact text.

CSV and Parquet files, pandas DataFrames and Arrow tables give the same columns of ``str``;
nothing passes through a float on the way.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import FloatMoneyError, RoyaltyError, words_of
from maxbooster_kernel.files import plain_file

Source = Any
"""A path, a pandas DataFrame, an Arrow table, anything with an Arrow stream, or a mapping of columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """A column of text: its different values (an Arrow array), and for every row the place of its value."""

    texts: Any
    codes: NDArray[np.int32]

    @property
    def values(self) -> list[str]:
        """Return the different values."""
        values: list[str] = self.texts.to_pylist()
        return values

    def to_list(self) -> list[str]:
        """Return the text of every row."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]


def whole_numbers(array: Any, missing: int = 0) -> NDArray[Any]:
    """Return an Arrow array of integers as NumPy, missing ones replaced (Arrow's own way imports pandas)."""
    if not len(array):
        return np.zeros(0, str(array.type))
    values = np.frombuffer(array.buffers()[1], str(array.type))[array.offset : array.offset + len(array)]
    if array.null_count:
        values = np.where(truths(array.is_valid()), values, missing)
    return values


def truths(array: Any) -> NDArray[np.bool_]:
    """Return an Arrow array of booleans as NumPy; missing ones are false."""
    if not len(array):
        return np.zeros(0, np.bool_)
    valid, bits = array.buffers()
    found = [np.unpackbits(np.frombuffer(b, np.uint8), bitorder="little") for b in (bits, valid) if b is not None]
    values = found[0] if len(found) == 1 or not array.null_count else found[0] & found[1]
    return values[array.offset : array.offset + len(array)].astype(np.bool_)


def release_memory() -> None:
    """Give back what Arrow keeps of memory that nobody uses."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def read_table(
    source: Source,
    *,
    name: str,
    required: Sequence[str],
    optional: Sequence[str] = (),
    money: Sequence[str] = (),
) -> dict[str, TextColumn]:
    """Return the asked columns of a small table as text, missing values as ``""``.

    Parameters
    ----------
    source
        Path of a CSV or Parquet file, DataFrame, Arrow table, or an object with an Arrow stream.
    name
        What the table is, for error messages.
    required, optional
        Column names; a missing required column raises, a missing optional one is left out.
    money
        Columns in which a binary float is refused. Elsewhere a float is taken as its shortest text.

    Raises
    ------
    RoyaltyError
        The file cannot be read or a column is missing.
    FloatMoneyError
        A money column holds floats.

    Examples
    --------
    >>> read_table({"country": ["US", None]}, name="countries", required=["country"])["country"].to_list()
    ['US', '']
    """
    columns = arrow_columns(source, name)
    missing = [column for column in required if column not in columns]
    if missing:
        raise RoyaltyError(
            f"{name}{f' ({source})' if isinstance(source, str | os.PathLike) else ''}: "
            f"expected the columns {', '.join(required)}, "
            f"got {', '.join(columns) or 'none'}; {', '.join(missing)} missing"
        )
    wanted = [column for column in (*required, *optional) if column in columns]
    return {column: _text_column(columns[column], f"{name}, column {column}", column in money) for column in wanted}


def rows(table: dict[str, TextColumn], *columns: str) -> list[tuple[str, ...]]:
    """Return the rows of the named columns; a column that is not there is empty."""
    count = len(next(iter(table.values())).codes)
    lists = [table[column].to_list() if column in table else [""] * count for column in columns]
    return list(zip(*lists, strict=True))


def arrow_columns(source: Source, name: str) -> dict[str, Any]:
    """Return the columns of any accepted table as Arrow arrays by name."""
    import pyarrow as pa

    if isinstance(source, str | os.PathLike):
        table = read_file(Path(source), name)
    elif type(source).__module__.split(".")[0] == "pandas":
        names = [str(column) for column in source.columns]
        if len(set(names)) < len(names):
            raise twice(name, names)
        return {column: _from_series(source.iloc[:, place]) for place, column in enumerate(names)}
    elif isinstance(source, Mapping):
        return {str(column): _from_values(list(values)) for column, values in source.items()}
    elif isinstance(source, pa.Table) or hasattr(source, "__arrow_c_stream__"):
        table = pa.table(source)
    else:
        raise RoyaltyError(
            f"{name}: expected a path, a DataFrame or an Arrow table, got {type(source).__name__}; convert it first"
        )
    columns = dict(zip(table.column_names, table.columns, strict=True))
    if len(columns) < table.num_columns:
        raise twice(f"{name} ({source})" if isinstance(source, str | os.PathLike) else name, table.column_names)
    return columns


def _from_series(series: Any) -> Any:
    import pyarrow as pa

    if series.dtype == object:
        return _from_values(series.tolist())
    return pa.array(series, from_pandas=True)


def _from_values(values: list[Any]) -> Any:
    """Return Python values as an Arrow array; mixed kinds become text, floats stay visible as floats."""
    import pyarrow as pa

    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError):
        if any(isinstance(value, float) and value == value for value in values):  # noqa: PLR0124 - NaN is not itself
            return pa.array([float(v) if isinstance(v, float | int | Decimal) else None for v in values])
        return pa.array([None if value is None or value != value else _text(value, "") for value in values])  # noqa: PLR0124 - NaN is not itself


def _text_column(array: Any, where: str, money: bool) -> TextColumn:
    import pyarrow as pa

    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    if pa.types.is_floating(array.type) and money and array.null_count < len(array):
        raise FloatMoneyError(
            f"{where}: expected Decimal or text, got binary floats; read the table with dtype=str, or use Decimal"
        )
    if pa.types.is_null(array.type):
        return TextColumn(texts=pa.array([""], pa.string()), codes=np.zeros(len(array), np.int32))
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    texts = array.dictionary
    if pa.types.is_integer(texts.type) or pa.types.is_large_string(texts.type):
        texts = texts.cast(pa.string())
    elif not pa.types.is_string(texts.type):
        texts = pa.array([_text(value, where) for value in texts.to_pylist()], pa.string())
    codes = whole_numbers(array.indices, len(texts)).astype(np.int32)
    if texts.null_count or array.indices.null_count:
        texts = pa.array([*(text or "" for text in texts.to_pylist()), ""], pa.string())
    return TextColumn(texts=texts, codes=codes)


def _text(value: Any, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise RoyaltyError(f"{where}: expected text or a number, got {value!r}")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def read_file(path: Path, name: str) -> Any:
    """Return a CSV (every column as text) or Parquet file as an Arrow table."""
    import pyarrow as pa

    try:
        if is_parquet(plain_file(path)):
            import pyarrow.parquet as pq

            with pq.ParquetFile(path) as file:  # not read_table: it would import the whole dataset layer
                return file.read(use_threads=False)
        return csv_reader(path).read_all()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise unreadable(path, name, error) from None


def csv_reader(path: Path, *, columns: Sequence[str] | None = None, block_bytes: int = 8 << 20) -> Any:
    """Open a CSV file as a stream of Arrow batches in which every column is text."""
    import pyarrow as pa
    import pyarrow.csv as pc

    header = csv_header(path)
    return pc.open_csv(
        path,
        read_options=pc.ReadOptions(block_size=block_bytes),
        convert_options=pc.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            include_columns=[column for column in header if columns is None or column in columns],
            strings_can_be_null=False,
            null_values=[],
        ),
    )


def csv_header(path: Path) -> list[str]:
    """Return the column names of a CSV file."""
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error):
        raise RoyaltyError(f"{path}: expected comma-separated UTF-8 text; save it as CSV UTF-8") from None


def twice(where: str, columns: Sequence[str]) -> RoyaltyError:
    """Return the error for a table in which a column stands twice."""
    column = next(column for place, column in enumerate(columns) if column in columns[:place])
    return RoyaltyError(f"{where}: the column {column!r} stands twice; keep one of them")


def is_parquet(path: Path) -> bool:
    """Return whether a file is meant to be Parquet: by its name, or else by its first bytes."""
    if path.suffix.lower() in {".parquet", ".pq"}:
        return True
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def unreadable(path: Path, name: str, error: Exception) -> RoyaltyError:
    """Return the one-line error for a file that could not be read."""
    if isinstance(error, FileNotFoundError):
        return RoyaltyError(f"{name}: there is no file {path}")
    return RoyaltyError(f"{name}: {path} cannot be read: {words_of(error)}")
