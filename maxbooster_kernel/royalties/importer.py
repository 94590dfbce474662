"""Import a sales file to normal lines: streaming, exact, with control totals.

Lines go to Parquet as ``track_id, platform, country, streams, period, amount, currency, reported``; ``reported`` is the
month in which the sale was accounted for, empty where the file does not say. ``track_id`` is the ISRC, or
``UPC:...`` where a line has none, or ``TITLE:...`` where it has neither: such lines match no split, so their money
stays visible as unallocated. With a :class:`~maxbooster_kernel.royalties.lake.Lake` they are kept in suspense.
Amounts finer than a nano are rounded half to even line by line; what that makes is booked as a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from maxbooster_kernel.errors import RoyaltyError, expect_path
from maxbooster_kernel.files import write_text, writing
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.money import EXACT, NANO, format_nanos, from_nanos, half_even
from maxbooster_kernel.royalties.blocks import Block, SalesFile
from maxbooster_kernel.royalties.dsr_rows import DSR, is_dsr, read_reports
from maxbooster_kernel.royalties.faults import Damaged, Fault, quarantine_csv
from maxbooster_kernel.royalties.formats import SalesFormat
from maxbooster_kernel.royalties.normal import ATTO, Identity, Normal, Rules
from maxbooster_kernel.royalties.numbers import read_number
from maxbooster_kernel.royalties.parquet_rows import is_parquet_data, parquet_format, read_parquet
from maxbooster_kernel.royalties.rates import HOME
from maxbooster_kernel.royalties.sales_rows import Trailer, read_rows
from maxbooster_kernel.royalties.sniff import sniff
from maxbooster_kernel.royalties.template import read_template

Point = Literal["point", "comma"]
COLUMNS = ("track_id", "platform", "country", "streams", "period", "amount", "currency", "reported")
TEXTS = ("track_id", "platform", "country", "period", "currency", "reported")
UK = {"GB": "UK"}
"""The price tables say UK."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did.

    ``total`` is the exact sum of the file's own amounts, ``rounding`` what rounding line by line has lost of it and a
    line of its own gives back; ``damaged`` counts rows in quarantine by code; ``assumed`` is what nobody has said.
    """

    source: str
    sha256: str
    rows: int
    streams: int
    total: dict[str, str] = field(default_factory=dict)
    rounding: dict[str, str] = field(default_factory=dict)
    without_isrc: int = 0
    periods: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    damaged: dict[str, int] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)


@checked
def import_sales(
    path: Path | str,
    out: Path | str,
    *,
    template: Path | str | None = None,
    country_alias: Mapping[str, str] | None = None,
    currency: str = "",
    decimal: Point | None = None,
    quarantine: Path | str | None = None,
    force: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Read a sales file and write normal lines as Parquet, whole or not at all.

    Parameters
    ----------
    path
        The store's or distributor's file; it may be packed with gzip.
    out
        Parquet file to write.
    template
        YAML description of a format that is not built in.
    country_alias
        Countries to be written as others; None is ``{"GB": "UK"}``, as the price tables say UK.
    currency
        What the money is in, for files that do not say.
    decimal
        What stands before a number's decimals, for files that may mean either.
    quarantine
        CSV file for damaged rows; None refuses the whole file at the first one.
    force
        Replace existing files.
    progress
        Called with the number of the file's bytes read so far.

    Raises
    ------
    RoyaltyError
        The format is not known, or a row is damaged; the message names line and column.
    """
    sales = Sales(
        expect_path(path, "a sales file"),
        template=Path(template) if template else None,
        country_alias=UK if country_alias is None else country_alias,
        currency=currency,
        decimal=decimal,
        damaged="refuse" if quarantine is None else "quarantine",
        progress=progress,
    )
    with writing(out, force=force) as temporary:
        _write(sales, temporary)
        if quarantine is not None:
            write_text(quarantine, quarantine_csv(sales.faults), force=force)
    return sales.imported()


def lines_schema(*, money: bool = True) -> Any:
    """Return the Arrow schema of normal lines."""
    import pyarrow as pa

    kinds = {**dict.fromkeys(TEXTS, pa.string()), "streams": pa.int64(), "amount": pa.decimal128(19, 9)}
    for name in TEXTS:
        kinds[name] = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([(name, kinds[name]) for name in COLUMNS if money or name not in ("amount", "currency")])


def parquet_writer(path: Path, schema: Any) -> Any:
    """Open a Parquet file for normal lines."""
    import pyarrow.parquet as pq

    texts = [name for name in schema.names if name in TEXTS]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=texts, store_schema=False)


def _write(sales: Sales, path: Path) -> None:
    writer = None
    try:
        for part in sales.parts():
            if writer is None:
                writer = parquet_writer(path, lines_schema(money="amount" in part.table.column_names))
            writer.write_table(part.table.cast(writer.schema))
        writer = writer or parquet_writer(path, lines_schema())
        for line in sales.rounding_lines():
            writer.write_table(line)
    finally:
        if writer is not None:
            writer.close()


