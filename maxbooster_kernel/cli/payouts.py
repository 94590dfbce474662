"""``maxbooster payouts``: money out, dry run by default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxbooster_kernel.cli.choices import Provider
from maxbooster_kernel.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from maxbooster_kernel.catalogue.store import Catalogue
    from maxbooster_kernel.royalties.payouts import PayoutPlan

Statements = Annotated[
    Path | None,
    typer.Argument(
        help="statements.csv of a royalty run; without it, what published statements promise and is not paid."
    ),
]
Accounts = Annotated[Path | None, typer.Option(help="recipient_id, destination (IBAN or Stripe account)")]
Period = Annotated[str | None, typer.Option(help="Only this period, YYYY-MM.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Database = Annotated[str | None, typer.Option(help="Catalogue: a URL or an SQLite file.")]
How = Annotated[Provider, typer.Option("--provider", help="Who pays.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Plan, preview, execute and reconcile payouts.", no_args_is_help=True)
    app.add_typer(group, name="payouts")
    group.command("plan")(_looked_at(plan))
    group.command("preview")(_looked_at(preview))
    group.command("execute")(execute)
    group.command("reconcile")(reconcile)


def _looked_at(show: Callable[[PayoutPlan, bool], None]) -> Callable[..., None]:
    """Return the command that makes a plan and shows it."""

    def command(
        statements: Statements = None,
        destinations: Accounts = None,
        period: Period = None,
        database: Database = None,
        as_json: AsJson = False,
    ) -> None:
        show(_plan(statements, destinations, period, database), as_json)

    command.__doc__ = show.__doc__
    return command


def plan(chosen: PayoutPlan, as_json: bool) -> None:
    """Say how much would be paid, and the digest that confirms it."""
    facts = {"digest": chosen.digest, "payouts": len(chosen.transfers), "totals_minor": chosen.totals()}
    if as_json:
        print_json(facts)
        return
    print_table(("currency", "minor units"), sorted(chosen.totals().items()))
    say(f"{len(chosen.transfers)} payouts; digest {chosen.digest}")


def preview(chosen: PayoutPlan, as_json: bool) -> None:
    """Show every payout of the plan."""
    if as_json:
        print_json({"digest": chosen.digest, "payouts": chosen.preview()})
        return
    print_table(("recipient", "currency", "amount", "destination"), [tuple(row.values()) for row in chosen.preview()])
    say(f"digest {chosen.digest}")


def execute(
    confirm: Annotated[str, typer.Option(help="The plan's digest.")],
    statements: Statements = None,
    destinations: Accounts = None,
    period: Period = None,
    provider: How = "dry-run",
    out: Annotated[Path | None, typer.Option(help="File of the csv and pain001 providers.")] = None,
    debtor: Annotated[str, typer.Option(help="Who pays (pain001).")] = "",
    iban: Annotated[str, typer.Option(help="From which account (pain001).")] = "",
    retry: Annotated[bool, typer.Option("--retry", help="Send once more what was refused.")] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make the payouts of the plan that the digest confirms. Without a provider, only pretend."""
    from maxbooster_kernel.catalogue.store import Catalogue
    from maxbooster_kernel.royalties import payouts

    chosen = _plan(statements, destinations, period, database)
    sender = _provider(provider, out, debtor, iban)
    _report(payouts.execute(Catalogue.open(database), chosen, sender, confirm=confirm, retry=retry), as_json)


def reconcile(
    confirm: Annotated[str, typer.Option(help="The plan's digest.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Ask Stripe about payouts that may or may not have gone."""
    from maxbooster_kernel.royalties import payouts
    from maxbooster_kernel.royalties.providers import Stripe

    _report(payouts.reconcile(_books(database), Stripe(), confirm), as_json)


def _plan(statements: Path | None, destinations: Path | None, period: str | None, database: str | None) -> PayoutPlan:
    from maxbooster_kernel.royalties import payouts, publish
    from maxbooster_kernel.royalties.tables import read_table, rows

    accounts: dict[str, str] = {}
    if destinations is not None:
        table = read_table(str(destinations), name="destinations", required=("recipient_id", "destination"))
        accounts = {recipient: account for recipient, account, *_ in rows(table, "recipient_id", "destination")}
    asked = publish.due(_books(database)) if statements is None else str(statements)
    return payouts.plan(asked, accounts, period=period)


def _books(database: str | None) -> Catalogue:
    """Open a catalogue that is there: one made here and now would owe nobody anything."""
    from maxbooster_kernel.catalogue.store import Catalogue
    from maxbooster_kernel.errors import CatalogueError

    if database is not None and "://" not in database and not Path(database).is_file():
        raise CatalogueError(f"{database}: there is no catalogue; royalties run --publish --database makes one")
    return Catalogue.open(database)


def _provider(name: Provider, out: Path | None, debtor: str, iban: str) -> Any:
    from maxbooster_kernel.royalties import providers

    if name == "dry-run":
        return None
    if name == "stripe":
        return providers.Stripe()
    if out is None:
        raise typer.BadParameter(f"{name} writes a file: give its name", param_hint="--out")
    return providers.CsvFile(out) if name == "csv" else providers.Pain001(out, debtor=debtor, iban=iban)


def _report(states: dict[str, int], as_json: bool) -> None:
    if as_json:
        print_json(states)
    else:
        print_table(("state", "payouts"), sorted(states.items()))
