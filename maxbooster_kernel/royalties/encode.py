"""Turn chunks of sales lines into dense numbers that the compiled kernels take.

Every different track, platform, country, period and currency gets a number the first time it is met, shared by all
worker threads. Whole numbers as track ids are their own number while they are small.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import FloatMoneyError, MoneyError, RoyaltyError
from maxbooster_kernel.money import NANO, to_nanos
from maxbooster_kernel.royalties.kernels import BAD
from maxbooster_kernel.royalties.sources import Chunk
from maxbooster_kernel.royalties.tables import truths, whole_numbers
from maxbooster_kernel.royalties.text import ODD, parse_decimals, parse_integers

Codes = NDArray[np.int32]
DIRECT = 1 << 20
"""Track ids that are whole numbers below this stand for themselves."""
LIMIT = np.iinfo(np.int64).max


class Labels:
    """Numbers for the different texts of one small dimension (platforms, countries, periods...)."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._codes: dict[str, int] = {}
        self._lock = threading.Lock()

    def codes(self, values: list[str]) -> Codes:
        """Return the number of every text, giving new ones the next number."""
        with self._lock:
            for value in values:
                if value not in self._codes:
                    self._codes[value] = len(self.values)
                    self.values.append(value)
            return np.array([self._codes[value] for value in values], np.int32)


