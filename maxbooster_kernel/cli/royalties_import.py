"""``maxbooster royalties import``, ``suspense``: sales files to lines, and money whose recording is not known."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxbooster_kernel.cli.choices import Damaged, DecimalMark
from maxbooster_kernel.cli.output import print_json, print_table, say
from maxbooster_kernel.cli.target import check_target

if TYPE_CHECKING:
    from maxbooster_kernel.royalties import Known

CATALOGUE = "Catalogue that knows the recordings: a database URL or an SQLite file."


def import_file(
    file: Annotated[Path, typer.Argument(help="A store's or distributor's sales file.")],
    out: Annotated[Path | None, typer.Option(help="Parquet file for the lines.")] = None,
    lake: Annotated[Path | None, typer.Option(help="Folder of lines by period and source to add them to.")] = None,
    template: Annotated[Path | None, typer.Option(help="YAML description of a format that is not built in.")] = None,
    country_alias: Annotated[list[str] | None, typer.Option(help="Write a country as another; GB=UK if none.")] = None,
    currency: Annotated[str, typer.Option(help="Currency of the money, for files that do not say.")] = "",
    decimal: Annotated[DecimalMark | None, typer.Option(help="What stands before decimals, if unclear.")] = None,
    quarantine: Annotated[Path | None, typer.Option(help="With --out: CSV for damaged rows.")] = None,
    damaged: Annotated[
        Damaged, typer.Option(help="With --lake: refuse the file, or quarantine its damaged rows.")
    ] = "refuse",
    catalogue: Annotated[str, typer.Option(help=f"With --lake: {CATALOGUE}")] = "",
    supersedes: Annotated[str, typer.Option(help="With --lake: the import this file replaces, by name or hash.")] = "",
    beside: Annotated[
        bool, typer.Option("--beside", help="With --lake: count beside files of the same period.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was imported as JSON.")] = False,
) -> None:
    """Turn a sales file into normal lines, with control totals."""
    if (out is None) == (lake is None):
        raise typer.BadParameter("expected either --out FILE or --lake DIR", param_hint="--out")
    options: dict[str, Any] = {
        "template": template,
        "country_alias": dict(map(alias, country_alias)) if country_alias else None,
        "currency": currency,
        "decimal": decimal,
        "progress": _progress(file),
    }
    if lake is not None:
        choices = {"supersedes": supersedes or None, "beside": beside, "quarantine": damaged == "quarantine"}
        _into_lake(file, lake, catalogue, {**options, **choices}, as_json=as_json)
        return
    from maxbooster_kernel.royalties import import_sales

    assert out is not None
    for made in (out, quarantine):
        if made is not None:
            check_target(made, file, *([template] if template else []))
    done = import_sales(file, out, quarantine=quarantine, force=force, **options)
    if as_json:
        print_json(done.to_dict())
        return
    print_table(("currency", "total", "rounding"), [(c, t, done.rounding.get(c, "0")) for c, t in done.total.items()])
    say_assumed(done.assumed)
    say(
        f"{done.source}: {done.rows} rows, {done.streams} streams, {done.without_isrc} rows without ISRC, "
        f"{sum(done.damaged.values())} damaged; lines are in {out}"
    )


def suspense(
    lake: Annotated[Path, typer.Argument(help="Folder of lines.")],
    catalogue: Annotated[str, typer.Option(help=CATALOGUE)] = "",
    assign: Annotated[list[str] | None, typer.Option(help="Decide which recording a track is: TRACK=ISRC.")] = None,
    release: Annotated[bool, typer.Option("--release", help="Let out what the catalogue knows by now.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """Show money whose recording is not known. Lets it out when it is."""
    from maxbooster_kernel.errors import RoyaltyError
    from maxbooster_kernel.royalties import Lake
    from maxbooster_kernel.royalties.manifest import find_lake

    if find_lake(lake) is None:
        raise RoyaltyError(f"{lake}: there is no lake; royalties import FILE --lake {lake} makes one")
    opened, known = Lake.open(lake), _known(catalogue)
    for text in assign or []:
        track, equals, isrc = text.rpartition("=")
        if not equals:
            raise typer.BadParameter(f"expected TRACK=ISRC, got {text!r}", param_hint="--assign")
        opened.assign(track, isrc)
    for track, lines in (opened.release(known) if release else {}).items():
        say(f"released {lines} lines of {track}")
    rows = opened.suspense(known).to_pylist()
    if as_json:
        print_json([{**row, "amount": format(row["amount"], "f")} for row in rows])
        return
    columns = ("track_id", "title", "artist", "lines", "amount", "currency", "suggestion", "why")
    shown = [{**row, "amount": format(row["amount"], "f")} for row in rows]
    print_table(columns, [[row[name] for name in columns] for row in shown])


def alias(text: str) -> tuple[str, str]:
    """Return both sides of ``GB=UK``."""
    country, equals, other = text.partition("=")
    if not equals or not country or not other:
        raise typer.BadParameter(f"expected FROM=TO such as GB=UK, got {text!r}", param_hint="--country-alias")
    return country, other


def say_assumed(assumed: Iterable[str]) -> None:
    """Say what was taken for granted as nobody had said it."""
    for what in assumed:
        say(f"assumed: {what}, as nobody has said it; say it with --{what.split()[0]}")


def _into_lake(file: Path, lake: Path, catalogue: str, options: dict[str, Any], *, as_json: bool) -> None:
    from maxbooster_kernel.royalties import Lake
    from maxbooster_kernel.royalties.import_files import record_imports

    opened = Lake.open(lake)
    done = opened.add(file, known=_known(catalogue) if catalogue else None, **options)
    if catalogue:
        from maxbooster_kernel.catalogue.store import Catalogue

        record_imports(Catalogue.open(catalogue), opened.manifest)
    if as_json:
        print_json(done.to_dict())
        return
    record = done.record
    if done.done == "already":
        say(f"{file}: has already been imported as {record.name} ({record.sha256[:12]}); nothing was done")
        return
    print_table(
        ("currency", "total", "rounding"), [(c, t, record.rounding.get(c, "0")) for c, t in record.total.items()]
    )
    say_assumed(record.assumed)
    say(
        f"{record.source}: {record.rows} rows, {record.streams} streams, {done.suspense_rows} in suspense, "
        f"{sum(record.damaged.values())} damaged; {done.done} in {lake}"
    )


def _known(catalogue: str) -> list[Known]:
    from maxbooster_kernel.catalogue.store import Catalogue
    from maxbooster_kernel.royalties import catalogue_tracks

    return catalogue_tracks(Catalogue.open(catalogue)) if catalogue else []


def _progress(file: Path) -> Any:
    """Return what shows how much of a large file has been read, on a terminal."""
    import sys

    from tqdm import tqdm

    size = file.stat().st_size if file.is_file() else 0
    if size < 64 << 20 or not sys.stderr.isatty():
        return None
    bar = tqdm(total=size, unit="B", unit_scale=True, file=sys.stderr, leave=False)

    def show(read: int) -> None:
        bar.update(read - bar.n)
        if read >= size:
            bar.close()

    return show