class Sales:
    """A sales file as normal lines that come in parts; what they add up to is known when the last has come."""

    def __init__(
        self,
        path: Path,
        *,
        template: Path | None = None,
        country_alias: Mapping[str, str] = UK,
        currency: str = "",
        decimal: Point | None = None,
        damaged: Damaged = "refuse",
        suspense: bool = False,
        identify: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.path = path
        self.source = ""
        self.assumed: tuple[str, ...] = ()
        self.rows = self.streams = self.without_isrc = 0
        self.totals: dict[str, int] = {}
        self.nanos: dict[str, int] = {}
        self.periods: set[str] = set()
        self.reported: set[str] = set()
        self.faults: list[Fault] = []
        self.tracks: dict[str, Identity] = {}
        self._template = read_template(template) if template else None
        self._said = currency, decimal, dict(country_alias), damaged, suspense, identify
        said = self._template.encoding if self._template else ""
        self._file = SalesFile(path, encoding=said, progress=progress)
        self._trailers: list[Trailer] = []

    @property
    def sha256(self) -> str:
        """The hash of the file's content, once all parts have come."""
        return self._file.sha256

    def parts(self) -> Iterator[Normal]:
        """Yield the file's lines in order.

        Raises
        ------
        RoyaltyError
            The format is not known, a row is damaged, or the file's own totals are not its lines'.
        """
        for part in self._read():
            if isinstance(part, Trailer):
                self._trailers.append(part)
                continue
            self.rows += part.table.num_rows
            self.streams += part.streams
            self.without_isrc += part.without_isrc
            self.periods |= part.periods
            self.reported |= part.reported
            self.faults += part.faults
            for mine, theirs in ((self.totals, part.totals), (self.nanos, part.nanos)):
                for code, value in theirs.items():
                    mine[code] = mine.get(code, 0) + value
            for name, identity in part.tracks.items():
                self.tracks.setdefault(name, identity)
            if part.table.num_rows:
                yield part
        self._check_trailers()

    def _read(self) -> Iterator[Normal | Trailer]:
        blocks = self._file.blocks()
        first = next(blocks, Block(data=b"", lines_before=0, encoding="utf-8"))
        if is_parquet_data(first.data):
            form, header = parquet_format(self.path, self._template)
            yield from read_parquet(self.path, form, header, self._rules(form, delimiter=",", header=header))
            for _ in blocks:
                pass
        elif is_dsr(first.data):
            yield from read_reports(chain([first], blocks), self._rules(DSR, delimiter="\t", header=[]))
        else:
            layout = sniff(self.path, first, self._template)
            rules = self._rules(layout.format, delimiter=layout.delimiter, header=layout.header)
            yield from read_rows(first, blocks, layout, rules)

    def _rules(self, form: SalesFormat, *, delimiter: str, header: list[str]) -> Rules:
        currency, decimal, aliases, damaged, suspense, identify = self._said
        self.source = form.name
        said = currency or form.currency
        if form is not DSR and not said and form.columns.get("currency") not in header:
            said, self.assumed = HOME, (f"currency {HOME}",)
        if decimal is None and form.decimal_comma is not None:
            decimal = "comma" if form.decimal_comma else "point"
        return Rules(
            name=str(self.path),
            format=form,
            headers=form.columns,
            currency=said,
            width=len(header),
            decimal=decimal or ("unsaid" if delimiter == ";" else "point"),
            aliases=aliases,
            damaged=damaged,
            suspense=suspense,
            identify=identify,
            known=self.tracks,
        )

    def _check_trailers(self) -> None:
        damaged = len(self.faults)
        for trailer in self._trailers:
            number = read_number(trailer.text)
            have: Decimal | int = {"rows": self.rows + damaged, "streams": self.streams}.get(trailer.total, 0)
            if trailer.total == "amount":
                have = Decimal(sum(self.totals.values())).scaleb(-18, EXACT)
            if number is None or (number != have and (trailer.total == "rows" or not damaged)):
                raise RoyaltyError(
                    f"{self.path}, line {trailer.line}: its last lines say {trailer.text} {trailer.total}, "
                    f"it has {have}; get it again [control_total]"
                )

    def rounding(self) -> dict[str, int]:
        """Return by currency the nanos that rounding line by line has lost (or won, if negative)."""
        return {code: half_even(total, NANO) - self.nanos[code] for code, total in self.totals.items()}

    def rounding_lines(self) -> list[Any]:
        """Return what rounding has lost as lines of the last period, one a currency."""
        import pyarrow as pa

        schema, last, accounted = lines_schema(), max(self.periods, default=""), max(self.reported, default="")
        return [
            pa.table(
                [[value] for value in ("ROUNDING", "rounding", "", 0, last, from_nanos(nanos), code, accounted)],
                names=list(COLUMNS),
            ).cast(schema)
            for code, nanos in self.rounding().items()
            if nanos
        ]

    def imported(self) -> Imported:
        """Return what the import did."""
        damaged: dict[str, int] = {}
        for fault in self.faults:
            damaged[fault.code] = damaged.get(fault.code, 0) + 1
        return Imported(
            source=self.source,
            sha256=self.sha256,
            rows=self.rows,
            streams=self.streams,
            total={code: atto_text(value) for code, value in sorted(self.totals.items())},
            rounding={code: format_nanos(value) for code, value in sorted(self.rounding().items()) if value},
            without_isrc=self.without_isrc,
            periods=tuple(sorted(self.periods)),
            reported=tuple(sorted(self.reported)),
            damaged=damaged,
            assumed=self.assumed,
        )


def atto_text(value: int) -> str:
    """Return a number of 1e-18 as decimal text.

    >>> atto_text(-1_500_000_000_000_000_000)
    '-1.5'
    """
    text = f"{abs(value) // ATTO}.{abs(value) % ATTO:018d}".rstrip("0")
    return ("-" if value < 0 else "") + (text + "0" if text.endswith(".") else text)
