"""``maxbooster royalties``: compute what everybody is owed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maxbooster_kernel.cli.output import print_json, print_table, say
from maxbooster_kernel.cli.royalties_import import alias, import_file, say_assumed, suspense

if TYPE_CHECKING:
    from maxbooster_kernel.catalogue.store import Catalogue
    from maxbooster_kernel.royalties import Eligibility


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Sales lines to payouts, exact to a billionth.", no_args_is_help=True)
    app.add_typer(group, name="royalties")
    group.command("run")(run)
    group.command("import")(import_file)
    group.command("suspense")(suspense)


def run(
    lines: Annotated[list[Path], typer.Option("--lines", help="Sales lines: CSV, Parquet, or a folder of Parquet.")],
    more_lines: Annotated[list[Path] | None, typer.Argument(help="More files of --lines.", show_default=False)] = None,
    *,
    splits: Annotated[Path, typer.Option(help="track_id, recipient_id, percentage, valid_from, valid_to")],
    out: Annotated[Path, typer.Option(help="Folder for the tables.")],
    rates: Annotated[Path | None, typer.Option(help="platform, period, rate; replaces the built-in rates.")] = None,
    multipliers: Annotated[Path | None, typer.Option(help="country, multiplier; replaces the built-in ones.")] = None,
    sub_splits: Annotated[Path | None, typer.Option(help="recipient_id, to, percentage")] = None,
    terms: Annotated[Path | None, typer.Option(help="recipient_id, advance, recoup_rate, withholding, ...")] = None,
    contracts: Annotated[Path | None, typer.Option(help="track_id, type (royalty, profit_share), contract_id")] = None,
    costs: Annotated[Path | None, typer.Option(help="period, amount, recipient_id or contract_id, currency")] = None,
    reserves: Annotated[Path | None, typer.Option(help="What earlier runs hold: their reserves.csv.")] = None,
    escalations: Annotated[Path | None, typer.Option(help="track_id, recipient_id, from_streams, percentage")] = None,
    min_streams: Annotated[list[str] | None, typer.Option(help="Paid from N streams a year on: spotify=1000.")] = None,
    exchange: Annotated[Path | None, typer.Option(help="currency, to, period, rate, source")] = None,
    pay_in: Annotated[str | None, typer.Option(help="Payout currency, or a table recipient_id, currency.")] = None,
    artist: Annotated[str | None, typer.Option(help="Only this artist's lines.")] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of what the rates earn; USD if not said.")] = None,
    country_alias: Annotated[list[str] | None, typer.Option(help="Read one country as another: GB=UK.")] = None,
    pages: Annotated[bool, typer.Option("--pages", help="Also write a page to print for every recipient.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Store the statements for good, and post them.")] = False,
    correction: Annotated[bool, typer.Option("--correction", help="Publish in place of what is published.")] = False,
    database: Annotated[str | None, typer.Option(help="Catalogue to publish to: a URL or an SQLite file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace tables that exist.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Compute payouts and statements from sales lines."""
    from maxbooster_kernel import royalties

    aliases = dict(alias(text) for text in country_alias or [])
    result = royalties.run(
        [str(path) for path in [*lines, *(more_lines or [])]],
        str(splits),
        _path(rates),
        _path(multipliers),
        sub_splits=_path(sub_splits),
        terms=_path(terms),
        artist=artist,
        currency=currency,
        country_alias=aliases,
        contracts=_path(contracts),
        costs=_path(costs),
        reserves=_path(reserves),
        escalations=_path(escalations),
        eligibility=dict(_policy(text) for text in min_streams or []),
        exchange=_path(exchange),
        pay_in=pay_in,
    )
    books = _books(database) if publish or correction else None  # before anything is written
    result.write(out, force=force, pages=pages)
    summary = result.summary()
    if books is not None:
        from maxbooster_kernel.royalties.publish import publish as put

        done = put(books, result, correction=correction)
        summary["published"] = {"statements": len(done.statements), "reversed": len(done.reversed)}
    if as_json:
        print_json(summary)
        return
    totals = summary["totals"].items()
    print_table(
        ("currency", "earnings", "allocated", "unallocated"),
        [(code, row["earnings"], row["allocated"], row["unallocated"]) for code, row in totals],
    )
    say_assumed(result.assumed)
    rejected = sum(row["lines"] for row in summary["rejected"].values())
    say(f"{summary['lines']} lines, {rejected} rejected, {summary['track_errors']} track errors; tables are in {out}")
    if told := summary.get("published"):
        say(f"{told['statements']} statements published for good, {told['reversed']} taken back")


def _books(database: str | None) -> Catalogue:
    from maxbooster_kernel.catalogue.store import Catalogue

    return Catalogue.open(database)


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _policy(text: str) -> tuple[str, Eligibility]:
    from maxbooster_kernel.royalties import min_streams_12m

    platform, _, streams = text.partition("=")
    if not platform or not streams.isascii() or not streams.isdigit() or int(streams) < 1:
        raise typer.BadParameter(
            f"expected PLATFORM=STREAMS such as spotify=1000, got {text!r}", param_hint="--min-streams"
        )
    return platform, min_streams_12m(int(streams))
