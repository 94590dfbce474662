"""``maxbooster deliver``: send a release to a store, or see where its deliveries stand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maxbooster_kernel.cli.choices import Action, Version
from maxbooster_kernel.cli.output import print_json, print_table, say
from maxbooster_kernel.errors import DeliveryError

if TYPE_CHECKING:
    from maxbooster_kernel.delivery.deliver import Delivery
    from maxbooster_kernel.delivery.queue import DeliveryJob

AGAIN = "run the command again to go on where it broke off"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def deliver(
        files: Annotated[list[Path], typer.Argument(help="The release, RELEASE.json, or several.", metavar="FILE")],
        store: Annotated[str, typer.Option(help="The store's name, or a TOML profile.")] = "sandbox",
        to: Annotated[str | None, typer.Option(help="A folder, or a URL: file, sftp, s3, http.")] = None,
        version: Annotated[Version | None, typer.Option(help="The ERN version; by default the store's best.")] = None,
        action: Annotated[Action, typer.Option(help="What the message asks the store to do.")] = "initial",
        live: Annotated[bool, typer.Option("--live", help="Send a live message instead of a test.")] = False,
        concurrency: Annotated[int, typer.Option(help="Of several releases, so many at once.", min=1, max=32)] = 4,
        status: Annotated[
            bool, typer.Option("--status", help="Show where deliveries stand; with --to fetch the answers first.")
        ] = False,
        json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    ) -> int:
        """Deliver a release as one batch, exactly once. Run again to resume what broke off."""
        from maxbooster_kernel.delivery.queue import DeliveryJob
        from maxbooster_kernel.workbench.release import Release

        if to is None and not status:
            raise typer.BadParameter(
                "expected a folder or a URL, got nothing; --status shows what was sent", param_hint="--to"
            )
        releases = [Release.from_json(file) for file in files]
        if status or to is None:
            if to is not None:
                _poll(to)
            _show_status([release.upc or "" for release in releases], json=json)
            return 0
        jobs = [
            DeliveryJob(release=release, store=store, to=to, version=version, action=action, live=live)
            for release in releases
        ]
        return _one(jobs[0], json=json) if len(jobs) == 1 else _many(jobs, concurrency, json=json)


def _one(job: DeliveryJob, *, json: bool) -> int:
    from maxbooster_kernel.delivery.deliver import deliver as send
    from maxbooster_kernel.delivery.retry import TransientError

    try:
        result = send(
            job.release,
            store=job.store,
            to=job.to,
            version=job.version,
            action=job.action,
            live=job.live,
            progress="bar",
        )
    except TransientError as error:
        raise DeliveryError(f"{error}; {AGAIN}") from None
    if json:
        print_json(result.to_dict())
    else:
        _say(result)
    return 0


def _many(jobs: list[DeliveryJob], concurrency: int, *, json: bool) -> int:
    from maxbooster_kernel.delivery.queue import deliver_many
    from maxbooster_kernel.delivery.retry import TransientError

    outcomes = deliver_many(jobs, concurrency=concurrency, progress="bar")
    done = [outcome.delivery for outcome in outcomes if outcome.delivery is not None]
    if json:
        print_json([delivery.to_dict() for delivery in done])
    else:
        for delivery in done:
            _say(delivery)
    for outcome in outcomes:
        if outcome.error is not None:
            more = f"; {AGAIN}" if isinstance(outcome.error, TransientError) else ""
            say(f"maxbooster: {outcome.job.lane[0] or 'a release without UPC'}: {outcome.error}{more}")
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def _say(result: Delivery) -> None:
    if result.sent:
        say(f"batch {result.batch}: {len(result.sent)} files sent, {len(result.kept)} were there, {result.state}")
    else:
        say(f"already delivered as batch {result.batch} ({result.state}); nothing was sent")


def _poll(to: str) -> None:
    from maxbooster_kernel.delivery.connect import connect, destination_of
    from maxbooster_kernel.delivery.journal import Journal
    from maxbooster_kernel.delivery.poll import poll_acknowledgements

    place = destination_of(to)
    journal, line = Journal.open(), connect(place)
    try:
        for entry in poll_acknowledgements(journal, line, place):
            say(f"batch {entry.batch}: {entry.state}")
    finally:
        line.close()
        journal.close()


def _show_status(upcs: list[str], *, json: bool) -> None:
    from maxbooster_kernel.delivery.journal import Journal
    from maxbooster_kernel.identifiers import normalise

    journal = Journal.open()
    try:
        entries = [entry for upc in upcs for entry in journal.entries(upc=normalise(upc))]
        if json:
            print_json([entry.to_dict() | {"events": journal.events(entry)} for entry in entries])
            return
        rows = [(entry.batch, entry.store, entry.action, entry.state, entry.destination) for entry in entries]
        print_table(("batch", "store", "action", "state", "to"), rows)
    finally:
        journal.close()
