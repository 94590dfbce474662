"""Import a sales file to normal lines: streaming, exact, with control totals.

Lines go to Parquet as ``track_id, platform, country, streams, period, amount, currency``. ``track_id`` is the ISRC, or
``UPC:...`` where a line has none: such lines match no split, so their money stays visible as unallocated (suspense).
Amounts finer than a nano are rounded half to even line by line; what that makes is booked as a line of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.files import writing
from maxbooster_kernel.money import NANO, format_nanos, half_even
from maxbooster_kernel.royalties.formats import platform_name, read_template
from maxbooster_kernel.royalties.numbers import mangled, read_isrc, read_month, read_number
from maxbooster_kernel.royalties.sniff import Layout, sniff
from maxbooster_kernel.royalties.tables import unreadable, whole_numbers
from maxbooster_kernel.royalties.text import ODD, decimals, parse_decimals, parse_integers

ATTO = 10**18
KNOWN = 1 << 20
"""How many texts of a column are remembered from batch to batch."""
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did: ``total`` is the exact sum of the file's own amounts, ``nanos`` that of the lines."""

    source: str
    sha256: str
    rows: int
    streams: int
    total: dict[str, str] = field(default_factory=dict)
    rounding: dict[str, str] = field(default_factory=dict)
    without_isrc: int = 0
    periods: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)


