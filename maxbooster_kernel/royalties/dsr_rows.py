"""Read a DDEX sales report (a flat file) into normal lines, record by record.

Money comes with SR08 (financial reporting to record companies: ``AllocatedNetRevenueInCurrencyOfAccounting``, summed
up in SY10) and SU03 (``NetRevenue``, summary SY02 or SY01). SU01 and SU02 count uses and carry no money of the label's:
such a report becomes lines for the price tables. A report is one or the other. Sales records of other profiles are
refused by name: what their cells hold is not at hand, and money is not guessed.

Reference: DDEX Digital Sales Report Message Suite, version 1.4, parts 8 and 9, as implementations list its records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.blocks import Block
from maxbooster_kernel.royalties.formats import SalesFormat
from maxbooster_kernel.royalties.normal import ATTO, Normal, RawTexts, Rows, Rules, normalise
from maxbooster_kernel.royalties.numbers import read_number
from maxbooster_kernel.royalties.text import parse_decimals, parse_integers

ROWS = 1 << 16
DSR = SalesFormat(
    name="ddex_dsr", fingerprint=frozenset({"HEAD"}), columns={"month": "", "amount": ""}, decimal_comma=False
)
CELLS = ("month", "reported", "platform", "country", "isrc", "upc", "title", "artist", "quantity", "amount", "currency")
MONEY, USES = ("SR08", "SU03"), ("SU01", "SU02")
WIDTHS = {
    "HEAD": 13, "FOOT": 2, "SRFO": 2, "SY01": 11, "SY02": 11, "SY10": 22, "RE01": 8, "AS01": 8, "AS02": 8,
    "SU01": 11, "SU02": 8, "SU03": 7, "SR08": 47,
}  # fmt: skip
"""How many cells a record must have at least, for the ones that are read here."""
_SUMMARIES = {"SY01": (6, 10), "SY02": (6, 10), "SY10": (12, 21)}
"""Where a summary record says its territory and its currency."""
_SUMMARY_TOTAL = 37


@dataclass(kw_only=True)
class _Report:
    """What the records so far have said."""

    rules: Rules
    platform: str = ""
    month: str = ""
    created: str = ""
    summaries: dict[str, tuple[str, str]] = field(default_factory=dict)
    promised: dict[str, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    block: str = ""
    releases: dict[str, str] = field(default_factory=dict)
    recordings: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    files: str = "1"
    kinds: set[bool] = field(default_factory=set)
    records: int = 0
    ended: bool = False


def is_dsr(data: bytes) -> bool:
    r"""Return whether a file begins like a sales report: comments, then a HEAD record.

    >>> is_dsr(b"#heading\nHEAD\tdsrf/1.4"), is_dsr(b"Sale Month,Store")
    (True, False)
    """
    place = 0
    while data.startswith(b"#", place):
        place = data.find(b"\n", place) + 1
        if not place:
            return False
    return data.startswith(b"HEAD\t", place)


def read_reports(blocks: Iterable[Block], rules: Rules) -> Iterator[Normal]:
    """Yield the normal lines of a report.

    Raises
    ------
    RoyaltyError
        A record is cut short or refers to one that is missing, the report does not end, or its sums are not its lines'.
    """
    report = _Report(rules=rules)
    pending: list[tuple[int, str, tuple[str, ...]]] = []
    for line, text in _lines(blocks):
        if found := _record(report, line, text):
            pending.append((line, text, found))
        if len(pending) >= ROWS:
            yield _normal(pending, report)
            pending = []
    if not report.ended:
        raise RoyaltyError(
            f"{rules.name}: expected a FOOT record at the end, there is none; get the file again [cut_off]"
        )
    if pending:
        yield _normal(pending, report)
    for name, total in report.promised.items():
        if total != report.sums.get(name, 0):
            raise RoyaltyError(
                f"{rules.name}: its summary {name} says {_plain(total)}, its lines add up to "
                f"{_plain(report.sums.get(name, 0))}; get the file again [control_total]"
            )


def _lines(blocks: Iterable[Block]) -> Iterator[tuple[int, str]]:
    for block in blocks:
        for number, line in enumerate(block.data.split(b"\n"), block.lines_before + 1):
            text = line.decode(block.encoding).rstrip("\r")
            if text and not text.startswith("#"):
                yield number, text


def _record(report: _Report, line: int, text: str) -> tuple[str, ...] | None:
    """Take in one record; return the cells of a line if it is one."""
    cells = text.split("\t")
    kind = cells[0].partition(".")[0]
    if report.ended:
        raise _wrong(report, line, "nothing after the FOOT record", cells[0])
    report.records += 1
    if report.records == 1 and kind != "HEAD":
        raise _wrong(report, line, "a HEAD record", cells[0])
    if kind not in WIDTHS:
        if kind[:2] in ("SU", "SR"):
            raise _wrong(report, line, f"sales records {', '.join((*MONEY, *USES))}", cells[0])
        return None
    if len(cells) < WIDTHS[kind]:
        raise _wrong(report, line, f"a {kind} record of at least {WIDTHS[kind]} cells", f"{len(cells)}")
    if kind == "HEAD":
        report.month, report.platform, report.files = cells[9] or cells[8], cells[12] or cells[11], cells[7]
        report.created = cells[5]
    elif kind in ("FOOT", "SRFO"):
        report.ended = True
        whole = kind == "FOOT" or report.files in ("", "1")
        if whole and cells[1].strip() and cells[1].strip() != str(report.records):
            raise _wrong(report, line, f"the {cells[1]} records the FOOT record counts", f"{report.records}")
    elif kind in _SUMMARIES:
        territory, currency = _SUMMARIES[kind]
        report.summaries[cells[1]] = cells[territory], cells[currency]
        if kind == "SY10" and len(cells) > _SUMMARY_TOTAL and cells[_SUMMARY_TOTAL].strip():
            report.promised[cells[1]] = _attos(report, line, cells[_SUMMARY_TOTAL])
    elif kind in ("RE01", "AS01", "AS02"):
        if cells[1] != report.block:
            report.block, report.releases, report.recordings = cells[1], {}, {}
        if kind == "RE01":
            report.releases[cells[2]] = cells[6]
        else:
            report.recordings[cells[2]] = cells[4], cells[5], cells[7]
    else:
        return _use(report, line, kind, cells)
    return None


def _use(report: _Report, line: int, kind: str, cells: list[str]) -> tuple[str, ...]:
    report.kinds.add(kind in MONEY)
    if len(report.kinds) > 1:
        raise _wrong(report, line, "records with money only, or without only", cells[0])
    if kind == "SR08":
        country, currency = _summary(report, line, cells[24])
        report.sums[cells[24]] = report.sums.get(cells[24], 0) + _attos(report, line, cells[46])
        uses = cells[28] or _difference(report, line, cells[26], cells[27])
        month = cells[25] or report.month
        return (month, report.created, report.platform, country, cells[13], cells[3], cells[20], cells[22], uses,
                cells[46], currency)  # fmt: skip
    if kind == "SU03":
        country, currency = _summary(report, line, cells[3])
        isrc, title, artist = _recording(report, line, cells[1], "")
        upc = _release(report, cells[1], "")
        return (report.month, report.created, report.platform, country, isrc, upc, title, artist, cells[5], cells[6],
                currency)  # fmt: skip
    country, _ = _summary(report, line, cells[2])
    uses = cells[7] if kind == "SU02" else _difference(report, line, cells[8], cells[9])
    upc = _release(report, cells[1], cells[4])
    isrc, title, artist = _recording(report, line, cells[1], cells[5]) if cells[5] or not cells[4] else ("", "", "")
    return report.month, report.created, report.platform, country, isrc, upc, title, artist, uses, "", ""


def _summary(report: _Report, line: int, name: str) -> tuple[str, str]:
    found = report.summaries.get(name)
    if found is None:
        raise _wrong(report, line, "a summary record before it", f"none named {name!r}")
    return found


def _recording(report: _Report, line: int, block: str, reference: str) -> tuple[str, str, str]:
    """Return ISRC, title and artist of the block's recording; without a reference, of its only one."""
    mine = report.recordings if block == report.block else {}
    found = mine.get(reference) if reference else next(iter(mine.values())) if len(mine) == 1 else None
    if found is None:
        raise _wrong(report, line, f"a recording of block {block!r}", f"none named {reference!r}")
    return found


