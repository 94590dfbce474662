"""Digital Sales Reports as flat files: the Basic Audio profile, version 1.4, in blocks of several records.

One cell a tab, one record a line; a release's block holds its recordings (AS02) and their usage (SU02), which refers to
a summary (SY01) that holds model, territory and currency. Reference: DDEX Digital Sales Report standard, parts 1 and 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from maxbooster_kernel.errors import MessageError

MESSAGE_VERSION = "dsrf/1.4/1.4/4.3"
PROFILE = "BasicAudioProfile"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """Usage of one recording in one country: ``streams`` counted, ``amount`` is the country's share of money."""

    upc: str
    isrc: str
    title: str
    artist: str
    country: str
    streams: int
    model: str = "SubscriptionModel"
    use: str = "OnDemandStream"
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesReport:
    """A report: who reports to whom on which days, and its lines."""

    message_id: str
    created: str
    start: str
    end: str
    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    service: str
    lines: tuple[UsageLine, ...]


def write_dsr(report: SalesReport) -> str:
    """Return the report as the text of a flat file."""
    head = (
        "HEAD",
        MESSAGE_VERSION,
        PROFILE,
        "1.4",
        report.message_id,
        report.created,
        "1",
        "1",
        report.start,
        report.end,
    )
    parties = (report.sender, report.sender_name, report.service, report.recipient, report.recipient_name, "")
    rows: list[tuple[str, ...]] = [(*head, *parties)]
    summaries = {key: f"S{number}" for number, key in enumerate(sorted({_summary(line) for line in report.lines}), 1)}
    for (model, use, country, currency), name in summaries.items():
        total = sum(line.streams for line in report.lines if _summary(line) == (model, use, country, currency))
        context = (report.service, "", model, use, country, report.service, str(total), "", currency, "0")
        rows.append(("SY01.03", name, *context, "", "", "", "", "", ""))
    blocks = sorted({line.upc for line in report.lines})
    number = 0
    for place, upc in enumerate(blocks, start=1):
        block = f"B{place}"
        own = [line for line in report.lines if line.upc == upc]
        rows.append(("RE01.03", block, "1", upc, "", "", upc, own[0].artist, *[""] * 9))
        references: dict[str, str] = {}
        for line in own:
            if line.isrc not in references:
                references[line.isrc] = f"A{len(references) + 1}"
                recording = (
                    references[line.isrc],
                    line.isrc,
                    line.isrc,
                    line.title,
                    "",
                    line.artist,
                    "",
                    "",
                    "SoundRecording",
                )
                rows.append(("AS02.04", block, *recording, *[""] * 10, "true", "false", "", ""))
        for line in own:
            number += 1
            usage = (summaries[_summary(line)], f"T{number}", "", references[line.isrc], "true", str(line.streams))
            rows.append(("SU02.03", block, *usage, "", "", line.use, ""))
    count = str(len(rows) + 1)
    rows.append(("FOOT", count, count, str(len(blocks)), "", ""))
    return "".join("\t".join(_cell(cell) for cell in row) + "\n" for row in rows)


def read_dsr(text: str) -> list[UsageLine]:
    """Return the usage lines of a flat file; raise :class:`MessageError` if it is none."""
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    if not rows or rows[0][0] != "HEAD":
        raise MessageError("sales report: expected a HEAD record in the first line")
    if rows[-1][0] != "FOOT":
        raise MessageError("sales report: it ends without a FOOT record; the file is not complete")
    return list(_lines(rows))


def _lines(rows: Iterable[list[str]]) -> Iterator[UsageLine]:
    summaries: dict[str, list[str]] = {}
    releases: dict[str, str] = {}
    recordings: dict[tuple[str, str], list[str]] = {}
    for number, row in enumerate(rows, start=1):
        cells = [*row, *[""] * 25]
        kind = cells[0].partition(".")[0]
        if kind == "SY01":
            summaries[cells[1]] = cells
        elif kind == "RE01":
            releases[cells[1]] = cells[6] or cells[3]
        elif kind == "AS02":
            recordings[cells[1], cells[2]] = cells
        elif kind == "SU02":
            summary, recording = summaries.get(cells[2]), recordings.get((cells[1], cells[5]))
            if summary is None or recording is None:
                raise MessageError(
                    f"sales report, record {number}: it refers to {cells[2]} and {cells[5]}, one is missing"
                )
            yield UsageLine(
                upc=releases.get(cells[1], ""),
                isrc=recording[4],
                title=recording[5],
                artist=recording[7],
                country=summary[6],
                streams=_count(cells[7], number),
                model=summary[4],
                use=cells[10] or summary[5],
                currency=summary[10],
            )


def _count(text: str, number: int) -> int:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise MessageError(f'sales report, record {number}: expected a count of streams, got "{text[:40]}"') from None
    if not value.is_finite() or value != value.to_integral_value() or abs(value) > 10**15:
        raise MessageError(f"sales report, record {number}: expected a whole count of streams, got {text[:40]}")
    return int(value)


def _summary(line: UsageLine) -> tuple[str, str, str, str]:
    return line.model, line.use, line.country, line.currency


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
