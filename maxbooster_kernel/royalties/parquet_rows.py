"""Read a sales file that somebody has saved as Parquet: the same headers, money as text or exact decimals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from maxbooster_kernel.errors import FloatMoneyError, RoyaltyError
from maxbooster_kernel.royalties.formats import SalesFormat, recognise
from maxbooster_kernel.royalties.normal import Normal, RawTexts, Rows, Rules, normalise
from maxbooster_kernel.royalties.sales_rows import TEXTS
from maxbooster_kernel.royalties.tables import unreadable, whole_numbers
from maxbooster_kernel.royalties.text import parse_decimals, parse_integers

BATCH_ROWS = 1 << 17


def is_parquet_data(data: bytes) -> bool:
    """Return whether a file begins as Parquet does."""
    return data.startswith(b"PAR1")


def parquet_format(path: Path, template: SalesFormat | None) -> tuple[SalesFormat, list[str]]:
    """Return whose file it is and its columns.

    Raises
    ------
    RoyaltyError
        It cannot be read, or no format has these columns.
    FloatMoneyError
        Its money is binary floats.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise unreadable(path, "sales file", error) from None
    form = recognise(list(schema.names), (template,) if template else ())
    if form is None or (template is not None and form is not template):
        raise RoyaltyError(
            f"{path}: no known sales format has these columns ({', '.join(schema.names)[:80]}); "
            "describe the file in a template"
        )
    for role in ("month", "amount"):
        if form.columns[role] not in schema.names:
            raise RoyaltyError(f"{path}: expected a column {form.columns[role]!r}; describe the file in a template")
    if pa.types.is_floating(schema.field(form.columns["amount"]).type):
        raise FloatMoneyError(
            f"{path}, column {form.columns['amount']}: expected Decimal or text, got binary floats; "
            "save the table with its money as text [float_money]"
        )
    return form, list(schema.names)


def read_parquet(path: Path, form: SalesFormat, header: list[str], rules: Rules) -> Iterator[Normal]:
    """Yield the normal lines of a Parquet file; rows count as lines from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = {role: name for role, name in form.columns.items() if name in header}
    before = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=sorted(set(wanted.values()))):
                columns = {role: _text(batch.column(name), path, name) for role, name in wanted.items()}
                yield normalise(_rows(columns, batch.num_rows, before), rules)
                before += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise unreadable(path, "sales file", error) from None


def _text(column: Any, path: Path, name: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return pc.fill_null(column.cast(pa.large_string()), "")
    except pa.ArrowException:
        raise RoyaltyError(f"{path}, column {name}: expected text or numbers, got {column.type}") from None


def _rows(columns: dict[str, Any], count: int, before: int) -> Rows:
    nanos, residue, status = parse_decimals(columns["amount"])
    texts = {}
    for role in TEXTS:
        if role in columns:
            encoded = columns[role].dictionary_encode()
            codes = whole_numbers(encoded.indices).astype(np.int32)
            texts[role] = RawTexts(codes=codes, cells=encoded.dictionary.to_pylist() or [""])

    def cell(role: str, row: int) -> str:
        return str(columns[role][row].as_py()) if role in columns else ""

    return Rows(
        count=count,
        texts=texts,
        nanos=nanos,
        residue=residue,
        status=status,
        quantities=parse_integers(columns["quantity"]) if "quantity" in columns else np.zeros(count, np.int64),
        odd_upcs=np.flatnonzero(
            [not upc.isdecimal() for upc in columns["upc"].to_pylist()] if "upc" in columns else []
        ),
        cell=cell,
        raw=lambda row: ",".join(cell(role, row) for role in columns),
        line=lambda row: before + row + 1,
    )