def _release(report: _Report, block: str, reference: str) -> str:
    mine = report.releases if block == report.block else {}
    return mine.get(reference, "") if reference or len(mine) != 1 else next(iter(mine.values()))


def _difference(report: _Report, line: int, uses: str, returns: str) -> str:
    left, right = read_number(uses or "0"), read_number(returns or "0")
    if left is None or right is None:
        raise _wrong(report, line, "counts of uses and returns", f"{uses!r} and {returns!r}")
    return format(left - right, "f")


def _attos(report: _Report, line: int, text: str) -> int:
    number = read_number(text)
    attos = None if number is None else number * ATTO
    if attos is None or attos != int(attos):
        if report.rules.damaged == "quarantine":
            return 0
        raise _wrong(report, line, "an amount with at most 18 decimals", repr(text))
    return int(attos)


def _normal(pending: list[tuple[int, str, tuple[str, ...]]], report: _Report) -> Normal:
    import pyarrow as pa

    money = True in report.kinds
    columns = dict(zip(CELLS, zip(*(cells for _, _, cells in pending), strict=True), strict=True))
    texts = {}
    for role in ("month", "reported", "platform", "country", "isrc", *(("currency",) if money else ())):
        places: dict[str, int] = {}
        codes = [places.setdefault(text, len(places)) for text in columns[role]]
        texts[role] = RawTexts(codes=np.array(codes, np.int32), cells=list(places))
    nanos, residue, status = parse_decimals(pa.array(columns["amount"], pa.large_string()))
    rows = Rows(
        count=len(pending),
        texts=texts,
        nanos=nanos,
        residue=residue,
        status=status,
        quantities=parse_integers(pa.array(columns["quantity"], pa.large_string())),
        odd_upcs=np.flatnonzero([not upc.isdecimal() for upc in columns["upc"]]),
        cell=lambda role, row: columns[role][row],
        raw=lambda row: pending[row][1],
        line=lambda row: pending[row][0],
        has_money=money,
    )
    return normalise(rows, report.rules)


def _wrong(report: _Report, line: int, expected: str, got: str) -> RoyaltyError:
    return RoyaltyError(f"{report.rules.name}, line {line}: expected {expected}, got {got[:40]} [bad_record]")


def _plain(attos: int) -> str:
    return f"{'-' if attos < 0 else ''}{abs(attos) // ATTO}.{abs(attos) % ATTO:018d}".rstrip("0").rstrip(".")
