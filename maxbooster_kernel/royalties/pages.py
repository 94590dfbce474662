"""Statements as pages to print: one a recipient, with what was earned on which track and how it was computed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import format_nanos, minor_digits
from maxbooster_kernel.royalties.explain import Explanation, explain
from maxbooster_kernel.royalties.periods import period
from maxbooster_kernel.royalties.statements import StatementRows
from maxbooster_kernel.royalties.trace import Tracer, TrackTrace

if TYPE_CHECKING:
    from maxbooster_kernel.royalties.result import RoyaltyResult

CSS = """
:root { color-scheme: light dark; --rule: light-dark(#c9ced6, #454b55); --quiet: light-dark(#5a6472, #a4adba); }
body { font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1.5em; }
h1 { font-size: 1.5em; margin: 0; }
h2 { font-size: 1.15em; margin: 2.2em 0 .3em; }
h3 { font-size: 1em; margin: 1.6em 0 .3em; }
p.what { color: var(--quiet); margin: .2em 0 0; }
.due { font-size: 1.9em; font-weight: 600; margin: .2em 0 0; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .25em 0; border-bottom: 1px solid var(--rule); }
th { text-align: left; font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; padding-left: 1.5em; }
tr.sum td { font-weight: 600; border-bottom: 2px solid var(--rule); }
details { margin-top: 1.2em; }
summary { cursor: pointer; color: var(--quiet); }
details td, details th { border: 0; padding: .05em 0; }
footer { color: var(--quiet); margin-top: 3em; font-size: .85em; overflow-wrap: anywhere; }
@page { size: A4; margin: 18mm; }
@media print {
  :root { color-scheme: light; }
  body { margin: 0; padding: 0; max-width: none; font-size: 10pt; }
  section + section { break-before: page; }
  tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  summary { list-style: none; }
}
"""

ROWS = (
    ("opening", "Opening balance", 1),
    ("earned", "Earned", 1),
    ("recouped", "Recouped against the advance", -1),
    ("costs", "Costs", -1),
    ("reserved", "Held in reserve", -1),
    ("released", "Released from reserve", 1),
    ("gross", "Gross payment", 1),
    ("tax", "Tax withheld", -1),
)
ALWAYS = frozenset({"opening", "earned", "gross"})


def statement_page(result: RoyaltyResult, recipient: str, *, tracer: Tracer | None = None) -> str:
    """Return a recipient's statements of all periods as one HTML document, a sheet a period when printed.

    Parameters
    ----------
    result
        A run.
    recipient
        Whose statements.
    tracer
        The result's tracer, to read the breakdown once for many pages.

    Raises
    ------
    RoyaltyError
        The recipient has no statement in this run.
    """
    if recipient not in result.recipients:
        raise RoyaltyError(f"statement: expected a recipient of this run, got {recipient!r}")
    follow, number = tracer or Tracer(result), result.recipients.index(recipient)
    mine: dict[int, list[tuple[StatementRows, int]]] = {}
    for part in result.statement_parts:
        places = (part.recipients == number).nonzero()[0]
        if places.size:
            mine.setdefault(part.bucket[0], []).append((part, int(places[0])))
    if not mine:
        raise RoyaltyError(f"statement: {recipient!r} has no statement in this run")
    sheets = "".join(
        _sheet(explain(result, recipient, period(month), tracer=follow), parts) for month, parts in sorted(mine.items())
    )
    name = escape(recipient)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Royalty statement: {name}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{CSS}</style>'
        f"<h1>Royalty statement</h1><p class=what>{name}</p>{sheets}"
        f"<footer>Run {result.run_id}. Amounts are exact to a billionth; what is paid is cut to the currency's "
        "smallest unit and the rest is carried on.</footer></html>\n"
    )


def all_pages(result: RoyaltyResult) -> Iterator[tuple[str, str]]:
    """Yield file name and page of everybody who has a statement, by recipient."""
    follow = Tracer(result)
    having = sorted({result.recipients[n] for part in result.statement_parts for n in part.recipients.tolist()})
    for recipient in having:
        yield file_name(recipient), statement_page(result, recipient, tracer=follow)


def file_name(recipient: str) -> str:
    """Return a file name for a recipient's page that no other recipient has.

    >>> file_name("ada")
    'ada.html'
    >>> file_name("a/b")
    'a_b-c14cddc0.html'
    """
    safe = re.sub(r"[^a-z0-9._-]", "_", recipient)[:80]
    if safe == recipient and not safe.startswith("."):
        return f"{safe}.html"
    return f"{safe.lstrip('.')}-{hashlib.sha256(recipient.encode()).hexdigest()[:8]}.html"


def _sheet(found: Explanation, parts: list[tuple[StatementRows, int]]) -> str:
    tables = "".join(_statement(part, place) for part, place in parts)
    tracks = _tracks(found.tracks) if found.tracks else ""
    how = f"<details open><summary>How it was computed</summary>{found.to_html()}</details>"
    return f"<section><h2>{found.period}</h2>{tables}{tracks}{how}</section>"


def _statement(part: StatementRows, place: int) -> str:
    code = part.bucket[1]
    rows = []
    for name, title, sign in ROWS:
        nanos = int(getattr(part, name)[place])
        if nanos or name in ALWAYS:
            rows.append(_row(title, sign * nanos))
        if name == "released":
            rows.append(_row("Balance", int(part.closing[place]) + int(part.gross[place]), total=True))
    net = _minor(int(part.net_minor[place]), code)
    rows.append(_row("Carried on", int(part.closing[place])))
    rows += [_row("Advance left", int(part.advance_left[place]))] if part.advance_left[place] else []
    rows += [_row("Reserve held", int(part.held[place]))] if part.held[place] else []
    return f"<p class=what>Payable</p><p class=due>{net} {code}</p><table>{''.join(rows)}</table>"


def _row(title: str, nanos: int, *, total: bool = False) -> str:
    kind = " class=sum" if total else ""
    return f"<tr{kind}><td>{title}</td><td class=n>{format_nanos(nanos)}</td></tr>"


def _minor(amount: int, currency: str) -> str:
    digits = minor_digits(currency)
    whole, rest = divmod(amount, 10**digits)
    return f"{whole:,}.{rest:0{digits}d}" if digits else f"{whole:,}"


def _tracks(tracks: tuple[TrackTrace, ...]) -> str:
    rows = "".join(
        f"<tr><td>{escape(t.track)}</td><td class=n>{t.streams:,}</td><td class=n>{format_nanos(t.pool)}</td>"
        f"<td class=n>{format_nanos(t.part)}</td></tr>"
        for t in tracks
    )
    head = "<tr><th>Track</th><th class=n>Streams</th><th class=n>The track earned</th><th class=n>Your part</th></tr>"
    return f"<h3>Tracks</h3><table>{head}{rows}</table>"