class Tracks:
    """Numbers for track ids, of which there may be millions."""

    def __init__(self) -> None:
        self.count = 0
        self._values: Any = None
        self._direct = True
        self._lock = threading.Lock()

    def codes(self, column: Any) -> Codes:
        """Return the number of every row's track id (an Arrow array; missing ids are the empty text)."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if pa.types.is_integer(column.type) and not column.null_count and self._direct:
            values = whole_numbers(column)
            high = int(values.view(f"u{values.itemsize}").max(initial=0)) if values.size else -1  # negative: huge
            with self._lock:
                if self._direct and self._values is None and high < DIRECT:
                    self.count = max(self.count, high + 1)
                    return np.ascontiguousarray(values, np.int32)
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        texts = encoded.dictionary.cast(pa.string())
        indices = encoded.indices
        rows = whole_numbers(indices, len(texts))
        if indices.null_count:
            texts = pa.concat_arrays([texts, pa.array([""])])
        with self._lock:
            if self._direct:
                self._values = pa.array(range(self.count)).cast(pa.string())
                self._direct = False
            codes = pc.index_in(texts, self._values)
            if codes.null_count:
                fresh = texts.filter(codes.is_null()).unique()
                self._values = pa.concat_arrays([self._values, fresh])
                self.count = len(self._values)
                codes = pc.index_in(texts, self._values)
        numbers: Codes = whole_numbers(codes).astype(np.int32)[rows]
        return numbers

    def texts(self) -> Any:
        """Return the ids in the order of their numbers, as Arrow text."""
        import pyarrow as pa

        return pa.array(np.arange(self.count)).cast(pa.string()) if self._direct else self._values


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """Lines as numbers: each dimension as the chunk's own codes and what they stand for in all."""

    numbers: NDArray[np.int64] | None
    start: int
    tracks: Codes
    platforms: Codes
    platform_of: Codes
    countries: Codes
    country_of: Codes
    periods: Codes
    period_of: Codes
    streams: NDArray[Any]
    amounts: NDArray[np.int64] | None
    currencies: Codes | None
    currency_of: Codes | None

    def part(self, start: int, stop: int) -> Coded:
        """Return some of the rows."""
        rows = slice(start, stop)
        return replace(
            self,
            numbers=None if self.numbers is None else self.numbers[rows],
            start=self.start + start,
            tracks=self.tracks[rows],
            platforms=self.platforms[rows],
            countries=self.countries[rows],
            periods=self.periods if self.periods.size == 1 else self.periods[rows],
            streams=self.streams[rows],
            amounts=None if self.amounts is None else self.amounts[rows],
            currencies=None if self.currencies is None else self.currencies[rows],
        )

    def line(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the numbers of lines at the given rows."""
        return rows + self.start if self.numbers is None else self.numbers[rows]


class Encoder:
    """The numbers of all dimensions of one run."""

    def __init__(self, *, aliases: Mapping[str, str], keep: tuple[str, list[str]] | None, money: bool) -> None:
        self.tracks = Tracks()
        self.platforms, self.countries, self.periods, self.currencies = Labels(), Labels(), Labels(), Labels()
        self._aliases = aliases
        self._keep = keep
        self._money = money

    def encode(self, chunk: Chunk) -> Coded:
        """Read a chunk and return its lines as numbers."""
        table = chunk.read()
        numbers = None
        if self._keep is not None:
            table, numbers = _kept(table, chunk, *self._keep)
        platforms, platform_names = _labels(table, chunk, "platform")
        countries, country_names = _labels(table, chunk, "country")
        periods, period_names = _labels(table, chunk, "period")
        currencies = currency_of = amounts = None
        if self._money:
            currencies, names = _labels(table, chunk, "currency")
            currencies = _whole(currencies, table.num_rows)
            currency_of = self.currencies.codes(names)
            amounts = to_amounts(_array(table, "amount"))
        return Coded(
            numbers=numbers,
            start=chunk.start,
            tracks=self.tracks.codes(_array(table, "track_id")),
            platforms=_whole(platforms, table.num_rows),
            platform_of=self.platforms.codes(platform_names),
            countries=_whole(countries, table.num_rows),
            country_of=self.countries.codes([self._aliases.get(name, name) for name in country_names]),
            periods=periods,
            period_of=self.periods.codes(period_names),
            streams=to_streams(_array(table, "streams")),
            amounts=amounts,
            currencies=currencies,
            currency_of=currency_of,
        )


def _kept(table: Any, chunk: Chunk, name: str, values: list[str]) -> tuple[Any, NDArray[np.int64]]:
    """Return the rows whose column ``name`` holds one of ``values``, and their line numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = _array(table, name)
    column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    mask = pc.is_in(column.cast(pa.string()), pa.array(values, pa.string()))
    return table.filter(mask), np.flatnonzero(truths(mask)).astype(np.int64) + chunk.start


def _array(table: Any, column: str) -> Any:
    import pyarrow as pa

    data = table.column(column)
    if data.num_chunks == 1:
        return data.chunk(0)
    if pa.types.is_dictionary(data.type):
        data = data.unify_dictionaries()
    joined = data.combine_chunks()
    if isinstance(joined, pa.ChunkedArray):
        return joined.chunk(0) if joined.num_chunks else pa.array([], joined.type)
    return joined


def _labels(table: Any, chunk: Chunk, column: str) -> tuple[Codes, list[str]]:
    """Return a column as codes of the chunk's own labels; a constant has one code for all rows."""
    import pyarrow as pa

    if column in chunk.constants:
        return np.zeros(1, np.int32), [chunk.constants[column]]
    array = _array(table, column)
    if not pa.types.is_dictionary(array.type):
        array = (
            array.dictionary_encode()
            if not pa.types.is_null(array.type)
            else array.cast(pa.string()).dictionary_encode()
        )
    labels = array.dictionary
    names = labels.cast(pa.string()).to_pylist() if not pa.types.is_string(labels.type) else labels.to_pylist()
    codes = np.ascontiguousarray(whole_numbers(array.indices, len(names)), np.int32)
    return codes, [*(name or "" for name in names), *([""] if array.indices.null_count else [])]


def _whole(codes: Codes, count: int) -> Codes:
    return codes if codes.size == count else np.zeros(count, np.int32)


def to_streams(array: Any) -> NDArray[Any]:
    """Return stream counts as int32 or int64; whatever is not a whole number is ``BAD``."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), kind.value_type
    if pa.types.is_integer(kind):
        if not array.null_count and kind in (pa.int32(), pa.int64()):
            return np.ascontiguousarray(whole_numbers(array))
        if kind == pa.uint64():
            return np.array([BAD if v is None or v > LIMIT else v for v in array.to_pylist()], np.int64)
        return np.ascontiguousarray(whole_numbers(array.cast(pa.int64()), BAD))
    if pa.types.is_floating(kind):
        values = array.fill_null(float("nan")).to_numpy(zero_copy_only=False).astype(np.float64)
        with np.errstate(invalid="ignore"):
            fine = (np.abs(values) < 2.0**53) & (values == np.floor(values))
            return np.where(fine, values, 0.0).astype(np.int64) + np.where(fine, 0, BAD)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return parse_integers(array)
    if pa.types.is_null(kind):
        return np.full(len(array), BAD, np.int64)
    if pa.types.is_decimal(kind):
        return np.array([_whole_decimal(value) for value in array.to_pylist()], np.int64)
    raise RoyaltyError(f"lines, column streams: expected whole numbers, got the type {kind}")


def _whole_decimal(value: Decimal | None) -> int:
    return int(value) if value is not None and value == int(value) and abs(value) < LIMIT else BAD


def to_amounts(array: Any) -> NDArray[np.int64]:
    """Return amounts in nanos; what is no amount, or finer than a nano, is ``BAD``. Floats are refused."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), kind.value_type
    if pa.types.is_floating(kind):
        raise FloatMoneyError(
            "lines, column amount: expected Decimal or text, got binary floats; read the table with dtype=str"
        )
    if pa.types.is_decimal(kind) and 0 <= kind.scale <= 9 and kind.precision - kind.scale <= 28:
        wide = array.fill_null(Decimal(0)).cast(pa.decimal128(38, 9))
        words = np.frombuffer(wide.buffers()[1], np.int64).reshape(-1, 2)[wide.offset : wide.offset + len(wide)]
        good = (words[:, 1] == (words[:, 0] >> 63)) & truths(array.is_valid())
        return np.where(good, words[:, 0], BAD)
    if pa.types.is_integer(kind):
        limit = LIMIT // NANO
        return np.array(
            [BAD if v is None or not -limit <= v <= limit else v * NANO for v in array.to_pylist()], np.int64
        )
    if pa.types.is_null(kind):
        return np.full(len(array), BAD, np.int64)
    text = array if pa.types.is_string(kind) or pa.types.is_large_string(kind) else array.cast(pa.string())
    nanos, residue, status = parse_decimals(text)
    nanos[residue != 0] = BAD
    for row in np.flatnonzero(status == ODD):
        nanos[row] = _odd_amount(text[int(row)].as_py())
    return nanos


def _odd_amount(text: str | None) -> int:
    try:
        value = to_nanos(text or "")
    except MoneyError:
        return BAD
    return value if abs(value) < LIMIT else BAD