def import_sales(
    path: Path | str,
    out: Path | str,
    *,
    template: Path | str | None = None,
    country_alias: Mapping[str, str] | None = None,
    force: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Read a sales file and write normal lines as Parquet, whole or not at all.

    Parameters
    ----------
    path
        The store's or distributor's file.
    out
        Parquet file to write.
    template
        YAML description of a format that is not built in.
    country_alias
        Countries to be written as others; None is ``{"GB": "UK"}``, as the price tables say UK.
    force
        Replace an existing file.
    progress
        Called with the number of rows read so far.

    Raises
    ------
    RoyaltyError
        The format is not known, or a cell is not what its column must hold; the message names row and column.
    """
    path = Path(path)
    layout = sniff(path, read_template(Path(template)) if template else None)
    reader = _Reader(path, layout, dict({"GB": "UK"} if country_alias is None else country_alias))
    with writing(out, force=force) as temporary:
        _write(reader, temporary, progress)
    reader.check_trailer()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Imported(
        source=layout.format.name,
        sha256=digest,
        rows=reader.rows,
        streams=reader.streams,
        total={code: _atto_text(value) for code, value in sorted(reader.totals.items())},
        rounding={code: format_nanos(value) for code, value in sorted(reader.rounding().items()) if value},
        without_isrc=reader.without_isrc,
        periods=tuple(sorted(reader.periods)),
    )


def _write(reader: _Reader, path: Path, progress: Callable[[int], None] | None) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ("track_id", "platform", "country", "period", "currency")
    kinds = {**dict.fromkeys(texts, pa.string()), "streams": pa.int64(), "amount": pa.decimal128(38, 9)}
    order = ("track_id", "platform", "country", "streams", "period", "amount", "currency")
    schema = pa.schema([(name, kinds[name]) for name in order])
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=list(texts)) as writer:
        for table in reader.tables():
            writer.write_table(table.cast(schema))
            if progress is not None:
                progress(reader.rows)
        for code, nanos in reader.rounding().items():
            if nanos:
                last = max(reader.periods)
                line = ["ROUNDING", "rounding", "", 0, last, Decimal(nanos).scaleb(-9), code]
                writer.write_table(pa.table([[value] for value in line], schema=schema))


class _Reader:
    def __init__(self, path: Path, layout: Layout, aliases: dict[str, str]) -> None:
        self.path, self.layout, self.format = path, layout, layout.format
        self.rows = self.streams = self.without_isrc = 0
        self.totals: dict[str, int] = {}
        self.nanos: dict[str, int] = {}
        self.periods: set[str] = set()
        self.announced: int | None = None
        self._aliases = aliases
        self._known: dict[str, dict[str, str]] = {}
        self._headers = {
            role: header if header in layout.header else None for role, header in layout.format.columns.items()
        }

    def rounding(self) -> dict[str, int]:
        """Return by currency the nanos that rounding line by line has lost (or won, if negative)."""
        return {code: half_even(total, NANO) - self.nanos[code] for code, total in self.totals.items()}

    def check_trailer(self) -> None:
        """Compare the rows with the file's own count."""
        if self.announced is not None and self.announced != self.rows:
            raise RoyaltyError(
                f"{self.path}: its last line says {self.announced} rows, it has {self.rows}; get it again"
            )

    def tables(self) -> Iterator[Any]:
        """Yield the file's lines as Arrow tables."""
        import pyarrow as pa

        try:
            for batch in self._open():
                table = self._without_trailer(pa.Table.from_batches([batch]))
                if table.num_rows:
                    yield self._normal(table)
                    self.rows += table.num_rows
        except (pa.ArrowException, UnicodeError) as error:
            raise unreadable(self.path, "sales file", error) from None

    def _open(self) -> Any:
        import pyarrow as pa
        import pyarrow.csv as pc

        wanted = [header for header in self._headers.values() if header]
        first = self.layout.header[0]
        keep = list(dict.fromkeys([*wanted, first] if self.format.trailer else wanted))
        short = self._is_trailer if self.format.trailer else None
        return pc.open_csv(
            self.path,
            read_options=pc.ReadOptions(
                column_names=self.layout.header,
                skip_rows=self.layout.skip + 1,
                encoding="utf8" if self.layout.encoding == "utf-8" else self.layout.encoding,
                block_size=8 << 20,
            ),
            parse_options=pc.ParseOptions(delimiter=self.layout.delimiter, invalid_row_handler=short),
            convert_options=pc.ConvertOptions(
                include_columns=keep,
                column_types=dict.fromkeys(self.layout.header, pa.string()),
                strings_can_be_null=False,
                null_values=[],
            ),
        )

    def _is_trailer(self, row: Any) -> str:
        cells = row.text.split(self.layout.delimiter)
        if cells[0] == self.format.trailer and len(cells) == 2 and cells[1].strip().isdigit():
            self.announced = int(cells[1])
            return "skip"
        return "error"

    def _without_trailer(self, table: Any) -> Any:
        if not self.format.trailer:
            return table
        import pyarrow.compute as pc

        return table.filter(pc.not_equal(table.column(self.layout.header[0]), self.format.trailer))

    def _normal(self, table: Any) -> Any:
        import pyarrow as pa

        count = table.num_rows
        currency = self._mapped(table, "currency", self._currency, self.format.currency)
        nanos = self._amounts(table, currency)
        period = self._mapped(table, "month", self._month, "")
        self.periods.update(period.dictionary.to_pylist())
        streams = self._quantities(table, count)
        self.streams += int(streams.sum(dtype=object)) if count else 0
        return pa.table(
            {
                "track_id": self._tracks(table),
                "platform": self._mapped(table, "platform", platform_name, self.format.platform),
                "country": self._mapped(table, "country", self._country, ""),
                "streams": streams,
                "period": period,
                "amount": decimals(nanos),
                "currency": currency,
            }
        )

    def _column(self, table: Any, role: str) -> Any | None:
        header = self._headers.get(role)
        return None if header is None else table.column(header).combine_chunks()

    def _mapped(self, table: Any, role: str, work: Callable[[str], str | None], otherwise: str) -> Any:
        """Return a column with every different text replaced, as a dictionary array."""
        import pyarrow as pa

        column = self._column(table, role)
        if column is None:
            return pa.DictionaryArray.from_arrays(np.zeros(table.num_rows, np.int32), pa.array([otherwise]))
        column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
        encoded = column.dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        known = self._known.setdefault(role, {})
        for text in set(texts).difference(known):
            value = work(text)
            if value is None:
                row = int(np.flatnonzero(whole_numbers(encoded.indices) == texts.index(text))[0])
                raise self._bad(row, role, text)
            known[text] = value
        values = [known[text] for text in texts]
        if len(known) > KNOWN:
            known.clear()
        return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(values, pa.string()))

    def _month(self, text: str) -> str | None:
        return read_month(text)

    def _currency(self, text: str) -> str | None:
        plain = text.strip().upper()
        return plain if len(plain) == 3 and plain.isalpha() else (self.format.currency if not plain else None)

    def _country(self, text: str) -> str | None:
        plain = text.strip()
        code = plain.upper() if len(plain) == 2 else _country_code(plain)
        return self._aliases.get(code, code)

    def _tracks(self, table: Any) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        isrc = self._mapped(table, "isrc", lambda text: None if mangled(text) else read_isrc(text), "")
        upc = self._mapped(table, "upc", lambda text: None if mangled(text) else "UPC:" + text.strip(), "UPC:")
        texts = isrc.dictionary_decode()
        lacking = pc.equal(texts, "")
        self.without_isrc += int(pc.sum(lacking).as_py() or 0)
        return pc.if_else(lacking, upc.dictionary_decode(), texts).cast(pa.string())

    def _quantities(self, table: Any, count: int) -> Ints:
        column = self._column(table, "quantity")
        if column is None:
            return np.zeros(count, np.int64)
        values = parse_integers(column)
        for row in np.flatnonzero(values == np.iinfo(np.int64).min).tolist():
            text = column[row].as_py()
            number = Decimal(0) if not text.strip() else read_number(text, decimal_comma=self.format.decimal_comma)
            if number is None or number != int(number) or abs(number) >= 10**18:
                raise self._bad(row, "quantity", text)
            values[row] = int(number)
        return values

    def _amounts(self, table: Any, currency: Any) -> Ints:
        """Return nanos rounded half to even, and add the exact amounts to the totals."""
        column = self._column(table, "amount")
        if column is None:
            raise RoyaltyError(
                f"{self.path}: expected a column {self.format.columns['amount']!r}; describe it in a template"
            )
        nanos, residue, status = parse_decimals(column)
        if self.format.decimal_comma:
            status[:] = ODD
        for row in np.flatnonzero(status == ODD).tolist():
            text = column[row].as_py()
            number = read_number(text, decimal_comma=self.format.decimal_comma)
            attos = None if number is None else number * ATTO
            if attos is None or attos != int(attos) or abs(attos) >= 9 * 10**27:
                raise self._bad(row, "amount", text)
            whole, rest = divmod(abs(int(attos)), NANO)
            sign = -1 if attos < 0 else 1
            nanos[row], residue[row] = sign * whole, sign * rest
        codes = whole_numbers(currency.indices)
        half = np.abs(residue) * 2
        up = (half > NANO) | ((half == NANO) & (nanos % 2 != 0))
        rounded = nanos + np.sign(residue) * up
        for code, name in enumerate(currency.dictionary.to_pylist()):
            mine = codes == code
            exact = _sum(nanos[mine]) * NANO + _sum(residue[mine])
            self.totals[name] = self.totals.get(name, 0) + exact
            self.nanos[name] = self.nanos.get(name, 0) + _sum(rounded[mine])
        result: Ints = rounded
        return result

    def _bad(self, row: int, role: str, text: str) -> RoyaltyError:
        number = self.layout.skip + 2 + self.rows + row
        hint = "; a spreadsheet has damaged it, export the file again" if mangled(text) else ""
        return RoyaltyError(
            f"{self.path}, line {number}, column {self._headers[role]}: expected {_EXPECTED[role]}, got {text!r}{hint}"
        )


_EXPECTED = {
    "month": "a month such as 2026-07",
    "quantity": "a whole number",
    "amount": "an amount with at most 18 decimals",
    "currency": "a currency such as USD",
    "isrc": "an ISRC",
    "upc": "a UPC of 12 or 13 digits",
    "country": "a country",
    "platform": "a store",
}


def _country_code(name: str) -> str:
    if not name:
        return ""
    import pycountry

    try:
        return str(pycountry.countries.lookup(name).alpha_2)
    except LookupError:
        return name


def _sum(values: Ints) -> int:
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def _atto_text(value: int) -> str:
    text = f"{abs(value) // ATTO}.{abs(value) % ATTO:018d}".rstrip("0")
    return ("-" if value < 0 else "") + (text + "0" if text.endswith(".") else text)
