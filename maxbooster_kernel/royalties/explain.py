"""Explain a payout: from the lines to the cents, with every step's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import format_nanos, minor_digits
from maxbooster_kernel.royalties import periods
from maxbooster_kernel.royalties.statements import StatementRows
from maxbooster_kernel.royalties.sums import Bucket
from maxbooster_kernel.royalties.terms import Terms
from maxbooster_kernel.royalties.trace import Line, Tracer, TrackTrace, percent

if TYPE_CHECKING:
    from maxbooster_kernel.royalties.result import RoyaltyResult

STYLE = "padding:0 0 0 2em;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage of the way from lines to payout."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How one recipient's payout of one period came about; shows as text or as a table."""

    recipient: str
    period: str
    tracks: tuple[TrackTrace, ...]
    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        return f"<Explanation of {self.recipient} in {self.period}: {len(self.tracks)} tracks>"

    def __str__(self) -> str:
        rows = [f"{self.recipient}, {self.period}"]
        lines = [line for step in self.steps for line in step.lines if line.nanos is not None]
        width = max((len(line.text) + 2 * line.level for line in lines), default=0)
        for step in self.steps:
            rows.append(f"\n{step.title}")
            for line in step.lines:
                text = f"{'  ' * line.level}{line.text}"
                rows.append(text if line.nanos is None else f"{text:<{width}}  {format_nanos(line.nanos):>20}")
        return "\n".join(rows)

    def _repr_html_(self) -> str:
        return f"<div><b>{escape(self.recipient)}, {self.period}</b>{self.to_html()}</div>"

    def to_html(self) -> str:
        """Return the steps as an HTML table."""
        rows = []
        for step in self.steps:
            rows.append(f'<tr><th colspan="2" style="text-align:left;padding-top:1em">{escape(step.title)}</th></tr>')
            for line in step.lines:
                amount = "" if line.nanos is None else format_nanos(line.nanos)
                indent = f"padding:0 0 0 {1 + 1.5 * line.level}em;text-align:left"
                rows.append(f'<tr><td style="{indent}">{escape(line.text)}</td><td style="{STYLE}">{amount}</td></tr>')
        return f"<table>{''.join(rows)}</table>"


def explain(result: RoyaltyResult, recipient: str, period: str, *, tracer: Tracer | None = None) -> Explanation:
    """Walk from the lines to a recipient's payout of a period, computing everything once more.

    Parameters
    ----------
    result
        A run.
    recipient, period
        Whose payout, of which month ``YYYY-MM``.
    tracer
        The result's tracer, to read the breakdown once for many explanations.

    Raises
    ------
    RoyaltyError
        The recipient has nothing in that period, or the lines are no longer those of the run.
    """
    month = periods.month(period)
    if recipient not in result.recipients:
        raise RoyaltyError(f"explain: expected a recipient of this run, got {recipient!r}")
    number = result.recipients.index(recipient)
    follow = tracer or Tracer(result)
    steps, tracks = [], []
    for bucket in sorted(b for b, earned in result.earned.items() if b[0] == month and number in earned.named):
        traces = follow.bucket(recipient, bucket)
        earned = int(result.earned[bucket].nanos[number])
        if sum(trace.part for trace in traces) != earned:
            raise RoyaltyError(
                f"explain: the parts of {recipient!r} in {period} do not add up to {format_nanos(earned)}"
            )
        lines = [line for trace in traces for line in trace.lines]
        total = Line(text=f"earned by {recipient} in {bucket[1]}", nanos=earned)
        steps.append(Step(title=f"Lines, pools and shares in {bucket[1]}", lines=(*lines, total)))
        tracks += traces
    steps += _conversions(result, number, month)
    for part in result.statement_parts:
        if part.bucket[0] == month and number in part.recipients:
            place = part.recipients.tolist().index(number)
            terms = result.agreement.terms.get((recipient, part.bucket[1]), Terms())
            steps.append(Step(title=f"Statement in {part.bucket[1]}", lines=tuple(_settled(part, place, terms))))
    if not steps:
        raise RoyaltyError(f"explain: {recipient!r} has no statement of {period!r} in this run")
    return Explanation(recipient=recipient, period=period, tracks=tuple(tracks), steps=tuple(steps))


def _conversions(result: RoyaltyResult, number: int, month: int) -> list[Step]:
    found = []
    for conversion in result.converted:
        if conversion.bucket[0] == month and number in conversion.recipients:
            place = conversion.recipients.tolist().index(number)
            code, rate = conversion.bucket[1], conversion.rate
            text = f"{format_nanos(int(conversion.nanos[place]))} {code} x {rate.rate} ({rate.source})"
            line = Line(text=text, nanos=int(conversion.converted[place]))
            found.append(Step(title=f"From {code} to {conversion.to}", lines=(line,)))
    return found


def _settled(part: StatementRows, place: int, terms: Terms) -> list[Line]:
    """Return the lines of a statement."""

    def at(name: str) -> int:
        return int(getattr(part, name)[place])

    opening, earned, recouped, gross = at("opening"), at("earned"), at("recouped"), at("gross")
    lines = [Line(text="opening balance", nanos=opening), Line(text="earned", nanos=earned)]
    if recouped or at("advance_left"):
        had = format_nanos(recouped + at("advance_left"))
        gain = format_nanos(max(earned, 0))
        text = f"recouped: the lesser of the advance left, {had}, and {percent(terms.recoup_rate)} % of {gain}"
        lines.append(Line(text=text, nanos=-recouped))
    if at("costs"):
        lines.append(Line(text="costs", nanos=-at("costs")))
    if at("reserved"):
        base = format_nanos(max(earned - recouped, 0))
        many = "s" if terms.reserve_months > 1 else ""
        text = f"reserved: {percent(terms.reserve_rate)} % of {base} for {terms.reserve_months} month{many}"
        lines.append(Line(text=text, nanos=-at("reserved")))
    if at("released"):
        lines.append(Line(text="released from reserve", nanos=at("released")))
    balance = at("closing") + gross
    lines.append(Line(text="balance", nanos=balance))
    lines += _paid(part.bucket, balance, gross, at("tax"), terms)
    lines.append(Line(text="carried on", nanos=at("closing")))
    lines += [Line(text="advance left", nanos=at("advance_left"))] if at("advance_left") else []
    lines += [Line(text="held in reserve", nanos=at("held"))] if at("held") else []
    return lines


def _paid(bucket: Bucket, balance: int, gross: int, tax: int, terms: Terms) -> list[Line]:
    code = bucket[1]
    if not gross:
        least = format_nanos(terms.minimum_payout)
        why = f"less than the minimum payout of {least}" if 0 < balance < terms.minimum_payout else "nothing to pay"
        return [Line(text=f"paid: {why}", nanos=0)]
    lines = [Line(text=f"gross: the balance cut to {minor_digits(code)} decimals of {code}", nanos=gross)]
    if terms.withholding:
        text = f"tax: {percent(terms.withholding)} % of {format_nanos(gross)}, halves to even"
        lines.append(Line(text=text, nanos=-tax))
    return [*lines, Line(text=f"paid in {code}", nanos=gross - tax)]
