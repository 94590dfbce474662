"""``maxbooster deliver``: send a release to a store, or see where its deliveries stand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.output import print_json, print_table, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def deliver(
        file: Annotated[Path, typer.Argument(help="The release, RELEASE.json.")],
        store: Annotated[str, typer.Option(help="The store's name, or a TOML profile.")] = "sandbox",
        to: Annotated[str | None, typer.Option(help="A folder, or a URL: file, sftp, s3, http.")] = None,
        version: Annotated[str | None, typer.Option(help="The ERN version; by default the store's best.")] = None,
        action: Annotated[str, typer.Option(help="initial, update, takedown or purge.")] = "initial",
        live: Annotated[bool, typer.Option("--live", help="Send a live message instead of a test.")] = False,
        status: Annotated[
            bool, typer.Option("--status", help="Show where deliveries stand; with --to fetch the answers first.")
        ] = False,
        json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    ) -> None:
        """Deliver a release as one batch, exactly once; run again to resume what broke off."""
        from maxbooster_kernel.ddex.write import ACTIONS
        from maxbooster_kernel.delivery.deliver import deliver as send
        from maxbooster_kernel.errors import DeliveryError
        from maxbooster_kernel.workbench.release import Release

        release = Release.from_json(file)
        if status:
            if to is not None:
                _poll(to)
            _show_status(release.upc or "", json=json)
            return
        if to is None:
            raise DeliveryError("expected --to with a folder or a URL, got nothing; --status shows what was sent")
        chosen = next((known for known in ACTIONS if known == action), None)
        if chosen is None:
            raise DeliveryError(f'expected an action of {", ".join(ACTIONS)}, got "{action}"')
        result = send(
            release,
            store=store,
            to=to,
            version=version,
            action=chosen,
            live=live,
            progress=lambda name, done, of: say(f"{done}/{of} {name}"),
        )
        if json:
            print_json(result.to_dict())
        elif not result.sent:
            say(f"already delivered as batch {result.batch} ({result.state}); nothing was sent")
        else:
            say(f"batch {result.batch}: {len(result.sent)} files sent, {len(result.kept)} were there, {result.state}")


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


def _show_status(upc: str, *, json: bool) -> None:
    from maxbooster_kernel.delivery.journal import Journal
    from maxbooster_kernel.identifiers import normalise

    journal = Journal.open()
    try:
        entries = journal.entries(upc=normalise(upc))
        if json:
            print_json([entry.to_dict() | {"events": journal.events(entry)} for entry in entries])
            return
        rows = [(entry.batch, entry.store, entry.action, entry.state, entry.destination) for entry in entries]
        print_table(("batch", "store", "action", "state", "to"), rows)
    finally:
        journal.close()
