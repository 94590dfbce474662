"""``maxbooster royalties``: compute what everybody is owed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.output import print_json, print_table, say


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Sales lines to payouts, exact to a billionth.", no_args_is_help=True)
    app.add_typer(group, name="royalties")
    group.command("run")(run)
    group.command("import")(import_file)


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
    artist: Annotated[str | None, typer.Option(help="Only this artist's lines.")] = None,
    currency: Annotated[str, typer.Option(help="Currency of what the rates earn.")] = "USD",
    country_alias: Annotated[list[str] | None, typer.Option(help="Read one country as another: GB=UK.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace tables that exist.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Compute payouts, statements and their breakdown from sales lines."""
    from maxbooster_kernel import royalties

    aliases = dict(_alias(text) for text in country_alias or [])
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
    )
    result.write(out, force=force)
    summary = result.summary()
    if as_json:
        print_json(summary)
        return
    totals = summary["totals"].items()
    print_table(
        ("currency", "earnings", "allocated", "unallocated"),
        [(code, row["earnings"], row["allocated"], row["unallocated"]) for code, row in totals],
    )
    rejected = sum(row["lines"] for row in summary["rejected"].values())
    say(f"{summary['lines']} lines, {rejected} rejected, {summary['track_errors']} track errors; tables are in {out}")


def import_file(
    file: Annotated[Path, typer.Argument(help="A store's or distributor's sales file.")],
    out: Annotated[Path, typer.Option(help="Parquet file for the lines.")],
    template: Annotated[Path | None, typer.Option(help="YAML description of a format that is not built in.")] = None,
    country_alias: Annotated[list[str] | None, typer.Option(help="Write a country as another; GB=UK if none.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was imported as JSON.")] = False,
) -> None:
    """Turn a sales file into normal lines, with control totals."""
    from maxbooster_kernel.royalties import import_sales

    aliases = dict(_alias(text) for text in country_alias) if country_alias else None
    done = import_sales(file, out, template=template, country_alias=aliases, force=force)
    if as_json:
        print_json(done.to_dict())
        return
    print_table(("currency", "total", "rounding"), [(c, t, done.rounding.get(c, "0")) for c, t in done.total.items()])
    say(
        f"{done.source}: {done.rows} rows, {done.streams} streams, {done.without_isrc} rows without ISRC; "
        f"lines are in {out}"
    )


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _alias(text: str) -> tuple[str, str]:
    country, equals, other = text.partition("=")
    if not equals or not country or not other:
        raise typer.BadParameter(f"expected FROM=TO such as GB=UK, got {text!r}", param_hint="--country-alias")
    return country, other
